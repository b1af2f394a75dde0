"""Attendance of the reported periods: possible sessions and the sessions of each code.

Belongs here: counting session marks. Does not belong here: whose attendance is reported (`schemas.census.membership`).
Every code with a mark is reported, present codes and codes that make a session not possible included, since the
collector's code list holds them all; only the others count as possible (code set ATTENDANCE_GROUP). A pupil without
one coded mark in a period has no row for it: nothing recorded is not "no sessions possible".
"""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.census.collection import Collection, Window
from schemas.census.membership import attends
from schemas.census.scope import Scope
from schemas.census.tables import ATTENDANCE, SESSION_DETAIL
from schemas.codesets import codes_meaning
from schemas.table import Frames


def attendance(
    snapshot: Frames, who: pd.DataFrame, asked: Scope, collection: Collection
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the attendance and session detail tables of the pupils in the return."""
    pupils = asked.pupils(who, "attendance")
    reported = pa.array(pupils.loc[attends(pupils), "pupil_id"], type=pa.string())
    columns = ["pupil_id", "date", "code"]
    marks = pa.Table.from_pandas(snapshot["attendance_mark"][columns], preserve_index=False)
    details = pd.concat(
        [_details(marks, reported, period, window) for period, window in collection.attendance.items()],
        ignore_index=True,
    )
    return _totals(details), details


def _details(marks: pa.Table, reported: pa.Array, period: str, window: Window) -> pd.DataFrame:
    inside = pc.and_(pc.greater_equal(marks["date"], window.start), pc.less_equal(marks["date"], window.end))
    coded = pc.and_(inside, pc.is_valid(marks["code"]))
    in_window = marks.filter(coded)
    mine = in_window.filter(pc.is_in(in_window["pupil_id"], value_set=reported))
    counted = mine.group_by(["pupil_id", "code"]).aggregate([([], "count_all")])
    ordered = counted.sort_by([("pupil_id", "ascending"), ("code", "ascending")])
    return SESSION_DETAIL.frame(
        {
            "pupil_id": ordered["pupil_id"],
            "period": [period] * len(ordered),
            "code": ordered["code"],
            "sessions": ordered["count_all"],
        },
    )


def _totals(details: pd.DataFrame) -> pd.DataFrame:
    not_possible = details["code"].isin(codes_meaning("ATTENDANCE_GROUP", "not_possible"))
    possible = details["sessions"].mask(not_possible, 0)
    totals = possible.groupby([details["pupil_id"], details["period"]], sort=True).sum().reset_index()
    return ATTENDANCE.frame(
        {"pupil_id": totals["pupil_id"], "period": totals["period"], "sessions_possible": totals["sessions"]},
    )
