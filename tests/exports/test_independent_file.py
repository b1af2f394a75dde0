"""A return by an independent writer: none of its fifteen planted differences escapes, and a clean file shows none."""

import pytest

from exports.census_file import CensusFile, read_return
from exports.changes import changes
from exports.formats.census_xml import render_census
from exports.learning import learned
from pipelines.actions.checking import check
from schemas.census.layout import layout
from simulator.arbor import ArborServer, serve
from simulator.deployment import FOLDER
from simulator.world.schools import TINY
from simulator.world.trust import make_trust
from tests.exports import independent_writer as writer
from tests.pipelines.demo_returns import CENSUS_DAY, census_snapshot, census_tables

SIXTH_FORM = "900004"
UNKNOWN, CASE, PLACE, ORDER = "not in the layout", "in another case", "in another place", "out of order"
NAMED = {
    writer.TAG_SURNAME: (
        {("PupilIdentifiers/LastName", UNKNOWN)},
        {("pupil.surname", "vanished", 38)},
        {("PupilIdentifiers/LastName", "perhaps it is our Surname")},
        {"L-surname"},
    ),
    writer.TAG_SESSIONS: (
        {("SessionDetail/AbsenceSessions", UNKNOWN)},
        {("session_detail.sessions", "vanished", 297)},
        {("SessionDetail/AbsenceSessions", "perhaps it is our Sessions")},
        {"L-attendance-sessions"},
    ),
    writer.TAG_RELIGION: (
        {("PupilCharacteristics/Religion", UNKNOWN)},
        set(),
        {("PupilCharacteristics/Religion", "once it has a column")},
        set(),
    ),
    writer.CASE_DOB: (
        {("PupilIdentifiers/Dob", CASE)}, set(), {("PupilIdentifiers/Dob", "spell it as the file does")}, set(),
    ),
    writer.CASE_FSM: (
        {("FSMeligibility/FSMPeriod", CASE)}, set(), {("FSMeligibility/FSMPeriod", "spell it")}, set(),
    ),
    writer.CASE_SEN: (
        {("SpecialEducationalNeeds/SenProvision", CASE)}, set(),
        {("SpecialEducationalNeeds/SenProvision", "spell it")}, set(),
    ),
    writer.PLACE_SERVICE: (
        {("PupilStatus/ServiceChild", PLACE)}, set(),
        {("PupilStatus/ServiceChild", "PupilStatus/ServiceChild,")}, set(),
    ),
    writer.ORDER_MIDDLE: (
        {("PupilIdentifiers/PreferredSurname", ORDER)}, set(),
        {("PupilIdentifiers/PreferredSurname", "move it after Forename")}, set(),
    ),
    writer.ORDER_PART_TIME: (
        {("PupilStatus/PartTime", ORDER)}, set(), {("PupilStatus/PartTime", "move it after EnrolStatus")}, set(),
    ),
    writer.ORDER_ATTENDANCE: (
        {("PupilOnRoll/Attendance", ORDER)}, set(),
        {("PupilOnRoll/Attendance", "move it after SpecialEducationalNeeds")}, set(),
    ),
    writer.WINDOW_FSM: (
        set(),
        {("fsm_period", "appeared", 1), ("FSM periods that do not touch their window", 0, 1)},
        set(),
        {"1763"},
    ),
    writer.WINDOW_SUSPENSION: (
        set(),
        {("exclusion.start_date", "changed", 1), ("suspensions that start outside their window", 0, 1)},
        set(),
        {"2290"},
    ),
    writer.VALUE_LANGUAGE: (set(), {("pupil.language", "changed", 1)}, set(), set()),
    writer.VALUE_ENTRY: (
        {("PupilStatus/EntryDate", "a value that cannot be read")}, {("pupil.entry_date", "vanished", 1)},
        set(), {"1880"},
    ),
    writer.VALUE_POSSIBLE: (set(), {("attendance.sessions_possible", "changed", 1)}, set(), {"L-attendance-sum"}),
}  # fmt: skip
"""For each planted difference: what the reader, the comparison, the proposals and the rules must say of it."""


@pytest.fixture(scope="module")
def tables():
    trust = make_trust(scale=TINY)
    with serve(ArborServer(trust, CENSUS_DAY)) as url:
        school = trust.school(SIXTH_FORM)
        return census_tables(school, census_snapshot(school, url))


@pytest.fixture(scope="module")
def ours(tables) -> CensusFile:
    return read_return(render_census(tables, layout("2026-27").for_term("A")), "ours.xml")


@pytest.fixture(scope="module")
def everything(tables, ours) -> tuple[set, set, set, set]:
    return said(writer.write(tables, writer.DIFFERENCES), ours)


def said(data: bytes, ours: CensusFile) -> tuple[set, set, set, set]:
    """What check, diff and learn say of a file, in the form of `NAMED`."""
    file = read_return(data, "theirs.xml")
    checked = check(data, "theirs.xml", FOLDER)
    found = changes(ours.frames, file.frames)
    differing = {(item.field, str(item.change), item.count) for item in found.items}
    differing |= {(moved.name, moved.left, moved.right) for moved in found.windows}
    assert checked.faults == file.faults
    return (
        {(fault.path, str(fault.kind)) for fault in checked.faults},
        differing,
        {(proposal.path, proposal.text) for proposal in learned(file).proposals},
        {cause.rule for cause in checked.causes},
    )


def matches(wanted: tuple[str, str], found: set) -> bool:
    return any(path.endswith("/" + wanted[0]) and wanted[1] in words for path, words in found)


def test_a_clean_file_shows_no_difference_no_fault_no_proposal_and_breaks_no_rule(tables, ours):
    data = writer.write(tables)
    assert said(data, ours) == (set(), set(), set(), set())
    assert changes(ours.frames, read_return(data, "theirs.xml").frames).none
    assert read_return(data, "theirs.xml").software == "AnotherMIS 26.3"


def test_without_registers_the_rules_that_need_one_are_not_evaluated_and_count(tables):
    checked = check(writer.write(tables), "theirs.xml")
    assert checked.registers == ()
    assert checked.found == len(checked.causes) > 0
    assert not any(cause.evaluated for cause in checked.causes)


def test_fifteen_differences_are_planted(tables):
    files = {writer.write(tables, planted) for planted in ((), *({one} for one in writer.DIFFERENCES))}
    assert len(files) == 1 + len(NAMED) == 16


@pytest.mark.parametrize("difference", writer.DIFFERENCES)
def test_each_is_named_among_all_fifteen(difference, everything):
    form, values, proposals, rules = everything
    wanted_form, wanted_values, wanted_proposals, wanted_rules = NAMED[difference]
    assert wanted_form or wanted_values
    assert all(matches(wanted, form) for wanted in wanted_form)
    assert wanted_values <= values
    assert all(matches(wanted, proposals) for wanted in wanted_proposals)
    assert wanted_rules <= rules


@pytest.mark.parametrize("difference", writer.DIFFERENCES)
def test_alone_it_is_the_only_one_named(difference, tables, ours):
    form, values, proposals, rules = said(writer.write(tables, {difference}), ours)
    wanted_form, wanted_values, wanted_proposals, wanted_rules = NAMED[difference]
    assert {path.rpartition("/")[2] for path, _ in form} == {path.rpartition("/")[2] for path, _ in wanted_form}
    assert values == wanted_values
    assert {path.rpartition("/")[2] for path, _ in proposals} == {
        each.rpartition("/")[2] for each, _ in wanted_proposals
    }
    assert bool(rules) == bool(wanted_rules)
