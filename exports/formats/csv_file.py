"""The comma-separated file: minimised tables to bytes in the dialect the agreement declares.

Belongs here: writing only. Rows are in the declared order, so the same tables give the same bytes. What the bytes
say is checked by `exports.reread_csv`, which shares no code with this module or with `exports.formats.cells`.
"""

import csv
import io
import re
from typing import ClassVar, Final

import pandas as pd

from exports.formats.cells import cells
from exports.terms import Agreement, Dialect
from schemas.refusal import Refusal
from schemas.table import Frames

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
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
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        lineterminator=_NEWLINES[dialect.newline],
        quoting=csv.QUOTE_ALL if dialect.quoting == "all" else csv.QUOTE_MINIMAL,
    )
    writer.writerow(agreement.outputs)
    columns = [_safe(table[name], dialect) for name in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode(dialect.encoding)


def _safe(column: pd.Series, dialect: Dialect) -> list[str]:
    """Return the cells of a column, empty for null; a formula, or what looks like one made safe, gets an apostrophe."""
    texts = column.astype(object).where(column.notna(), "").tolist()
    if dialect.formula == "raw":
        return texts
    return [f"'{text}" if _FORMULA.match(text) else text for text in texts]
