"""A ledger copied row by row into an empty one, from either database into either: for backups and for moving house.

Belongs here: the copying. That the copy is sound is for the verifier, what to do with it for `pipelines.backup`.
"""

from typing import ClassVar, Final

from ledger.store import Head, Ledger
from schemas.refusal import Refusal

TABLES: Final = ("events", "releases", "lines", "files", "subjects", "cells", "sets", "disclosures", "checkpoints")


class BackupUnfit(Refusal):
    """A copy cannot be put there, or a backup is not whole."""

    code: ClassVar[str] = "backup_unfit"


def copy(source: Ledger, target: Ledger) -> Head:
    """Copy every row as of one moment, whole or not at all; return where the copy ends. Raises BackupUnfit."""
    with source.reading() as old, target.transaction() as tx:
        if tx.head().seq:
            message = f"the ledger to be filled ends at event {tx.head().seq}: move it away, it may be the better one"
            raise BackupUnfit(message)
        new = tx._connection  # noqa: SLF001  the one place that writes rows as they are
        for table in TABLES:
            columns = _columns(table)
            statement = f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608  fixed names
            new.executemany(statement, old.stream(f"SELECT * FROM {table} ORDER BY 1, 2"))  # noqa: S608
        return tx.head()


def _columns(table: str) -> int:
    return {"events": 6, "releases": 9, "lines": 2, "files": 2, "subjects": 2, "sets": 4}.get(table, 3)
