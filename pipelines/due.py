"""What the calendar has due on a day: runs that prepare, and reminders to people. Nothing here can release anything.

Belongs here: from a calendar and a day to keys of `prepare_trust` and to reminders, as pure functions. Ticking is
`pipelines.schedules`; sending a reminder is `pipelines.alerts`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from schemas.deployment import Calendar, Limit, Occasion

CENSUS_PREFIX: Final = "census-"
NIGHTLY_PREFIX: Final = "nightly-"
"""As `census-`, for the schools alone that have still to hand over."""
FEEDS_PREFIX: Final = "feeds-"
_DEADLINE_DAYS: Final = (7, 3, 1, 0)
_ACCESS_DAYS: Final = 10
"""Days before census day on which log-ins are tried: the Department's helpdesk may need five working days."""


class Why(StrEnum):
    """What a run is for, as its tag says."""

    DRY_RUN = "dry run"
    CENSUS_DAY = "census day"
    UNTIL_HAND_OVER = "until hand-over"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class Due:
    """One run that is due: its partition of `prepare_trust`, the day it is for, and why."""

    key: str
    day: dt.date
    why: Why

    @property
    def run_key(self) -> str:
        """Once for Dagster, however often it is asked for."""
        return f"{self.key.removeprefix(NIGHTLY_PREFIX).removeprefix(CENSUS_PREFIX)}@{self.day}"


def due_at_night(
    calendar: Calendar, collections: Iterable[str], day: dt.date, today: dt.date, waits: Callable[[str], bool],
) -> Iterator[Due]:  # fmt: skip
    """The runs of one night.

    A collection is prepared every night from the day it opens, census day's own excepted, until each school has handed
    over or its deadline is past. A night that was missed is not made up for a collection when a later one of it has
    come: a preparation reads the MIS as it stands, so the later night's is the same and newer. Feeds are made up for
    every day.

    Args:
        calendar: of the trust.
        collections: keys that the program can prepare.
        day: whose night it is.
        today: the day on which the tick is judged; later than `day` after an outage.
        waits: whether any school has still to hand over a collection.

    """
    for occasion in _open_on(calendar, collections, day):
        newest = min(today, calendar.last_deadline(occasion.subject))
        if newest <= day != occasion.as_at and waits(occasion.subject):
            why = Why.DRY_RUN if day < occasion.as_at else Why.UNTIL_HAND_OVER
            yield Due(f"{NIGHTLY_PREFIX}{occasion.period}", day, why)
    feeds = [one.period for one in calendar.taken_on(day) if one.subject not in collections]
    for period in dict.fromkeys(feeds):
        yield Due(f"{FEEDS_PREFIX}{period}", day, Why.FEED)


def due_on_census_day(calendar: Calendar, collections: Iterable[str], day: dt.date) -> Iterator[Due]:
    """The run at the end of census day, which takes what the MIS holds undated as it stands on the day itself."""
    for occasion in _open_on(calendar, collections, day):
        if day == occasion.as_at:
            yield Due(f"{CENSUS_PREFIX}{occasion.period}", day, Why.CENSUS_DAY)


def _open_on(calendar: Calendar, collections: Iterable[str], day: dt.date) -> list[Occasion]:
    known = frozenset(collections)
    return [
        one
        for one in calendar.occasions
        if one.subject in known and one.opens <= day <= calendar.last_deadline(one.subject)
    ]


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a person is told on a day: about which collection, which schools, and what to do."""

    day: dt.date
    subject: str
    what: str
    schools: tuple[str, ...]


def reminders_on(
    calendar: Calendar, collections: Iterable[str], schools: Iterable[str], day: dt.date,
) -> Iterator[Reminder]:  # fmt: skip
    """What people are reminded of on a day; a school that has handed over is for the sender to leave out."""
    known, everyone = frozenset(collections), tuple(schools)
    for occasion in (one for one in calendar.occasions if one.subject in known):
        for what in _about_census_day(occasion, day):
            yield Reminder(day, occasion.subject, what, everyone)
        yield from _about_limits(calendar, occasion.subject, everyone, day)


def _about_census_day(occasion: Occasion, day: dt.date) -> Iterator[str]:
    if day == occasion.opens:
        yield "dry runs begin tonight; look at the findings in the morning with `waybill findings`"
    before = (occasion.as_at - day).days
    if before == _ACCESS_DAYS:
        yield f"census day is in {before} days: try every COLLECT log-in and approver now"
    if before == 1:
        yield "census day is tomorrow: have each school's on-the-day file ready (`waybill template`)"
    if before == 0:
        yield "census day is today: fill in the on-the-day file; everything is read this evening"


_WHOSE: Final[Mapping[Limit, str]] = MappingProxyType(
    {Limit.AUTHORITY: "the local authority's deadline", Limit.DEPARTMENT: "the Department's deadline"}
)


def _about_limits(calendar: Calendar, subject: str, schools: tuple[str, ...], day: dt.date) -> Iterator[Reminder]:
    for kind, whose in _WHOSE.items():
        by_day: dict[int, list[str]] = {}
        for urn in schools:
            for due in _deadlines(calendar, subject, urn, kind):
                by_day.setdefault((due - day).days, []).append(urn)
        for left in (days for days in _DEADLINE_DAYS if days in by_day):
            when = "today" if not left else "tomorrow" if left == 1 else f"in {left} days"
            yield Reminder(day, subject, f"{whose} is {when}: hand over what is not handed over", tuple(by_day[left]))
    for one in calendar.dated:
        if (one.kind, one.subject) == (Limit.FAMILIARISATION, subject) and day in {one.opens, one.due}:
            edge = "begins" if day == one.opens else "ends today"
            yield Reminder(day, subject, f"familiarisation {edge}: upload a trial return to COLLECT",
                           tuple(urn for urn in schools if one.of(urn)))  # fmt: skip


def _deadlines(calendar: Calendar, subject: str, school: str, kind: Limit) -> Iterator[dt.date]:
    if kind is Limit.DEPARTMENT:
        yield calendar.deadline(subject, school)
    else:
        yield from (one.due for one in calendar.limits(subject, school, kind))
