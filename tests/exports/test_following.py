"""What follows a file that has left: recalls and corrected files, the steps in COLLECT, answers of the other side."""

import datetime as dt

import pytest

from exports.answers import AnswerUnreadable, take, taken
from exports.checklist import STEPS, SUBMITTED, StepUnfit, checklist, must_be_reopened, tick
from exports.deletions import ReferenceUnfit
from exports.preparation import Outcome
from exports.recalls import Done, RecallUnfit, Stage, recall, recalls, record
from ledger.disclosures import Batch
from ledger.states import State
from ledger.store import Slot
from ledger.verify import verify
from tests.exports.standing_desk import FIVE, SCHOOL, START, standing_desk

WHY = "The list of another form was in it"
TODAY = START.date()
CENSUS = "dfe_autumn_census"


@pytest.fixture
def desk(tmp_path):
    with standing_desk(tmp_path) as made:
        yield made


def recalled(desk):
    waybill = desk.left()
    release = desk.stores.ledger.release(waybill.sha256)
    recall(desk.stores.ledger, desk.stores.vault, release, WHY, "head", desk.now)
    return waybill, release


def step(desk, release, stage: Stage, reference: str = "") -> None:
    record(desk.stores.ledger, release, Done(stage, "dm", desk.today, reference), desk.now)


def only(desk):
    (found,) = recalls(desk.stores.ledger, desk.stores.vault)
    return found


def test_a_recall_is_closed_by_the_recipient_alone(desk):
    _, release = recalled(desk)
    assert (only(desk).why, only(desk).by, only(desk).overdue(desk.now)) == (WHY, "head", "")
    desk.later(2)
    assert only(desk).overdue(desk.now) == "the recipient has not been asked"
    with pytest.raises(RecallUnfit, match="first that the recipient was asked"):
        step(desk, release, Stage.CONFIRMED)
    step(desk, release, Stage.NOTIFIED)
    assert only(desk).overdue(desk.now) == ""
    step(desk, release, Stage.ACKNOWLEDGED, "T-1")
    desk.later(13)
    assert only(desk).overdue(desk.now) == "the recipient has not confirmed"
    step(desk, release, Stage.CONFIRMED, "T-2")
    step(desk, release, Stage.CONFIRMED, "T-3")
    assert (only(desk).closed, only(desk).overdue(desk.now)) == (True, "")
    assert [done.reference for done in only(desk).steps] == ["", "T-1", "T-2"]
    assert verify(desk.stores.ledger.place).faults == []


def test_the_words_of_a_recall_are_sealed(desk):
    recalled(desk)
    assert WHY.encode() not in desk.stores.ledger.place.read_bytes()


def test_a_reference_cannot_hold_a_name(desk):
    _, release = recalled(desk)
    with pytest.raises(ReferenceUnfit):
        step(desk, release, Stage.NOTIFIED, "Ann Example")


@pytest.mark.parametrize("state", ["prepared", "approved", "sending", "recalled", "no reason"])
def test_what_the_recipient_does_not_have_is_not_recalled(desk, state):
    if state in {"recalled", "no reason"}:
        waybill = recalled(desk)[0] if state == "recalled" else desk.left()
    else:
        waybill = desk.prepared()
        if state != "prepared":
            desk.sign(waybill)
        if state == "sending":
            desk.gate(waybill)
    release = desk.stores.ledger.release(waybill.sha256)
    with pytest.raises(RecallUnfit):
        recall(desk.stores.ledger, desk.stores.vault, release, " " if state == "no reason" else WHY, "head", desk.now)
    if state != "recalled":
        with pytest.raises(RecallUnfit, match="was not recalled"):
            step(desk, release, Stage.NOTIFIED)


def test_a_corrected_file_names_the_one_it_replaces_even_with_the_same_content(desk):
    waybill = desk.prepared()
    desk.sign(waybill)
    desk.send(waybill)
    release = desk.stores.ledger.release(waybill.sha256)
    assert desk.prepare(FIVE).outcome is Outcome.UNCHANGED
    recall(desk.stores.ledger, desk.stores.vault, release, WHY, "head", desk.now)
    corrected = desk.prepare(FIVE)
    assert corrected.outcome is Outcome.PREPARED
    assert (corrected.waybill.supersedes, corrected.waybill.release_version) == (waybill.sha256, 2)
    assert only(desk).replaced_by == ""
    desk.sign(corrected.waybill)
    desk.send(corrected.waybill)
    assert only(desk).replaced_by == corrected.waybill.sha256
    assert desk.state(waybill) is State.RECALLED


def handed_over(desk, version: int = 1):
    """A return that lies at the upload point."""
    ledger, name = desk.stores.ledger, f"{version:064x}"
    with ledger.transaction() as tx:
        tx.prepare(name, Slot(SCHOOL, "2026-autumn", "dfe", CENSUS, version), desk.now, {})
        tx.move(name, State.APPROVED, desk.now, {})
        tx.claim(name, desk.now, {})
        tx.settle(name, State.HANDED_OVER, desk.now, Batch((), ()), {})
        for earlier in tx.releases(school=SCHOOL, agreement=CENSUS):
            if earlier.slot.version < version and earlier.state is State.HANDED_OVER:
                tx.move(earlier.waybill, State.SUPERSEDED, desk.now, {})
    return ledger.release(name)


def ticked(desk, release, *steps: str, maintained: bool = False):
    for one in steps:
        found = tick(desk.stores.ledger, release, one, maintained=maintained, by="dm", on=TODAY, now=desk.now)
    return found


def test_a_return_is_amber_until_its_last_step_is_ticked(desk):
    release = handed_over(desk)
    before = checklist(desk.stores.ledger, release, maintained=False)
    for one in before.steps:
        assert checklist(desk.stores.ledger, release, maintained=False).amber
        ticked(desk, release, one)
    after = checklist(desk.stores.ledger, release, maintained=False)
    assert (after.amber, after.ticks[SUBMITTED].by) == (False, "dm")
    ticked(desk, release, SUBMITTED)
    assert len(desk.stores.ledger.events("return step")) == len(after.steps)


def test_an_authority_approves_a_maintained_schools_return_alone(desk):
    release = handed_over(desk)
    academy, maintained = (checklist(desk.stores.ledger, release, maintained=which).steps for which in (False, True))
    assert set(maintained) - set(academy) == {"la_approved"}
    assert [step for step in STEPS if step in maintained] == list(maintained)


def test_a_corrected_file_after_submission_begins_with_re_opening(desk):
    first = handed_over(desk)
    ticked(desk, first, "loaded")
    second = handed_over(desk, 2)
    assert not must_be_reopened(desk.stores.ledger, second)
    ticked(desk, second, "loaded", SUBMITTED)
    third = handed_over(desk, 3)
    assert must_be_reopened(desk.stores.ledger, third)
    assert checklist(desk.stores.ledger, third, maintained=False).missing[0] == "reopened"
    ticked(desk, third, "reopened")
    assert not must_be_reopened(desk.stores.ledger, third)


def test_steps_are_of_a_return_that_was_handed_over_and_of_no_other(desk):
    first = handed_over(desk)
    for wrong in ("reopened", "la_approved", "celebrated"):
        with pytest.raises(StepUnfit, match="is no step"):
            ticked(desk, first, wrong)
    handed_over(desk, 2)
    with pytest.raises(StepUnfit, match="superseded"):
        ticked(desk, desk.stores.ledger.release(first.waybill), "loaded")


FINDINGS = tuple(
    {"rule": rule, "pupil_id": pupil} for rule, pupil in (("1320Q", "1"), ("1320Q", "2"), ("1540", "1"), ("L-x", "1"))
)


def answer(desk, text: str):
    waybill = desk.prepared(findings=FINDINGS)
    release = desk.stores.ledger.release(waybill.sha256)
    return take(desk.stores.ledger, desk.stores.vault, release, text.encode(), "dm", desk.now)


ERRORS = "School,900004\r\n\r\nError Number,Level,UPN\r\n1320Q,P,A1\r\n1320q,P,A2\r\n1540,P,A1\r\n"


@pytest.mark.parametrize(
    ("text", "kind", "differences"),
    [
        (ERRORS, "errors", []),
        (ERRORS + "1600,P,A3\r\n", "errors", [("1600", 0, 1)]),
        (ERRORS.replace("1540,P,A1\r\n", ""), "errors", [("1540", 1, 0)]),
        ("Rule,Count\n1320Q,2\n1540,1\n", "counts", []),
        ("Rule,Count\n1320Q,3\n1540,1\n", "counts", [("1320Q", 2, 3)]),
        ("File,Rows received,Rejected\nx.csv,5,0\n", "acknowledgement", []),
        ("File,Rows received,Rejected\nx.csv,4,1\n", "acknowledgement", [("received", 5, 4), ("rejected", 0, 1)]),
    ],
    ids=["the same", "one more", "one fewer", "counts", "another count", "all received", "one rejected"],
)
def test_what_came_back_is_held_against_what_we_had(desk, text, kind, differences):
    found = answer(desk, text)
    assert (found.kind, [(line.what, line.ours, line.theirs) for line in found.differences]) == (kind, differences)
    (event,) = desk.stores.ledger.events("answer")
    assert (event.body["by"], event.body["differences"]) == ("dm", len(differences))
    assert desk.stores.vault.open(event.body["artefact"]) == text.encode()
    assert b"A1" not in str(event.body).encode()


@pytest.mark.parametrize(
    ("text", "spots"),
    [
        (ERRORS, []),
        (ERRORS + "Total,3,\r\n", [(7, 1)]),
        ('Note,Rule,Count\n"two\nlines",1320Q,2\n,1540,1\n', []),
        ('Note,Rule,Count\n"two\nlines",1320Q,2\n,1540,one\n', [(4, 3)]),
        ("Rule,Count\n1320Q,2\n1540,1" + "0" * 5000 + "\n", [(3, 2)]),
        ("Rejected,Received\n0,5\nnone,Ann\n", [(3, 1), (3, 2)]),
    ],
    ids=["all read", "a total", "a row of two lines", "a word for a count", "a count nobody has", "words for counts"],
)
def test_rows_that_say_nothing_are_named_by_line_and_column(desk, text, spots):
    found = answer(desk, text)
    assert (found.unread, [(spot.line, spot.column) for spot in found.spots]) == (len(spots), spots)
    (kept,) = taken(desk.stores.ledger, found.waybill)
    assert (kept.answer, kept.by) == (found, "dm")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "none of the first 40 rows has a heading"),
        ("Name,Address\nAnn,1 Road\n", "none of the first 40 rows has a heading"),
        ("UPN,Rule\n\nA1,Ann\n", "in line 3, column 2,"),
        ("File,Received\nx,all of Ann\n", "in line 2, column 2,"),
        ("File,Received\n", "it ends with its headings"),
        ("PK\x03\x04Ann", "a workbook"),
        ("Rule,Count\n1540,1\n" + "Ann" * 50_000 + ",1\n", "from line 3 on"),
    ],
    ids=["empty", "no heading", "no number", "no figure", "no row", "workbook", "a cell that never ends"],
)
def test_what_is_no_answer_is_refused_without_a_word_of_it(desk, text, where):
    with pytest.raises(AnswerUnreadable, match=where) as refused:
        answer(desk, text)
    assert "Ann" not in str(refused.value)
    assert desk.stores.ledger.events("answer") == []


def test_days_of_ticks_are_the_persons_own(desk):
    release = handed_over(desk)
    ticked(desk, release, "loaded")
    assert checklist(desk.stores.ledger, release, maintained=False).ticks["loaded"].on == dt.date(2026, 9, 7)
