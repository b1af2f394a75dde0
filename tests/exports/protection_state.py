"""A ledger, a vault and pupil keys, in which a protection register can be kept."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyrage.x25519 import Identity

from exports import protection
from exports.protection import Record
from ledger.store import Ledger
from vault.pupils import PupilKeys
from vault.store import Vault

PUPIL, UPN = "mis-id-7", "B801200001002"
HOUR = dt.timedelta(hours=1)


@dataclass
class State:
    folder: Path
    ledger: Ledger
    vault: Vault
    pupils: PupilKeys

    def add(self, record: Record) -> bool:
        return protection.add(self.ledger, self.vault, self.pupils, record)

    def bytes(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@contextmanager
def opened(folder: Path) -> Iterator[State]:
    made = State(
        folder,
        Ledger(folder / "ledger.sqlite"),
        Vault(folder / "vault", Identity.generate()),
        PupilKeys(folder / "keys.sqlite", bytes(32)),
    )
    yield made
    for part in (made.ledger, made.vault, made.pupils):
        part.close()
