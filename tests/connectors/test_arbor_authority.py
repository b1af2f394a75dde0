"""What the authority is told, from Arbor to the minimised table, held against the world behind the server."""

import datetime as dt
from collections import Counter

import pytest

from assets.plan import feed_plan
from exports.minimise import minimise
from schemas.canonical import CANONICAL
from schemas.feeds import DATASETS
from schemas.feeds.dataset import SchoolYear, Taking
from schemas.feeds.results import GOALS
from simulator.arbor import ArborServer
from simulator.world import days
from simulator.world.marks import SYMBOLS
from simulator.world.results import GOALS as GOAL_CODES
from tests.connectors.arbor_school import Mis, trust
from tests.exports.trust_folder import agreement

DAY = days.CENSUS_DAY
TAKING = Taking(
    DAY, dt.date(2026, 9, 1), (SchoolYear(dt.date(2025, 9, 2), dt.date(2026, 7, 22)), SchoolYear(*days.THIS_YEAR))
)
FEEDS = {
    "900002": ("la_attendance_823", "la_eyfsp_823", "la_fsm_check_823", "la_suspensions_823"),
    "900004": ("la_attendance_823", "la_next_steps_823", "la_fsm_check_823", "la_sickness_823"),
}


@pytest.fixture(scope="module", params=FEEDS)
def told(request, stage):
    """Tables of the school's agreements, each read for that agreement alone, and the school they are of."""
    stage.app = ArborServer(trust(), DAY)
    made = {}
    for name in FEEDS[request.param]:
        terms = agreement(name)
        read = Mis(stage.url, stage.app, request.param).snapshot(feed_plan([(terms, TAKING)]))
        held = {**{table: each.empty() for table, each in CANONICAL.items()}, **read.frames}
        frames = DATASETS[terms.dataset].make(held, TAKING)
        made[terms.dataset] = minimise(frames, terms, as_at=DAY)[terms.dataset]
    return trust().school(request.param), made


def known(school, kind):
    """The value that the MIS shows of one kind of fact, by pupil."""
    found = {str(pupil.id): list(pupil.on(kind, DAY)) for pupil in school.pupils}
    return {pupil: facts[-1].value for pupil, facts in found.items() if facts}


def on_roll(school):
    """The pupils on roll on the day, guests left out."""
    for pupil in school.pupils:
        years = [fact.value for fact in pupil.on("year", DAY) if fact.holds(DAY)]
        here = any(fact.holds(DAY) for fact in pupil.on("enrolment", DAY))
        if here and not (years and years[-1].status == "G"):
            yield pupil


def lost(school):
    """Unauthorised sessions of each pupil in the last ten weeks with registers, and the last day of one."""
    terms = school.contents.registers.shown(DAY)
    weeks = sorted({day - dt.timedelta(day.weekday()) for marks in terms for day in marks.term.days if day <= DAY})
    sessions, latest = Counter(), {}
    for marks in terms:
        for row, pupil in enumerate(marks.pupils):
            for slot, code in enumerate(marks.codes[row]):
                day = marks.term.days[slot // 2]
                if weeks[-10] <= day <= DAY and code < len(SYMBOLS) and SYMBOLS[code] in {"G", "N", "O", "U"}:
                    sessions[str(pupil)] += 1
                    latest[str(pupil)] = day
    return sessions, latest


def test_the_attendance_return_counts_what_the_registers_hold(told):
    school, tables = told
    sessions, latest = lost(school)
    found = dict(zip(tables["absence"]["pupil_id"], tables["absence"]["sessions"], strict=True))
    assert found == {pupil: sessions[pupil] for pupil in found}
    silent = {pupil for pupil, count in sessions.items() if count >= 10 and latest[pupil] >= TAKING.window_start}
    gone_or_not_of_age = silent - set(found)
    leaving = {str(pupil.id): pupil.last("enrolment").end for pupil in school.pupils}
    born = {str(pupil.id): pupil.last("person").value.dob for pupil in school.pupils}
    for pupil in gone_or_not_of_age:
        assert (leaving[pupil] or DAY) < DAY or not 5 <= days.age_on(born[pupil], dt.date(2026, 8, 31)) <= 15


def test_the_parents_to_be_checked_are_those_who_gave_a_number(told):
    school, tables = told
    table = tables["meal_check"]
    asked = set(table["contact_nino"].dropna()) | set(table["contact_nass"].dropna())
    parents = [fact.value for pupil in on_roll(school) for fact in pupil.on("guardian", DAY)]
    assert asked == {parent.nino or parent.nass for parent in parents if parent.nino or parent.nass}
    assert len(table) == table["pupil_id"].nunique() > 0


def test_a_refusal_in_arbor_leaves_only_the_basic_details(told):
    school, tables = told
    if "next_step" not in tables:
        assert school.urn == "900002"
        return
    table = tables["next_step"].set_index("pupil_id")
    plans = known(school, "intention")
    refused = {pupil for pupil, plan in plans.items() if plan.refused}
    refused |= {pupil for pupil, details in known(school, "details").items() if details.yssa == "No"}
    assert set(table.index[table["refused"]]) == refused & set(table.index) != set()
    assert table.loc[table["refused"], ["upn", "activity", "provider", "email"]].isna().all(axis=None)
    assert table["surname"].notna().all()
    told_of = {pupil: plan.activity for pupil, plan in plans.items() if pupil in table.index and pupil not in refused}
    assert all((table["activity"][pupil] == activity) for pupil, activity in told_of.items() if activity)


def test_the_goals_of_last_summer_are_the_worlds_in_order(told):
    school, tables = told
    if "eyfsp" not in tables:
        assert school.urn == "900004"
        return
    results = known(school, "results")
    for row in tables["eyfsp"].to_dict("records"):
        goals = {each.assessment: each.grade for each in results[row["pupil_id"]] if each.day.year == 2026}
        assert [row[name] for name in GOALS] == [goals[code] for code in GOAL_CODES]
    assert len(tables["eyfsp"]) > 0


def test_no_agreement_of_the_authority_asks_for_more_than_it_sends():
    """The attendance return names no contact and nothing of health but the marks; the meals check no address."""
    plans = {
        name: set(feed_plan([(agreement(name), TAKING)]).tables) for name in ("la_attendance_823", "la_fsm_check_823")
    }
    assert not plans["la_attendance_823"] & {"contact", "sen_status", "in_care", "suspension"}
    assert not plans["la_fsm_check_823"] & {"address", "attendance_mark", "sen_status"}
