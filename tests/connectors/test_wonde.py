"""Wonde: what it has, what it has not, and a server that misbehaves."""

import pytest

from connectors.limits import Limits
from connectors.mis import MisAnswerUnreadable, MisLacks, MisRefused, MisUnavailable, Plan, TornSnapshot
from connectors.wonde.supplies import NOT_SUPPLIED, SUPPLIES
from schemas.canonical import CANONICAL
from simulator.wonde import WondeKnobs
from simulator.world import days
from tests.connectors.arbor_school import trust
from tests.connectors.sources import URN, wonde


@pytest.fixture
def source(stage, tmp_path):
    with wonde(stage, tmp_path) as made:
        yield made


def knobs(stage, **given):
    stage.app.knobs = WondeKnobs(**given)


def test_its_pupils_are_the_school_s_leavers_included(source):
    frames = source.snapshot().frames
    store = trust().school(URN).entities(days.CENSUS_DAY)
    people = {row["id"]: row for row in store["Person"]}
    expected = {str(row["id"]): people[row["person"].id]["legalLastName"] for row in store["Student"]}
    assert dict(zip(frames["pupil"]["pupil_id"], frames["pupil"]["surname"], strict=True)) == expected
    assert set(frames["pupil"]["sex"]) == {"M", "F"}
    assert len(frames["contact"]) == len(store["StudentGuardianRelationship"])
    assert frames["enrolment"]["leaving_date"].notna().any()


@pytest.mark.parametrize(
    "given", [{"wrapped": False}, {"dates_as_objects": False}, {"faults": {3: 500, 4: 429}}], ids=repr
)
def test_forms_that_mean_the_same_read_the_same(source, stage, given):
    whole = source.snapshot()
    knobs(stage, **given)
    stage.app.requests = 0
    again = source.snapshot(limits=Limits(rate_limit_seconds=1))
    assert all(whole.frames[name].equals(again.frames[name]) for name in whole.frames)


REFUSED = {
    "the next page is on another host": ({"off_host": True}, MisAnswerUnreadable, "another host"),
    "there is more and no next page": ({"lost": True}, MisAnswerUnreadable, "no way to them"),
    "a row comes twice": ({"twice": True}, TornSnapshot, "listed"),
    "the school goes on changing": ({"change_after": 1, "go_on_changing": True}, TornSnapshot, "went on changing"),
    "a sign-in page with 200": ({"faults": dict.fromkeys(range(1, 99), 200)}, MisAnswerUnreadable, "not JSON"),
    "a server that is down": ({"faults": dict.fromkeys(range(1, 99), 503)}, MisUnavailable, "503"),
    "a token that is revoked": ({"faults": dict.fromkeys(range(3, 99), 401)}, MisRefused, "no longer accepts"),
}


def many(rows):
    """Enough pupils for a second page."""
    return [{**row, "id": f"{row['id']}x{n}", "mis_id": f"{row['mis_id']}{n:02d}"} for n in range(9) for row in rows]


@pytest.mark.parametrize("why", sorted(REFUSED))
def test_refused_by_name(source, stage, why):
    given, refusal, words = REFUSED[why]
    knobs(stage, **given)
    stage.app._made[URN]["students"] = many(stage.app.collections(URN)["students"])
    stage.app.requests = 0
    with pytest.raises(refusal, match=words) as caught:
        source.snapshot(limits=Limits(rounds=2))
    assert source.settings.secret not in str(caught.value)


def test_a_change_while_reading_is_read_again(source, stage):
    knobs(stage, change_after=4)
    snapshot = source.snapshot(Plan({"pupil": frozenset({"surname"})}))
    assert snapshot.certificate["rounds"] == 3
    assert snapshot.frames["pupil"]["surname"].str.endswith(" II").sum() >= 1


def test_an_include_that_the_school_s_mis_has_not_is_left_out_and_told(source, stage):
    knobs(stage, unknown_includes=frozenset({"contact_details"}))
    snapshot = source.snapshot(Plan({"pupil": frozenset({"surname", "email"})}))
    assert snapshot.certificate["resources"]["students"]["absent"] == ["contact_details"]
    assert snapshot.frames["pupil"]["surname"].notna().all()


def test_a_property_without_a_scope_is_told_apart_from_an_empty_one(source, stage):
    """Both come as null: the list of scopes is what says which."""
    knobs(stage, without_scope=frozenset({"education_details.learner_number"}))
    told = {(one.table, one.column) for one in source.snapshot().defaults if one.name == "not-granted"}
    assert told == {("pupil", "uln")}


def test_no_census_can_be_made_of_it_and_each_table_says_why(source):
    for name, why in NOT_SUPPLIED.items():
        with pytest.raises(MisLacks) as caught:
            source.snapshot(Plan({name: frozenset(CANONICAL[name].names)}))
        assert why in str(caught.value)
    assert not NOT_SUPPLIED.keys() & SUPPLIES.keys()
    assert not NOT_SUPPLIED.keys() - CANONICAL.keys()


def test_what_has_no_dates_is_said_to_be_as_it_stands(source):
    assert {one.table for one in source.snapshot().defaults if one.name == "undated"} >= {"upn", "nc_year"}
