"""The repeating blocks of a return: meals, exclusions, placements, needs, attendance and post-16 aims."""

import pytest

from schemas.census.collection import collection
from tests.schemas.snapshots import conformed, day, defaults, marks, pupil, snapshot, table


def fsm(start, end=None, category="TFSM", **more):
    return {"start_date": start and day(start), "end_date": end and day(end), "category": category, **more}


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (fsm("2026-05-22"), ("2026-05-22", None)),
        (fsm("2024-01-01", "2026-05-22"), ("2024-01-01", "2026-05-22")),
        (fsm("2024-01-01", "2026-05-21"), None),
        (fsm("2026-10-01"), ("2026-10-01", None)),
        (fsm("2026-10-02"), None),
        (fsm("2026-09-01", "2026-10-02"), ("2026-09-01", None)),
        (fsm("2026-09-01", "2026-10-01"), ("2026-09-01", "2026-10-01")),
        (fsm("2026-09-01", category="EFSM"), ("2026-09-01", None)),
        (fsm("2026-09-01", category=None), ("2026-09-01", None)),
        (fsm("2026-09-01", category="LOCAL"), None),
        (fsm(None), (None, None)),
    ],
    ids=[
        "begins on the first day", "ends on the first day", "ends the day before", "begins on census day",
        "begins the day after", "ends after census day", "ends on census day", "expanded", "no category", "local",
        "no first day",
    ],
)  # fmt: skip
def test_a_meal_period_is_returned_when_it_touches_the_window(period, expected):
    result = conformed(snapshot(pupil("1", fsm=[period])))
    dates = expected and tuple(each and day(each) for each in expected)
    assert table(result, "fsm_period", "start_date", "end_date") == ([dates] if expected else [])


def test_the_country_is_a_counted_default_and_leavers_have_no_periods():
    given = [pupil("1", fsm=[fsm("2026-09-01"), fsm("2026-06-01", "2026-06-30", uk_country="WLS")]),
             pupil("2", leaving=day("2026-07-20"), fsm=[fsm("2026-06-01")])]  # fmt: skip
    result = conformed(snapshot(*given))
    assert table(result, "fsm_period", "pupil_id", "uk_country") == [("1", "WLS"), ("1", "ENG")]
    assert defaults(result)["fsm_period.uk_country"] == 1


@pytest.mark.parametrize(
    ("start", "expected"),
    [("2025-12-31", 0), ("2026-01-01", 1), ("2026-07-31", 1), ("2026-08-01", 0)],
)
def test_an_exclusion_is_returned_when_it_began_in_the_window(start, expected):
    suspension = [{"category": "SUSP", "start_date": day(start), "reviewed_date": day("2026-03-01"), "sessions": 2}]
    assert len(conformed(snapshot(pupil("1", suspension=suspension))).frames["exclusion"]) == expected


def test_an_exclusion_has_the_sen_provision_of_its_first_day():
    provision = [
        {"provision": "K", "start_date": day("2025-01-01"), "end_date": day("2026-03-01")},
        {"provision": "E", "start_date": day("2026-03-02")},
    ]
    suspensions = [{"category": "SUSP", "start_date": day(start)} for start in ("2026-03-01", "2026-03-02")]
    given = [pupil("1", sen_status=provision, suspension=suspensions), pupil("2", suspension=suspensions[:1])]
    result = conformed(snapshot(*given))
    assert table(result, "exclusion", "pupil_id", "sen_provision") == [("1", "K"), ("1", "E"), ("2", "N")]
    assert defaults(result)["exclusion.sen_provision"] == 1


def test_a_placement_has_the_provision_of_both_ends_and_no_end_that_has_not_come():
    provision = [
        {"provision": "K", "start_date": day("2025-01-01"), "end_date": day("2026-09-10")},
        {"provision": "E", "start_date": day("2026-09-11")},
    ]
    placements = [
        {"start_date": day("2026-05-01"), "end_date": day("2026-05-20")},
        {"start_date": day("2026-09-01"), "end_date": day("2026-09-20")},
        {"start_date": day("2026-09-21"), "end_date": day("2026-10-02")},
        {"start_date": day("2026-10-02")},
    ]
    result = conformed(snapshot(pupil("1", sen_status=provision, ap_placement=placements)))
    assert table(result, "ap_placement", "entry_date", "leaving_date", "sen_entry", "sen_leaving") == [
        (day("2026-09-01"), day("2026-09-20"), "K", "E"),
        (day("2026-09-21"), None, "E", None),
    ]
    assert "ap_placement.sen_leaving" not in defaults(result)


NEEDS = [
    {"sen_type": "SLCN", "rank": 2}, {"sen_type": "ASD", "rank": 1}, {"sen_type": "HI", "rank": 3},
    {"sen_type": "VI", "rank": 1, "end_date": day("2026-09-01")},
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "provision", "expected"),
    [("2027-spring", "K", [(1, "ASD"), (2, "SLCN")]), ("2027-spring", "N", []), ("2026-autumn", "K", [])],
)
def test_ranked_needs_are_for_spring_and_pupils_with_provision(key, provision, expected):
    given = pupil("1", sen_status=[{"provision": provision}], sen_need=NEEDS)
    assert table(conformed(snapshot(given), when=collection(key)), "sen_need", "rank", "sen_type") == expected


def sessions(result):
    return table(result, "attendance", "pupil_id", "period", "sessions_possible")


def details(result):
    return {row[1:] for row in table(result, "session_detail", "pupil_id", "period", "code", "sessions")}


def test_sessions_are_counted_by_period_and_code():
    given = marks("2026-05-21", "/", "\\", "/", "\\", "I", "I") + marks("2026-05-24", "/", "D", "X", "/", None, "\\")
    result = conformed(snapshot(pupil("1", attendance_mark=given)))
    assert sessions(result) == [("1", "half_term_2", 2), ("1", "term", 7)]
    assert details(result) == {
        ("term", "/", 3), ("term", "\\", 2), ("term", "I", 2), ("term", "D", 1),
        ("half_term_2", "X", 1), ("half_term_2", "/", 1), ("half_term_2", "\\", 1),
    }  # fmt: skip


@pytest.mark.parametrize("code", ["D", "Q", "X", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#"])
def test_a_code_that_makes_a_session_not_possible_is_told_but_not_counted(code):
    result = conformed(snapshot(pupil("1", attendance_mark=marks("2026-04-13", code, "/", code))))
    assert sessions(result) == [("1", "term", 1)]
    assert ("term", code, 2) in details(result)


@pytest.mark.parametrize(
    ("date", "period"),
    [("2026-04-05", None), ("2026-04-06", "term"), ("2026-05-24", "term"), ("2026-05-25", "half_term_2"),
     ("2026-07-31", "half_term_2"), ("2026-08-01", None)],
)  # fmt: skip
def test_a_mark_counts_in_the_period_of_its_day(date, period):
    result = conformed(snapshot(pupil("1", attendance_mark=marks(date, "/"))))
    assert [row[1] for row in sessions(result)] == ([period] if period else [])


@pytest.mark.parametrize(
    ("fields", "phase", "reported"),
    [
        ({}, "SS", True),
        ({"dob": "2021-08-31"}, "PS", True),
        ({"dob": "2021-09-01"}, "PS", False),
        ({"dob": "2009-09-01"}, "SS", True),
        ({"dob": "2009-08-31"}, "SS", False),
        ({"boarding": [{"boarder": "B"}]}, "SS", False),
        ({}, "NS", False),
        ({"leaving": day("2026-07-20")}, "SS", True),
    ],
    ids=["ordinary", "just four", "just three", "still fifteen", "sixteen", "boarder", "nursery school", "leaver"],
)
def test_whose_attendance_is_reported(fields, phase, reported):
    result = conformed(snapshot(pupil("1", attendance_mark=marks("2026-04-13", "/"), **fields), phase=phase))
    assert bool(sessions(result)) is reported
    assert bool(details(result)) is reported


def test_no_coded_mark_is_no_row_and_a_dual_pupil_elsewhere_has_none_possible():
    given = [
        pupil("1"), pupil("2", attendance_mark=marks("2026-04-13", None)),
        pupil("3", attendance_mark=marks("2026-04-13", "D", "D")),
    ]  # fmt: skip
    assert sessions(conformed(snapshot(*given))) == [("3", "term", 0)]


PROGRAMME = {"programme_id": "p", "prog_type": "1", "start_date": day("2025-09-01"), "status": "1"}
AIM = {"programme_id": "p", "aim_id": "a", "qn": "60312345", "start_date": day("2025-09-01"), "status": "1"}
PLACEMENT = {"aim_id": "a", "start_date": day("2026-06-01"), "hours": 30}
GRADES = {"maths_grade": "5", "english_grade": "6"}


def student(pupil_id="1", programme=PROGRAMME, aim=AIM, **fields):
    return pupil(pupil_id, **{
        "year": "12", "dob": "2009-10-01", "programme_aim": [programme], "learning_aim": [aim],
        "work_placement": [PLACEMENT], "fields": GRADES, **fields,
    })  # fmt: skip


def aims(result):
    return tuple(len(result.frames[name]) for name in ("programme_aim", "learning_aim", "work_placement"))


@pytest.mark.parametrize(
    ("given", "phase", "expected"),
    [
        (student(), "SS", (1, 1, 1)),
        (student(), "PS", (0, 0, 0)),
        (student(year="11"), "SS", (0, 0, 0)),
        (student(status="S"), "SS", (0, 0, 0)),
        (student(status="M"), "SS", (1, 1, 1)),
        (student(programme=PROGRAMME | {"actual_end_date": day("2025-07-31")}), "SS", (0, 0, 0)),
        (student(aim=AIM | {"actual_end_date": day("2025-07-31")}), "SS", (1, 0, 0)),
        (student(aim=AIM | {"actual_end_date": day("2025-08-01")}), "SS", (1, 1, 1)),
        (student(aim=AIM | {"start_date": day("2026-10-02")}), "SS", (1, 0, 0)),
        (student(aim=AIM | {"programme_id": "other"}), "SS", (1, 0, 0)),
    ],
    ids=["student", "primary", "year 11", "subsidiary", "main", "programme before the window", "aim before it",
         "aim ends on its first day", "aim begins after it", "aim of no programme"],
)  # fmt: skip
def test_aims_that_touch_the_window_are_returned_with_what_is_inside_them(given, phase, expected):
    assert aims(conformed(snapshot(given, phase=phase))) == expected


def test_aims_are_for_autumn():
    result = conformed(snapshot(student()), when=collection("2027-spring"))
    assert aims(result) == (0, 0, 0)
    assert table(result, "pupil", "maths_grade", "qual_hrs") == [(None, None)]


@pytest.mark.parametrize(
    ("ended", "expected"),
    [("2026-10-01", (day("2026-10-01"), "3", "98")), ("2026-10-02", (None, "1", None))],
    ids=["withdrew on census day", "withdrew the day after"],
)
def test_an_aim_that_ended_after_census_day_was_continuing_on_it(ended, expected):
    withdrawn = {"actual_end_date": day(ended), "status": "3", "withdrawal_reason": "98"}
    result = conformed(snapshot(student(programme=PROGRAMME | withdrawn, aim=AIM | withdrawn)))
    columns = ("actual_end_date", "status", "withdrawal_reason")
    assert table(result, "programme_aim", *columns) == [expected]
    assert table(result, "learning_aim", *columns) == [expected]


def test_attainment_is_for_students_with_a_learning_aim():
    given = [student(), student("2", programme=PROGRAMME | {"programme_id": "q"}, learning_aim=[], work_placement=[])]
    found = table(conformed(snapshot(*given)), "pupil", "maths_grade", "english_grade")
    assert found == [("5", "6"), (None, None)]


def test_planned_hours_of_this_year_and_the_last():
    years = [
        {"start_date": day("2025-07-31"), "qual_hours": 1, "non_qual_hours": 1},
        {"start_date": day("2025-08-01"), "qual_hours": 540, "non_qual_hours": 40},
        {"start_date": day("2026-09-01"), "qual_hours": 580, "non_qual_hours": 60, "full_time_employed": False},
        {"start_date": day("2026-10-02"), "qual_hours": 2, "non_qual_hours": 2},
    ]
    given = [student(post16_year=years), pupil("2", post16_year=years)]
    columns = ("qual_hrs", "non_qual_hrs", "qual_hrs_previous_year", "non_qual_hrs_previous_year", "ft_emp")
    found = table(conformed(snapshot(*given)), "pupil", *columns)
    assert found == [(580, 60, 540, 40, False), (None,) * 5]
