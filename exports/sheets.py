"""Lists for people: one table of texts as a CSV file or as a workbook that prints.

Belongs here: the two forms and what makes them safe to open. A text is a text: a spreadsheet program never gets a
formula out of it. What a list says is `pipelines.screens.lists`; that it was made, `pipelines.actions.taking_out`.
"""

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet program may take for the beginning of a formula (OWASP, CSV injection)."""
_LINKS: Final = 65_000
"""A worksheet holds some 65,500 links; a longer list has its addresses as plain text."""
_A4: Final = 9
_FOOTER: Final = 100
"""How much of a title goes into the footer, which holds 255 characters with everything escaped."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters, whether it holds web addresses."""

    heading: str
    width: int
    link: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list.

    Attributes:
        name: of the worksheet; at most 31 characters.
        title: what it is, for whom.
        notices: lines under the title, such as that it holds pupils' data.
        rows: a text for each column; None where there is nothing to say.

    """

    name: str
    title: str
    notices: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]


def as_csv(sheet: Sheet) -> bytes:
    """Return headings and rows as UTF-8 with a mark that Excel knows it by.

    A text that begins like a formula gets an apostrophe before it; title and notices are left out.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([column.heading for column in sheet.columns])
    writer.writerows([[_inert(value) for value in row] for row in sheet.rows])
    return buffer.getvalue().encode("utf-8-sig")


def as_xlsx(sheet: Sheet, made: dt.datetime) -> bytes:
    """Return a workbook of one worksheet, A4 landscape, its heading repeated on each page; made in memory alone."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        workbook.set_properties({"title": sheet.title, "created": made.replace(tzinfo=None)})
        strong = workbook.add_format({"bold": True, "font_size": 13})
        plain = workbook.add_format({"italic": True})
        heading = workbook.add_format({"bold": True, "border": 1, "bg_color": "#DDDDDD", "text_wrap": True})
        cell = workbook.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        page = workbook.add_worksheet(sheet.name)
        page.write_string(0, 0, sheet.title, strong)
        for number, notice in enumerate(sheet.notices, 1):
            page.write_string(number, 0, notice, plain)
        top = len(sheet.notices) + 1
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width)
            page.write_string(top, place, column.heading, heading)
        _write_rows(page, sheet, top + 1, cell)
        _lay_out(page, sheet, top)
    return buffer.getvalue()


def _write_rows(page: Worksheet, sheet: Sheet, top: int, cell: Format) -> None:
    linked = len(sheet.rows) <= _LINKS
    for number, row in enumerate(sheet.rows, top):
        for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            if value is None:
                page.write_blank(number, place, None, cell)
            elif column.link and linked:
                page.write_url(number, place, value, cell, string="open")
            else:
                page.write_string(number, place, value, cell)


def _lay_out(page: Worksheet, sheet: Sheet, top: int) -> None:
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)
    page.freeze_panes(top + 1, 0)
    page.autofilter(top, 0, top + len(sheet.rows), len(sheet.columns) - 1)
    page.set_footer(f"&L{sheet.title[:_FOOTER].replace('&', '&&')}&RPage &P of &N")


def _inert(value: str | None) -> str | None:
    return f"'{value}" if value is not None and value.startswith(_FORMULA) else value
