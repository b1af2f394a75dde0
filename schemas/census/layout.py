"""The layout of a return: every element in the order it is emitted, and where its value comes from.

Belongs here: the types and reading `layout.csv` and `blocks.csv` of a collection year. Does not belong here: writing
or reading XML (`exports.formats`, `exports.reread`), making the values (`schemas.census.conform`).
An item whose tag is not proven carries its confidence; `not_emitted.csv` says which known items are left out, and why.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources
from typing import NamedTuple

from schemas.census.collection import YEARS
from schemas.table import Kind


@dataclass(frozen=True, slots=True)
class Item:
    """One leaf element.

    Attributes:
        path: from `Message` to the element itself, separated by `/`.
        element: last part of the path: the tag.
        table: table of `schemas.census.tables` that holds the value.
        column: column of that table.
        kind: type of the value.
        max_length: most characters of the text; None when not known.
        cardinality: `1`, `0..1`: how often inside its block.
        terms: subset of A S U in which it is collected.
        phases: school phases in which it is collected.
        condition: the pupils it is for, in words; empty = all.
        codeset: name in `schemas.codesets`; None when the value is no code.
        cbds: Common Basic Data Set number, where known.
        confidence: high, medium or low: how well path and tag are known.
        source: where the item was seen.
        as_extracted: the value is the one at extraction, not at the reference date.
        supplement: the value comes from the on-the-day file (`schemas.census.supplement`), not from the MIS.

    """

    path: str
    element: str
    table: str
    column: str
    kind: Kind
    max_length: int | None
    cardinality: str
    terms: frozenset[str]
    phases: frozenset[str]
    condition: str
    codeset: str | None
    cbds: str | None
    confidence: str
    source: str
    as_extracted: bool
    supplement: bool

    @property
    def field(self) -> str:
        """The name that agreements, findings and disclosures use: `<table>.<column>`."""
        return f"{self.table}.{self.column}"


class Filter(NamedTuple):
    """Rows of a table that belong to a block: those whose `column` is `value`."""

    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Block:
    """One element that stands for one row of a table. A block may be a leaf: its path is then an item's path too.

    Attributes:
        path: path of the element that repeats.
        table: table whose rows it stands for.
        filter: which rows of the table; None = all.
        join: column that holds the same value as in the enclosing block's row; None at the top, and where the
            enclosing block has one row at most, such as the school.

    """

    path: str
    table: str
    filter: Filter | None
    join: str | None

    @property
    def section(self) -> str | None:
        """`on_roll` or `off_roll` for the two pupil blocks, else None."""
        return self.filter.value if self.filter and self.filter.column == "section" else None


class Left(NamedTuple):
    """A known item that is not emitted, and why."""

    path: str
    element: str
    terms: str
    reason: str


@dataclass(frozen=True)
class Layout:
    """The items and blocks of one collection year, in document order."""

    academic_year: str
    items: tuple[Item, ...]
    blocks: tuple[Block, ...]
    not_emitted: tuple[Left, ...]

    def for_term(self, term: str) -> "Layout":
        """Return the layout of one term (A, S or U): its items, and the blocks that hold any of them."""
        items = tuple(item for item in self.items if term in item.terms)
        blocks = tuple(block for block in self.blocks if any(_inside(item.path, block.path) for item in items))
        return replace(self, items=items, blocks=blocks)

    def block_of(self, item: Item) -> Block:
        """Return the innermost block an item is in."""
        return self._blocks[item.path]

    def parent_of(self, block: Block) -> Block | None:
        """Return the block that encloses a block; None at the top."""
        return self._parents[block.path]

    def section_of(self, item: Item) -> str | None:
        """Return `on_roll` or `off_roll`, the section of pupils an item is in; None for header and school."""
        sections = (block.section for block in self.blocks if block.section and _inside(item.path, block.path))
        return next(sections, None)

    @cached_property
    def _parents(self) -> dict[str, Block | None]:
        around = {
            block.path: [each for each in self.blocks if each is not block and _inside(block.path, each.path)]
            for block in self.blocks
        }
        return {path: max(found, key=lambda each: len(each.path), default=None) for path, found in around.items()}

    @cached_property
    def _blocks(self) -> dict[str, Block]:
        return {
            item.path: max(
                (block for block in self.blocks if _inside(item.path, block.path)),
                key=lambda block: len(block.path),
            )
            for item in self.items
        }


@cache
def layout(academic_year: str) -> Layout:
    """Return the whole layout of a collection year such as `2026-27`. KeyError for a year without material."""
    folder = YEARS[academic_year]
    return Layout(
        academic_year,
        tuple(_item(row) for row in _rows(folder, "layout.csv")),
        tuple(_block(row) for row in _rows(folder, "blocks.csv")),
        tuple(Left(**row) for row in _rows(folder, "not_emitted.csv")),
    )


def _item(row: dict[str, str]) -> Item:
    return Item(
        path=row["path"],
        element=row["element"],
        table=row["table"],
        column=row["column"],
        kind=Kind(row["kind"]),
        max_length=int(row["max_length"]) if row["max_length"] else None,
        cardinality=row["cardinality"],
        terms=frozenset(row["terms"].split()),
        phases=frozenset(row["phases"].split()),
        condition=row["condition"],
        codeset=row["codeset"] or None,
        cbds=row["cbds"] or None,
        confidence=row["confidence"],
        source=row["source"],
        as_extracted=row["as_extracted"] == "true",
        supplement=row["supplement"] == "true",
    )


def _block(row: dict[str, str]) -> Block:
    column, _, value = row["filter"].partition("=")
    return Block(row["path"], row["table"], Filter(column, value) if column else None, row["join"] or None)


def _rows(folder: str, name: str) -> Iterator[dict[str, str]]:
    text = resources.files("schemas.census").joinpath(folder, name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _inside(path: str, block: str) -> bool:
    return path == block or path.startswith(block + "/")
