"""In every term and phase the file that would leave has what the layout asks for, in order, never empty, and nothing
out of its term, phase or age; it reads back to its tables, and no rule finds anything where nothing is wrong.

The files are walked as text is, by a parser that knows nothing of the layout.
"""

import datetime as dt
import re
import xml.etree.ElementTree as ET
from functools import cache

import pytest

from exports.comparison import differences
from exports.reread import reread_census
from schemas.census.collection import collection
from schemas.census.layout import layout
from simulator.world.days import age_on
from simulator.world.schools import DEMO_SCHOOLS, MIDDLE_DEEMED_PRIMARY
from tests.pipelines.census_conditions import (
    AGE_DAY,
    ATTENDANCE_AGE_DAY,
    CONDITIONS,
    MATRIX,
    PHASES,
    TERM_OF,
    Told,
    out_of_place,
)
from tests.pipelines.demo_returns import AGREEMENTS, agreement, deemed_primary, demo_world, returns

KEYS = tuple(AGREEMENTS)
PHASE_OF = {school.urn: school.phase for school in (*DEMO_SCHOOLS, MIDDLE_DEEMED_PRIMARY)}
URNS = list(PHASE_OF)

each_term = pytest.mark.parametrize("key", KEYS)
each_school = pytest.mark.parametrize("urn", URNS, ids=PHASE_OF.values())


@cache
def asked(key):
    census = collection(key)
    return layout(census.academic_year).for_term(census.term)


def asked_paths(key):
    return [item.path for item in asked(key).items]


def made(key, urn):
    return deemed_primary(key) if urn == MIDDLE_DEEMED_PRIMARY.urn else returns(key)[urn]


@cache
def parsed(key, urn):
    return ET.fromstring(made(key, urn).file)  # noqa: S314  a file of our own making


SECTIONS = {True: "PupilOnRoll", False: "PupilNoLongerOnRoll"}


@cache
def pupils(key, urn):
    """What the file says of each pupil, on roll and no longer on roll."""
    return [
        _told(key, urn, each, on_roll) for on_roll, name in SECTIONS.items() for each in parsed(key, urn).iter(name)
    ]


def _told(key, urn, pupil, on_roll):
    born = dt.date.fromisoformat(pupil.findtext("PupilIdentifiers/DOB"))
    below = (path.partition("/")[2] for path, element in walked(pupil) if (element.text or "").strip())
    return Told(
        phase=PHASE_OF[urn],
        on_roll=on_roll,
        age=age_on(born, AGE_DAY),
        attendance_age=age_on(born, ATTENDANCE_AGE_DAY[key]),
        in_year=pupil.findtext("PupilStatus/NCyearActual") or pupil.findtext("PupilStatus/NCyearLeaving"),
        status=pupil.findtext("PupilStatus/EnrolStatus"),
        sen=pupil.findtext("SpecialEducationalNeeds/SENprovision"),
        boarder=pupil.findtext("PupilStatus/Boarder"),
        given=frozenset(below),
    )


def walked(element, path=""):
    """Yield every element with its path."""
    here = f"{path}/{element.tag}" if path else element.tag
    yield here, element
    for child in element:
        yield from walked(child, here)


@cache
def seen_in(key, urn):
    return frozenset(path for path, element in walked(parsed(key, urn)) if (element.text or "").strip())


@cache
def seen(key):
    return frozenset().union(*(seen_in(key, urn) for urn in URNS))


def test_every_phase_has_a_school():
    assert {parsed(key, urn).findtext("School/SchoolCharacteristics/Phase") for key in KEYS for urn in URNS} == PHASES
    assert {collection(key).term for key in KEYS} == set(TERM_OF.values())


@each_term
def test_every_item_of_the_layout_is_in_some_file(key):
    assert [path for path in asked_paths(key) if path not in seen(key)] == []


@each_school
@each_term
def test_nothing_but_what_the_layout_has_for_the_term_and_phase_is_in_a_file(key, urn):
    assert seen_in(key, urn) <= {item.path for item in asked(key).items if PHASE_OF[urn] in item.phases}


@each_school
@each_term
def test_nothing_is_in_a_file_that_another_reading_has_for_another_term_or_phase(key, urn):
    assert [path for path in seen_in(key, urn) if out_of_place(path, TERM_OF[key], PHASE_OF[urn])] == []


def test_each_line_of_the_other_reading_is_met_in_its_terms_and_phases():
    """A line whose pattern matches nothing would keep nothing out."""
    for part, terms, phases in MATRIX:
        found = {
            (TERM_OF[key], PHASE_OF[urn])
            for key in KEYS for urn in URNS
            if any(re.search(rf"(^|/)({part})$", path) for path in seen_in(key, urn))
        }  # fmt: skip
        assert {term for term, _ in found} == set(terms), part
        assert {phase for _, phase in found} <= set(phases), part


@each_school
@each_term
def test_every_required_item_is_in_every_block_of_its_kind(key, urn):
    """But for those that depend on the pupil, which `CONDITIONS` follow."""
    blocks = {}
    for path, element in walked(parsed(key, urn)):
        blocks.setdefault(path, []).append(element)
    lacking = set()
    for item in asked(key).items:
        block = asked(key).block_of(item).path
        if item.cardinality == "1" and PHASE_OF[urn] in item.phases and item.path != block:
            below = item.path.removeprefix(f"{block}/")
            lacking |= {item.element for each in blocks.get(block, ()) if not (each.findtext(below) or "").strip()}
    assert lacking <= {"Language", "ServiceChild", "Ethnicity"}


@each_term
@pytest.mark.parametrize("condition", CONDITIONS, ids=[each.items for each in CONDITIONS])
def test_an_item_is_given_for_those_it_belongs_to_and_nobody_else(key, condition):
    for urn in URNS:
        whole = re.compile(condition.items)
        asked_of = {
            on_roll: any(
                whole.fullmatch(item.path.partition(f"{pupil}/")[2])
                for item in asked(key).items if PHASE_OF[urn] in item.phases
            )
            for on_roll, pupil in SECTIONS.items()
        }  # fmt: skip
        given = [(pupil, any(whole.fullmatch(path) for path in pupil.given)) for pupil in pupils(key, urn)]
        assert not any(has and not condition.who(pupil) for pupil, has in given), urn
        if condition.must:
            assert all(has for pupil, has in given if asked_of[pupil.on_roll] and condition.who(pupil)), urn


@pytest.mark.parametrize("condition", CONDITIONS, ids=[each.items for each in CONDITIONS])
def test_each_condition_tells_pupils_apart(condition):
    """Some pupil of the trust has the item, and of another the condition does not hold."""
    whole = re.compile(condition.items)
    everybody = [pupil for key in KEYS for urn in URNS for pupil in pupils(key, urn)]
    assert any(whole.fullmatch(path) for pupil in everybody for path in pupil.given)
    assert any(not condition.who(pupil) for pupil in everybody)


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
    ours = made(key, urn)
    fields = frozenset(agreement(AGREEMENTS[key]).fields)
    assert differences(ours.frames, reread_census(ours.file, asked(key), fields), asked(key)) == ()


@each_school
@each_term
def test_no_rule_finds_anything_where_nothing_is_wrong(key, urn):
    """Nor is any left unevaluated: the demo trust has the registers that rules ask for."""
    assert made(key, urn).findings["rule"].tolist() == []


@each_term
def test_the_trust_is_the_whole_demo_trust(key):
    assert sorted(returns(key)) == [school.urn for school in DEMO_SCHOOLS]
    on_roll = sum(int((each.frames["pupil"]["section"] == "on_roll").sum()) for each in returns(key).values())
    assert 2000 <= on_roll <= 3000
    assert on_roll > sum(school.identity.pupils for school in demo_world().schools) * 0.95
