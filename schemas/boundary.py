"""The one place where a frame is held against its table, and where a failure is told without a single value.

Belongs here: translating pandera's errors, whose text holds the offending values, into names and counts.
Does not belong here: the tables themselves (`schemas.table`), rules (`schemas.census.rules`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
from pandera.errors import SchemaErrors

from schemas.refusal import Refusal
from schemas.table import Table


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken check: `column` is None when the fault is of the table, or of a column it does not declare."""

    table: str
    column: str | None
    check: str
    count: int


class ContractBroken(Refusal):
    """A frame is not what its table says; holds names and counts, never a value or the frame."""

    code: ClassVar[str] = "contract_broken"

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults and say each on its own line."""
        self.faults: tuple[Fault, ...] = tuple(faults)
        lines = (f"  {each.table}.{each.column or '(table)'}: {each.check} ({each.count})" for each in self.faults)
        super().__init__("data does not keep its contract; see the code that made it\n" + "\n".join(lines))


def conforms(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame when it has exactly the table's columns, order, types, required values and keys.

    Raises ContractBroken with every fault otherwise; nothing of pandera's own error, which holds values, goes with it.
    """
    if as_declared(frame, table):
        return frame
    try:
        return table.schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        faults = _faults(errors.failure_cases, table)
    raise ContractBroken(faults)


def declared(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the table's columns of a frame in the table's order: what else it holds is not looked at by anybody.

    Raises ContractBroken when a declared column is missing, is there twice or has another type.
    """
    held = frame.columns.tolist()
    faults = [Fault(table.name, name, "column_in_dataframe", 1) for name in table.names if held.count(name) != 1]
    if not faults:
        faults = [
            Fault(table.name, column.name, "dtype", 1)
            for column in table.columns
            if frame[column.name].dtype != column.dtype
        ]
    if faults:
        raise ContractBroken(faults)
    return frame[table.names]


def as_declared(frame: pd.DataFrame, table: Table) -> bool:
    """Say what the table's pandera schema says of a frame, a hundred times faster and without naming the faults.

    The schema is the definition; this spares sound frames its cost. A test holds the two against each other.
    """
    shape = frame.columns.tolist() == table.names
    if not shape or frame.dtypes.tolist() != [column.dtype for column in table.columns]:
        return False
    required = [frame[column.name] for column in table.columns if column.required]
    if any(values.hasnans for values in required):
        return False
    return not table.key or not frame.duplicated(list(table.key)).any()


def _faults(cases: pd.DataFrame, table: Table) -> list[Fault]:
    missing = cases["check"] == "column_in_dataframe"  # here the failure case is the name of a declared column
    of_column = cases["schema_context"] == "Column"
    absent = cases["failure_case"].astype(object).where(missing, "")
    named = pd.DataFrame(
        {
            "column": cases["column"].where(of_column, absent).astype(str),
            "check": cases["check"].astype(str).str.split("(").str[0],
        },
    )
    counts = named.value_counts().sort_index().reset_index(name="count")
    return [
        Fault(table.name, column if column in table else None, check, int(count))
        for column, check, count in counts.itertuples(index=False, name=None)
    ]
