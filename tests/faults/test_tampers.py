"""Tampering with file, waybill and signature, thousands of times; with the ledger: `tests/ledger/test_verify.py`."""

import base64
import json
import random

import pytest

from exports.authority import authorised
from exports.signing import signature_from
from exports.waybill import parse
from ledger.states import State
from schemas.refusal import Refusal
from tests.exports.desk import NOW, ROLES
from tests.nightly import NIGHTLY

TRIALS = 3_400 if NIGHTLY else 400
"""Of each of the three kinds."""


def tampered(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """The same bytes with a bit flipped, a piece moved, cut, doubled or taken from another; never the same."""
    at, to = sorted(chance.sample(range(len(data)), 2))
    ways = (
        data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :],
        data[:at] + data[to:],
        data[:to] + data[at:to] + data[to:],
        data[:at],
        data[:at] + data[to:to + 1] + data[at + 1:to] + data[at:at + 1] + data[to + 1:],
        other[:at] + data[at:],
        data + other[:1],
        other,
    )  # fmt: skip
    return chance.choice([way for way in ways if way != data])


@pytest.fixture
def chance():
    return random.Random(2026)  # noqa: S311  a seed, not a secret


@pytest.mark.fault("F15")
def test_no_tampered_file_passes_the_gate(desk, chance):
    waybill = desk.approve(desk.enter())
    other = chance.randbytes(len(desk.data))
    passed = []
    for trial in range(TRIALS):
        try:
            desk.gate(waybill, data=tampered(desk.data, other, chance))
        except Refusal as refusal:
            assert refusal.code == "file_changed"  # noqa: PT017  the kind matters, in each of thousands
        else:
            passed.append(trial)
    assert passed == []
    assert desk.state(waybill) is State.APPROVED


@pytest.mark.fault("F15")
def test_no_tampered_waybill_passes_the_gate(desk, chance):
    waybill = desk.approve(desk.enter())
    other = desk.waybill(nonce="f" * 32, period="2026-10-21").canonical
    passed = []
    for trial in range(TRIALS):
        try:
            desk.gate(parse(tampered(waybill.canonical, other, chance)))
        except (Refusal, UnicodeDecodeError):
            continue
        passed.append(trial)
    assert passed == []
    assert desk.state(waybill) is State.APPROVED


def body_tampered(body: dict, other: dict, chance: random.Random) -> dict:
    """A signature's record with its bytes, its key or a member of its statement changed, or another's in its place."""
    changed = json.loads(json.dumps(body))
    match chance.choice(["bytes", "key", "statement", "other statement", "other bytes"]):
        case "bytes":
            raw = tampered(base64.b64decode(body["signature"]), base64.b64decode(other["signature"]), chance)
            changed["signature"] = base64.b64encode(raw).decode()
        case "key":
            changed["public_key"] = tampered(body["public_key"].encode(), other["public_key"].encode(), chance).decode(
                "latin-1"
            )
        case "statement":
            member = chance.choice(sorted(name for name, value in body["statement"].items() if isinstance(value, str)))
            value = body["statement"][member]
            at = chance.randrange(len(value))
            changed["statement"][member] = value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
        case "other statement":
            changed["statement"] = other["statement"]
        case "other bytes":
            changed["signature"] = other["signature"]
    return changed


@pytest.mark.fault("F15")
def test_no_tampered_signature_authorises(desk, chance):
    waybill, second = desk.enter(), desk.waybill(nonce="f" * 32)
    sound = [
        desk.signature(waybill, person, role).body() for person, role in (("dm", "data_manager"), ("head", "head"))
    ]
    others = [desk.signature(second, "head", "head").body(), sound[0]]
    passed = []
    for trial in range(TRIALS):
        spoilt = body_tampered(sound[1], chance.choice(others), chance)
        try:
            authorised(_Recorded(sound[0], spoilt), waybill, ROLES, desk.register, NOW)
        except Refusal:
            continue
        passed.append((trial, spoilt))
    assert passed == []
    authorised(_Recorded(*sound), waybill, ROLES, desk.register, NOW)
    assert signature_from(sound[1])


class _Recorded:
    """What a ledger says when somebody with full rights to it has put these signatures there."""

    def __init__(self, *bodies: dict) -> None:
        self._bodies = bodies

    def events(self, kind: str, **match: str) -> list:
        act = match.get("act")
        wanted = kind == "signature" and act == "release"
        return [_Event(body) for body in self._bodies] if wanted else []


class _Event:
    def __init__(self, body: dict) -> None:
        self.body = body
