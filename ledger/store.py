"""The ledger: a chain of events in SQLite or PostgreSQL, and the releases they add up to.

Belongs here: appending, reading and the one writer of release states. What may follow what is `ledger.states`; what a
file told about a pupil is `ledger.disclosures`; proving that nothing was changed is `ledger.verify`.

Each event's hash is SHA-256 over the hash before it (32 bytes), its number (8 bytes, big endian) and its time, kind
and body, each as UTF-8 after its length (8 bytes, big endian).
"""

import datetime as dt
import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final

from ledger import merkle
from ledger.canonical import Plain, canonical
from ledger.disclosures import Batch, write
from ledger.statements import APPLICATION_ID, CHECKPOINTS, POSTGRES_STATEMENTS, STATEMENTS
from ledger.states import CONSUMING, MOVES, SETTLED, State
from schemas.refusal import Refusal
from vault.database import Connection, Database, Store
from vault.postgres import PostgresDatabase

GENESIS: Final = hashlib.sha256(b"waybill ledger 1").digest()
"""What stands before the first event."""

_STATES: Final = frozenset(State)


class LedgerBroken(Refusal):
    """The last event does not match its own hash, so nothing may be added to it."""

    code: ClassVar[str] = "ledger_broken"


class AlreadySent(Refusal):
    """The bytes, or another file of the same school, period, recipient, agreement and version, have been sent."""

    code: ClassVar[str] = "already_sent"


class MoveRefused(Refusal):
    """A release cannot go from its present state to the one asked for."""

    code: ClassVar[str] = "move_refused"


class UnknownRelease(Refusal):
    """No release has that waybill hash."""

    code: ClassVar[str] = "unknown_release"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the chain; `at` is UTC, `prev` and `hash` are SHA-256 digests."""

    seq: int
    at: dt.datetime
    kind: str
    body: Mapping[str, Plain]
    prev: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: number and hash of the last event (0 and the genesis hash when there is none)."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Slot:
    """What may be sent once: one version of one agreement's file for a school and period to a recipient.

    Attributes:
        school: URN as text.
        period: partition key: a collection, term, month, week or day.
        recipient: recipient id of the agreement.
        agreement: agreement id.
        version: 1 for the first file handed over, then counting.

    """

    school: str
    period: str
    recipient: str
    agreement: str
    version: int


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it stands; `waybill` is a SHA-256 in hex, `settled_at` when the recipient first had the file."""

    waybill: str
    slot: Slot
    state: State
    at: dt.datetime
    settled_at: dt.datetime | None


class Tx:
    """A transaction that holds the write lock: what it reads cannot change before it commits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, kind: str, body: Mapping[str, Plain], at: dt.datetime) -> Event:
        """Add an event that is not a release's move. The body must hold no pupil's value.

        Raises ValueError when the kind is a release state, LedgerBroken when the chain's end does not hold.
        """
        if kind in _STATES:
            message = f"{kind} is a release state: use prepare, move, claim or settle"
            raise ValueError(message)
        return self._append(kind, body, at)

    def events(self, kind: str | None = None, **match: str | int) -> list[Event]:
        """Return events in order, of one kind if given, whose body has each `name=value` at its top level."""
        return _events(self._connection, kind, match)

    def head(self) -> Head:
        """Return the end of the chain, checked against its own content."""
        row = self._connection.execute("SELECT * FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        if row is None:
            return Head(0, GENESIS)
        seq, at, kind, body, prev, stored = row
        if event_hash(prev, seq, at, kind, body) != stored:
            message = f"ledger event {seq} was changed; run `waybill verify` and restore from a backup"
            raise LedgerBroken(message)
        return Head(seq, stored)

    def release(self, waybill: str) -> Release:
        """Return one release; raises UnknownRelease."""
        return _release(self._connection, waybill)

    def releases(self, **match: str | int) -> list[Release]:
        """Return releases by school, period, recipient, agreement, version or state."""
        return _releases(self._connection, match)

    def next_version(self, school: str, period: str, recipient: str, agreement: str) -> int:
        """Return the version that the next file would have: one more than the highest that may have left."""
        return _next_version(self._connection, school, period, recipient, agreement)

    def prepare(self, waybill: str, slot: Slot, at: dt.datetime, detail: Mapping[str, Plain]) -> Release:
        """Enter a new release as prepared. Raises AlreadySent when its version has left, MoveRefused when known."""
        if self._connection.execute("SELECT 1 FROM releases WHERE waybill = ?", (waybill,)).fetchone():
            message = f"waybill {waybill[:12]} is already in the ledger; a new preparation needs a new waybill"
            raise MoveRefused(message)
        self._refuse_taken(slot)
        body = {"waybill": waybill, **_fields(slot), "detail": detail}
        event = self._append(State.PREPARED, body, at)
        self._connection.execute(
            "INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (waybill, slot.school, slot.period, slot.recipient, slot.agreement, slot.version,
             State.PREPARED.value, _text(event.at)),
        )  # fmt: skip
        return self.release(waybill)

    def move(self, waybill: str, to: State, at: dt.datetime, detail: Mapping[str, Plain]) -> Release:
        """Move a release along the table; sending is `claim`'s, the first settled state `settle`'s.

        Raises MoveRefused when the table has no such move, UnknownRelease.
        """
        release = self.release(waybill)
        if to is State.SENDING or (to in SETTLED and release.settled_at is None):
            message = f"{to} is entered by claim or settle"
            raise ValueError(message)
        return self._move(release, to, at, {"detail": detail})

    def claim(self, waybill: str, at: dt.datetime, detail: Mapping[str, Plain]) -> Release:
        """Record the intent to send, once for ever: from approved to sending, before a byte goes out.

        Raises AlreadySent when the waybill was used, or another file took its slot; MoveRefused when not approved.
        """
        release = self.release(waybill)
        if release.state in CONSUMING:
            message = f"waybill {waybill[:12]} was used and is {release.state}; a new file needs a new waybill"
            raise AlreadySent(message)
        self._refuse_taken(release.slot)
        return self._move(release, State.SENDING, at, {"detail": detail})

    def settle(self, waybill: str, to: State, at: dt.datetime, batch: Batch, detail: Mapping[str, Plain]) -> Release:
        """Record that the recipient has the file, and what it told about each pupil.

        Raises MoveRefused when the table has no such move, UnknownRelease.
        """
        if to not in SETTLED:
            message = f"{to} is not a settled state"
            raise ValueError(message)
        release = self.release(waybill)
        self._refuse_move(release, to)
        recorded = write(self._connection, waybill, batch)
        told: dict[str, Plain] = {"sha256": recorded.sha256, "pupils": recorded.pupils, "cells": recorded.cells}
        return self._move(release, to, at, {"detail": detail, "disclosures": told})

    def _append(self, kind: str, body: Mapping[str, Plain], at: dt.datetime) -> Event:
        head = self.head()
        event = (head.seq + 1, _text(at), str(kind), canonical(body), head.hash)
        sha256 = event_hash(head.hash, *event[:4])
        self._connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", (*event, sha256))
        merkle.checkpoint(self._connection, event[0])
        return event_of((*event, sha256))

    def _move(self, release: Release, to: State, at: dt.datetime, rest: Mapping[str, Plain]) -> Release:
        self._refuse_move(release, to)
        event = self._append(to, {"waybill": release.waybill, "from": release.state.value, **rest}, at)
        settled = release.settled_at or (event.at if to in SETTLED else None)
        self._connection.execute(
            "UPDATE releases SET state = ?, at = ?, settled_at = ? WHERE waybill = ?",
            (to.value, _text(event.at), settled and _text(settled), release.waybill),
        )
        return replace(release, state=to, at=event.at, settled_at=settled)

    def _refuse_move(self, release: Release, to: State) -> None:
        if to not in MOVES[release.state]:
            message = f"waybill {release.waybill[:12]} is {release.state} and cannot become {to}"
            raise MoveRefused(message)

    def _refuse_taken(self, slot: Slot) -> None:
        taken = [release for release in self.releases(**_fields(slot)) if release.state in CONSUMING]
        if taken:
            message = (
                f"version {slot.version} of {slot.agreement} for school {slot.school}, {slot.period}, is already "
                f"{taken[0].state} (waybill {taken[0].waybill[:12]}); a correction needs the next version"
            )
            raise AlreadySent(message)


class Ledger:
    """The ledger, made on first use; safe for many threads and processes.

    Args:
        place: a file for SQLite; for PostgreSQL a URL, `postgresql://...`.

    """

    def __init__(self, place: Path | str) -> None:
        self.place = place
        self._database: Store = (
            Database(place, STATEMENTS, APPLICATION_ID)
            if isinstance(place, Path)
            else PostgresDatabase(place, POSTGRES_STATEMENTS, APPLICATION_ID)
        )
        if not self._database.has_table("checkpoints"):
            self._upgrade()

    @contextmanager
    def transaction(self) -> Generator[Tx]:
        """Hold the write lock: read, decide and append as one step, kept whole or not at all. Does not nest."""
        with self._database.writing() as connection:
            yield Tx(connection)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Read one unmoving state; for `ledger.trace`, proofs and reports."""
        with self._database.reading() as connection:
            yield connection

    def append(self, kind: str, body: Mapping[str, Plain], at: dt.datetime) -> Event:
        """Add one event in a transaction of its own; see `Tx.append`."""
        with self.transaction() as tx:
            return tx.append(kind, body, at)

    def events(self, kind: str | None = None, **match: str | int) -> list[Event]:
        """Return events in order; see `Tx.events`."""
        return _events(self._database.connection, kind, match)

    def head(self) -> Head:
        """Return the end of the chain; raises LedgerBroken."""
        return Tx(self._database.connection).head()

    def hash_of(self, seq: int) -> bytes | None:
        """Return the hash that an event carries, or None when the ledger has no such event."""
        row = self._database.connection.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
        return row and bytes(row[0])

    def release(self, waybill: str) -> Release:
        """Return one release; raises UnknownRelease."""
        return _release(self._database.connection, waybill)

    def releases(self, **match: str | int) -> list[Release]:
        """Return releases by school, period, recipient, agreement, version or state."""
        return _releases(self._database.connection, match)

    def next_version(self, school: str, period: str, recipient: str, agreement: str) -> int:
        """Return the version that the next file would have; see `Tx.next_version`."""
        return _next_version(self._database.connection, school, period, recipient, agreement)

    def root(self, size: int) -> bytes:
        """Return the Merkle root over the first events."""
        return merkle.root(self._database.connection, size)

    def inclusion(self, seq: int, size: int) -> list[bytes]:
        """Return the path that proves event `seq` to who knows the root over the first `size` events."""
        return merkle.inclusion(self._database.connection, seq, size)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def _upgrade(self) -> None:
        """Give a ledger of version 0.1 its checkpoints; another process may be doing the same."""
        with self._database.writing() as connection:
            if self._database.has_table("checkpoints"):
                return
            connection.execute(CHECKPOINTS)
            last = Tx(connection).head().seq
            for seq in range(merkle.EVERY, last + 1, merkle.EVERY):
                merkle.checkpoint(connection, seq)


def event_hash(prev: bytes, seq: int, at: str, kind: str, body: str) -> bytes:
    """Return the hash of an event; the module's first lines say over what."""
    digest = hashlib.sha256(prev + seq.to_bytes(8, "big"))
    for part in (at.encode(), kind.encode(), body.encode()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def _text(at: dt.datetime) -> str:
    if at.utcoffset() is None:
        message = "a ledger time must say its offset from UTC"
        raise ValueError(message)
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def event_of(row: tuple[int, str, str, str, bytes, bytes]) -> Event:
    """Return the event that a row of the table stands for."""
    seq, at, kind, body, prev, sha256 = row
    return Event(seq, dt.datetime.fromisoformat(at), kind, json.loads(body), prev, sha256)


def _events(connection: Connection, kind: str | None, match: Mapping[str, str | int]) -> list[Event]:
    where = ["TRUE"] + ["kind = ?"] * (kind is not None)
    for name, value in match.items():
        if not name.isidentifier():
            message = "an event is matched by the names at the top of its body"
            raise ValueError(message)
        member = f"json_extract(body, '$.{name}')"
        where.append(f"{member} = ?" if isinstance(value, str) else f"CAST({member} AS TEXT) = ?")
    statement = f"SELECT * FROM events WHERE {' AND '.join(where)} ORDER BY seq"  # noqa: S608  names checked above
    values = [*([kind] if kind else []), *map(str, match.values())]
    found = [event_of(row) for row in connection.execute(statement, values)]
    return [event for event in found if all(event.body[name] == value for name, value in match.items())]


_COLUMNS: Final = frozenset({"waybill", "school", "period", "recipient", "agreement", "version", "state"})


def _releases(connection: Connection, match: Mapping[str, str | int]) -> list[Release]:
    if unknown := match.keys() - _COLUMNS:
        message = f"releases have no {', '.join(sorted(unknown))}"
        raise ValueError(message)
    where = " AND ".join(["TRUE", *(f"{name} = ?" for name in match)])
    statement = f"SELECT * FROM releases WHERE {where} ORDER BY at, waybill"  # noqa: S608  names checked above
    return [_as_release(row) for row in connection.execute(statement, list(match.values()))]


def _release(connection: Connection, waybill: str) -> Release:
    found = _releases(connection, {"waybill": waybill})
    if not found:
        message = f"the ledger knows no release with waybill {waybill[:12]}; prepare it first"
        raise UnknownRelease(message)
    return found[0]


def _as_release(row: tuple[str, str, str, str, str, int, str, str, str | None]) -> Release:
    waybill, school, period, recipient, agreement, version, state, at, settled = row
    slot = Slot(school, period, recipient, agreement, version)
    settled_at = dt.datetime.fromisoformat(settled) if settled else None
    return Release(waybill, slot, State(state), dt.datetime.fromisoformat(at), settled_at)


def _next_version(connection: Connection, school: str, period: str, recipient: str, agreement: str) -> int:
    found = _releases(connection, {"school": school, "period": period, "recipient": recipient, "agreement": agreement})
    return 1 + max((release.slot.version for release in found if release.state in CONSUMING), default=0)


def _fields(slot: Slot) -> dict[str, str | int]:
    return {
        "school": slot.school, "period": slot.period, "recipient": slot.recipient,
        "agreement": slot.agreement, "version": slot.version,
    }  # fmt: skip
