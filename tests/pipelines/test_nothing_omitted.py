"""On the clean trust, in every term, the second selection agrees with the return and no two schools disagree."""

from functools import cache

import pytest

from schemas.census.across import HISTORY, across
from schemas.census.catalogue import catalogue
from schemas.census.collection import COLLECTIONS
from schemas.census.omissions import omissions
from schemas.separation import Separated
from simulator.arbor import ArborServer, serve
from simulator.world.trust import Trust
from tests.pipelines.demo_returns import census_snapshot, census_tables

SCHOOLS = ("900001", "900003", "900006", "900007")
"""A nursery, a middle school, a special school and a pupil referral unit: each leaves something else out."""

TERMS = sorted(COLLECTIONS)


@cache
def returns(world: Trust, term: str):
    """Return (snapshot, return) of each school."""
    with serve(ArborServer(world, COLLECTIONS[term].reference_date)) as url:
        return {urn: _return(world.school(urn), url, term) for urn in SCHOOLS}


def _return(school, url, term):
    snapshot = census_snapshot(school, url, term)
    return snapshot, census_tables(school, snapshot, term)


@pytest.mark.parametrize("urn", SCHOOLS)
@pytest.mark.parametrize("term", TERMS)
def test_nothing_is_missing_from_a_clean_return(tiny_world, term, urn):
    snapshot, frames = returns(tiny_world, term)[urn]
    assert len(frames["pupil"])
    assert omissions(snapshot, frames, COLLECTIONS[term]).empty


@pytest.mark.parametrize("term", TERMS)
def test_no_two_schools_of_the_clean_trust_disagree(tiny_world, term):
    together = {
        urn: {**frames, **{name: snapshot[name] for name in HISTORY}}
        for urn, (snapshot, frames) in returns(tiny_world, term).items()
    }
    found = across(together, Separated(), catalogue(COLLECTIONS[term].academic_year))
    assert {urn: len(frame) for urn, frame in found.items()} == dict.fromkeys(SCHOOLS, 0)


@pytest.mark.parametrize("term", TERMS)
def test_one_child_at_two_schools_is_seen_in_these_returns(tiny_world, term):
    snapshot, frames = returns(tiny_world, term)[SCHOOLS[1]]
    again = {**frames, **{name: snapshot[name] for name in HISTORY}}
    found = across({SCHOOLS[1]: again, SCHOOLS[2]: again}, Separated(), catalogue(COLLECTIONS[term].academic_year))
    sole = (frames["pupil"]["enrol_status"] == "C").fillna(value=False).sum()
    assert {rule: int(n) for rule, n in found[SCHOOLS[2]]["rule"].value_counts().items()}["L-trust-two-rolls"] == sole
