"""SQLite as this house opens it: write-ahead log, full sync, foreign writers waited for, one connection a thread.

Belongs here: opening, creating and transactions, and what any database of this house can do (`Store`). Tables and
queries live with the module that owns the file; the same on a PostgreSQL server is `vault.postgres`.
"""

import fcntl
import os
import sqlite3
import threading
import weakref
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from schemas.refusal import Refusal

BUSY_SECONDS = 60.0


class DatabaseUnfit(Refusal):
    """A file is not the kind or version of database that was expected."""

    code: ClassVar[str] = "database_unfit"


class Rows(Protocol):
    """What a statement answered."""

    def fetchone(self) -> Any:  # noqa: ANN401  a row has the types of its columns
        """Return the next row as a tuple, None after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection as the owners of tables use it: SQL that both databases read, a `?` for each value."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Rows:
        """Run one statement."""
        ...

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> object:
        """Run one statement for each row of values."""
        ...

    def stream(self, sql: str) -> Iterable[tuple[Any, ...]]:
        """Give the rows of a query as they come; only inside `reading`."""
        ...


class Store(Protocol):
    """A database with one writer at a time, safe for many threads and processes."""

    @property
    def connection(self) -> Connection:
        """The calling thread's connection, in autocommit; use `writing` to write."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Hold the write lock for a block; commit at its end, roll back on any exception."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """Read one unmoving state for a block of several queries."""
        ...

    def has_table(self, name: str) -> bool:
        """Say whether a table is there: an older version may not have made it."""
        ...

    def close(self) -> None:
        """Close the connections of every thread; the next use opens a new one."""
        ...


class _Connection(sqlite3.Connection):
    """A connection that goes, and closes, with the thread that opened it: only weakly held elsewhere."""

    def stream(self, sql: str) -> Iterable[tuple[Any, ...]]:
        """Give the rows of a query as they come."""
        return self.execute(sql)


class Database:
    """One SQLite file, made on first use, safe for many threads and processes.

    Args:
        path: the file; its folder is made (0700) when missing, the file itself is 0600.
        statements: what creates the tables of an empty file.
        application_id: stored in the file; a file with another one is refused.
        secure_delete: overwrite deleted content with zeros.

    """

    def __init__(
        self, path: Path, statements: Sequence[str], application_id: int, *, secure_delete: bool = False
    ) -> None:
        self.path = path
        self._application_id = application_id
        self._secure_delete = secure_delete
        self._local = threading.local()
        self._all: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._create(statements)

    @property
    def connection(self) -> _Connection:
        """The calling thread's connection, in autocommit; use `writing` to write."""
        found: _Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._connect()
        return found

    @contextmanager
    def writing(self) -> Generator[_Connection]:
        """Hold the write lock for a block; commit at its end, roll back on any exception."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:  # on a full disk SQLite has rolled back itself
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Generator[_Connection]:
        """Read one unmoving state of the file for a block of several queries."""
        connection = self.connection
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def has_table(self, name: str) -> bool:
        """Say whether a table is there: an older version may not have made it."""
        statement = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self.connection.execute(statement, (name,)).fetchone() is not None

    def copy_to(self, path: Path) -> None:
        """Copy the whole file as of one moment into a new one (0600), while others work with it."""
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(path)) as copied:
            self.connection.backup(copied)

    def close(self) -> None:
        """Close the connections of every thread; the next use opens a new one."""
        while self._all:
            self._all.pop().close()
        self._local = threading.local()

    def _connect(self) -> _Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=_Connection
        )
        self._all.add(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        if self._secure_delete:
            connection.execute("PRAGMA secure_delete = ON")
        return connection

    def _create(self, statements: Sequence[str]) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone_in(self.path.parent):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            found = self._identify()
            connection = self.connection
            if found == self._application_id:
                return
            if found or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                message = f"{self.path.name} is another program's database; give the path of the right file"
                raise DatabaseUnfit(message)
            connection.execute("PRAGMA journal_mode = WAL")
            with self.writing():
                for statement in statements:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {self._application_id}")

    def _identify(self) -> int:
        try:
            return int(self.connection.execute("PRAGMA application_id").fetchone()[0])
        except sqlite3.DatabaseError as error:
            self.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
                raise
            message = f"{self.path.name} is not a readable database; restore it from a backup"
            raise DatabaseUnfit(message) from None


def copy_rows(source: Store, target: Store, tables: Mapping[str, int]) -> None:
    """Copy the rows of some tables as of one moment into empty ones; each table with how many columns it has."""
    with source.reading() as old, target.writing() as new:
        for table, columns in tables.items():
            statement = f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608  fixed names
            new.executemany(statement, old.stream(f"SELECT * FROM {table}"))  # noqa: S608


@contextmanager
def _alone_in(folder: Path) -> Generator[None]:
    """Hold a lock on a folder: switching to the write-ahead log does not wait for other processes by itself."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
