"""Absence and sickness as the local authority is told of them: two returns of SI 2024/208 regulation 13.

Belongs here: both datasets and how registers are read for them. A school day of a pupil is a day with a possible
session on which a mark was made; a day without one (weekend, holiday, closure, register not taken) neither counts nor
ends a run. Census attendance is `schemas.census.attendance`.

The law leaves open what "fails to attend regularly" is: `IRREGULAR_SESSIONS` and `SCHOOL_WEEKS` are the national
threshold for penalty notices, and provisional until the authority has agreed another.
"""

import datetime as dt
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.asat import spells
from schemas.canonical import CANONICAL
from schemas.codesets import codes_meaning, meaning
from schemas.feeds import people
from schemas.feeds.dataset import Dataset, Reads, SchoolYear, Taking
from schemas.feeds.people import PERS, ROLL, SPEC
from schemas.school_age import compulsory_school_age
from schemas.table import Frames, Table, date, integer, text

RUNNING_DAYS: Final = 10
"""School days of unauthorised absence running that must be returned (regulation 13, facts la_feeds section 2)."""
IRREGULAR_SESSIONS: Final = 10
SCHOOL_WEEKS: Final = 10
SICK_DAYS: Final = 15
"""School days missed for illness in one school year, together or apart, that must be returned once foreseeable."""
LOOK_BACK: Final = dt.timedelta(days=120)
"""Ten school weeks with the summer holiday between them."""
LOOK_AHEAD: Final = dt.timedelta(days=28)
"""Fifteen school days with a week's holiday between them: how far illness entered in advance is counted."""
ILLNESS: Final = "I"
NOT_KNOWN: Final = "N"
"""Reason not yet established: an absence, but no cause."""

_WHO: Final = tuple(
    ROLL[name]
    for name in (
        "pupil_id", "urn", "school_name", "upn", "surname", "forename", "middle_names", "dob", "nc_year",
        "registration_group", "line1", "line2", "town", "postcode",
    )
)  # fmt: skip

ABSENCE = Table(
    "absence",
    "one pupil of compulsory school age who fails to attend regularly, or was absent ten school days running",
    (
        *_WHO,
        text("pattern", PERS, "running = absent ten school days running; irregular = sessions lost here and there"),
        date("first_day", PERS, "First day of the absence told"),
        date("last_day", PERS, "Last day of it, so far"),
        integer("school_days", PERS, "School days of the longest unauthorised absence running"),
        integer("sessions", PERS, "Unauthorised sessions in the last ten school weeks"),
        text("cause", PERS, "What the register says of the cause; null where no reason is established"),
    ),
    key=("pupil_id",),
)
SICKNESS = Table(
    "sickness",
    "one continuous period of illness by which a pupil misses, or will miss, fifteen school days of the school year",
    (
        *_WHO,
        date("first_day", SPEC, "First day of the period of illness"),
        date("last_day", SPEC, "Last day of it that the register holds, which may lie ahead"),
        integer("days", SPEC, "Whole school days missed for illness in the school year, to the end of the period"),
    ),
    key=("pupil_id", "first_day"),
)


def absence(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return who must be in the attendance return of the window, one row a pupil."""
    who = _on_roll(snapshot, taking)
    days = _school_days(snapshot["attendance_mark"], who, taking.as_at)
    told = who.merge(_absent(days, taking), on="pupil_id")
    causes = _causes(snapshot["attendance_mark"], told)
    return {ABSENCE.name: people.rows(ABSENCE, told.assign(cause=causes))}


def sickness(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return the periods of illness of the school year that reach, or come after, the fifteenth school day missed.

    A day on which only one of two possible sessions is missed counts half. Illness entered in advance makes day fifteen
    foreseeable when it goes on from a period that has begun.
    """
    who = _on_roll(snapshot, taking)
    days = _school_days(snapshot["attendance_mark"], who, taking.as_at + LOOK_AHEAD)
    ill = days["ill"] > 0
    periods = (
        _runs(days[days["date"] >= _year(taking).first], ill)
        .assign(missed=lambda found: found["ill"] / found["possible"])
        .groupby(["pupil_id", "run"], as_index=False)
        .agg(first_day=("date", "min"), last_day=("date", "max"), missed=("missed", "sum"))
    )
    so_far = periods.groupby("pupil_id")["missed"].cumsum()
    told = periods.assign(days=np.floor(so_far).astype(int))[
        (so_far >= SICK_DAYS) & (periods["first_day"] <= taking.as_at) & (periods["last_day"] >= taking.window_start)
    ]
    return {SICKNESS.name: people.rows(SICKNESS, who.merge(told, on="pupil_id"))}


def _on_roll(snapshot: Frames, taking: Taking) -> pd.DataFrame:
    present, _ = spells(snapshot, taking.as_at)
    return people.people(snapshot, present)


def _school_days(marks: pd.DataFrame, who: pd.DataFrame, last: dt.date) -> pd.DataFrame:
    """Return one row per pupil and school day of compulsory school age up to a day, in order.

    Columns: pupil_id, date, and how many sessions were possible, unauthorised and lost to illness.
    """
    table = pa.Table.from_pandas(marks[["pupil_id", "date", "code"]], preserve_index=False)
    reported = pa.array(who["pupil_id"], type=pa.string())
    impossible = pa.array(sorted(codes_meaning("ATTENDANCE_GROUP", "not_possible")))
    wanted = pc.and_(pc.is_in(table["pupil_id"], value_set=reported), pc.less_equal(table["date"], pa.scalar(last)))
    possible = pc.and_(pc.is_valid(table["code"]), pc.invert(pc.is_in(table["code"], value_set=impossible)))
    table = table.filter(pc.and_(wanted, possible))
    counted = {
        "unauthorised": pc.is_in(table["code"], value_set=pa.array(sorted(_unauthorised()))),
        "ill": pc.equal(table["code"], ILLNESS),
    }
    for name, column in counted.items():
        table = table.append_column(name, pc.cast(column, pa.int64()))
    grouped = table.group_by(["pupil_id", "date"]).aggregate(
        [("code", "count"), ("unauthorised", "sum"), ("ill", "sum")]
    )
    ordered = grouped.sort_by([("pupil_id", "ascending"), ("date", "ascending")])
    days = pd.DataFrame(
        {
            "pupil_id": pd.Series(ordered["pupil_id"].to_pylist(), dtype=ROLL["pupil_id"].dtype),
            "date": pd.Series(ordered["date"].to_pylist(), dtype=object),
            "possible": ordered["code_count"].to_numpy(),
            "unauthorised": ordered["unauthorised_sum"].to_numpy(),
            "ill": ordered["ill_sum"].to_numpy(),
        },
    )
    return days[_of_compulsory_age(days, who)].reset_index(drop=True)


def _of_compulsory_age(days: pd.DataFrame, who: pd.DataFrame) -> "pd.Series[bool]":
    """Say on which days a pupil was of compulsory school age; one whose date of birth is missing counts as such."""
    spans = {
        pupil: compulsory_school_age(born)
        for pupil, born in zip(who["pupil_id"], who["dob"], strict=True)
        if not pd.isna(born)
    }
    always = (dt.date.min, dt.date.max)
    inside = [
        first <= day <= last
        for day, (first, last) in zip(days["date"], (spans.get(each, always) for each in days["pupil_id"]), strict=True)
    ]
    return pd.Series(inside, index=days.index, dtype=bool)


def _absent(days: pd.DataFrame, taking: Taking) -> pd.DataFrame:
    """Return who must be told of, with the pattern, the days and the counts."""
    wholly = days["unauthorised"] == days["possible"]
    runs = (
        _runs(days, wholly)
        .groupby(["pupil_id", "run"], as_index=False)
        .agg(first_day=("date", "min"), last_day=("date", "max"), school_days=("date", "count"))
    )
    longest = (
        runs[runs["last_day"] >= taking.window_start]
        .sort_values(["pupil_id", "school_days", "last_day"])
        .drop_duplicates("pupil_id", keep="last")
        .drop(columns="run")
    )
    recent = _recent(days)
    running = longest[longest["school_days"] >= RUNNING_DAYS].assign(pattern="running")
    irregular = recent[
        (recent["sessions"] >= IRREGULAR_SESSIONS)
        & (recent["last_day"] >= taking.window_start)
        & ~recent["pupil_id"].isin(running["pupil_id"])
    ].merge(longest[["pupil_id", "school_days"]], on="pupil_id", how="left")
    return pd.concat(
        [
            running.merge(recent[["pupil_id", "sessions"]], on="pupil_id", how="left"),
            irregular.fillna({"school_days": 0}).assign(pattern="irregular"),
        ],
        ignore_index=True,
    )


def _recent(days: pd.DataFrame) -> pd.DataFrame:
    """Return the unauthorised sessions of the last ten school weeks: how many, first and last day, of each pupil."""
    mondays = pd.Series(
        [day - dt.timedelta(days=day.weekday()) for day in days["date"]], index=days.index, dtype=object
    )
    weeks = sorted(set(mondays))[-SCHOOL_WEEKS:]
    lost = days[mondays.isin(weeks) & (days["unauthorised"] > 0)]
    return lost.groupby("pupil_id", as_index=False).agg(
        sessions=("unauthorised", "sum"), first_day=("date", "min"), last_day=("date", "max")
    )


def _runs(days: pd.DataFrame, marked: "pd.Series[bool]") -> pd.DataFrame:
    """Return the marked days, each with the number of its run; a day not marked ends a pupil's run."""
    marked = marked.loc[days.index]
    return days.assign(run=(~marked).groupby(days["pupil_id"]).cumsum())[marked]


def _causes(marks: pd.DataFrame, told: pd.DataFrame) -> pd.Series:
    """Return what the register says of each absence told: the meanings of its codes, the most frequent first."""
    coded = marks[marks["code"].isin(sorted(_unauthorised() - {NOT_KNOWN})) & marks["pupil_id"].isin(told["pupil_id"])]
    beside = coded.merge(told[["pupil_id", "first_day", "last_day"]], on="pupil_id")
    inside = beside[(beside["date"] >= beside["first_day"]) & (beside["date"] <= beside["last_day"])]
    found = {str(pupil): "; ".join(_words(codes)) for pupil, codes in inside.groupby("pupil_id")["code"]}
    return pd.Series([found.get(pupil) for pupil in told["pupil_id"]], index=told.index, dtype=ABSENCE["cause"].dtype)


def _words(codes: pd.Series) -> list[str]:
    counts = codes.value_counts()
    ordered = sorted(counts.index, key=lambda code: (-counts[code], code))
    return [meaning("ATTENDANCE", code).removesuffix(" (unauthorised)") for code in ordered]


def _unauthorised() -> frozenset[str]:
    return codes_meaning("ATTENDANCE_GROUP", "unauthorised_absence")


def _year(taking: Taking) -> SchoolYear:
    """Return the school year of the day told; without one in the trust's dates, the window stands for it."""
    begun = [year for year in taking.years if year.first <= taking.as_at]
    return max(begun, default=SchoolYear(taking.window_start, taking.as_at))


def _absence_marks(taking: Taking) -> tuple[dt.date, dt.date]:
    return min(taking.window_start, taking.as_at - LOOK_BACK), taking.as_at


def _sickness_marks(taking: Taking) -> tuple[dt.date, dt.date]:
    return _year(taking).first, taking.as_at + LOOK_AHEAD


def _reads(fields: frozenset[str]) -> Reads:
    wanted = people.reads(fields)
    return {**wanted, "attendance_mark": frozenset(CANONICAL["attendance_mark"].names)}


DATASETS: Final = (
    Dataset(
        "absence",
        "the pupils of compulsory school age who fail to attend regularly, or were absent ten school days running",
        (ABSENCE,),
        absence,
        _reads,
        marks=_absence_marks,
    ),
    Dataset(
        "sickness",
        "the pupils of compulsory school age who miss, or will miss, fifteen school days for illness",
        (SICKNESS,),
        sickness,
        _reads,
        marks=_sickness_marks,
        event_day="sickness.first_day",
    ),
)
