"""The approver register at the desk: one person's entry changed, signed by two with passkeys, then in force."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports.approvers import current
from exports.passkeys import Passkey
from exports.signing import Role, fingerprint, public_text
from ledger.verify import verify
from pipelines.actions import approving
from pipelines.actions.context import Context
from tests.console.at_the_desk import ORIGIN, RP_ID, without_servers
from tests.console.authenticator import Authenticator
from tests.pipelines.front_door import EVENING, at
from tests.pipelines.rights_desk import made_office, opened_office

ADDED = {"person": "nora", "name": "Nora Nkemelu", "is-head": "yes", "is-900004": "yes", "key": "desk"}
SIGNERS = {"pat": "dpo", "max": "head"}
"""Who decides for the whole trust, and signs with a passkey."""


@pytest.fixture(scope="module")
def devices():
    return {person: Authenticator(ORIGIN, RP_ID) for person in (*SIGNERS, "nora")}


@pytest.fixture(scope="module")
def made(tmp_path_factory, devices):
    more = [
        {"id": person, "name": f"Person {person}", "roles": [role], "schools": ["*"],
         "public_key": Passkey(ORIGIN, devices[person].cose).text}
        for person, role in SIGNERS.items()
    ]  # fmt: skip
    return made_office(tmp_path_factory.mktemp("made") / "home", *more)


@pytest.fixture
def desk(made, devices, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    here = opened_office(made, tmp_path).installation()
    desk = without_servers(here, EVENING)
    for person, device in devices.items():
        desk.devices[person] = desk.stranger().enrol(person, device)
    return desk


def register(desk):
    return current(desk.demo.installation.ledger)


def asked(desk, path, person):
    return desk.enter(person).post(f"{path}/signing", role=SIGNERS[person])


def signed(desk, path, person):
    browser = desk.enter(person)
    question = browser.post(f"{path}/signing", role=SIGNERS[person])
    return browser.post(f"{path}/signature", answer=desk.devices[person].get(browser.options(question)))


def entered(desk, **changes):
    return desk.enter("helen").post("/approvers/new", **ADDED | changes).headers["location"].partition("?")[0]


def test_a_person_comes_into_the_register_when_two_have_signed(desk):
    path, before = entered(desk), register(desk).version
    assert "not in the register" in desk.enter("pat").get(path).text
    question = asked(desk, path, "pat")
    assert "Nora Nkemelu, head teacher for 900004" in question.text
    assert signed(desk, path, "pat").headers["location"] == f"{path}?said=signed"
    assert register(desk).version == before
    assert "1 signature of 2" in desk.enter("tom").get("/approvers").text
    assert signed(desk, path, "max").headers["location"] == "/approvers?said=in-force"
    nora = register(desk).person("nora")
    assert (nora.roles, nora.schools) == ((Role.HEAD,), ("900004",))
    assert nora.public_key == Passkey(ORIGIN, desk.devices["nora"].cose).text
    assert register(desk).version == before + 1
    assert desk.enter("nora").get("/").status_code == 200
    assert desk.enter("pat").get(path).status_code == 404
    assert not verify(desk.demo.installation.settings.ledger).faults


def test_one_person_signs_once_and_a_key_file_is_told_the_command(desk):
    path = entered(desk)
    signed(desk, path, "pat")
    assert "I have read this" not in desk.enter("pat").get(path).text
    assert signed(desk, path, "pat").headers["location"] == f"{path}?said=signed"  # a second time adds no second person
    assert register(desk).person("nora") is None
    assert "waybill approvers sign" in desk.enter("helen").get(path).text
    assert desk.enter("helen").post(f"{path}/signing", role="head").status_code == 409
    assert desk.enter("pat").post(f"{path}/signing", role="head").status_code == 409


def test_the_file_holds_what_was_signed_at_the_desk(desk):
    path = entered(desk)
    signed(desk, path, "pat")
    change = approving.read_change(desk.enter("helen").post(f"{path}/file").text)
    assert [one.statement.signer for one in change.signatures] == ["pat"]
    with pytest.raises(approving.NotNamed):
        approving.waiting_change(Context(desk.demo.installation, "pat"), 1)


def test_an_answer_for_one_change_signs_no_other(desk):
    one, other = entered(desk), entered(desk, name="Nora Other")
    browser = desk.enter("pat")
    question = browser.post(f"{one}/signing", role="dpo")
    answer = desk.devices["pat"].get(browser.options(question))
    assert browser.post(f"{other}/signature", answer=answer).status_code == 409
    assert [found.signatures for found in approving.waiting(Context(desk.demo.installation, "pat"))] == [(), ()]


def test_a_change_that_another_overtook_is_gone(desk):
    one, other = entered(desk), entered(desk, name="Nora Other")
    for person in SIGNERS:
        signed(desk, other, person)
    assert register(desk).person("nora").name == "Nora Other"
    assert desk.enter("pat").get(one).status_code == 404
    assert one not in desk.enter("pat").get("/approvers").text


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"person": ""}, "person"), ({"name": ""}, "name"), ({"is-head": ""}, "roles"), ({"is-900004": ""}, "schools"),
     ({"person": "nobody"}, "key"), ({"key": "typed", "typed": "ssh-rsa AAAA"}, "typed"),
     ({"name": "Helen Ashworth"}, "name")],
    ids=["no id", "no name", "no role", "no school", "no passkey yet", "no such key", "a name that is taken"],
)  # fmt: skip
def test_a_change_with_a_fault_comes_back_with_what_was_typed(desk, changes, field):
    page = desk.enter("helen").post("/approvers/new", **ADDED | changes)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert f'id="{field}"' in page.text
    assert approving.waiting(Context(desk.demo.installation, "pat")) == ()


def test_somebody_is_changed_or_taken_out(desk):
    key = public_text(Ed25519PrivateKey.generate())
    page = desk.enter("helen").get("/approvers/new?person=tom").text
    assert "Tom Ellery" in page
    assert 'name="is-it" value="yes" checked' in page
    path = entered(desk, person="tom", name="Tom Ellery", key="typed", typed=f"{key} a comment")
    assert fingerprint(key) in desk.enter("pat").get(path).text
    path = entered(desk, person="tom", key="gone")
    for person in SIGNERS:
        signed(desk, path, person)
    assert register(desk).person("tom") is None
    assert desk.enter("tom").get("/approvers").headers["location"] == "/sign-in"
