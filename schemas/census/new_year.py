"""The next collection year's folder, made from last year's: what moves by rule, and what only a person can decide.

Belongs here: shifting dates and listing what is left to do. Writing the folder is `pipelines.actions.spec`. Nothing
made here can be released: the year is in no list of years until a maintainer puts it there, and a collection with a
date `TO DECIDE` refuses to be made (`schemas.census.collection`).
"""

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import ClassVar, Final

from schemas.census.catalogue import not_implemented, written
from schemas.census.collection import TO_DECIDE, YEARS, dates, undecided
from schemas.census.layout import layout
from schemas.codesets import codeset
from schemas.refusal import Refusal

_COLUMNS: Final = ("collection", "name", "start", "end", "confidence", "source")
_DAY: Final = dt.timedelta(days=1)
_AUTUMN: Final = "autumn"
_CENSUS_DAY, _DEADLINE, _BEFORE = "reference_date", "deadline", "previous_reference_date"


class YearNotNew(Refusal):
    """The year that is asked for is not the one after the last, or its folder is there already."""

    code: ClassVar[str] = "year_not_new"


@dataclass(frozen=True, slots=True)
class NewYear:
    """A scaffold.

    Attributes:
        academic_year: `2027-28`.
        folder: its folder's name below `schemas/census`.
        files: text of each file by name.
        to_decide: what a person has to look at, in order.

    """

    academic_year: str
    folder: str
    files: Mapping[str, str]
    to_decide: tuple[str, ...]


def new_year(academic_year: str) -> NewYear:
    """Make the folder of the year after the last one.

    Raises:
        YearNotNew: it is another year.

    """
    last = max(YEARS)
    begins = int(last[:4]) + 1
    following = f"{begins}-{(begins + 1) % 100:02d}"
    if academic_year != following:
        message = f"the year after {last} is {following}, not {academic_year!r}; years are made one after the other"
        raise YearNotNew(message)
    folder = f"y{academic_year.replace('-', '_')}"
    rows = [row for collection in dates(YEARS[last]).values() for row in shifted(collection, _anchors(last), last)]
    files = {name: text for name, text in _texts(YEARS[last]).items() if name != "dates.csv"}
    files["dates.csv"] = _csv(rows)
    return NewYear(academic_year, folder, files, tuple(_to_decide(academic_year, folder, last, rows)))


def shifted(
    rows: list[dict[str, str]], anchors: Mapping[dt.date, dt.date | None], last: str
) -> Iterator[dict[str, str]]:
    """Move one collection's dates by a year: each day by the rule that made it, or to nobody's knowledge yet."""
    for row in rows:
        year, _, term = row["collection"].partition("-")
        named = {"collection": f"{int(year) + 1}-{term}", "name": row["name"]}
        moved = {
            side: ""
            if not row[side]
            else TO_DECIDE
            if row["name"] == _DEADLINE
            else _moved(row[side], anchors, int(last[:4]))
            for side in ("start", "end")
        }
        open_ = TO_DECIDE in moved.values()
        how = f"as in {last}" if open_ else f"{last} shifted by rule"
        yield named | moved | {"confidence": "" if open_ else "medium", "source": f"{how}: {row['source']}"}


def _moved(day: str, anchors: Mapping[dt.date, dt.date | None], begins: int) -> str:
    """A census day goes to what is known of the next; feasts go to next year's feast; every other by the calendar."""
    old = dt.date.fromisoformat(day)
    for offset in (dt.timedelta(0), _DAY):
        if old - offset in anchors:
            new = anchors[old - offset]
            return (new + offset).isoformat() if new else TO_DECIDE
    feasts = (easter, spring_bank_holiday) if old.year >= begins else ()  # a birthday band may end on one by chance
    for feast in feasts:
        apart = old - feast(old.year)
        if abs(apart) <= _DAY:
            return (feast(old.year + 1) + apart).isoformat()
    return old.replace(year=old.year + 1).isoformat()


def _anchors(last: str) -> dict[dt.date, dt.date | None]:
    """Census days of last year's dates, and the day that takes the place of each; None where nobody has named it."""
    by_name = {
        (collection, row["name"]): row["start"] for collection, rows in dates(YEARS[last]).items() for row in rows
    }
    days = sorted(dt.date.fromisoformat(day) for (_, name), day in by_name.items() if name == _CENSUS_DAY)
    autumn = f"{last[:4]}-{_AUTUMN}"
    before = dt.date.fromisoformat(by_name[autumn, _BEFORE])
    return dict.fromkeys(days) | {before: days[-1]}


def easter(year: int) -> dt.date:
    """Easter Sunday, by Gauss's rule as Lichtenberg gave it."""
    a, k = year % 19, year // 100
    m = 15 + (3 * k + 3) // 4 - (8 * k + 13) // 25
    d = (19 * a + m) % 30
    full_moon = 21 + d - (d + a // 11) // 29
    sunday = 7 - (year + year // 4 + 2 - (3 * k + 3) // 4) % 7
    return dt.date(year, 3, 1) + _DAY * (full_moon + 7 - (full_moon - sunday) % 7 - 1)


def spring_bank_holiday(year: int) -> dt.date:
    """The last Monday of May."""
    last = dt.date(year, 5, 31)
    return last - _DAY * last.weekday()


def _to_decide(academic_year: str, folder: str, last: str, rows: list[dict[str, str]]) -> Iterator[str]:
    place = f"schemas/census/{folder}"
    by_collection: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_collection.setdefault(row["collection"], []).append(row)
    for collection, of_it in by_collection.items():
        yield f"{place}/dates.csv, {collection}: decide {', '.join(undecided(of_it))}"
    by_rule = sum(TO_DECIDE not in (row["start"], row["end"]) for row in rows)
    yield f"{place}/dates.csv: confirm {by_rule} rows that were shifted by rule, each with its source"
    items, left = layout(last).items, layout(last).not_emitted
    doubtful = sum(item.confidence != "high" for item in items)
    yield f"{place}/layout.csv: hold {len(items)} items against the new specification, {doubtful} of them in doubt"
    yield f"{place}/not_emitted.csv: see whether any of {len(left)} known items now belongs in the layout"
    waiting = len(not_implemented(last))
    yield f"{place}/catalogue.csv: hold {len(written(last))} rules against the new list; {waiting} more wait"
    ended = [f"{name} {code}" for name, code in _ended(academic_year)]
    yield f"schemas/data/codesets.csv: add new codes; these end before the year: {', '.join(ended) or 'none'}"
    yield "schemas/census/rules: rules with `since` or `until`, and those whose condition names a date or an age"
    yield f'schemas/census/collection.py: put "{academic_year}": "{folder}" last into YEARS; nothing uses it before'
    yield "the trust folder: rows of calendar.csv, and agreements that name their terms or end with the year"
    yield f"waybill spec import FILE --year {academic_year}: workbook, schema and stylesheet, once published"


def _ended(academic_year: str) -> Iterator[tuple[str, str]]:
    """Codes in use by the layout that lapse between the two Septembers."""
    begins = dt.date(int(academic_year[:4]), 9, 1)
    for name in sorted({item.codeset for item in layout(max(YEARS)).items if item.codeset}):
        for code, each in codeset(name).items():
            if each.last and begins - dt.timedelta(days=366) <= each.last < begins:
                yield name, code


def _texts(folder: str) -> dict[str, str]:
    files = resources.files("schemas.census").joinpath(folder).iterdir()
    return {file.name: file.read_text(encoding="utf-8") for file in files if file.name.endswith(".csv")}


def _csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
