"""Reading the disclosures back: what a pupil's record was told, to whom, and who had a value.

Belongs here: questions about delivered cells. Writing them is `ledger.disclosures`; finding the pupil's reference and
key from a UPN is `vault.pupils`. Nothing here unseals anything.
"""

import datetime as dt
from dataclasses import dataclass

from ledger.disclosures import LINE_BYTES, cells_of, digest, members
from ledger.states import State
from ledger.store import Ledger, Slot
from vault.database import Connection


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One file that told something about a pupil.

    Attributes:
        waybill: SHA-256 of the waybill, hex.
        slot: school, period, recipient, agreement, version.
        state: where the release stands now.
        at: when the recipient had it, UTC.
        lines: agreement line ids with a value in the file, sorted.

    """

    waybill: str
    slot: Slot
    state: State
    at: dt.datetime
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """A file that told a pupil's value of one line; equal digests of a line are equal values."""

    disclosure: Disclosure
    line: str
    digests: tuple[bytes, ...]


def trace(ledger: Ledger, ref: bytes) -> list[Disclosure]:
    """Return every file that named the pupil, oldest first."""
    with ledger.reading() as connection:
        return [disclosure for disclosure, _ in _told(connection, ref)]


def who_had(ledger: Ledger, ref: bytes, field: str, key: bytes | None = None, value: str | None = None) -> list[Holder]:
    """Return the files that told a field of the pupil, oldest first; with a value, only those that told that value.

    Args:
        ledger: the ledger.
        ref: the pupil's reference.
        field: `<table>.<column>`, in whichever agreement's line; or one agreement line id.
        key: the pupil's key; needed with a value.
        value: the text as it stood in the files.

    """
    if value is not None and key is None:
        message = "to look for a value the pupil's key is needed"
        raise ValueError(message)
    with ledger.reading() as connection:
        told = _told(connection, ref)
    holders = [
        Holder(disclosure, line, digests)
        for disclosure, cells in told
        for line, digests in cells.items()
        if line == field or line.endswith(f".{field}")
    ]
    if value is None or key is None:
        return holders
    return [holder for holder in holders if digest(key, holder.line, value) in holder.digests]


def in_file(ledger: Ledger, waybill: str) -> list[bytes]:
    """Return the references of the pupils that a file named, in the order the ledger first met them."""
    statement = """
        SELECT ref FROM files JOIN disclosures ON file = files.no JOIN subjects ON subject = subjects.no
        WHERE waybill = ? ORDER BY subject"""
    with ledger.reading() as connection:
        return [ref for (ref,) in connection.execute(statement, (waybill,))]


def _told(connection: Connection, ref: bytes) -> list[tuple[Disclosure, dict[str, tuple[bytes, ...]]]]:
    """Return the pupil's files, each with its cells by line id."""
    found = connection.execute("SELECT no FROM subjects WHERE ref = ?", (ref,)).fetchone()
    if found is None:
        return []
    sets = _sets(connection, found[0])
    statement = """
        SELECT cell_set, waybill, school, period, recipient, agreement, version, state, settled_at
        FROM disclosures JOIN files ON file = files.no JOIN releases USING (waybill)
        WHERE subject = ? ORDER BY settled_at, file"""
    return [
        (
            Disclosure(waybill, Slot(*slot), State(state), dt.datetime.fromisoformat(at), tuple(sets[number])),
            sets[number],
        )
        for number, waybill, *slot, state, at in connection.execute(statement, found)
    ]


def _sets(connection: Connection, subject: int) -> dict[int, dict[str, tuple[bytes, ...]]]:
    """Return the subject's sets of cells by number: line id to digests, lines in order."""
    names = dict(connection.execute("SELECT no, line FROM lines").fetchall())
    cells = [
        (names[int.from_bytes(cell[:LINE_BYTES], "big")], cell[LINE_BYTES:]) for cell in cells_of(connection, subject)
    ]
    sets: dict[int, dict[str, tuple[bytes, ...]]] = {}
    for number, packed in connection.execute("SELECT no, members FROM sets WHERE subject = ?", (subject,)):
        lines: dict[str, tuple[bytes, ...]] = {}
        for line, content in sorted(cells[member] for member in members(packed)):
            lines[line] = (*lines.get(line, ()), content)
        sets[number] = lines
    return sets


def entries(ledger: Ledger, waybill: str) -> list[tuple[bytes, bytes]]:
    """Return what a file's event sums up: each pupil's reference and the hash of its cells, in the order summed."""
    statement = """
        SELECT ref, sets.hash FROM files JOIN disclosures ON file = files.no
        JOIN subjects ON subjects.no = disclosures.subject
        JOIN sets ON sets.subject = disclosures.subject AND sets.no = cell_set
        WHERE waybill = ? ORDER BY disclosures.subject"""
    with ledger.reading() as connection:
        return [(bytes(ref), bytes(sha256)) for ref, sha256 in connection.execute(statement, (waybill,))]


def cells_by_file(ledger: Ledger, ref: bytes) -> dict[str, dict[str, tuple[bytes, ...]]]:
    """Return a pupil's cells by waybill and line, as digests."""
    with ledger.reading() as connection:
        return {disclosure.waybill: cells for disclosure, cells in _told(connection, ref)}
