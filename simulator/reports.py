"""A school whose MIS is no server: the reports that somebody has it write, as its mapping file names and forms them.

Belongs here: files. What stands in them is what the same school's rows say through the other connector, so that a trust
of two kinds of MIS tells one story.
"""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import xlsxwriter

from connectors.mapping import Mapped, read_mapping
from connectors.reports import MANIFEST
from schemas.canonical import CANONICAL
from schemas.table import Frames

_YES: Final = {True: "Yes", False: "No"}


def write_reports(folder: Path, mapping: Path, urn: str, frames: Frames, made: dt.datetime) -> None:
    """Write every report of a mapping and, last, the manifest."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    tables = read_mapping(mapping, urn).tables
    by_file: dict[str, list[Mapped]] = {}
    for mapped in tables:
        by_file.setdefault(mapped.file, []).append(mapped)
    for file, several in by_file.items():
        data = _workbook(several, frames) if file.endswith(".xlsx") else _text(several[0], frames)
        (folder / file).write_bytes(data)
    rows = [(mapped.key, len(frames[mapped.table]), made.isoformat()) for mapped in tables]
    (folder / MANIFEST).write_bytes(_csv([("file", "rows", "made"), *rows]))


def _text(mapped: Mapped, frames: Frames) -> bytes:
    return _csv([tuple(mapped.columns.values()), *_rows(mapped, frames)])


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _workbook(several: Sequence[Mapped], frames: Frames) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        for mapped in several:
            sheet = book.add_worksheet(mapped.sheet or None)
            for number, row in enumerate([tuple(mapped.columns.values()), *_cells(mapped, frames)]):
                for place, cell in enumerate(row):
                    sheet.write(number, place, cell)
    return out.getvalue()


def _rows(mapped: Mapped, frames: Frames) -> list[tuple[str, ...]]:
    return [tuple(_said(mapped, cell) for cell in row) for row in _cells(mapped, frames)]


def _cells(mapped: Mapped, frames: Frames) -> list[tuple[object, ...]]:
    frame = frames[mapped.table][list(mapped.columns)]
    table = CANONICAL[mapped.table]
    plain = frame.astype(object).where(frame.notna(), None)
    assert set(plain.columns) <= set(table.names)  # noqa: S101  the mapping was checked when it was read
    return [tuple(row) for row in plain.itertuples(index=False)]


def _said(mapped: Mapped, cell: object) -> str:
    if cell is None or cell is pd.NA:
        return ""
    if isinstance(cell, bool):
        return _YES[cell]
    if isinstance(cell, dt.date):
        return cell.strftime(mapped.date)
    return str(cell)
