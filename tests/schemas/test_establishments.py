"""The dated register of schools, in the shape of the Department's download."""

import csv
import datetime as dt
import io
from pathlib import Path

import pytest

from schemas.establishments import COLUMNS, RegisterFault, establishments
from simulator.deployment import FOLDER
from simulator.world.schools import DEMO_SCHOOLS

ROW = dict(
    zip(COLUMNS, ("900103", "826", "4903", "Castle Moor School", "Open", "01-09-2011", "", "Academy"), strict=True)
)


def register(*changes, columns=COLUMNS):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({**ROW, **change} for change in changes)
    return out.getvalue()


@pytest.mark.parametrize(
    ("change", "on", "is_open"),
    [
        ({}, "2011-08-31", False),
        ({}, "2011-09-01", True),
        ({}, "2030-01-01", True),
        ({"OpenDate": ""}, "1990-01-01", True),
        ({"CloseDate": "31-08-2026"}, "2026-08-31", True),
        ({"CloseDate": "31-08-2026"}, "2026-09-01", False),
    ],
)
def test_a_school_is_open_from_its_first_to_its_last_day(change, on, is_open):
    assert establishments(register(change))["8264903"].is_open(dt.date.fromisoformat(on)) is is_open


def test_a_number_that_two_schools_had_is_the_last_to_open():
    older = {"URN": "900001", "OpenDate": "01-09-1990", "CloseDate": "31-08-2011"}
    for rows in (({}, older), (older, {})):
        assert establishments(register(*rows))["8264903"].urn == "900103"


@pytest.mark.parametrize("change", [{"EstablishmentNumber": ""}, {"EstablishmentStatus (name)": "Proposed to open"}])
def test_what_takes_no_pupils_is_passed_over(change):
    assert establishments(register(change)) == {}
    assert len(establishments(register({}))) == 1


@pytest.mark.parametrize(
    ("kind", "outside"),
    [("Other independent school", True), ("Academy converter", False), ("Further education", False), ("", False)],
)
def test_an_independent_school_is_outside_the_sector(kind, outside):
    found = establishments(register({"TypeOfEstablishment (name)": kind}))["8264903"]
    assert found.outside_the_sector is outside


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"URN": "90010"}, "URN"),
        ({"LA (code)": "82A"}, r"LA \(code\)"),
        ({"EstablishmentNumber": "49033"}, "EstablishmentNumber"),
        ({"OpenDate": "2011-09-01"}, "OpenDate"),
        ({"CloseDate": "31-09-2026"}, "CloseDate"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_by_line_and_column(change, column):
    with pytest.raises(RegisterFault, match=f"line 3, column {column}"):
        establishments(register({}, change))


@pytest.mark.parametrize("missing", COLUMNS)
def test_a_header_that_lacks_a_column_is_refused(missing):
    with pytest.raises(RegisterFault, match="header lacks"):
        establishments(register({}, columns=[name for name in COLUMNS if name != missing]))


def test_a_byte_order_mark_and_other_columns_do_no_harm():
    assert establishments("\ufeff" + register({}, columns=("URN", *COLUMNS[1:], "Trusts (name)")))


def test_the_demos_register_has_the_demos_schools():
    known = establishments(Path(FOLDER, "registers", "establishments.csv").read_text(encoding="utf-8"))
    assert all(known[one.la_number + one.estab].urn == one.urn for one in DEMO_SCHOOLS)
