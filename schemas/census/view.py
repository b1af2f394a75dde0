"""The view of a return that rules read: its tables by name, and the joins between them, each made once.

Belongs here: reading columns, rows of a pupil, registers, and the guard against a rule that writes. Conditions are
`schemas.census.vocabulary`; which rules run is `schemas.census.engine`.
"""

from collections.abc import Callable, Mapping
from collections.abc import Collection as Members
from typing import Any, ClassVar, Final, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.census.collection import Collection
from schemas.census.tables import CENSUS, OFF_ROLL, ON_ROLL
from schemas.refusal import Refusal
from schemas.table import Frames

PHASES: Final = ("NS", "PS", "MP", "MS", "SS", "AT", "SP", "PR")
"""Phases of school that make a return (codeset PHASE)."""

_SEPARATOR: Final = "\x1f"


class RuleWrote(Refusal):
    """A rule changed what it was given to read."""

    code: ClassVar[str] = "rule_wrote"


class RowsOfNoPupil(Refusal):
    """A table holds rows whose parent row is not in the return."""

    code: ClassVar[str] = "rows_of_no_pupil"


class NoReference(Exception):  # noqa: N818  a signal to the engine, which answers "not evaluated"
    """A register that a rule needs was not given."""


class TableView:
    """One table, column by column, for reading only: `census.pupil.upn`."""

    __slots__ = ("_frame", "_name", "_read")
    _frame: pd.DataFrame
    _name: str
    _read: dict[str, tuple[pd.Series, pa.ChunkedArray]]

    def __init__(self, name: str, frame: pd.DataFrame) -> None:
        """Hold a frame; columns are taken from it when they are first read."""
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_frame", frame)
        object.__setattr__(self, "_read", {})

    def __getattr__(self, column: str) -> pd.Series:
        """Return a column; AttributeError names the table and the column."""
        if column not in self._read:
            if column not in CENSUS[self._name]:
                message = f"table {self._name} has no column {column}"
                raise AttributeError(message)
            values = self._frame[column]
            self._read[column] = (values, arrow(values))
        return self._read[column][0]

    def __setattr__(self, column: str, _values: object) -> NoReturn:
        """Refuse: rules read."""
        raise _wrote(self._name, column)

    def __setitem__(self, column: str, _values: object) -> NoReturn:
        """Refuse: rules read."""
        raise _wrote(self._name, column)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._frame)

    @property
    def index(self) -> "pd.Index[Any]":
        """The index that every column and mask of the table has."""
        return self._frame.index

    def check_unchanged(self) -> None:
        """Raise RuleWrote if a column that was read no longer holds the values it was read with."""
        for column, (values, original) in self._read.items():
            if arrow(values) is not original:
                raise _wrote(self._name, column)


class Census:
    """A return as rules see it: tables as attributes, the collection, the phase, and joins that are made once."""

    __slots__ = ("_joined", "_rows", "_tables", "collection", "phase", "registers")
    _joined: "TableJoins"
    _rows: dict[tuple[str, str], npt.NDArray[np.int64]]
    _tables: Mapping[str, TableView]
    collection: Collection
    phase: str | None
    registers: Mapping[str, Members[str]]

    def __init__(self, frames: Frames, collection: Collection, registers: Mapping[str, Members[str]]) -> None:
        """Hold the tables of a return; a missing table is a KeyError that names it."""
        views = {name: TableView(name, frames[name].reset_index(drop=True)) for name in CENSUS}
        phases = views["school"].phase
        values = {
            "_tables": views,
            "_joined": TableJoins(),
            "_rows": {},
            "collection": collection,
            "registers": registers,
            "phase": phases.iloc[0] if phases.notna().any() else None,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __getattr__(self, table: str) -> TableView:
        """Return a table; AttributeError names it."""
        try:
            return self._tables[table]
        except KeyError:
            message = f"a return has no table {table}"
            raise AttributeError(message) from None

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        """Refuse: rules read."""
        table = "census"
        raise _wrote(table, name)

    @property
    def on_roll(self) -> pd.Series:
        """Pupils on roll on census day."""
        return self._section(ON_ROLL)

    @property
    def off_roll(self) -> pd.Series:
        """Pupils no longer on roll."""
        return self._section(OFF_ROLL)

    def of_pupil(self, child: str, column: str) -> pd.Series:
        """Return a column of the pupil table for each row of another table."""
        return self.of_parent(child, "pupil", column)

    def of_parent(self, child: str, parent: str, column: str) -> pd.Series:
        """Return a column of the parent table for each row of the child table, joined by the parent's key."""

        def joined() -> pd.Series:
            values = arrow(getattr(self._tables[parent], column)).take(pa.array(self._parents(child, parent)))
            return pd.Series(pd.arrays.ArrowExtensionArray(values), index=self._tables[child].index)

        return self._joined.once((child, parent, column), joined)

    def has(self, parent: str, child: str, where: pd.Series | None = None) -> pd.Series:
        """Say which rows of the parent table have a row (for which `where` holds) in the child table."""
        return self.count(parent, child, where) > 0

    def count(self, parent: str, child: str, where: pd.Series | None = None) -> pd.Series:
        """Count the rows of the child table (for which `where` holds) that each row of the parent table has."""
        rows = self._parents(child, parent)
        chosen = rows if where is None else rows[where.to_numpy(dtype=bool)]
        return self._counted(parent, np.bincount(chosen, minlength=len(self._tables[parent])))

    def total(self, parent: str, child: str, values: pd.Series) -> pd.Series:
        """Add up values of the child table for each row of the parent table; a null counts as nothing."""
        weights = values.to_numpy(dtype=float, na_value=0.0)
        return self._counted(parent, np.bincount(self._parents(child, parent), weights, len(self._tables[parent])))

    def register(self, name: str) -> Members[str]:
        """Return a register of identifiers; NoReference when the caller has none."""
        if name not in self.registers:
            message = f"no register {name}"
            raise NoReference(message)
        return self.registers[name]

    def rows(self, table: str) -> int:
        """Return the number of rows of a table."""
        return len(self._tables[table])

    def check_unchanged(self) -> None:
        """Raise RuleWrote if a rule changed a column it was given."""
        for view in self._tables.values():
            view.check_unchanged()
        self._joined.check_unchanged()

    def _section(self, section: str) -> pd.Series:
        return self.pupil.section == section

    def _counted(self, parent: str, counts: npt.NDArray[Any]) -> pd.Series:
        return pd.Series(counts, index=self._tables[parent].index)

    def _parents(self, child: str, parent: str) -> npt.NDArray[np.int64]:
        if (child, parent) not in self._rows:
            rows = pc.index_in(self._key(child, parent), value_set=self._key(parent, parent))
            if rows.null_count:
                message = f"{rows.null_count} rows of {child} belong to no row of {parent}; conform the return again"
                raise RowsOfNoPupil(message)
            self._rows[child, parent] = rows.to_numpy().astype(np.int64)
        return self._rows[child, parent]

    def _key(self, table: str, parent: str) -> pa.ChunkedArray:
        parts = [arrow(getattr(self._tables[table], column)) for column in CENSUS[parent].key]
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, _SEPARATOR)


class TableJoins:
    """Columns that were joined once, guarded like those of a table."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        """Start with none."""
        self._made: dict[tuple[str, ...], tuple[pd.Series, pa.ChunkedArray]] = {}

    def once(self, key: tuple[str, ...], make: Callable[[], pd.Series]) -> pd.Series:
        """Return the column of that key, making it the first time."""
        if key not in self._made:
            values = make()
            self._made[key] = (values, arrow(values))
        return self._made[key][0]

    def check_unchanged(self) -> None:
        """Raise RuleWrote if a joined column no longer holds the values it was made with."""
        for key, (values, original) in self._made.items():
            if arrow(values) is not original:
                raise _wrote(*key[::2])


def arrow(values: pd.Series) -> pa.ChunkedArray:
    """Return the Arrow array of an Arrow-backed column; the same object as long as nobody has written to it."""
    return values.array.__arrow_array__()


def _wrote(table: str, column: str) -> RuleWrote:
    return RuleWrote(f"a rule wrote to {table}.{column}; rules read, the engine alone makes findings")
