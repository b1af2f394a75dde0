"""Every mistake that the world can make is found, in every term it belongs to, by exactly the rules it names.

Each goes the whole way: into Arbor's store or the school's own files, over HTTP, through the connector, into the
return, to the rules. The mistakes of pupils share one run a term, each in a pupil of its own, who alone is accused; a
mistake of a whole school is made in a school where all else is right.
"""

from functools import cache

import pytest

from simulator.arbor import ArborServer, serve
from simulator.world.faults import FAULTS, SCHOOL_FAULTS, NoPupilFitsError, with_faults
from simulator.world.schools import Scale
from simulator.world.trust import make_trust
from tests.nightly import NIGHTLY
from tests.pipelines import demo_returns
from tests.pipelines.demo_returns import census_snapshot, census_tables, collection

URNS = ("900002", "900003", "900004", "900005", "900006", "900007", "900001")
TERMS = {"A": "2026-autumn", "S": "2027-spring", "U": "2027-summer"}
PAIRS = ("upn twice", "same pupil twice", "uln twice", "former upn of another")
"""Made last: who holds the other half of the pair is then nobody with a mistake of their own."""

ACCUSED_WITH_THEM = ["1520", "L-duplicate-pupil", "L-uln-unique"]
"""The other half of a pair: who holds the same number, or the same name and date of birth."""


def terms_of(fault):
    """By day a mistake is made in the first term it belongs to, at night in each."""
    return fault.terms if NIGHTLY else fault.terms[:1]


PUPIL_CASES = [(term, kind) for kind, fault in FAULTS.items() for term in terms_of(fault)]
SCHOOL_CASES = [(term, kind) for kind, fault in SCHOOL_FAULTS.items() for term in terms_of(fault)]
"""Each in a run of its own."""


@cache
def clean(pupils):
    return make_trust(scale=Scale(pupils=pupils))


def kinds_of(term):
    return [kind for of, kind in PUPIL_CASES if of == term]


@cache
def spread(term):
    """All mistakes of a term, each in the first school that has a pupil for it; a pupil has one at most."""
    trust, where = clean(120), {}
    for kind in sorted(kinds_of(term), key=lambda kind: kind in PAIRS):
        for urn in URNS:
            try:
                trust = with_faults(trust, urn, [kind], TERMS[term])
            except NoPupilFitsError:
                continue
            where[kind] = urn
            break
    return trust, where


@cache
def found(term):
    """What the rules find in each school that has a mistake."""
    (trust, where), key = spread(term), TERMS[term]
    schools = [trust.school(urn) for urn in sorted(set(where.values()))]
    with serve(ArborServer(trust, collection(key).reference_date)) as url:
        tables = {school.urn: census_tables(school, census_snapshot(school, url, key), key) for school in schools}
    return {urn: demo_returns.findings(frames, key) for urn, frames in tables.items()}


@cache
def snapshot(term, urn):
    """A school without mistakes, for those made in its own files alone."""
    trust, key = clean(30), TERMS[term]
    with serve(ArborServer(trust, collection(key).reference_date)) as url:
        return census_snapshot(trust.school(urn), url, key)


def with_school_fault(term, kind):
    """A school of the first kind that can have the mistake, and what its MIS held."""
    key = TERMS[term]
    urn = next(urn for urn in URNS if clean(30).school(urn).identity.phase in SCHOOL_FAULTS[kind].phases)
    trust = with_faults(clean(30), urn, [kind], key)
    if trust.school(urn).contents.file_changes:
        return trust.school(urn), snapshot(term, urn)
    with serve(ArborServer(trust, collection(key).reference_date)) as url:
        return trust.school(urn), census_snapshot(trust.school(urn), url, key)


def tripped(findings, pupil_id):
    return set(findings.loc[findings["pupil_id"] == pupil_id, "rule"])


@pytest.mark.parametrize("term", TERMS)
def test_every_mistake_has_a_school(term):
    assert spread(term)[1].keys() == set(kinds_of(term))


@pytest.mark.parametrize(("term", "kind"), PUPIL_CASES)
def test_a_mistake_trips_exactly_the_rules_it_names(term, kind):
    trust, where = spread(term)
    urn = where[kind]
    pupil_id = str(trust.school(urn).faults[kind])
    assert tripped(found(term)[urn], pupil_id) == set(FAULTS[kind].rules)


@pytest.mark.parametrize("term", TERMS)
def test_nobody_else_is_accused(term):
    trust, _where = spread(term)
    others = []
    for urn in found(term):
        named = {str(pupil_id) for pupil_id in trust.school(urn).faults.values()}
        pairs = zip(found(term)[urn]["rule"], found(term)[urn]["pupil_id"], strict=True)
        others += [rule for rule, pupil_id in pairs if pupil_id not in named]
    assert sorted(others) == (ACCUSED_WITH_THEM if set(PAIRS) <= set(kinds_of(term)) else [])


@pytest.mark.parametrize(("term", "kind"), SCHOOL_CASES)
def test_a_mistake_of_a_school_trips_exactly_the_rules_it_names(term, kind):
    school, held = with_school_fault(term, kind)
    findings = demo_returns.findings(census_tables(school, held, TERMS[term]), TERMS[term])
    assert set(findings["rule"]) == set(SCHOOL_FAULTS[kind].rules)


def test_there_are_enough_kinds_of_mistake():
    assert len(FAULTS) + len(SCHOOL_FAULTS) >= 80
    for faults in (FAULTS, SCHOOL_FAULTS):
        assert {term for fault in faults.values() for term in fault.terms} == set(TERMS)
