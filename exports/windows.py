"""How much of a return lies outside the windows of its collection.

Belongs here: counts by window, for comparing two returns. The windows are the collection's; what a rule makes of a date
outside one is `schemas.census.rules`.
"""

from collections.abc import Iterator

import pandas as pd

from schemas.census.collection import COLLECTIONS, Collection
from schemas.census.tables import OFF_ROLL, ON_ROLL
from schemas.dates import certain, touching, within
from schemas.table import Frames


def outside(frames: Frames) -> dict[str, int]:
    """Count what lies outside each window, and the pupils of each attendance period, by name; nulls lie in none."""
    collection = _collection(frames)
    return dict(_counted(frames, collection)) if collection else {}


def _collection(frames: Frames) -> Collection | None:
    header = frames["header"].iloc[0]
    return next(
        (
            one
            for one in COLLECTIONS.values()
            if (one.term_code, one.reference_date.year) == (header["term"], _year(header))
        ),
        None,
    )


def _year(header: pd.Series) -> int | None:
    day = header["reference_date"]
    if not pd.isna(day):
        return int(day.year)
    return None if pd.isna(header["year"]) else int(header["year"])


def _counted(frames: Frames, collection: Collection) -> Iterator[tuple[str, int]]:
    fsm, excluded, placed = frames["fsm_period"], frames["exclusion"], frames["ap_placement"]
    yield (
        "FSM periods that do not touch their window",
        _not(touching(fsm["start_date"], fsm["end_date"], *collection.fsm)),
    )
    yield "suspensions that start outside their window", _not(within(excluded["start_date"], *collection.exclusions))
    yield (
        "placements that do not touch their window",
        _not(touching(placed["entry_date"], placed["leaving_date"], *collection.ap)),
    )
    if collection.learning_aims:
        aims = frames["learning_aim"]
        ends = aims["actual_end_date"]
        yield (
            "learning aims that do not touch their window",
            _not(touching(aims["start_date"], ends, *collection.learning_aims)),
        )
    pupils, day = frames["pupil"], collection.reference_date
    yield "pupils on roll who join after census day", _count(pupils, ON_ROLL, certain(pupils["entry_date"] > day))
    yield "leavers who leave after census day", _count(pupils, OFF_ROLL, certain(pupils["leaving_date"] > day))
    for period, rows in frames["attendance"].groupby("period", sort=True):
        yield f"pupils with attendance of period {period}", len(rows)


def _not(mask: pd.Series) -> int:
    return int((~mask).sum())


def _count(pupils: pd.DataFrame, section: str, mask: pd.Series) -> int:
    return int((mask & certain(pupils["section"] == section)).sum())
