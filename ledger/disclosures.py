"""Who was told what, without saying it: a keyed digest for each delivered cell.

Belongs here: making the digests of a file (architecture, decision 9) and writing them down. Reading them is
`ledger.trace`; that they are written when, and only when, a file was delivered is `ledger.store.Tx.settle`.

A cell is one field of one pupil in one file. Its digest is BLAKE2b-128 under the pupil's own key, over the agreement
line's id, 0x1f and the text as delivered. Cells are numbered per pupil and written once; the cells of one pupil in one
file are a set, also written once, so that an unchanged pupil costs one short row a file.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vault.database import Connection
from vault.pupils import PupilKey

DIGEST_BYTES: Final = 16
LINE_BYTES: Final = 4
CELL_BYTES: Final = LINE_BYTES + DIGEST_BYTES
ROW_CELLS: Final = 32  # a row above a quarter of SQLite's page would take pages of its own
_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class CellColumn:
    """The delivered texts of one agreement line.

    Attributes:
        line: id of the agreement line.
        owners: for each text, the position of its pupil in the batch's pupils; several rows may be one pupil's.
        texts: the text exactly as in the file; None where the file says nothing.

    """

    line: str
    owners: Sequence[int]
    texts: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Batch:
    """The digests of one file, ready to be written.

    Attributes:
        refs: the pupils in the file, each once.
        cells: for each pupil, its cells in line order; a cell is its line id, 0x1f and the 16 bytes of its digest.

    """

    refs: tuple[bytes, ...]
    cells: tuple[list[bytes], ...]


NIL: Final = Batch((), ())
"""A file that names no pupil: a declared nil return."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was written for a file: the hash that its event carries, and counts."""

    sha256: str
    pupils: int
    cells: int


def digest(key: bytes, line: str, text: str) -> bytes:
    """Return the digest of one cell: the definition, of which `digests` is the fast form."""
    return hashlib.blake2b(f"{line}{_SEPARATOR}{text}".encode(), key=key, digest_size=DIGEST_BYTES).digest()


def digests(columns: Iterable[CellColumn], pupils: Sequence[PupilKey]) -> Batch:
    """Digest the cells of a file; `pupils` lists each pupil in the file once, also one with no cell."""
    if len({pupil.ref for pupil in pupils}) != len(pupils):
        message = "a pupil is in the batch twice"
        raise ValueError(message)
    keyed = [hashlib.blake2b(key=pupil.key, digest_size=DIGEST_BYTES) for pupil in pupils]  # copied for each cell
    cells: tuple[list[bytes], ...] = tuple([] for _ in pupils)
    for column in sorted(columns, key=lambda column: column.line):
        prefix = f"{column.line}{_SEPARATOR}".encode()
        for owner, text in zip(column.owners, column.texts, strict=True):
            if text is not None:
                state = keyed[owner].copy()
                state.update(prefix + text.encode())
                cells[owner].append(prefix + state.digest())
    return Batch(tuple(pupil.ref for pupil in pupils), cells)


def write(connection: Connection, waybill: str, batch: Batch) -> Recorded:
    """Write a file's digests inside the caller's transaction; return what its event must say."""
    file = _numbered(connection, "files", "waybill", waybill)
    lines = _Lines(connection)
    rows: list[tuple[int, bytes, int]] = []
    total = 0
    for ref, listed in zip(batch.refs, batch.cells, strict=True):
        cells = sorted(set(listed))
        total += len(cells)
        subject = _subject(connection, ref)
        sha256 = hashlib.sha256(b"".join(cells)).digest()
        rows.append((subject, ref + sha256, _cell_set(connection, subject, sha256, cells, lines)))
    rows.sort()
    connection.executemany(
        "INSERT INTO disclosures (subject, file, cell_set) VALUES (?, ?, ?)",
        [(subject, file, number) for subject, _, number in rows],
    )
    return Recorded(hashlib.sha256(b"".join(entry for _, entry, _ in rows)).hexdigest(), len(rows), total)


class _Lines:
    """Numbers for line ids, given out as they come, as the 4 bytes that stand for them in a packed cell."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        rows = connection.execute("SELECT no, line FROM lines")
        self._packed = {f"{line}{_SEPARATOR}".encode(): no.to_bytes(LINE_BYTES, "big") for no, line in rows}

    def pack(self, cell: bytes) -> bytes:
        prefix = cell[:-DIGEST_BYTES]
        found = self._packed.get(prefix)
        if found is None:
            line = prefix.decode().removesuffix(_SEPARATOR)
            number = _numbered(self._connection, "lines", "line", line)
            found = self._packed[prefix] = number.to_bytes(LINE_BYTES, "big")
        return found + cell[-DIGEST_BYTES:]


def _subject(connection: Connection, ref: bytes) -> int:
    found = connection.execute("SELECT no FROM subjects WHERE ref = ?", (ref,)).fetchone()
    return int(found[0]) if found else _numbered(connection, "subjects", "ref", ref)


def _numbered(connection: Connection, table: str, column: str, value: str | bytes) -> int:
    """Add a row under the next number; the caller holds the write lock, so that no other has it too."""
    last = connection.execute(f"SELECT coalesce(max(no), 0) FROM {table}").fetchone()  # noqa: S608  fixed names
    number = int(last[0]) + 1
    connection.execute(f"INSERT INTO {table} (no, {column}) VALUES (?, ?)", (number, value))  # noqa: S608
    return number


def _cell_set(connection: Connection, subject: int, sha256: bytes, cells: list[bytes], lines: _Lines) -> int:
    """Return the number of the subject's set of exactly these cells, writing what is new of it."""
    known = dict(connection.execute("SELECT hash, no FROM sets WHERE subject = ?", (subject,)).fetchall())
    if sha256 in known:
        return int(known[sha256])
    packed = [lines.pack(cell) for cell in cells]
    numbers = {cell: number for number, cell in enumerate(cells_of(connection, subject))} if known else {}
    new = [cell for cell in packed if cell not in numbers]
    first = len(numbers)
    numbers.update(zip(new, range(first, first + len(new)), strict=True))
    connection.executemany(
        "INSERT INTO cells (subject, first, packed) VALUES (?, ?, ?)",
        [(subject, first + at, b"".join(new[at : at + ROW_CELLS])) for at in range(0, len(new), ROW_CELLS)],
    )
    row = (subject, len(known), sha256, bit_map(numbers[cell] for cell in packed))
    connection.execute("INSERT INTO sets (subject, no, hash, members) VALUES (?, ?, ?, ?)", row)
    return len(known)


def cells_of(connection: Connection, subject: int) -> Iterator[bytes]:
    """Give a subject's cells in the order of their numbers, each as 4 bytes of line and 16 of digest."""
    for (packed,) in connection.execute("SELECT packed FROM cells WHERE subject = ? ORDER BY first", (subject,)):
        for start in range(0, len(packed), CELL_BYTES):
            yield packed[start : start + CELL_BYTES]


def bit_map(numbers: Iterable[int]) -> bytes:
    """Pack cell numbers into the shortest little-endian bit map; no number gives no byte."""
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask.to_bytes((mask.bit_length() + 7) // 8, "little")


def members(packed: bytes) -> Iterator[int]:
    """Unpack a bit map into cell numbers, ascending."""
    mask = int.from_bytes(packed, "little")
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
