"""Attendance in a transfer file: the sessions of the year at this school, and their marks where they can be written.

Belongs here: counting and spelling marks of the academic year of the pupil's last day. A string of marks has one
character for a session, and how a code of two characters (`C1`, `J1`, `Y1`) is written is not known: a pupil with one
in the year gets the totals, which are what counts, and no marks at all rather than some (facts: ctf.md section 5).
"""

import datetime as dt
from collections.abc import Iterator
from itertools import groupby

import pandas as pd

from schemas.codesets import codes_meaning
from schemas.feeds.dataset import Taking
from schemas.table import Frames

_SEPTEMBER = 9
_SESSIONS = ("AM", "PM")


def academic_year(day: dt.date) -> int:
    """Return the calendar year in which the academic year of a day began."""
    return day.year if day.month >= _SEPTEMBER else day.year - 1


def marks_needed(taking: Taking) -> tuple[dt.date, dt.date]:
    """Return first and last day of the marks that a taking counts."""
    return dt.date(academic_year(taking.window_start), _SEPTEMBER, 1), taking.as_at


def attendance(snapshot: Frames, who: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the year's totals and the runs of marks; a pupil without one mark has neither."""
    marked = _of_the_year(snapshot["attendance_mark"], who)
    here = snapshot["school"].iloc[0]
    totals = _totals(marked).assign(la_number=here["la_number"], estab=here["estab"], school_name=here["name"])
    return totals, _runs(marked)


def _of_the_year(marks: pd.DataFrame, who: pd.DataFrame) -> pd.DataFrame:
    """Return the coded marks of each pupil's last academic year, up to the last day."""
    held = marks[marks["code"].notna()].merge(who[["pupil_id", "day"]], on="pupil_id")
    year = held["day"].map(academic_year).astype("int64")
    first = pd.Series([dt.date(number, _SEPTEMBER, 1) for number in year], index=held.index, dtype=held["date"].dtype)
    inside = (held["date"] >= first) & (held["date"] <= held["day"])
    return held.assign(year=year, row_id=held["pupil_id"] + "/" + year.astype(str))[inside.astype(bool)]


def _totals(marked: pd.DataFrame) -> pd.DataFrame:
    counted = {
        "possible": ~marked["code"].isin(codes_meaning("ATTENDANCE_GROUP", "not_possible")),
        "authorised": marked["code"].isin(codes_meaning("ATTENDANCE_GROUP", "authorised_absence")),
        "attended": marked["code"].isin(
            codes_meaning("ATTENDANCE_GROUP", "present") | codes_meaning("ATTENDANCE_GROUP", "approved_activity"),
        ),
        "unauthorised": marked["code"].isin(codes_meaning("ATTENDANCE_GROUP", "unauthorised_absence")),
    }
    keys = ["pupil_id", "row_id", "year"]
    return marked.assign(**counted).groupby(keys)[list(counted)].sum().reset_index()


def _runs(marked: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {"pupil_id": pupil_id, "row_id": row_id, "start_date": first, "marks": text}
        for (pupil_id, row_id), year in marked.groupby(["pupil_id", "row_id"])
        if (year["code"].str.len() == 1).all()
        for first, text in _spelt(year)
    ]
    return pd.DataFrame(rows, columns=["pupil_id", "row_id", "start_date", "marks"])


def _spelt(year: pd.DataFrame) -> Iterator[tuple[dt.date, str]]:
    """Yield the marks of days that follow each other; a day without both sessions, and every weekend, ends a run."""
    marks = dict(zip(zip(year["date"], year["session"], strict=True), year["code"], strict=True))
    whole = sorted(day for day in set(year["date"]) if all((day, session) in marks for session in _SESSIONS))
    for _, run in groupby(enumerate(whole), key=lambda at: at[1] - dt.timedelta(days=at[0])):
        days = [day for _, day in run]
        yield days[0], "".join(marks[day, session] for day in days for session in _SESSIONS)
