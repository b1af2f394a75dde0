"""The school's own blocks in a spring file: written, read back, compared."""

import pandas as pd
import pytest

from exports.comparison import Difference, differences
from exports.formats.census_xml import render_census
from exports.reread import reread_census
from schemas.census.collection import collection
from schemas.census.layout import layout
from schemas.census.school_file import read_school_file
from tests.schemas.snapshots import conformed, pupil, snapshot

SPRING = layout("2026-27").for_term("S")
FIELDS = frozenset(item.field for item in SPRING.items)
APPEALS = "[appeals.secondary]\nlodged = 5\n[appeals.infant]\nlodged = 2\n"
CLASSES = '[[class]]\nclass_name = "B & C"\nteachers = 1\n[[class]]\nclass_name = "A"\n'


def frames(text, phase):
    told = read_school_file(text, "x.toml")
    return conformed(snapshot(pupil("1"), phase=phase), when=collection("2027-spring"), school_file=told).frames


@pytest.mark.parametrize(
    ("text", "phase", "written"),
    [
        ("free_meals_taken = 0", "NS", "<Miscellaneous><FreeMealsTaken>0</FreeMealsTaken></Miscellaneous></School>"),
        (APPEALS, "AT", "</AdmissionsAppeals><InfantAdmissionsAppeals><Lodged>2</Lodged></InfantAdmissionsAppeals>"),
        (APPEALS, "SS", "<AdmissionsAppeals><Lodged>5</Lodged></AdmissionsAppeals></School>"),
        (CLASSES, "PS", "<Classes><Class><ClassName>B &amp; C</ClassName><Teachers>1</Teachers></Class><Class>"),
        ('[special_school]\nmax_boarders = 3\nprovisions = ["ASD", "MLD"]', "SP",
         "<SpecialSchoolType>ASD</SpecialSchoolType><SpecialSchoolType>MLD</SpecialSchoolType></Provisions>"),
        ('[special_school]\nprovisions = ["ASD"]', "SP", "<SpecialSchool><Provisions>"),
    ],
    ids=["meals", "both appeals", "one of them", "classes", "special school", "provisions alone"],
)  # fmt: skip
def test_a_block_of_the_school_is_written_and_reads_back(text, phase, written):
    given = frames(text, phase)
    data = render_census(given, SPRING)
    assert written in data.decode()
    assert differences(given, reread_census(data, SPRING, FIELDS), SPRING) == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"appeals": ("kind", "other")}, Difference("appeals", "*", 2)),
        ({"appeals": ("lodged", 6)}, Difference("appeals", "lodged", 2)),
        ({"school_class": ("teachers", 9)}, Difference("school_class", "teachers", 2)),
    ],
    ids=["a kind that has no element", "appeals", "classes"],
)
def test_what_the_file_does_not_say_is_a_difference(change, expected):
    given = frames(APPEALS + CLASSES, "AT")
    read = reread_census(render_census(given, SPRING), SPRING, FIELDS)
    other = given | {
        name: given[name].assign(**{key: pd.Series(value, given[name].index, given[name][key].dtype)})
        for name, (key, value) in change.items()
    }
    assert expected in differences(other, read, SPRING)


def test_provisions_of_no_special_school_are_a_difference():
    given = frames('[special_school]\nprovisions = ["ASD"]', "SP")
    given = given | {"special_school": given["special_school"].head(0)}
    read = reread_census(render_census(given, SPRING), SPRING, FIELDS)
    assert Difference("special_school_type", "*", 1) in differences(given, read, SPRING)
