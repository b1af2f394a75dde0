"""A random reference and a random key for each pupil, in a database of their own.

Belongs here: making, finding and destroying them. Destroying a pupil's key leaves every digest made with it without
meaning, while the ledger that holds the digests still verifies; only a tombstone stays.

The database knows pupils by keyed hashes of (URN, MIS id) and of UPN, and holds each key wrapped (AES-256-GCM, bound
to the reference). Both secrets are derived from one key-encryption key, which is kept elsewhere.
"""

import datetime as dt
import hmac
import secrets
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schemas.refusal import Refusal
from vault.database import Connection, Database, DatabaseUnfit, copy_rows
from vault.postgres import PostgresDatabase

REF_BYTES: Final = 16
KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_APPLICATION_ID: Final = 0x77617970  # "wayp"
_STATEMENTS: Final = (
    "CREATE TABLE pupils (ref BLOB PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE aliases (hash BLOB, ref BLOB NOT NULL, PRIMARY KEY (hash, ref)) STRICT, WITHOUT ROWID",
    "CREATE INDEX aliases_by_ref ON aliases (ref)",
    "CREATE TABLE tombstones (ref BLOB PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE kek (proof BLOB NOT NULL) STRICT",
)
_COLUMNS: Final = {"pupils": 2, "aliases": 2, "tombstones": 2, "kek": 1}
_ALIAS: Final = "INSERT INTO aliases VALUES (?, ?) ON CONFLICT DO NOTHING"


class WrongKek(Refusal):
    """The key-encryption key is not the one this database was made with."""

    code: ClassVar[str] = "wrong_kek"


class PupilKeyGone(Refusal):
    """A pupil's key was destroyed, or never existed."""

    code: ClassVar[str] = "pupil_key_gone"


class TracesRemain(Refusal):
    """A key was destroyed, but the write-ahead log could not be cleared of it yet."""

    code: ClassVar[str] = "pupil_key_traces_remain"


@dataclass(frozen=True, slots=True)
class PupilKey:
    """A pupil to the ledger: `ref` (16 random bytes) names, `key` (32 random bytes) makes digests."""

    ref: bytes
    key: bytes = field(repr=False)


class PupilKeys:
    """The database of pupil keys, made on first use.

    Args:
        place: a file for SQLite; where several machines work, the URL of a PostgreSQL schema of its own.
        kek: key-encryption key, 32 bytes; raises WrongKek when the database was made with another.

    """

    def __init__(self, place: Path | str, kek: bytes) -> None:
        if len(kek) != KEY_BYTES:
            message = f"a key-encryption key has {KEY_BYTES} bytes"
            raise ValueError(message)
        self._index_key = _derive(kek, b"waybill pupil index")
        self._wrap = AESGCM(_derive(kek, b"waybill pupil wrap"))
        self._database: Database | PostgresDatabase = (
            Database(place, _STATEMENTS, _APPLICATION_ID, secure_delete=True)
            if isinstance(place, Path)
            else PostgresDatabase(place, _STATEMENTS, _APPLICATION_ID)
        )
        self._prove()

    def pupils(
        self, urn: str, ids: Sequence[str], upns: Sequence[str | None], apart: Container[str] = ()
    ) -> list[PupilKey]:
        """Return the key of each pupil of a school, made now where there is none, and note their UPNs.

        Args:
            urn: the school.
            ids: MIS ids, each at most once.
            upns: for each id the UPN, or None; a new UPN is added to the ones known.
            apart: ids of records whose UPNs must not lead to one another: each UPN has a reference of its own.

        """
        with self._database.writing() as connection:
            found = [
                self._apart(connection, urn, pupil_id, upn)
                if upn is not None and pupil_id in apart
                else self._met(connection, urn, pupil_id, upn)
                for pupil_id, upn in zip(ids, upns, strict=True)
            ]
            known = [(upn, pupil.ref) for upn, pupil in zip(upns, found, strict=True) if upn is not None]
            connection.executemany(_ALIAS, [(self._upn_hash(upn), ref) for upn, ref in known])
            connection.executemany(_ALIAS, [(self._school_hash(urn, upn), ref) for upn, ref in known])
        return found

    def ids_of(self, urn: str, upns: Sequence[str]) -> list[str]:
        """Return, for pupils of whom only the UPN is known, an id by which this class finds each of them.

        A pupil whose UPN it is at the school, and nobody else's there, keeps reference and key. Anybody else gets a key
        now; the first `pupils` call with the school's own id and the same UPN takes it over.
        """
        with self._database.writing() as connection:
            return [self._id_of(connection, urn, upn) for upn in upns]

    def by_id(self, urn: str, pupil_id: str) -> PupilKey | None:
        """Return one pupil's key by school and MIS id, or None when there is none (any more)."""
        refs = self._refs(self._database.connection, self._id_hash(urn, pupil_id))
        return self.key(refs[0]) if refs else None

    def by_upn(self, upn: str) -> tuple[bytes, ...]:
        """Return the references of a UPN; several when two schools of the trust know it."""
        return self._refs(self._database.connection, self._upn_hash(upn))

    def part(self, urn: str, upn: str) -> None:
        """Let a UPN no longer lead to a reference of that school to which another UPN leads too; see `pupils`."""
        with self._database.writing() as connection:
            for ref in self._refs(connection, self._school_hash(urn, upn)):
                if self._joined(connection, ref, urn, upn):
                    self._cut(connection, ref, urn, upn)

    def key(self, ref: bytes) -> PupilKey:
        """Return a pupil's key by reference; raises PupilKeyGone."""
        row = self._database.connection.execute("SELECT wrapped FROM pupils WHERE ref = ?", (ref,)).fetchone()
        if row is None:
            state = "was destroyed" if self.is_destroyed(ref) else "does not exist"
            message = f"the key of pupil reference {ref.hex()[:8]} {state}; its digests can no longer be compared"
            raise PupilKeyGone(message)
        return self._unwrap(ref, row[0])

    def destroy(self, ref: bytes, at: dt.datetime) -> None:
        """Destroy a pupil's key and every way to find it, and leave a tombstone; doing it again changes nothing.

        Raises TracesRemain when another process was reading: the key is gone for everybody, but old pages stay in
        the write-ahead log until this is called again.
        """
        with self._database.writing() as connection:
            connection.execute("DELETE FROM pupils WHERE ref = ?", (ref,))
            connection.execute("DELETE FROM aliases WHERE ref = ?", (ref,))
            connection.execute("INSERT INTO tombstones VALUES (?, ?) ON CONFLICT DO NOTHING", (ref, at.isoformat()))
        if not self._cleared():
            message = "the key is destroyed, but another program still reads the old pages; destroy it again later"
            raise TracesRemain(message)

    def _cleared(self) -> bool:
        """Write the files anew without what was deleted, as far as the database can; its own log is its keeper's."""
        connection = self._database.connection
        if isinstance(self._database, PostgresDatabase):
            for table in ("pupils", "aliases"):
                connection.execute(f"VACUUM (FULL) {table}")
            return True
        (row,) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return not row[0]

    def is_destroyed(self, ref: bytes) -> bool:
        """Say whether a tombstone stands for the reference."""
        statement = "SELECT 1 FROM tombstones WHERE ref = ?"
        return self._database.connection.execute(statement, (ref,)).fetchone() is not None

    def tombstones(self) -> list[tuple[bytes, dt.datetime]]:
        """Return every destroyed reference with its time; a restore destroys each again before anything is read."""
        rows = self._database.connection.execute("SELECT ref, at FROM tombstones ORDER BY at, ref")
        return [(ref, dt.datetime.fromisoformat(at)) for ref, at in rows]

    def copy_to(self, path: Path) -> None:
        """Copy the database for a backup, an SQLite file wherever this one lies; the keys in it stay wrapped."""
        if isinstance(self._database, Database):
            self._database.copy_to(path)
            return
        copied = Database(path, _STATEMENTS, _APPLICATION_ID, secure_delete=True)
        copy_rows(self._database, copied, _COLUMNS)
        copied.close()

    def take_in(self, path: Path) -> None:
        """Fill this database, which knows no pupil, with what `copy_to` wrote. Raises DatabaseUnfit, WrongKek."""
        if self._database.connection.execute("SELECT 1 FROM pupils LIMIT 1").fetchone():
            message = "the pupil keys to be filled know pupils already: move them away, they may be the better ones"
            raise DatabaseUnfit(message)
        held = Database(path, _STATEMENTS, _APPLICATION_ID, secure_delete=True)
        copy_rows(held, self._database, {name: columns for name, columns in _COLUMNS.items() if name != "kek"})
        held.close()

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def _met(self, connection: Connection, urn: str, pupil_id: str, upn: str | None) -> PupilKey:
        """Return the key of an id; one that was made for the UPN alone is taken over, once."""
        id_hash = self._id_hash(urn, pupil_id)
        if upn is not None and not self._refs(connection, id_hash):
            waiting = self._waiting_hash(urn, upn)
            connection.execute("INSERT INTO aliases SELECT ?, ref FROM aliases WHERE hash = ?", (id_hash, waiting))
            connection.execute("DELETE FROM aliases WHERE hash = ?", (waiting,))
        return self._create_or_get(connection, id_hash)

    def _id_of(self, connection: Connection, urn: str, upn: str) -> str:
        waiting = self._waiting_hash(urn, upn)
        here = self._refs(connection, self._school_hash(urn, upn))
        alone = len(here) == 1 and not self._refs(connection, waiting)
        ref = here[0] if alone else self._create_or_get(connection, waiting).ref
        connection.execute(_ALIAS, (self._id_hash(urn, ref.hex()), ref))
        return ref.hex()

    def _create_or_get(self, connection: Connection, id_hash: bytes) -> PupilKey:
        statement = "SELECT ref, wrapped FROM aliases JOIN pupils USING (ref) WHERE hash = ?"
        row = connection.execute(statement, (id_hash,)).fetchone()
        if row is not None:
            return self._unwrap(*row)
        made = PupilKey(secrets.token_bytes(REF_BYTES), secrets.token_bytes(KEY_BYTES))
        nonce = secrets.token_bytes(_NONCE_BYTES)
        wrapped = nonce + self._wrap.encrypt(nonce, made.key, made.ref)
        connection.execute("INSERT INTO pupils VALUES (?, ?)", (made.ref, wrapped))
        connection.execute("INSERT INTO aliases VALUES (?, ?)", (id_hash, made.ref))
        return made

    def _apart(self, connection: Connection, urn: str, pupil_id: str, upn: str) -> PupilKey:
        """Return the record's usual key while no other UPN leads to it, else one for this UPN alone."""
        usual = self._met(connection, urn, pupil_id, upn)
        if not self._joined(connection, usual.ref, urn, upn):
            return usual
        self._cut(connection, usual.ref, urn, upn)
        return self._create_or_get(connection, self._apart_hash(urn, upn))

    def _joined(self, connection: Connection, ref: bytes, urn: str, upn: str) -> bool:
        """Say whether another UPN leads to a reference: each leads there by two ways, the record's own id by one."""
        of_school = (self._school_hash, self._waiting_hash, self._apart_hash)
        known = {self._upn_hash(upn), self._id_hash(urn, ref.hex()), *(way(urn, upn) for way in of_school)}
        ways = {alias for (alias,) in connection.execute("SELECT hash FROM aliases WHERE ref = ?", (ref,))}
        return len(ways - known) > 1

    def _cut(self, connection: Connection, ref: bytes, urn: str, upn: str) -> None:
        for alias in (self._upn_hash(upn), self._school_hash(urn, upn)):
            connection.execute("DELETE FROM aliases WHERE hash = ? AND ref = ?", (alias, ref))

    def _unwrap(self, ref: bytes, wrapped: bytes) -> PupilKey:
        return PupilKey(ref, self._wrap.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], ref))

    def _refs(self, connection: Connection, alias: bytes) -> tuple[bytes, ...]:
        rows = connection.execute("SELECT ref FROM aliases WHERE hash = ? ORDER BY ref", (alias,))
        return tuple(ref for (ref,) in rows)

    def _id_hash(self, urn: str, pupil_id: str) -> bytes:
        return hmac.digest(self._index_key, f"id\x1f{urn}\x1f{pupil_id}".encode(), "sha256")

    def _apart_hash(self, urn: str, upn: str) -> bytes:
        """Of a record set apart, under one of its UPNs."""
        return hmac.digest(self._index_key, f"apart\x1f{urn}\x1f{upn}".encode(), "sha256")

    def _upn_hash(self, upn: str) -> bytes:
        return hmac.digest(self._index_key, f"upn\x1f{upn}".encode(), "sha256")

    def _school_hash(self, urn: str, upn: str) -> bytes:
        return hmac.digest(self._index_key, f"at\x1f{urn}\x1f{upn}".encode(), "sha256")

    def _waiting_hash(self, urn: str, upn: str) -> bytes:
        """Of a pupil whose own id at the school is not known yet."""
        return hmac.digest(self._index_key, f"waiting\x1f{urn}\x1f{upn}".encode(), "sha256")

    def _prove(self) -> None:
        """Refuse another key, which would find no pupil and quietly make each a second time."""
        proof = hmac.digest(self._index_key, b"proof", "sha256")
        with self._database.writing() as connection:
            row = connection.execute("SELECT proof FROM kek").fetchone()
            if row is None:
                connection.execute("INSERT INTO kek VALUES (?)", (proof,))
            elif not hmac.compare_digest(row[0], proof):
                message = "the pupil keys were made with another key-encryption key; restore the key that belongs to it"
                raise WrongKek(message)


def _derive(kek: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(kek)
