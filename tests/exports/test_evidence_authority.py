"""Who let a file leave, as the script of an evidence pack judges it: each case differs from one that holds."""

import base64
import datetime as dt
import json
from dataclasses import replace

import pytest
import rfc8785

from exports import check_passkeys
from exports.approvers import current
from exports.check_evidence import Broken, check, check_file
from exports.delegations import Delegation, delegate, end
from exports.evidence import zipped
from exports.passkeys import Passkey, challenge, packed
from exports.sent import sent
from exports.signing import Act, Role, Signature, Statement, public_text, sign
from exports.standing import sign_standing, statement_of, switch_off
from exports.waybill import digest
from ledger.states import State
from tests.console.authenticator import Authenticator
from tests.exports.desk import entry, key_of
from tests.exports.standing_desk import ELSEWHERE, FIVE, HEAD_KEY, LIMITS, PEOPLE, SCHOOL, START, TERMS, standing_desk

DAY = dt.timedelta(days=1)
BLOCKING = {"severity": "error", "blocking": True}
STANDING_IN = entry("stand_in", ["dpo"], [SCHOOL])
LENT = Delegation("head", "stand_in", Role.HEAD, SCHOOL, START.date() + 7 * DAY, "0")


@pytest.fixture
def desk(tmp_path):
    with standing_desk(tmp_path) as made:
        made.change_register(*PEOPLE, STANDING_IN)
        yield made


def lend(desk, lent: Delegation = LENT) -> None:
    with desk.stores.ledger.transaction() as tx:
        delegate(tx, lent, sign(lent.statement(desk.now), key_of(lent.by)), current(tx), desk.now)


def evidence(desk, waybill):
    """The pack of one file, as it is handed over, and what the script reads of its events."""
    made = desk.pack(waybill)
    every = [(event["kind"], event["at"], json.loads(event["body"])) for event in made["events"]]
    return made, every


def signers(desk, waybill) -> set[tuple[str, str, str]]:
    made, _ = evidence(desk, waybill)
    (found,) = check(made).values()
    return {(act, who, role) for act, _, who, role, _ in found[2]}


def lent_and_sent(desk):
    lend(desk)
    waybill = desk.prepared()
    desk.sign(waybill, ("dm", "data_manager"), ("stand_in", "head"))
    assert desk.send(waybill) is State.DELIVERED
    return waybill


def test_who_stands_in_is_a_signer(desk):
    found = signers(desk, lent_and_sent(desk))
    assert found == {("release", "dm", "data_manager"), ("release", "stand_in", "head")}


def test_what_is_lent_again_or_ended_later_changes_nothing(desk):
    lend(desk, replace(LENT, ends=LENT.ends - 5 * DAY, nonce="1"))
    waybill = lent_and_sent(desk)
    with desk.stores.ledger.transaction() as tx:
        end(tx, LENT, "head", desk.now)
    assert ("release", "stand_in", "head") in signers(desk, waybill)


def test_a_standing_release_may_be_signed_by_who_stands_in(desk):
    desk.left()
    lend(desk, replace(LENT, ends=dt.date(2027, 7, 20)))
    made = desk.stand(LIMITS, sign_it=False)
    for person, role in (("dm", "data_manager"), ("stand_in", "head")):
        desk.sign_standing(made, person, role)
    waybill = desk.prepared(FIVE)
    assert desk.put_under(waybill).inside
    desk.send(waybill)
    assert ("standing-release", "stand_in", "head") in signers(desk, waybill)


def test_one_who_signs_again_after_the_first_signature_ended_has_signed(desk):
    waybill = desk.prepared()
    desk.record(waybill, Act.RELEASE, "dm", "data_manager")
    desk.later(8)
    desk.sign(waybill)
    desk.send(waybill)
    assert {who for _, who, _ in signers(desk, waybill)} == {"dm", "head"}
    assert [one.signers for one in sent(desk.stores.ledger)] == [(("dm", "data_manager"), ("head", "head"))]


def test_as_many_people_have_signed_as_roles_are_asked_for(desk):
    desk.agreement = replace(TERMS, signing=("data_manager", "head", "dpo"))
    waybill = desk.prepared()
    desk.sign(waybill, ("dm", "data_manager"), ("head", "head"), ("dpo", "dpo"))
    desk.send(waybill)
    made, every = evidence(desk, waybill)
    parts = made["files"][waybill.sha256]
    assert len(check_file(waybill.sha256, parts, every)[2]) == 3
    with pytest.raises(Broken, match="the release lacks a signer"):
        check_file(waybill.sha256, parts, edited(is_signature("release", "head"), statement={"signer": "dpo"})(every))


def overridden_and_sent(desk):
    waybill = desk.prepared(findings=[BLOCKING])
    desk.sign(waybill)
    for person, role in (("dm", "data_manager"), ("head", "head")):
        desk.record(waybill, Act.OVERRIDE, person, role, "0" * 64, "CS0012345")
    desk.send(waybill)
    return waybill


def test_who_overrode_blocking_errors_is_told(desk):
    found = signers(desk, overridden_and_sent(desk))
    assert {(who, role) for act, who, role in found if act == "override"} == {
        ("dm", "data_manager"),
        ("head", "head"),
    }


def by_passkey(device: Authenticator, public: str, statement: Statement) -> Signature:
    """A passkey's signature as the desk accepts it."""
    asked = base64.urlsafe_b64encode(challenge(statement.canonical)).decode().rstrip("=")
    answer = packed(device.get(json.dumps({"challenge": asked})))
    return Signature(statement, public, answer).countersigned(HEAD_KEY)


def test_a_head_s_passkey_lends_the_role_and_signs_a_standing_release(desk, tmp_path, capsys):
    device = Authenticator("https://desk.example", "desk.example")
    public = Passkey(device.origin, device.cose).text
    head = {**entry("head", ["head"], [SCHOOL]), "public_key": public}
    desk.change_register(*(person for person in PEOPLE if person["id"] != "head"), head, STANDING_IN)
    ledger = desk.stores.ledger
    with ledger.transaction() as tx:
        signature = by_passkey(device, public, LENT.statement(desk.now))
        delegate(tx, LENT, signature, current(tx), desk.now)
    first = desk.prepared()
    desk.sign(first, ("dm", "data_manager"), ("stand_in", "head"))
    desk.send(first)
    desk.later()
    standing = desk.stand(LIMITS, sign_it=False)
    desk.sign_standing(standing, "dm", "data_manager")
    told = statement_of(standing, "head", "head", desk.now)
    sign_standing(ledger, standing, by_passkey(device, public, told), desk.now, desk.today)
    second = desk.prepared(FIVE)
    assert desk.put_under(second).inside
    desk.send(second)
    made = desk.pack(first, second)
    assert {(act, who) for found in check(made).values() for act, _, who, *_ in found[2]} == {
        ("release", "dm"), ("release", "stand_in"), ("standing-release", "dm"), ("standing-release", "head"),
    }  # fmt: skip
    (tmp_path / "pack.zip").write_bytes(zipped(made, desk.now))
    assert check_passkeys.main([str(tmp_path / "pack.zip")]) == 0
    said = capsys.readouterr().out
    assert f"head as head, delegation of {LENT.sha256}" in said
    assert f"head as head, standing-release of {standing.sha256}" in said
    assert "HOLDS: 2 passkey signatures" in said


def is_signature(act: str, person: str):
    return lambda event: (
        event[0] == "signature"
        and (
            event[2]["statement"]["type"],
            event[2]["statement"]["signer"],
        )
        == (act, person)
    )


def of_kind(kind: str):
    return lambda event: event[0] == kind


def without(which):
    return lambda every: [event for event in every if not which(event)]


def at_the_end(which):
    """Recorded, but only after the file had left."""
    return lambda every: [*without(which)(every), *filter(which, every)]


def edited(which, **changes):
    """The statement or the terms of one event are others, and signed as they stand."""

    def change(event):
        kind, at, body = event
        terms = {"lent": body["lent"] | changes["lent"]} if "lent" in changes else {}
        named = {"delegation": digest(terms["lent"])} if terms else {}
        statement = body["statement"] | named | changes.get("statement", {})
        return kind, at, resigned(body | terms | {"statement": statement})

    return lambda every: [change(event) if which(event) else event for event in every]


def resigned(body: dict) -> dict:
    if "statement" not in body:
        return body
    key = key_of(body["statement"]["signer"])
    signature = base64.b64encode(key.sign(rfc8785.dumps(body["statement"]))).decode()
    return body | {"signature": signature, "public_key": public_text(key)}


def before_sending(kind: str, body: dict):
    def insert(every):
        at = next(at for at, event in enumerate(every) if event[0] == "sending")
        return [*every[:at], (kind, every[at][1], body), *every[at:]]

    return insert


HEADS = is_signature("release", "stand_in")
LENDING = of_kind("delegation")


@pytest.mark.parametrize(
    "doctored",
    [
        without(LENDING),
        at_the_end(LENDING),
        at_the_end(HEADS),
        before_sending("delegation ended", {"delegation": LENT.sha256, "by": "head"}),
        edited(LENDING, lent={"to": "dm"}),
        edited(LENDING, lent={"school": ELSEWHERE}),
        edited(LENDING, statement={"signer": "dpo"}),
        edited(LENDING, statement={"delegation": "0" * 64}),
        edited(LENDING, statement={"signed_at": "2026-09-07T08:00:01Z"}),
        edited(LENDING, statement={"not_after": "2026-09-07T08:00:00Z"}),
        edited(HEADS, statement={"role": "data_manager"}),
        edited(HEADS, statement={"type": "override"}),
    ],
    ids=[
        "nobody lent it", "lent after it was sent", "signed after it was sent", "ended before it was sent",
        "lent to another", "lent for another school", "lent by another", "lent on other terms",
        "lent after the signature", "lent until then",
        "another role", "another act",
    ],
)  # fmt: skip
def test_without_one_thing_who_stands_in_has_not_signed(desk, doctored):
    waybill = lent_and_sent(desk)
    made, every = evidence(desk, waybill)
    parts = made["files"][waybill.sha256]
    assert check_file(waybill.sha256, parts, every)
    with pytest.raises(Broken, match="the release lacks a signer"):
        check_file(waybill.sha256, parts, doctored(every))


@pytest.mark.parametrize("person", ["dm", "head"])
@pytest.mark.parametrize("doctor", [without, at_the_end])
def test_blocking_errors_leave_only_with_both_overriding_before(desk, person, doctor):
    waybill = overridden_and_sent(desk)
    made, every = evidence(desk, waybill)
    parts = made["files"][waybill.sha256]
    with pytest.raises(Broken, match="the override lacks a signer"):
        check_file(waybill.sha256, parts, doctor(is_signature("override", person))(every))


def test_what_was_called_off_before_it_was_sent_is_found(desk):
    waybill = desk.left()
    made, every = evidence(desk, waybill)
    parts = made["files"][waybill.sha256]
    statement = Statement(Act.REVOKE, Role.HEAD, "head", waybill.sha256, START, START + DAY)
    told = {"waybill": waybill.sha256, "act": "revoke", **sign(statement, key_of("head")).body()}
    assert check_file(waybill.sha256, parts, [*every, ("signature", every[-1][1], told)])
    with pytest.raises(Broken, match="called off before it was sent"):
        check_file(waybill.sha256, parts, before_sending("signature", told)(every))


def under_standing(desk):
    desk.left()
    made = desk.stand(LIMITS, schools=(SCHOOL, ELSEWHERE))
    waybill = desk.prepared(FIVE)
    assert desk.put_under(waybill).inside
    desk.send(waybill)
    return waybill, made


def test_what_left_under_a_standing_release_that_was_off_is_found(desk):
    waybill, standing = under_standing(desk)
    made, every = evidence(desk, waybill)
    parts = made["files"][waybill.sha256]
    off = {"standing": standing.sha256, "by": "head"}
    assert check_file(waybill.sha256, parts, [*every, ("standing release off", every[-1][1], off)])
    with pytest.raises(Broken, match="called off before it was sent"):
        check_file(waybill.sha256, parts, before_sending("standing release off", off)(every))


def test_a_pack_has_the_end_of_the_standing_release(desk):
    waybill, standing = under_standing(desk)
    switch_off(desk.stores.ledger, standing, "head", desk.now)
    made, every = evidence(desk, waybill)
    assert "standing release off" in {kind for kind, *_ in every}
    check(made)


@pytest.mark.parametrize(
    "terms",
    [{"schools": [ELSEWHERE]}, {"agreement_sha256": "0" * 64}, {"notice_sha256": "0" * 64}, {"ends": "2026-09-13"}],
    ids=["another school", "another agreement", "another notice", "ended the day before"],
)
def test_a_standing_release_proves_nothing_for_another_file(desk, terms):
    waybill, standing = under_standing(desk)
    made, every = evidence(desk, waybill)
    parts = made["files"][waybill.sha256]
    assert check_file(waybill.sha256, parts, renamed(every, standing, {"nonce": "another"}))
    with pytest.raises(Broken, match="is not for supplier_texts"):
        check_file(waybill.sha256, parts, renamed(every, standing, terms))


def renamed(every, standing, terms):
    """The same events, about a standing release of other terms."""
    body = dict(standing.body()) | terms
    events = json.loads(json.dumps(every).replace(standing.sha256, digest(body)))
    release = {"release": body}
    return [(kind, at, resigned(told) | (release if "release" in told else {})) for kind, at, told in events]
