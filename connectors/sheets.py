"""A report's bytes as headings and rows of text, from CSV or XLSX.

Belongs here: the two formats. A cell that is a day or a number in a spreadsheet is written as a CSV would have it.
"""

import csv
import datetime as dt
import io
import warnings
import zipfile
from typing import Final

from openpyxl import load_workbook

_LARGEST: Final = 64 * 2**20


def rows_of(data: bytes, name: str, sheet: str = "") -> tuple[list[str], list[list[str]]]:
    """Return the headings, and every row under them with as many cells; raises ValueError, without a value."""
    if len(data) > _LARGEST:
        message = f"it is larger than {_LARGEST // 2**20} MiB"
        raise ValueError(message)
    rows = _workbook(data, sheet) if name.endswith(".xlsx") else _text(data)
    if not rows:
        message = "it is empty: not even headings"
        raise ValueError(message)
    headings = [cell.strip() for cell in rows[0]]
    body = [row for row in rows[1:] if any(row)]
    if any(len(row) != len(headings) for row in body):
        message = "a row has more or fewer cells than there are headings"
        raise ValueError(message)
    return headings, body


def _text(data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except (UnicodeDecodeError, csv.Error):
        message = "it is not CSV in UTF-8"
        raise ValueError(message) from None


def _workbook(data: bytes, sheet: str) -> list[list[str]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles that are not read
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        message = "it is no XLSX file"
        raise ValueError(message) from None
    if sheet and sheet not in book.sheetnames:
        message = "it has not the sheet that the mapping names"
        raise ValueError(message)
    held = book[sheet] if sheet else book.worksheets[0]
    return [[_cell(value) for value in row] for row in held.iter_rows(values_only=True)]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ") if value.time() != dt.time() else value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
