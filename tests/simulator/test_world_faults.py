"""Seeded faults touch the pupil they name, and no other."""

from functools import cache

import pytest

from simulator.world import days
from simulator.world.faults import FAULTS, SCHOOL_FAULTS, NoPupilFitsError, with_faults
from simulator.world.schools import Scale
from simulator.world.spoiling import REPORTED
from simulator.world.trust import make_trust

TRUST = make_trust(scale=Scale(pupils=60))
TERMS = {"A": "2026-autumn", "S": "2027-spring", "U": "2027-summer"}
TOGETHER = ("surname missing", "sex missing", "postcode missing", "fsm overlapping", "mostly away", "lunch sessions")
FOUND_BY_NO_RULE = {
    "fsm after census day",
    "fsm of a local scheme",
    "fsm that ended before",
    "funded hours at school age",
}


@cache
def placed(kind, term):
    """The first school that has a pupil for a fault, spoilt."""
    for school in TRUST.schools[1:] + TRUST.schools[:1]:
        try:
            return with_faults(TRUST, school.urn, [kind], TERMS[term]).school(school.urn)
        except NoPupilFitsError:
            continue
    raise AssertionError(kind)


def changed(after, term):
    before = TRUST.school(after.urn)
    pairs = zip(before.pupils, after.pupils, strict=True)
    facts = {old.id for old, new in pairs if old != new}
    old, new = (each.contents.registers.of(REPORTED[TERMS[term]]) for each in (before, after))
    rows = zip(old.pupils, old.codes != new.codes, strict=True)
    return facts | {pupil_id for pupil_id, differs in rows if differs.any()}


@pytest.mark.parametrize(("kind", "term"), [(kind, fault.terms[0]) for kind, fault in FAULTS.items()])
def test_a_fault_touches_the_pupil_it_names_and_no_other(kind, term):
    spoilt = placed(kind, term)
    assert changed(spoilt, term) == {spoilt.faults[kind]}


@pytest.mark.parametrize("kind", SCHOOL_FAULTS)
def test_a_fault_of_a_school_changes_it(kind):
    fault = SCHOOL_FAULTS[kind]
    before = next(school for school in TRUST.schools if school.identity.phase in fault.phases)
    key = TERMS[fault.terms[0]]
    after = with_faults(TRUST, before.urn, [kind], key).school(before.urn)
    same_file = before.school_file(key) == after.school_file(key)
    assert not same_file or before.identity != after.identity or before.pupils != after.pupils


def test_each_fault_has_a_pupil_of_its_own():
    spoilt = with_faults(TRUST, "900002", TOGETHER).school("900002")
    assert len(set(spoilt.faults.values())) == len(TOGETHER)
    assert changed(spoilt, "A") == set(spoilt.faults.values())


def test_faults_add_up():
    trust = with_faults(with_faults(TRUST, "900002", ["surname missing"]), "900002", ["sex missing", "no school file"])
    assert set(trust.school("900002").faults) == {"surname missing", "sex missing"}
    assert trust.school("900002").school_file("2027-spring") == ""


def test_other_schools_are_left_alone():
    spoilt = with_faults(TRUST, "900002", ["surname missing"])
    assert spoilt.school("900003") is TRUST.school("900003")


def test_no_row_of_the_store_is_there_twice():
    store = with_faults(TRUST, "900002", TOGETHER).school("900002").entities(days.CENSUS_DAYS["2027-summer"])
    for rows in store.values():
        assert len({row["id"] for row in rows}) == len(rows)


def test_faults_name_their_rules():
    assert {kind for kind, fault in FAULTS.items() if not fault.rules} == FOUND_BY_NO_RULE
    assert all(fault.rules for fault in SCHOOL_FAULTS.values())
    assert not FAULTS.keys() & SCHOOL_FAULTS.keys()


def test_an_unknown_fault_is_refused():
    with pytest.raises(KeyError):
        with_faults(TRUST, "900002", ["no such fault"])


def test_a_fault_that_no_pupil_can_have_is_refused():
    with pytest.raises(NoPupilFitsError, match="900002"):
        with_faults(TRUST, "900002", ["programme missing"])
