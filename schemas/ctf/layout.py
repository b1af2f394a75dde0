"""The layout of a transfer file: every element in the order it is written, and the column its value comes from.

Belongs here: reading `layout.csv`, `blocks.csv` and `not_emitted.csv` for one version and one family. The types are
those of the census (`schemas.census.layout`), so that one writer serves both. Tables are `<family>_<name>`
(`schemas.feeds.transfer_tables`). Does not belong here: writing or reading XML, making the values.
"""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from schemas.census.layout import Block, Item, Layout, Left
from schemas.table import Kind

VERSIONS: Final[Mapping[str, str]] = MappingProxyType({"26.0": "26", "25.0": "25"})
"""Versions that receivers take today: the current one, then the one before (facts: ctf.md section 1)."""

FAMILIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "transfer": "what the next school is told of a pupil who leaves",
        "cml": "children missing education, leavers: what the authority is told of a pupil whose name is deleted",
        "cmj": "children missing education, joiners: what the authority is told of a pupil whose name is entered",
    },
)
PROVISIONAL: Final = frozenset({"cml", "cmj"})
"""Families whose messages are known to exist and whose tags nobody has shown: every element counts as unproven."""


@cache
def ctf_layout(version: str, family: str) -> Layout:
    """Return the layout of one version (`26.0`) and family. KeyError for one that is not written."""
    number, _ = VERSIONS[version], FAMILIES[family]
    items = tuple(
        _item(row, family) for row in _rows("layout.csv") if number in row["versions"].split() and _of(row, family)
    )
    blocks = tuple(
        Block(row["path"], f"{family}_{row['table']}", None, row["join"] or None) for row in _rows("blocks.csv")
    )
    left = tuple(Left(row["path"], "", "", row["reason"]) for row in _rows("not_emitted.csv"))
    held = tuple(block for block in blocks if any(f"{item.path}/".startswith(f"{block.path}/") for item in items))
    return Layout(version, items, held, left)


@cache
def allowed(family: str) -> Mapping[str, frozenset[str]]:
    """Return the codes that a field (`<table>.<column>`) may hold, for those that hold a code."""
    return MappingProxyType(
        {
            f"{family}_{row['table']}.{row['column']}": frozenset(row["codes"].split())
            for row in _rows("layout.csv")
            if row["codes"] and _of(row, family)
        },
    )


def unproven(version: str, family: str) -> tuple[Item, ...]:
    """Return the elements that are provisional: known second-hand, or in a place that nobody has shown."""
    return tuple(item for item in ctf_layout(version, family).items if item.confidence != "high")


def _of(row: Mapping[str, str], family: str) -> bool:
    return family in row["families"].split()


def _item(row: Mapping[str, str], family: str) -> Item:
    return Item(
        path=row["path"],
        element=row["path"].rpartition("/")[2],
        table=f"{family}_{row['table']}",
        column=row["column"],
        kind=Kind(row["kind"]),
        max_length=int(row["max_length"]),
        cardinality=row["cardinality"],
        terms=frozenset(),
        phases=frozenset(),
        condition="",
        codeset=None,
        cbds=None,
        confidence="low" if family in PROVISIONAL else row["confidence"],
        source=row["source"],
        as_extracted=False,
        supplement=False,
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("schemas.ctf").joinpath(name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())
