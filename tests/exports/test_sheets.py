"""Lists open in a spreadsheet program as what they say: no formula, no lost zero, a heading on every page."""

import csv
import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.sheets import Column, Sheet, as_csv, as_xlsx

MADE = dt.datetime(2026, 10, 2, 9, 0, tzinfo=dt.UTC)
COLUMNS = (Column("Name", 12), Column("Number", 8), Column("Page", 8, link=True))
HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x","y")')


def sheet(*rows):
    return Sheet("Findings", "Findings & more, School", ("Holds pupils' data.",), COLUMNS, rows)


def read_csv(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def page(data):
    return openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]


@pytest.mark.parametrize("value", HOSTILE, ids=[f"case {n}" for n in range(len(HOSTILE))])
def test_no_text_is_a_formula(value):
    table = sheet((value, "007", None))
    assert read_csv(as_csv(table))[1][0] == f"'{value}"
    cell = page(as_xlsx(table, MADE)).cell(4, 1)
    assert cell.data_type == "s"
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(as_xlsx(table, MADE))).read("xl/worksheets/sheet1.xml")


@given(st.lists(st.tuples(*[st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=9)] * 2), max_size=4))
def test_a_csv_file_says_what_the_list_says(rows):
    table = sheet(*((*row, None) for row in rows))
    found = [[value.removeprefix("'") for value in row[:2]] for row in read_csv(as_csv(table))[1:]]
    assert found == [[value.removeprefix("'") for value in row] for row in rows]
    assert all(not value.startswith(("=", "+", "-", "@")) for row in read_csv(as_csv(table))[1:] for value in row)


def test_a_workbook_has_title_notices_headings_and_texts():
    found = page(as_xlsx(sheet(("O'Neill", "0070", "https://mis.example/7")), MADE))
    assert found.title == "Findings"
    assert [row[0].value for row in found.iter_rows(max_row=3)] == [
        "Findings & more, School",
        "Holds pupils' data.",
        "Name",
    ]
    assert [cell.value for cell in found[4]] == ["O'Neill", "0070", "open"]
    assert found.cell(4, 3).hyperlink.target == "https://mis.example/7"


def test_a_workbook_prints_on_a4_with_its_heading_on_every_page():
    found = page(as_xlsx(sheet(("a", "b", None)), MADE))
    assert (found.page_setup.orientation, found.page_setup.paperSize) == ("landscape", 9)
    assert (found.page_setup.fitToHeight, found.sheet_properties.pageSetUpPr.fitToPage) == (0, True)
    assert found.print_title_rows == "$3:$3"
    assert "Findings & more" in found.oddFooter.left.text.replace("&&", "&")


def test_the_same_list_gives_the_same_bytes():
    assert as_xlsx(sheet(("a", "b", None)), MADE) == as_xlsx(sheet(("a", "b", None)), MADE)
