"""The school file: what it may say, how its faults are told, and what of it a return takes."""

import traceback

import pytest

from schemas.boundary import conforms
from schemas.census.collection import COLLECTIONS, collection
from schemas.census.school_file import SchoolFileUnreadable, read_school_file
from schemas.census.tables import CENSUS, SCHOOL_BLOCKS
from schemas.census.templates import on_the_day_template, school_file_template
from tests.schemas.snapshots import conformed, pupil, snapshot, table

SPRING = collection("2027-spring")
PHASES = ("NS", "PS", "MP", "MS", "SS", "AT", "SP", "PR")
WHOLE = """
free_meals_taken = 12
child_mothers = true
teen_mother_places = 6
childcare_places = false
[special_school]
accommodation = "D"
max_day_pupils = 90
provisions = ["ASD", "MLD"]
[appeals.secondary]
lodged = 5
heard = 0
[appeals.infant]
lodged = 2
[reconciliation]
part_time_not_in = 0
work_experience = 3
[[class]]
class_name = "1 Oak"
teachers = 1
year_group = "1"
class_type = "O"
key_stage = "1"
class_activity = "MA"
exception_a = 1
[[class]]
class_name = "Mixed"
year_group = "M"
[[childcare]]
type_of_childcare = "B"
opening_time = "07:45"
"""


def told(text, label="900002-2027-spring.toml"):
    return read_school_file(text, label)


def test_a_whole_file_is_read_into_its_tables():
    frames = told(WHOLE)
    assert list(frames) == ["school", *SCHOOL_BLOCKS]
    for name in SCHOOL_BLOCKS:
        conforms(frames[name], CENSUS[name])
    assert frames["school"].to_dict("records") == [
        {"child_mothers": True, "teen_mother_places": 6, "childcare_places": False, "free_meals_taken": 12}
    ]
    assert frames["special_school_type"]["sen_type"].tolist() == ["ASD", "MLD"]
    assert frames["appeals"][["kind", "lodged"]].to_numpy().tolist() == [["secondary", 5], ["infant", 2]]
    assert frames["school_class"]["class_name"].tolist() == ["1 Oak", "Mixed"]


def test_what_is_left_out_is_null_and_never_nought():
    frames = told("free_meals_taken = 0\n[appeals.secondary]\nlodged = 1\n")
    assert frames["school"]["free_meals_taken"].tolist() == [0]
    assert frames["school"]["child_mothers"].isna().all()
    assert frames["appeals"]["heard"].isna().all()
    assert all(told("")[name].empty for name in SCHOOL_BLOCKS)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("free_meals = 1", "free_meals: not one of child_mothers, "),
        ("free_meals_taken = -1", "free_meals_taken: a whole number from 0 to 99999"),
        ("free_meals_taken = 100000", "free_meals_taken: a whole number"),
        ("free_meals_taken = true", "free_meals_taken: a whole number"),
        ('free_meals_taken = "CANARY"', "free_meals_taken: a whole number"),
        ("child_mothers = 1", "child_mothers: true or false"),
        ("special_school = 1", "[special_school]: write it as a section"),
        ('[special_school]\naccommodation = "CANARY"', "[special_school] accommodation: one of B D H"),
        ('[special_school]\nprovisions = "ASD"', "[special_school] provisions: a list in brackets of ASD "),
        ('[special_school]\nprovisions = ["ASD", "ASD"]', "[special_school] provisions: a type is named twice"),
        ("[special_school]\nmax_pupils = 1", "[special_school] max_pupils: not one of accommodation, "),
        ("[appeals]\nlodged = 1", "[appeals.lodged]: not one of secondary, infant"),
        ("[appeals.secondary]\nlodged = 1000", "[appeals.secondary] lodged: a whole number from 0 to 999,"),
        ('[appeals.secondary]\nkind = "infant"', "[appeals.secondary] kind: not one of lodged, "),
        ("[reconciliation]\nelsewhere = 1", "[reconciliation] elsewhere: not one of part_time_not_in, "),
        ('[class]\nclass_name = "A"', "class: write one [[class]] for each"),
        ("[[class]]\nteachers = 1", "[[class]] number 1: class_name is missing"),
        (f'[[class]]\nclass_name = "{"A" * 31}"', "[[class]] number 1 class_name: at most 30 characters"),
        ('[[class]]\nclass_name = " "', "[[class]] number 1 class_name: a text"),
        ('[[class]]\nclass_name = "A"\nyear_group = "99"', "[[class]] number 1 year_group: one of 1 10 "),
        (
            '[[childcare]]\ntype_of_childcare = "B"\nopening_time = "24:00"',
            "[[childcare]] number 1 opening_time: a time",
        ),
    ],
)
def test_a_fault_is_named_by_section_and_key_without_its_value(text, place):
    with pytest.raises(SchoolFileUnreadable) as caught:
        told(text)
    assert f"toml cannot be used; correct it and read it again:\n  {place}" in str(caught.value)
    assert "CANARY" not in "".join(traceback.format_exception(caught.value))


def test_every_fault_is_told_at_once():
    with pytest.raises(SchoolFileUnreadable) as caught:
        told("x = 1\nfree_meals_taken = -1\n[[class]]\nteachers = -1\n")
    assert str(caught.value).count("\n") == 4


@pytest.mark.parametrize("text", ["= 1", "a = CANARY", 'a = "CANARY'])
def test_what_is_no_toml_is_refused_by_place(text):
    with pytest.raises(SchoolFileUnreadable, match="not written as TOML at") as caught:
        told(text)
    assert "CANARY" not in "".join(traceback.format_exception(caught.value))


TAKEN = {
    "NS": {"childcare", "free_meals_taken"},
    "PS": {"secondary", "infant", "reconciliation", "school_class", "childcare", "free_meals_taken"},
    "MP": {"secondary", "reconciliation", "school_class", "childcare", "free_meals_taken"},
    "MS": {"secondary", "reconciliation", "school_class", "childcare", "free_meals_taken"},
    "SS": {"secondary", "reconciliation", "school_class", "childcare", "free_meals_taken"},
    "AT": {"secondary", "infant", "reconciliation", "school_class", "childcare", "free_meals_taken"},
    "SP": {"special_school", "special_school_type", "childcare", "free_meals_taken"},
    "PR": {"child_mothers", "teen_mother_places", "childcare_places", "free_meals_taken"},
}


def taken(result):
    school = {name for name in told("")["school"] if result.frames["school"][name].notna().any()}
    blocks = {name for name in SCHOOL_BLOCKS if name != "appeals" and len(result.frames[name])}
    return school | blocks | {kind for (kind,) in table(result, "appeals", "kind")}


@pytest.mark.parametrize("phase", PHASES)
def test_a_return_takes_what_its_phase_is_asked_for(phase):
    result = conformed(snapshot(pupil("1"), phase=phase), when=SPRING, school_file=told(WHOLE))
    assert taken(result) == TAKEN[phase]
    assert result.not_taken
    assert not any(name.partition(".")[2] in TAKEN[phase] for name in result.not_taken if name.startswith("school."))


@pytest.mark.parametrize(
    ("phase", "kept"),
    [("PS", ("O", "1", "MA", 1)), ("MP", (None, "1", "MA", None)), ("SS", (None,) * 4), ("AT", ("O", "1", None, 1))],
)
def test_an_item_of_a_class_is_for_its_phases(phase, kept):
    result = conformed(snapshot(pupil("1"), phase=phase), when=SPRING, school_file=told(WHOLE))
    columns = ("class_type", "key_stage", "class_activity", "exception_a")
    assert table(result, "school_class", *columns)[0] == kept
    assert table(result, "reconciliation", "work_experience") == [(3 if phase in {"SS", "AT"} else None,)]


@pytest.mark.parametrize("key", ["2026-autumn", "2027-summer"])
def test_the_other_terms_take_nothing_and_say_so(key):
    result = conformed(snapshot(pupil("1"), phase="AT"), when=collection(key), school_file=told(WHOLE))
    assert not taken(result)
    assert "school.free_meals_taken" in result.not_taken


def test_without_a_file_its_items_are_null_and_never_nought():
    result = conformed(snapshot(pupil("1"), phase="PR"), when=SPRING)
    assert not taken(result)
    assert result.not_taken == ()


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("key", list(COLLECTIONS))
def test_a_template_asks_for_what_a_return_takes_and_says_nothing_itself(phase, key):
    text = school_file_template(collection(key), phase)
    assert (text is None) is (key != "2027-spring")
    if text is not None:
        assert all(told(text)[name].empty for name in SCHOOL_BLOCKS)
        for name in TAKEN[phase]:
            assert {"secondary": "[appeals.secondary]", "infant": "[appeals.infant]", "school_class": "[[class]]",
                    "special_school_type": "provisions ="}.get(name, name) in text  # fmt: skip


@pytest.mark.parametrize(
    ("key", "phase", "columns"),
    [
        ("2026-autumn", "SP", "upn,school_lunch_taken,daf,funded_hours,extended_hours,expanded_hours,hours_at_setting"),
        ("2027-summer", "MS", "upn,school_lunch_taken,daf,funded_hours,extended_hours,expanded_hours,hours_at_setting"),
    ],
)
def test_an_on_the_day_template_has_the_columns_of_its_phase_and_term(key, phase, columns):
    assert on_the_day_template(collection(key), phase, ["A", "B"]).split("\n")[:2] == [columns, "A,,,,,,"]
