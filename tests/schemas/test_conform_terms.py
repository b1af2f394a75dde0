"""What spring and summer ask of a pupil beside what every term does."""

import pytest

from schemas.census.collection import collection
from schemas.census.supplement import read_supplement
from schemas.identifiers import upn_check_letter
from tests.schemas.snapshots import conformed, day, defaults, one, pupil, sections, snapshot, table

UPN = upn_check_letter("801200005001") + "801200005001"
AUTUMN, SPRING, SUMMER = "2026-autumn", "2027-spring", "2027-summer"


def lines(column, *values):
    return read_supplement("\n".join([f"upn,{column}", *(f"{UPN},{value}" for value in values), ""]), "x.csv")


@pytest.mark.parametrize(
    ("key", "phase", "expected"),
    [(SPRING, "SS", "WBRI"), (SPRING, "NS", None), (AUTUMN, "SS", None), (SUMMER, "SS", None)],
)
def test_ethnicity_is_for_spring_and_no_nursery(key, phase, expected):
    result = conformed(snapshot(pupil("1", fields={"ethnicity": "WBRI"}), phase=phase), when=collection(key))
    assert one(result, "ethnicity") == expected


def test_ethnicity_is_told_of_leavers_too():
    given = pupil("1", leaving=day("2026-12-01"), fields={"ethnicity": "WBRI"})
    result = conformed(snapshot(given), when=collection(SPRING))
    assert (sections(result), one(result, "ethnicity")) == ({"1": "off_roll"}, "WBRI")


CARES = [{"status": "S", "start_date": day("2026-09-01"), "end_date": day("2027-01-21")}]


@pytest.mark.parametrize(
    ("key", "rows", "said", "expected", "counted"),
    [
        (SPRING, CARES, None, "S", 0),
        (SPRING, CARES, "P", "S", 0),
        (SPRING, [CARES[0] | {"end_date": day("2027-01-20")}], None, "N", 1),
        (SPRING, [], "P", "P", 0),
        (SPRING, [], None, "N", 1),
        (AUTUMN, CARES, None, None, 0),
        (SUMMER, CARES, None, None, 0),
    ],
    ids=["held", "held and said", "ended the day before", "said", "nothing", "autumn", "summer"],
)
def test_a_young_carer_is_whom_the_mis_or_else_the_file_says(key, rows, said, expected, counted):
    given = pupil("1", upn=UPN, young_carer=rows)
    result = conformed(snapshot(given), when=collection(key), supplement=said and lines("young_carer", said))
    assert one(result, "young_carer") == expected
    assert defaults(result).get("pupil.young_carer", 0) == counted


@pytest.mark.parametrize(("held", "expected"), [(15.0, 15.0), (None, 12.5)])
def test_hours_come_from_the_file_where_the_mis_has_none(held, expected):
    given = pupil("1", upn=UPN, dob="2022-10-01", year="N2", fields={"funded_hours": held})
    result = conformed(snapshot(given, phase="NS"), supplement=lines("funded_hours", "12.5"))
    assert one(result, "funded_hours") == expected


@pytest.mark.parametrize(
    ("key", "phase", "expected"),
    [(SPRING, "PR", 25), (SPRING, "SS", None), (AUTUMN, "PR", None), (SUMMER, "PR", None)],
)
def test_contact_time_is_for_a_unit_in_spring(key, phase, expected):
    result = conformed(
        snapshot(pupil("1", upn=UPN), phase=phase), when=collection(key), supplement=lines("unit_contact_time", "25")
    )
    assert one(result, "unit_contact_time") == expected


@pytest.mark.parametrize(
    ("key", "phase", "leaving", "expected"),
    [
        (SPRING, "SS", None, ["55", "56"]),
        (SUMMER, "SS", None, ["55", "56"]),
        (AUTUMN, "SS", None, []),
        (SPRING, "MS", None, []),
        (SPRING, "SS", day("2026-07-20"), ["55", "56"]),
        (AUTUMN, "SS", day("2025-12-19"), []),
    ],
    ids=["spring", "summer", "autumn", "middle school", "long gone, in spring", "long gone, in autumn"],
)
def test_learner_support_is_for_spring_and_summer_and_a_ground_for_leavers(key, phase, leaving, expected):
    given = pupil("1", upn=UPN, leaving=leaving, dob="2009-10-01", year="12")
    result = conformed(
        snapshot(given, phase=phase), when=collection(key), supplement=lines("learner_support", "56", "55")
    )
    assert [code for (code,) in table(result, "learner_support", "support_code")] == expected
    assert ("1" in sections(result)) is (leaving is None or bool(expected))
