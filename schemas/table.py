"""What a table is: its columns, each with CBDS number, meaning and sensitivity, and the pandera schema made of them.

Belongs here: the `Column` and `Table` types and their Arrow types. The tables themselves are declared in
`schemas.canonical` (what a MIS holds), `schemas.census.tables` (a return as at its reference date) and
`schemas.feeds` (a roll as at a day). Validation, and what an error may say, is `schemas.boundary`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial
from types import MappingProxyType
from typing import Final, TypeAlias

import pandas as pd
import pandera.pandas as pan
import pyarrow as pa

Frames: TypeAlias = Mapping[str, pd.DataFrame]
"""Tables by name. Read-only by convention: a function that changes a frame returns a new mapping."""


class Kind(StrEnum):
    """The five value types of the house; every column is Arrow-backed from the connector to the file."""

    TEXT = "text"
    DATE = "date"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"


class Sensitivity(StrEnum):
    """How a column must be treated: `special` is UK GDPR Article 9, `protected` may lead to a hidden person."""

    REFERENCE = "reference"  # says nothing of a person by itself (a source link, a school's number)
    IDENTIFIER = "identifier"  # UPN, ULN, NHS number
    PERSONAL = "personal"
    CONTACT = "contact"  # address, telephone, e-mail
    SPECIAL = "special"
    PROTECTED = "protected"  # looked-after and safeguarding facts


ARROW: Final[Mapping[Kind, pa.DataType]] = MappingProxyType(
    {
        Kind.TEXT: pa.string(),
        Kind.DATE: pa.date32(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.INTEGER: pa.int64(),
        Kind.DECIMAL: pa.float64(),
    },
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: snake_case name, unique in its table.
        kind: value type.
        description: what the value means, for a data manager.
        sensitivity: how it must be treated.
        cbds: Common Basic Data Set number, where known (facts: school_census/items.csv).
        required: a null is a broken contract, not a finding.
        as_extracted: the MIS holds no dates for it, so its value is the one at extraction, not at the reference date.

    """

    name: str
    kind: Kind
    description: str
    sensitivity: Sensitivity
    cbds: str | None = None
    required: bool = False
    as_extracted: bool = False

    @property
    def dtype(self) -> pd.ArrowDtype:
        """The pandas type of the column."""
        return pd.ArrowDtype(ARROW[self.kind])

    def nulls(self, rows: int) -> pd.arrays.ArrowExtensionArray:
        """Return the column's values where none is known."""
        return pd.arrays.ArrowExtensionArray(pa.nulls(rows, ARROW[self.kind]))


@dataclass(frozen=True)
class Table:
    """A named table.

    Attributes:
        name: key of the table in a `Frames` mapping.
        description: one row of it is ...
        columns: in order; a frame must have exactly these, in this order.
        key: columns that are unique together; empty when rows need not be unique.

    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def __getitem__(self, column: str) -> Column:
        """Return one column by name; KeyError names the table."""
        try:
            return self._by_name[column]
        except KeyError:
            message = f"table {self.name} has no column {column}"
            raise KeyError(message) from None

    def __contains__(self, column: str) -> bool:
        """Say whether the table has that column."""
        return column in self._by_name

    @cached_property
    def _by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    @cached_property
    def schema(self) -> pan.DataFrameSchema:
        """The pandera schema: exact columns, exact order, exact types, required and key columns enforced."""
        return pan.DataFrameSchema(
            {
                column.name: pan.Column(
                    column.dtype,
                    nullable=not column.required,
                    description=column.description,
                    metadata={"cbds": column.cbds, "sensitivity": column.sensitivity.value},
                )
                for column in self.columns
            },
            name=self.name,
            strict=True,
            ordered=True,
            unique=list(self.key) or None,
            unique_column_names=True,
            description=self.description,
        )

    def empty(self) -> pd.DataFrame:
        """Return a frame of no rows with the table's columns and types."""
        return self._no_rows.copy(deep=False)

    @cached_property
    def _no_rows(self) -> pd.DataFrame:
        return pd.DataFrame({column.name: pd.Series([], dtype=column.dtype) for column in self.columns})

    def frame(self, columns: Mapping[str, object]) -> pd.DataFrame:
        """Build a frame from column values (lists, arrays, series); a column not given is null throughout.

        Raises KeyError for a column the table does not have. Types are cast by Arrow, never guessed by pandas.
        """
        given = {name: pd.Series(values, dtype=self[name].dtype).array for name, values in columns.items()}
        rows = max((len(values) for values in given.values()), default=0)
        absent = {column.name: column.nulls(rows) for column in self.columns if column.name not in given}
        return pd.DataFrame(given | absent, columns=self.names, copy=False)


def tables(*declared: Table) -> Mapping[str, Table]:
    """Index tables by name, refusing a name declared twice."""
    index: dict[str, Table] = {}
    for table in declared:
        if table.name in index:
            message = f"table {table.name} is declared twice"
            raise ValueError(message)
        index[table.name] = table
    return MappingProxyType(index)


def _column(
    kind: Kind, name: str, sensitivity: Sensitivity, description: str, cbds: str | None = None, **flags: bool
) -> Column:
    return Column(name, kind, description, sensitivity, cbds, **flags)


text = partial(_column, Kind.TEXT)
date = partial(_column, Kind.DATE)
boolean = partial(_column, Kind.BOOLEAN)
integer = partial(_column, Kind.INTEGER)
decimal = partial(_column, Kind.DECIMAL)
