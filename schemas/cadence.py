"""How often a feed is taken: which period a day falls in, and on which days a row that recurs is taken then.

Belongs here: arithmetic on days, months, weeks and terms. Which feed has which cadence is the trust's calendar
(`schemas.deployment`).
"""

import calendar
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_WEEK: Final = re.compile(r"(\d{4})-w(\d{2})")
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
_SATURDAY: Final = 5


class Cadence(StrEnum):
    """What the `period` of a feed may say instead of naming one period."""

    DAY = "every-day"
    SCHOOL_DAY = "every-school-day"
    WEEK = "every-week"
    MONTH = "every-month"
    TERM = "every-term"


@dataclass(frozen=True, slots=True)
class Break:
    """A half-term holiday of some schools."""

    schools: frozenset[str]
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Term:
    """One term of some schools.

    Attributes:
        key: partition key, `2026-autumn-term`.
        schools: URNs.
        first: first day of school; `last` is the last.
        breaks: half-terms, which may differ from school to school.

    """

    key: str
    schools: frozenset[str]
    first: dt.date
    last: dt.date
    breaks: tuple[Break, ...] = ()

    def open_on(self, day: dt.date, school: str) -> bool:
        """Say whether a school of the term is held on a day: a weekday of the term outside the school's holidays."""
        held = school in self.schools and self.first <= day <= self.last and day.weekday() < _SATURDAY
        return held and not any(off.first <= day <= off.last for off in self.breaks if school in off.schools)


def first_days(terms: Sequence[Term]) -> dict[str, dt.date]:
    """First day of each term by key: the earliest of any school."""
    found: dict[str, dt.date] = {}
    for term in terms:
        found[term.key] = min(term.first, found.get(term.key, term.first))
    return found


def school_day(day: dt.date, terms: Sequence[Term]) -> bool:
    """Say whether any school is open; without terms, every weekday."""
    held = any(term.open_on(day, school) for term in terms for school in term.schools)
    return held if terms else day.weekday() < _SATURDAY


def shift(cadence: Cadence, first: dt.date, period: str, terms: Sequence[Term]) -> "Shift | None":
    """How far `period` lies from the period of `first`, a row's own day; None when the cadence has no such period."""
    found = _distance(cadence, first, period, terms)
    return None if found is None else Shift(cadence, *found)


@dataclass(frozen=True, slots=True)
class Shift:
    """Moves a row's dates to another of its periods: by days, or by whole months and never past a month's end."""

    cadence: Cadence
    days: int
    months: int

    def __call__(self, day: dt.date) -> dt.date:
        """Return the day in the other period that `day` stands for."""
        if self.cadence is not Cadence.MONTH:
            return day + dt.timedelta(days=self.days)
        years, month = divmod(day.month - 1 + self.months, 12)
        length = calendar.monthrange(day.year + years, month + 1)[1]
        return dt.date(day.year + years, month + 1, min(day.day, length))


def period_of(cadence: Cadence, day: dt.date) -> str:
    """The key of the period that a day falls in; a term's is the calendar's to say."""
    if cadence is Cadence.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year}-w{week:02d}"
    return f"{day:%Y-%m}" if cadence is Cadence.MONTH else day.isoformat()


def _distance(cadence: Cadence, first: dt.date, period: str, terms: Sequence[Term]) -> tuple[int, int] | None:
    if cadence is Cadence.TERM:
        return _terms_apart(first, period, terms)
    if cadence is Cadence.MONTH:
        found = _MONTH.fullmatch(period)
        if found is None or not 1 <= int(found[2]) <= 12:  # noqa: PLR2004  months of a year
            return None
        return 0, (int(found[1]) - first.year) * 12 + int(found[2]) - first.month
    day = _weekday_in(first, period) if cadence is Cadence.WEEK else _day(period)
    if day is None or (cadence is Cadence.SCHOOL_DAY and not school_day(day, terms)):
        return None
    return (day - first).days, 0


def _terms_apart(first: dt.date, period: str, terms: Sequence[Term]) -> tuple[int, int] | None:
    begins = first_days(terms)
    own = max((day for day in begins.values() if day <= first), default=None)
    return None if own is None or period not in begins else ((begins[period] - own).days, 0)


def _weekday_in(first: dt.date, period: str) -> dt.date | None:
    found = _WEEK.fullmatch(period)
    try:
        return dt.date.fromisocalendar(int(found[1]), int(found[2]), first.isoweekday()) if found else None
    except ValueError:
        return None


def _day(period: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(period)
    except ValueError:
        return None
    return day if day.isoformat() == period else None
