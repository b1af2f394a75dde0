"""The approver register: how it begins, and that nobody gets in without two who are in already."""

import datetime as dt

import pytest

from exports import approvers, authority
from exports.approvers import (
    ChangeNotAuthorised,
    KeyShared,
    PersonTwice,
    Register,
    RegisterExists,
    RegisterForged,
    RegisterMalformed,
    RegisterMissing,
)
from exports.authority import SamePersonTwice, TooLateToSign
from exports.signing import (
    Act,
    KeyUnreadable,
    Role,
    RoleNotHeld,
    SignatureExpired,
    SignerKeyUnknown,
    SignerUnknown,
    Statement,
    StatementMalformed,
    sign,
)
from ledger.states import State
from ledger.store import Ledger
from tests.exports.desk import NOW, PEOPLE, ROLES, SCHOOL, entry, key_of

NEW = (*PEOPLE, entry("second_head", ["head"], [SCHOOL]))


def signed(person, role, register, key=None, **changes):
    told = {
        "act": Act.APPROVER_CHANGE,
        "role": Role(role),
        "signer": person,
        "subject": register.sha256,
        "signed_at": NOW,
        "not_after": NOW + dt.timedelta(days=7),
    }
    return sign(Statement(**(told | changes)), key_of(key or person))


@pytest.fixture
def wanted():
    return Register.of(2, NEW)


def test_a_ledger_begins_without_a_register(tmp_path):
    ledger = Ledger(tmp_path / "empty.sqlite")
    with pytest.raises(RegisterMissing):
        approvers.current(ledger)
    ledger.close()


def test_bootstrap_happens_once_and_prints_fingerprints(tmp_path):
    ledger = Ledger(tmp_path / "new.sqlite")
    register = Register.of(1, PEOPLE)
    printed = approvers.bootstrap(ledger, register, NOW)
    assert printed.keys() == {"dm", "head", "dpo"}
    assert all(text.startswith("SHA256:") for text in printed.values())
    assert approvers.current(ledger) == register
    with pytest.raises(RegisterExists):
        approvers.bootstrap(ledger, register, NOW)
    ledger.close()


def test_the_first_version_is_one(tmp_path):
    ledger = Ledger(tmp_path / "new.sqlite")
    with pytest.raises(RegisterMalformed):
        approvers.bootstrap(ledger, Register.of(2, PEOPLE), NOW)
    ledger.close()


def test_two_current_approvers_change_it(desk, wanted):
    approvers.change(desk.ledger, wanted, [signed("dm", "data_manager", wanted), signed("dpo", "dpo", wanted)], NOW)
    assert approvers.current(desk.ledger) == wanted
    assert approvers.current(desk.ledger).sha256 != desk.register.sha256


@pytest.mark.parametrize(
    ("signers", "refusal"),
    [
        ([], ChangeNotAuthorised),
        ([("dm", "data_manager")], ChangeNotAuthorised),
        ([("dm", "data_manager"), ("dm", "data_manager")], ChangeNotAuthorised),
        ([("dm", "data_manager"), ("dm", "head")], ChangeNotAuthorised),
        ([("dm", "data_manager"), ("second_head", "head")], SignerUnknown),
        ([("dm", "data_manager"), ("head", "head")], RoleNotHeld),
        ([("dm", "data_manager"), ("dpo", "head")], RoleNotHeld),
        ([("dm", "data_manager"), ("dpo", "dpo", "other")], SignerKeyUnknown),
    ],
)
def test_anything_less_changes_nothing(desk, wanted, signers, refusal):
    signatures = [signed(one[0], one[1], wanted, *one[2:]) for one in signers]
    with pytest.raises(refusal) as caught:
        approvers.change(desk.ledger, wanted, signatures, NOW)
    assert type(caught.value) is refusal
    assert approvers.current(desk.ledger) == desk.register


@pytest.mark.parametrize(
    ("changes", "later", "refusal"),
    [
        ({"act": Act.RELEASE}, 0, ChangeNotAuthorised),
        ({"subject": "0" * 64}, 0, ChangeNotAuthorised),
        ({}, 7, SignatureExpired),
    ],
)
def test_a_signature_for_something_else_or_too_old_changes_nothing(desk, wanted, changes, later, refusal):
    signatures = [signed("dm", "data_manager", wanted), signed("dpo", "dpo", wanted, **changes)]
    with pytest.raises(refusal):
        approvers.change(desk.ledger, wanted, signatures, NOW + dt.timedelta(days=later))
    assert approvers.current(desk.ledger) == desk.register


@pytest.mark.parametrize("role", ["auditor", "it"])
def test_a_role_that_decides_nothing_changes_no_register_and_is_not_counted_on(tmp_path, role):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    approvers.bootstrap(ledger, Register.of(1, [*PEOPLE, entry("watcher", [role], ["*"])]), NOW)
    wanted = Register.of(2, NEW)
    with pytest.raises(ChangeNotAuthorised, match="decides nothing"):
        approvers.change(ledger, wanted, [signed("dm", "data_manager", wanted), signed("watcher", role, wanted)], NOW)
    with pytest.raises(RegisterMalformed):
        Register.of(1, [entry("dm", ["data_manager"], ["*"]), entry("watcher", [role], ["*"])])


@pytest.mark.parametrize("version", [1, 3])
def test_versions_follow_each_other(desk, version):
    wanted = Register.of(version, NEW)
    signatures = [signed("dm", "data_manager", wanted), signed("dpo", "dpo", wanted)]
    with pytest.raises(ChangeNotAuthorised):
        approvers.change(desk.ledger, wanted, signatures, NOW)


def test_a_register_written_into_the_ledger_past_the_program_is_not_believed(desk, wanted):
    one = signed("dm", "data_manager", wanted).body()
    desk.ledger.append(approvers.KIND, {"register": wanted.body(), "signatures": [one, one]}, NOW)
    with pytest.raises(RegisterForged):
        approvers.current(desk.ledger)


@pytest.mark.parametrize(
    ("people", "refusal"),
    [
        ((*PEOPLE, entry("head", ["head"], ["*"], "another key")), PersonTwice),
        ((*PEOPLE, entry("twin", ["head"], ["*"], "other") | {"name": " person  HEAD "}), PersonTwice),
        ((*PEOPLE, entry("twin", ["head"], ["*"], "head")), KeyShared),
        (PEOPLE[:2], RegisterMalformed),
        ((), RegisterMalformed),
        ((*PEOPLE, entry("x", ["king"], ["*"])), RegisterMalformed),
        ((*PEOPLE, entry("x", [], ["*"])), RegisterMalformed),
        ((*PEOPLE, entry("x", ["head"], [])), RegisterMalformed),
        ((*PEOPLE, entry("", ["head"], ["*"])), RegisterMalformed),
        ((*PEOPLE, entry("x", ["head"], ["*"]) | {"extra": 1}), RegisterMalformed),
        ((*PEOPLE, {"id": "x"}), RegisterMalformed),
        ((*PEOPLE, entry("x", ["head"], ["*"]) | {"public_key": "ssh-rsa AAAA"}), KeyUnreadable),
    ],
)
def test_a_register_in_which_people_or_keys_could_be_confused_cannot_be_made(people, refusal):
    with pytest.raises(refusal) as caught:
        Register.of(2, people)
    assert type(caught.value) is refusal


def test_a_comment_behind_a_key_and_the_order_of_people_change_nothing():
    plain = Register.of(1, PEOPLE)
    noted = [person | {"public_key": person["public_key"] + " laptop"} for person in reversed(PEOPLE)]
    assert Register.of(1, noted).sha256 == plain.sha256


def test_recording_says_when_the_set_is_complete_and_approves_the_release(desk):
    waybill = desk.enter()
    first, second = desk.signature(waybill, "dm", "data_manager"), desk.signature(waybill, "head", "head")
    assert authority.record(desk.ledger, waybill, first, ROLES, NOW) is False
    assert desk.state(waybill) is State.PREPARED
    assert authority.record(desk.ledger, waybill, second, ROLES, NOW) is True
    assert desk.state(waybill) is State.APPROVED


@pytest.mark.parametrize(
    ("person", "role", "key", "refusal"),
    [
        ("dm", "head", None, SamePersonTwice),
        ("head", "head", "other", SignerKeyUnknown),
        ("stranger", "head", None, SignerUnknown),
        ("dpo", "head", None, RoleNotHeld),
        ("dpo", "dpo", None, StatementMalformed),
    ],
)
def test_a_signature_that_does_not_hold_is_not_recorded(desk, person, role, key, refusal):
    waybill = desk.enter()
    authority.record(desk.ledger, waybill, desk.signature(waybill, "dm", "data_manager"), ROLES, NOW)
    before = desk.ledger.head()
    with pytest.raises(refusal):
        authority.record(desk.ledger, waybill, desk.signature(waybill, person, role, key), ROLES, NOW)
    assert desk.ledger.head() == before


def test_a_signature_for_another_waybill_is_not_recorded(desk):
    waybill, other = desk.enter(), desk.enter(nonce="f" * 32)
    with pytest.raises(StatementMalformed):
        authority.record(desk.ledger, waybill, desk.signature(other, "dm", "data_manager"), ROLES, NOW)


def test_nothing_is_signed_or_revoked_once_it_is_on_its_way(desk):
    waybill = desk.approve(desk.enter())
    desk.gate(waybill)
    with pytest.raises(TooLateToSign):
        authority.record(desk.ledger, waybill, desk.signature(waybill, "dpo", "dpo", act=Act.REVOKE), ROLES, NOW)
