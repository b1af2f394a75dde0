"""Rows by population, columns by name: what is not agreed never comes out."""

import dataclasses
import datetime as dt

import pandas as pd
import pytest

from exports.minimise import NothingToSend, SchoolNotCovered, TableMissing, agreed_table, is_empty, minimise
from exports.populations import PopulationUnclear
from exports.terms import Predicate
from schemas.boundary import ContractBroken, conforms
from schemas.census.tables import CENSUS
from tests.exports.trust_folder import agreement, feed, roll

NHS = agreement("nhs_immunisation")
DAY = dt.date(2026, 10, 1)


def years(frames, terms=NHS, as_at=DAY):
    return list(minimise(frames, terms, as_at=as_at)["roll"]["pupil_id"])


def test_columns_are_the_keys_and_the_agreed_ones_in_the_agreements_order():
    frame = minimise(roll({}), NHS)["roll"]
    assert list(frame) == ["pupil_id", *(line.column for line in NHS.lines)]


def test_an_extra_upstream_column_changes_nothing():
    frames = roll({}, {})
    extra = {"roll": frames["roll"].assign(shoe_size="8")}
    pd.testing.assert_frame_equal(minimise(extra, NHS)["roll"], minimise(frames, NHS)["roll"])


def test_the_generated_schema_refuses_one_column_more():
    frame = minimise(roll({}), NHS)["roll"]
    with pytest.raises(ContractBroken) as refused:
        conforms(frame.assign(shoe_size="8"), agreed_table(NHS, "roll"))
    assert "8" not in str(refused.value).replace("(8", "")


@pytest.mark.parametrize("change", ["drop", "retype"])
def test_a_column_missing_or_of_another_type_is_refused_without_a_value(change):
    frame = roll({"postcode": "CANARY"})["roll"]
    frame = frame.drop(columns="surname") if change == "drop" else frame.assign(dob=frame["postcode"])
    with pytest.raises(ContractBroken) as refused:
        minimise({"roll": frame}, NHS)
    assert "CANARY" not in str(refused.value)


def test_tables_that_no_line_names_do_not_come_out():
    assert set(minimise(roll({}) | feed("joiner", {}), NHS)) == {"roll"}


def test_a_table_that_was_not_prepared_is_refused():
    with pytest.raises(TableMissing, match="roll"):
        minimise({}, NHS)


def test_a_school_the_agreement_does_not_cover_is_refused():
    with pytest.raises(SchoolNotCovered, match="900001"):
        minimise(roll({}, {"urn": "900001"}), NHS)


def test_one_authoritys_return_never_takes_anothers_pupils():
    with pytest.raises(SchoolNotCovered):
        minimise(feed("joiner", {"urn": "900005"}), agreement("la_new_pupils"))
    assert len(minimise(feed("joiner", {"urn": "900005"}), agreement("la_new_pupils_826"))["joiner"]) == 1


def test_year_groups_are_whole_and_no_other():
    assert years(roll(*({"nc_year": year} for year in ("7", "8", "9", "10", "11", "12", "R")))) == ["2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("born", "placed"),
    [
        (dt.date(2013, 9, 1), True),
        (dt.date(2014, 8, 31), True),
        (dt.date(2014, 9, 1), False),
        (dt.date(2010, 8, 31), False),
    ],
)
@pytest.mark.parametrize("year", ["X", None])
def test_a_pupil_who_follows_no_year_group_belongs_where_age_puts_them(year, born, placed):
    only_year_8 = dataclasses.replace(NHS, population=(Predicate("year_groups", ("8",)),), when_empty="nil")
    assert (years(roll({"nc_year": year, "dob": born}), only_year_8) == ["1"]) is placed


def test_without_a_day_or_a_birth_date_such_a_pupil_stops_the_list():
    with pytest.raises(PopulationUnclear):
        minimise(roll({"nc_year": "X"}), NHS)
    with pytest.raises(PopulationUnclear):
        minimise(roll({"nc_year": None, "dob": None}), NHS, as_at=DAY)


@pytest.mark.parametrize(("status", "kept"), [("C", True), ("M", True), ("S", False), ("F", False), (None, False)])
def test_main_registration_leaves_out_those_registered_mainly_elsewhere(status, kept):
    terms = dataclasses.replace(NHS, population=(Predicate("main_registration"),))
    assert (years(roll({"enrol_status": status}), terms) == ["1"]) is kept


def test_nothing_to_send_is_an_error_or_a_nil_return_as_agreed():
    nobody = roll({"nc_year": "7"})
    assert is_empty(minimise(nobody, NHS))
    with pytest.raises(NothingToSend):
        minimise(nobody, dataclasses.replace(NHS, when_empty="error"))


def test_a_census_keeps_what_joins_and_divides_its_tables():
    terms = agreement("dfe_autumn_census")
    frames = {name: table.empty() for name, table in CENSUS.items()}
    frames["pupil"] = CENSUS["pupil"].frame({"pupil_id": ["1"], "section": ["on_roll"]})
    found = minimise(frames, terms)
    assert list(found["attendance"]) == ["pupil_id", "period", "sessions_possible"]
    assert list(found["work_placement"])[:2] == ["pupil_id", "aim_id"]
    assert "age" not in found["pupil"]
    assert "sen_need" not in found
