"""Whom an agreement is about, when its dataset has one table and when it has several."""

import dataclasses
import datetime as dt

import pandas as pd
import pytest

from exports.minimise import minimise
from exports.populations import CONDITIONS, PopulationUnclear, population
from exports.terms import Predicate
from exports.vocabularies import POPULATIONS
from tests.exports.roster_frames import TERMS as ROSTER
from tests.exports.roster_frames import child, whole
from tests.exports.trust_folder import agreement, roll

NHS = agreement("nhs_immunisation")
DAY = dt.date(2026, 10, 1)


def asking(*predicates, like=NHS):
    return dataclasses.replace(like, population=predicates, profile=None)


def taken(terms, *changes, as_at=DAY):
    return list(population(roll(*changes), terms, as_at)["roll"]["pupil_id"])


def test_there_is_a_condition_for_every_word():
    assert set(CONDITIONS) == set(POPULATIONS)


@pytest.mark.parametrize(
    ("born", "there"),
    [
        (dt.date(2021, 10, 1), True),
        (dt.date(2021, 10, 2), False),
        (dt.date(2020, 10, 2), True),
        (dt.date(2020, 10, 1), False),
    ],
    ids=["fifth birthday today", "tomorrow", "sixth tomorrow", "sixth today"],
)
def test_ages_are_whole_years_on_the_day(born, there):
    assert taken(asking(Predicate("ages", ("5",))), {"dob": born}) == (["1"] if there else [])


@pytest.mark.parametrize(
    ("born", "there"),
    [
        (dt.date(2021, 8, 31), True),
        (dt.date(2021, 9, 1), False),
        (dt.date(2010, 9, 1), True),
        (dt.date(2010, 8, 31), False),
    ],
    ids=["five on a prescribed day", "five the day after", "sixteen this school year", "sixteen in the last"],
)
def test_compulsory_school_age_begins_and_ends_on_its_days(born, there):
    assert taken(asking(Predicate("compulsory_school_age")), {"dob": born}) == (["1"] if there else [])


@pytest.mark.parametrize(("word", "column"), [("looked_after", "in_care"), ("social_worker", "social_worker")])
@pytest.mark.parametrize("value", [True, False, None])
def test_what_is_not_known_takes_nobody_in(word, column, value):
    assert taken(asking(Predicate(word)), {column: value}) == (["1"] if value else [])


@pytest.mark.parametrize("word", ["ages", "compulsory_school_age"])
def test_without_a_birth_date_or_a_day_age_decides_nothing(word):
    for changes, day in (({"dob": None}, DAY), ({}, None)):
        with pytest.raises(PopulationUnclear, match="date of birth"):
            taken(asking(Predicate(word, ("5",))), changes, as_at=day)


def test_conditions_add_up():
    terms = asking(Predicate("year_groups", ("8",)), Predicate("main_registration"))
    assert taken(terms, {}, {"enrol_status": "S"}, {"nc_year": "9"}) == ["1"]


def test_a_condition_that_no_table_can_answer_is_refused():
    frames = {"roll": roll({})["roll"].drop(columns="enrol_status")}
    with pytest.raises(PopulationUnclear, match="enrol_status"):
        population(frames, asking(Predicate("main_registration")), DAY)


def test_a_condition_answered_by_one_table_counts_for_the_pupil_in_every_table():
    frames = whole(child("1", year="8"), child("2", year="12"))
    terms = dataclasses.replace(ROSTER, population=(Predicate("year_groups", ("8",)),))
    made = minimise(frames, terms, as_at=DAY)
    named = {name: set(frame["pupil_id"]) for name, frame in made.items() if "pupil_id" in frame}
    assert set().union(*named.values()) == {"1"}
    pd.testing.assert_frame_equal(made["roster_org"], minimise(frames, ROSTER, as_at=DAY)["roster_org"])
