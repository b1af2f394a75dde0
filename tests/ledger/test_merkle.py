import hashlib

import pytest

from ledger import merkle, statements, verify
from ledger.head import check_head, lodge_head
from ledger.store import GENESIS, Ledger, event_hash
from ledger.verify_server import verify_place
from tests.ledger.histories import NOW
from tests.ledger.test_head import KEY

SIZES = (1, 2, 3, 7, 255, 256, 257, 511, 512, 513, 700)


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + mth(leaves[:k]) + mth(leaves[k:])).digest()


@pytest.fixture(scope="module")
def grown(lasting_places):
    ledger = lasting_places.ledger()
    with ledger.transaction() as tx:
        for number in range(max(SIZES)):
            tx.append("run", {"rows": number}, NOW)
    return ledger


def hashes(ledger: Ledger) -> list[bytes]:
    return [event.hash for event in ledger.events()]


def test_the_root_is_that_of_rfc_6962(grown):
    leaves = hashes(grown)
    assert grown.root(0) == mth([]) == merkle.EMPTY == verify.EMPTY
    for size in SIZES:
        assert grown.root(size) == mth(leaves[:size])
    assert verify_place(grown.place).root == mth(leaves)


def test_only_full_subtrees_of_256_events_and_more_are_kept(grown):
    with grown.reading() as connection:
        kept = connection.execute("SELECT level, no FROM checkpoints ORDER BY level, no").fetchall()
    assert [tuple(row) for row in kept] == [(8, 0), (8, 1), (9, 0)]


def root_from_inclusion(seq: int, size: int, event: bytes, path: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.3.2."""
    at, last, made = seq - 1, size - 1, merkle.leaf(event)
    for step in path:
        assert last
        if at % 2 or at == last:
            made = merkle.node(step, made)
            while at % 2 == 0:
                at, last = at >> 1, last >> 1
        else:
            made = merkle.node(made, step)
        at, last = at >> 1, last >> 1
    assert last == 0
    return made


def test_the_path_of_an_event_leads_to_the_root(grown):
    leaves = hashes(grown)
    for size in SIZES:
        for seq in {1, 2, size // 2 + 1, size - 1, size} & set(range(1, size + 1)):
            path = grown.inclusion(seq, size)
            assert root_from_inclusion(seq, size, leaves[seq - 1], path) == mth(leaves[:size])
            assert len(path) <= size.bit_length()


def roots_from_consistency(old: int, size: int, first: bytes, proof: list[bytes]) -> tuple[bytes, bytes]:
    """RFC 9162, section 2.1.4.2."""
    steps = [first, *proof] if old & (old - 1) == 0 else list(proof)
    at, last = old - 1, size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if at % 2 or at == last:
            before, after = merkle.node(step, before), merkle.node(step, after)
            while at and at % 2 == 0:
                at, last = at >> 1, last >> 1
        else:
            after = merkle.node(after, step)
        at, last = at >> 1, last >> 1
    assert last == 0
    return before, after


def test_a_later_tree_is_shown_to_continue_an_earlier_one(grown):
    leaves = hashes(grown)
    with grown.reading() as connection:
        for old in SIZES:
            for size in (size for size in SIZES if size > old):
                proof = merkle.consistency(connection, old, size)
                found = roots_from_consistency(old, size, mth(leaves[:old]), proof)
                assert found == (mth(leaves[:old]), mth(leaves[:size]))
        assert merkle.consistency(connection, 7, 7) == []


def old_ledger(path, events=600):
    """A ledger of version 0.1, which had no checkpoints."""
    new = Ledger(path)
    with new.transaction() as tx:
        for number in range(events):
            tx.append("run", {"rows": number}, NOW)
        tx._connection.execute("DROP TABLE checkpoints")
    new.close()
    assert verify.verify(path).faults
    return path


@pytest.fixture
def of_version_0_1(tmp_path):
    return old_ledger(tmp_path / "ledger.sqlite")


@pytest.mark.parametrize("events", [255, 256, 257, 511, 512, 600])
def test_a_ledger_of_version_0_1_gets_its_checkpoints_on_opening(tmp_path, events):
    path = old_ledger(tmp_path / "ledger.sqlite", events)
    again = Ledger(path)
    assert again.root(events) == mth(hashes(again))
    with again.reading() as connection:
        (kept,) = connection.execute("SELECT count(*) FROM checkpoints WHERE level = 8").fetchone()
    assert kept == events // 256
    assert verify.verify(path).faults == []
    again.close()


def test_two_that_open_it_at_once_give_it_its_checkpoints_once(of_version_0_1, monkeypatch):
    upgrade = Ledger._upgrade

    def overtaken(ledger):
        monkeypatch.setattr(Ledger, "_upgrade", upgrade)
        Ledger(of_version_0_1).close()
        upgrade(ledger)

    monkeypatch.setattr(Ledger, "_upgrade", overtaken)
    again = Ledger(of_version_0_1)
    assert again.root(600) == mth(hashes(again))
    assert verify.verify(of_version_0_1).faults == []
    again.close()


def test_a_checkpoint_that_was_changed_lets_no_head_be_lodged(lasting_places, tmp_path):
    ledger = lasting_places.ledger()
    with ledger.transaction() as tx:
        for _ in range(256):
            tx.append("run", {}, NOW)
    lodge_head(ledger, KEY, tmp_path / "head.json", NOW)
    with ledger.transaction() as tx:
        tx._connection.execute("UPDATE checkpoints SET hash = ?", (bytes(32),))
    with pytest.raises(Exception, match="do not lead to the root"):
        check_head(ledger, KEY.public_key(), tmp_path / "head.json")


def test_the_verifier_has_the_same_constants():
    assert verify.FIRST_LEVEL == merkle.FIRST_LEVEL
    assert "checkpoints" in statements.CHECKPOINTS
    assert event_hash(GENESIS, 1, "a", "b", "c") == verify.event_hash(GENESIS, 1, b"a", b"b", b"c")
