"""Arbor as a `Mis`: what the plan needs is listed in bulk, joined here, checked, and given as canonical frames.

Belongs here: the order of the work, and the last step from text to the types of the canon.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arbor import certificate
from connectors.arbor.client import REQUESTS_AT_ONCE, Client
from connectors.arbor.reader import Reader
from connectors.arbor.resources import ENTITIES, Kind
from connectors.arbor.shapes import CODES, Context
from connectors.arbor.source import Source
from connectors.arbor.sources import IDENTITY, SCHOOL, own_fields, requests, sources
from connectors.arbor.walk import Walked, Walker
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
from schemas import table as canon
from schemas.boundary import conforms
from schemas.canonical import CANONICAL
from schemas.table import Frames

_MARKS: Final = "AttendanceRollCallRecord"
_OWN_FIELDS, _OWN_RECORDS = "UserDefinedField", "UserDefinedRecord"
_LARGEST_FIRST: Final = ("Person", "PostalAddressOccupancy", "TelephoneNumber", "PostalAddress", "Student")
"""Walked first: the largest page seen tells a short page from a full one on every later list."""


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
        started = now()
        with Client(self._settings) as client:
            walker = Walker(client, self._settings.page_size, progress)
            walked = self._walk(walker, plan)
            reader = Reader({walk.entity.name: walk.table for walk in walked})
            self._check_school(reader)
            self._check_granted(walked)
            frames, defaults = self._frames(reader, plan, started.date())
            moved = _each(walked, lambda walk: (walk.entity.path, walker.moved(walk)))
            asked = client.requests
        faults = certificate.faults(walked, {path: what for path, what in moved if what}, reader.dangling)
        if faults:
            raise TornSnapshot(self._settings.urn, faults)
        return Snapshot(frames, certificate.certificate(walked, started, now(), asked), tuple(defaults))

    def _walk(self, walker: Walker, plan: Plan) -> list[Walked]:
        """Walk every list of the plan: the school itself first, which teaches how it pages, and attendance last."""
        needs = {name: sorted(properties) for name, properties in requests(plan).items()}
        own = ENTITIES[SCHOOL]
        school = walker.walk(own, needs[own.name])
        if walker.blind:
            school = walker.walk(own, needs[own.name])
        early = [name for name in _LARGEST_FIRST if name in needs]
        late = [name for name in (_OWN_RECORDS, _MARKS) if name in needs]
        rest = sorted(needs.keys() - {own.name, *early, *late})
        walked = [walker.walk(ENTITIES[name], needs[name]) for name in early[:1]]
        walked += _each([*early[1:], *rest], lambda name: walker.walk(ENTITIES[name], needs[name]))
        for name in late:
            filters = _window(plan) if name == _MARKS else self._own_fields(plan, walked)
            walked.append(walker.walk(ENTITIES[name], needs[name], filters))
        return [school, *walked]

    def _own_fields(self, plan: Plan, walked: list[Walked]) -> dict[str, str]:
        """Return the filters for values of those of the school's own fields that the plan needs.

        Such a field may hold anything, so that the others are not read.
        """
        known = next(walk.table for walk in walked if walk.entity.name == _OWN_FIELDS).to_pylist()
        wanted, ours = own_fields(plan), self._codes["field"]
        hrefs = [row["href"] for row in known if ours.get(row["identifier"], row["identifier"]) in wanted]
        if not hrefs:
            return {"filters.userDefinedField.equals": "NULL"}
        return {f"filters.userDefinedField.in[{place}]": href for place, href in enumerate(hrefs)}

    def _check_school(self, reader: Reader) -> None:
        """Refuse a MIS whose own institution is not the configured one; others it knows are not its own."""
        settings = self._settings
        known = reader.frame(SCHOOL, IDENTITY)
        own = known[known["own"].notna()]
        match = own[own["urn"] == settings.urn]
        if len(match) != 1:
            raise WrongSchool(settings.urn, f"has {len(own)} institutions of its own, {len(match)} with this URN")
        if (match["la"].iloc[0], match["estab"].iloc[0]) != (settings.la_number, settings.estab):
            raise WrongSchool(settings.urn, "has this URN with another local authority or establishment number")

    def _check_granted(self, walked: list[Walked]) -> None:
        """Refuse lists without a date or a reference that we need: without it a row would mean something else."""
        lacking = [
            f"{walk.entity.name}.{name}"
            for walk in walked
            for name in sorted(walk.absent)
            if walk.entity.kind(name) is not Kind.TEXT
        ]
        if lacking:
            what = f"the MIS gives no {', '.join(lacking)}; ask the school to grant them to this application"
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
                    typed[column.name] = _CAST[column.kind](pa.array(rows[column.name], pa.string(), from_pandas=True))
                except pa.ArrowInvalid:
                    what = f"{table.name}.{column.name} has a value that is no {column.kind.value}"
                    raise MisAnswerUnreadable(self._settings.urn, ENTITIES[source.entity].path, what) from None
        return typed


def _each(items: list[Any], work: Callable[[Any], Any]) -> list[Any]:
    """Do the work on every item, as many at once as one school may be asked; the first failure ends it."""
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        try:
            return list(pool.map(work, items))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _window(plan: Plan) -> dict[str, str]:
    """Return the filters of the attendance window, both days inclusive."""
    ends = {"from": plan.attendance_from, "to": plan.attendance_to}
    return {
        f"filters.recordDate.{name}": f"{day.isoformat()} 00:00:00" for name, day in ends.items() if day is not None
    }


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
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(values, pattern=r"\s+", replacement=" "))


_CAST: Final[Mapping[canon.Kind, Callable[[pa.Array], pa.Array]]] = {
    canon.Kind.TEXT: _to_text,
    canon.Kind.DATE: _to_date,
    canon.Kind.BOOLEAN: _to_boolean,
    canon.Kind.INTEGER: _to_whole,
    canon.Kind.DECIMAL: lambda values: values.cast(pa.float64()),
}
