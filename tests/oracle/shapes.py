"""The oracle of the shape rules: what each row of the layout says of its item, judged one value at a time.

Belongs here: reading the year's tables as they are written and judging single values by them. Nothing here may call
`schemas.census.shapes`, `shape_rules` or `layout`: a misread table would else be misread twice.
"""

import csv
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from typing import Any

import schemas.census
from schemas.census.collection import YEARS
from tests.oracle.reading import ALL, Return, Row, Stated

SINGLE = {"header", "school", "pupil"}
"""Tables every return has rows of: an item is out of place in them, never a row."""
YEAR = "2026-27"
ENDS = {"on_roll": "PupilsOnRoll", "off_roll": "PupilsNoLongerOnRoll"}
Place = tuple[str, str, str | None, str]


@dataclass(frozen=True)
class Declared:
    """One row of the layout, with the section of pupils and the condition on rows that its path stands in."""

    table: str
    column: str
    kind: str
    most: int | None
    required: bool
    terms: frozenset[str]
    phases: frozenset[str]
    codeset: str
    section: str | None
    rows: str

    def stands(self, row: Row, census: Return) -> bool:
        """The layout collects the item here; in a school of no known phase nobody can say that it does not."""
        in_phase = census.phase in self.phases or census.phase not in ALL
        return census.day.term in self.terms and in_phase and self._in_section(row, census) and self._among(row)

    def _in_section(self, row: Row, census: Return) -> bool:
        return self.section is None or census.pupil(row)["section"] == self.section

    def _among(self, row: Row) -> bool:
        column, _, value = self.rows.partition("=")
        return not column or row[column] == value

    def places(self) -> Iterator[Place]:
        for term, phase in product(self.terms, self.phases):
            yield term, phase, self.section, self.rows


def read(name: str) -> list[dict[str, str]]:
    """Read a table of the year."""
    path = f"{schemas.census.__path__[0]}/{YEARS[YEAR]}/{name}.csv"
    with open(path, encoding="utf-8", newline="") as lines:  # noqa: PTH123  one file, read whole
        return list(csv.DictReader(lines))


@cache
def shapes() -> dict[str, Stated]:
    """Return the oracle of every shape rule by name."""
    left_out = {(row["field"], row["shape"]) for row in read("superseded")}
    return {
        stated.number: stated for field, demand, stated in _every_shape(_declared()) if (field, demand) not in left_out
    }


def _declared() -> list[Declared]:
    blocks = {row["path"]: row["filter"] for row in read("blocks")}
    return [_declare(row, blocks) for row in read("layout")]


def _declare(row: dict[str, str], blocks: dict[str, str]) -> Declared:
    parts = row["path"].split("/")
    around = ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]
    rows = next(blocks[path] for path in around if path in blocks)
    return Declared(
        table=row["table"], column=row["column"], kind=row["kind"], codeset=row["codeset"],
        most=int(row["max_length"]) if row["max_length"] else None,
        required=row["cardinality"] == "1" and not (row["table"] == "pupil" and row["condition"]),
        terms=frozenset(row["terms"].split()), phases=frozenset(row["phases"].split()),
        section=next((section for section, end in ENDS.items() if end in parts), None),
        rows="" if rows.startswith("section=") else rows,
    )  # fmt: skip


def _every_shape(declared: list[Declared]) -> Iterator[tuple[str, str, Stated]]:
    forms = {row["field"]: row["pattern"] for row in read("forms")}
    tables, fields = defaultdict(list), defaultdict(list)
    for each in declared:
        tables[each.table].append(each)
        fields[each.table, each.column].append(each)
    for table, items in tables.items():
        if table not in SINGLE:
            yield table, "not-collected", _stated((table, "not-collected"), "ASU", partial(row_is_out_of_place, items))
    for (table, column), items in fields.items():
        terms = "".join(term for term in "ASU" if any(term in item.terms for item in items))
        for demand, fault in _of_values(items, forms.get(f"{table}.{column}")):
            yield f"{table}.{column}", demand, _stated((table, column, demand), terms, fault)
        if _reach(items) != _reach(tables[table]):
            fault = partial(value_is_out_of_place, items, tables[table])
            yield f"{table}.{column}", "not-collected", _stated((table, column, "not-collected"), "ASU", fault)


def _reach(items: list[Declared]) -> set[Place]:
    return {place for item in items for place in item.places()}


def _of_values(items: list[Declared], pattern: str | None) -> Iterator[tuple[str, Any]]:
    first = items[0]
    most = max((item.most for item in items if item.most is not None), default=None)
    sized = first.kind in {"integer", "decimal"} or (first.kind == "text" and most is not None)
    if any(item.required for item in items):
        yield "missing", partial(value_is_missing, items)
    if first.codeset:
        yield "code", partial(value_is_no_code, first)
        return
    if sized and pattern is None:
        yield "length", partial(value_is_too_long, first, most)
    if first.kind in {"text", "date"}:
        yield "form", partial(value_is_written_wrongly, first, pattern)


def _stated(parts: tuple[str, ...], terms: str, fault: Any) -> Stated:
    return Stated("L-shape-" + "-".join(parts).replace("_", "-"), parts[0], terms, ALL, fault)


def row_is_out_of_place(items: list[Declared], row: Row, census: Return) -> bool:
    return not any(item.stands(row, census) for item in items)


def value_is_out_of_place(items: list[Declared], of_table: list[Declared], row: Row, census: Return) -> bool:
    """A row that is out of place as a whole is one fault, not one for each of its values."""
    given = row[items[0].column] is not None
    return given and row_is_out_of_place(items, row, census) and not row_is_out_of_place(of_table, row, census)


def value_is_missing(items: list[Declared], row: Row, census: Return) -> bool:
    return row[items[0].column] is None and any(item.required and item.stands(row, census) for item in items)


def value_is_no_code(item: Declared, row: Row, census: Return) -> bool:
    return census.wrong(row[item.column], item.codeset)


def value_is_too_long(item: Declared, most: int | None, row: Row, _: Return) -> bool:
    value = row[item.column]
    if value is None:
        return False
    if item.kind == "text":
        return len(value) > (most or 0)
    if item.kind == "decimal":
        return not 0 <= value <= 99.99
    return value < 0 or (most is not None and len(str(value)) > most)


def value_is_written_wrongly(item: Declared, pattern: str | None, row: Row, _: Return) -> bool:
    value = row[item.column]
    if value is None:
        return False
    if isinstance(value, dt.date):
        return not 1900 <= value.year <= 2099
    if pattern is not None:
        return re.fullmatch(pattern, value, re.ASCII) is None
    return any(ord(each) < ord(" ") for each in value)
