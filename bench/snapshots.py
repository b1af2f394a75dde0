"""Synthetic snapshots of any size: what a MIS would hold, for the pupils of `bench.data`.

Belongs here: one school's canonical tables, dated rows and a mark for each session of the reported periods. What a
pupil is like is `bench.data`'s; from snapshot to return is `schemas.census.conform`.
"""

import datetime as dt
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.data import school
from schemas.canonical import CANONICAL
from schemas.census.collection import Collection, Window

_CODES: Final = np.array(["/", "L", "B", "C", "E", "G", "I", "M", "O", "V"])
_SHARES: Final = (0.91, *[0.01] * 9)
_FORMER: Final = dt.date(2024, 8, 31)
_PROPERTIES: Final = (
    "surname", "forename", "middle_names", "preferred_surname", "sex", "dob", "uln", "yssa", "language", "plaa",
    "funded_hours", "extended_hours", "hours_at_setting", "maths_grade", "english_grade",
)  # fmt: skip
_ADDRESS: Final = ("paon", "street", "town", "post_town", "postcode", "uprn")


def snapshot(number: int, pupils: int, collection: Collection) -> dict[str, pd.DataFrame]:
    """Return the snapshot of one school; `number` and `pupils` as `bench.data.school` has them."""
    held = school(number, pupils)
    roll = held["pupil"]
    year = roll["nc_year_actual"].fillna(roll["nc_year_leaving"])
    dated = {
        "upn": _rows(roll, "upn"),
        "former_surname": _rows(roll, surname="former_surname").assign(end_date=_FORMER),
        "enrolment": _rows(roll, "entry_date", "leaving_date"),
        "enrol_status": _rows(roll.fillna({"enrol_status": "C"}), status="enrol_status"),
        "nc_year": _rows(roll.assign(nc_year=year), "nc_year"),
        "attendance_pattern": _rows(roll, "part_time"),
        "boarding": _rows(roll, "boarder"),
        "sen_status": _rows(roll, "sen_unit", "resourced", provision="sen_provision"),
        "address": _rows(roll, *_ADDRESS),
        "service_child": _rows(roll, status="service_child"),
        "top_up": _rows(roll[roll["top_up_funding"].fillna(value=False).astype(bool)]),
        "post16_year": _rows(
            roll[roll["qual_hrs"].notna()].assign(start_date=collection.current_term_start),
            "start_date", qual_hours="qual_hrs", non_qual_hours="non_qual_hrs", full_time_employed="ft_emp",
        ),
        "pupil": _rows(roll, *_PROPERTIES),
        "fsm": held["fsm_period"],
        "suspension": held["exclusion"].drop(columns="sen_provision"),
        "two_year_basis": held["funding_basis"],
        **{name: held[name] for name in ("programme_aim", "learning_aim", "work_placement")},
    }  # fmt: skip
    given = {name: _columns(name, frame) for name, frame in dated.items()}
    given["school"] = _columns("school", _school(held))
    given["attendance_mark"] = _marks(roll["pupil_id"].to_numpy(), collection, number)
    return {name: table.frame(given.get(name, {})) for name, table in CANONICAL.items()}


def _rows(roll: pd.DataFrame, *same: str, **renamed: str) -> pd.DataFrame:
    """Take columns of the pupil table as rows of another, without those that say nothing."""
    columns = {name: roll[name] for name in ("pupil_id", *same)} | {name: roll[of] for name, of in renamed.items()}
    rows = pd.DataFrame(columns)
    said = rows.drop(columns="pupil_id").notna().any(axis=1) if len(columns) > 1 else rows["pupil_id"].notna()
    return rows[said].reset_index(drop=True)


def _columns(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    columns = {str(column): values for column, values in frame.items() if column in CANONICAL[name]}
    return columns | {"source": [f"/{name}/{row}" for row in range(len(frame))]}


def _school(held: dict[str, pd.DataFrame]) -> pd.DataFrame:
    named = held["school"].rename(columns={"school_name": "name", "phone_no": "phone"})
    header = held["header"].rename(columns={"lea": "la_number"})
    return pd.concat([named, header[["urn", "la_number", "estab"]]], axis=1)


def _marks(pupils: npt.NDArray[Any], collection: Collection, seed: int) -> dict[str, Any]:
    """Return one mark for each pupil, school day and half of it; nine in ten say present."""
    days = np.concatenate([_school_days(window) for window in collection.attendance.values()])
    each = len(days) * 2
    count = len(pupils) * each
    return {
        "pupil_id": np.repeat(pupils, each),
        "source": np.full(count, "/mark"),
        "date": np.tile(np.repeat(days, 2), len(pupils)),
        "session": np.tile(np.array(["AM", "PM"]), count // 2),
        "code": np.random.default_rng(seed).choice(_CODES, count, p=_SHARES),
    }


def _school_days(window: Window) -> npt.NDArray[np.datetime64]:
    days = np.arange(np.datetime64(window.start), np.datetime64(window.end) + 1)
    chosen: npt.NDArray[np.datetime64] = days[np.is_busday(days)]
    return chosen
