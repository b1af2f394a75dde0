"""What every feed of one school and period is made from: snapshot, tables, findings.

Belongs here: the three assets. What a dataset is on a day is `schemas.feeds`; what a recipient's software refuses is
its profile in `exports.formats`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

import dagster as dg
import pandas as pd

from assets.edge import NO_CONFIG, value_free
from assets.io_manager import IO_MANAGER_KEY, Bundle
from assets.partitions import Slot
from assets.people import DATA_MANAGERS
from assets.plan import feed_plan
from assets.ports import Ports
from assets.reading import READ_AGAIN, read_snapshot, read_standing
from exports.agreements import Agreement, Compiled
from exports.profile_findings import profile_findings
from exports.protection import separated
from exports.told import not_yet_told
from schemas.canonical import CANONICAL
from schemas.census.findings import FINDING, verdict
from schemas.census.who import WHO, who
from schemas.deployment import Calendar, CalendarConflict, CalendarGap, Schools
from schemas.establishments import Establishment
from schemas.feeds import DATASETS
from schemas.feeds.dataset import Taking

GROUP = "feeds"
DAILY = dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(hours=30), warn_window=dt.timedelta(hours=26))
"""Joiners, leavers and absences are told every day: a night without a reading shows in the UI."""
SNAPSHOT, TABLES, FINDINGS = (dg.AssetKey([GROUP, name]) for name in ("snapshot", "tables", "findings"))


def feed_assets(ports: Ports, partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """The assets every feed's file is made from."""
    shared = {
        "partitions_def": partitions,
        "io_manager_key": IO_MANAGER_KEY,
        "group_name": GROUP,
        "owners": [DATA_MANAGERS],
        **NO_CONFIG,
    }

    @dg.asset(
        key=SNAPSHOT,
        freshness_policy=DAILY,
        description="Only what the feeds of this period need from the school's MIS, read once, whole or not at all.",
        kinds={"mis"},
        retry_policy=READ_AGAIN,
        **shared,
    )
    @value_free
    def snapshot(context: dg.AssetExecutionContext) -> Bundle:
        slot = Slot.of(context)
        due = takings(ports, slot)
        if not due:
            message = f"The calendar has no feed for school {slot.school} in {slot.period}. Choose another period."
            raise CalendarGap(message)
        return read_snapshot(context, ports, slot, feed_plan(due, ports.mis_flags))

    @dg.asset(
        key=TABLES,
        ins={"snapshot": dg.AssetIn(key=SNAPSHOT)},
        description="What the feeds of this period are made from: the roll as at the day, joiners, leavers and so on.",
        kinds={"pandas"},
        **shared,
    )
    @value_free
    def tables(context: dg.AssetExecutionContext, snapshot: Bundle) -> Bundle:
        slot = Slot.of(context)
        unasked = {name: table.empty() for name, table in CANONICAL.items()}
        held = {**unasked, **snapshot.frames}
        frames: dict[str, pd.DataFrame] = {}
        apart = separated(ports.ledger, ports.vault).ids(slot.school, snapshot.frames["upn"])
        for name, taking in _by_dataset(takings(ports, slot)).items():
            known = replace(taking, apart=apart, taken=str(snapshot.meta["ended_local"]))
            frames |= DATASETS[name].make(held, known)
        context.add_output_metadata({"rows": {name: len(frame) for name, frame in frames.items()}})
        return Bundle(frames, snapshot.meta)

    @dg.asset(
        key=FINDINGS,
        ins={"tables": dg.AssetIn(key=TABLES), "snapshot": dg.AssetIn(key=SNAPSHOT)},
        description="What a recipient's software would refuse, before it is sent.",
        kinds={"pandas"},
        **shared,
    )
    @value_free
    def findings(context: dg.AssetExecutionContext, tables: Bundle, snapshot: Bundle) -> Bundle:
        slot = Slot.of(context)
        due = takings(ports, slot)
        found = [_problems(ports, slot, agreement, taking, tables) for agreement, taking in due if agreement.profile]
        frame = pd.concat([FINDING.empty(), *found], ignore_index=True).astype(FINDING.empty().dtypes)
        standing = verdict(frame, frozenset())
        context.add_output_metadata(
            {
                "blocking": standing.blocking_open,
                "errors": standing.errors,
                "queries": standing.queries,
                **ports.desk.of_return(slot),
            }
        )
        as_at = max(taking.as_at for _, taking in due)
        return Bundle({FINDING.name: frame, WHO.name: who(snapshot.frames, frame, as_at)}, tables.meta)

    return [snapshot, tables, findings]


def _problems(ports: Ports, slot: Slot, agreement: Agreement, taking: Taking, tables: Bundle) -> pd.DataFrame:
    """Find what the recipient's software would refuse of the rows that its file will hold: not of those told before."""
    frames = not_yet_told(tables.frames, agreement, ports.ledger, ports.pupils, school=slot.school, period=slot.period)
    return profile_findings(frames, agreement, taking.as_at, read_standing(ports, agreement, slot, tables.meta))


class Agreed(Protocol):
    """Of a deployment, what says which feeds are due: the ports of a run, or a trust as it was read."""

    @property
    def schools(self) -> Schools:
        """By URN."""
        ...

    @property
    def calendar(self) -> Calendar:
        """When things are taken."""
        ...

    @property
    def agreements(self) -> tuple[Compiled, ...]:
        """Every one, with its faults."""
        ...

    @property
    def establishments(self) -> Mapping[str, Establishment]:
        """The dated register of schools."""
        ...


def takings(ports: Agreed, slot: Slot) -> list[tuple[Agreement, Taking]]:
    """What is due in this period for this school, each with the day and window that its tables tell of."""
    return [(agreement, _taking(ports, slot, agreement)) for agreement in due_feeds(ports, slot)]


def _taking(ports: Agreed, slot: Slot, agreement: Agreement) -> Taking:
    occasion = ports.calendar.occasion(agreement.id, slot.period)
    return Taking(
        as_at=occasion.as_at,
        window_start=occasion.window_start,
        years=ports.schools[slot.school].years,
        establishments=ports.establishments,
    )


def _by_dataset(due: Iterable[tuple[Agreement, Taking]]) -> dict[str, Taking]:
    """One taking for each dataset; two agreements that share its tables must mean the same days.

    Raises CalendarConflict, with both.
    """
    found: dict[str, tuple[str, Taking]] = {}
    for agreement, taking in due:
        first, known = found.setdefault(agreement.dataset, (agreement.id, taking))
        if (known.as_at, known.window_start) != (taking.as_at, taking.window_start):
            message = (
                f"calendar.csv takes {first} and {agreement.id} in one period on different days or windows: give both "
                "the same as_at and window_start, or another period"
            )
            raise CalendarConflict(message)
    return {dataset: taking for dataset, (_, taking) in found.items()}


def due_feeds(ports: Agreed, slot: Slot) -> list[Agreement]:
    """The compiled feed agreements that the calendar has in this period and that cover this school."""
    subjects = ports.calendar.subjects(slot.period)
    return [
        compiled.agreement
        for compiled in ports.agreements
        if compiled.agreement and compiled.id in subjects and compiled.agreement.covers(slot.school)
    ]
