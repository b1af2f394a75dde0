"""The eighteen hazards that a client of such an API must survive, and every knob of the simulator, each by its name.

A hazard ends in one of two ways: the frames of a server that behaves, or a refusal by name.
"""

import datetime as dt
import logging
import time

import pytest

from connectors.arbor.rest import wire_to
from connectors.limits import Limits
from connectors.mis import MisAnswerUnreadable, MisRefused, MisUnavailable, TornSnapshot
from connectors.wire import Ask
from simulator.arbor import Drift, Fault, Knobs
from simulator.world import days
from simulator.world.refs import Ref
from tests.connectors.arbor_school import plan, trust

ENTITY = "UkDfe_UpnAssignment"
SHORT = Limits(read_seconds=0.5, answer_seconds=1.0, total_seconds=20, rate_limit_seconds=1)


@pytest.fixture
def expected(mis):
    return rows_of(mis().snapshot(plan("upn")))


def rows_of(snapshot, name="upn"):
    frame = snapshot.frames[name].sort_values("source").reset_index(drop=True)
    assert len(frame) > 0
    return frame


SAME = {
    "1 page drift mid-run": Knobs(max_page_size=9, drift=Drift(ENTITY, "update", after_pages=2, logged=False)),
    "2 pages begin at 0": Knobs(page_base=0, max_page_size=9),
    "2 pages begin at 1 and page 0 is the first": Knobs(page_base=1, before_first="clamp", max_page_size=9),
    "2 pages begin at 1 and page 0 is empty": Knobs(page_base=1, before_first="empty", max_page_size=9),
    "2 pages begin at 1 and page 0 is refused": Knobs(page_base=1, before_first="refuse", max_page_size=9),
    "2 paging is ignored": Knobs(honour_paging=False),
    "2 pages go round and round": Knobs(loop=True, max_page_size=9),
    "2 pages are not of one size": Knobs(uneven=True, max_page_size=9),
    "3 429 with Retry-After": Knobs(faults={3: Fault.RATE_LIMIT, 4: Fault.RATE_LIMIT}, retry_after="1"),
    "3 429 without Retry-After": Knobs(faults={3: Fault.RATE_LIMIT}, retry_after=None),
    "4 500": Knobs(faults={2: Fault.SERVER_ERROR}),
    "4 502": Knobs(faults={2: Fault.BAD_GATEWAY}),
    "4 504": Knobs(faults={2: Fault.GATEWAY_TIMEOUT}),
    "4 a connection reset before the answer": Knobs(faults={2: Fault.RESET}),
    "4 a connection cut inside the answer": Knobs(faults={5: Fault.CUT}),
    "4 no answer at all, once": Knobs(faults={4: Fault.HANG}),
    "4 an answer that drips, once": Knobs(faults={4: Fault.DRIP}),
    "5 an error in the body of a 200, once": Knobs(faults={3: Fault.ERROR_IN_ENVELOPE}),
    "6 a sign-in page with 200, once": Knobs(faults={3: Fault.HTML}),
    "6 half a JSON body with 200, once": Knobs(faults={3: Fault.TRUNCATED}),
    "7 properties without a value are left out": Knobs(nulls="missing"),
    "7 properties without a value are []": Knobs(nulls="[]"),
    "7 an empty list is null": Knobs(empty_list="null"),
    "7 an empty list is {}": Knobs(empty_list="{}"),
    "7 an empty list is left out": Knobs(empty_list="missing"),
    "7 numbers and booleans as text": Knobs(text_scalars=True),
    "7 tags are an object": Knobs(filled_tags=True),
    "14 a next link to another host": Knobs(links=True),
    "15 a walk that ends early, once": Knobs(max_page_size=9, early_end={ENTITY: 1}),
    "XML for whoever does not ask for JSON": Knobs(xml=True),
    "lists of stubs": Knobs(stub_lists=True),
    "rows without a revision": Knobs(revision_ids=False),
}  # fmt: skip


@pytest.mark.parametrize("hazard", sorted(SAME))
def test_survived(mis, expected, hazard):
    knobs = SAME[hazard]
    found = rows_of(mis(knobs=knobs, limits=SHORT).snapshot(plan("upn")))
    if knobs.drift:
        assert (found["upn"].str.endswith(" II").sum(), len(found)) == (1, len(expected))
    else:
        assert found.equals(expected)


NAMED = {
    "1 page drift that goes on": (Knobs(drift=Drift(ENTITY, "add", times=99)), TornSnapshot, "upn-assignments"),
    "3 a pause longer than we wait": (Knobs(faults={1: Fault.RATE_LIMIT}, retry_after="9999"), MisUnavailable, "429"),
    "4 no answer, ever": (Knobs(faults=dict.fromkeys(range(3, 99), Fault.HANG)), MisUnavailable, "ReadTimeout"),
    "4 an answer that drips for ever": (
        Knobs(faults=dict.fromkeys(range(3, 99), Fault.DRIP)), MisUnavailable, "too slowly",
    ),
    "5 an error in the body of every 200": (
        Knobs(faults=dict.fromkeys(range(3, 99), Fault.ERROR_IN_ENVELOPE)), MisUnavailable, "error 500",
    ),
    "6 a sign-in page with 200": (
        Knobs(faults=dict.fromkeys(range(3, 99), Fault.HTML)), MisAnswerUnreadable, "sign-in",
    ),
    "8 revoked in the middle": (Knobs(revoke_after=4), MisRefused, "no longer accepts"),
    "9 an entity that is not granted: 403": (Knobs(forbidden=frozenset({ENTITY})), MisRefused, "upn-assignments"),
    "9 an entity that is not granted: silence": (
        Knobs(forbidden=frozenset({ENTITY}), no_permission="empty"), MisRefused, f"says nothing at all of {ENTITY}",
    ),
    "9 a reference that is not given": (
        Knobs(withheld=frozenset({f"{ENTITY}.student"})), MisRefused, f"{ENTITY}.student",
    ),
    "9 a field that is dropped in the middle of a list": (
        Knobs(max_page_size=9, drops={f"{ENTITY}.upn": 1}), (TornSnapshot, MisRefused), "upn",
    ),
    "9 a field that is dropped between two readings": (
        Knobs(drops={f"{ENTITY}.upn": 1}), MisRefused, f"stopped giving {ENTITY}.upn",
    ),
    "10 404 for what was listed": (
        Knobs(stub_lists=True, gone=frozenset({"/rest-v2/uk-dfe_upn-assignments/{id}"})), TornSnapshot, "fetched",
    ),
    "14 a redirect to another host": (
        Knobs(faults={3: Fault.REDIRECT_AWAY}), MisAnswerUnreadable, "a redirect, which is never followed",
    ),
    "15 a walk that ends early each time": (Knobs(max_page_size=9, early_end={ENTITY: 99}), TornSnapshot, "upn"),
    "a row that is listed twice": (Knobs(twice=frozenset({ENTITY})), TornSnapshot, "listed"),
}  # fmt: skip


@pytest.mark.parametrize("hazard", sorted(NAMED))
def test_refused_by_name(mis, hazard):
    knobs, refusal, words = NAMED[hazard]
    if knobs.gone:
        one = trust().school("900004").entities(days.CENSUS_DAY)[ENTITY][0]["id"]
        knobs = Knobs(stub_lists=True, gone=frozenset(href.format(id=one) for href in knobs.gone))
    began = time.monotonic()
    with pytest.raises(refusal, match=words):
        mis(knobs=knobs, limits=Limits(read_seconds=0.3, answer_seconds=0.5, total_seconds=20, rounds=2)).snapshot(
            plan("upn")
        )
    assert time.monotonic() - began < 25


def test_4_the_deadline_of_the_whole_ends_everything(mis):
    """However many answers are only slow, no more is asked once the time is up."""
    knobs = Knobs(faults=dict.fromkeys(range(2, 999), Fault.HANG))
    limits = Limits(read_seconds=0.2, total_seconds=0.5, attempts=99)
    began = time.monotonic()
    with pytest.raises(MisUnavailable):
        mis(knobs=knobs, limits=limits).snapshot(plan("upn"))
    assert time.monotonic() - began < 10


def test_8_repeated_refusals_open_the_circuit(mis):
    """Whatever still wants to ask after three refusals in a row is refused here, and the server hears nothing of it."""
    school = mis(knobs=Knobs(forbidden=frozenset({ENTITY})))
    with wire_to(school.settings) as wire:
        for _ in range(9):
            with pytest.raises(MisRefused):
                wire.ask(Ask("upn", "/rest-v2/uk-dfe_upn-assignments"), bytes.decode)
    assert school.app.school(school.urn).requests == 3


@pytest.mark.parametrize("door", ["rest", "graphql"])
def test_11_overlapping_and_open_ended_rows_are_all_kept(mis, door):
    school = mis(door=door)
    rows = school.store["SenStatusAssignment"]
    twin = {**rows[0], "id": 10**7, "endDate": None}
    school.store["SenStatusAssignment"] = [*rows, twin]
    found = rows_of(school.snapshot(plan("sen_status")), "sen_status")
    assert len(found) == len(rows) + 1
    assert (found["pupil_id"] == str(rows[0]["student"].id)).sum() >= 2


@pytest.mark.parametrize("door", ["rest", "graphql"])
def test_12_an_unknown_code_stays_itself(mis, door):
    school = mis(door=door)
    code = {**school.store["SenStatus"][0], "id": "USER__ODD", "code": "USER__ODD", "d00229": None}
    school.store["SenStatus"] = [*school.store["SenStatus"], code]
    first, *rest = school.store["SenStatusAssignment"]
    school.store["SenStatusAssignment"] = [{**first, "senStatus": Ref("SenStatus", "USER__ODD")}, *rest]
    assert (school.snapshot(plan("sen_status")).frames["sen_status"]["provision"] == "USER__ODD").sum() == 1


OCTOBER = [dt.datetime(2026, 10, 25, 1, 30), dt.datetime(2026, 10, 25, 0, 59), dt.datetime(2026, 3, 29, 1, 30)]  # noqa: DTZ001


@pytest.mark.parametrize("moment", OCTOBER, ids=str)
@pytest.mark.parametrize("door", ["rest", "graphql"])
def test_13_a_moment_of_october_s_repeated_hour_is_its_own_day(mis, door, moment):
    school = mis(door=door)
    first, *rest = school.store[ENTITY]
    school.store[ENTITY] = [{**first, "startDatetime": moment, "endDatetime": moment}, *rest]
    found = (
        rows_of(school.snapshot(plan("upn"))).set_index("source").loc[f"/rest-v2/uk-dfe_upn-assignments/{first['id']}"]
    )
    assert (found["start_date"], found["end_date"]) == (moment.date(), moment.date())


@pytest.mark.parametrize("knobs", [Knobs(lossy_filters=True), Knobs(ignored_filters=True)], ids=["lossy", "ignored"])
def test_16_filters_that_lose_rows_or_change_nothing(mis, knobs):
    """One filter at most is sent, and its edges are cut here: rows outside the window never come further."""
    window = {"attendance_from": dt.date(2026, 6, 15), "attendance_to": dt.date(2026, 6, 16)}
    honest, hostile = (mis("900001", knobs=one).snapshot(plan("attendance_mark", **window)) for one in (Knobs(), knobs))
    assert rows_of(honest, "attendance_mark").equals(rows_of(hostile, "attendance_mark"))


@pytest.mark.parametrize("door", ["rest", "graphql"])
def test_17_a_pupil_twice_and_two_open_upns_are_all_kept(mis, door):
    """Both are for a rule to find; a reading that chose one would hide it."""
    school = mis(door=door)
    student, upn = school.store["Student"][0], school.store[ENTITY][0]
    school.store["Student"] = [*school.store["Student"], {**student, "id": 10**7}]
    school.store[ENTITY] = [*school.store[ENTITY], {**upn, "id": 10**7, "endDatetime": None}]
    snapshot = school.snapshot(plan("pupil", "upn"))
    assert {str(student["id"]), str(10**7)} <= set(snapshot.frames["pupil"]["pupil_id"])
    assert (snapshot.frames["upn"]["upn"] == upn["upn"]).sum() == 2


def test_18_no_secret_and_no_trace_in_a_log_or_a_message(mis, caplog):
    caplog.set_level(logging.DEBUG)
    school = mis(knobs=Knobs(faults=dict.fromkeys(range(3, 99), Fault.SERVER_ERROR)))
    with pytest.raises(MisUnavailable) as caught:
        school.snapshot(plan("upn"))
    said = caplog.text + str(caught.value) + repr(school.settings)
    assert school.settings.secret not in said
    assert "#0 {main}" not in said
    assert "Authorization" not in said


def test_every_knob_is_turned_somewhere_here():
    """A knob that nothing turns is a promise that nothing keeps."""
    turned = {"retry_after", "default_page_size", "graphql", "graphql_dates", "graphql_revisions"}
    turned |= {"log", "log_from", "log_most"}  # in test_increments
    for knobs in [
        *SAME.values(),
        *(told[0] for told in NAMED.values()),
        Knobs(lossy_filters=True, ignored_filters=True),
    ]:
        turned |= {name for name in Knobs.__dataclass_fields__ if getattr(knobs, name) != getattr(Knobs(), name)}
    assert turned == set(Knobs.__dataclass_fields__)
