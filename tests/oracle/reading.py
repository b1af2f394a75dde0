"""A return as plain rows, and the few questions that more than one rule of the oracle asks of it.

Belongs here: reading frames into dictionaries, walking from a pupil to the pupil's rows, and ages, check characters
and code sets one value at a time. Does not belong here: what a rule wants (`tests.oracle.sections`). Nothing here may
call the vectorised vocabulary, view or identifiers: the oracle is worth having only as long as it is a second opinion.
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schemas.census.collection import Collection as CensusDay
from schemas.codesets import codes
from schemas.table import Frames

Row = Mapping[str, Any]
Fault = Callable[[Row, "Return"], bool]

ALL = frozenset({"NS", "PS", "MP", "MS", "SS", "AT", "SP", "PR"})
NURSERY_YEARS = frozenset({"E1", "E2", "N1", "N2"})
YEARS = ("E1", "E2", "N1", "N2", "R", *(str(year) for year in range(1, 15)))
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
DIGITS = "0123456789"


@dataclass(frozen=True)
class Stated:
    """One rule of the oracle: whose rows it judges, when it applies, and when a row is at fault."""

    number: str
    on: str
    terms: str
    phases: frozenset[str]
    fault: Fault


STATED: dict[str, Stated] = {}


def states(number: str, on: str, terms: str = "ASU", phases: str = "", not_in: str = "") -> Callable[[Fault], Fault]:
    """Register a function as the oracle of a rule; no phases named means every phase."""

    def stated(fault: Fault) -> Fault:
        assert number not in STATED
        STATED[number] = Stated(number, on, terms, (frozenset(phases.split()) or ALL) - set(not_in.split()), fault)
        return fault

    return stated


class Return:
    """One return: every table as a list of rows."""

    def __init__(self, frames: Frames, day: CensusDay, registers: Mapping[str, Collection[str]]) -> None:
        self.tables = {name: rows_of(frame) for name, frame in frames.items()}
        self.day = day
        self.registers = registers
        self.school = self.tables["school"][0]
        self._by_pupil: dict[str, dict[str, list[Row]]] = {}

    @property
    def phase(self) -> str | None:
        return self.school["phase"]

    @cached_property
    def pupils(self) -> list[Row]:
        return self.tables["pupil"]

    @cached_property
    def on_roll(self) -> list[Row]:
        return [pupil for pupil in self.pupils if is_on_roll(pupil)]

    @cached_property
    def _pupil(self) -> dict[str, Row]:
        return {pupil["pupil_id"]: pupil for pupil in self.pupils}

    def pupil(self, row: Row) -> Row:
        """The pupil that a row is about."""
        return self._pupil[row["pupil_id"]]

    def of(self, pupil: Row, table: str) -> list[Row]:
        """The rows of a table that are about the pupil of a row."""
        return self._of(table).get(pupil["pupil_id"], [])

    def _of(self, table: str) -> Mapping[str, list[Row]]:
        if table not in self._by_pupil:
            found = self._by_pupil[table] = {}
            for row in self.tables[table]:
                found.setdefault(row["pupil_id"], []).append(row)
        return self._by_pupil[table]

    def others(self, row: Row, table: str) -> list[Row]:
        """Every other row of the table, whosever it is."""
        return [other for other in self.tables[table] if other is not row]

    def age(self, pupil: Row) -> int | None:
        """Age at 31 August before the academic year."""
        return pupil["age"]

    def attendance_age(self, pupil: Row) -> int | None:
        """Age at 31 August before the academic year of the attendance that is reported."""
        return pupil["attendance_age"]

    def valid(self, value: str | None, codeset: str, on: dt.date | None = None) -> bool:
        """Present, and a code of the set in force on the day: census day when none is given."""
        return value is not None and value in codes(codeset, on or self.day.reference_date)

    def wrong(self, value: str | None, codeset: str) -> bool:
        """Present, and no code of the set."""
        return value is not None and not self.valid(value, codeset)


def rows_of(frame: Any) -> list[Row]:
    """Read a frame into dictionaries of plain Python values."""
    columns = {name: frame[name].array.__arrow_array__().to_pylist() for name in frame.columns}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def is_on_roll(pupil: Row) -> bool:
    return pupil["section"] == "on_roll"


def age_on(day: dt.date, born: dt.date | None) -> int | None:
    """Whole years lived, counted birthday by birthday."""
    if born is None:
        return None
    years = day.year - born.year
    return years if (day.month, day.day) >= (born.month, born.day) else years - 1


def between(value: Any, low: Any, high: Any) -> bool:
    return value is not None and low <= value <= high


def some(*values: Any) -> bool:
    """At least one is there."""
    return any(value is not None for value in values)


def year_number(nc_year: str | None) -> int | None:
    """Reception is 0, the years before it negative; None for X and for what is no year group."""
    return YEARS.index(nc_year) - YEARS.index("R") if nc_year in YEARS else None


def above_year_11(pupil: Row) -> bool:
    year = year_number(pupil["nc_year_actual"])
    return year is not None and year > 11


def digits(value: str | None, *, fewest: int, most: int) -> bool:
    return value is not None and fewest <= len(value) <= most and all(each in DIGITS for each in value)


def upn_letter(upn: str) -> str | None:
    """The letter that twelve characters call for (weights 2 to 13, modulo 23); None when they are no UPN's."""
    body = upn[1:]
    if len(body) != 12 or not all(each in DIGITS for each in body[:11]) or body[11] not in DIGITS + LETTERS:
        return None
    values = [int(each) if each in DIGITS else LETTERS.index(each) for each in body]
    return LETTERS[sum(weight * value for weight, value in enumerate(values, start=2)) % 23]


def uln_right(uln: str) -> bool:
    """Ten digits of which the last is ten less the weighted remainder of eleven; a remainder of 0 has no ULN."""
    if not digits(uln, fewest=10, most=10) or uln[0] == "0":
        return False
    remainder = sum(int(digit) * weight for digit, weight in zip(uln, range(10, 1, -1), strict=False)) % 11
    return remainder != 0 and int(uln[9]) == 10 - remainder


def postcode_right(postcode: str) -> bool:
    """A9, A99, A9A, AA9, AA99 or AA9A, a space, and 9AA without the letters that inward codes leave out."""
    outward, _, inward = postcode.partition(" ")
    shape = "".join("9" if each in DIGITS else "A" if "A" <= each <= "Z" else "?" for each in outward)
    inward_letters = "ABDEFGHJLNPQRSTUWXYZ"
    right_inward = len(inward) == 3 and inward[0] in DIGITS and all(each in inward_letters for each in inward[1:])
    return shape in {"A9", "A99", "A9A", "AA9", "AA99", "AA9A"} and right_inward


def company_number_right(number: str) -> bool:
    return re.fullmatch("([A-Z]{2}|[0-9]{2})[0-9]{6}", number) is not None


def ukprn_right(ukprn: str) -> bool:
    return digits(ukprn, fewest=8, most=8) and ukprn[0] == "1"


def weekdays(start: dt.date, end: dt.date) -> int:
    return sum(day.weekday() < 5 for day in days(start, end))


def days(start: dt.date, end: dt.date) -> Iterator[dt.date]:
    return (start + dt.timedelta(days=count) for count in range((end - start).days + 1))


def twelve_months_later(day: dt.date) -> dt.date:
    return day.replace(year=day.year + 1)
