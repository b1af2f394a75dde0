"""The world after October 2026: what happens is recorded on its day, and each census finds a school that lived on."""

import csv
import datetime as dt
import io
import tomllib

import pytest

from simulator.world import days, year
from simulator.world.marks import NO_MARK
from simulator.world.schools import TINY
from simulator.world.trust import make_trust

TRUST = make_trust(scale=TINY)
URNS = [school.urn for school in TRUST.schools]
SPRING, SUMMER = "2027-spring", "2027-summer"
WITH_CLASSES = ("900002", "900003", "900004", "900005")


@pytest.fixture(scope="module")
def demo_world():
    return make_trust()


def test_the_terms_lie_between_the_census_days():
    autumn, spring, summer = days.CENSUS_DAYS.values()
    assert days.SUMMER_2026.days[-1] < autumn < days.AUTUMN_2026.days[-1] < spring < days.SPRING_2027.days[-1] < summer
    for term in days.TERMS:
        assert list(term.days) == sorted(set(term.days))
        assert term.training in term.days


@pytest.mark.parametrize("urn", URNS)
def test_nothing_is_known_before_it_was_recorded(urn):
    school = TRUST.school(urn)
    for pupil in school.pupils:
        for facts in pupil.facts.values():
            assert all(fact.withdrawn is None or fact.recorded <= fact.withdrawn for fact in facts)
    before, after = school.entities(dt.date(2026, 10, 28)), school.entities(days.CENSUS_DAYS[SUMMER])
    records = [entity for entity in after if entity != "AttendanceRollCallRecord"]
    latest = max(row["revision"] for entity in records for row in before[entity])
    for entity in records:
        earlier = {row["id"]: row for row in before[entity]}
        new = [row for row in after[entity] if earlier.get(row["id"]) != row and row["revision"]]
        assert all(row["revision"] > latest for row in new), entity


@pytest.mark.parametrize("urn", URNS)
def test_a_registers_marks_show_up_to_the_day_and_keep_their_ids(urn):
    school = TRUST.school(urn)
    shown = {}
    for day in (days.CENSUS_DAY, dt.date(2026, 12, 17), dt.date(2026, 12, 18), days.CENSUS_DAYS[SUMMER]):
        rows = school.entities(day)["AttendanceRollCallRecord"]
        shown[day] = {row["id"]: tuple(value for name, value in row.items() if name != "revision") for row in rows}
        assert max(row["recordDate"] for row in rows) <= day
    autumn, running, over, summer = shown.values()
    assert autumn.items() <= running.items() <= over.items()
    assert autumn.items() <= over.items() <= summer.items()
    assert len(autumn) < len(over) < len(summer)
    assert len(autumn) < len(running) < len(over)


def test_marks_are_drawn_only_when_asked_for():
    school = make_trust(scale=TINY).school("900002")
    school.entities(days.CENSUS_DAY)
    assert set(school.contents.registers.drawn) == {days.SUMMER_2026, days.AUTUMN_2026}


@pytest.mark.parametrize("term", [days.AUTUMN_2026, days.SPRING_2027])
def test_every_suspension_of_a_term_has_its_marks(term):
    suspended = 0
    for school in TRUST.schools:
        marks = school.contents.registers.of(term)
        for pupil in school.pupils:
            for fact in pupil.facts.get("suspension", ()):
                if fact.value.category != "LNCH" and fact.start in term.days:
                    suspended += 1
                    first = term.slots(fact.start, fact.start)
                    assert {marks.row(pupil.id)[slot] for slot in range(first.start, first.stop)} != {NO_MARK}
    assert suspended >= len(TRUST.schools) - 1


def test_everything_that_can_happen_happens_to_somebody(demo_world):
    happened = {name for school in demo_world.schools for name, ids in school.edits.items() if ids}
    assert {event.name for event in year.EVENTS} <= happened
    assert {f"joined on {day}" for day in year.JOINING} <= happened


@pytest.mark.parametrize("urn", WITH_CLASSES)
def test_classes_and_pupils_out_of_class_are_the_roll(demo_world, urn):
    for trust in (TRUST, demo_world):
        school, day = trust.school(urn), days.CENSUS_DAYS[SPRING]
        told = tomllib.loads(school.school_file(SPRING))
        counted = sum(row["home_pupils"] for row in told["class"]) + sum(told["reconciliation"].values())
        on_roll = [
            pupil
            for pupil in school.pupils
            if any(fact.holds(day) for fact in pupil.on("enrolment", day))
            and next(fact for fact in pupil.on("year", day) if fact.holds(day)).value.status != "G"
        ]
        assert counted == len(on_roll)


@pytest.mark.parametrize("urn", URNS)
def test_a_school_file_is_asked_for_in_spring_alone(urn):
    school = TRUST.school(urn)
    assert [bool(school.school_file(key)) for key in days.CENSUS_DAYS] == [False, True, False]


def test_infant_classes_above_thirty_say_why(demo_world):
    large = [
        row
        for school in demo_world.schools
        for row in tomllib.loads(school.school_file(SPRING)).get("class", ())
        if row["year_group"] in {"R", "1", "2"} and row["home_pupils"] + row["guest_pupils"] > 30
    ]
    assert large
    for row in large:
        excepted = sum(row[f"exception_{letter}"] for letter in "abcdefgh")
        assert row["home_pupils"] + row["guest_pupils"] - excepted <= 30


@pytest.mark.parametrize(("key", "asked"), [(SPRING, {"55", "56"}), (SUMMER, {"55", "56"}), ("2026-autumn", set())])
def test_bursaries_are_told_in_spring_and_summer(demo_world, key, asked):
    rows = [row for school in demo_world.schools for row in csv.DictReader(io.StringIO(school.on_the_day(key)))]
    assert {row.get("learner_support") or None for row in rows} - {None} == asked


def test_contact_time_is_told_of_every_pupil_of_the_unit_in_spring_only():
    unit = TRUST.school("900007")
    rows = list(csv.DictReader(io.StringIO(unit.on_the_day(SPRING))))
    assert rows
    assert all(10 <= int(row["unit_contact_time"]) <= 30 for row in rows)
    assert "unit_contact_time" not in unit.on_the_day(SUMMER)
    elsewhere = csv.DictReader(io.StringIO(TRUST.school("900002").on_the_day(SPRING)))
    assert not any(row["unit_contact_time"] for row in elsewhere)
