"""Whom findings are about is named, in the return or not; a fact is the same until one of its values changes."""

import datetime as dt

import pytest

from schemas.census.facts import facts
from schemas.census.findings import FINDING, finding_key
from schemas.census.who import WHO, who
from tests.schemas.snapshots import REF, conformed, pupil, snapshot, table

BEFORE = dt.date(2026, 7, 1)


def finding(pupil_id="1", rule="1510", on="pupil", row=None, fields="pupil.dob", *, evaluated=True):
    return (rule, "query", False, "pupil", on, pupil_id, row, fields, "message", evaluated)


def frame(*rows):
    return FINDING.frame({name: [row[place] for row in rows] for place, name in enumerate(FINDING.names)})


def named(snap, *rows):
    found = who(snap, frame(*rows), REF)
    return [tuple(row) for row in found.astype(object).where(found.notna(), None).to_numpy()]


def test_a_pupil_is_named_as_on_census_day():
    groups = [
        {"name": "7A", "start_date": dt.date(2025, 9, 1), "end_date": BEFORE},
        {"name": "8B", "start_date": dt.date(2026, 9, 1)},
        {"name": "8C", "start_date": dt.date(2026, 10, 5)},
    ]
    snap = snapshot(pupil("1", registration_group=groups), pupil("2"))
    assert named(snap, finding(), finding(rule="1520")) == [("1", "U1", "Surname1", "Ann", "8", "8B")]


def test_a_pupil_who_has_left_keeps_the_last_form():
    groups = [{"name": "11D", "start_date": dt.date(2025, 9, 1), "end_date": BEFORE}]
    snap = snapshot(pupil("1", leaving=BEFORE, registration_group=groups))
    assert named(snap, finding()) == [("1", "U1", "Surname1", "Ann", "8", "11D")]


def test_what_was_not_read_is_empty():
    snap = {name: held for name, held in snapshot(pupil("1")).items() if name != "registration_group"}
    assert named(snap, finding()) == [("1", "U1", "Surname1", "Ann", "8", None)]


def test_a_finding_of_the_school_names_nobody():
    assert list(who(snapshot(pupil("1")), frame(finding(None)), REF).columns) == WHO.names
    assert named(snapshot(pupil("1")), finding(None)) == []


def fact(snap, *rows):
    found = facts(frame(*rows), conformed(snap).frames)
    return dict(zip(found["key"], found["fact"], strict=True))


def only(snap, row):
    return fact(snap, row)[finding_key(row[0], row[5], row[6])]


def with_dob(dob):
    return snapshot(pupil("1", dob=dob), pupil("2", dob="2014-01-01"))


def test_a_fact_is_the_same_until_a_value_of_its_fields_changes():
    assert only(with_dob("2013-03-03"), finding()) == only(with_dob("2013-03-03"), finding())
    assert only(with_dob("2013-03-03"), finding()) != only(with_dob("2013-03-04"), finding())


def test_another_pupils_value_or_another_field_does_not_matter():
    other = snapshot(pupil("1", dob="2013-03-03", status="M"), pupil("2", dob="2014-02-02"))
    assert only(with_dob("2013-03-03"), finding()) == only(other, finding())


@pytest.mark.parametrize("changed", ["named", "other"])
def test_a_finding_about_one_row_rests_on_that_row(changed):
    def meals(first, second):
        rows = [
            {"category": "TFSM", "start_date": dt.date(2025, 9, 1), "end_date": first},
            {"category": "TFSM", "start_date": dt.date(2026, 9, 1), "end_date": second},
        ]
        return snapshot(pupil("1", fsm=rows))

    row = finding(on="fsm_period", row="2026-09-01", fields="fsm_period.end_date")
    day, later = dt.date(2026, 9, 20), dt.date(2026, 9, 21)
    before, after = meals(day, day), meals(later, day) if changed == "other" else meals(day, later)
    assert len(table(conformed(before), "fsm_period", "start_date")) == 2
    assert (only(before, row) == only(after, row)) is (changed == "other")


def test_the_schools_fact_rests_on_nobodys_values():
    school = finding(None, fields="pupil.dob school.phase")
    assert only(with_dob("2013-03-03"), school) == only(with_dob("2013-03-04"), school)
    assert only(snapshot(pupil("1"), phase="SS"), school) != only(snapshot(pupil("1"), phase="AT"), school)


def test_a_rule_that_was_not_evaluated_rests_on_nothing():
    row = finding(None, fields="school.phase", evaluated=False)
    assert only(snapshot(pupil("1"), phase="SS"), row) == only(snapshot(pupil("1"), phase="AT"), row)


def test_a_field_of_a_table_that_the_return_does_not_have_adds_nothing():
    row = finding(fields="suspension.start_date")
    assert only(with_dob("2013-03-03"), row) == only(with_dob("2013-03-04"), row)
