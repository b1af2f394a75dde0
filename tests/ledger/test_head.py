import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.head import HeadMismatch, HeadUnsigned, check_head, lodge_head
from ledger.store import Ledger
from tests.ledger.histories import NOW

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def grown(path, events: int, name: str = "run") -> Ledger:
    ledger = Ledger(path)
    for _ in range(events):
        ledger.append(name, {}, NOW)
    return ledger


def test_a_ledger_that_went_on_from_its_head_passes(tmp_path):
    ledger = grown(tmp_path / "ledger.sqlite", 3)
    head = lodge_head(ledger, KEY, tmp_path / "head.json", NOW)
    ledger.append("run", {}, NOW)
    assert check_head(ledger, KEY.public_key(), tmp_path / "head.json") == head
    assert head.seq == 3


def test_the_head_of_an_empty_ledger_passes(tmp_path):
    ledger = grown(tmp_path / "ledger.sqlite", 0)
    lodge_head(ledger, KEY, tmp_path / "head.json", NOW)
    assert check_head(ledger, KEY.public_key(), tmp_path / "head.json").seq == 0


@pytest.mark.parametrize(
    ("events", "name", "words"), [(2, "run", "cut or rolled back"), (3, "other", "written anew"), (3, "run", None)]
)
def test_another_ledger_does_not_pass(tmp_path, events, name, words):
    lodge_head(grown(tmp_path / "ledger.sqlite", 3), KEY, tmp_path / "head.json", NOW)
    other = grown(tmp_path / "other.sqlite", events, name)
    if words is None:
        assert check_head(other, KEY.public_key(), tmp_path / "head.json").seq == 3
        return
    with pytest.raises(HeadMismatch, match=words):
        check_head(other, KEY.public_key(), tmp_path / "head.json")


@pytest.mark.parametrize("part", ["seq", "hash", "at", "signature"])
def test_a_head_with_any_part_changed_or_gone_is_unsigned(tmp_path, part):
    ledger = grown(tmp_path / "ledger.sqlite", 3)
    path = tmp_path / "head.json"
    lodge_head(ledger, KEY, path, NOW)
    says = json.loads(path.read_bytes())
    changed = {"seq": 2, "hash": "0" * 64, "at": "2027-01-01", "signature": "0" * 128}[part]
    for content in ({**says, part: changed}, {name: says[name] for name in says if name != part}):
        path.write_text(json.dumps(content))
        with pytest.raises(HeadUnsigned):
            check_head(ledger, KEY.public_key(), path)


def test_another_key_or_other_bytes_are_unsigned(tmp_path):
    ledger = grown(tmp_path / "ledger.sqlite", 1)
    path = tmp_path / "head.json"
    lodge_head(ledger, Ed25519PrivateKey.generate(), path, NOW)
    with pytest.raises(HeadUnsigned):
        check_head(ledger, KEY.public_key(), path)
    for content in (b"", b"[]", b"{", b"\xff", b'{"signature": 1}'):
        path.write_bytes(content)
        with pytest.raises(HeadUnsigned):
            check_head(ledger, KEY.public_key(), path)
