"""Proof that a ledger was not changed, with nothing but Python: `python -m ledger.verify LEDGER [HEAD]`.

Belongs here: everything that can be checked without a key, written again and not imported, so that an auditor can
read this one file, copy it to another machine and run it there. The signature on a head file needs ed25519, which
Python does not have: `waybill verify` checks it.

Checked: the tables are the ones this file knows; every event's hash, number and predecessor; the lodged head, with the
root of the Merkle tree in it; every checkpoint of that tree; that the releases are what the events add up to; that what
was recorded as told of each pupil is what each delivery says. A ledger on a PostgreSQL server is read by
`ledger.verify_server` and checked here.
"""

import hashlib
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Protocol
from urllib.parse import quote

GENESIS = hashlib.sha256(b"waybill ledger 1").digest()
# SHA-256 of type, name, table and SQL of tables, indexes and triggers, by type and name, line feeds between.
TABLES = "33ebd8900bd626d9b0995a35c1e1c521b8f79889dd90bc415e5955e6c110c8be"
SETTLED = ("delivered", "delivered-unverified", "handed over")
CONSUMING = (*SETTLED, "sending", "unknown", "superseded", "recalled")
MOVES = {
    "prepared": ("approved", "withdrawn"),
    "approved": ("prepared", "sending", "withdrawn"),
    "withdrawn": (),
    "sending": (*SETTLED, "unknown", "refused"),
    "unknown": ("delivered", "handed over", "refused"),
    "delivered": ("superseded", "recalled"),
    "delivered-unverified": ("delivered", "superseded", "recalled"),
    "handed over": ("superseded", "recalled"),
    "refused": ("sending", "withdrawn"),
    "superseded": ("recalled",),
    "recalled": (),
}
Row = tuple[Any, ...]
Contents = dict[int, tuple[bytes, int]]
SLOT = ("school", "period", "recipient", "agreement", "version")
FIRST_LEVEL = 8
EMPTY = hashlib.sha256().digest()


class Readable(Protocol):
    """A connection to whichever database, which gives text as bytes."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any:  # noqa: ANN401  each database has its own types
        """Run one statement."""
        ...


class Broken(Exception):  # noqa: N818  the verdict, not a fault of this program
    """The first thing found wrong, in words."""


def broken(fault: str) -> NoReturn:
    """End the checks with a fault."""
    raise Broken(fault) from None


@dataclass
class Report:
    """What was checked, and what was found wrong; nothing wrong means that the ledger holds."""

    events: int = 0
    releases: int = 0
    files: int = 0
    pupils: int = 0
    head: bytes = GENESIS
    root: bytes = EMPTY
    faults: list[str] = field(default_factory=list)


@dataclass
class Tree:
    """The Merkle tree over the events so far: its full subtrees from left to right, and the checkpoints they passed."""

    peaks: list[tuple[int, bytes]] = field(default_factory=list)
    checkpoints: dict[tuple[int, int], bytes] = field(default_factory=dict)
    size: int = 0

    def add(self, event: bytes) -> None:
        """Add one event by its hash."""
        level, made = 0, hashlib.sha256(b"\0" + event).digest()
        self.size += 1
        while self.size >> level & 1 == 0:
            made = hashlib.sha256(b"\1" + self.peaks.pop()[1] + made).digest()
            level += 1
            if level >= FIRST_LEVEL:
                self.checkpoints[level, (self.size >> level) - 1] = made
        self.peaks.append((level, made))

    def root(self) -> bytes:
        """Return the root over all that were added."""
        made = self.peaks[-1][1] if self.peaks else EMPTY
        for _, left in reversed(self.peaks[:-1]):
            made = hashlib.sha256(b"\1" + left + made).digest()
        return made


@dataclass
class Replay:
    """The releases as the events so far add them up: waybill to row, slot to waybill, waybill to what was told."""

    rows: dict[str, Row] = field(default_factory=dict)
    taken: dict[Row, str] = field(default_factory=dict)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)


def verify(ledger: Path, head: Path | None = None) -> Report:
    """Check a ledger file, against a lodged head if given. Never raises for what it finds; the report says it."""
    if not ledger.is_file():
        return Report(faults=["there is no such file"])
    connection = sqlite3.connect(f"file:{quote(str(ledger))}?mode=ro", uri=True, isolation_level=None)
    connection.text_factory = bytes
    try:
        return verify_rows(connection, head, check_tables, check_pages)
    finally:
        connection.close()


def verify_rows(connection: Readable, head: Path | None, *checks: Callable[[Any], None]) -> Report:
    """Check a ledger whose tables can be read through a connection that gives text as bytes.

    Args:
        connection: with an `execute` like that of sqlite3.
        head: a lodged head to hold it against.
        checks: of the database itself; the first is made before anything is read, the others at the end.

    """
    report, replay = Report(), Replay()
    try:
        connection.execute("BEGIN")
        checks[0](connection)
        check_chain(connection, head, report, replay)
        check_releases(connection, replay, report)
        check_disclosures(connection, replay, report)
        for check in checks[1:]:
            check(connection)
    except Broken as broken:
        report.faults.append(str(broken))
    except (sqlite3.Error, TypeError, ValueError, AttributeError) as error:  # a damaged page can yield any type
        report.faults.append(f"the file cannot be read as a ledger: a page is damaged ({type(error).__name__})")
    return report


def check_tables(connection: Readable) -> None:
    """Refuse a ledger whose tables, indexes or triggers are not the known ones."""
    rows = connection.execute("SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_master ORDER BY type, name")
    if hashlib.sha256(b"\n".join(part for row in rows for part in row)).hexdigest() != TABLES:
        broken("the tables, indexes or triggers are not those of a ledger of this version")


def check_pages(connection: Readable) -> None:
    """Let SQLite check that its indexes agree with its tables."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != b"ok":
        broken("an index does not agree with its table, or a page is damaged")


def event_hash(prev: bytes, seq: int, *content: bytes) -> bytes:
    """Return SHA-256 over prev, seq (8 bytes, big endian) and time, kind, body, each after its length (8 bytes)."""
    parts = b"".join(len(part).to_bytes(8, "big") + part for part in content)
    return hashlib.sha256(prev + seq.to_bytes(8, "big") + parts).digest()


def check_chain(connection: Readable, head: Path | None, report: Report, replay: Replay) -> None:
    """Follow the chain from its beginning, replay the releases, and meet the lodged head on the way."""
    lodged, expected, root = read_head(head) if head else (0, GENESIS, None)
    tree = Tree()
    for seq, *content, prev, stored in connection.execute("SELECT * FROM events ORDER BY seq"):
        number = report.events + 1
        if seq != number:
            broken(f"event {number} is missing: the next is {seq}")
        if not all(isinstance(part, bytes) for part in (*content, prev, stored)):
            broken(f"event {number} was changed")
        if prev != report.head or event_hash(prev, number, *content) != stored:
            broken(explain(connection, number, report.head, (*content, prev, stored)))
        tree.add(stored)
        if number == lodged and (stored != expected or root not in (None, tree.root())):
            broken(f"event {number} is not the one lodged as head: the ledger was forked or written anew")
        report.events, report.head = number, stored
        if content[1].decode() in MOVES:
            replay_event(replay, number, *(part.decode() for part in content))
    if report.events < lodged:
        broken(f"event {report.events + 1} is missing: the lodged head is {lodged}; the end was cut or rolled back")
    report.root = tree.root()
    check_checkpoints(connection, tree)


def check_checkpoints(connection: Readable, tree: Tree) -> None:
    """Compare the stored nodes of the tree with the events."""
    stored = {(level, no): sha256 for level, no, sha256 in connection.execute("SELECT * FROM checkpoints")}
    for level, no in sorted(tree.checkpoints.keys() | stored.keys()):
        if stored.get((level, no)) != tree.checkpoints.get((level, no)):
            broken(f"the checkpoint over events {(no << level) + 1} to {(no + 1) << level} is not what they add up to")


def read_head(path: Path) -> tuple[int, bytes, bytes | None]:
    """Return number and hash of a lodged head, and the root of the tree where it says one."""
    try:
        says = json.loads(path.read_bytes())
        root = bytes.fromhex(says["root"]) if "root" in says else None
        return int(says["seq"]), bytes.fromhex(says["hash"]), root
    except (OSError, ValueError, KeyError, TypeError):
        broken(f"{path.name} is not a head file")


def explain(connection: Readable, number: int, before: bytes, row: tuple[bytes, ...]) -> str:
    """Say what happened at the first event that does not hold."""
    *content, prev, stored = row
    count = connection.execute("SELECT max(seq) FROM events").fetchone()[0]
    origin = next((seq for seq in range(1, count + 2) if event_hash(prev, seq, *content) == stored), None)
    if origin is None:
        return f"event {number} was changed"
    if origin == number:
        return f"event {number} does not follow event {number - 1}: the ledger was forked or written anew"
    if origin < number:
        return f"event {number} is a duplicate of event {origin}"
    for _, *other, _, claimed in connection.execute("SELECT * FROM events WHERE seq > ?", (number,)):
        if event_hash(before, number, *other) == claimed:
            return f"event {number} is out of order: event {origin} stands in its place"
    return f"event {number} was dropped: event {origin} stands in its place"


def replay_event(replay: Replay, number: int, at: str, kind: str, text: str) -> None:
    """Add one move of a release to the replay, refusing what the table of moves does not allow."""
    try:
        body = json.loads(text)
        waybill = body["waybill"]
        known = replay.rows.get(waybill)
        if known is None or "from" not in body:
            if kind != "prepared" or known is not None:
                broken(f"event {number} moves a release that was not prepared, or prepares one twice")
            replay.rows[waybill] = (waybill, *(body[name] for name in SLOT), kind, at, None)
            return
        *slot, state, _, settled = known[1:]
        if body["from"] != state or kind not in MOVES[str(state)]:
            broken(f"event {number} makes a move that the table of states does not allow")
        if kind in CONSUMING and replay.taken.setdefault(tuple(slot), waybill) != waybill:
            broken(f"event {number} sends a version that was sent before")
        if kind == "refused":
            replay.taken.pop(tuple(slot), None)
        if kind in SETTLED and settled is None:
            replay.told[waybill] = body["disclosures"]
            settled = at
        replay.rows[waybill] = (waybill, *slot, kind, at, settled)
    except (ValueError, KeyError, TypeError):
        broken(f"event {number} is not a well-formed move of a release")


def check_releases(connection: Readable, replay: Replay, report: Report) -> None:
    """Compare the table of releases with the replay."""
    rows = connection.execute("SELECT * FROM releases")
    stored = {row[0]: row for row in (tuple(map(as_text, row)) for row in rows)}
    report.releases = len(stored)
    for waybill in sorted(replay.rows.keys() | stored.keys()):
        if replay.rows.get(waybill) != stored.get(waybill):
            broken(f"release {waybill[:12]} is not what the events add up to")


def as_text(value: Any) -> Any:  # noqa: ANN401  a row's value, of whatever type SQLite gives
    """Return text for bytes, so that rows compare with JSON."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def check_disclosures(connection: Readable, replay: Replay, report: Report) -> None:
    """Work out again what each delivery says was told, and see that nothing stands beside it."""
    files = {no: as_text(waybill) for no, waybill in connection.execute("SELECT no, waybill FROM files")}
    lines = dict(connection.execute("SELECT no, line FROM lines").fetchall())
    report.files = len(files)
    if set(files.values()) != replay.told.keys():
        broken("the files with disclosures are not the files that were delivered")
    sums = {no: hashlib.sha256() for no in files}
    pupils, cells = dict.fromkeys(files, 0), dict.fromkeys(files, 0)
    used: set[int] = set()
    for ref, contents, shown in subjects(connection, lines, used):
        report.pupils += 1
        for file, number in shown:
            if file not in sums or number not in contents:
                broken(f"a disclosure of pupil {ref.hex()[:8]} belongs to no file or names no cells")
            sha256, count = contents[number]
            sums[file].update(ref + sha256)
            pupils[file] += 1
            cells[file] += count
    if used != lines.keys():
        broken("a line stands in the ledger that no cell uses")
    for no, waybill in files.items():
        told = {"sha256": sums[no].hexdigest(), "pupils": pupils[no], "cells": cells[no]}
        if told != replay.told[str(waybill)]:
            broken(f"what is recorded as told in {str(waybill)[:12]} is not what its delivery says")


class Grouped:
    """The rows of one table, pupil by pupil, read once in their order."""

    def __init__(self, connection: Readable, table: str, columns: str) -> None:
        statement = f"SELECT subject, {columns} FROM {table} ORDER BY 1, 2"  # noqa: S608  fixed names
        self.rows, self.table = iter(connection.execute(statement)), table
        self.ahead: Row | None = next(self.rows, None)

    def of(self, subject: int) -> list[Row]:
        """Return the next pupil's rows; a row of somebody in between belongs to nobody."""
        found = []
        while self.ahead is not None and self.ahead[0] <= subject:
            if self.ahead[0] != subject:
                broken(f"table {self.table} has rows that belong to no pupil")
            found.append(self.ahead[1:])
            self.ahead = next(self.rows, None)
        return found


def subjects(
    connection: Readable, lines: dict[int, bytes], used: set[int]
) -> Iterator[tuple[bytes, Contents, list[Row]]]:
    """Give each pupil's reference, sets of cells (hash and count by number) and disclosures (file, set)."""
    all_cells = Grouped(connection, "cells", "first, packed")
    all_sets = Grouped(connection, "sets", "no, hash, members")
    all_shown = Grouped(connection, "disclosures", "file, cell_set")
    for subject, ref in connection.execute("SELECT no, ref FROM subjects ORDER BY no"):
        cells = unpack(ref, all_cells.of(subject))
        sets, shown = all_sets.of(subject), all_shown.of(subject)
        if not shown:
            broken(f"pupil {ref.hex()[:8]} stands in the ledger, but no file names it")
        check_sets(ref, cells, sets, lines)
        if {number for _, number in shown} != {number for number, *_ in sets}:
            broken(f"pupil {ref.hex()[:8]} has a set of cells that no file told, or lacks one")
        used.update(line for line, _ in cells)
        yield ref, {no: (sha256, int.from_bytes(bits, "little").bit_count()) for no, sha256, bits in sets}, shown
    for rows in (all_cells, all_sets, all_shown):
        if rows.ahead is not None:
            broken(f"table {rows.table} has rows that belong to no pupil")


def unpack(ref: bytes, packed: list[Row]) -> list[tuple[int, bytes]]:
    """Return a pupil's cells, line and digest, in the order of their numbers."""
    cells: list[tuple[int, bytes]] = []
    for first, part in packed:
        if first != len(cells) or len(part) % 20:
            broken(f"a cell of pupil {ref.hex()[:8]} is missing")
        cells += [(int.from_bytes(part[at : at + 4], "big"), part[at + 4 : at + 20]) for at in range(0, len(part), 20)]
    return cells


def check_sets(ref: bytes, cells: list[tuple[int, bytes]], sets: list[Row], lines: dict[int, bytes]) -> None:
    """Check that each set hashes to what it says, and that every cell is in one."""
    told: set[int] = set()
    for _, sha256, packed in sets:
        mask = int.from_bytes(packed, "little")
        numbers = {number for number in range(mask.bit_length()) if mask >> number & 1}
        if packed[-1:] == b"\0" or not all(number < len(cells) and cells[number][0] in lines for number in numbers):
            broken(f"a set of cells of pupil {ref.hex()[:8]} names a cell or line that is not there")
        content = sorted(lines[line] + b"\x1f" + digest for line, digest in (cells[number] for number in numbers))
        if hashlib.sha256(b"".join(content)).digest() != sha256:
            broken(f"a cell of pupil {ref.hex()[:8]} was changed")
        told |= numbers
    if told != set(range(len(cells))):
        broken(f"pupil {ref.hex()[:8]} has a cell that no file told")


def main(arguments: list[str]) -> int:
    """Check the ledger named on the command line; say the verdict; 0 when it holds, 1 when not, 2 when misused."""
    if len(arguments) not in (1, 2):
        sys.stderr.write("usage: python -m ledger.verify LEDGER [HEAD]\n")
        return 2
    report = verify(*map(Path, arguments))
    counts = f"{report.events} events, {report.releases} releases, {report.files} files, {report.pupils} pupils"
    sys.stdout.write(f"{arguments[0]}: {counts}\nlast event checked: {report.events} {report.head.hex()}\n")
    if len(arguments) > 1:
        sys.stdout.write("the signature on the head is not checked here: run `waybill verify`\n")
    for fault in report.faults:
        sys.stdout.write(f"BROKEN: {fault}\n")
    if not report.faults:
        sys.stdout.write("HOLDS\n")
    return int(bool(report.faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
