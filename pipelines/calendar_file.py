"""Reading calendar.csv: the trust's year as one table that a data manager edits in a spreadsheet.

Belongs here: which columns each kind of row fills in, and what is wrong with a row, by number and column. Every
fault is found before anything is refused. What the rows mean is `schemas.deployment`.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from schemas.cadence import Break, Cadence, Term
from schemas.census.collection import COLLECTIONS, UNDECIDED
from schemas.deployment import Calendar, Dated, Limit, Occasion
from schemas.refusal import Refusal
from schemas.wording import counted

COLUMNS: Final = ("kind", "subject", "schools", "period", "as_at", "window_start", "opens", "due", "note")
_DATES: Final = ("as_at", "window_start", "opens", "due")
_KEY: Final = re.compile(r"[0-9a-z][0-9a-z-]*")
_AGREEMENT: Final = re.compile(r"[a-z][a-z0-9_]*")

_COLLECTION, _FEED, _TERM, _BREAK = "collection", "feed", "term", "half-term"
_FILLED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        _COLLECTION: ("period", "as_at", "window_start", "opens", "due"),
        _FEED: ("period", "as_at", "window_start", "opens", "due"),
        _TERM: ("opens", "due"),
        _BREAK: ("opens", "due"),
        Limit.FAMILIARISATION: ("opens", "due"),
        Limit.AUTHORITY: ("due",),
        Limit.DEPARTMENT: ("due",),
    },
)
"""What each kind of row fills in besides its subject; every other column but `schools` and `note` stays empty."""
_OF_SCHOOLS: Final = frozenset({_TERM, _BREAK, *Limit})


class CalendarFaulty(Refusal):
    """calendar.csv cannot be read, or rows of it contradict each other."""

    code = "calendar_faulty"


@dataclass(frozen=True)
class _Row:
    """One row, its dates read."""

    number: int
    kind: str
    subject: str
    period: str
    schools: frozenset[str]
    dates: Mapping[str, dt.date]


@dataclass
class _Reading:
    """What has been read so far, and what is wrong with it."""

    schools: Collection[str]
    rows: list[_Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def wrong(self, number: int, column: str, what: str) -> None:
        self.faults.append(f"row {number}, column {column}: {what}")

    def of(self, *kinds: str) -> list[_Row]:
        return [row for row in self.rows if row.kind in kinds]


def read_calendar(file: Path, schools: Collection[str]) -> Calendar:
    """Read calendar.csv of a trust with these schools.

    Raises CalendarFaulty, naming row and column of every fault.
    """
    try:
        reader = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")), strict=True)
        header, rows = tuple(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{file} cannot be read as a table of comma-separated values in UTF-8: {type(error).__name__}."
        raise CalendarFaulty(message) from None
    if header != COLUMNS:
        message = f"{file}: the header must be {','.join(COLUMNS)}."
        raise CalendarFaulty(message)
    reading = _Reading(schools)
    for number, cells in enumerate(rows, 2):
        _read_row(reading, number, cells)
    calendar = _assembled(reading)
    if reading.faults:
        message = f"{file}: {counted(len(reading.faults), 'fault')}. {'; '.join(reading.faults)}."
        raise CalendarFaulty(message)
    return calendar


def _read_row(reading: _Reading, number: int, cells: Mapping[str | None, str | None]) -> None:
    if None in cells or None in cells.values():
        reading.wrong(number, COLUMNS[-1], f"the row has not {len(COLUMNS)} cells; put a note with a comma in quotes")
        return
    told = {str(name): (value or "").strip() for name, value in cells.items()}
    kind = told["kind"]
    if kind not in _FILLED:
        reading.wrong(number, "kind", f"{kind!r} is none of {', '.join(_FILLED)}")
        return
    before = len(reading.faults)
    dates = _dates(reading, number, told)
    schools = frozenset(told["schools"].split())
    if schools and kind not in _OF_SCHOOLS:
        reading.wrong(number, "schools", f"leave it empty: which schools a {kind} covers is its agreements' to say")
    for urn in sorted(schools - frozenset(reading.schools)):
        reading.wrong(number, "schools", f"trust.toml has no school {urn}")
    if len(reading.faults) == before:
        row = _Row(number, kind, told["subject"], told["period"], schools, dates)
        _CHECKS[kind](reading, row)
        reading.rows.append(row)


def _dates(reading: _Reading, number: int, told: Mapping[str, str]) -> dict[str, dt.date]:
    wanted, dates = _FILLED[told["kind"]], {}
    for column in ("period", *_DATES):
        if column not in wanted:
            if told[column]:
                reading.wrong(number, column, f"leave it empty: a row of kind {told['kind']} has none")
        elif not told[column]:
            reading.wrong(number, column, f"fill it in: a row of kind {told['kind']} needs it")
        elif column in _DATES:
            try:
                dates[column] = dt.datetime.strptime(told[column], "%Y-%m-%d").date()  # noqa: DTZ007  a day has no zone
            except ValueError:
                reading.wrong(number, column, "write a date as YYYY-MM-DD")
    return dates


def _check_collection(reading: _Reading, row: _Row) -> None:
    if row.subject not in COLLECTIONS:
        waits = UNDECIDED.get(row.subject)
        why = f"its dates are not decided: {', '.join(waits)}" if waits else f"known are {', '.join(COLLECTIONS)}"
        reading.wrong(row.number, "subject", f"{row.subject!r} is no collection that can be made; {why}")
        return
    if row.period != row.subject:
        reading.wrong(row.number, "period", f"a collection is its own period: write {row.subject}")
    census_day = COLLECTIONS[row.subject].reference_date
    if row.dates["as_at"] != census_day:
        reading.wrong(row.number, "as_at", f"census day of {row.subject} is {census_day}")
    if not row.dates["opens"] <= row.dates["as_at"]:
        reading.wrong(row.number, "opens", "dry runs begin on or before census day")
    _check_window(reading, row)


def _check_feed(reading: _Reading, row: _Row) -> None:
    if not _AGREEMENT.fullmatch(row.subject):
        reading.wrong(row.number, "subject", "write the id of an agreement")
    if not _KEY.fullmatch(row.period):
        reading.wrong(row.number, "period", "use digits, lower-case letters and hyphens")
    elif row.period.startswith("every-") and row.period not in set(Cadence):
        reading.wrong(row.number, "period", f"{row.period!r} is none of {', '.join(Cadence)}")
    elif row.period in COLLECTIONS:
        reading.wrong(row.number, "period", "a feed has no collection for its period; name a term, month, week or day")
    _check_window(reading, row)


def _check_window(reading: _Reading, row: _Row) -> None:
    if row.dates["window_start"] > row.dates["as_at"]:
        reading.wrong(row.number, "window_start", "it lies after as_at")
    if row.dates["due"] < row.dates["as_at"]:
        reading.wrong(row.number, "due", "it lies before as_at")


def _check_span(reading: _Reading, row: _Row) -> None:
    if not _KEY.fullmatch(row.subject):
        reading.wrong(row.number, "subject", "use digits, lower-case letters and hyphens")
    if row.dates["opens"] > row.dates["due"]:
        reading.wrong(row.number, "due", "its last day lies before its first")


def _check_limit(reading: _Reading, row: _Row) -> None:
    if "opens" in row.dates and row.dates["opens"] > row.dates["due"]:
        reading.wrong(row.number, "due", "its last day lies before its first")


_CHECKS: Final[Mapping[str, Callable[[_Reading, _Row], None]]] = MappingProxyType(
    {
        _COLLECTION: _check_collection,
        _FEED: _check_feed,
        _TERM: _check_span,
        _BREAK: _check_span,
        **dict.fromkeys(Limit, _check_limit),
    },
)


def _assembled(reading: _Reading) -> Calendar:
    """Put the rows together, and see whether they agree."""
    _check_twice(reading)
    _check_limits(reading)
    terms = _terms(reading)
    if not terms:
        for row in (one for one in reading.of(_FEED) if one.period == Cadence.TERM):
            reading.wrong(row.number, "period", "every-term needs rows of kind term")
    return Calendar(
        tuple(Occasion(row.subject, row.period, **row.dates) for row in reading.of(_COLLECTION, _FEED)),
        terms,
        tuple(
            Dated(Limit(row.kind), row.subject, row.schools, row.dates.get("opens"), row.dates["due"])
            for row in reading.of(*Limit)
        ),
    )


def _check_twice(reading: _Reading) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for row in reading.rows:
        for urn in row.schools or {"every school"}:
            own = row.dates["opens"].isoformat() if row.kind == _BREAK else ""
            first = seen.setdefault((row.kind, row.subject, row.period, own, urn), row.number)
            if first != row.number:
                reading.wrong(row.number, "subject", f"row {first} says the same of {urn}; keep one")


def _check_limits(reading: _Reading) -> None:
    collections = {row.subject: row for row in reading.of(_COLLECTION)}
    for row in reading.of(*Limit):
        of = collections.get(row.subject)
        if of is None:
            reading.wrong(row.number, "subject", f"no row of kind collection for {row.subject!r}")
        elif row.kind != Limit.FAMILIARISATION and row.dates["due"] < of.dates["as_at"]:
            reading.wrong(row.number, "due", f"a deadline lies before census day, {of.dates['as_at']}")
        elif row.kind == Limit.AUTHORITY and row.dates["due"] > _last(reading, of):
            reading.wrong(
                row.number, "due", f"an authority's deadline lies after the Department's, {_last(reading, of)}"
            )


def _last(reading: _Reading, collection: _Row) -> dt.date:
    own = [row.dates["due"] for row in reading.of(Limit.DEPARTMENT) if row.subject == collection.subject]
    return max([collection.dates["due"], *own])


def _terms(reading: _Reading) -> tuple[Term, ...]:
    terms = {row.number: Term(row.subject, _all(reading, row), *_span(row)) for row in reading.of(_TERM)}
    _check_apart(reading, terms)
    for row in reading.of(_BREAK):
        _take_break(reading, terms, row)
    return tuple(terms.values())


def _all(reading: _Reading, row: _Row) -> frozenset[str]:
    return row.schools or frozenset(reading.schools)


def _span(row: _Row) -> tuple[dt.date, dt.date]:
    return row.dates["opens"], row.dates["due"]


def _check_apart(reading: _Reading, terms: Mapping[int, Term]) -> None:
    listed = list(terms.items())
    for place, (number, term) in enumerate(listed):
        for earlier, other in listed[:place]:
            if term.schools & other.schools and term.first <= other.last and other.first <= term.last:
                reading.wrong(number, "opens", f"the term overlaps that of row {earlier}")


def _take_break(reading: _Reading, terms: dict[int, Term], row: _Row) -> None:
    off = Break(_all(reading, row), *_span(row))
    of = [number for number, term in terms.items() if term.key == row.subject and term.schools & off.schools]
    if not of:
        reading.wrong(row.number, "subject", f"no row of kind term for {row.subject!r}")
    for number in of:
        term = terms[number]
        if not term.first <= off.first <= off.last <= term.last:
            column = "due" if term.first <= off.first <= term.last else "opens"
            reading.wrong(row.number, column, f"the half-term lies outside its term, row {number}")
        terms[number] = replace(term, breaks=(*term.breaks, off))
