"""What a trust says about itself, once read: its schools and its calendar.

Belongs here: frozen values. Reading a trust folder is `pipelines.trust`; census windows, the same for everybody,
are `schemas.census.collection`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.cadence import Cadence, Term, first_days, period_of, shift
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


_CADENCES = frozenset(Cadence)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One taking of a return or feed.

    Attributes:
        subject: collection key, or agreement id of a feed.
        period: partition key: collection, term, month, week or day; in a row that recurs, its cadence.
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

    @property
    def cadence(self) -> Cadence | None:
        """How the row recurs; None when it names its one period."""
        return Cadence(self.period) if self.period in _CADENCES else None


class Limit(StrEnum):
    """Whose word a deadline or a window of a collection is."""

    AUTHORITY = "la-deadline"
    DEPARTMENT = "dfe-deadline"
    FAMILIARISATION = "familiarisation"


@dataclass(frozen=True, slots=True)
class Dated:
    """A deadline or a window of a collection that only some schools may have.

    Attributes:
        schools: URNs; empty stands for every school.
        opens: first day of a window; None for a deadline.

    """

    kind: Limit
    subject: str
    schools: frozenset[str]
    opens: dt.date | None
    due: dt.date

    def of(self, school: str) -> bool:
        """Say whether it is this school's."""
        return not self.schools or school in self.schools


@dataclass(frozen=True)
class Calendar:
    """The trust's calendar, in the file's order.

    Attributes:
        occasions: collections and feeds; one whose period is a cadence stands for each of its periods from `as_at` on.
        terms: with their half-terms.
        dated: deadlines and windows of collections beside the Department's own.

    """

    occasions: tuple[Occasion, ...]
    terms: tuple[Term, ...] = ()
    dated: tuple[Dated, ...] = ()

    def occasion(self, subject: str, period: str) -> Occasion:
        """Find when `subject` is taken for `period`.

        Raises CalendarGap when the calendar has no row for it, saying which row to add.
        """
        for row in self.occasions:
            found = self._in(row, period) if row.subject == subject else None
            if found is not None:
                return found
        message = f"calendar.csv has no row for {subject} in {period}. Add one, or choose another period."
        raise CalendarGap(message)

    def taken_on(self, day: dt.date) -> Iterator[Occasion]:
        """Everything that tells of a day, in the file's order."""
        for row in (one for one in self.occasions if one.as_at <= day):
            for period in self._periods_of(row, day):
                found = self._in(row, period)
                if found is not None and found.as_at == day:
                    yield found

    def subjects(self, period: str) -> tuple[str, ...]:
        """The collections and feeds that fall in `period`."""
        return tuple(dict.fromkeys(row.subject for row in self.occasions if self._in(row, period) is not None))

    def named_periods(self) -> tuple[str, ...]:
        """Periods that the file names itself (terms, collections), each once."""
        named = [row.period for row in self.occasions if row.cadence is None]
        return tuple(dict.fromkeys([*named, *first_days(self.terms)]))

    def limits(self, subject: str, school: str, kind: Limit) -> Iterator[Dated]:
        """The deadlines or windows of one kind that a school has for a collection."""
        return (one for one in self.dated if (one.kind, one.subject) == (kind, subject) and one.of(school))

    def deadline(self, subject: str, school: str) -> dt.date:
        """The Department's deadline for a school: its own where the calendar has one, else the collection's."""
        own = [one.due for one in self.limits(subject, school, Limit.DEPARTMENT)]
        return max(own) if own else self.occasion(subject, subject).due

    def last_deadline(self, subject: str) -> dt.date:
        """The latest deadline of the Department that any school has."""
        own = [one.due for one in self.dated if (one.kind, one.subject) == (Limit.DEPARTMENT, subject)]
        return max([self.occasion(subject, subject).due, *own])

    def _in(self, row: Occasion, period: str) -> Occasion | None:
        if row.cadence is None:
            return row if row.period == period else None
        moved = shift(row.cadence, row.as_at, period, self.terms)
        if moved is None or moved(row.as_at) < row.as_at:
            return None
        day = moved(row.as_at)
        if row.cadence in {Cadence.DAY, Cadence.SCHOOL_DAY}:
            return Occasion(row.subject, period, day, row.window_start, day, day)
        return Occasion(row.subject, period, day, moved(row.window_start), moved(row.opens), moved(row.due))

    def _periods_of(self, row: Occasion, day: dt.date) -> Iterable[str]:
        if row.cadence is None:
            return (row.period,)
        return first_days(self.terms) if row.cadence is Cadence.TERM else (period_of(row.cadence, day),)


Schools = Mapping[str, School]
"""Schools by URN, in the trust's own order."""
