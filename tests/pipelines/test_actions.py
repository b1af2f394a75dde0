"""Queries are explained, errors overridden, and what was explained is part of what is signed."""

from exports.preparation import read_waybill
from ledger.states import State
from pipelines.actions import findings, signing
from pipelines.actions.context import Context
from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.front_door import AUTUMN, CENSUS, FAULTY

WHY = "Checked with the family [1 October]; it is right."


def explainable(door):
    result = findings.findings(Context(door.installation(), "priya"), FAULTY, AUTUMN)
    return [cause.rule for cause in result.causes if cause.kind != "blocks"]


def override(door, waybill, person, role, reason="The helpdesk agreed."):
    return door.run(
        "override", waybill.sha256, "--role", role, "--key", door.key(person), "--as", person, "--reason", reason,
        "--reference", "CS-1234", "--named", waybill.sha256[:8],
    )  # fmt: skip


def test_a_blocked_return_with_queries_finds_its_way_out(door):
    first = door.approve(FAULTY)
    assert first.tally.blocking
    assert first.tally.unexplained
    with door.recipient():
        assert door.release(FAULTY).code == EXIT_CODES["queries_unexplained"]

        assert door.run("note", FAULTY, AUTUMN, "1510", WHY, "--as", "priya").code == EXIT_CODES["nothing_to_explain"]
        for rule in explainable(door):
            door.done("note", FAULTY, AUTUMN, rule, WHY, "--as", "priya")
        assert door.release(FAULTY).code == EXIT_CODES["findings_changed"]

        door.done("prepare", AUTUMN, "--school", FAULTY)
        second = door.waybill(FAULTY)
        assert second.sha256 != first.sha256
        assert (second.tally.unexplained, second.tally.blocking) == (0, first.tally.blocking)
        assert door.state(first) is State.WITHDRAWN
        assert f"Explained: {WHY}" in " ".join(door.done("show", second.sha256, "--as", "helen").out.split())
        door.approve(FAULTY)
        assert door.release(FAULTY).code == EXIT_CODES["blocking_errors_open"]

        assert override(door, second, "daniel", "dpo").code == EXIT_CODES["statement_malformed"]
        assert override(door, second, "priya", "data_manager").code == 0
        assert door.release(FAULTY).code == EXIT_CODES["blocking_errors_open"]
        assert override(door, second, "sam", "head", reason="Another reason.").code == 0
        assert door.release(FAULTY).code == EXIT_CODES["statement_malformed"]
        assert door.tree() == {}
        assert override(door, second, "sam", "head").code == 0
        assert door.release(FAULTY).code == 0
    assert [name.rpartition("/")[2] for name in door.tree()] == [second.remote_name]
    door.done("verify")


def test_a_return_that_nothing_blocks_takes_no_override(door):
    refused = override(door, door.waybill(), "priya", "data_manager")
    assert refused.code == EXIT_CODES["statement_malformed"]
    assert "nothing to override" in " ".join(refused.err.split())


def test_the_reason_of_an_override_is_not_in_the_ledger_in_words(door):
    waybill = door.waybill(FAULTY)
    assert override(door, waybill, "priya", "data_manager").code == 0
    assert b"The helpdesk agreed" not in door.settings.ledger.read_bytes()


def test_the_page_says_who_has_signed_and_what_is_new(door):
    here = door.installation()
    ctx = Context(here, "helen")
    waybill = door.approve()
    page = signing.show(ctx, waybill.sha256)
    assert page.signed == (("priya", "data_manager"), ("helen", "head"))
    assert (page.since, page.newly) == (None, waybill.fields)
    assert page.causes == ()
    assert read_waybill(here.ledger, here.vault, waybill.sha256).agreement == CENSUS
