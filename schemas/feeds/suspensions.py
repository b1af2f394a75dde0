"""Suspensions and permanent exclusions, told without delay: Education Act 2002 s.51A, facts la_feeds.md section 3.

Belongs here: the dataset of notices, one row an event. The authority is told of every one; the virtual school head of
those of looked-after pupils, the social work team of those of pupils with a social worker: each by an agreement of its
own with that population. Census exclusions are `schemas.census.blocks`. No MIS record tells when the parents were
notified or that a suspension was cancelled, so neither is here.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

import pandas as pd

from schemas.asat import spells
from schemas.canonical import CANONICAL
from schemas.dates import certain
from schemas.feeds import people
from schemas.feeds.dataset import Dataset, Reads, Taking
from schemas.feeds.people import PERS, ROLL
from schemas.table import Frames, Table, boolean, date, integer, text

PERMANENT, LUNCHTIME = "PERM", "LNCH"
EDUCATION_FROM: Final = 6
"""School day from which a suspended pupil must be educated by the school, an excluded one by the authority."""
_WEEK: Final = 5
_MONTHS_AHEAD: Final = dt.timedelta(days=120)

SUSPENSION_NOTICE = Table(
    "suspension_notice",
    "one suspension or permanent exclusion that began, or begins, in the feed's window or after it",
    (
        *(
            ROLL[name]
            for name in (
                "pupil_id", "urn", "school_name", "upn", "surname", "forename", "middle_names", "sex", "dob", "nc_year",
                "registration_group", "line1", "line2", "town", "postcode", "sen_provision", "in_care", "social_worker",
            )
        ),
        text("category", PERS, "Codeset EXCL_CATEGORY: SUSP PERM LNCH", "100087"),
        boolean("lunchtime", PERS, "A suspension from the lunch break"),
        date("start_date", PERS, "First day", "100090"),
        date("end_date", PERS, "Last day; null for a permanent exclusion"),
        integer("sessions", PERS, "Sessions lost", "100093"),
        text("reason1", PERS, "Main reason, codeset EXCL_REASON", "100088"),
        text("reason2", PERS, "Second reason"),
        text("reason3", PERS, "Third reason"),
        date("reviewed_date", PERS, "Day the governors reviewed it"),
        date("education_from", PERS, "Sixth school day, from which education is due; null for a shorter suspension"),
        boolean("late", PERS, "It began before the day told of"),
    ),
)  # fmt: skip


def notices(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return every suspension and exclusion from the first day of the window on, also of pupils who have left since.

    One without a first day is among them, so that the gap is found before sending.
    """
    present, left = spells(snapshot, taking.as_at)
    who = people.people(snapshot, pd.concat([present, left], ignore_index=True))
    events = snapshot["suspension"].drop(columns="source")
    events = events[events["start_date"].isna() | certain(events["start_date"] >= taking.window_start)]
    told = who.merge(events.sort_values("start_date", kind="stable"), on="pupil_id")
    told = told.assign(
        lunchtime=certain(told["category"] == LUNCHTIME),
        education_from=_education_from(told, school_days(snapshot["term"])),
        late=certain(told["start_date"] < taking.as_at),
    )
    return {SUSPENSION_NOTICE.name: people.rows(SUSPENSION_NOTICE, told)}


def school_days(terms: pd.DataFrame) -> tuple[tuple[dt.date, dt.date], ...]:
    """Return the first and last day of each term the MIS holds; days off inside a term are not known."""
    dated = terms.dropna(subset=["start_date", "end_date"])
    return tuple(zip(dated["start_date"], dated["end_date"], strict=True))


def _education_from(told: pd.DataFrame, terms: Iterable[tuple[dt.date, dt.date]]) -> pd.Series:
    spans = tuple(terms)
    days = [None if pd.isna(first) else _nth_school_day(first, EDUCATION_FROM, spans) for first in told["start_date"]]
    due = pd.Series(days, index=told.index, dtype=SUSPENSION_NOTICE["education_from"].dtype)
    lasting = certain(told["end_date"] >= due) | certain(told["category"] == PERMANENT)
    return due.where(lasting)


def _nth_school_day(first: dt.date, number: int, terms: tuple[tuple[dt.date, dt.date], ...]) -> dt.date | None:
    """Return the nth weekday from a day on, that day counted, inside the terms if any are known; None out of sight."""
    for ahead in range(_MONTHS_AHEAD.days):
        day = first + dt.timedelta(days=ahead)
        taught = day.weekday() < _WEEK and (not terms or any(start <= day <= end for start, end in terms))
        number -= taught
        if number == 0:
            return day
    return None


def _reads(fields: frozenset[str]) -> Reads:
    wanted = {**people.reads(fields), "suspension": frozenset(CANONICAL["suspension"].names)}
    if f"{SUSPENSION_NOTICE.name}.education_from" in fields:
        wanted["term"] = frozenset(CANONICAL["term"].names)
    return wanted


DATASETS: Final = (
    Dataset(
        SUSPENSION_NOTICE.name,
        "the suspensions and permanent exclusions of which somebody must be told without delay",
        (SUSPENSION_NOTICE,),
        notices,
        _reads,
        event_day=f"{SUSPENSION_NOTICE.name}.start_date",
    ),
)
