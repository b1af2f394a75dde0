"""Ways to falsify a ledger file, each drawn from a seed, for as many trials as a caller wants."""

import hashlib
import random
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from ledger.store import GENESIS, event_hash

Tamper = Callable[[sqlite3.Connection, random.Random], None]
RELEASE = """
    INSERT INTO releases SELECT ?, '9', period, recipient, agreement, 1, state, at, settled_at FROM releases LIMIT 1"""
TABLES = ("events", "releases", "lines", "files", "subjects", "cells", "sets", "disclosures")


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


def change(connection: sqlite3.Connection, chance: random.Random) -> None:
    """Change one byte, or one number, of one row of any table."""
    while True:
        table = chance.choice(TABLES)
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        row = chance.choice(connection.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608
        at = chance.randrange(len(columns))
        where = " AND ".join(f"{column} IS ?" for column in columns)
        statement = f"UPDATE {table} SET {columns[at]} = ? WHERE {where}"  # noqa: S608
        try:
            connection.execute(statement, (_other(row[at], chance), *row))
        except (sqlite3.IntegrityError, sqlite3.OperationalError):
            continue  # another row's key, or no longer JSON, which an index needs: draw again
        return


def drop(connection: sqlite3.Connection, chance: random.Random) -> None:
    """Drop one row of any table."""
    table = chance.choice(TABLES)
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    row = chance.choice(connection.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608
    connection.execute(f"DELETE FROM {table} WHERE {' AND '.join(f'{column} IS ?' for column in columns)}", row)  # noqa: S608


def drop_and_close_ranks(connection: sqlite3.Connection, chance: random.Random) -> None:
    """Drop an event and renumber those after it."""
    gone = chance.randrange(1, _count(connection))
    connection.execute("DELETE FROM events WHERE seq = ?", (gone,))
    _shift(connection, gone, -1)


def reorder(connection: sqlite3.Connection, chance: random.Random) -> None:
    """Let two events change places."""
    one, other = chance.sample(range(1, _count(connection) + 1), 2)
    for at, to in ((one, 0), (other, one), (0, other)):
        connection.execute("UPDATE events SET seq = ? WHERE seq = ?", (to, at))


def duplicate(connection: sqlite3.Connection, chance: random.Random) -> None:
    """Put a copy of an event right after it, or at the end, and renumber those after it."""
    count = _count(connection)
    source = chance.randrange(1, count + 1)
    at = chance.choice([source + 1, count + 1])
    _shift(connection, at - 1, 1)
    connection.execute(
        "INSERT INTO events SELECT ?, at, kind, body, prev, hash FROM events WHERE seq = ?", (at, source)
    )


def cut(connection: sqlite3.Connection, chance: random.Random) -> None:
    """Cut the tail off."""
    connection.execute("DELETE FROM events WHERE seq > ?", (chance.randrange(_count(connection)),))


def rewrite(connection: sqlite3.Connection, chance: random.Random) -> None:
    """Change the time of an event and make the chain anew from there on: a fork with every hash right."""
    first = chance.randrange(1, _count(connection) + 1)
    connection.execute("UPDATE events SET at = '2027' || substr(at, 5) WHERE seq = ?", (first,))
    before = connection.execute("SELECT hash FROM events WHERE seq = ?", (first - 1,)).fetchone()
    prev = before[0] if before else GENESIS
    for seq, at, kind, body, *_ in connection.execute("SELECT * FROM events WHERE seq >= ?", (first,)).fetchall():
        sha256 = event_hash(prev, seq, at, kind, body)
        connection.execute("UPDATE events SET prev = ?, hash = ? WHERE seq = ?", (prev, sha256, seq))
        prev = sha256


def plant(connection: sqlite3.Connection, chance: random.Random) -> None:
    """Add a row that no event speaks of to one of the other tables."""
    fresh = hashlib.sha256(chance.randbytes(8)).hexdigest()
    subject, file = connection.execute("SELECT max(subject), max(file) FROM disclosures").fetchone()
    statement, values = chance.choice(
        [
            (RELEASE, (fresh,)),
            ("INSERT INTO lines (line) VALUES (?)", (fresh,)),
            ("INSERT INTO files (waybill) VALUES (?)", (fresh,)),
            ("INSERT INTO subjects (ref) VALUES (?)", (chance.randbytes(16),)),
            ("INSERT INTO cells VALUES (?, 1000, ?)", (subject, chance.randbytes(20))),
            ("INSERT INTO sets VALUES (?, 1000, ?, ?)", (subject, chance.randbytes(32), b"\1")),
            ("INSERT INTO disclosures VALUES (?, ?, 0)", (subject + chance.randrange(1, 3), file)),
        ]
    )
    connection.execute(statement, values)


TAMPERS: Mapping[str, Tamper] = {
    tamper.__name__: tamper for tamper in (change, drop, drop_and_close_ranks, reorder, duplicate, cut, rewrite, plant)
}


def flip(data: bytes, chance: random.Random) -> bytes:
    """Flip one bit of a file."""
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


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


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT max(seq) FROM events").fetchone()[0])


def _shift(connection: sqlite3.Connection, after: int, by: int) -> None:
    """Renumber the events after a number, by way of negative numbers: the key is unique at every moment."""
    connection.execute("UPDATE events SET seq = -seq WHERE seq > ?", (after,))
    connection.execute("UPDATE events SET seq = -seq + ? WHERE seq < 0", (by,))
