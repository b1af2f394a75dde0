"""The vault: sealed artefacts, found by the SHA-256 of their ciphertext, each with the day it must be gone.

Belongs here: sealing, opening, the index and what is due. How frames become bytes is `vault.frames`; how long each kind
is kept is its caller's affair. Anybody can encrypt to a public key, so an artefact counts only while an index row
names it.
"""

import contextlib
import datetime as dt
import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import pyrage
from pyrage.x25519 import Identity, Recipient

from schemas.refusal import Refusal
from vault.database import Database, DatabaseUnfit, Store, copy_rows
from vault.postgres import PostgresDatabase
from vault.shelves import FolderShelf, shelf

_APPLICATION_ID: Final = 0x77617976  # "wayv"
_INDEX: Final = "index.sqlite"
_COLUMNS: Final = {"artefacts": 5, "outputs": 4}
_STATEMENTS: Final = (
    """CREATE TABLE artefacts (address TEXT PRIMARY KEY, kind TEXT NOT NULL, length INTEGER NOT NULL,
        purge_on TEXT NOT NULL, gone_on TEXT) STRICT, WITHOUT ROWID""",
    "CREATE INDEX artefacts_by_day ON artefacts (purge_on) WHERE gone_on IS NULL",
    """CREATE TABLE outputs (run_id TEXT, asset TEXT, partition TEXT, address TEXT NOT NULL REFERENCES artefacts,
        PRIMARY KEY (run_id, asset, partition)) STRICT, WITHOUT ROWID""",
)


class ArtefactUnknown(Refusal):
    """No index row names the address."""

    code: ClassVar[str] = "artefact_unknown"


class ArtefactGone(Refusal):
    """The artefact was purged or dropped, as its index row says."""

    code: ClassVar[str] = "artefact_gone"


class ArtefactMissing(Refusal):
    """The index names the artefact, but its file is not there."""

    code: ClassVar[str] = "artefact_missing"


class ArtefactChanged(Refusal):
    """The file is not the one that was sealed."""

    code: ClassVar[str] = "artefact_changed"


class ArtefactLocked(Refusal):
    """The artefact cannot be opened with this identity."""

    code: ClassVar[str] = "artefact_locked"


@dataclass(frozen=True, slots=True)
class Artefact:
    """A sealed artefact.

    Attributes:
        address: SHA-256 of the ciphertext, hex.
        length: bytes of ciphertext.
        kind: what it is, such as `snapshot` or `waybill`; kinds have retention rules.
        purge_on: first day on which it must no longer exist.

    """

    address: str
    length: int
    kind: str
    purge_on: dt.date


@dataclass(frozen=True, slots=True)
class SharedVault:
    """A vault that several machines share.

    Attributes:
        files: address of the artefacts' storage, as fsspec reads it.
        index: URL of a PostgreSQL schema of its own.

    """

    files: str
    index: str


class Vault:
    """Sealed artefacts under one folder, or where several machines reach them; made on first use.

    Args:
        root: the folder (0700).
        identity: the service's age identity; opens, and is always a recipient.
        recovery: public keys of offline recovery holders; they can open everything sealed from now on.
        shared: where the index and the artefacts lie when several machines work with them; then nothing is in `root`.

    """

    def __init__(
        self, root: Path, identity: Identity, recovery: Iterable[Recipient] = (), shared: "SharedVault | None" = None
    ) -> None:
        self.root = root
        self._identity = identity
        self._recipients = [identity.to_public(), *recovery]
        self._index: Store = (
            Database(root / _INDEX, _STATEMENTS, _APPLICATION_ID)
            if shared is None
            else PostgresDatabase(shared.index, _STATEMENTS, _APPLICATION_ID)
        )
        self._shelf = shelf(root, None if shared is None else shared.files)

    def seal(self, data: bytes, kind: str, purge_on: dt.date) -> Artefact:
        """Encrypt and keep data until a day."""
        sealed = pyrage.encrypt(data, self._recipients)
        artefact = Artefact(hashlib.sha256(sealed).hexdigest(), len(sealed), kind, purge_on)
        row = (artefact.address, kind, artefact.length, purge_on.isoformat())
        with self._index.writing() as connection:  # the row first: after a crash no file is without a purge day
            connection.execute("INSERT INTO artefacts VALUES (?, ?, ?, ?, NULL)", row)
        self._shelf.put(artefact.address, sealed)
        return artefact

    def open(self, address: str) -> bytes:
        """Return what was sealed.

        Raises ArtefactUnknown, ArtefactGone, ArtefactMissing, ArtefactChanged, ArtefactLocked.
        """
        self.artefact(address)
        try:
            sealed = self._shelf.get(address)
        except FileNotFoundError:
            message = f"artefact {address[:12]} is indexed but its file is missing; restore it or prepare again"
            raise ArtefactMissing(message) from None
        if hashlib.sha256(sealed).hexdigest() != address:
            message = f"the file of artefact {address[:12]} was changed; restore it or prepare again"
            raise ArtefactChanged(message)
        try:
            data: bytes = pyrage.decrypt(sealed, [self._identity])
        except pyrage.DecryptError:
            message = f"artefact {address[:12]} was not sealed to this identity; use the identity it was sealed to"
            raise ArtefactLocked(message) from None
        return data

    def artefact(self, address: str) -> Artefact:
        """Return the index row of an address. Raises ArtefactUnknown, ArtefactGone."""
        row = self._index.connection.execute("SELECT * FROM artefacts WHERE address = ?", (address,)).fetchone()
        if row is None:
            message = f"no index row names artefact {address[:12]}, so it is not trusted; prepare again"
            raise ArtefactUnknown(message)
        if row[-1] is not None:
            message = f"artefact {address[:12]} ({row[1]}) was removed on {row[-1]}; prepare again"
            raise ArtefactGone(message)
        return _artefact(row)

    def record(self, run_id: str, asset: str, partition: str | None, artefact: Artefact) -> None:
        """Say which artefact is an asset's output in a run; a retried step replaces its own."""
        with self._index.writing() as connection:
            connection.execute(
                """INSERT INTO outputs VALUES (?, ?, ?, ?)
                ON CONFLICT (run_id, asset, partition) DO UPDATE SET address = excluded.address""",
                (run_id, asset, partition or "", artefact.address),
            )

    def find(self, run_id: str, asset: str, partition: str | None) -> Artefact | None:
        """Return an asset's output in exactly that run, or None when it made none or it is gone."""
        statement = """
            SELECT artefacts.* FROM outputs JOIN artefacts USING (address)
            WHERE run_id = ? AND asset = ? AND partition = ? AND gone_on IS NULL"""
        row = self._index.connection.execute(statement, (run_id, asset, partition or "")).fetchone()
        return _artefact(row) if row else None

    def outputs(self, asset: str, partition: str | None) -> list[Artefact]:
        """Return an asset's outputs in whichever runs, as far as they are still here."""
        statement = """
            SELECT artefacts.* FROM outputs JOIN artefacts USING (address)
            WHERE asset = ? AND partition = ? AND gone_on IS NULL ORDER BY run_id"""
        return [_artefact(row) for row in self._index.connection.execute(statement, (asset, partition or ""))]

    def drop(self, address: str, today: dt.date) -> None:
        """Remove an artefact before its day; its row stays and says when. Raises ArtefactUnknown, ArtefactGone."""
        self.artefact(address)
        self._shelf.remove(address)  # the file first: after a crash the row still says that it is due
        with self._index.writing() as connection:
            connection.execute("UPDATE artefacts SET gone_on = ? WHERE address = ?", (today.isoformat(), address))

    def overdue(self, today: dt.date) -> list[Artefact]:
        """Return what is still here and must not be, oldest first."""
        statement = "SELECT * FROM artefacts WHERE gone_on IS NULL AND purge_on <= ? ORDER BY purge_on, address"
        return [_artefact(row) for row in self._index.connection.execute(statement, (today.isoformat(),))]

    def strays(self) -> list[str]:
        """Return the names of files that no row of the index stands for: of an artefact that is gone, or of none."""
        rows = self._index.connection.execute("SELECT address FROM artefacts WHERE gone_on IS NULL")
        return self._shelf.strays({address for (address,) in rows})

    def kinds(self) -> frozenset[str]:
        """Return the kinds of everything that is still here."""
        rows = self._index.connection.execute("SELECT DISTINCT kind FROM artefacts WHERE gone_on IS NULL")
        return frozenset(str(kind) for (kind,) in rows)

    def copy_to(self, folder: Path) -> int:
        """Copy the index and every artefact it names into a new folder, for a backup; return how many.

        The copy is a vault of one folder with an SQLite index, wherever this one lies.
        """
        folder.mkdir(mode=0o700)
        copied_index = Database(folder / _INDEX, _STATEMENTS, _APPLICATION_ID)
        copy_rows(self._index, copied_index, _COLUMNS)
        copied_index.close()
        rows = self._index.connection.execute("SELECT address FROM artefacts WHERE gone_on IS NULL").fetchall()
        place, copied = FolderShelf(folder), 0
        for (address,) in rows:
            with contextlib.suppress(FileNotFoundError):  # purged in this very moment
                place.put(address, self._shelf.get(address))
                copied += 1
        return copied

    def take_in(self, folder: Path) -> None:
        """Fill this vault, which is empty, with what `copy_to` wrote. Raises DatabaseUnfit when it is not empty."""
        if self._index.connection.execute("SELECT 1 FROM artefacts LIMIT 1").fetchone():
            message = "the vault to be filled holds artefacts already: move it away, it may be the better one"
            raise DatabaseUnfit(message)
        held = Database(folder / _INDEX, _STATEMENTS, _APPLICATION_ID)
        copy_rows(held, self._index, _COLUMNS)
        place = FolderShelf(folder)
        for (address,) in held.connection.execute("SELECT address FROM artefacts WHERE gone_on IS NULL"):
            with contextlib.suppress(FileNotFoundError):
                self._shelf.put(address, place.get(address))
        held.close()

    def close(self) -> None:
        """Close every connection to the index."""
        self._index.close()


def _artefact(row: sqlite3.Row | tuple[str, str, int, str, str | None]) -> Artefact:
    address, kind, length, purge_on, _ = row
    return Artefact(address, length, kind, dt.date.fromisoformat(purge_on))
