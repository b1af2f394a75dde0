"""Proof that a ledger on a PostgreSQL server was not changed: its rows, checked by `ledger.verify`.

Belongs here: reading them as that module expects, and whether the schema is a ledger's. The server's own files are not
looked at; who does not trust the server takes a backup (`waybill backup`) and runs `python -m ledger.verify` on it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg2
from psycopg2 import extensions

from ledger.verify import Report, broken, verify, verify_rows
from vault.postgres import PostgresConnection, connect

SCHEMA: Final = "36b3e65ff7590ed58b1562d756b2c9e7a3f1ec7b8108352863be8d816f31738f"
"""SHA-256 of what `_PARTS` says of a new ledger, one row a line, members between tabs."""

_TEXT: Final = (19, 25, 1043)  # name, text, varchar
_HERE: Final = "relnamespace = current_schema()::regnamespace"
_PARTS: Final = (  # the parts are fixed: nothing of a caller is in them
    f"""SELECT 'column', relname, attname, atttypid::regtype::text, attnotnull::text
        FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
        WHERE {_HERE} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped""",  # noqa: S608
    f"""SELECT 'index', relname, indisunique::text, indisvalid::text, (indpred IS NULL)::text, indkey::text
        FROM pg_index JOIN pg_class ON indexrelid = pg_class.oid WHERE {_HERE}""",  # noqa: S608
    f"""SELECT 'trigger', relname, tgname, tgenabled::text || tgtype::text, proname
        FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid JOIN pg_proc ON tgfoid = pg_proc.oid WHERE {_HERE}""",  # noqa: S608
    """SELECT 'function', proname, prosrc, provolatile::text, proisstrict::text
        FROM pg_proc WHERE pronamespace = current_schema()::regnamespace""",
    f"""SELECT 'rule', relname, rulename, '', ''
        FROM pg_rewrite JOIN pg_class ON ev_class = pg_class.oid WHERE {_HERE}""",  # noqa: S608
)


def _encoded(value: str | bytes | None, cursor: extensions.cursor) -> bytes | None:  # noqa: ARG001  psycopg2 calls it
    return value.encode() if isinstance(value, str) else value


_RAW_TEXT: Final = extensions.new_type(_TEXT, "RAW", _encoded)


class Raw(PostgresConnection):
    """A connection that gives text as bytes, and whole tables as they come."""

    def cursor(self) -> extensions.cursor:
        """Return what runs one statement."""
        made = super().cursor()
        extensions.register_type(_RAW_TEXT, made)
        return made

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:  # noqa: ANN401  a cursor or a stream
        """Run one statement; `BEGIN` holds one unmoving state."""
        if sql == "BEGIN":
            return super().execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        whole_table = sql.startswith("SELECT") and "ORDER BY" in sql and not parameters
        return self.stream(sql) if whole_table else super().execute(sql, parameters)


def verify_place(place: Path | str, head: Path | None = None) -> Report:
    """Check a ledger wherever it is, against a lodged head if given. Raises DatabaseUnreachable."""
    if isinstance(place, Path):
        return verify(place, head)
    with closing(connect(place)) as raw:
        return verify_server(Raw(raw), head)


def verify_server(connection: Raw, head: Path | None) -> Report:
    """Check the ledger of a connection's schema."""
    try:
        return verify_rows(connection, head, check_schema)
    except psycopg2.Error as error:
        return Report(faults=[f"the tables cannot be read as a ledger ({type(error).__name__})"])


def check_schema(connection: Raw) -> None:
    """Refuse a schema whose tables, indexes, triggers or functions are not those of a ledger."""
    if fingerprint(row for part in _PARTS for row in connection.execute(part)) != SCHEMA:
        broken("the tables, indexes or triggers are not those of a ledger of this version")


def fingerprint(rows: Iterable[Sequence[bytes]]) -> str:
    """Return the hash by which a schema is known."""
    return hashlib.sha256(b"\n".join(sorted(b"\t".join(row) for row in rows))).hexdigest()
