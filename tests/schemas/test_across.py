"""What two schools of a trust say about one child is found by exact keys, told to both, and joins nothing set apart."""

import pandas as pd
import pytest

from schemas.census.across import (
    DETAILS,
    HISTORY,
    ONE_SIDE,
    ROLES,
    RULES,
    SAME_UPN,
    TWO_ROLLS,
    TWO_UPNS,
    across,
)  # fmt: skip
from schemas.census.catalogue import catalogue
from schemas.separation import Separated
from tests.schemas.snapshots import LONG_AGO, conformed, day, pupil, snapshot

CATALOGUE = catalogue("2026-27")
HERE, THERE = "100001", "100002"
UPN, OTHER = "B801200001001", "B801200001002"
NOBODY = Separated()


def child(pupil_id, *, surname="Ashe", forename="Ann", sex="F", postcode="BS1 4DJ", **rest):
    address = [{"line1": "1 High Street", "postcode": postcode, "start_date": LONG_AGO}]
    given = {"surname": surname, "forename": forename, "sex": sex}
    return pupil(pupil_id, **{"upn": UPN, "fields": given, "address": address, **rest})


_MADE = {}
"""Most cases share one of their two sides."""


def returned(urn, *pupils):
    key = (urn, repr(pupils))
    if key not in _MADE:
        _MADE[key] = _returned(urn, *pupils)
    return _MADE[key]


def _returned(urn, *pupils):
    snap = snapshot(*pupils)
    named = snap["school"].assign(
        urn=pd.Series([urn], dtype=snap["school"]["urn"].dtype),
        name=pd.Series([f"School {urn}"], dtype=snap["school"]["name"].dtype),
    )
    snap = {**snap, "school": named}
    return {**conformed(snap).frames, **{name: snap[name] for name in HISTORY}}


def found(here, there, separated=NOBODY):
    """Return (rule, pupil) of both schools' findings, which name the other school and nothing else."""
    frames = across({HERE: returned(HERE, *here), THERE: returned(THERE, *there)}, separated, CATALOGUE)
    for urn, other in ((HERE, THERE), (THERE, HERE)):
        assert set(frames[urn]["row_key"]) <= {f"{other} School {other}"}
    return tuple(
        {(rule, pupil_id) for rule, pupil_id in zip(frame["rule"], frame["pupil_id"], strict=True)}
        for frame in frames.values()
    )


def both(rule):
    return {(rule, "1")}, {(rule, "2")}


NOTHING = (set(), set())
LEFT = {"leaving": day("2026-07-20")}
STATUSES = [
    ("C", "C", TWO_ROLLS), ("M", "M", ROLES), ("S", "S", ROLES), ("M", "S", None), ("S", "M", None),
    ("C", "S", SAME_UPN), ("M", "C", SAME_UPN), ("C", "F", SAME_UPN), ("C", "G", None), ("M", "G", None),
]  # fmt: skip


@pytest.mark.parametrize(("here", "there", "rule"), STATUSES)
def test_two_rolls_agree_only_as_main_and_subsidiary(here, there, rule):
    expected = both(rule) if rule else NOTHING
    assert found([child("1", status=here)], [child("2", status=there)]) == expected


@pytest.mark.parametrize("change", [{"surname": "Ash"}, {"forename": "Anna"}, {"sex": "M"}, {"dob": "2013-03-04"}])
def test_the_two_sides_of_a_dual_registration_say_the_same_child(change):
    assert found([child("1", status="M")], [child("2", status="S", **change)]) == both(DETAILS)
    assert found([child("1", status="M")], [child("2", status="S")]) == NOTHING


@pytest.mark.parametrize("change", [{"sex": "M"}, {"dob": "2013-03-04"}])
def test_one_upn_is_not_two_children_even_when_one_has_left(change):
    assert found([child("1", **LEFT)], [child("2", **change)]) == both(SAME_UPN)
    assert found([child("1", **LEFT)], [child("2")]) == NOTHING


def test_a_dual_registration_whose_other_side_ended_is_found():
    assert found([child("1", status="S", **LEFT)], [child("2", status="M")]) == both(ONE_SIDE)
    assert found([child("1", status="C", **LEFT)], [child("2", status="M")]) == NOTHING


def test_a_child_with_two_upns_is_found():
    assert found([child("1")], [child("2", upn=OTHER)]) == both(TWO_UPNS)


@pytest.mark.parametrize(
    "change", [{"surname": "Ashe-Lee"}, {"surname": "ASHE"}, {"forename": "Anne"}, {"sex": "M"}, {"dob": "2013-03-04"},
               {"postcode": "BS1 4DK"}, {"postcode": None}]
)  # fmt: skip
def test_likeness_is_no_match(change):
    assert found([child("1")], [child("2", upn=OTHER, **change)]) == NOTHING


def test_an_earlier_upn_that_another_school_still_uses_is_found():
    upns = [
        {"upn": OTHER, "start_date": LONG_AGO, "end_date": day("2026-06-30")},
        {"upn": UPN, "start_date": day("2026-07-01")},
    ]
    renamed = {**child("1"), "upn": [{"pupil_id": "1", **row} for row in upns]}
    assert found([renamed], [child("2", upn=OTHER, surname="Birch")]) == both(TWO_UPNS)
    assert found([child("1")], [child("2", upn=OTHER, surname="Birch")]) == NOTHING


PAIRS = {
    "same UPN": ({}, {}),
    "two UPNs": ({}, {"upn": OTHER}),
    "dual": ({"status": "M"}, {"status": "M"}),
}


@pytest.mark.parametrize("pair", sorted(PAIRS))
@pytest.mark.parametrize(
    ("separated", "silent"),
    [(Separated(records=frozenset({(HERE, "1")})), True), (Separated(records=frozenset({(THERE, "2")})), True),
     (Separated(upns=frozenset({UPN})), True), (Separated(records=frozenset({(HERE, "2")})), False)],
)  # fmt: skip
def test_a_record_set_apart_is_not_compared(pair, separated, silent):
    here, there = PAIRS[pair]
    assert (found([child("1", **here)], [child("2", **there)], separated) == NOTHING) == silent


def test_three_schools_are_compared_in_pairs():
    urns = ["100001", "100002", "100003"]
    frames = across({urn: returned(urn, child(urn)) for urn in urns}, NOBODY, CATALOGUE)
    assert {urn: list(frame["row_key"]) for urn, frame in frames.items()} == {
        urn: [f"{other} School {other}" for other in urns if other != urn] for urn in urns
    }


def test_one_school_alone_has_nothing_to_compare():
    frames = across({HERE: returned(HERE, child("1"))}, NOBODY, CATALOGUE)
    assert frames[HERE].empty


def test_the_catalogue_has_these_rules_and_none_blocks():
    assert {rule for rule in CATALOGUE if rule.startswith("L-trust-")} == RULES
    assert not any(CATALOGUE[rule].blocking for rule in RULES)
