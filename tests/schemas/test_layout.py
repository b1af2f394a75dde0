import re
from pathlib import Path

import pytest

from schemas.census.layout import layout
from schemas.census.tables import CENSUS
from schemas.codesets import codeset

WHOLE = layout("2026-27")
AUTUMN = WHOLE.for_term("A")
TERMS = {"autumn": "A", "spring": "S", "summer": "U"}

PHASES = {"NS", "PS", "MP", "MS", "SS", "AT", "SP", "PR"}
ONE_ROW = {"school", "special_school"}
ITEMS = pytest.mark.parametrize("item", WHOLE.items, ids=[item.path for item in WHOLE.items])


@pytest.mark.parametrize(("term", "letter"), TERMS.items())
def test_every_known_element_of_a_term_is_emitted_in_its_place_or_left_out_for_a_reason(term, letter):
    """The files list every element known to be collected in the term, in document order."""
    known = Path(__file__).with_name(f"{term}_elements.txt").read_text(encoding="utf-8").split()
    left = {each.path: each.reason for each in WHOLE.not_emitted if letter in each.terms.split()}
    assert [item.path for item in WHOLE.for_term(letter).items] == [path for path in known if path not in left]
    assert set(left) == {"Message/Header/Content/CBDSLevels/CBDSLevel"}
    assert all(each.reason for each in WHOLE.not_emitted)


@ITEMS
def test_each_item_says_where_its_value_comes_from(item):
    column = CENSUS[item.table][item.column]
    assert column.kind is item.kind
    assert column.as_extracted is item.as_extracted
    assert item.field == f"{item.table}.{item.column}"


@ITEMS
def test_each_item_is_well_formed(item):
    assert item.path.endswith("/" + item.element)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", part) for part in item.path.split("/"))
    assert item.terms <= {"A", "S", "U"}
    assert item.terms
    assert item.phases <= PHASES
    assert item.phases
    assert item.cardinality in {"1", "0..1"}
    assert item.confidence in {"high", "medium", "low"}
    assert item.source


@ITEMS
def test_each_code_fits_its_element(item):
    if item.codeset is not None:
        assert max(map(len, codeset(item.codeset))) <= item.max_length


def test_no_path_occurs_twice():
    paths = [item.path for item in WHOLE.items]
    assert len(set(paths)) == len(paths)


def test_items_of_one_container_stand_together():
    """An element opens once: the paths, cut at any depth, never come back to a container they left."""
    for depth in range(2, 9):
        seen, last = set(), None
        for container in ("/".join(item.path.split("/")[:depth]) for item in WHOLE.items):
            assert container == last or container not in seen
            seen.add(container)
            last = container


@pytest.mark.parametrize("block", WHOLE.blocks, ids=[f"{block.path}" for block in WHOLE.blocks])
def test_each_block_joins_its_table_to_the_enclosing_one(block):
    table = CENSUS[block.table]
    assert block.filter is None or block.filter.column in table
    parent = WHOLE.parent_of(block)
    if block.join is None:
        assert parent is None or parent.table in ONE_ROW
    else:
        assert block.join in table
        assert block.join in CENSUS[parent.table]


@ITEMS
def test_each_item_stands_in_the_block_of_its_own_table(item):
    assert WHOLE.block_of(item).table == item.table


def test_the_half_terms_take_different_rows():
    filters = {block.path.split("/")[-1]: block.filter.value for block in AUTUMN.blocks if block.table == "attendance"}
    assert filters == {"TermlyAttendance": "term", "SummerHalfTerm2Attendance": "half_term_2"}


def test_a_block_may_be_a_leaf():
    leaf = [block.path for block in WHOLE.blocks if block.path in {item.path for item in WHOLE.items}]
    assert [path.split("/")[-1] for path in leaf] == ["SpecialSchoolType", "FundingBasis"]


@pytest.mark.parametrize(
    ("term", "absent", "present"),
    [("A", "SupportCode", "QualHrs"), ("S", "QualHrs", "SENtype"), ("U", "SENtype", "SupportCode")],
)
def test_a_term_has_its_own_items_and_blocks(term, absent, present):
    part = WHOLE.for_term(term)
    elements = {item.element for item in part.items}
    assert present in elements
    assert absent not in elements
    assert all(any(item.path.startswith(block.path) for item in part.items) for block in part.blocks)
    assert any(block.path.endswith("SENneed") for block in part.blocks) is (term == "S")


def test_sections():
    sections = {AUTUMN.section_of(item) for item in AUTUMN.items}
    assert sections == {None, "on_roll", "off_roll"}
    assert AUTUMN.section_of(AUTUMN.items[-1]) == "off_roll"
    assert not any("NS" in item.phases for item in WHOLE.items if WHOLE.section_of(item) == "off_roll")


def test_a_container_whose_name_is_a_guess_has_low_confidence():
    guesses = ("LearnerFAMs", "AlternativeProvision", "APPlacementDetails", "WorkPlacements", "ChildcareItem")
    guessed = [item for item in WHOLE.items if any(guess in item.path for guess in guesses)]
    assert len(guessed) == 2 * (2 + 3 + 12 + 4) + 14
    assert {item.confidence for item in guessed} == {"low"}


def test_what_the_on_the_day_file_gives():
    every_term = {
        "pupil.school_lunch_taken", "pupil.class_type", "pupil.daf", "learner_fam.fam_type", "learner_fam.fam_code",
    }  # fmt: skip
    assert {item.field for item in AUTUMN.items if item.supplement} == every_term
    later = {"pupil.unit_contact_time", "learner_support.support_code"}
    assert {item.field for item in WHOLE.items if item.supplement} == every_term | later


PHASE_ITEMS = {
    "SpecialSchoolType": "SP", "ChildMothers": "PR", "UnitContactTimePupil": "PR", "WorkExperience": "AT MS SS",
    "PPAteachers": "AT PS", "KeyStage": "AT MP PS", "ClassActivity": "MP PS", "HomePupils": "AT MP MS PS SS",
    "Ethnicity": "AT MP MS PR PS SP SS", "SupportCode": "AT PR SS", "YoungCarer": "AT MP MS NS PR PS SP SS",
    "OnSite": "AT MP MS NS PS SP SS", "FreeMealsTaken": "AT MP MS NS PR PS SP SS",
}  # fmt: skip


@pytest.mark.parametrize(("element", "phases"), PHASE_ITEMS.items())
def test_a_later_item_is_collected_in_its_phases(element, phases):
    found = [item for item in WHOLE.items if item.element == element]
    assert found
    assert {" ".join(sorted(item.phases)) for item in found} == {phases}


@pytest.mark.parametrize(
    ("container", "phases"), [("AdmissionsAppeals", "AT MP MS PS SS"), ("InfantAdmissionsAppeals", "AT PS")]
)
def test_appeals_are_for_schools_with_such_an_intake(container, phases):
    found = [item for item in WHOLE.items if f"/{container}/" in item.path]
    assert {" ".join(sorted(item.phases)) for item in found} == {phases}
    assert len(found) == 5
