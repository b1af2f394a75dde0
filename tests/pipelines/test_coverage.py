"""Over the demo trust every item of the autumn layout is in some school's file, in the layout's order, never empty;
each file reads back to its tables, and no rule finds anything where nothing is wrong."""

import xml.etree.ElementTree as ET
from functools import cache

import pytest

from exports.comparison import differences
from exports.reread import reread_census
from schemas.census.layout import layout
from tests.pipelines.demo_returns import agreement, demo_world, returns

AUTUMN = layout("2026-27").for_term("A")
PATHS = [item.path for item in AUTUMN.items]
URNS = [f"90000{n}" for n in range(1, 8)]
NOT_SEEN: dict[str, str] = {}
"""Items of the layout that no file of the demo trust holds, each with its reason."""


def parsed(urn):
    return ET.fromstring(returns()[urn].file)  # noqa: S314  a file of our own making


def walked(element, path=""):
    """Yield every element with its path."""
    here = f"{path}/{element.tag}" if path else element.tag
    yield here, element
    for child in element:
        yield from walked(child, here)


@cache
def seen():
    return frozenset(path for urn in URNS for path, element in walked(parsed(urn)) if (element.text or "").strip())


def test_every_item_of_the_layout_is_in_some_file():
    assert {path for path in PATHS if path not in seen()} == NOT_SEEN.keys()


def test_nothing_but_the_layout_is_in_a_file():
    assert seen() <= set(PATHS)


def test_both_sections_are_looked_at():
    for section in ("PupilsOnRoll", "PupilsNoLongerOnRoll"):
        assert sum(f"/{section}/" in path for path in PATHS) > 50


@pytest.mark.parametrize("urn", URNS)
def test_elements_come_in_the_order_of_the_layout(urn):
    order = {path: place for place, path in reversed(list(enumerate(_with_ancestors())))}
    for path, element in walked(parsed(urn)):
        places = [order[f"{path}/{child.tag}"] for child in element]
        assert places == sorted(places), path


def _with_ancestors():
    """Every path of the layout, before each the elements it lies in."""
    for path in PATHS:
        steps = path.split("/")
        yield from ("/".join(steps[:n]) for n in range(1, len(steps) + 1))


@pytest.mark.parametrize("urn", URNS)
def test_no_element_is_empty(urn):
    assert [
        path for path, element in walked(parsed(urn)) if not len(element) and not (element.text or "").strip()
    ] == []


@pytest.mark.parametrize("urn", URNS)
def test_a_file_reads_back_to_its_tables(urn):
    made = returns()[urn]
    fields = frozenset(agreement("dfe_autumn_census").fields)
    assert differences(made.frames, reread_census(made.file, AUTUMN, fields), AUTUMN) == ()


@pytest.mark.parametrize("urn", URNS)
def test_no_rule_finds_anything_where_nothing_is_wrong(urn):
    """Nor is any left unevaluated: the demo trust has the registers that rules ask for."""
    found = returns()[urn].findings
    assert found["rule"].tolist() == []


def test_the_trust_is_the_whole_demo_trust():
    assert sorted(returns()) == URNS
    on_roll = sum(int((made.frames["pupil"]["section"] == "on_roll").sum()) for made in returns().values())
    assert 2000 <= on_roll <= 3000
    assert on_roll > sum(school.identity.pupils for school in demo_world().schools) * 0.98
