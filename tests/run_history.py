"""Dagster's run history lies in SQLite; a test's need not outlive a power cut, and does not wait for the disk.

Dagster opens it anew for each entry, and works out each time what its statements are and which version is the newest;
in a test process both are done once. The ledger and the vault open their databases themselves and keep their own,
stricter, settings.
"""

import os
import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from alembic.script import ScriptDirectory
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from sqlalchemy import Engine, QueuePool, create_engine, event, make_url

_ENGINES: Final = 50


def kept_without_waiting() -> None:
    """Let no write of this process to Dagster's history wait until it lies on the disk."""
    event.listen(Engine, "connect", _no_waiting)
    sqlite_event_log.create_engine = sqlite_run_storage.create_engine = _remembered()
    ScriptDirectory.from_config = cache(ScriptDirectory.from_config)


def _no_waiting(connection: object, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


def _remembered() -> Callable[..., Engine]:
    """Return what makes an engine, or gives the one it made for the same file in the same process."""
    known: dict[object, Engine] = {}

    def engine(url: str, **options: Any) -> Engine:
        file = Path(str(make_url(url).database))
        if not file.exists():
            return create_engine(url, **options)
        key = (url, str(options), file.stat().st_ino, os.getpid())
        if key not in known:
            if len(known) >= _ENGINES:
                _close(known)
            known[key] = create_engine(url, **(options | {"poolclass": QueuePool}))
            known[key].dispose = _not_yet  # Dagster's event log closes after each entry
        return known[key]

    return engine


def _not_yet(**_options: object) -> None:
    """Leave the connections of an engine open."""


def _close(engines: dict[object, Engine]) -> None:
    """Close what is not in use and forget all."""
    for each in engines.values():
        each.pool.dispose()
    engines.clear()
