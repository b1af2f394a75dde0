"""The files of OneRoster 1.2 and their columns, in order, as the binding has them: facts, read from one data file.

Belongs here: `data/oneroster12.csv` as types. Writing a roster is `exports.formats.oneroster`, reading one back is
`exports.reread_oneroster`; both take the facts from here and share nothing else.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

_DATA: Final = Path(__file__).parent / "data" / "oneroster12.csv"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one file.

    Attributes:
        name: its heading, capitals and all.
        required: a row may not leave it empty, in a bulk file.
        format: the binding's word: String, GUID, GUID Reference, Date, Year, Boolean, Enumeration ...
        words: the only ones allowed; empty when any are.
        references: the file whose `sourcedId` it repeats, or empty.
        field: the column of a roster table that fills it; empty for a column that nothing here fills.

    """

    name: str
    required: bool
    format: str
    words: frozenset[str]
    references: str
    field: str


@cache
def files() -> Mapping[str, tuple[Column, ...]]:
    """Return the columns of each of the 21 files a package may hold, in order, by the file's name without `.csv`."""
    found: dict[str, list[Column]] = {}
    with _DATA.open(encoding="utf-8", newline="") as data:
        for row in csv.DictReader(data, strict=True):
            found.setdefault(row["file"], []).append(_column(row))
    return MappingProxyType({name: tuple(columns) for name, columns in found.items()})


def _column(row: Mapping[str, str]) -> Column:
    return Column(
        name=row["column"],
        required=row["required"] == "yes",
        format=row["format"],
        words=frozenset(filter(None, row["enumeration"].split(";"))),
        references=row["references"],
        field=row["field"],
    )
