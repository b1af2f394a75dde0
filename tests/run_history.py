"""Dagster's run history lies in SQLite; a test's need not outlive a power cut, and does not wait for the disk.

The ledger and the vault open their databases themselves and keep their own, stricter, settings.
"""

import sqlite3

from sqlalchemy import Engine, event


def kept_without_waiting() -> None:
    """Let no write of this process to Dagster's history wait until it lies on the disk."""
    event.listen(Engine, "connect", _no_waiting)


def _no_waiting(connection: object, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")
