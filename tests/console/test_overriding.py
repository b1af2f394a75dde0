"""Letting stand what blocks, at the desk: the same reason and reference by two people, and nothing without them."""

import re

import pytest

from exports import check_passkeys
from exports.deletions import ReferenceUnfit
from exports.preparation import read_waybill
from exports.signing import Role
from ledger.states import State
from pipelines.actions import overriding, proving, signing
from simulator.world.faults import with_faults
from simulator.world.schools import TINY
from simulator.world.trust import make_trust
from tests.console.at_the_desk import CLEAN, FAULTY, at_the_desk
from tests.console.conftest import EVENING

REASON = "The helpdesk has the school's file open.\nIt told us to submit as it is."
GIVEN = {"role": "head", "reason": REASON.replace("\n", "\r\n"), "reference": "CS-1234"}


@pytest.fixture
def blocked(tmp_path):
    """A desk of a test's own: one error blocks a return, and nothing else is open."""
    world = with_faults(make_trust(scale=TINY), FAULTY, ("upn check letter",))
    with at_the_desk(tmp_path / "home", world, EVENING, (FAULTY,)) as desk:
        yield desk


def census(at):
    here = at.demo.installation
    (release,) = here.ledger.releases(school=FAULTY, agreement="dfe_autumn_census")
    return read_waybill(here.ledger, here.vault, release.waybill)


def given(at, waybill):
    return overriding.overriding(at.demo.acting("amina"), waybill.sha256).given


def asked(browser, waybill, **fields):
    return browser.post(f"/files/{waybill.sha256}/override", **GIVEN | fields)


def answered(browser, waybill, page, **fields):
    """The passkey's answer to a page that asks, with the reason as the page carries it."""
    answer = browser.at.devices["helen"].get(browser.options(page))
    kept = re.search(r'name="reason" value="([^"]*)"', page.text)[1].replace("&#39;", "'")
    return browser.post(f"/files/{waybill.sha256}/signature", **{"answer": answer, "reason": kept} | fields)


def by_key_file(at, waybill, **changes):
    told = {"reason": REASON, "reference": "CS-1234", "named": waybill.sha256[:8]} | changes
    overriding.override(at.demo.acting("priya"), waybill.sha256, Role.DATA_MANAGER, at.demo.key("priya"), **told)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": " \r\n"}, "Say why the file may leave"),
        ({"reference": ""}, "Give the reference"),
        ({"reference": "Mrs Smith"}, "names nobody"),
    ],
    ids=["no reason", "no reference", "a name as reference"],
)
def test_a_form_with_a_fault_comes_back_with_what_was_typed_and_asks_no_passkey(shared, fields, words):
    browser, waybill = shared.enter("helen"), census(shared)
    page = asked(browser, waybill, **fields)
    (field,) = fields
    assert page.status_code == 422
    assert re.search(rf'<a href="#{field}">[^<]*{words}', page.text)
    assert re.search(rf'id="{field}"[^>]* aria-invalid="true" aria-describedby="{field}-hint {field}-fault"', page.text)
    assert "data-passkey" not in page.text
    assert 'aria-current="page">Returns' in page.text
    assert ("It told us to submit" in page.text) == (field != "reason")
    assert asked(browser, waybill).status_code == 200


def test_two_faults_are_told_at_once(shared):
    page = asked(shared.enter("helen"), census(shared), reason="", reference="Mrs Smith").text
    assert re.findall(r'<a href="#(reason|reference)">', page) == ["reason", "reference"]


@pytest.mark.parametrize(
    ("person", "role"), [("priya", "data_manager"), ("helen", "data_manager"), ("helen", "dpo")],
    ids=["a key file", "a role not held", "a role that overrides nothing"],
)  # fmt: skip
def test_nobody_is_asked_who_could_not_sign(shared, person, role):
    answer = asked(shared.enter(person), census(shared), role=role)
    assert answer.status_code == 409
    assert "data-passkey" not in answer.text


@pytest.mark.parametrize("person", ["daniel", "ruth", "amina", "tom"])
def test_who_decides_nothing_here_is_denied_and_sees_no_form(shared, person):
    browser, waybill = shared.enter(person), census(shared)
    assert asked(browser, waybill).status_code == 403
    assert f"/files/{waybill.sha256}/override" not in browser.get(f"/files/{waybill.sha256}/sign").text
    assert f"/files/{waybill.sha256}/override" in shared.enter("helen").get(f"/files/{waybill.sha256}/sign").text


def test_a_file_that_nothing_blocks_takes_no_override(shared):
    (release,) = shared.demo.installation.ledger.releases(school=CLEAN, agreement="dfe_autumn_census")
    browser = shared.enter("helen")
    refused = browser.post(f"/files/{release.waybill}/override", **GIVEN)
    assert (refused.status_code, "nothing to override" in refused.text) == (409, True)
    assert "data-passkey" not in refused.text
    assert "Letting it leave" not in browser.get(f"/files/{release.waybill}/sign").text


def test_the_question_for_a_release_takes_no_override(shared):
    browser, waybill = shared.enter("helen"), census(shared)
    assert browser.post(f"/files/{waybill.sha256}/signing", act="override", role="head").status_code == 409


def test_another_reason_than_the_one_that_was_signed_is_refused(shared):
    browser, waybill = shared.enter("helen"), census(shared)
    before = given(shared, waybill)
    refused = answered(browser, waybill, asked(browser, waybill), reason=f"{REASON} Soon.")
    assert refused.status_code == 409
    assert given(shared, waybill) == before


def test_a_key_file_takes_no_name_as_reference_either(shared):
    waybill = census(shared)
    before = given(shared, waybill)
    with pytest.raises(ReferenceUnfit):
        by_key_file(shared, waybill, reference="Mrs Smith")
    assert given(shared, waybill) == before


def test_a_blocked_file_leaves_when_head_and_data_manager_have_let_it(blocked, tmp_path, capsys):
    browser, waybill = blocked.enter("helen"), census(blocked)
    path = f"/files/{waybill.sha256}"
    page = browser.get(f"{path}/sign").text
    assert "1 error blocks it" in page
    assert "It cannot leave as it is" in page
    assert "The head has not signed the override" in page
    question = asked(browser, waybill)
    assert "The helpdesk has the school&#39;s file open.\nIt told us" in question.text
    assert answered(browser, waybill, question).headers["location"] == f"{path}/sign?said=overridden"
    assert "The data manager has not signed the override" in browser.get(f"{path}/sign").text

    question = browser.post(f"{path}/signing", role="head")
    browser.post(f"{path}/signature", answer=blocked.devices["helen"].get(browser.options(question)))
    priya, key = blocked.demo.acting("priya"), blocked.demo.key("priya")
    assert signing.sign_release(priya, waybill.sha256, Role.DATA_MANAGER, key, waybill.sha256[:8])
    assert "blocking errors are open" in browser.post(f"{path}/release").text
    by_key_file(blocked, waybill, reason="Another reason.")
    assert "for different reasons" in browser.post(f"{path}/release").text
    by_key_file(blocked, waybill)
    page = blocked.enter("amina").get(f"{path}/sign").text
    assert "Head and data manager let it leave all the same" in page
    assert "It cannot leave as it is" not in page
    assert browser.post(f"{path}/release").headers["location"] == f"{path}/sign?said=released"
    assert blocked.demo.installation.ledger.release(waybill.sha256).state is State.HANDED_OVER

    kept = [blocked.demo.settings.ledger, blocked.demo.settings.desk]
    assert [file.name for file in kept if b"told us to submit" in file.read_bytes()] == []
    pack = tmp_path / "pack.zip"
    pack.write_bytes(proving.prove_file(blocked.demo.acting("daniel"), waybill.sha256))
    assert check_passkeys.main([str(pack)]) == 0
    assert f"helen as head, override of {waybill.sha256}" in capsys.readouterr().out


def test_the_second_signer_agrees_with_what_the_first_has_written(shared):
    browser, waybill = shared.enter("helen"), census(shared)
    path = f"/files/{waybill.sha256}"
    assert "gave</button>" not in browser.get(f"{path}/sign").text
    by_key_file(shared, waybill)
    page = browser.get(f"{path}/sign").text
    assert "Override for the reason that priya gave" in page
    assert "The helpdesk has the school&#39;s file open" in page
    question = browser.post(f"{path}/override", role="head", agree="yes")
    assert "It told us to submit as it is" in question.text
    assert "CS-1234" in question.text
    answered(browser, waybill, question)
    page = browser.get(f"{path}/sign").text
    assert "Head and data manager have signed the same" in page
    assert "without an explanation.</strong> It cannot leave as it is" in page  # no override covers that
    assert f'action="{path}/override"' not in page
