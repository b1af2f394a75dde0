"""The gate: everything that must stop a file, each by its own refusal, with nothing sent and nothing lost."""

import copy
import datetime as dt
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from exports import approvers, authority
from exports.authority import NotSigned, Revoked, SameKeyTwice, SamePersonTwice
from exports.parcel import Parcel
from exports.release import (
    AgreementChanged,
    AgreementNotInForce,
    BlockingErrorsOpen,
    DisclosuresDiffer,
    FileChanged,
    FindingsChanged,
    GatewayNotInForce,
    NoticeChanged,
    QueriesUnexplained,
    RecipientChanged,
    RegisterChanged,
    Release,
    SchoolNotCovered,
    SnapshotChanged,
    SnapshotNotWhole,
    slot,
)
from exports.signing import (
    Act,
    RoleNotHeld,
    Signature,
    SignatureBroken,
    SignatureExpired,
    SignatureNotYetValid,
    SignerKeyUnknown,
    SignerUnknown,
    StatementMalformed,
)
from exports.waybill import WaybillMalformed
from ledger.disclosures import NIL
from ledger.states import State
from ledger.store import AlreadySent, MoveRefused, UnknownRelease
from schemas.census.findings import Verdict
from tests.exports.desk import refused
from tests.exports.trust_folder import agreement

WEEK = dt.timedelta(days=7)


def test_a_complete_authorisation_opens_the_gate_once_and_records_the_intent(desk):
    waybill = desk.approve(desk.enter())
    release = desk.gate(waybill)
    assert release.data is desk.data
    assert (release.waybill, release.route) == (waybill, desk.agreement.delivery)
    assert desk.state(waybill) is State.SENDING


def test_only_the_gate_makes_a_release_and_nobody_copies_one(desk):
    waybill = desk.approve(desk.enter())
    with pytest.raises(TypeError):
        Release(waybill, Parcel.of(waybill), desk.data, desk.agreement.delivery, desk.batch, made_by=None)
    release = desk.gate(waybill)
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            duplicate(release)
    with pytest.raises((TypeError, ValueError)):
        replace(release, data=b"other")
    assert desk.data.decode() not in repr(release)


def changed_byte(desk):
    return {"data": desk.data[:100] + b"?" + desk.data[101:]}


def one_byte_more(desk):
    return {"data": desk.data + b"?"}


def no_disclosures(_):
    return {"disclosures": NIL}


def agreement_edited(desk):
    desk.agreement = replace(desk.agreement, sha256="0" * 64)
    return {}


def agreement_of_another_id(desk):
    desk.agreement = replace(desk.agreement, id="la_leavers")
    return {}


def agreement_ended(_):
    return {"today": dt.date(2027, 9, 1)}


def agreement_not_begun(_):
    return {"today": dt.date(2026, 8, 31)}


def gateway_not_commenced(desk):
    line = replace(agreement("la_new_pupils").lines[0], gateway="cwsa-2026-s4")
    desk.agreement = replace(desk.agreement, lines=(line,))
    return {}


def school_left_out(desk):
    desk.agreement = replace(desk.agreement, schools=("149002",))
    return {}


def other_host(desk):
    desk.towards(host="127.0.0.2")
    return {}


def other_host_key(desk):
    desk.towards(host_key="SHA256:" + "A" * 43)
    return {}


def other_directory(desk):
    desk.towards(directory="elsewhere")
    return {}


def other_legal_name(desk):
    desk.agreement = replace(desk.agreement, recipient=replace(desk.agreement.recipient, legal_name="Another"))
    return {}


def notice_replaced(desk):
    return {"present": lambda: replace(desk.present(), notice_sha256="0" * 64)}


def certificate_replaced(desk):
    desk.certificate = {"stable": True, "rows": {"pupil": 3}}
    return {}


def findings_replaced(desk):
    return {"present": lambda: replace(desk.present(), findings_sha256="0" * 64)}


def query_unexplained(desk):
    desk.verdict = Verdict(blocking_open=0, errors=0, queries=3, unexplained=1, not_evaluated=0)
    return {}


def blocking_error(desk):
    desk.verdict = Verdict(blocking_open=1, errors=1, queries=3, unexplained=0, not_evaluated=0)
    return {}


def signature_past_its_end(_):
    return {"now": dt.datetime(2026, 10, 27, 9, 0, tzinfo=dt.UTC)}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (changed_byte, FileChanged),
        (one_byte_more, FileChanged),
        (no_disclosures, DisclosuresDiffer),
        (agreement_edited, AgreementChanged),
        (agreement_of_another_id, AgreementChanged),
        (agreement_ended, AgreementNotInForce),
        (agreement_not_begun, AgreementNotInForce),
        (gateway_not_commenced, GatewayNotInForce),
        (school_left_out, SchoolNotCovered),
        (other_host, RecipientChanged),
        (other_host_key, RecipientChanged),
        (other_directory, RecipientChanged),
        (other_legal_name, RecipientChanged),
        (notice_replaced, NoticeChanged),
        (certificate_replaced, SnapshotChanged),
        (findings_replaced, FindingsChanged),
        (query_unexplained, QueriesUnexplained),
        (blocking_error, BlockingErrorsOpen),
        (signature_past_its_end, SignatureExpired),
    ],
)
def test_one_thing_that_changed_after_signing_is_refused_and_its_twin_goes(desk, change, refusal):
    waybill = desk.approve(desk.enter())
    kept = desk.agreement, desk.certificate, desk.verdict
    refused(desk, waybill, refusal, **change(desk))
    desk.agreement, desk.certificate, desk.verdict = kept
    assert isinstance(desk.gate(waybill), Release)


@pytest.mark.parametrize(("reading", "leaves"), [("full", True), ("increment", False)])
def test_an_increment_never_leaves(desk, reading, leaves):
    desk.certificate["reading"] = reading
    waybill = desk.approve(desk.enter())
    if leaves:
        assert isinstance(desk.gate(waybill), Release)
    else:
        refused(desk, waybill, SnapshotNotWhole)


@pytest.mark.parametrize("stable", [False, None, "true", 1])
def test_a_torn_snapshot_never_leaves(desk, stable):
    desk.certificate["stable"] = stable
    refused(desk, desk.approve(desk.enter()), SnapshotNotWhole)


def test_the_last_moment_of_a_signature_is_before_its_end(desk):
    waybill = desk.approve(desk.enter())
    moment = desk.signature(waybill, "dm", "data_manager").statement.not_after
    refused(desk, waybill, SignatureExpired, now=moment)
    assert desk.gate(waybill, now=moment - dt.timedelta(seconds=1))


def test_a_waybill_that_nobody_entered_is_unknown(desk):
    with pytest.raises(UnknownRelease):
        desk.gate(desk.waybill())


def test_a_ledger_row_for_another_slot_is_refused(desk):
    waybill = desk.waybill()
    other = desk.waybill(release_version=2)
    with desk.ledger.transaction() as tx:
        tx.prepare(waybill.sha256, slot(other), waybill.prepared_at, {})
    refused(desk, waybill, WaybillMalformed)


@pytest.mark.parametrize(
    ("signers", "refusal"),
    [
        ([], NotSigned),
        ([("dm", "data_manager", "dm")], NotSigned),
        ([("dm", "data_manager", "dm"), ("dm", "head", "dm")], SamePersonTwice),
        ([("dm", "data_manager", "dm"), ("head", "head", "other")], SignerKeyUnknown),
        ([("dm", "data_manager", "dm"), ("dm", "head", "other")], SignerKeyUnknown),
        ([("dm", "data_manager", "dm"), ("stranger", "head", "stranger")], SignerUnknown),
        ([("dm", "data_manager", "dm"), ("dpo", "head", "dpo")], RoleNotHeld),
        ([("head", "data_manager", "head"), ("head", "head", "head")], RoleNotHeld),
    ],
)
def test_signatures_planted_in_the_ledger_do_not_open_the_gate(desk, signers, refusal):
    waybill = desk.enter()
    desk.plant(waybill, *(desk.signature(waybill, person, role, key) for person, role, key in signers))
    refused(desk, waybill, refusal)


def _with_statement(signature, **changes):
    return Signature(replace(signature.statement, **changes), signature.public_key, signature.signature)


def _with_bit_flipped(signature):
    last = bytes([signature.signature[-1] ^ 1])
    return Signature(signature.statement, signature.public_key, signature.signature[:-1] + last)


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (_with_bit_flipped, SignatureBroken),
        (lambda one: _with_statement(one, not_after=one.statement.not_after + WEEK), SignatureBroken),
        (lambda one: _with_statement(one, signed_at=one.statement.signed_at - WEEK), SignatureBroken),
        (lambda one: _with_statement(one, subject="0" * 64), StatementMalformed),
        (lambda one: _with_statement(one, signer="dpo"), SignerKeyUnknown),
    ],
)
def test_a_signature_changed_in_any_part_does_not_open_the_gate(desk, spoil, refusal):
    waybill = desk.enter()
    good, other = desk.signature(waybill, "dm", "data_manager"), desk.signature(waybill, "head", "head")
    desk.plant(waybill, good, spoil(other))
    refused(desk, waybill, refusal)


def test_a_signature_from_the_future_does_not_open_the_gate(desk):
    waybill = desk.enter()
    ahead = desk.statement(waybill, "head", "head").signed_at + dt.timedelta(hours=1)
    desk.plant(
        waybill, desk.signature(waybill, "dm", "data_manager"), desk.signature(waybill, "head", "head", signed_at=ahead)
    )
    refused(desk, waybill, SignatureNotYetValid)


def test_a_signature_for_another_school_does_not_open_the_gate(desk):
    waybill = desk.enter(school="149002")
    desk.agreement = replace(desk.agreement, schools=("149002",))
    desk.plant(waybill, desk.signature(waybill, "dm", "data_manager"), desk.signature(waybill, "head", "head"))
    refused(desk, waybill, RoleNotHeld)


def test_a_signature_for_an_earlier_waybill_does_not_open_the_gate(desk):
    old, new = desk.enter(), desk.enter(nonce="f" * 32)
    desk.plant(new, desk.signature(old, "dm", "data_manager"), desk.signature(old, "head", "head"))
    refused(desk, new, StatementMalformed)


def test_one_key_under_two_names_in_a_forged_register_does_not_open_the_gate(desk):
    waybill = desk.enter()
    body = copy.deepcopy(desk.register.body())
    body["people"][1]["public_key"] = body["people"][0]["public_key"]
    desk.ledger.append(approvers.KIND, {"register": body | {"version": 2}, "signatures": []}, waybill.prepared_at)
    desk.plant(waybill, desk.signature(waybill, "dm", "data_manager"), desk.signature(waybill, "head", "head"))
    refused(desk, waybill, approvers.KeyShared)


def test_one_key_under_two_names_is_seen_even_if_the_register_allowed_it(desk):
    waybill = desk.enter()
    twin = replace(desk.register.person("dm"), id="twin")
    lax = object.__new__(approvers.Register)
    object.__setattr__(lax, "version", 1)
    object.__setattr__(lax, "people", (*desk.register.people, twin))
    desk.plant(waybill, desk.signature(waybill, "dm", "data_manager"), desk.signature(waybill, "twin", "head", "dm"))
    with pytest.raises(SameKeyTwice):
        authority.authorised(desk.ledger, waybill, desk.agreement.signing, lax, _now(waybill))


def test_a_person_added_to_the_register_without_signatures_voids_what_waits(desk):
    waybill = desk.approve(desk.enter())
    body = desk.register.body() | {"version": 2}
    desk.ledger.append(approvers.KIND, {"register": body, "signatures": []}, waybill.prepared_at)
    refused(desk, waybill, approvers.RegisterForged)


def test_a_register_changed_since_preparation_voids_the_waybill(desk):
    waybill = desk.approve(desk.enter())
    wanted = approvers.Register(2, tuple(one for one in desk.register.people if one.id != "head"))
    signatures = [
        desk.signature(waybill, person, role, act=Act.APPROVER_CHANGE, subject=wanted.sha256)
        for person, role in (("dm", "data_manager"), ("dpo", "dpo"))
    ]
    approvers.change(desk.ledger, wanted, signatures, waybill.prepared_at + dt.timedelta(hours=1))
    refused(desk, waybill, RegisterChanged)


def test_a_revoked_waybill_is_refused_for_good(desk):
    waybill = desk.approve(desk.enter())
    revocation = desk.signature(waybill, "dpo", "dpo", act=Act.REVOKE)
    assert authority.record(desk.ledger, waybill, revocation, desk.agreement.signing, _now(waybill)) is False
    assert desk.state(waybill) is State.WITHDRAWN
    refused(desk, waybill, Revoked)


def test_a_withdrawn_waybill_is_refused(desk):
    waybill = desk.approve(desk.enter())
    with desk.ledger.transaction() as tx:
        tx.move(waybill.sha256, State.WITHDRAWN, _now(waybill), {})
    refused(desk, waybill, MoveRefused)


def test_a_waybill_sent_once_is_refused_ever_after(desk):
    waybill = desk.approve(desk.enter())
    desk.gate(waybill)
    refused(desk, waybill, AlreadySent)


def test_a_second_waybill_for_the_same_version_is_refused(desk):
    first, second = desk.approve(desk.enter()), desk.approve(desk.enter(nonce="f" * 32))
    desk.gate(first)
    refused(desk, second, AlreadySent)


def test_twenty_threads_get_one_release(desk):
    waybill = desk.approve(desk.enter())

    def attempt(_):
        try:
            return desk.gate(waybill)
        except AlreadySent as refusal:
            return refusal

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(attempt, range(20)))
    assert sum(isinstance(result, Release) for result in results) == 1
    assert len(desk.ledger.events("sending")) == 1


def _now(waybill):
    return waybill.prepared_at + dt.timedelta(hours=1)
