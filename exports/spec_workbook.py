"""The published rules workbook, ODS or XLSX: which rules it names, in which words and as what.

Belongs here: finding a table of rules in sheets whose names and columns nobody has told us. A header is a row whose
headings read like one, above a column of rule numbers; when there is none, everything that was seen is said. What the
rules mean beside ours is `exports.spec_import`.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

import pandas as pd
from openpyxl import load_workbook

from exports.official_run import rule_number

LARGEST_UNPACKED: Final = 200 * 2**20
_ROWS: Final = 20_000
_HEADER_WITHIN: Final = 40
_COLUMNS: Final = 60
_NUMBER: Final = ("rule", "no", "number", "id", "ref", "reference", "error", "query", "code")
_TEXT: Final = ("rule", "description", "message", "text", "validation", "condition", "check", "wording", "error")
_SEVERITY: Final = ("query", "type", "severity", "level", "status", "category")

Row: TypeAlias = tuple[str, ...]


class PublishedRule(NamedTuple):
    """One rule as the workbook has it; severity `error`, `query`, or empty when it does not say."""

    number: str
    text: str
    severity: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One sheet: its headings (or first row), and the rules that were found under them."""

    sheet: str
    headings: Row
    rules: tuple[PublishedRule, ...]


def published_rules(data: bytes) -> tuple[Seen, ...]:
    """Read every sheet of a workbook.

    Raises:
        ValueError: the bytes are no ODS or XLSX workbook, or unpack to more than any rules workbook holds.

    """
    return tuple(_seen(name, rows) for name, rows in _sheets(data).items())


def _sheets(data: bytes) -> Mapping[str, Sequence[Row]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = set(packed.namelist())
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile:
        message = "it is no ODS or XLSX workbook"
        raise ValueError(message) from None
    if unpacked > LARGEST_UNPACKED:
        message = f"it unpacks to more than {LARGEST_UNPACKED // 2**20} MB: it is no rules workbook"
        raise ValueError(message)
    if "content.xml" in names:
        return _of_ods(data)
    if "xl/workbook.xml" in names:
        return _of_xlsx(data)
    message = "it is no ODS or XLSX workbook"
    raise ValueError(message)


def _of_ods(data: bytes) -> dict[str, list[Row]]:
    sheets = pd.read_excel(io.BytesIO(data), sheet_name=None, header=None, dtype="object", engine="odf", nrows=_ROWS)
    return {str(name): [_row(row) for row in frame.itertuples(index=False)] for name, frame in sheets.items()}


def _of_xlsx(data: bytes) -> dict[str, list[Row]]:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        return {
            sheet.title: [_row(row) for row in islice(sheet.iter_rows(values_only=True, max_col=_COLUMNS), _ROWS)]
            for sheet in book.worksheets
        }
    finally:
        book.close()


def _row(cells: Sequence[object]) -> Row:
    return tuple("" if cell is None or cell is pd.NA or cell != cell else _text(cell) for cell in cells[:_COLUMNS])  # noqa: PLR0124  nan


def _text(cell: object) -> str:
    """A cell in one line; a whole number that a spreadsheet keeps as 1510.0 is 1510."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def _seen(sheet: str, rows: Sequence[Row]) -> Seen:
    for place, headings in islice(enumerate(rows), _HEADER_WITHIN):
        below = rows[place + 1 :]
        number = _number_column(headings, below)
        text = _text_column(headings, below, number) if number is not None else None
        if number is not None and text is not None:
            severity = _severity_column(headings, below, {number, text})
            return Seen(sheet, headings, tuple(_rules(below, number, text, severity)))
    first = next((row for row in rows if any(row)), ())
    return Seen(sheet, first, ())


def _number_column(headings: Row, below: Sequence[Row]) -> int | None:
    """The column whose heading may name a number and whose cells mostly are rule numbers."""
    for column in _headed(headings, _NUMBER):
        cells = [row[column] for row in below if len(row) > column and row[column]]
        if cells and sum(rule_number(cell) is not None for cell in cells) * 2 > len(cells):
            return column
    return None


def _text_column(headings: Row, below: Sequence[Row], number: int) -> int | None:
    """Of the columns whose heading may name a wording, the one that says most."""
    columns = [column for column in _headed(headings, _TEXT) if column != number]
    length = {column: sum(len(row[column]) for row in below if len(row) > column) for column in columns}
    return max(columns, key=lambda column: length[column]) if any(length.values()) else None


def _severity_column(headings: Row, below: Sequence[Row], taken: set[int]) -> int | None:
    """The column whose heading may name a severity and that names one anywhere."""
    for column in _headed(headings, _SEVERITY):
        if column not in taken and any(_severity(row[column], "") for row in below if len(row) > column):
            return column
    return None


def _headed(headings: Row, words: Sequence[str]) -> list[int]:
    return [
        column for column, heading in enumerate(headings) if set(re.findall(r"[a-z]+", heading.lower())) & set(words)
    ]


def _rules(below: Sequence[Row], number: int, text: int, severity: int | None) -> Iterator[PublishedRule]:
    for row in below:
        cells = row + ("",) * (_COLUMNS - len(row))
        found = rule_number(cells[number])
        if found:
            yield PublishedRule(found, cells[text], _severity(cells[severity] if severity is not None else "", found))


def _severity(cell: str, number: str) -> str:
    letters = set(re.findall(r"[a-z]+", cell.lower()))
    if letters & {"query", "queries", "q", "warning"} or (number.endswith("Q") and not letters & {"error", "e"}):
        return "query"
    return "error" if letters & {"error", "errors", "e"} else ""
