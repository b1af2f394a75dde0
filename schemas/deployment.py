"""What a trust says about itself, once read: its schools and its calendar.

Belongs here: frozen values. Reading a trust folder is `pipelines.trust`; census windows, the same for everybody,
are `schemas.census.collection`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.feeds.dataset import SchoolYear
from schemas.refusal import Refusal


class CalendarGap(Refusal):
    """The calendar does not say when a feed or collection is taken."""

    code = "calendar_gap"


class CalendarConflict(Refusal):
    """The calendar takes two feeds of one dataset and period on different days."""

    code = "calendar_conflict"


@dataclass(frozen=True, slots=True)
class MisReference:
    """How a school's MIS is reached.

    Attributes:
        kind: which connector.
        url: where it is.
        application: what the MIS calls this connection.
        secret: a reference (`env:NAME`, `file:NAME`, `keyring:SERVICE/NAME`), never the secret; "" for files.
        door: of a MIS with several APIs, the one to go in by.
        granted: what a person at the school has confirmed to be granted, where the MIS cannot be told from silent.
        codes: the school's own codes, by map: its code -> ours.

    """

    kind: str
    url: str
    application: str
    secret: str
    door: str = "rest"
    granted: frozenset[str] = frozenset()
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class School:
    """One school of the trust.

    Attributes:
        establishment: "academy" or "maintained"; legal gateways differ.
        years: school years, for the starters and finishers that returns leave out.

    """

    urn: str
    la_number: str
    estab: str
    name: str
    phase: str
    establishment: str
    years: tuple[SchoolYear, ...]
    mis: MisReference


@dataclass(frozen=True, slots=True)
class Occasion:
    """One taking of a return or feed.

    Attributes:
        subject: collection key, or agreement id of a feed.
        period: partition key: collection, term, month, week or day.
        as_at: the day whose facts it tells.
        window_start: first day of its window, for feeds that tell what happened since.
        opens: first day a trial run is worth making.
        due: last day for it.

    """

    subject: str
    period: str
    as_at: dt.date
    window_start: dt.date
    opens: dt.date
    due: dt.date


DAILY = "every-day"


@dataclass(frozen=True)
class Calendar:
    """The trust's calendar, in the file's order; a row of period `every-day` stands for each day from `as_at` on."""

    occasions: tuple[Occasion, ...]

    def occasion(self, subject: str, period: str) -> Occasion:
        """Find when `subject` is taken for `period`.

        Raises CalendarGap when the calendar has no row for it, saying which row to add.
        """
        for row in self.occasions:
            if row.subject == subject and row.period == period:
                return row
            if row.subject == subject and row.period == DAILY and _is_day(period):
                day = dt.date.fromisoformat(period)
                if day >= row.as_at:
                    return Occasion(subject, period, day, row.window_start, day, day)
        message = f"calendar.csv has no row for {subject} in {period}. Add one, or choose another period."
        raise CalendarGap(message)

    def subjects(self, period: str) -> tuple[str, ...]:
        """The collections and feeds that fall in `period`."""
        return tuple(
            row.subject
            for row in self.occasions
            if row.period == period or (row.period == DAILY and _is_day(period) and period >= row.as_at.isoformat())
        )

    def named_periods(self) -> tuple[str, ...]:
        """Periods that the file names itself (terms, collections), each once."""
        return tuple(dict.fromkeys(row.period for row in self.occasions if row.period != DAILY))


def _is_day(period: str) -> bool:
    try:
        dt.date.fromisoformat(period)
    except ValueError:
        return False
    return True


Schools = Mapping[str, School]
"""Schools by URN, in the trust's own order."""
