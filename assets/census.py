"""The census of one school and collection: snapshot, tables, findings.

Belongs here: the three assets. How the MIS is read is `connectors`; what a return is, `schemas.census`.
"""

from dataclasses import replace
from importlib.metadata import version

import dagster as dg
import pandas as pd

from assets.edge import NO_CONFIG, value_free
from assets.io_manager import IO_MANAGER_KEY, Bundle
from assets.partitions import Slot
from assets.people import DATA_MANAGERS
from assets.plan import census_plan
from assets.ports import Ports
from assets.reading import READ_AGAIN, read_snapshot
from exports.preparation import next_serial
from exports.protection import separated
from schemas.canonical import CANONICAL
from schemas.census.catalogue import catalogue
from schemas.census.collection import Collection, collection
from schemas.census.conform import Software, conform
from schemas.census.defaults import Default
from schemas.census.engine import run_rules
from schemas.census.facts import FACT, facts
from schemas.census.findings import FINDING, verdict
from schemas.census.guesses import withhold
from schemas.census.hits import as_findings, joined
from schemas.census.layout import layout
from schemas.census.omissions import omissions
from schemas.census.school_file import read_school_file
from schemas.census.supplement import read_supplement
from schemas.census.who import WHO, who
from schemas.own_codes import unknown
from schemas.separation import findings_apart
from schemas.table import Frames

GROUP = "census"
SNAPSHOT, TABLES, FINDINGS = (dg.AssetKey([GROUP, name]) for name in ("snapshot", "tables", "findings"))


def census_assets(ports: Ports, partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """The assets every census recipient's file is made from."""
    shared = {
        "partitions_def": partitions,
        "io_manager_key": IO_MANAGER_KEY,
        "group_name": GROUP,
        "owners": [DATA_MANAGERS],
        **NO_CONFIG,
    }

    @dg.asset(
        key=SNAPSHOT,
        description="Everything the census needs from the school's MIS, whole or not at all; before census day, "
        "a dry run, by the MIS's change log where that can be relied on.",
        kinds={"mis"},
        retry_policy=READ_AGAIN,
        **shared,
    )
    @value_free
    def snapshot(context: dg.AssetExecutionContext) -> Bundle:
        slot = Slot.of(context)
        asked = collection(slot.period)
        dry = ports.today() < asked.reference_date
        plan = replace(census_plan(asked, ports.mis_flags), increments=dry)
        read = read_snapshot(context, ports, slot, plan)
        unasked = {name: table.empty() for name, table in CANONICAL.items()}
        return replace(read, frames={**unasked, **read.frames})

    @dg.asset(
        key=TABLES,
        ins={"snapshot": dg.AssetIn(key=SNAPSHOT)},
        description="The return as at census day: who is in it, and each item as it stood that day.",
        kinds={"pandas"},
        **shared,
    )
    @value_free
    def tables(context: dg.AssetExecutionContext, snapshot: Bundle) -> Bundle:
        slot = Slot.of(context)
        asked = collection(slot.period)
        text, told = (read(slot.school, slot.period) for read in (ports.on_the_day, ports.school_file))
        label = f"{slot.school}-{slot.period}"
        conformed = conform(
            snapshot.frames,
            asked,
            supplement=None if text is None else read_supplement(text, f"{label}.csv"),
            school_file=None if told is None else read_school_file(told, f"{label}.toml", asked.academic_year),
            serial_no=next_serial(ports.ledger, slot.school, slot.period),
            date_time=str(snapshot.meta["ended_local"]),
            software=Software("Waybill", version("waybill"), asked.academic_year),
        )
        frames, left_out = _fit_to_leave(ports, conformed.frames, slot.period)
        context.add_output_metadata(
            {
                "pupils": len(frames["pupil"]),
                "defaults": {default.name: default.count for default in conformed.defaults if default.count},
                "guessed_codes_left_out": {default.field: default.count for default in left_out},
                "on_the_day_lines_unmatched": conformed.unmatched_lines,
                "school_file_fields_not_asked_for": list(conformed.not_taken),
            },
        )
        return Bundle(frames, snapshot.meta)

    @dg.asset(
        key=FINDINGS,
        ins={"tables": dg.AssetIn(key=TABLES), "snapshot": dg.AssetIn(key=SNAPSHOT)},
        description="What is wrong or unusual in the return, before anybody else sees it.",
        kinds={"pandas"},
        **shared,
    )
    @value_free
    def findings(context: dg.AssetExecutionContext, tables: Bundle, snapshot: Bundle) -> Bundle:
        slot = Slot.of(context)
        asked = collection(slot.period)
        found = joined(
            findings_apart(
                lambda frames: _run_rules(ports, frames, asked),
                tables.frames,
                separated(ports.ledger, ports.vault).ids(slot.school, tables.frames["pupil"]),
            ),
            omissions(snapshot.frames, tables.frames, asked),
            as_findings(unknown(snapshot.frames), catalogue(asked.academic_year)),
        )
        standing = verdict(found, frozenset())
        context.add_output_metadata(
            {
                "blocking": standing.blocking_open,
                "errors": standing.errors,
                "queries": standing.queries,
                "not_evaluated": standing.not_evaluated,
                **ports.desk.of_return(slot),
            },
        )
        beside = {
            WHO.name: who(snapshot.frames, found, asked.reference_date),
            FACT.name: facts(found, tables.frames),
        }
        return Bundle({FINDING.name: found, **beside}, tables.meta)

    return [snapshot, tables, findings]


def _run_rules(ports: Ports, frames: Frames, asked: Collection) -> pd.DataFrame:
    year = asked.academic_year
    return run_rules(frames, asked, catalogue(year), ports.registers, ports.confirmed(year).rules)


def _fit_to_leave(ports: Ports, frames: Frames, period: str) -> tuple[Frames, tuple[Default, ...]]:
    """Outside a demonstration no guessed code goes on that nobody has confirmed."""
    if ports.demonstration:
        return frames, ()
    year = collection(period).academic_year
    return withhold(frames, layout(year), ports.confirmed(year))
