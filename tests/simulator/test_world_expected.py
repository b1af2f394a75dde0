"""What a return must hold, on three days of preparing, and that every autumn item has somebody."""

import datetime as dt

import pytest

from simulator.world.expected import expected_off_roll, expected_on_roll
from simulator.world.schools import TINY
from simulator.world.trust import make_trust

CENSUS = dt.date(2026, 10, 1)
DAYS = (CENSUS, dt.date(2026, 10, 13), dt.date(2026, 10, 28))
URNS = [f"90000{n}" for n in range(1, 8)]
TRUST = make_trust(scale=TINY)


def on_roll(urn):
    return [expected_on_roll(TRUST, urn, CENSUS, day) for day in DAYS]


def edited(urn, kind):
    return [str(pupil_id) for pupil_id in TRUST.school(urn).edits[kind]]


@pytest.mark.parametrize("urn", URNS)
def test_three_days_of_preparing_give_three_returns(urn):
    first, second, third = on_roll(urn)
    assert first != second
    assert second != third


@pytest.mark.parametrize("urn", URNS)
def test_who_joined_or_left_on_5_october(urn):
    for roll in on_roll(urn):
        assert not set(edited(urn, "joined")) & roll.keys()
        assert set(edited(urn, "left")) <= roll.keys()


@pytest.mark.parametrize("urn", URNS)
def test_who_was_found_to_have_left_changes_section_on_the_last_day(urn):
    found = edited(urn, "found to have left")
    first, second, third = on_roll(urn)
    off = [expected_off_roll(TRUST, urn, CENSUS, day) for day in DAYS]
    for pupil_id in found:
        assert pupil_id in first
        assert pupil_id in second
        assert pupil_id not in third
        assert [pupil_id in each for each in off] == [False, False, urn != "900001"]


@pytest.mark.parametrize(
    ("kind", "item", "changes"),
    [
        ("upn replaced", "upn", (True, False)),
        ("dob corrected", "dob", (True, False)),
        ("meals backdated", "fsm_periods", (True, False)),
        ("sen backdated", "sen_provision", (True, False)),
        ("moved house earlier", "postcode", (True, False)),
        ("moved house", "postcode", (False, False)),
        ("surname corrected", "surname", (False, True)),
    ],
)
@pytest.mark.parametrize("urn", URNS)
def test_a_correction_changes_its_item_and_only_from_its_day(urn, kind, item, changes):
    first, second, third = on_roll(urn)
    for pupil_id in edited(urn, kind):
        a, b, c = first[pupil_id], second[pupil_id], third[pupil_id]
        assert (a[item] != b[item], b[item] != c[item]) == changes
        others = (a.keys() | b.keys()) - {item, "preferred_surname"}
        assert all(a[name] == b[name] == c[name] for name in others)


def test_guests_are_in_no_return():
    school = TRUST.school("900002")
    guests = {str(p.id) for p in school.pupils if p.last("year").value.status == "G"}
    assert guests
    assert not guests & expected_on_roll(TRUST, "900002", CENSUS, CENSUS).keys()
    assert not guests & expected_off_roll(TRUST, "900002", CENSUS, CENSUS).keys()


def test_attendance_of_both_halves_or_of_none():
    halves = [
        (items["sessions_possible"], items["sessions_possible_half2"])
        for urn in URNS
        for section in (expected_on_roll, expected_off_roll)
        for items in section(TRUST, urn, CENSUS, CENSUS).values()
    ]
    assert {first is None for first, _ in halves} == {True, False}
    assert all((first is None) == (second is None) for first, second in halves)
    assert all(first for first, _ in halves if first is not None)


def test_nursery_has_no_leavers_section():
    assert expected_off_roll(TRUST, "900001", CENSUS, CENSUS) == {}
