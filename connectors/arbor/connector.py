"""Arbor as a `Mis`: what the plan needs is listed in bulk, joined here, checked, and given as canonical frames.

Belongs here: the order of the work, and the last step from text to the types of the canon.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arbor.base import Base, Bases, Unfit, based_on
from connectors.arbor.certificate import certificate, dangling_faults, how_read
from connectors.arbor.collect import Collected, Collector, Stages
from connectors.arbor.doors import Doors
from connectors.arbor.log import ByLog, reconcile
from connectors.arbor.probing import probe
from connectors.arbor.reader import Reader
from connectors.arbor.resources import ENTITIES, Kind
from connectors.arbor.rest import wire_to
from connectors.arbor.rows import of_each, without_blanks
from connectors.arbor.shapes import CODES, Context
from connectors.arbor.source import Source
from connectors.arbor.sources import IDENTITY, SCHOOL, own_fields, reach, requests, sources
from connectors.arbor.walk import Listing, Narrowing, Walked
from connectors.arbor.window import Window
from connectors.availability import Asked, Availability
from connectors.mis import (
    Default,
    MisAnswerUnreadable,
    MisRefused,
    MisSettings,
    Now,
    Plan,
    Progress,
    Snapshot,
    TornSnapshot,
    WrongSchool,
)
from connectors.wire import Wire
from schemas import table as canon
from schemas.boundary import conforms
from schemas.canonical import CANONICAL
from schemas.table import Frames
from schemas.wording import counted

_MARKS: Final = "AttendanceRollCallRecord"
_OWN_FIELDS, _OWN_RECORDS = "UserDefinedField", "UserDefinedRecord"
_OURS: Final = frozenset({"pupil_id", "source"})
"""Columns of references, which nobody typed."""
_LARGEST_FIRST: Final = ("Person", "PostalAddressOccupancy", "TelephoneNumber", "PostalAddress", "Student")
"""Read first: the largest page seen tells a short page from a full one on every later list."""


class Arbor:
    """One school's Arbor.

    Args:
        settings: where it is and which school must answer.

    """

    def __init__(self, settings: MisSettings) -> None:
        self._settings = settings
        self._codes = {name: {**codes, **settings.codes.get(name, {})} for name, codes in CODES.items()}

    def snapshot(self, plan: Plan, progress: Progress, now: Now) -> Snapshot:
        """Read what the plan names, whole, or refuse; see `Mis.snapshot`. `progress` is called from two threads."""
        needs = {name: tuple(sorted(properties)) for name, properties in requests(plan).items()}
        asked = self._asked(needs, plan)
        bases = Bases(self._settings.bases, self._settings.urn, asked)
        base = bases.load() if plan.increments else None
        with wire_to(self._settings) as wire:
            doors = Doors(wire, self._settings, _listings(needs, plan))
            reading = _Reading(plan, self._stages(needs, plan), asked, wire, doors, progress, now)
            why_full = ""
            if base is not None:
                try:
                    base.refuse_unfit(now(), doors.names())
                    snapshot, left = self._read(reading, base, {})
                except Unfit as unfit:
                    why_full = str(unfit)
                except TornSnapshot:
                    why_full = "what the change log led to was not one moment of the school"
                except MisRefused as refusal:
                    if refusal.everything:
                        raise
                    why_full = "the MIS refused some of what was asked"
            if base is None or why_full:
                snapshot, left = self._read(reading, None, {"why_full": why_full} if why_full else {}, base)
        if plan.increments:
            bases.save(left)
        return snapshot

    def _read(
        self, reading: "_Reading", base: Base | None, why: Mapping[str, str], reconciled: Base | None = None
    ) -> tuple[Snapshot, Base]:
        """Read everything: on a base, or in full; return also what the next reading may be built on."""
        settings, plan, wire, doors, now = self._settings, reading.plan, reading.wire, reading.doors, reading.now
        changes = doors.rest.changes
        name = reading.asked if base is None else f"{reading.asked} on {base.certificate}"
        window = Window(settings.notes, settings.urn, name, now())
        log = None if base is None else ByLog(base, changes)
        collector = Collector(settings, doors.of, window, reading.progress, lambda: wire.requests, log)
        try:
            collected = collector.collect(reading.stages, now)
            if base is not None:
                base.refuse_other_fields(collected.lists.values())
        except Unfit:
            window.close()
            raise
        how = {**how_read(collected, base), **why}
        if reconciled is not None:
            how["reconciled"] = reconcile(reconciled, collected.lists, changes)
        asked = window.requests + wire.requests
        reader = Reader({name: without_blanks(walked.table) for name, walked in collected.lists.items()})
        try:
            self._check_school(reader)
            self._check_granted(collected)
            frames, defaults = self._frames(reader, plan, window.started.date())
            faults = dangling_faults(reader.dangling)
            if faults:
                raise TornSnapshot(self._settings.urn, faults)
        finally:
            window.close()
        told = certificate(collected, doors.names(), (window.started, now()), asked, window.resumed) | how
        snapshot = Snapshot(frames, told, (*defaults, *_not_granted(collected, plan, frames)))
        return snapshot, based_on(collected.lists, told, collected.at, doors.names(), base)

    def asked(self, plan: Plan) -> Asked:
        """Say what would be asked for, without asking."""
        needs = {name: tuple(sorted(properties)) for name, properties in requests(plan).items()}
        narrowed = {
            listing.entity.name: listing.narrowing.said() or {"all": "of the fields that are needed"}
            for listing in _listings(needs, plan)
            if listing.narrowing
        }
        return Asked(dict(sorted(needs.items())), narrowed, reach(plan))

    def probe(self, plan: Plan) -> Availability:
        """Find out what may be read, with one row of each list; see `Mis.probe`."""
        listings = _listings({name: tuple(sorted(properties)) for name, properties in requests(plan).items()}, plan)
        with wire_to(self._settings, circuit=None) as wire:
            return probe(Doors(wire, self._settings, listings), listings)

    def _asked(self, needs: Mapping[str, tuple[str, ...]], plan: Plan) -> str:
        """Say what is asked for, so that notes of another plan are not taken for it."""
        settings = self._settings
        days = [str(plan.attendance_from), str(plan.attendance_to)]
        granted = sorted(settings.granted)
        told = [settings.url, settings.application, settings.door, granted, sorted(own_fields(plan)), needs, days]
        return json.dumps(told, sort_keys=True)

    def _stages(self, needs: Mapping[str, tuple[str, ...]], plan: Plan) -> Stages:
        """Order every list of the plan: the school itself first, which teaches how it pages, and attendance last."""
        listings = {listing.entity.name: listing for listing in _listings(needs, plan)}
        early = [name for name in _LARGEST_FIRST if name in needs]
        apart = {SCHOOL, _OWN_RECORDS, _MARKS, *early}
        most = [*early, *sorted(needs.keys() - apart)]
        late = []
        if _OWN_RECORDS in needs:
            late.append(partial(self._own_records, listings[_OWN_RECORDS], plan))
        if _MARKS in needs:
            late.append(lambda _: listings[_MARKS])
        return Stages(listings[SCHOOL], tuple(listings[name] for name in most), tuple(late))

    def _own_records(self, listing: Listing, plan: Plan, read: Mapping[str, Walked]) -> Listing:
        """Ask for values of those of the school's own fields alone that are needed: the others may hold anything."""
        wanted, ours = own_fields(plan), self._codes["field"]
        known = read[_OWN_FIELDS].table.to_pylist()
        hrefs = [row["href"] for row in known if ours.get(row["identifier"], row["identifier"]) in wanted]
        return Listing(listing.entity, listing.properties, Narrowing("userDefinedField", among=tuple(hrefs)))

    def _check_school(self, reader: Reader) -> None:
        """Refuse a MIS whose own institution is not the configured one; others it knows are not its own."""
        settings = self._settings
        known = reader.frame(SCHOOL, IDENTITY)
        own = known[known["own"].notna()]
        match = own[own["urn"] == settings.urn]
        if len(match) != 1:
            raise WrongSchool(
                settings.urn, f"has {counted(len(own), 'institution')} of its own, {len(match)} with this URN"
            )
        if (match["la"].iloc[0], match["estab"].iloc[0]) != (settings.la_number, settings.estab):
            raise WrongSchool(settings.urn, "has this URN with another local authority or establishment number")

    def _check_granted(self, collected: Collected) -> None:
        """Refuse lists without a date or a reference that we need, and lists that are answered with silence.

        Without a date or a reference a row would mean something else. Where the MIS leaves out empty lists, "none" and
        "not for you" are the same answer, and a person has to say which it is.
        """
        granted = self._settings.granted
        lacking = [
            f"{walked.entity.name}.{name}"
            for walked in collected.lists.values()
            for name in sorted(walked.absent)
            if walked.entity.kind(name) is not Kind.TEXT and f"{walked.entity.name}.{name}" not in granted
        ]
        if lacking:
            what = f"the MIS gives no {', '.join(lacking)}; ask the school to grant them to this application"
            raise MisRefused(self._settings.urn, what)
        silent = sorted(name for name, walked in collected.lists.items() if walked.unsaid and name not in granted)
        if silent:
            what = (
                f"the MIS says nothing at all of {', '.join(silent)}: it has none, or this application may not read "
                "them. Ask the school, then list under `granted` in its mis entry of trust.toml what is granted"
            )
            raise MisRefused(self._settings.urn, what)

    def _frames(self, reader: Reader, plan: Plan, today: dt.date) -> tuple[Frames, list[Default]]:
        made: dict[str, list[dict[str, pa.Array]]] = {}
        defaults: list[Default] = []
        for source in sources(plan):
            context = self._context(reader, source, plan, today)
            rows = source.shape(self._rows(reader, source, plan), context)
            made.setdefault(source.table, []).append(self._typed(source, rows, plan))
            defaults += context.defaults
        return {name: _frame(CANONICAL[name], parts) for name, parts in made.items()}, defaults

    def _rows(self, reader: Reader, source: Source, plan: Plan) -> pd.DataFrame:
        """Return the rows of a source as text, those of somebody who is no pupil left out."""
        rows = reader.frame(source.entity, {"source": "href", **source.wanted(plan)})
        if source.pupil is None:
            return rows
        pupils = reader.pupils(reader.column(source.entity, source.pupil))
        rows.insert(0, "pupil_id", pd.Series(pupils, dtype=rows["source"].dtype))
        return rows[rows["pupil_id"].notna()] if pupils.null_count else rows

    def _context(self, reader: Reader, source: Source, plan: Plan, today: dt.date) -> Context:
        joins = {}
        for name, join in source.joined(plan).items():
            frame = reader.frame(join.entity, join.paths)
            if "owner" in join.paths:
                pupils = reader.pupils(reader.column(join.entity, join.paths["owner"]))
                frame["owner_pupil"] = pd.Series(pupils, dtype=frame["owner"].dtype)
            joins[name] = frame
        return Context(joins, self._codes, self._settings.urn, source.table, today)

    def _typed(self, source: Source, rows: pd.DataFrame, plan: Plan) -> dict[str, pa.Array]:
        """Keep the columns that are wanted, each in its type."""
        table = CANONICAL[source.table]
        wanted = plan.tables[source.table] | {column.name for column in table.columns if column.required}
        wanted |= {"start_date", "end_date"}
        typed = {}
        for column in table.columns:
            if column.name in rows and column.name in wanted:
                try:
                    text = pa.array(rows[column.name], pa.string(), from_pandas=True)
                    typed[column.name] = text if column.name in _OURS else _CAST[column.kind](text)
                except pa.ArrowInvalid:
                    what = f"{table.name}.{column.name} has a value that is no {column.kind.value}"
                    raise MisAnswerUnreadable(self._settings.urn, ENTITIES[source.entity].path, what) from None
        return typed


@dataclass(frozen=True)
class _Reading:
    """What a reading is of, and the ways in, whether it is an increment or full."""

    plan: Plan
    stages: Stages
    asked: str
    wire: Wire
    doors: Doors
    progress: Progress
    now: Now


def _listings(needs: Mapping[str, tuple[str, ...]], plan: Plan) -> list[Listing]:
    """Return what is read; the school's own records are narrowed further once its fields are known."""
    narrowed = {
        _MARKS: Narrowing("recordDate", plan.attendance_from, plan.attendance_to),
        _OWN_RECORDS: Narrowing("userDefinedField", among=()),
    }
    return [Listing(ENTITIES[name], properties, narrowed.get(name)) for name, properties in needs.items()]


def _not_granted(collected: Collected, plan: Plan, frames: Frames) -> list[Default]:
    """Tell of every column that may have gaps, or another property's value, because the MIS does not give its own."""
    absent = {(name, each) for name, walked in collected.lists.items() for each in walked.absent}
    lost = [key for key, reached in reach(plan).items() if reached & absent]
    second = {(each.table, column) for each in sources(plan) for column, path in each.columns.items() if "|" in path}
    gaps = {
        (table, column): len(frames[table]) if (table, column) in second else int(frames[table][column].isna().sum())
        for table, column in lost
    }
    meaning = "left empty, or as the next best property has it, where the MIS does not give the one it comes from"
    return [Default("not-granted", table, column, count, meaning) for (table, column), count in gaps.items() if count]


def _frame(table: canon.Table, parts: list[dict[str, pa.Array]]) -> pd.DataFrame:
    frames = [
        table.frame({name: pd.Series(values, dtype=pd.ArrowDtype(values.type)) for name, values in part.items()})
        for part in parts
    ]
    return conforms(pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0], table)


def _to_date(values: pa.Array) -> pa.Array:
    return pc.utf8_slice_codeunits(values, 0, 10).cast(pa.date32())


def _to_boolean(values: pa.Array) -> pa.Array:
    return pc.utf8_lower(values).cast(pa.bool_())


def _to_whole(values: pa.Array) -> pa.Array:
    return values.cast(pa.float64()).cast(pa.int64())


def _to_text(values: pa.Array) -> pa.Array:
    """Write white space as one blank."""
    return of_each(values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values, _tidy)


def _tidy(values: pa.Array) -> pa.Array:
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(values, pattern=r"\s+", replacement=" "))


_CAST: Final[Mapping[canon.Kind, Callable[[pa.Array], pa.Array]]] = {
    canon.Kind.TEXT: _to_text,
    canon.Kind.DATE: _to_date,
    canon.Kind.BOOLEAN: _to_boolean,
    canon.Kind.INTEGER: _to_whole,
    canon.Kind.DECIMAL: lambda values: values.cast(pa.float64()),
}
