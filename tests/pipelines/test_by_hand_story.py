"""Files that a person sends: one signed and followed to its confirmation, one under a standing release, one held."""

import datetime as dt

import pytest

from exports.handovers import SENT_ON
from ledger.states import State
from pipelines.exit_codes import EXIT_CODES, HELD
from tests.pipelines.hand_desk import AGREEMENT, LOST, SCHOOL, hand_desk

LIMITS = ("--pupils", "2-4", "--joined", "1", "--gone", "1", "--changed", "3")


@pytest.fixture
def desk(tmp_path):
    with hand_desk(tmp_path / "home") as made:
        yield made


def a_person_sends_it_on(desk, first):
    waits = desk.done("handed", "list", "--as", "priya")
    assert "Nobody has recorded that it was sent on" in waits.out
    assert "lists@texts.example.org" in waits.out
    assert max(map(len, waits.out.splitlines())) <= 80
    another = desk.home / "another.csv.age"
    another.write_bytes(b"another file")
    wrong = desk.run("handed", "sent", first.waybill, "--file", str(another), "--as", "priya")
    assert wrong.code == EXIT_CODES["hand_over_unfit"]
    assert desk.run("handed", "confirmed", first.waybill, "--as", "priya").code == EXIT_CODES["hand_over_unfit"]
    named = desk.run("handed", "sent", first.waybill, "--reference", "Ann Example", "--as", "priya")
    assert named.code == EXIT_CODES["reference_unfit"]
    assert desk.run("handed", "sent", first.waybill, "--as", "ruth").code == EXIT_CODES["not_allowed"]
    desk.done("handed", "sent", first.waybill, "--reference", "M-17", "--as", "priya")
    (event,) = desk.installation().ledger.events(SENT_ON)
    assert (event.body["channel"], event.body["reference"], event.body["by"]) == ("secure_mail", "M-17", "priya")


def it_is_chased_until_confirmed(desk, first):
    desk.now += dt.timedelta(days=6)
    late = desk.run("handed", "list", "--as", "helen")
    assert late.code == HELD
    assert "OVERDUE" in late.out
    assert "removed" in desk.done("handed", "confirmed", first.waybill, "--reference", "R/9", "--as", "helen").out
    assert desk.outbox() == {}
    assert "Confirmed 2026-09-07, recorded by helen R/9" in desk.done("handed", "list", "--all", "--as", "priya").out
    assert desk.done("handed", "list", "--as", "priya").out.startswith("Handed over: 0")


def what_they_answer_is_held_against_what_left(desk, first):
    said = desk.home / "answer.csv"
    said.write_text("File,Rows received,Rejected\nx.csv,3,0\n", encoding="utf-8")
    assert "Different: 0." in desk.done("answered", first.waybill, str(said), "--as", "priya").out
    said.write_text("File,Rows received,Rejected\nx.csv,2,1\n", encoding="utf-8")
    less = desk.run("answered", first.waybill, str(said), "--as", "priya")
    assert (less.code, "received: we have 3, they have 2" in less.out) == (HELD, True)


def the_second_month_leaves_under_a_standing_release(desk):
    desk.done("standing", "propose", AGREEMENT, "--ends", "2027-07-20", *LIMITS, "--school", SCHOOL, "--as", "priya")
    (page,) = desk.done("standing", "list", "--as", "priya", "--json").data
    for person, role in (("priya", "data_manager"), ("helen", "head")):
        desk.done(
            "standing", "sign", page["id"], "--role", role, "--key", desk.key(person), "--as", person,
            "--named", page["id"][:8],
        )  # fmt: skip
    desk.holds(1, 2, 3, 4)
    assert desk.prepared("2026-10").state is State.APPROVED
    desk.released("2026-10")
    assert len(desk.outbox()) == 1
    traced = " ".join(desk.done("trace", LOST, "--as", "ruth").out.split())
    assert f"Under standing release {page['id'][:12]}, signed by priya as data_manager, helen as head" in traced


def the_third_waits_for_people_who_see_why(desk):
    desk.holds(5, 6, 7, 8)
    third = desk.prepared("2026-11")
    assert third.state is State.PREPARED
    shown = " ".join(desk.done("show", third.waybill, "--as", "helen").out.split())
    assert "It does not leave under its standing release" in shown
    assert "4 pupils who were not in the last file; at most 1 were agreed" in shown
    assert "Values that the last file did not tell" in shown
    assert desk.run("release", AGREEMENT, SCHOOL, "2026-11", "--as", "priya").code == EXIT_CODES["outside_envelope"]
    listed = desk.done("standing", "list", "--as", "helen").out
    assert "Files that left under it: 1" in listed
    desk.signed_by_all()
    desk.released("2026-11")
    return third


def it_is_recalled_and_followed_to_the_end(desk, third):
    assert (
        desk.run("recall", "start", third.waybill, "--why", "Wrong", "--as", "ruth").code == EXIT_CODES["not_allowed"]
    )
    assert "ask them now" in desk.done("recall", "start", third.waybill, "--why", "Wrong list", "--as", "helen").out
    step = ("recall", "step", third.waybill)
    assert desk.run(*step, "confirmed", "--as", "helen").code == EXIT_CODES["recall_unfit"]
    desk.now += dt.timedelta(days=2)
    late = desk.run("recall", "list", "--as", "helen")
    assert (late.code, "OVERDUE: the recipient has not been asked" in late.out) == (HELD, True)
    for stage in ("notified", "acknowledged", "confirmed"):
        desk.done(*step, stage, "--reference", "T-5", "--as", "helen")
    closed = desk.done("recall", "list", "--as", "helen").out
    assert "Because: Wrong list" in closed
    assert "of which 0 are not confirmed" in closed


def test_the_first_is_signed_sent_by_a_person_and_confirmed_the_second_leaves_by_itself_the_third_waits(desk):
    first = desk.prepared("2026-09")
    desk.signed_by_all()
    assert desk.run("handed", "sent", first.waybill, "--as", "priya").code == EXIT_CODES["hand_over_unfit"]
    desk.released("2026-09")
    (name,) = desk.outbox()
    assert name.endswith(".csv.age")
    assert len(desk.opened(name).splitlines()) == 4
    a_person_sends_it_on(desk, first)
    it_is_chased_until_confirmed(desk, first)
    what_they_answer_is_held_against_what_left(desk, first)
    the_second_month_leaves_under_a_standing_release(desk)
    third = the_third_waits_for_people_who_see_why(desk)
    it_is_recalled_and_followed_to_the_end(desk, third)
    desk.done("verify")
