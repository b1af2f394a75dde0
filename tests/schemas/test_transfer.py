"""Transfer files and the messages of their shape: who is told of, where the file goes, and by when."""

import pytest

from schemas.boundary import conforms
from schemas.canonical import CANONICAL
from schemas.feeds import DATASETS
from schemas.feeds.dataset import SchoolYear, Taking
from schemas.feeds.transfer_attendance import academic_year
from tests.exports.transfer_frames import (
    AS_AT,
    CASTLE_MOOR,
    CLOSED,
    INDEPENDENT,
    LEFT,
    TAKING,
    made,
    plain,
    rich,
)
from tests.schemas.snapshots import day, marks

TERMS = [
    {"term_id": "1", "start_date": day("2026-09-02"), "end_date": day("2026-10-23")},
    {"term_id": "2", "start_date": day("2026-11-02"), "end_date": day("2026-12-18")},
]


def one(table, column, *pupils, **more):
    return made(*pupils, **more)[f"transfer_{table}"][column].tolist()


def test_no_leavers_make_empty_tables_as_declared():
    for name in ("transfer", "cml", "cmj"):
        frames = made(name=name)
        for table in DATASETS[name].tables:
            assert len(conforms(frames[table.name], table)) == 0


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({}, [CASTLE_MOOR]),
        ({"to": CLOSED}, [CLOSED]),
        ({"to": "8269999"}, ["8269999"]),
        ({"to": None}, ["XXXXXXX"]),
        ({"to": "826903"}, ["XXXXXXX"]),
        ({"to": None, "ground": "f"}, ["MMMMMMM"]),
        ({"to": INDEPENDENT}, ["MMMMMMM"]),
        ({"ground": "k"}, []),
        ({"leaving": None}, []),
        ({"leaving": day("2026-08-31")}, []),
        ({"leaving": day("2026-09-01")}, [CASTLE_MOOR]),
        ({"leaving": AS_AT}, [CASTLE_MOOR]),
        ({"leaving": day("2026-10-02")}, []),
        ({"status": "G"}, []),
        ({"status": "M"}, [CASTLE_MOOR]),
        ({"year": "13"}, [CASTLE_MOOR]),
    ],
    ids=[
        "a school of the register", "one that closed", "one that the register lacks", "nobody knows",
        "a number that is none", "educated otherwise", "an independent school", "died", "still here",
        "left before the window", "first day of the window", "last day of the window", "leaves tomorrow", "a guest",
        "dually registered", "completed the school",
    ],
)  # fmt: skip
def test_where_the_file_of_a_leaver_goes(change, places):
    assert one("header", "destination", plain(**change)) == places


def test_one_header_for_each_destination_and_the_urn_of_those_open_on_the_day():
    frames = made(plain("1"), plain("2"), plain("3", to=CLOSED), plain("4", to=None))
    header = frames["transfer_header"].set_index("destination")["dest_urn"]
    assert header.astype(object).where(header.notna(), None).to_dict() == {
        CASTLE_MOOR: "900103", CLOSED: None, "XXXXXXX": None,
    }  # fmt: skip
    for name, frame in frames.items():
        assert "destination" in frame, name


@pytest.mark.parametrize(
    ("left", "terms", "due"),
    [
        (LEFT, TERMS, "2026-10-09"),
        (day("2026-09-21"), TERMS, "2026-10-12"),
        (day("2026-10-01"), TERMS, "2026-10-22"),
        (day("2026-09-30"), [TERMS[0]], "2026-10-21"),
        (day("2026-10-01"), [{**TERMS[0], "end_date": day("2026-10-16")}, TERMS[1]], "2026-11-05"),
        (day("2026-10-01"), [{**TERMS[0], "end_date": day("2026-10-16")}], None),
        (day("2026-10-01"), [], "2026-10-22"),
    ],
    ids=["a Friday", "a Monday", "before half term", "one term", "over half term", "terms end before", "years only"],
)
def test_the_file_is_due_fifteen_school_days_after_the_last_day(left, terms, due):
    (found,) = one("pupil", "due", plain(leaving=left), term=terms)
    assert (None if due is None else day(due)) == (found if due else None)
    assert due is not None or str(found) == "<NA>"


@pytest.mark.parametrize(
    ("codes", "totals"),
    [
        (("/", "\\", "L", "P"), (4, 0, 4, 0)),
        (("I", "M", "O", "G"), (4, 2, 0, 2)),
        (("X", "D", "Q", "Y1"), (0, 0, 0, 0)),
        (("/", None, "C1", "/"), (3, 1, 2, 0)),
    ],
    ids=["present", "absent", "not possible", "no mark once"],
)
def test_the_sessions_of_the_year(codes, totals):
    frame = made(plain(attendance_mark=marks("2026-09-07", *codes)))["transfer_attendance"]
    assert tuple(frame.loc[0, ["possible", "authorised", "attended", "unauthorised"]]) == totals
    assert frame.loc[0, "year"] == 2026


@pytest.mark.parametrize(
    ("held", "runs"),
    [
        (marks("2026-09-07", "/", "\\", "I", "I"), [("2026-09-07", "/\\II")]),
        (
            marks("2026-09-07", "/", "\\") + marks("2026-09-09", "L", "\\"),
            [("2026-09-07", "/\\"), ("2026-09-09", "L\\")],
        ),
        (marks("2026-09-07", "/", "\\", "/"), [("2026-09-07", "/\\")]),
        (marks("2026-09-07", "/", "\\", "C1", "/"), []),
        (marks("2026-09-17", "/", "\\", "/", "\\", "/", "\\"), [("2026-09-17", "/\\/\\")]),
        (marks("2026-08-31", "/", "\\", "/", "\\"), [("2026-09-01", "/\\")]),
    ],
    ids=["days together", "a day between", "half a day", "a code of two characters", "after the last day", "last year"],
)  # fmt: skip
def test_the_marks_of_days_that_follow_each_other(held, runs):
    frame = made(plain(attendance_mark=held))["transfer_marks"]
    assert [(str(first), text) for first, text in zip(frame["start_date"], frame["marks"], strict=True)] == runs


@pytest.mark.parametrize(
    ("on", "year"), [("2026-08-31", 2025), ("2026-09-01", 2026), ("2026-12-31", 2026), ("2027-01-01", 2026)]
)
def test_the_academic_year_begins_in_september(on, year):
    assert academic_year(day(on)) == year


def test_a_record_set_apart_is_not_told_of():
    apart = Taking(AS_AT, TAKING.window_start, apart=frozenset({"1"}), taken=TAKING.taken)
    assert made(plain("1"), taking=apart)["transfer_pupil"].empty
    assert len(made(plain("1"), taking=TAKING)["transfer_pupil"]) == 1


def test_the_own_school_is_the_last_and_stands_once():
    frame = made(rich())["transfer_school"]
    assert frame["last_school"].fillna(value=False).tolist() == [False, False, True]
    assert frame["estab"].tolist() == ["2902", "1104", "4909"]


def test_a_message_of_a_leaver_goes_to_the_schools_own_authority_and_names_the_next_school():
    frames = made(plain(), name="cml")
    assert frames["cml_header"][["destination", "qualifier", "data_qualifier"]].to_numpy().tolist() == [
        ["823LLLL", "partial", "CML"]
    ]
    assert frames["cml_school"]["estab"].tolist() == ["4909", "4903"]
    assert frames["cml_school"]["removal_ground"].tolist()[0] == "a"
    assert frames["cml_pupil"]["due"].tolist() == [LEFT]


def test_a_message_leaves_out_whom_a_return_leaves_out():
    last = day("2026-07-22")
    taking = Taking(day("2026-08-01"), day("2026-07-01"), (SchoolYear(day("2025-09-02"), last),), taken=TAKING.taken)
    told = {
        (name, year): len(made(plain(year=year, leaving=last), name=name, taking=taking)[f"{name}_pupil"])
        for name in ("cml", "transfer")
        for year in ("13", "14")
    }
    assert told == {("cml", "13"): 1, ("cml", "14"): 0, ("transfer", "13"): 1, ("transfer", "14"): 1}


@pytest.mark.parametrize(
    ("fields", "tables"),
    [
        ({"transfer_pupil.upn"}, set()),
        ({"transfer_language.language"}, set()),
        ({"transfer_contact_phone.phone"}, {"contact"}),
        ({"transfer_marks.marks"}, {"attendance_mark"}),
        ({"transfer_result.result"}, {"assessment_result"}),
        ({"transfer_school.estab"}, {"school_history"}),
        ({"transfer_pupil.line1", "transfer_pupil.in_care"}, {"address", "in_care"}),
        ({"transfer_sen.provision", "transfer_fsm.category"}, {"sen_status", "fsm"}),
    ],
    ids=lambda names: "+".join(sorted(names)) or "nothing",
)  # fmt: skip
def test_the_mis_is_asked_for_no_more_than_the_agreement_takes(fields, tables):
    reads = DATASETS["transfer"].reads(frozenset(fields))
    always = {"school", "upn", "enrolment", "enrol_status", "nc_year", "term", "pupil"}
    assert set(reads) == always | tables
    assert all(columns <= set(CANONICAL[name].names) for name, columns in reads.items())
    assert "ethnicity" not in reads["pupil"]
    assert ("language" in reads["pupil"]) == ("transfer_language.language" in fields)
