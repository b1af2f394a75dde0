"""The newest reading of a school's MIS that is still sealed: for questions about a return, never for making a file.

Belongs here: finding a school's newest tables and the snapshot they were made from. A file is made from its own run's
artefacts alone (`assets.io_manager`), so nothing here is on the way to a recipient.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from schemas.table import Frames
from vault.frames import unpack
from vault.store import Vault

_SNAPSHOT, _TABLES = "census/snapshot", "census/tables"
_FEED_TABLES: Final = "feeds/tables"
_CERTIFICATE: Final = "certificate"


@dataclass(frozen=True)
class Reading:
    """What a return was made from, the return, and when the reading ended (ISO 8601, UTC)."""

    snapshot: Frames
    tables: Frames
    ended: str


def newest_reading(vault: Vault, school: str, period: str) -> Reading | None:
    """Return the newest sealed reading of a school for a collection; None when there is none or it was purged."""
    tables = max(_opened(vault, _TABLES, school, period), key=_when, default=None)
    if tables is None:
        return None
    for snapshot in _opened(vault, _SNAPSHOT, school, period):
        if snapshot.certificate == tables.certificate:
            return Reading(snapshot.frames, tables.frames, tables.ended)
    return None


def newest_tables(vault: Vault, school: str, period: str) -> Frames | None:
    """Return the newest sealed tables of a school's feeds for a period; None when there are none left."""
    newest = max(_opened(vault, _FEED_TABLES, school, period), key=_when, default=None)
    return newest.frames if newest is not None else None


@dataclass(frozen=True)
class _Opened:
    frames: Frames
    certificate: object
    ended: str
    ledger_seq: int


def _when(one: _Opened) -> tuple[str, int]:
    """Order readings by their end, and those of one second by what the ledger held when they ended."""
    return one.ended, one.ledger_seq


def _opened(vault: Vault, asset: str, school: str, period: str) -> Iterator[_Opened]:
    for artefact in vault.outputs(asset, f"{school}|{period}"):
        frames, meta = unpack(vault.open(artefact.address))
        yield _Opened(frames, meta[_CERTIFICATE], str(meta[_CERTIFICATE]["ended"]), int(meta["ledger_seq"]))
