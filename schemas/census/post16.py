"""Post-16 items, autumn only: programme and learning aims, placements, planned hours.

Belongs here: year 12 and up in a school whose phase is asked for them. Does not belong here: GCSE attainment, which
is undated and stands with the pupil's other items.
An aim left open by a leaver ends on the leaver's last day. An aim that ended after census day was continuing on it:
status 1, no actual end, no withdrawal reason.
"""

import datetime as dt
from typing import NamedTuple

import pandas as pd

from schemas.asat import latest_per_pupil, row_of
from schemas.census.blocks import happened, in_order, of_pupils
from schemas.census.collection import Collection, Window
from schemas.census.scope import Scope
from schemas.census.tables import LEARNING_AIM, PROGRAMME_AIM, WORK_PLACEMENT
from schemas.dates import certain, touching, within
from schemas.table import Frames

SIXTH_FORM = ("12", "13", "14")
SUBSIDIARY = "S"
_CONTINUING = "1"
_DAY = dt.timedelta(days=1)


class Aims(NamedTuple):
    """The three nested tables."""

    programmes: pd.DataFrame
    learning: pd.DataFrame
    placements: pd.DataFrame


def in_sixth_form(who: pd.DataFrame) -> pd.Series:
    """Say who is in year 12 or up; a dual pupil is the main school's, so the subsidiary reports none."""
    return certain(who["nc_year"].isin(SIXTH_FORM)) & ~certain(who["enrol_status"] == SUBSIDIARY)


def aims(snapshot: Frames, who: pd.DataFrame, asked: Scope, collection: Collection) -> Aims:
    """Return programmes that touch the window, their learning aims that touch it, and the placements of those."""
    if collection.learning_aims is None:
        return Aims(PROGRAMME_AIM.empty(), LEARNING_AIM.empty(), WORK_PLACEMENT.empty())
    students = asked.pupils(who, "programme_aim")
    students = students[in_sixth_form(students)]
    programmes = _in_window(of_pupils(snapshot["programme_aim"], students), collection.learning_aims)
    learning = _in_window(of_pupils(snapshot["learning_aim"], students), collection.learning_aims)
    learning = learning[learning["programme_id"].isin(programmes["programme_id"])]
    placements = snapshot["work_placement"]
    placements = placements[placements["aim_id"].isin(learning["aim_id"])]
    day = collection.reference_date
    return Aims(
        in_order(PROGRAMME_AIM, _as_it_was(programmes, day), by=["pupil_id", "programme_id"]),
        in_order(LEARNING_AIM, _as_it_was(learning, day), by=["programme_id", "aim_id"]),
        in_order(WORK_PLACEMENT, placements, by=["aim_id", "start_date", "source"]),
    )


def hours(snapshot: Frames, who: pd.DataFrame, collection: Collection) -> pd.DataFrame:
    """Return planned hours of this year and the one before on the index of `who`; no column outside autumn."""
    if collection.learning_aims is None:
        return pd.DataFrame(index=who.index)
    began = Window(collection.current_term_start, collection.reference_date)
    before = Window(collection.learning_aims.start, began.start - _DAY)
    previous = _year(snapshot, who, before)[["qual_hrs", "non_qual_hrs"]].add_suffix("_previous_year")
    return pd.concat([_year(snapshot, who, began), previous], axis=1)


def _year(snapshot: Frames, who: pd.DataFrame, began: Window) -> pd.DataFrame:
    rows = snapshot["post16_year"]
    planned = latest_per_pupil(rows[within(rows["start_date"], *began)], by=["start_date"])
    named = planned.rename(
        columns={
            "qual_hours": "qual_hrs",
            "non_qual_hours": "non_qual_hrs",
            "t_level_qual_hours": "t_level_qual_hrs",
            "full_time_employed": "ft_emp",
        },
    )
    return row_of(named, who)[["qual_hrs", "non_qual_hrs", "t_level_qual_hrs", "ft_emp"]]


def _in_window(rows: pd.DataFrame, window: Window) -> pd.DataFrame:
    last = rows["actual_end_date"].fillna(rows["leaving_date"])
    return rows[touching(rows["start_date"], last, *window)]


def _as_it_was(rows: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    continuing = certain(rows["actual_end_date"] > day)
    return rows.assign(
        actual_end_date=happened(rows["actual_end_date"], day),
        status=rows["status"].mask(continuing, _CONTINUING),
        withdrawal_reason=rows["withdrawal_reason"].mask(continuing),
    )
