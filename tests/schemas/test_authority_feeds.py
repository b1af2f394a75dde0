"""What an authority is told besides attendance: suspensions, next steps, results, parents to be checked for meals."""

import pytest

from schemas.boundary import conforms
from schemas.feeds import DATASETS
from schemas.feeds.dataset import SchoolYear, Taking
from schemas.feeds.results import GOALS
from tests.schemas.snapshots import day, pupil, snapshot

AS_AT, START = day("2026-10-01"), day("2026-09-01")
TAKING = Taking(AS_AT, START, (SchoolYear(day("2026-09-02"), day("2027-07-21")),))


def rows(dataset, *pupils, taking=TAKING, **tables):
    """Make a dataset's table from a snapshot; nulls are None."""
    (table,) = DATASETS[dataset].tables
    frame = conforms(DATASETS[dataset].make(snapshot(*pupils, **tables), taking)[table.name], table)
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def suspended(**changes):
    row = {"category": "SUSP", "start_date": day("2026-09-21"), "end_date": day("2026-09-22"), "sessions": 4}
    return {**row, "reason1": "DB", **changes}


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({}, True),
        ({"start_date": START}, True),
        ({"start_date": day("2026-08-31")}, False),
        ({"start_date": day("2026-10-05")}, True),
        ({"start_date": None}, True),
    ],
    ids=["in the window", "on its first day", "before it", "begins next week", "without a first day"],
)
def test_every_suspension_from_the_window_on_is_told(change, there):
    assert bool(rows("suspension_notice", pupil("1", suspension=[suspended(**change)]))) is there


@pytest.mark.parametrize(
    ("fields", "there"), [({}, True), ({"leaving": day("2026-09-25")}, True), ({"status": "G"}, False)]
)
def test_a_pupil_who_has_left_since_is_told_of_and_a_guest_is_not(fields, there):
    assert bool(rows("suspension_notice", pupil("1", suspension=[suspended()], **fields))) is there


def test_each_suspension_of_a_pupil_is_a_row_in_order_of_time():
    later, earlier = suspended(start_date=day("2026-09-28")), suspended()
    found = rows("suspension_notice", pupil("1", suspension=[later, earlier]))
    assert [row["start_date"] for row in found] == [day("2026-09-21"), day("2026-09-28")]


@pytest.mark.parametrize(
    ("change", "lunchtime", "late"),
    [
        ({}, False, True),
        ({"category": "LNCH"}, True, True),
        ({"start_date": AS_AT, "end_date": AS_AT}, False, False),
        ({"start_date": day("2026-10-02")}, False, False),
    ],
)
def test_lunchtime_and_late(change, lunchtime, late):
    (row,) = rows("suspension_notice", pupil("1", suspension=[suspended(**change)]))
    assert (row["lunchtime"], row["late"]) == (lunchtime, late)


TERM = [{"term_id": "a", "start_date": day("2026-09-02"), "end_date": day("2026-10-23")},
        {"term_id": "b", "start_date": day("2026-11-02"), "end_date": day("2026-12-18")}]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "terms", "due"),
    [
        ({"end_date": day("2026-09-28")}, [], "2026-09-28"),
        ({"end_date": day("2026-09-25")}, [], None),
        ({"category": "PERM", "end_date": None}, [], "2026-09-28"),
        ({"start_date": day("2026-10-19"), "end_date": day("2026-11-03")}, TERM, "2026-11-02"),
        ({"start_date": day("2026-10-19"), "end_date": day("2026-11-03")}, [], "2026-10-26"),
    ],
    ids=["six school days", "five", "permanent", "over half term", "over half term, terms not known"],
)
def test_education_is_due_from_the_sixth_school_day(change, terms, due):
    (row,) = rows("suspension_notice", pupil("1", suspension=[suspended(**change)]), term=terms)
    assert row["education_from"] == (day(due) if due else None)


@pytest.mark.parametrize(
    ("table", "flag"), [("in_care", "in_care"), ("social_worker", "social_worker")], ids=["looked after", "social work"]
)
def test_who_is_looked_after_or_has_a_social_worker_is_marked_as_on_the_day(table, flag):
    open_row, closed = {"start_date": START}, {"start_date": START, "end_date": day("2026-09-30")}
    found = rows(
        "suspension_notice",
        pupil("1", suspension=[suspended()], **{table: [open_row]}),
        pupil("2", suspension=[suspended()], **{table: [closed]}),
        pupil("3", suspension=[suspended()]),
    )
    assert [row[flag] for row in found] == [True, False, False]


def intending(**changes):
    plan = {"activity": "COLLEGE", "provider": "A College", "course": "Bricklaying", "level": "2", "offer": True}
    return [{**plan, "recorded_date": day("2026-09-10"), **changes}]


BASIC = ("surname", "forename", "dob", "line1", "postcode", "contact1_forename", "contact1_surname")
THIRD = ("upn", "sex", "activity", "provider", "course", "level", "offer", "sen_provision", "in_care")
HOME = {
    "address": [{"line1": "1 High Street", "postcode": "MK40 1AA"}],
    "contact": [{"contact_id": "c", "forename": "Ann", "surname": "Other", "priority": 1, "court_order": False}],
    "sen_status": [{"provision": "K"}],
}


@pytest.mark.parametrize(
    ("dob", "change", "refused_by"),
    [
        ("2010-10-02", {}, None),
        ("2010-10-02", {"sharing_refused": False}, None),
        ("2010-10-02", {"sharing_refused": True}, "parent"),
        ("2010-10-01", {"sharing_refused": True}, "ask"),
        ("2010-10-01", {"sharing_refused": True, "recorded_date": AS_AT}, "pupil"),
        ("2010-09-10", {"sharing_refused": True}, "pupil"),
        ("2010-09-11", {"sharing_refused": True}, "ask"),
        ("2010-09-11", {"sharing_refused": True, "recorded_date": None}, "ask"),
        ("2008-05-05", {"sharing_refused": True}, "pupil"),
    ],
    ids=[
        "nothing refused", "asked and agreed", "a parent, the day before sixteen", "a parent, sixteen today",
        "the pupil, sixteen today", "on the birthday", "the day before the birthday", "nobody knows when", "eighteen",
    ],
)  # fmt: skip
def test_a_refusal_leaves_the_basic_details_and_nothing_else(dob, change, refused_by):
    (row,) = rows("next_step", pupil("1", dob=dob, year="11", intended_destination=intending(**change), **HOME))
    assert (row["refused"], row["refused_by"]) == (refused_by is not None, refused_by)
    assert all(row[name] is not None for name in BASIC)
    assert {row[name] is None for name in THIRD} == {refused_by is not None}


@pytest.mark.parametrize(("yssa", "refused"), [("No", True), ("Yes", False), ("UNS", False), (None, False)])
def test_a_refusal_of_the_youth_support_agreement_counts(yssa, refused):
    (row,) = rows("next_step", pupil("1", fields={"yssa": yssa}, **HOME))
    assert (row["refused"], row["upn"] is None) == (refused, refused)


def test_a_pupil_who_was_not_asked_is_in_the_list():
    (row,) = rows("next_step", pupil("1", **HOME))
    assert (row["surname"], row["activity"], row["refused"]) == ("Surname1", None, False)


SUMMER = day("2026-07-01")


def result(stage, component, value, *, subject="X", method="TA", year=2026, when="2026-06-20"):
    return {"stage": stage, "component": component, "result": value, "subject": subject, "method": method,
            "year": year, "result_date": day(when)}  # fmt: skip


def test_the_seventeen_goals_stand_in_their_order():
    goals = [result("FSP", f"E{number:02d}", "2" if number % 2 else "1") for number in range(1, 18)]
    (row,) = rows("eyfsp", pupil("1", year="R", assessment_result=goals[::-1]), taking=Taking(SUMMER, START))
    assert [row[name] for name in GOALS] == ["2" if number % 2 else "1" for number in range(1, 18)]
    assert len(GOALS) == 17


@pytest.mark.parametrize(
    ("year", "results", "there"),
    [
        ("R", [], True),
        ("1", [], False),
        ("R", [result("FSP", "E01", "2", year=2025)], True),
        ("N2", [result("FSP", "E01", "2")], False),
    ],
    ids=["without a result", "another year group", "a result of another year", "a nursery child"],
)
def test_the_cohort_of_the_profile_is_reception(year, results, there):
    found = rows("eyfsp", pupil("1", year=year, assessment_result=results), taking=Taking(SUMMER, START))
    assert [row["listening"] for row in found] == [None] * there


def test_in_autumn_the_results_are_last_summers_and_of_who_was_there_then():
    moved = {"nc_year": [{"nc_year": "R", "start_date": day("2025-09-01"), "end_date": day("2026-08-31")},
                         {"nc_year": "1", "start_date": day("2026-09-01")}]}  # fmt: skip
    goals = [result("FSP", "E01", "2")]
    found = rows(
        "eyfsp",
        pupil("1", assessment_result=goals, **moved),
        pupil("2", assessment_result=goals, leaving=day("2026-07-20"), **moved),
        pupil("3", assessment_result=goals, entry=day("2026-09-01"), year="1"),
    )
    assert [(row["pupil_id"], row["nc_year"], row["listening"]) for row in found] == [("1", "R", "2"), ("2", "R", "2")]


@pytest.mark.parametrize(
    ("year", "results", "expected"),
    [
        ("1", [("32", "M"), ("WA", "O")], [("32", "WA")]),
        ("1", [("A", "O")], [(None, "A")]),
        ("1", [], [(None, None)]),
        ("2", [("35", "M"), ("WA", "O")], [("35", "WA")]),
        ("2", [], []),
        ("3", [("35", "M")], []),
    ],
    ids=["year 1", "absent", "year 1 without a result", "taken again in year 2", "met last year", "year 3"],
)
def test_phonics_is_year_1_and_who_took_it_again(year, results, expected):
    taken = [result("PHO", component, value, method="TT") for value, component in results]
    found = rows("phonics", pupil("1", year=year, assessment_result=taken), taking=Taking(SUMMER, START))
    assert [(row["mark"], row["outcome"]) for row in found] == expected


def test_key_stage_2_is_the_teachers_judgement_and_no_test():
    taken = [
        result("KS2", "SUB", "EXS", subject="WRI"), result("KS2", "SUB", "HNM", subject="SCI"),
        result("KS2", "SUB", "104", subject="REA", method="TT"),
    ]  # fmt: skip
    (row,) = rows("ks2_assessment", pupil("1", year="6", assessment_result=taken), taking=Taking(SUMMER, START))
    assert (row["writing"], row["science"], row["reading"], row["mathematics"]) == ("EXS", "HNM", None, None)


def test_of_two_results_in_one_place_the_later_counts():
    taken = [result("KS2", "SUB", "EXS", subject="WRI", when="2026-06-26"), result("KS2", "SUB", "WTS", subject="WRI")]
    (row,) = rows("ks2_assessment", pupil("1", year="6", assessment_result=taken), taking=Taking(SUMMER, START))
    assert (row["writing"], row["assessed_on"]) == ("EXS", day("2026-06-26"))


def test_the_long_form_has_a_row_for_each_result():
    taken = [result("PHO", "OUT", "WA", method="TT"), result("PHO", "MRK", "33", method="TT")]
    found = rows("phonics_result", pupil("1", year="1", assessment_result=taken), taking=Taking(SUMMER, START))
    assert [(row["component"], row["result"]) for row in found] == [("MRK", "33"), ("OUT", "WA")]


def parent(name, **fields):
    return {"contact_id": name, "forename": name, "surname": "Other", "dob": day("1990-01-01"), **fields}


def test_a_parent_with_two_children_is_checked_once_or_beside_each():
    asking = [parent("Ann", nino="JJ123456A")]
    both = (pupil("1", dob="2015-01-01", contact=asking), pupil("2", dob="2018-01-01", contact=asking))
    assert [(row["pupil_id"], row["parent_id"]) for row in rows("meal_check", *both)] == [("2", "Ann")]
    assert [row["pupil_id"] for row in rows("meal_check_child", *both)] == ["1", "2"]


@pytest.mark.parametrize(
    ("fields", "there"), [({"nino": "JJ123456A"}, True), ({"nass": "250312345"}, True), ({}, False)]
)
def test_who_gave_no_number_is_not_checked(fields, there):
    assert bool(rows("meal_check", pupil("1", contact=[parent("Ann", **fields)]))) is there


def test_the_parents_of_a_pupil_who_has_left_are_not_checked():
    gone = pupil("1", contact=[parent("Ann", nino="JJ123456A")], leaving=day("2026-09-30"))
    assert not rows("meal_check", gone)


@pytest.mark.parametrize("name", ["suspension_notice", "next_step", "eyfsp", "phonics_result", "meal_check"])
def test_nobody_makes_an_empty_table(name):
    assert rows(name) == []


@pytest.mark.parametrize(
    ("name", "fields", "asked", "not_asked"),
    [
        ("suspension_notice", {"start_date"}, {"suspension"}, {"term", "in_care", "address", "contact"}),
        ("suspension_notice", {"education_from", "in_care"}, {"suspension", "term", "in_care"}, {"contact"}),
        ("next_step", {"activity"}, {"intended_destination", "pupil"}, {"contact", "address"}),
        ("eyfsp", {"listening"}, {"assessment_result"}, {"contact", "address"}),
        ("meal_check", {"contact_nino"}, {"contact"}, {"address", "in_care"}),
    ],
)
def test_only_what_an_agreement_takes_is_asked_of_the_mis(name, fields, asked, not_asked):
    wanted = set(DATASETS[name].reads(frozenset(f"{name}.{field}" for field in fields)))
    assert asked <= wanted
    assert not not_asked & wanted
