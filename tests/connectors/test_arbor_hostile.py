"""The connector against servers that misbehave: the same frames, or a refusal by name; never something else quietly."""

import dataclasses

import pytest

from connectors import connect
from connectors.arbor.resources import ENTITIES
from connectors.arbor.rows import _by_arrow, _objects, _patiently, read_list, without_blanks
from connectors.limits import Limits
from connectors.mis import (
    InsecureMis,
    MisAnswerUnreadable,
    MisRefused,
    MisUnavailable,
    TornSnapshot,
    UnknownMis,
    WrongSchool,
)
from connectors.wire import AskAgain, Unreadable
from schemas.refusal import Refusal
from simulator.arbor import Drift, Fault, Knobs
from simulator.world import days
from tests.connectors.arbor_school import NOON, plan, trust

SOME = ("pupil", "upn", "enrolment", "enrol_status", "nc_year", "sen_status", "address")


@pytest.fixture(scope="session")
def expected():
    """Frames of a well-behaved server, by tables of the plan."""
    return {}


def told(snapshot, expected, tables=SOME):
    """Say whether a snapshot equals that of the first server asked for the same tables."""
    frames = expected.setdefault(tables, snapshot.frames)
    return all(frames[name].equals(snapshot.frames[name]) for name in tables) and len(snapshot.frames["pupil"]) > 0


@pytest.mark.parametrize(
    "knobs",
    [
        Knobs(),
        Knobs(page_base=0),
        Knobs(page_base=0, max_page_size=7),
        Knobs(page_base=1, max_page_size=7),
        Knobs(max_page_size=1000, honour_paging=False),
        Knobs(text_scalars=True, filled_tags=True),
        Knobs(revision_ids=False),
        Knobs(empty_list="missing"),
        Knobs(faults={2: Fault.RATE_LIMIT, 5: Fault.RATE_LIMIT}),
        Knobs(faults={1: Fault.SERVER_ERROR, 9: Fault.SERVER_ERROR, 10: Fault.SERVER_ERROR}),
        Knobs(faults={1: Fault.ERROR_IN_ENVELOPE, 4: Fault.ERROR_IN_ENVELOPE}),
        Knobs(faults={2: Fault.TRUNCATED, 3: Fault.HTML, 9: Fault.BAD_GATEWAY, 11: Fault.GATEWAY_TIMEOUT}),
        Knobs(faults={2: Fault.RESET, 7: Fault.CUT}),
        Knobs(drift=Drift("FixedPeriodExclusion", "remove")),
    ],
    ids=lambda knobs: ",".join(
        field.name for field in dataclasses.fields(Knobs) if getattr(knobs, field.name) != getattr(Knobs(), field.name)
    ),
)
def test_the_same_frames_however_the_server_answers(mis, expected, knobs):
    if not expected:
        told(mis().snapshot(plan(*SOME)), expected)
    assert told(mis(knobs=knobs).snapshot(plan(*SOME)), expected)


CHANGES = [("remove", True), ("add", True), ("update", True), ("remove", False), ("add", False), ("update", False)]


@pytest.mark.parametrize("place", ["front", "middle", "end"])
@pytest.mark.parametrize(("action", "logged"), CHANGES)
def test_a_change_while_reading_is_read_again_and_the_snapshot_is_the_school_after_it(mis, action, logged, place):
    """Whatever the change log says of it, and in whatever page it is."""
    drift = Drift("UkDfe_UpnAssignment", action, logged=logged, place=place)
    school = mis(knobs=Knobs(max_page_size=9, drift=drift))
    snapshot = school.snapshot(plan("upn"))
    rows = school.store["UkDfe_UpnAssignment"]
    assert snapshot.certificate["rounds"] == (3 if place == "front" else 2), "a later page is read after the change"
    assert sorted(snapshot.frames["upn"]["upn"]) == sorted(row["upn"] for row in rows)


@pytest.mark.parametrize("entity", ["Person", "Ethnicity"])
def test_a_school_that_goes_on_changing_is_torn(mis, entity):
    with pytest.raises(TornSnapshot, match=f"{ENTITIES[entity].path}: its rows went on changing"):
        mis(knobs=Knobs(drift=Drift(entity, "update", times=99))).snapshot(plan("pupil"))


def test_a_change_in_a_list_that_was_read_long_before_is_found(mis):
    school = mis(knobs=Knobs(max_page_size=500))
    state = school.app.school("900004")
    served = state.served

    def late(entity):
        served(entity)
        if entity == "AttendanceRollCallRecord" and state.pages[entity] == 1:
            state._move(Drift("Person", "update"))

    state.served = late
    snapshot = school.snapshot(plan("pupil", "attendance_mark"))
    assert snapshot.certificate["rounds"] == 3
    assert snapshot.certificate["resources"]["persons"]["last_revision"] == state._revision(state.store)


def test_a_list_that_lost_a_student_is_found_by_the_references_to_it(mis):
    school = mis()
    store = school.app.school("900004").store
    store["PostalAddress"] = store["PostalAddress"][1:]
    with pytest.raises(TornSnapshot, match="references to rows that were not listed"):
        school.snapshot(plan("address"))


LEAVES = ("former_surname", "upn")


def test_a_server_that_lists_stubs_is_read_item_by_item(mis):
    whole, stubs = (mis(knobs=Knobs(stub_lists=given)).snapshot(plan(*LEAVES)) for given in (False, True))
    for name in LEAVES:
        assert_same_rows(whole.frames[name], stubs.frames[name])
    assert stubs.certificate["requests"] > whole.certificate["requests"] + 2 * len(whole.frames["upn"])


def assert_same_rows(one, other):
    first, second = (frame.sort_values("source").reset_index(drop=True) for frame in (one, other))
    assert first.equals(second)
    assert len(first) > 0


def test_an_item_that_went_after_it_was_listed_tears_the_snapshot(mis):
    gone = trust().school("900004").entities(days.CENSUS_DAY)["UkDfe_UpnAssignment"][0]["id"]
    href = f"/rest-v2/uk-dfe_upn-assignments/{gone}"
    school = mis(knobs=Knobs(stub_lists=True, gone=frozenset({href})), limits=Limits(rounds=1))
    with pytest.raises(TornSnapshot, match=r"uk-dfe_upn-assignments: \d+ listed, \d+ fetched"):
        school.snapshot(plan("upn"))


@pytest.mark.parametrize("nth", [1, 2, 7])
@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (Fault.HTML, MisAnswerUnreadable), (Fault.TRUNCATED, MisAnswerUnreadable),
        (Fault.REDIRECT_AWAY, MisAnswerUnreadable),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_answer_is_refused(mis, fault, refusal, nth):
    with pytest.raises(refusal):
        mis(knobs=Knobs(faults=dict.fromkeys(range(nth, nth + 9), fault))).snapshot(plan("sen_status"))


def test_a_server_that_goes_on_failing_is_unavailable_after_five_attempts(mis):
    school = mis(knobs=Knobs(faults=dict.fromkeys(range(1, 99), Fault.SERVER_ERROR)))
    with pytest.raises(MisUnavailable, match="HTTP 500"):
        school.snapshot(plan("sen_status"))
    assert school.app.school("900004").requests == 5


def test_a_pause_longer_than_we_wait_is_unavailable_at_once(mis):
    school = mis(knobs=Knobs(faults={1: Fault.RATE_LIMIT}, retry_after="86400"))
    with pytest.raises(MisUnavailable, match="HTTP 429"):
        school.snapshot(plan("sen_status"))


def test_a_port_that_nobody_listens_on_is_unavailable(mis):
    with pytest.raises(MisUnavailable, match="ConnectError"):
        mis(url="http://127.0.0.1:1").snapshot(plan("sen_status"))


@pytest.mark.parametrize("calls", [0, 1, 6])
def test_a_secret_that_dies_while_reading_ends_it(mis, calls):
    with pytest.raises(MisRefused, match="no longer accepts"):
        mis(knobs=Knobs(revoke_after=calls)).snapshot(plan("pupil"))


def test_an_entity_that_is_not_granted_is_named(mis):
    with pytest.raises(MisRefused, match="sen-status-assignments"):
        mis(knobs=Knobs(forbidden=frozenset({"SenStatusAssignment"}))).snapshot(plan("sen_status"))


def test_a_date_that_is_not_granted_is_refused_and_a_text_is_told(mis):
    with pytest.raises(MisRefused, match=r"SenStatusAssignment\.endDate"):
        mis(knobs=Knobs(withheld=frozenset({"SenStatusAssignment.endDate"}))).snapshot(plan("sen_status"))
    snapshot = mis(knobs=Knobs(withheld=frozenset({"Student.nhsNumber"}))).snapshot(plan("pupil"))
    assert snapshot.certificate["resources"]["students"]["absent"] == ["nhsNumber"]
    assert snapshot.frames["pupil"]["nhs_number"].isna().all()


@pytest.mark.parametrize(
    "settings", [{"urn": "900002"}, {"la_number": "999"}, {"estab": "0001"}, {"urn": "a partner"}],
)  # fmt: skip
def test_another_school_than_the_configured_one_is_refused(mis, settings):
    if settings == {"urn": "a partner"}:
        institutions = trust().school("900004").entities(days.CENSUS_DAY)["EducationalInstitution"]
        settings = {"urn": next(row["urn"] for row in institutions if row["censusSchoolPhase"] is None)}
    school = mis()
    asked = dataclasses.replace(school.settings, **settings)
    with pytest.raises(WrongSchool):
        connect("arbor", asked).snapshot(plan("sen_status"), lambda *_: None, lambda: NOON)


def test_plain_http_and_unknown_kinds_are_refused(mis):
    settings = mis().settings
    with pytest.raises(InsecureMis):
        dataclasses.replace(settings, url="http://school.example")
    with pytest.raises(UnknownMis, match="arbor"):
        connect("abacus", settings)
    assert settings.secret not in repr(settings)


HOSTILE = [
    Knobs(revoke_after=12), Knobs(faults=dict.fromkeys(range(9, 99), Fault.TRUNCATED)),
    Knobs(faults=dict.fromkeys(range(9, 99), Fault.HTML)),
    Knobs(drift=Drift("Person", "remove", times=99)), Knobs(withheld=frozenset({"Person.dateOfBirth"})),
    Knobs(faults=dict.fromkeys(range(7, 99), Fault.SERVER_ERROR)),
]  # fmt: skip


@pytest.mark.parametrize("knobs", HOSTILE, ids=range(len(HOSTILE)))
def test_no_refusal_holds_the_secret_or_a_value(mis, knobs):
    school = mis(knobs=knobs)
    names = {row["legalLastName"] for row in school.store["Person"] if len(row["legalLastName"]) > 3}
    upns = {row["upn"] for row in school.store["UkDfe_UpnAssignment"]}
    with pytest.raises(Refusal) as caught:
        school.snapshot(plan())
    chain, texts = caught.value, []
    while chain is not None:
        texts.append(f"{chain} {chain!r} {chain.__dict__}")
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    said = " ".join(texts)
    assert school.settings.secret not in said
    assert not {value for value in names | upns if value in said}


def test_a_value_of_the_wrong_kind_is_refused_without_being_told(mis):
    school = mis()
    store = school.app.school("900004").store
    store["Student"] = [{**row, "fundedHours": "abcdefg"} for row in store["Student"]]
    with pytest.raises(MisAnswerUnreadable) as caught:
        school.snapshot(plan("pupil"))
    assert "pupil.funded_hours" in str(caught.value)
    assert "abcdefg" not in str(caught.value)


ROW = (
    '{"href": "/rest-v2/sen-needs/1", "revisionId": 4, "student": {"href": "/rest-v2/students/1"}, '
    '"effectiveDate": {"date": "2026-01-02 00:00:00"}, "ranking": "1", "userTags": []}'
)
NEED = ENTITIES["SenNeed"]
PROPERTIES = ("effectiveDate", "ranking", "student")


def body(row, response='{"code": 200}'):
    return f'{{"response": {response}, "senNeeds": [{row}]}}'.encode()


def test_the_fast_reader_and_the_patient_one_agree():
    fast, patient = _by_arrow(body(ROW), NEED, PROPERTIES), _patiently(_objects(body(ROW), NEED), NEED, PROPERTIES)
    assert fast.table.equals(patient.table)
    assert fast.present == patient.present == set(PROPERTIES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"1"', "1"), ("[]", '{"a": "b"}'), ('"revisionId": 4', '"revisionId": "4"'),
        ('{"date": "2026-01-02 00:00:00"}', '"2026-01-02 00:00:00"'),
    ],
)  # fmt: skip
def test_forms_that_mean_the_same_read_the_same(old, new):
    assert read_list(body(ROW.replace(old, new)), NEED, PROPERTIES).table.equals(
        read_list(body(ROW), NEED, PROPERTIES).table
    )


@pytest.mark.parametrize("blank", ["null", '""', '"  "', "[]"])
def test_blanks_are_null(blank):
    read = read_list(body(ROW.replace('"1"', blank)), NEED, PROPERTIES).table
    assert without_blanks(read)["ranking"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (body(ROW, '{"code": 500}'), AskAgain), (body(ROW, '{"code": "503"}'), AskAgain), (body("7"), Unreadable),
        (body(ROW.replace("href", "ref", 1)), Unreadable), (body(ROW.replace('"1"', "{}")), Unreadable),
        (b"[]", Unreadable), (b"", AskAgain), (b'{"senNeeds": {"a": 1}}', Unreadable),
        (body(ROW.replace('{"href": "/rest-v2/students/1"}', "7")), Unreadable),
    ],
    ids=range(9),
)  # fmt: skip
def test_bodies_that_cannot_be_read(answer, error):
    with pytest.raises(error):
        read_list(answer, NEED, PROPERTIES)
