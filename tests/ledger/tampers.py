"""Ways to falsify a ledger on either database, each drawn from a seed, for as many trials as a caller wants."""

import hashlib
import random
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg2

from ledger.disclosures import members
from ledger.store import GENESIS, event_hash

Tamper = Callable[[Any, random.Random], None]
EVENTS_A_DELIVERY = 5
RELEASE = """
    INSERT INTO releases SELECT ?, '9', period, recipient, agreement, 1, state, at, settled_at FROM releases LIMIT 1"""
_GONE_WITH_THE_EVENTS = """
    DELETE FROM releases
    WHERE waybill NOT IN (SELECT json_extract(body, '$.waybill') FROM events WHERE kind = 'prepared');
    DELETE FROM files
    WHERE waybill NOT IN (SELECT json_extract(body, '$.waybill') FROM events WHERE kind = 'delivered');
    DELETE FROM disclosures WHERE file NOT IN (SELECT no FROM files);
    DELETE FROM sets WHERE NOT EXISTS (
        SELECT 1 FROM disclosures WHERE disclosures.subject = sets.subject AND cell_set = sets.no);
    DELETE FROM subjects WHERE no NOT IN (SELECT subject FROM disclosures);
    DELETE FROM lines WHERE NOT EXISTS (SELECT 1 FROM files)"""
TABLES = ("events", "releases", "lines", "files", "subjects", "cells", "sets", "disclosures", "checkpoints")


def apply(path: Path, tamper: Tamper, chance: random.Random) -> None:
    """Tamper with a ledger file as somebody with full rights to it would: the triggers are off, and back after."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("BEGIN")
    tamper(connection, chance)
    connection.execute("COMMIT")
    for _, sql in triggers:
        connection.execute(sql)
    connection.close()


def change(connection: Any, chance: random.Random) -> None:
    """Change one byte, or one number, of one row of any table."""
    while True:
        table, columns, row = _any_row(connection, chance)
        at = chance.randrange(len(columns))
        statement = f"UPDATE {table} SET {columns[at]} = ? WHERE {_same(columns)}"  # noqa: S608
        connection.execute("SAVEPOINT before")
        try:
            connection.execute(statement, (_other(row[at], chance), *row))
        except (sqlite3.IntegrityError, sqlite3.OperationalError, psycopg2.Error):
            connection.execute("ROLLBACK TO before")
            continue  # another row's key, or no longer JSON, which an index needs: draw again
        return


def drop(connection: Any, chance: random.Random) -> None:
    """Drop one row of any table."""
    table, columns, row = _any_row(connection, chance)
    connection.execute(f"DELETE FROM {table} WHERE {_same(columns)}", row)  # noqa: S608


def drop_and_close_ranks(connection: Any, chance: random.Random) -> None:
    """Drop an event and renumber those after it."""
    gone = chance.randrange(1, _count(connection))
    connection.execute("DELETE FROM events WHERE seq = ?", (gone,))
    _shift(connection, gone, -1)


def reorder(connection: Any, chance: random.Random) -> None:
    """Let two events change places."""
    one, other = chance.sample(range(1, _count(connection) + 1), 2)
    for at, to in ((one, 0), (other, one), (0, other)):
        connection.execute("UPDATE events SET seq = ? WHERE seq = ?", (to, at))


def duplicate(connection: Any, chance: random.Random) -> None:
    """Put a copy of an event right after it, or at the end, and renumber those after it."""
    count = _count(connection)
    source = chance.randrange(1, count + 1)
    at = chance.choice([source + 1, count + 1])
    _shift(connection, at - 1, 1)
    connection.execute(
        "INSERT INTO events SELECT ?, at, kind, body, prev, hash FROM events WHERE seq = ?", (at, source)
    )


def cut(connection: Any, chance: random.Random) -> None:
    """Cut the tail off."""
    connection.execute("DELETE FROM events WHERE seq > ?", (chance.randrange(_count(connection)),))


def rewrite(connection: Any, chance: random.Random) -> None:
    """Change the time of an event and make the chain anew from there on: a fork with every hash right."""
    first = chance.randrange(1, _count(connection) + 1)
    connection.execute("UPDATE events SET at = '2027' || substr(at, 5) WHERE seq = ?", (first,))
    before = connection.execute("SELECT hash FROM events WHERE seq = ?", (first - 1,)).fetchone()
    prev = before[0] if before else GENESIS
    _forget_checkpoints(connection, first - 1)  # and the tree: no checkpoint is better than a wrong one
    rows = connection.execute("SELECT * FROM events WHERE seq >= ? ORDER BY seq", (first,)).fetchall()
    for seq, at, kind, body, *_ in rows:
        sha256 = event_hash(prev, seq, at, kind, body)
        connection.execute("UPDATE events SET prev = ?, hash = ? WHERE seq = ?", (prev, sha256, seq))
        prev = sha256


def roll_back(connection: Any, chance: random.Random) -> None:
    """Put an earlier ledger in its place, whole in itself, as an old backup is."""
    last = chance.randrange(_count(connection) // EVENTS_A_DELIVERY) * EVENTS_A_DELIVERY
    connection.execute("DELETE FROM events WHERE seq > ?", (last,))
    for statement in _GONE_WITH_THE_EVENTS.split(";"):
        connection.execute(statement)
    told: dict[int, int] = {}
    for subject, packed in connection.execute("SELECT subject, members FROM sets").fetchall():
        told[subject] = max([told.get(subject, -1), *members(bytes(packed))])
    for subject, first in connection.execute("SELECT subject, first FROM cells").fetchall():
        if first > told.get(subject, -1):
            connection.execute("DELETE FROM cells WHERE subject = ? AND first = ?", (subject, first))
    _forget_checkpoints(connection, last)


def plant(connection: Any, chance: random.Random) -> None:
    """Add a row that no event speaks of to one of the other tables."""
    fresh = hashlib.sha256(chance.randbytes(8)).hexdigest()
    subject, file = connection.execute("SELECT max(subject), max(file) FROM disclosures").fetchone()
    statement, values = chance.choice(
        [
            (RELEASE, (fresh,)),
            ("INSERT INTO lines VALUES (1000, ?)", (fresh,)),
            ("INSERT INTO files VALUES (1000, ?)", (fresh,)),
            ("INSERT INTO subjects VALUES (1000, ?)", (chance.randbytes(16),)),
            ("INSERT INTO cells VALUES (?, 1000, ?)", (subject, chance.randbytes(20))),
            ("INSERT INTO sets VALUES (?, 1000, ?, ?)", (subject, chance.randbytes(32), b"\1")),
            ("INSERT INTO disclosures VALUES (?, ?, 0)", (subject + chance.randrange(1, 3), file)),
            ("INSERT INTO checkpoints VALUES (?, ?, ?)", (chance.randrange(8, 12), 1, chance.randbytes(32))),
        ]
    )
    connection.execute(statement, values)


_ALL = (change, drop, drop_and_close_ranks, reorder, duplicate, cut, rewrite, roll_back, plant)
TAMPERS: Mapping[str, Tamper] = {tamper.__name__: tamper for tamper in _ALL}


def flip(data: bytes, chance: random.Random) -> bytes:
    """Flip one bit of a file."""
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _any_row(connection: Any, chance: random.Random) -> tuple[str, list[str], tuple[Any, ...]]:
    table = chance.choice(TABLES)
    found = connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608
    columns = [column[0] for column in found.description]
    return table, columns, chance.choice(found.fetchall())


def _same(columns: list[str]) -> str:
    return " AND ".join(f"{column} IS NOT DISTINCT FROM ?" for column in columns)


def _forget_checkpoints(connection: Any, last: int) -> None:
    for level, no in connection.execute("SELECT level, no FROM checkpoints").fetchall():
        if (no + 1) << level > last:
            connection.execute("DELETE FROM checkpoints WHERE level = ? AND no = ?", (level, no))


def _other(value: object, chance: random.Random) -> object:
    match value:
        case None:
            return "2026-10-01T09:00:00.000000+00:00"
        case int():
            return value + chance.choice([-1, 1, 7])
        case str():
            at = chance.randrange(len(value))
            return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
        case bytes():
            return flip(value, chance) if value else b"\1"
    raise TypeError(type(value).__name__)


def _count(connection: Any) -> int:
    return int(connection.execute("SELECT max(seq) FROM events").fetchone()[0])


def _shift(connection: Any, after: int, by: int) -> None:
    """Renumber the events after a number, by way of negative numbers: the key is unique at every moment."""
    connection.execute("UPDATE events SET seq = -seq WHERE seq > ?", (after,))
    connection.execute("UPDATE events SET seq = -seq + ? WHERE seq < 0", (by,))
