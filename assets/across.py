"""The comparison of a trust's schools in one collection: the same child twice, and two sides that disagree.

Belongs here: the asset and its check, which say counts only. What is compared is `schemas.census.across`; each school
meets its own findings in `waybill findings`. It makes no file, so it may take each school's newest return.
"""

from collections import Counter
from collections.abc import Sequence

import dagster as dg
import pandas as pd

from assets.census import GROUP, TABLES
from assets.edge import NO_CONFIG, value_free
from assets.io_manager import IO_MANAGER_KEY, Bundle
from assets.people import DATA_MANAGERS
from assets.ports import Ports
from exports.protection import separated
from exports.readings import newest_reading
from exports.trust_findings import keep
from schemas.census.across import HISTORY, across
from schemas.census.catalogue import catalogue
from schemas.census.collection import collection
from schemas.census.findings import FINDING
from schemas.census.who import WHO, who
from schemas.table import Frames
from schemas.wording import counted

ACROSS = dg.AssetKey([GROUP, "across"])
CHECK = "schools_agree"
_NAMED = ("pupil", "upn", "nc_year", "registration_group")
"""Tables of a snapshot that name a pupil at the desk."""


def across_asset(ports: Ports, collections: Sequence[str]) -> dg.AssetsDefinition:
    """The one asset that looks at every school of a collection."""

    @value_free
    def comparing(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        asked = collection(context.partition_key)
        returns, names = _newest(ports, asked.key)
        found = across(returns, separated(ports.ledger, ports.vault), catalogue(asked.academic_year))
        kept = {
            urn: {FINDING.name: frame, WHO.name: who(names[urn], frame, asked.reference_date)}
            for urn, frame in found.items()
        }
        keep(ports.ledger, ports.vault, asked.key, kept, ports.now())
        ports.lodged.lodge(ports.now())
        counts = Counter(rule for frame in found.values() for rule in frame["rule"])
        facts = {"schools_compared": len(returns), "schools": len(ports.schools), **counts}
        return dg.MaterializeResult(value=Bundle({}, facts), metadata=facts, check_results=[_check(counts, asked.key)])

    @dg.asset(
        key=ACROSS,
        deps=[TABLES],
        check_specs=[
            dg.AssetCheckSpec(CHECK, asset=ACROSS, description="Counts of what two schools say otherwise of a child.")
        ],
        description="What the schools' returns say about the same child where they cannot all be right.",
        kinds={"pandas"},
        partitions_def=dg.StaticPartitionsDefinition(list(collections)),
        io_manager_key=IO_MANAGER_KEY,
        dagster_type=dg.PythonObjectDagsterType(Bundle),
        group_name=GROUP,
        owners=[DATA_MANAGERS],
        **NO_CONFIG,
    )
    def compared(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        return comparing(context)

    return compared


def _newest(ports: Ports, period: str) -> tuple[dict[str, Frames], dict[str, Frames]]:
    """The newest return of each school that has one, with what the comparison and the desk want of its snapshot."""
    returns: dict[str, Frames] = {}
    names: dict[str, Frames] = {}
    for urn in ports.schools:
        reading = newest_reading(ports.vault, urn, period)
        if reading is not None:
            returns[urn] = {**reading.tables, **_some(reading.snapshot, HISTORY)}
            names[urn] = _some(reading.snapshot, _NAMED)
    return returns, names


def _some(frames: Frames, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    return {name: frames[name] for name in names}


def _check(counts: Counter[str], period: str) -> dg.AssetCheckResult:
    total = sum(counts.values())
    advice = (
        f"{counted(total, 'finding')}: each school sees its own with waybill findings URN {period}"
        if total
        else "They agree."
    )
    return dg.AssetCheckResult(
        check_name=CHECK,
        passed=not total,
        severity=dg.AssetCheckSeverity.WARN,
        description=advice,
        metadata=dict(counts),
    )
