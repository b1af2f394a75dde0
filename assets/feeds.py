"""The roll of one school and period, from which every feed that is not the census is made: snapshot, tables, findings.

Belongs here: the three assets. What a roll is on a day is `schemas.feeds`; what a recipient's software refuses is its
profile in `exports.formats`.
"""

import dagster as dg
import pandas as pd

from assets.edge import NO_CONFIG, value_free
from assets.io_manager import IO_MANAGER_KEY, Bundle
from assets.partitions import Slot
from assets.plan import feed_plan
from assets.ports import Ports
from assets.reading import read_snapshot
from exports.agreements import Agreement
from exports.profile_findings import profile_findings
from exports.protection import separated
from schemas.canonical import CANONICAL
from schemas.census.findings import FINDING
from schemas.census.who import WHO, who
from schemas.deployment import CalendarGap
from schemas.feeds import roll_tables

GROUP = "feeds"
SNAPSHOT, TABLES, FINDINGS = (dg.AssetKey([GROUP, name]) for name in ("snapshot", "tables", "findings"))


def feed_assets(ports: Ports, partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """The assets every feed's file is made from."""
    shared = {"partitions_def": partitions, "io_manager_key": IO_MANAGER_KEY, "group_name": GROUP, **NO_CONFIG}

    @dg.asset(
        key=SNAPSHOT,
        description="Only what the feeds of this period need from the school's MIS, read once, whole or not at all.",
        kinds={"arbor"},
        **shared,
    )
    @value_free
    def snapshot(context: dg.AssetExecutionContext) -> Bundle:
        slot = Slot.of(context)
        due = due_feeds(ports, slot)
        if not due:
            message = f"The calendar has no feed for school {slot.school} in {slot.period}. Choose another period."
            raise CalendarGap(message)
        as_at = max(ports.calendar.occasion(agreement.id, slot.period).as_at for agreement in due)
        return read_snapshot(context, ports, slot, feed_plan(due, as_at))

    @dg.asset(
        key=TABLES,
        ins={"snapshot": dg.AssetIn(key=SNAPSHOT)},
        description="The roll as at the day, with the joiners and leavers of the feed's window.",
        kinds={"pandas"},
        **shared,
    )
    @value_free
    def tables(context: dg.AssetExecutionContext, snapshot: Bundle) -> Bundle:
        slot = Slot.of(context)
        occasions = [ports.calendar.occasion(agreement.id, slot.period) for agreement in due_feeds(ports, slot)]
        unasked = {name: table.empty() for name, table in CANONICAL.items()}
        frames = roll_tables(
            {**unasked, **snapshot.frames},
            as_at=max(occasion.as_at for occasion in occasions),
            window_start=min(occasion.window_start for occasion in occasions),
            years=ports.schools[slot.school].years,
            apart=separated(ports.ledger, ports.vault).ids(slot.school, snapshot.frames["upn"]),
        )
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
        found = [
            profile_findings(tables.frames, agreement, ports.calendar.occasion(agreement.id, slot.period).as_at)
            for agreement in due_feeds(ports, slot)
            if agreement.profile
        ]
        frame = pd.concat([FINDING.empty(), *found], ignore_index=True).astype(FINDING.empty().dtypes)
        context.add_output_metadata({"findings": len(frame)})
        as_at = max(ports.calendar.occasion(agreement.id, slot.period).as_at for agreement in due_feeds(ports, slot))
        return Bundle({FINDING.name: frame, WHO.name: who(snapshot.frames, frame, as_at)}, tables.meta)

    return [snapshot, tables, findings]


def due_feeds(ports: Ports, slot: Slot) -> list[Agreement]:
    """The compiled feed agreements that the calendar has in this period and that cover this school."""
    subjects = ports.calendar.subjects(slot.period)
    return [
        compiled.agreement
        for compiled in ports.agreements
        if compiled.agreement and compiled.id in subjects and compiled.agreement.covers(slot.school)
    ]
