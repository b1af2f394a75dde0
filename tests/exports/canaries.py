"""Tables in which every text says which field it is, so that whatever a file holds can be traced to where it was from.

`frames_for` makes the tables of an agreement's dataset, two pupils each; `fields_in` names the fields that a
file's bytes hold something of. Values that decide who is in a file are ordinary ones.
"""

import datetime as dt
import io
import re
import zipfile
from functools import cache

import pandas as pd

from exports.agreements import Agreement
from schemas.census.tables import CENSUS
from schemas.feeds import DATASETS
from schemas.table import Column, Kind, Table

DAY = dt.date(2026, 10, 1)
_CANARY = re.compile(r"([a-z][a-z0-9_]*\.[a-z0-9_]+)~\d")
_FIXED = {"enrol_status": "C", "destination": "8234909", "term": "AUT", "reference_date": DAY, "section": "on_roll"}
_MADE = {
    Kind.TEXT: lambda field, number: f"{field}~{number}",
    Kind.DATE: lambda _field, _number: dt.date(2020, 1, 1),
    Kind.BOOLEAN: lambda _field, _number: True,
    Kind.INTEGER: lambda _field, number: number,
    Kind.DECIMAL: lambda _field, _number: 1.5,
}


def tables_of(agreement: Agreement) -> tuple[Table, ...]:
    """The tables an agreement may take from."""
    return tuple(CENSUS.values()) if agreement.dataset == "census" else DATASETS[agreement.dataset].tables


@cache
def _tables(dataset: str, urn: str, year: str) -> dict[str, pd.DataFrame]:
    tables = CENSUS.values() if dataset == "census" else DATASETS[dataset].tables
    numbers = {"header": (1,), "school": (1,)}
    return {
        table.name: table.frame(
            {
                column.name: [_value(table, column, number, urn, year) for number in numbers.get(table.name, (1, 2))]
                for column in table.columns
            }
        )
        for table in tables
    }


def frames_for(agreement: Agreement) -> dict[str, pd.DataFrame]:
    """Tables of the agreement's dataset, with two pupils of its first school and of its population."""
    years = [year for one in agreement.population if one.name == "year_groups" for year in one.values]  # noqa: PD011
    return _tables(agreement.dataset, agreement.schools[0], years[0] if years else "8")


def _value(table: Table, column: Column, number: int, urn: str, year: str) -> object:
    own = {"urn": urn, "nc_year": year, "pupil_id": f"P{number}", "dob": dt.date(2013, 11, 4 + number)}
    known = own | _FIXED
    if column.name in known:
        return known[column.name]
    return _MADE[column.kind](f"{table.name}.{column.name}", number)


def fields_in(data: bytes) -> set[str]:
    """Every field of which a file holds a value; the members of a zip are looked into."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return set().union(*(fields_in(archive.read(name)) for name in archive.namelist()))
    return set(_CANARY.findall(data.decode("utf-8-sig")))
