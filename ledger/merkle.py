"""A Merkle tree over the chain, as RFC 6962 draws it: proof of one event without the others.

Belongs here: roots, inclusion and consistency proofs over the events of a ledger, and the checkpoints that make them
cheap. A proof is checked by `ledger/offline.py`, a lone file; that the checkpoints are right by `ledger.verify`.

A leaf is SHA-256(0x00, hash of the event), a node SHA-256(0x01, left, right). A checkpoint is the node over a full
subtree of 256 leaves or a power of two times as many: level n, number m stands over leaves m * 2**n and following.
"""

import hashlib
from typing import Final

from vault.database import Connection

FIRST_LEVEL: Final = 8
EVERY: Final = 1 << FIRST_LEVEL
EMPTY: Final = hashlib.sha256().digest()
"""The root of no events."""


def leaf(event: bytes) -> bytes:
    """Return the leaf over an event's hash."""
    return hashlib.sha256(b"\0" + event).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the node over two."""
    return hashlib.sha256(b"\1" + left + right).digest()


def checkpoint(connection: Connection, seq: int) -> None:
    """Write the checkpoints that an event completes, in its own transaction."""
    if seq % EVERY:
        return
    level, number = FIRST_LEVEL, seq // EVERY - 1
    made = _over(_leaves(connection, seq - EVERY, seq))
    connection.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", (level, number, made))
    while number % 2:
        made = node(_range(connection, (number - 1) << level, number << level), made)
        level, number = level + 1, number // 2
        connection.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", (level, number, made))


def root(connection: Connection, size: int) -> bytes:
    """Return the root over the first events."""
    return _range(connection, 0, size) if size else EMPTY


def inclusion(connection: Connection, seq: int, size: int) -> list[bytes]:
    """Return the path from event `seq` to the root over the first `size` events, lowest first."""
    return _path(connection, seq - 1, 0, size)


def consistency(connection: Connection, old: int, size: int) -> list[bytes]:
    """Return the proof that the tree over `size` events continues the one over `old`; 0 < old <= size."""
    return _continues(connection, old, 0, size, whole=True)


def _path(connection: Connection, at: int, low: int, high: int) -> list[bytes]:
    if high - low == 1:
        return []
    middle = low + _half(high - low)
    if at < middle:
        return [*_path(connection, at, low, middle), _range(connection, middle, high)]
    return [*_path(connection, at, middle, high), _range(connection, low, middle)]


def _continues(connection: Connection, old: int, low: int, high: int, *, whole: bool) -> list[bytes]:
    if old == high:
        return [] if whole else [_range(connection, low, high)]
    middle = low + _half(high - low)
    if old <= middle:
        return [*_continues(connection, old, low, middle, whole=whole), _range(connection, middle, high)]
    return [*_continues(connection, old, middle, high, whole=False), _range(connection, low, middle)]


def _range(connection: Connection, low: int, high: int) -> bytes:
    count = high - low
    if count >= EVERY and count & (count - 1) == 0:
        kept = _stored(connection, count.bit_length() - 1, low // count)
        if kept is not None:
            return kept
    if count <= EVERY:
        return _over(_leaves(connection, low, high))
    middle = low + _half(count)
    return node(_range(connection, low, middle), _range(connection, middle, high))


def _half(count: int) -> int:
    """Return the largest power of two below a count."""
    return 1 << (count - 1).bit_length() - 1


def _leaves(connection: Connection, low: int, high: int) -> list[bytes]:
    rows = connection.execute("SELECT hash FROM events WHERE seq > ? AND seq <= ? ORDER BY seq", (low, high))
    return [leaf(sha256) for (sha256,) in rows]


def _over(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = _half(len(leaves))
    return node(_over(leaves[:half]), _over(leaves[half:]))


def _stored(connection: Connection, level: int, number: int) -> bytes | None:
    row = connection.execute("SELECT hash FROM checkpoints WHERE level = ? AND no = ?", (level, number)).fetchone()
    return bytes(row[0]) if row else None
