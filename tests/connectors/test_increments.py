"""A night's reading by the change log: as a full one of the same moment, or a full one."""

import datetime as dt
from dataclasses import replace

import pytest

from connectors import connect
from connectors.mis import MisRefused, Plan
from simulator.arbor import ArborServer, Drift, Knobs
from simulator.arbor.school import School
from simulator.world import days
from tests.connectors import hostile
from tests.connectors.arbor_school import NOON

DAY = dt.timedelta(days=1)
WINDOW = dict(zip(("attendance_from", "attendance_to"), hostile.WINDOW, strict=True))
URN = "900004"
TABLES = {
    "upn": "upn", "sen_status": "provision", "address": "postcode", "attendance_mark": "code", "pupil": "surname",
}  # fmt: skip
KNOBS = Knobs(max_page_size=9)


def wanted(*, increments=True, **window):
    return Plan(
        {name: frozenset(columns.split()) for name, columns in TABLES.items()},
        **(window or WINDOW),
        increments=increments,
    )


@pytest.fixture
def nights(mis):
    """A function from knobs to a school that was read in full, whose next reading may be an increment."""

    def made(knobs=KNOBS, **settings):
        app = ArborServer(hostile.trust(), days.CENSUS_DAY, knobs)
        app._schools[URN] = School(URN, dict(hostile.store(URN)), knobs)
        school = mis(URN, app=app, bases=hostile.Kept(), **settings)
        assert read(school).certificate["reading"] == "full"
        return school

    return made


def read(school, after=dt.timedelta(), **asked):
    return connect("arbor", school.settings).snapshot(wanted(**asked), lambda *_: None, lambda: NOON + after)


def same(one, other):
    return all(
        one.frames[name]
        .sort_values("source", ignore_index=True)
        .equals(other.frames[name].sort_values("source", ignore_index=True))
        for name in other.frames
    )


def move(school, *moves):
    state = school.app.school(school.urn)
    for entity, action, *place in moves:
        state._move(Drift(entity, action, place=place[0] if place else "middle"))


NIGHT = (
    ("Student", "remove"), ("UkDfe_UpnAssignment", "remove"), ("UkDfe_UpnAssignment", "restore", "front"),
    ("SenStatusAssignment", "update"), ("PostalAddress", "update"), ("Person", "update", "end"),
    ("AttendanceRollCallRecord", "update"), ("AttendanceRollCallRecord", "remove", "front"),
    ("AttendanceRollCallRecord", "add", "end"), ("PostalAddressOccupancy", "add"),
)  # fmt: skip


@pytest.mark.parametrize("door", ["rest", "graphql"])
def test_a_night_of_changes_is_as_a_full_reading_of_it(nights, door):
    school = nights(door=door)
    before = sum(school.app.school(school.urn).pages.values())
    move(school, *NIGHT)
    night = read(school, DAY)
    asked = sum(school.app.school(school.urn).pages.values()) - before
    whole = read(school, DAY, increments=False)
    assert same(night, whole)
    told = night.certificate
    assert (told["reading"], told["stable"]) == ("increment", True)
    assert (told["full_at"], told["base_at"]) == (NOON.isoformat(), NOON.isoformat())
    assert told["resources"]["students"]["deleted"] == 1
    assert told["log"][0] < told["log"][1]
    assert whole.certificate["reading"] == "full"
    assert asked < sum(school.app.school(school.urn).pages.values()) / 3


def test_nights_are_built_on_nights(nights):
    school = nights()
    first = read(school, DAY)
    for night, moved in enumerate((NIGHT[:3], NIGHT[3:6], NIGHT[6:]), start=2):
        move(school, *moved)
        told = read(school, night * DAY)
        assert told.certificate["reading"] == "increment"
        assert told.certificate["base"] != first.certificate["base"]
        assert told.certificate["full_at"] == NOON.isoformat()
        assert same(told, read(school, increments=False)), moved
        first = told


@pytest.mark.parametrize(("after", "reading"), [(7 * DAY - dt.timedelta(seconds=1), "increment"), (7 * DAY, "full")])
def test_a_full_reading_is_built_on_for_a_week(nights, after, reading):
    school = nights()
    told = read(school, after).certificate
    assert told["reading"] == reading
    assert ("a week old" in told.get("why_full", "")) == (reading == "full")
    assert (
        read(school, after + DAY).certificate["full_at"] == (NOON + after).isoformat()[:40]
        if reading == "full"
        else True
    )


def test_a_log_that_no_longer_reaches_back_is_not_built_on(nights):
    school = nights()
    state = school.app.school(school.urn)
    move(school, *NIGHT)
    state.knobs = replace(KNOBS, log_from=state._latest())
    told = read(school, DAY)
    assert "has a gap" in told.certificate["why_full"]
    assert same(told, read(school, DAY, increments=False))


def test_a_log_that_may_not_be_read_is_not_built_on(nights):
    school = nights()
    school.app.knobs = replace(KNOBS, log="closed")
    told = read(school, DAY).certificate
    assert "may not be read" in told["why_full"]


@pytest.mark.parametrize("door", ["rest", "graphql"])
def test_a_grant_taken_back_since_the_base_makes_a_full_reading(nights, door):
    """The full reading then says what is not granted, or refuses."""
    school = nights(door=door)
    state = school.app.school(school.urn)
    state.knobs = school.app.knobs = replace(KNOBS, withheld=frozenset({"UkDfe_UpnAssignment.upn"}))
    state._forget()
    told = read(school, DAY)
    assert told.certificate["reading"] == "full"
    assert told.certificate["why_full"]
    assert {default.name for default in told.defaults} >= {"not-granted"}


def test_a_grant_of_a_date_taken_back_is_refused_as_in_a_full_reading(nights):
    school = nights()
    state = school.app.school(school.urn)
    state.knobs = replace(KNOBS, withheld=frozenset({"UkDfe_UpnAssignment.startDatetime"}))
    state._forget()
    with pytest.raises(MisRefused, match=r"UkDfe_UpnAssignment\.startDatetime"):
        read(school, DAY)


@pytest.mark.parametrize("settings", [{"granted": frozenset({"SenNeed"})}, {"door": "graphql"}])
def test_other_settings_do_not_find_the_base(nights, settings):
    school = nights()
    school.settings = replace(school.settings, **settings)
    assert read(school, DAY).certificate["reading"] == "full"


def test_another_plan_does_not_find_the_base(nights):
    school = nights()
    last = WINDOW["attendance_to"] + DAY
    told = read(school, DAY, attendance_from=WINDOW["attendance_from"], attendance_to=last)
    assert told.certificate["reading"] == "full"


def test_who_asks_for_a_full_reading_gets_one(nights):
    assert read(nights(), DAY, increments=False).certificate["reading"] == "full"


@pytest.mark.parametrize("knobs", [replace(KNOBS, revision_ids=False), Knobs()])
def test_nothing_is_built_on_rows_without_revisions_or_on_short_lists(nights, knobs):
    told = read(nights(knobs), DAY).certificate
    assert (told["reading"], told["why_full"]) == ("full", "no list is long and tells its revisions")


def test_what_the_log_kept_silent_about_is_found_by_the_weekly_reading(nights):
    school = nights()
    state = school.app.school(school.urn)
    state._move(Drift("UkDfe_UpnAssignment", "remove", logged=False, place="front"))
    missed = read(school, DAY)
    assert missed.certificate["reading"] == "increment"
    weekly = read(school, 7 * DAY)
    assert weekly.certificate["reconciled"]["uk-dfe_upn-assignments"] == 1
    assert len(missed.frames["upn"]) == len(weekly.frames["upn"]) + 1
    told = read(school, 8 * DAY).certificate
    assert "keep silent" in told["why_full"]
    assert read(school, 14 * DAY).certificate["reading"] == "increment"


def test_a_list_that_ends_early_leaves_nobody_out(nights):
    """Most of the rows changed, so the list is read for them, and comes to an end after its first page."""
    school = nights()
    state = school.app.school(school.urn)
    for _ in range(30):
        state._move(Drift("UkDfe_UpnAssignment", "add", place="end"))
    state.knobs = school.app.knobs = replace(KNOBS, early_end={"UkDfe_UpnAssignment": 99})
    told = read(school, DAY)
    assert told.certificate["reading"] == "increment"
    assert sorted(told.frames["upn"]["upn"]) == sorted(row["upn"] for row in state.store["UkDfe_UpnAssignment"])


def test_a_row_that_the_log_names_and_nobody_gives_is_no_leaver(nights):
    school = nights()
    state = school.app.school(school.urn)
    move(school, ("UkDfe_UpnAssignment", "update"))
    named = state.changes("UkDfe_UpnAssignment", state._latest() - 1, None)[-1].href
    state.knobs = school.app.knobs = replace(KNOBS, gone=frozenset({named}))
    told = read(school, DAY)
    assert told.certificate["reading"] == "full"
    assert "not one moment" in told.certificate["why_full"]
    assert len(told.frames["upn"]) == len(state.store["UkDfe_UpnAssignment"])


def test_a_log_told_in_parts_is_read_to_its_end(nights):
    school = nights()
    move(school, *[("UkDfe_UpnAssignment", "update", place) for place in ("front", "middle", "end") * 3])
    school.app.school(school.urn).knobs = replace(KNOBS, log_most=40)
    told = read(school, DAY)
    assert told.certificate["reading"] == "increment"
    assert same(told, read(school, DAY, increments=False))


def test_a_base_that_is_not_whole_is_none(nights):
    school = nights()
    notes = school.settings.bases
    name = next(name for name in notes if name.endswith("UkDfe_UpnAssignment"))
    notes.save(name, notes[name][:-1])
    told = read(school, DAY).certificate
    assert (told["reading"], told.get("why_full")) == ("full", None)
