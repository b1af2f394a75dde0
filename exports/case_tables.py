"""Taking from a snapshot what one case names, and nothing else: its pupils, its columns, the days it asks about.

Belongs here: the selection. A case takes the MIS's own tables, since a request is about what happened and not about a
state on a day. Does not belong here: what a case may name (`exports.case_rules`), writing a file.
"""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from exports.case_terms import Case, Span
from exports.terms import Agreement
from schemas.boundary import conforms
from schemas.canonical import CANONICAL
from schemas.dates import touching
from schemas.table import Frames, Table

_SPANS: Final = (
    ("start_date", "end_date"),
    ("entry_date", "leaving_date"),
    ("date", "date"),
    ("result_date", "result_date"),
    ("recorded_date", "recorded_date"),
)
"""Columns with the first and last day of a row, of which a dated table has one pair."""


def dated(table: Table) -> tuple[str, str] | None:
    """Return the columns with a row's first and last day; None for a table whose rows have no day."""
    return next(((first, last) for first, last in _SPANS if first in table and last in table), None)


def wanted(case: Case) -> dict[str, frozenset[str]]:
    """Return the tables and columns to ask of the MIS: the case's own, and what tells who the pupils are."""
    asked = {
        name: frozenset(line.column for line in case.agreement.lines if line.table == name) | _days(CANONICAL[name])
        for name in case.agreement.tables
    }
    known = {"pupil": frozenset({"pupil_id"}), "upn": frozenset(CANONICAL["upn"].names)}
    return {name: asked.get(name, frozenset()) | known.get(name, frozenset()) for name in {**asked, **known}}


def selected(snapshot: Frames, case: Case, pupils: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the case's tables: the rows of these pupils that touch its span, its columns in order.

    Args:
        snapshot: canonical tables.
        case: one that compiled.
        pupils: MIS ids.

    """
    agreement = case.agreement
    return {
        table.name: conforms(
            _columns(_rows(snapshot[table.name], case.span, CANONICAL[table.name], pupils), table.names), table
        )
        for table in (agreed_table(agreement, name) for name in agreement.tables)
    }


def agreed_table(agreement: Agreement, name: str) -> Table:
    """Return a table as the case allows it; its schema is strict and ordered."""
    source = CANONICAL[name]
    columns = ("pupil_id", *(line.column for line in agreement.lines if line.table == name))
    return Table(name, f"{source.description}, as {agreement.id} allows", tuple(source[column] for column in columns))


def _days(table: Table) -> frozenset[str]:
    return frozenset(dated(table) or ())


def _rows(frame: pd.DataFrame, span: Span | None, table: Table, pupils: Sequence[str]) -> pd.DataFrame:
    theirs = frame[frame["pupil_id"].isin(list(pupils)).astype(bool)]
    days = dated(table)
    if days is None or span is None:
        return theirs
    first, last = days
    return theirs[touching(theirs[first], theirs[last], span.first, span.last)]


def _columns(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the columns in order; rows by pupil and then by every column, so that the same rows are the same file."""
    return frame[list(names)].sort_values(list(names), ignore_index=True)
