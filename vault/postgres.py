"""PostgreSQL as this house opens it: one writer at a time, every commit on disk, one connection a thread.

Belongs here: opening, creating and transactions, and reading SQL that was written for SQLite. What such a database can
do for its owner is `vault.database.Store`; that of one machine is SQLite's.

A statement is the same text for both: `?` stands for a value, and `json_extract` is a function here too. Only the words
that create tables and triggers differ.
"""

import re
import threading
import weakref
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, ClassVar, Final

import psycopg2
from psycopg2 import extensions
from psycopg2.extras import execute_batch

from schemas.refusal import Refusal
from vault.database import BUSY_SECONDS, DatabaseUnfit

SCHEME: Final = "postgresql://"
CONNECT_SECONDS: Final = 10
_PAGE: Final = 5_000
_BYTEA: Final = 17
_KIND: Final = "database_kind"
_IN_WORDS_OF_SQLITE: Final[Mapping[str, str]] = {
    r" STRICT\b(, WITHOUT ROWID)?": "",
    r"\bBLOB\b": "BYTEA",
    r"\bTEXT\b": 'TEXT COLLATE "C"',  # bytes decide the order, as in SQLite, wherever the server stands
}
_JSON_EXTRACT: Final = """
    CREATE FUNCTION json_extract(body TEXT, path TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT body::json ->> substr(path, 3) $$"""


class DatabaseUnreachable(Refusal):
    """The database server does not answer, or does not let us in."""

    code: ClassVar[str] = "database_unreachable"


class PostgresConnection:
    """A connection that takes statements as SQLite does."""

    def __init__(self, raw: extensions.connection) -> None:
        self.raw = raw
        self._streams = count(1)

    def cursor(self) -> extensions.cursor:
        """Return what runs one statement."""
        return self.raw.cursor()

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> extensions.cursor:
        """Run one statement."""
        cursor = self.cursor()
        cursor.execute(sql.replace("?", "%s"), tuple(parameters))
        return cursor

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> object:
        """Run one statement for each row of values, many to a message."""
        cursor = self.cursor()
        execute_batch(cursor, sql.replace("?", "%s"), parameters, page_size=500)
        return cursor

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Give the rows of a query as they come, for tables larger than memory; only inside `reading`."""
        name = f"stream_{next(self._streams)}"
        self.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}")
        while rows := self.execute(f"FETCH {_PAGE} FROM {name}").fetchall():
            yield from rows
        self.execute(f"CLOSE {name}")

    @property
    def idle(self) -> bool:
        """Whether no transaction is open."""
        return self.raw.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE


class PostgresDatabase:
    """One schema of one PostgreSQL database, filled on first use, safe for many threads, processes and machines.

    Args:
        url: `postgresql://...` as libpq reads it; a password comes from where libpq looks for one.
        statements: what creates the tables of an empty schema.
        application_id: stored in the schema; a schema with another one is refused.

    Raises DatabaseUnreachable, DatabaseUnfit.

    """

    def __init__(self, url: str, statements: Sequence[str], application_id: int) -> None:
        self.url = url
        self._application_id = application_id
        self._local = threading.local()
        self._all: weakref.WeakSet[PostgresConnection] = weakref.WeakSet()
        self._create(statements)

    @property
    def connection(self) -> PostgresConnection:
        """The calling thread's connection, in autocommit; use `writing` to write. A lost one is opened again."""
        found: PostgresConnection | None = getattr(self._local, "connection", None)
        if found is None or found.raw.closed:
            found = self._local.connection = self._connect()
        return found

    @contextmanager
    def writing(self) -> Generator[PostgresConnection]:
        """Hold the write lock for a block; commit at its end, roll back on any exception."""
        with self._block("BEGIN", f"LOCK TABLE {_KIND} IN EXCLUSIVE MODE") as connection:
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Generator[PostgresConnection]:
        """Read one unmoving state for a block of several queries."""
        with self._block("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
            yield connection
            connection.execute("ROLLBACK")

    def has_table(self, name: str) -> bool:
        """Say whether a table is there: an older version may not have made it."""
        row = self.connection.execute("SELECT to_regclass(?) IS NOT NULL", (name,)).fetchone()
        return bool(row and row[0])

    def close(self) -> None:
        """Close the connections of every thread; the next use opens a new one."""
        while self._all:
            self._all.pop().raw.close()
        self._local = threading.local()

    @contextmanager
    def _block(self, *beginning: str) -> Generator[PostgresConnection]:
        connection = self.connection
        if not connection.idle:
            message = "a transaction does not nest"
            raise RuntimeError(message)
        try:
            for statement in beginning:
                connection.execute(statement)
            yield connection
        except BaseException:
            if not connection.raw.closed:
                connection.execute("ROLLBACK")
            raise

    def _connect(self) -> PostgresConnection:
        found = PostgresConnection(connect(self.url))
        self._all.add(found)
        found.execute("SET synchronous_commit = on")
        found.execute(f"SET lock_timeout = '{BUSY_SECONDS:.0f}s'")
        return found

    def _create(self, statements: Sequence[str]) -> None:
        connection = self.connection
        if self._shown("server_encoding") != "UTF8":
            message = "a PostgreSQL database of Waybill must be of encoding UTF8; make one with `createdb -E UTF8`"
            raise DatabaseUnfit(message)
        with self._block("BEGIN", f"SELECT pg_advisory_xact_lock({self._application_id})"):
            if not self.has_table(_KIND):
                self._fill(connection, statements)
            row = connection.execute(f"SELECT application_id FROM {_KIND}").fetchone()  # noqa: S608  a fixed name
            if row != (self._application_id,):
                message = "a schema that trust.toml names is another program's; give it one of its own"
                raise DatabaseUnfit(message)
            connection.execute("COMMIT")

    def _fill(self, connection: PostgresConnection, statements: Sequence[str]) -> None:
        held = "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        if connection.execute(held).fetchone() != (0,):
            message = "a schema that trust.toml names holds other tables; give each database of Waybill one of its own"
            raise DatabaseUnfit(message)
        connection.execute(_JSON_EXTRACT)
        for statement in statements:
            connection.execute(translated(statement))
        connection.execute(f"CREATE TABLE {_KIND} (application_id BIGINT NOT NULL)")
        connection.execute(f"INSERT INTO {_KIND} VALUES (?)", (self._application_id,))  # noqa: S608  a fixed name

    def _shown(self, setting: str) -> str:
        row = self.connection.execute(f"SHOW {setting}").fetchone()
        return str(row[0]) if row else ""


def connect(url: str) -> extensions.connection:
    """Return a connection in autocommit that gives bytes for BYTEA. Raises DatabaseUnreachable."""
    try:
        raw = psycopg2.connect(url, connect_timeout=CONNECT_SECONDS, application_name="waybill")
    except psycopg2.OperationalError:
        message = "a database that trust.toml names does not answer, or does not let us in"
        raise DatabaseUnreachable(message) from None
    raw.autocommit = True
    extensions.register_type(extensions.new_type((_BYTEA,), "BYTES", _as_bytes), raw)
    return raw


def translated(statement: str) -> str:
    """Return what creates a table here, from what creates it in SQLite."""
    for words, ours in _IN_WORDS_OF_SQLITE.items():
        statement = re.sub(words, ours, statement)
    return statement


def _as_bytes(value: str | bytes | None, cursor: extensions.cursor) -> bytes | None:
    return None if value is None else bytes(psycopg2.BINARY(value, cursor))
