"""The comma-separated file: minimised tables to bytes in the dialect the agreement declares.

Belongs here: writing only. Rows are in the declared order, so the same tables give the same bytes. What the bytes
say is checked by `exports.reread_csv`, which shares no code with this module or with `exports.formats.cells`.
"""

import re
from collections.abc import Sequence
from typing import ClassVar, Final

import pandas as pd

from exports.formats.cells import cells
from exports.terms import Agreement, Dialect
from schemas.refusal import Refusal
from schemas.table import Frames

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_NEEDS_QUOTES: Final = re.compile(r'[",\r\n]')
_QUOTE: Final = '"'
_NEWLINES: Final = {"crlf": "\r\n", "lf": "\n"}


class NoDialect(Refusal):
    """The agreement is not for a comma-separated file."""

    code: ClassVar[str] = "no_dialect"


def render(frames: Frames, agreement: Agreement) -> bytes:
    """Write the file: a header of the agreement's columns, then one row per pupil."""
    dialect = agreement.dialect
    if dialect is None:
        message = f"agreement {agreement.id} declares no dialect, so it cannot be written as csv"
        raise NoDialect(message)
    table = cells(frames, agreement)
    columns = [_quoted(_safe(table[name], dialect), dialect) for name in table.columns]
    rows = (_row(row) for row in zip(*columns, strict=True))
    newline = _NEWLINES[dialect.newline]
    lines = [_row(_quoted(agreement.outputs, dialect)), *rows, ""]
    return newline.join(lines).encode(dialect.encoding)


def _row(cells_of_row: Sequence[str]) -> str:
    """Join one row; a row of one empty cell is written `""`, or it would read as no row at all."""
    return ",".join(cells_of_row) or '""'


def _quoted(texts: Sequence[str], dialect: Dialect) -> list[str]:
    """Quote what needs it. Both line ends count, whatever the dialect's own: `csv.writer` looks for its own only."""
    everything = dialect.quoting == "all"
    return [
        f'"{text.replace(_QUOTE, _QUOTE * 2)}"' if everything or _NEEDS_QUOTES.search(text) else text for text in texts
    ]


def _safe(column: pd.Series, dialect: Dialect) -> list[str]:
    """Return the cells of a column, empty for null; a formula, or what looks like one made safe, gets an apostrophe."""
    texts = column.astype(object).where(column.notna(), "").tolist()
    if dialect.formula == "raw":
        return texts
    return [f"'{text}" if _FORMULA.match(text) else text for text in texts]
