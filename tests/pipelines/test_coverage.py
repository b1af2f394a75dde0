"""In every term every item of the layout is in some school's file of the demo trust, in order, never empty; each file
reads back to its tables, and no rule finds anything where nothing is wrong, in any phase."""

import xml.etree.ElementTree as ET
from functools import cache

import pytest

from exports.comparison import differences
from exports.reread import reread_census
from schemas.census.collection import collection
from schemas.census.layout import layout
from simulator.arbor import ArborServer, serve
from simulator.world.schools import MIDDLE_DEEMED_PRIMARY
from simulator.world.trust import trust_of
from tests.pipelines.demo_returns import (
    AGREEMENTS,
    agreement,
    census_snapshot,
    census_tables,
    demo_world,
    findings,
    returns,
)

KEYS = tuple(AGREEMENTS)
URNS = [f"90000{n}" for n in range(1, 8)]
NOT_SEEN: dict[str, str] = {}
"""Items of the layout that no file of the demo trust holds, each with its reason."""

each_term = pytest.mark.parametrize("key", KEYS)
each_school = pytest.mark.parametrize("urn", URNS)


@cache
def asked(key):
    census = collection(key)
    return layout(census.academic_year).for_term(census.term)


def asked_paths(key):
    return [item.path for item in asked(key).items]


def parsed(key, urn):
    return ET.fromstring(returns(key)[urn].file)  # noqa: S314  a file of our own making


def walked(element, path=""):
    """Yield every element with its path."""
    here = f"{path}/{element.tag}" if path else element.tag
    yield here, element
    for child in element:
        yield from walked(child, here)


@cache
def seen(key):
    files = (parsed(key, urn) for urn in URNS)
    return frozenset(path for file in files for path, element in walked(file) if (element.text or "").strip())


@each_term
def test_every_item_of_the_layout_is_in_some_file(key):
    assert {path for path in asked_paths(key) if path not in seen(key)} <= NOT_SEEN.keys()


def test_what_is_said_not_to_be_seen_is_seen_in_no_term():
    assert not any(path in seen(key) for path in NOT_SEEN for key in KEYS)


@each_term
def test_nothing_but_the_layout_is_in_a_file(key):
    assert seen(key) <= set(asked_paths(key))


@each_term
def test_both_sections_are_looked_at(key):
    for section in ("PupilsOnRoll", "PupilsNoLongerOnRoll"):
        assert sum(f"/{section}/" in path for path in asked_paths(key)) > 20


@each_school
@each_term
def test_elements_come_in_the_order_of_the_layout(key, urn):
    order = {path: place for place, path in reversed(list(enumerate(_with_ancestors(key))))}
    for path, element in walked(parsed(key, urn)):
        places = [order[f"{path}/{child.tag}"] for child in element]
        assert places == sorted(places), path


def _with_ancestors(key):
    """Every path of the layout, before each the elements it lies in."""
    for path in asked_paths(key):
        steps = path.split("/")
        yield from ("/".join(steps[:n]) for n in range(1, len(steps) + 1))


@each_school
@each_term
def test_no_element_is_empty(key, urn):
    empty = [path for path, each in walked(parsed(key, urn)) if not len(each) and not (each.text or "").strip()]
    assert empty == []


@each_school
@each_term
def test_a_file_reads_back_to_its_tables(key, urn):
    made = returns(key)[urn]
    fields = frozenset(agreement(AGREEMENTS[key]).fields)
    assert differences(made.frames, reread_census(made.file, asked(key), fields), asked(key)) == ()


@each_school
@each_term
def test_no_rule_finds_anything_where_nothing_is_wrong(key, urn):
    """Nor is any left unevaluated: the demo trust has the registers that rules ask for."""
    assert returns(key)[urn].findings["rule"].tolist() == []


@each_term
def test_no_rule_finds_anything_in_the_phase_that_the_demo_trust_lacks(key):
    trust = trust_of(MIDDLE_DEEMED_PRIMARY)
    (school,) = trust.schools
    with serve(ArborServer(trust, collection(key).reference_date)) as url:
        tables = census_tables(school, census_snapshot(school, url, key), key)
    assert findings(tables, key)["rule"].tolist() == []


@each_term
def test_the_trust_is_the_whole_demo_trust(key):
    assert sorted(returns(key)) == URNS
    on_roll = sum(int((made.frames["pupil"]["section"] == "on_roll").sum()) for made in returns(key).values())
    assert 2000 <= on_roll <= 3000
    assert on_roll > sum(school.identity.pupils for school in demo_world().schools) * 0.98
