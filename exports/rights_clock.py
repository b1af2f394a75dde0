"""By when a request must be answered: the month of the UK GDPR as the 2025 Act has it, and the trust's own promises.

Belongs here: counting days. What happened to a request is `exports.rights`.

The month begins when the last of request, proof of identity and fee has come in (Article 12A). For an access request
the days during which somebody was asked which data are meant do not count. It may be extended by two months. The month
ends on the day of the same number, or on the last day of a shorter month; a due day on a Sunday stays there, so that it
is never later than the law allows.
"""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.school_days import Span, school_day_after

MONTHS: Final = 1
EXTENSION_MONTHS: Final = 2
ACKNOWLEDGE_DAYS: Final = 30
"""Within which a complaint about data protection is acknowledged (DPA 2018 s.164A)."""


class Running(StrEnum):
    """What the clock of a request is doing."""

    NOT_STARTED = "not started: identity or fee is outstanding"
    RUNNING = "running"
    PAUSED = "paused: somebody was asked which data are meant"


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that do not count; `until` is None while it lasts."""

    since: dt.date
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a request stands in time; `due` is None while nobody can say."""

    running: Running
    began: dt.date | None
    due: dt.date | None
    paused_days: int = 0
    extended: bool = False

    def overdue(self, today: dt.date) -> bool:
        """Say whether the day has passed; a clock that stands still is not overdue."""
        return self.due is not None and today > self.due


def one_month(
    received: dt.date, *, awaited: Sequence[dt.date | None] = (), pauses: Sequence[Pause] = (), extended: bool = False
) -> Clock:
    """Return the clock of a request under Articles 15 to 22.

    Args:
        received: the day it came in.
        awaited: for proof of identity, and a fee, that was asked for: the day it came in, None while it has not.
        pauses: while somebody was asked which data are meant; access requests only.
        extended: by two months, for complexity or number.

    """
    if any(day is None for day in awaited):
        return Clock(Running.NOT_STARTED, None, None, extended=extended)
    began = max([received, *(day for day in awaited if day is not None)])
    paused = sum(_days(pause, began) for pause in pauses)
    if any(pause.until is None for pause in pauses):
        return Clock(Running.PAUSED, began, None, paused, extended)
    months = MONTHS + (EXTENSION_MONTHS if extended else 0)
    due = months_after(began, months) + dt.timedelta(days=paused)
    return Clock(Running.RUNNING, began, due, paused, extended)


def school_days(received: dt.date, count: int, terms: Sequence[Span]) -> Clock:
    """Return the clock of a promise in school days; no due day where the terms known end before it."""
    return Clock(Running.RUNNING, received, school_day_after(received, count, terms))


def days(received: dt.date, count: int) -> Clock:
    """Return the clock of a number of calendar days."""
    return Clock(Running.RUNNING, received, received + dt.timedelta(days=count))


def months_after(day: dt.date, months: int) -> dt.date:
    """Return the day of the same number some months on, or the last of a month that has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def _days(pause: Pause, began: dt.date) -> int:
    """Return how many days of a pause fall into the month that has begun."""
    if pause.until is None:
        return 0
    return max(0, (pause.until - max(pause.since, began)).days)
