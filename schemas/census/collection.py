"""A collection: one census day with every window that hangs on it.

Belongs here: the `Collection` type and reading the `dates.csv` of each collection year. Does not belong here: what a
window selects (`schemas.census.conform`). The dates are data, so that a published correction is one changed row.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import ClassVar, Final, NamedTuple

from schemas.refusal import Refusal

YEARS: Final = MappingProxyType({"2026-27": "y2026_27"})
"""Folder of each collection year's material."""

TO_DECIDE: Final = "TO DECIDE"
"""Stands in `dates.csv` for a day that only the department can name; a collection with one cannot be made."""

_TERMS: Final = MappingProxyType({"autumn": "A", "spring": "S", "summer": "U"})
_TERM_CODES: Final = MappingProxyType({"A": "AUT", "S": "SPR", "U": "SUM"})
_ATTENDANCE: Final = "attendance."


class NoSuchCollection(Refusal):
    """A collection key that no year's dates declare."""

    code: ClassVar[str] = "no_such_collection"


class CollectionUndecided(Refusal):
    """A collection some of whose dates nobody has decided yet."""

    code: ClassVar[str] = "collection_undecided"


class Window(NamedTuple):
    """First and last day of a window, both inside it."""

    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Collection:
    """One census day and its windows (facts: identifiers and dates).

    Attributes:
        key: `<calendar year>-<autumn|spring|summer>`, the partition key.
        academic_year: `2026-27`; names the layout and the catalogue.
        term: A autumn, S spring, U summer, as in the layout and the catalogue.
        reference_date: census day; the return is as at its end.
        age_date: 31 August before the academic year: the day ages are taken on.
        attendance_age_date: 31 August before the academic year of the reported period.
        attendance: reported windows by period, `term` and in autumn `half_term_2`.
        exclusions: window of a suspension's start date.
        fsm: a period of free school meals is returned when it touches this window.
        ap: a school-arranged placement is returned when it touches this window.
        learning_aims: window that an aim must touch; None outside autumn.
        three_year_olds: dates of birth of the three-year-old entitlement band (rule 3100).
        four_year_olds: dates of birth of the four-year-old entitlement band (rule 3100).

    """

    key: str
    academic_year: str
    term: str
    reference_date: dt.date
    previous_reference_date: dt.date
    deadline: dt.date
    age_date: dt.date
    attendance_age_date: dt.date
    current_term_start: dt.date
    previous_term_start: dt.date
    attendance: Mapping[str, Window]
    exclusions: Window
    fsm: Window
    ap: Window
    three_year_olds: Window
    four_year_olds: Window
    learning_aims: Window | None = None

    @property
    def term_code(self) -> str:
        """AUT, SPR or SUM, as the header has it."""
        return _TERM_CODES[self.term]


def collection(key: str) -> Collection:
    """Return the collection of that key, such as `2026-autumn`.

    Raises:
        NoSuchCollection: there is none; the message lists the keys that exist.
        CollectionUndecided: there is one, and dates of it are still to be decided; the message names them.

    """
    if key in UNDECIDED:
        message = f"collection {key} cannot be made: its dates are to be decided ({', '.join(UNDECIDED[key])})"
        raise CollectionUndecided(message)
    try:
        return COLLECTIONS[key]
    except KeyError:
        message = f"no collection {key}; there are {', '.join(COLLECTIONS)}"
        raise NoSuchCollection(message) from None


def dates(folder: str) -> dict[str, list[dict[str, str]]]:
    """Return the rows of a year's `dates.csv` by collection, as they stand in the file."""
    text = resources.files("schemas.census").joinpath(folder, "dates.csv").read_text(encoding="utf-8")
    rows: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        rows.setdefault(row["collection"], []).append(row)
    return rows


def undecided(rows: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """Return the names of the dates that are still to be decided."""
    return tuple(row["name"] for row in rows if TO_DECIDE in (row["start"], row["end"]))


def decided(rows: Mapping[str, tuple[str, list[dict[str, str]]]]) -> dict[str, Collection]:
    """Return the collections all of whose dates are there.

    Args:
        rows: academic year and rows of `dates.csv`, by collection.

    """
    return {key: _collection(key, year, of_it) for key, (year, of_it) in rows.items() if not undecided(of_it)}


def _collection(key: str, academic_year: str, rows: list[dict[str, str]]) -> Collection:
    values = {row["name"]: _value(row["start"], row["end"]) for row in rows}
    periods = [name for name in values if name.startswith(_ATTENDANCE)]
    attendance = {name.removeprefix(_ATTENDANCE): values.pop(name) for name in periods}
    term = _TERMS[key.partition("-")[2]]
    return Collection(key, academic_year, term, attendance=MappingProxyType(attendance), **values)  # type: ignore[arg-type]


def _value(start: str, end: str) -> dt.date | Window:
    first = dt.date.fromisoformat(start)
    return Window(first, dt.date.fromisoformat(end)) if end else first


_ROWS: Final = MappingProxyType(
    {key: (year, rows) for year, folder in YEARS.items() for key, rows in dates(folder).items()},
)

UNDECIDED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {key: names for key, (_, rows) in _ROWS.items() if (names := undecided(rows))},
)
"""Collections that cannot be made yet, each with the dates that are missing."""

COLLECTIONS: Final[Mapping[str, Collection]] = MappingProxyType(decided(_ROWS))
"""Every collection whose dates are known, by key, in order of census day."""
