"""The shape of every item: what its type, length, code set and place in the layout demand, one rule for each demand.

Belongs here: which shapes an item has, by name and in words, made from the layout and three small tables of the year:
`forms.csv` (patterns that are known), `where_to_fix.csv` (places by the start of a field) and `superseded.csv` (shapes
that a rule of the catalogue already reports, so that nothing is said twice). How a shape is tested is
`schemas.census.shape_rules`. A rule that compares two fields is no shape: it is written by hand.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import NamedTuple

from schemas.census.collection import YEARS
from schemas.census.layout import Filter, Item, Layout, layout
from schemas.census.tables import CENSUS, HEADER, PUPIL
from schemas.table import Kind

PREFIX = "L-shape-"
FIRST_YEAR, LAST_YEAR = 1900, 2099
PLAIN_TEXT = r"[^\x00-\x1f]*"
_CONFIDENCE = ("high", "medium", "low")
_ONLY_THERE = "{} is given only in the terms, phases and sections that collect it"
_ELSEWHERE = "{} is given and is not collected in this term, phase or section"


class Demand(StrEnum):
    """What an item's declaration demands of it; the end of the rule's name."""

    MISSING = "missing"
    LENGTH = "length"
    CODE = "code"
    FORM = "form"
    NOT_COLLECTED = "not-collected"


class Place(NamedTuple):
    """Where the layout has an item: terms, phases, section of pupils, and the rows of its table that belong there."""

    terms: frozenset[str]
    phases: frozenset[str]
    section: str | None
    filter: Filter | None
    required: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """One demand on one field, or on every row of a table (then `column` is None).

    Attributes:
        demand: what is demanded.
        table: table of the return.
        column: column of it; None when whole rows are given where their block is not collected.
        kind: type of the value.
        places: where the layout has the field, or any field of the table.
        block: where the layout has any field of the table.
        limit: most characters of a text, most digits of a whole number.
        codeset: name in `schemas.codesets`.
        pattern: RE2 pattern of the whole text.
        fields: `<table>.<column>` of the fields to look at.
        meaning: what must hold.
        wording: what a finding says.
        where_to_fix: the place in a management information system, in general terms.
        source: where the item was seen.
        confidence: the least of its items.

    """

    demand: Demand
    table: str
    column: str | None
    kind: Kind
    places: tuple[Place, ...]
    block: tuple[Place, ...]
    limit: int | None
    codeset: str | None
    pattern: str | None
    fields: tuple[str, ...]
    meaning: str
    wording: str
    where_to_fix: str
    source: str
    confidence: str

    @property
    def rule(self) -> str:
        """The rule's name in the catalogue."""
        return rule_name(self.table, self.column, self.demand)

    @property
    def field(self) -> str:
        """`<table>.<column>`, or the table alone."""
        return f"{self.table}.{self.column}" if self.column else self.table

    @property
    def level(self) -> str:
        """What a finding is about: header, school or pupil."""
        if self.table == HEADER.name:
            return "header"
        return "pupil" if "pupil_id" in CENSUS[self.table] else "school"

    @property
    def terms(self) -> str:
        """Terms in which it can be broken: a value that is not collected can stand in any."""
        if self.demand is Demand.NOT_COLLECTED:
            return "ASU"
        return "".join(term for term in "ASU" if any(term in place.terms for place in self.places))


class Superseded(NamedTuple):
    """A shape that is not made, and the rules of the catalogue that report it instead.

    `remark` says whom those rules are about, where that is fewer than the layout says.
    """

    field: str
    demand: Demand
    rules: tuple[str, ...]
    remark: str


def rule_name(table: str, column: str | None, demand: Demand) -> str:
    """Return the name of the rule of a shape: `L-shape-<table>-<column>-<demand>`, with hyphens."""
    return PREFIX + "-".join(part for part in (table, column, demand) if part).replace("_", "-")


@cache
def shapes(academic_year: str) -> tuple[Shape, ...]:
    """Return every shape of a collection year that no rule of its catalogue reports, in the order of the layout."""
    left_out = {(each.field, each.demand) for each in superseded(academic_year)}
    return tuple(each for each in all_shapes(academic_year) if (each.field, each.demand) not in left_out)


@cache
def all_shapes(academic_year: str) -> tuple[Shape, ...]:
    """Return every shape that the layout of a collection year demands."""
    whole = layout(academic_year)
    by_table: dict[str, dict[str, list[Item]]] = {}
    for item in whole.items:
        by_table.setdefault(item.table, {}).setdefault(item.column, []).append(item)
    return tuple(_shapes(academic_year, whole, by_table))


@cache
def superseded(academic_year: str) -> tuple[Superseded, ...]:
    """Read which shapes are reported by a rule of the catalogue, and by which."""
    rows = _rows(academic_year, "superseded.csv")
    return tuple(
        Superseded(row["field"], Demand(row["shape"]), tuple(row["rules"].split()), row["remark"]) for row in rows
    )


def _shapes(year: str, whole: Layout, by_table: dict[str, dict[str, list[Item]]]) -> Iterator[Shape]:
    forms = {row["field"]: row for row in _rows(year, "forms.csv")}
    places_to_fix = {row["start"]: row["where_to_fix"] for row in _rows(year, "where_to_fix.csv")}
    for table, columns in by_table.items():
        every = [item for items in columns.values() for item in items]
        block = _places(whole, every)
        if table not in {"header", "school", "pupil"}:
            yield _block_shape(table, whole.block_of(every[0]).path.rpartition("/")[2], every, block, places_to_fix)
        for items in columns.values():
            made = _Maker(items, _places(whole, items), block, forms.get(items[0].field), places_to_fix)
            yield from made.shapes()


def _block_shape(table: str, name: str, items: list[Item], block: tuple[Place, ...], places: dict[str, str]) -> Shape:
    return Shape(
        demand=Demand.NOT_COLLECTED, table=table, column=None, kind=Kind.TEXT, places=block, block=block, limit=None,
        codeset=None, pattern=None, fields=tuple(dict.fromkeys(item.field for item in items)),
        meaning=_ONLY_THERE.format(name), wording=_ELSEWHERE.format(name),
        where_to_fix=_where(table, places), source=_sources(items), confidence=_least(items),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the shapes of one field."""

    items: list[Item]
    places: tuple[Place, ...]
    block: tuple[Place, ...]
    form: dict[str, str] | None
    places_to_fix: dict[str, str]

    def shapes(self) -> Iterator[Shape]:
        item, name = self.items[0], self.items[0].element
        if any(place.required for place in self.places):
            yield self._shape(Demand.MISSING, f"{name} is present", f"{name} is missing")
        if item.codeset:
            yield self._shape(
                Demand.CODE, f"{name} is a code of {item.codeset}", f"{name} is not a code of {item.codeset}"
            )
        elif not self.form and (size := _size(item, self._limit())):
            yield self._shape(Demand.LENGTH, f"{name} is {size}", f"{name} is not {size}")
        if not item.codeset and (written := _written(item, self.form)):
            yield self._shape(Demand.FORM, f"{name} is {written}", f"{name} is not {written}")
        if not self._everywhere():
            yield self._shape(Demand.NOT_COLLECTED, _ONLY_THERE.format(name), _ELSEWHERE.format(name))

    def _shape(self, demand: Demand, meaning: str, wording: str) -> Shape:
        item = self.items[0]
        return Shape(
            demand=demand, table=item.table, column=item.column, kind=item.kind, places=self.places, block=self.block,
            limit=self._limit(), codeset=item.codeset, pattern=self.form["pattern"] if self.form else PLAIN_TEXT,
            fields=(item.field,), meaning=meaning, wording=wording,
            where_to_fix=_where(item.field, self.places_to_fix),
            source=_sources(self.items), confidence=_least(self.items),
        )  # fmt: skip

    def _everywhere(self) -> bool:
        """Say whether the field is collected wherever its table is; the header, school and pupils always are."""
        return _reach(self.places) == _reach(self.block)

    def _limit(self) -> int | None:
        limits = [item.max_length for item in self.items if item.max_length is not None]
        return max(limits, default=None)


def _places(whole: Layout, items: Iterable[Item]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(_place(whole, item) for item in items))


def _place(whole: Layout, item: Item) -> Place:
    section, block = whole.section_of(item), whole.block_of(item)
    of_block = None if block.section else block.filter
    # A condition on a pupil's item says whose it is; in a block of its own it says whose rows there are.
    required = item.cardinality == "1" and not (item.table == PUPIL.name and item.condition)
    return Place(item.terms, item.phases, section, of_block, required)


def _reach(places: Iterable[Place]) -> set[tuple[str, str, str | None, Filter | None]]:
    return {
        (term, phase, place.section, place.filter) for place in places for term in place.terms for phase in place.phases
    }


def _size(item: Item, limit: int | None) -> str | None:
    if item.kind is Kind.DECIMAL:
        return "a number from 0 to 99.99"
    if item.kind is Kind.INTEGER:
        return f"a whole number from 0 to {10**limit - 1}" if limit else "a whole number from 0"
    return f"at most {limit} characters long" if item.kind is Kind.TEXT and limit else None


def _written(item: Item, form: dict[str, str] | None) -> str | None:
    if item.kind is Kind.DATE:
        return f"a day of the years {FIRST_YEAR} to {LAST_YEAR}"
    if item.kind is not Kind.TEXT:
        return None
    return form["words"] if form else "free of control characters"


def _where(field: str, places: dict[str, str]) -> str:
    starts = [start for start in places if field.startswith(start)]
    if not starts:
        message = f"where_to_fix.csv has no row for {field}; add one"
        raise KeyError(message)
    return places[max(starts, key=len)]


def _sources(items: Iterable[Item]) -> str:
    return "; ".join(dict.fromkeys(part.strip() for item in items for part in item.source.split(";")))


def _least(items: Iterable[Item]) -> str:
    return max((item.confidence for item in items), key=_CONFIDENCE.index)


def _rows(academic_year: str, name: str) -> Iterator[dict[str, str]]:
    text = resources.files("schemas.census").joinpath(YEARS[academic_year], name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())
