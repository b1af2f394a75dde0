"""What families are asked for: all of it must or may be given, and who is told is what the agreements say."""

import re
from functools import cache

import pytest

from exports.asked import ANSWERS, PROVISIONAL, as_markdown, asked
from exports.records import Records, load_records
from tests.exports.trust_folder import FOLDER


@cache
def records() -> Records:
    return load_records(FOLDER)


def item(words: str):
    (found,) = [one for one in asked(records()) if one.item.startswith(words)]
    return found


def test_what_must_be_given_stands_first_and_each_is_one_or_the_other():
    answers = [one.answer for one in asked(records())]
    assert answers == sorted(answers, key=list(ANSWERS).index)
    assert set(answers) == set(ANSWERS)


def test_what_may_be_declined_says_what_happens_then_and_what_must_be_given_does_not():
    assert all(bool(one.if_declined) == (one.answer == "may") for one in asked(records()))
    assert all(one.law for one in asked(records()))


@pytest.mark.parametrize("words", ["ethnicity", "first language", "whether a parent serves"])
def test_what_the_census_lets_a_family_decline_is_not_demanded(words):
    assert item(words).answer == "may"
    assert "refus" in item(words).if_declined
    assert "Department for Education" in item(words).told


def test_who_is_told_a_parents_number_are_those_whose_agreement_takes_it():
    told = {
        agreement.recipient.legal_name
        for agreement in records().agreements
        if any(re.search(r"_(nino|nass)$", line.field) for line in agreement.lines)
    }
    assert {name for name in item("National Insurance").told if "not sent" not in name} == told
    assert item("National Insurance").clauses == ("2.12",)


def test_what_nobody_outside_is_told_says_so():
    assert item("consent to photographs").told == ()


def test_the_schools_own_address_and_its_staff_are_not_a_familys_answer():
    fields = {line.field for agreement in records().agreements for line in agreement.lines}
    assert {"school.email", "roster_staff.email"} & fields
    assert "Department for Education" not in item("e-mail").told


def test_what_was_not_read_in_the_law_is_marked_provisional():
    for one in asked(records()):
        assert (PROVISIONAL in one.ground) == (one.confidence != "H")
    assert as_markdown(records()).count(PROVISIONAL) == 1 + sum(one.confidence != "H" for one in asked(records()))
