"""The attendance and the sickness return: who is in them, edge by edge."""

import datetime as dt

import pytest

from schemas.boundary import conforms
from schemas.feeds import DATASETS
from schemas.feeds.attendance import ABSENCE, LOOK_AHEAD, LOOK_BACK, SICKNESS, absence, sickness
from schemas.feeds.dataset import SchoolYear, Taking
from tests.schemas.snapshots import day, pupil, snapshot

START, AS_AT = day("2026-10-01"), day("2026-10-30")
TAKING = Taking(AS_AT, START, (SchoolYear(day("2026-09-02"), day("2027-07-21")),))
MONDAY = day("2026-10-05")


def sessions(first, *days):
    """Marks of school days from a Monday on, weekends left out: "O" is both sessions, "O/" morning and afternoon."""
    made, when = [], first
    for codes in days:
        pair = codes.split(",") if "," in codes else [codes, codes]
        made += [
            {"date": when, "session": session, "code": code or None}
            for session, code in zip(("AM", "PM"), pair, strict=True)
        ]
        when += dt.timedelta(days=3 if when.weekday() == 4 else 1)
    return made


def absent(*days, first=MONDAY, taking=TAKING, **fields):
    (table,) = absence(snapshot(pupil("1", attendance_mark=sessions(first, *days), **fields)), taking).values()
    return conforms(table, ABSENCE).to_dict("records")


def ill(*days, first=MONDAY, taking=TAKING, **fields):
    (table,) = sickness(snapshot(pupil("1", attendance_mark=sessions(first, *days), **fields)), taking).values()
    return conforms(table, SICKNESS).to_dict("records")


OUT, HERE = ["O"], ["/,\\"]


@pytest.mark.parametrize(
    ("days", "pattern", "running"),
    [
        (OUT * 10, "running", 10),
        (OUT * 4 + HERE + OUT * 5, "irregular", 5),
        (OUT * 4, None, None),
        (["G"] * 3 + ["N"] * 3 + ["U"] * 2 + ["O"] * 2, "running", 10),
        (OUT * 9 + ["I"] + OUT, "irregular", 9),
        (OUT * 9 + ["C"], "irregular", 9),
        (OUT * 5 + ["#"] + OUT * 5, "running", 10),
        (OUT * 5 + ["D"] + OUT * 4, "irregular", 9),
        (OUT * 9 + ["O,#"], "running", 10),
        (OUT * 9 + ["O,/"], "irregular", 9),
        (OUT * 9 + ["O,I"], "irregular", 9),
        (OUT * 5 + [""] + OUT * 5, "running", 10),
        (["O,/"] * 10, "irregular", None),
        (["O,/"] * 9, None, None),
    ],
    ids=[
        "ten days over a weekend", "nine of ten, one here", "four", "every unauthorised code", "illness between",
        "nine and a day of leave", "a closed day between", "nine and a day at the other school",
        "the tenth with one possible session", "the tenth, back in the afternoon", "the tenth, ill in the afternoon",
        "a day without marks between", "ten mornings", "nine mornings",
    ],
)  # fmt: skip
def test_who_is_in_the_attendance_return(days, pattern, running):
    found = absent(*days)
    assert [row["pattern"] for row in found] == ([] if pattern is None else [pattern])
    if running is not None:
        assert found[0]["school_days"] == running


def test_nine_days_running_are_not_ten():
    """Eighteen sessions are told as irregular all the same, so the pattern and not the row differs."""
    assert [absent(*OUT * n)[0]["pattern"] for n in (9, 10)] == ["irregular", "running"]


def test_a_holiday_between_neither_counts_nor_ends_the_run():
    week = sessions(day("2026-10-19"), *OUT * 5)
    after = sessions(day("2026-11-02"), *OUT * 5)
    taking = Taking(day("2026-11-06"), day("2026-11-01"), TAKING.years)
    (table,) = absence(snapshot(pupil("1", attendance_mark=week + after)), taking).values()
    (row,) = table.to_dict("records")
    assert (row["pattern"], row["first_day"], row["last_day"], row["school_days"]) == (
        "running", day("2026-10-19"), day("2026-11-06"), 10,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("last_day", "there"), [("2026-09-30", False), ("2026-10-01", True)], ids=["ended before the window", "touches it"]
)
def test_a_run_is_told_when_it_touches_the_window(last_day, there):
    days = {"2026-09-30": OUT * 10, "2026-10-01": OUT * 11}[last_day]
    assert bool(absent(*days, first=day("2026-09-17"))) is there


@pytest.mark.parametrize(
    ("fields", "there"),
    [
        ({"dob": "2013-03-03"}, True),
        ({"dob": "2021-10-31"}, False),
        ({"dob": "2010-08-31"}, False),
        ({"dob": "2010-09-01"}, True),
        ({"leaving": day("2026-10-29")}, False),
        ({"leaving": AS_AT}, True),
        ({"status": "G"}, False),
    ],
    ids=["of age", "not yet five by the prescribed day", "past the school leaving date", "a day younger", "left",
         "last day today", "guest"],
)  # fmt: skip
def test_only_pupils_on_roll_of_compulsory_school_age_are_returned(fields, there):
    assert bool(absent(*OUT * 10, **fields)) is there
    assert bool(ill(*["I"] * 15, **fields)) is there


def test_absence_counts_only_from_compulsory_school_age_on():
    """Born on 31 December 2021: of age from the last day of 2026 on, so that only the days of January count."""
    taking = Taking(day("2027-01-29"), day("2027-01-01"), TAKING.years)
    before, after = sessions(day("2026-12-07"), *OUT * 10), sessions(day("2027-01-04"), *OUT * 9)
    (table,) = absence(snapshot(pupil("1", dob="2021-12-31", attendance_mark=before + after)), taking).values()
    assert table[["pattern", "sessions"]].to_dict("records") == [{"pattern": "irregular", "sessions": 18}]


@pytest.mark.parametrize(
    ("days", "cause"),
    [
        (["G"] * 10, "holiday not granted"),
        (["N"] * 10, None),
        (["G"] * 4 + ["U"] * 6, "late after register closed; holiday not granted"),
        (["N"] * 9 + ["G"], "holiday not granted"),
    ],
)
def test_the_cause_is_what_the_register_says(days, cause):
    value = absent(*days)[0]["cause"]
    assert value == cause if cause else value is None or value != value  # noqa: PLR0124 - null is not equal to itself


def test_marks_after_the_day_told_of_do_not_count():
    assert absent(*OUT * 10, taking=Taking(day("2026-10-15"), START, TAKING.years))[0]["pattern"] == "irregular"
    assert absent(*OUT * 10, taking=Taking(day("2026-10-16"), START, TAKING.years))[0]["pattern"] == "running"


def test_only_the_last_ten_school_weeks_count_as_irregular():
    taking = Taking(day("2026-11-27"), day("2026-11-01"), TAKING.years)
    week = ["/,\\"] * 5
    early = sessions(day("2026-09-07"), *(["O"] * 4 + ["/,\\"] + week * 10))
    late = sessions(day("2026-09-21"), *(["O"] * 4 + ["/,\\"] + week * 7 + ["O", *["/,\\"] * 4]))
    for marks, there in ((early, False), (late, True)):
        (table,) = absence(snapshot(pupil("1", attendance_mark=marks)), taking).values()
        assert bool(len(table)) is there


SICK = ["I"]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (SICK * 15, [("2026-10-05", 15)]),
        (SICK * 14, []),
        (SICK * 14 + ["I,/"], []),
        (SICK * 14 + ["I,/"] * 2, [("2026-10-05", 15)]),
        (SICK * 14 + ["I,#"], [("2026-10-05", 15)]),
        (SICK * 7 + ["O"] + SICK * 8, [("2026-10-15", 15)]),
        (SICK * 10 + ["M"] + SICK * 5, [("2026-10-20", 15)]),
        (SICK * 15 + HERE + SICK, [("2026-10-05", 15), ("2026-10-27", 16)]),
        (SICK * 5 + ["#"] + SICK * 10, [("2026-10-05", 15)]),
    ],
    ids=[
        "fifteen running", "fourteen", "fourteen and a half", "two halves make the fifteenth", "one possible session",
        "seven and eight, apart", "an appointment between", "each continuous period after the fifteenth, once",
        "a closed day between",
    ],
)  # fmt: skip
def test_who_is_in_the_sickness_return(days, told):
    taking = Taking(day("2026-11-06"), day("2026-09-02"), TAKING.years)
    assert [(row["first_day"].isoformat(), row["days"]) for row in ill(*days, taking=taking)] == told


@pytest.mark.parametrize(
    ("as_at", "days", "there"),
    [
        ("2026-10-05", 15, True),
        ("2026-10-05", 14, False),
        ("2026-10-04", 15, False),
    ],
    ids=["day fifteen entered in advance", "day fourteen is all that is foreseen", "the period has not begun"],
)
def test_illness_entered_in_advance_makes_day_fifteen_foreseeable(as_at, days, there):
    taking = Taking(day(as_at), day("2026-09-02"), TAKING.years)
    assert bool(ill(*SICK * days, taking=taking)) is there


def test_illness_of_another_school_year_does_not_count():
    old = sessions(day("2026-07-06"), *SICK * 5)
    new = sessions(day("2026-09-07"), *SICK * 10)
    years = (SchoolYear(day("2025-09-03"), day("2026-07-21")), *TAKING.years)
    for marks, first, there in ((old + new, years, False), (old + new, (SchoolYear(day("2026-07-01"), AS_AT),), True)):
        taking = Taking(day("2026-09-30"), day("2026-07-01"), first)
        (table,) = sickness(snapshot(pupil("1", attendance_mark=marks)), taking).values()
        assert bool(len(table)) is there


def test_what_is_asked_of_the_mis():
    fields = frozenset({"absence.surname", "absence.line1", "absence.cause"})
    asked = DATASETS["absence"].reads(fields)
    assert {"attendance_mark", "address", "enrolment"} <= set(asked)
    assert not {"contact", "in_care"} & set(asked)
    assert DATASETS["absence"].marks(TAKING) == (AS_AT - LOOK_BACK, AS_AT)
    assert DATASETS["sickness"].marks(TAKING) == (day("2026-09-02"), AS_AT + LOOK_AHEAD)


def test_no_pupils_and_no_marks_make_empty_tables():
    for dataset, table in ((absence, ABSENCE), (sickness, SICKNESS)):
        assert len(conforms(dataset(snapshot(), TAKING)[table.name], table)) == 0
        assert len(dataset(snapshot(pupil("1")), TAKING)[table.name]) == 0
