"""Every mistake that the world can make is found on the pupil it was made of, by exactly the rules it names.

Each goes the whole way: into Arbor's store, over HTTP, through the connector, into the return, to the rules. Without
any mistake no rule finds anything.
"""

from functools import cache

import pytest

from simulator.arbor import ArborServer, serve
from simulator.world.faults import FAULTS, NoPupilFitsError, with_faults
from simulator.world.schools import Scale
from simulator.world.trust import make_trust
from tests.pipelines import demo_returns
from tests.pipelines.demo_returns import CENSUS_DAY, census_tables

URNS = tuple(f"90000{n}" for n in range(1, 8))
PUPILS = 60
PAIRS = ("upn twice", "same pupil twice")
"""Made last: who holds the other half of the pair is then nobody with a mistake of their own."""


@cache
def clean():
    return make_trust(scale=Scale(pupils=PUPILS))


@cache
def spread():
    """All mistakes, each in the first school that has a pupil for it; a pupil has one at most."""
    trust, where = clean(), {}
    for kind in sorted(FAULTS, key=lambda kind: kind in PAIRS):
        for urn in (*URNS[1:], URNS[0]):
            try:
                trust = with_faults(trust, urn, [kind])
            except NoPupilFitsError:
                continue
            where[kind] = urn
            break
    return trust, where


def findings(trust):
    """What the rules find in each school, read over HTTP."""
    with serve(ArborServer(trust, CENSUS_DAY)) as url:
        return {school.urn: demo_returns.findings(census_tables(school, url)) for school in trust.schools}


@pytest.fixture(scope="module")
def found():
    return findings(spread()[0])


def tripped(findings, pupil_id):
    return set(findings.loc[findings["pupil_id"] == pupil_id, "rule"])


def test_every_mistake_has_a_school():
    assert spread()[1].keys() == FAULTS.keys()


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_a_mistake_trips_exactly_the_rules_it_names(kind, found):
    trust, where = spread()
    urn = where[kind]
    pupil_id = str(trust.school(urn).faults[kind])
    assert tripped(found[urn], pupil_id) == set(FAULTS[kind].rules)


def test_nobody_else_is_accused(found):
    """But the other half of a pair: who holds the same UPN, or the same name and date of birth."""
    trust, _where = spread()
    others = []
    for urn in URNS:
        named = {str(pupil_id) for pupil_id in trust.school(urn).faults.values()}
        pairs = zip(found[urn]["rule"], found[urn]["pupil_id"], strict=True)
        others += [rule for rule, pupil_id in pairs if pupil_id not in named]
    assert sorted(others) == ["1520", "L-duplicate-pupil"]


def test_without_a_mistake_no_rule_finds_anything():
    for urn, rows in findings(clean()).items():
        assert rows["rule"].tolist() == [], urn
