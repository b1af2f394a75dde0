"""Signing at the desk with a passkey: exactly these bytes, two people, and proof that needs no desk."""

import base64
import json
import zipfile

import pytest
from cryptography.exceptions import InvalidSignature
from webauthn.helpers.exceptions import InvalidAuthenticationResponse

from exports import check_passkeys
from exports.check_evidence import Broken, check
from exports.preparation import read_waybill
from exports.signing import Role, SignatureBroken
from ledger.states import State
from pipelines.actions import proving, signing
from tests.console.at_the_desk import CLEAN, ORIGIN, RP_ID
from tests.console.authenticator import Authenticator

CENSUS = "dfe_autumn_census"


@pytest.fixture
def waybill(shared):
    here = shared.demo.installation
    found = [r for r in here.ledger.releases(school=CLEAN, agreement=CENSUS) if r.state is not State.WITHDRAWN]
    return read_waybill(here.ledger, here.vault, found[-1].waybill)


def asked(browser, waybill, role="head"):
    return browser.post(f"/files/{waybill.sha256}/signing", role=role)


def test_another_device_or_an_old_question_signs_nothing(shared, waybill):
    browser, path = shared.enter("helen"), f"/files/{waybill.sha256}/signature"
    page = asked(browser, waybill)
    other = Authenticator(ORIGIN, RP_ID)
    assert browser.post(path, answer=other.get(browser.options(page))).status_code == 409
    assert browser.post(path, answer=shared.devices["helen"].get(browser.options(page))).status_code == 409
    page = asked(browser, waybill)
    assert browser.post(path, answer="{}").status_code == 409
    page = asked(browser, waybill)
    shared.clock.on(minutes=6)
    try:
        assert browser.post(path, answer=shared.devices["helen"].get(browser.options(page))).status_code == 409
    finally:
        shared.clock.on(minutes=-6)
    assert signing.show(shared.demo.acting("helen"), waybill.sha256).signed == ()


def test_a_role_that_is_not_held_cannot_be_signed_in(shared, waybill):
    assert asked(shared.enter("helen"), waybill, "data_manager").status_code == 409
    assert asked(shared.enter("priya"), waybill, "data_manager").status_code == 409  # she signs with a key file
    assert "waybill sign" in shared.enter("priya").get(f"/files/{waybill.sha256}/sign").text


def test_an_answer_for_one_statement_is_none_for_another(shared, waybill):
    ctx = shared.demo.acting("helen")
    statement = signing.to_sign(ctx, waybill.sha256, signing.Act.RELEASE, Role.HEAD)
    answer = shared.devices["helen"].get(json.dumps({"challenge": "AAAA"}))
    with pytest.raises(SignatureBroken):
        signing.sign_by_passkey(ctx, statement, answer)


def test_head_and_data_manager_sign_the_file_leaves_and_the_pack_proves_it(shared, waybill, tmp_path, capsys):
    browser, path = shared.enter("helen"), f"/files/{waybill.sha256}"
    page = browser.get(f"{path}/sign").text
    assert "Department for Education" in page
    assert "This is the first file under this agreement" in page
    assert waybill.file_sha256 in page
    answer = shared.devices["helen"].get(browser.options(asked(browser, waybill)))
    assert browser.post(f"{path}/signature", answer=answer).headers["location"] == f"{path}/sign?said=signed"
    assert browser.post(f"{path}/release").status_code == 409  # one signature is not enough
    ctx = shared.demo.acting("priya")
    assert signing.sign_release(ctx, waybill.sha256, Role.DATA_MANAGER, shared.demo.key("priya"), waybill.sha256[:8])
    assert browser.post(f"{path}/release").headers["location"] == f"{path}/sign?said=released"
    assert shared.demo.installation.ledger.release(waybill.sha256).state is State.HANDED_OVER
    assert "handed over" in shared.enter("amina").get("/").text
    file = tmp_path / "pack.zip"
    file.write_bytes(proving.prove_file(shared.demo.acting("daniel"), waybill.sha256))
    with zipfile.ZipFile(file) as packed:
        pack = json.loads(packed.read("evidence.json"))
    assert check_passkeys.main([str(file)]) == 0
    assert f"helen as head, release of {waybill.sha256}" in capsys.readouterr().out
    ((body, people),) = check_passkeys.assertions(pack)
    with pytest.raises(InvalidSignature):
        check_passkeys.check_assertion({**body, "countersignature": body["signature"]}, people, pack["head_key"])
    forged = {**body, "statement": {**body["statement"], "role": "dpo"}}
    told = {name: forged[name] for name in ("statement", "public_key", "signature")}
    head_key = shared.demo.installation.lodged.key
    counter = head_key.sign(check_passkeys.text({**told, "type": "waybill passkey accepted 1"}))
    with pytest.raises(InvalidAuthenticationResponse):
        check_passkeys.check_assertion(
            {**forged, "countersignature": base64.b64encode(counter).decode()}, people, pack["head_key"]
        )
    signers = check(pack)[waybill.sha256][2]
    assert {(who, role, key.split()[0]) for _, _, who, role, key in signers} == {
        ("helen", "head", "webauthn"), ("priya", "data_manager", "ssh-ed25519"),
    }  # fmt: skip
    forged = json.loads(json.dumps(pack).replace('countersignature\\":\\"', 'countersignature\\":\\"AAAA'))
    with pytest.raises(Broken):
        check(forged)
