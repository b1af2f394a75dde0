"""The head's figures are counts of the return's rows, the same whatever their order, and name nobody."""

import datetime as dt

import pytest

from schemas.census.collection import collection
from schemas.census.summary import Figure, summary
from schemas.census.tables import CENSUS

AUTUMN = collection("2026-autumn")
DAY = AUTUMN.reference_date

ON_ROLL = {"section": "on_roll"}
PUPILS = [
    {"pupil_id": "1", **ON_ROLL, "sex": "F", "nc_year_actual": "R", "sen_provision": "N", "enrol_status": "C"},
    {"pupil_id": "2", **ON_ROLL, "sex": "M", "nc_year_actual": "R", "sen_provision": "K", "enrol_status": "M"},
    {"pupil_id": "3", **ON_ROLL, "sex": "M", "nc_year_actual": "10", "sen_provision": None, "part_time": True},
    {"pupil_id": "4", "section": "off_roll", "sex": "F", "nc_year_leaving": "11"},
]  # fmt: skip
MEALS = [
    {"pupil_id": "1", "start_date": DAY, "end_date": None, "category": "TFSM"},
    {"pupil_id": "1", "start_date": DAY, "end_date": None, "category": "EFSM"},
    {"pupil_id": "2", "start_date": DAY, "end_date": DAY, "category": None},
    {"pupil_id": "3", "start_date": DAY - dt.timedelta(9), "end_date": DAY - dt.timedelta(1), "category": "TFSM"},
    {"pupil_id": "4", "start_date": DAY, "end_date": None, "category": "TFSM"},
]
ATTENDANCE = [{"pupil_id": "1", "period": "term", "sessions_possible": 100}]
DETAILS = [
    {"pupil_id": "1", "period": "term", "code": "/", "sessions": 90},
    {"pupil_id": "1", "period": "term", "code": "I", "sessions": 6},
    {"pupil_id": "1", "period": "term", "code": "O", "sessions": 4},
    {"pupil_id": "1", "period": "term", "code": "Q", "sessions": 3},
]
EXCLUSIONS = [
    {"pupil_id": "2", "category": "SUSP", "start_date": DAY, "sessions": 4},
    {"pupil_id": "2", "category": "SUSP", "start_date": DAY, "sessions": 2},
    {"pupil_id": "3", "category": "PERM", "start_date": DAY, "sessions": None},
]
ROWS = {
    "pupil": PUPILS, "fsm_period": MEALS, "attendance": ATTENDANCE, "session_detail": DETAILS, "exclusion": EXCLUSIONS,
}  # fmt: skip

EXPECTED = [
    ("Pupils in the return", "On roll", 3, None),
    ("Pupils in the return", "of them dual registered here and elsewhere", 1, None),
    ("Pupils in the return", "of them part-time", 1, None),
    ("Pupils in the return", "No longer on roll, and reported", 1, None),
    ("Year group", "Reception", 2, 2 / 3),
    ("Year group", "Year 10", 1, 1 / 3),
    ("Sex", "Girls", 1, 1 / 3),
    ("Sex", "Boys", 2, 2 / 3),
    ("Special educational needs", "No special educational need", 1, 1 / 3),
    ("Special educational needs", "SEN support", 1, 1 / 3),
    ("Special educational needs", "Education, health and care plan", 0, 0),
    ("Special educational needs", "Not recorded, or another code", 1, 1 / 3),
    ("Free school meals", "Eligible on census day", 2, 2 / 3),
    ("Free school meals", "Targeted", 1, 1 / 3),
    ("Free school meals", "Expanded", 1, 1 / 3),
    ("Free school meals", "No category", 1, 1 / 3),
    ("Attendance", "Possible sessions", 100, None),
    ("Attendance", "Present", 90, 0.9),
    ("Attendance", "Approved educational activity", 0, 0),
    ("Attendance", "Authorised absence", 6, 0.06),
    ("Attendance", "Unauthorised absence", 4, 0.04),
    ("Suspensions and exclusions", "Suspensions", 2, None),
    ("Suspensions and exclusions", "Permanent exclusions", 1, None),
    ("Suspensions and exclusions", "Lunchtime suspensions", 0, None),
    ("Suspensions and exclusions", "Pupils concerned", 2, None),
    ("Suspensions and exclusions", "Sessions lost", 6, None),
]


def frames(rows):
    return {
        name: table.frame({column: [row.get(column) for row in rows.get(name, ())] for column in table.names})
        for name, table in CENSUS.items()
    }


@pytest.mark.parametrize("order", [1, -1])
def test_every_figure_is_counted(order):
    sections = summary(frames({name: rows[::order] for name, rows in ROWS.items()}), AUTUMN)
    found = [(one.title, figure.label, figure.count, figure.share) for one in sections for figure in one.figures]
    assert found == EXPECTED


def test_an_empty_return_has_the_same_sections_and_only_noughts():
    sections = summary(frames({}), AUTUMN)
    assert [section.title for section in sections] == list(dict.fromkeys(title for title, *_ in EXPECTED))
    assert {figure.count for section in sections for figure in section.figures} == {0}


def test_a_figure_of_nothing_has_no_share():
    assert Figure("Girls", 0, 0).share is None
