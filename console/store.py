"""The desk's own database: passkeys, invitations, ceremonies under way, sessions and failed attempts.

Belongs here: the tables and their queries. It holds no pupil's data, and no secret in a form that opens anything:
cookies and codes are kept as SHA-256. Who somebody is and what they may do is the approver register's, in the ledger.
"""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vault.database import Database

APPLICATION_ID: Final = 0x77626465  # "wbde"
_STATEMENTS: Final = (
    """CREATE TABLE passkeys (id BLOB PRIMARY KEY, person TEXT NOT NULL, public_key BLOB NOT NULL,
        sign_count INTEGER NOT NULL, added INTEGER NOT NULL, used INTEGER) STRICT""",
    "CREATE TABLE invitations (code BLOB PRIMARY KEY, person TEXT NOT NULL, ends INTEGER NOT NULL) STRICT",
    """CREATE TABLE ceremonies (id BLOB PRIMARY KEY, purpose TEXT NOT NULL, person TEXT NOT NULL, subject TEXT NOT NULL,
        challenge BLOB NOT NULL, ends INTEGER NOT NULL) STRICT""",
    """CREATE TABLE sessions (id BLOB PRIMARY KEY, person TEXT NOT NULL, began INTEGER NOT NULL,
        seen INTEGER NOT NULL) STRICT""",
    "CREATE TABLE failures (subject TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
    "CREATE INDEX failures_by_subject ON failures (subject, at)",
)
_TOKEN_BYTES: Final = 32
_CODE_BYTES: Final = 10
INVITATION: Final = dt.timedelta(days=3)
CEREMONY: Final = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Passkey:
    """A public key that answers for a person; `used` is when it last did, epoch seconds, None before."""

    id: bytes
    person: str
    public_key: bytes
    sign_count: int
    added: int
    used: int | None


@dataclass(frozen=True, slots=True)
class Ceremony:
    """A challenge that was given out and can be answered once.

    Attributes:
        purpose: `sign in`, `enrol` or `sign`.
        person: whom it was given to; "" where that is what the answer tells.
        subject: what it is about: the invitation's hash, or what is to be signed.

    """

    purpose: str
    person: str
    subject: str
    challenge: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in; moments in epoch seconds."""

    person: str
    began: int
    seen: int


class Store:
    """The database; every method is one step, kept whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _STATEMENTS, APPLICATION_ID, secure_delete=True)

    def invite(self, person: str, now: dt.datetime) -> str:
        """Return a code that enrols one passkey for a person; an earlier one of theirs is void."""
        plain = secrets.token_bytes(_CODE_BYTES).hex()
        code = "-".join(plain[at : at + 5] for at in range(0, len(plain), 5))
        with self._database.writing() as connection:
            connection.execute("DELETE FROM invitations WHERE person = ? OR ends <= ?", (person, _at(now)))
            connection.execute(
                "INSERT INTO invitations VALUES (?, ?, ?)", (hashed(code), person, _at(now + INVITATION))
            )
        return code

    def invited(self, code: str, now: dt.datetime) -> str | None:
        """Return whom a code invites, None when there is no such invitation now."""
        return self._invited(hashed(code.strip().lower()), now)

    def _invited(self, code: bytes, now: dt.datetime) -> str | None:
        found = self._database.connection.execute(
            "SELECT person FROM invitations WHERE code = ? AND ends > ?", (code, _at(now))
        ).fetchone()
        return found and str(found[0])

    def begin(self, ceremony: Ceremony, now: dt.datetime) -> str:
        """Keep a challenge and return the token that its answer must come with."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        row = (hashed(token), ceremony.purpose, ceremony.person, ceremony.subject, ceremony.challenge)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM ceremonies WHERE ends <= ?", (_at(now),))
            connection.execute("INSERT INTO ceremonies VALUES (?, ?, ?, ?, ?, ?)", (*row, _at(now + CEREMONY)))
        return token

    def finish(self, token: str, purpose: str, now: dt.datetime) -> Ceremony | None:
        """Return the ceremony of a token, which is over with this; None when there is none of that purpose now."""
        with self._database.writing() as connection:
            found = connection.execute(
                "SELECT purpose, person, subject, challenge FROM ceremonies WHERE id = ? AND purpose = ? AND ends > ?",
                (hashed(token), purpose, _at(now)),
            ).fetchone()
            connection.execute("DELETE FROM ceremonies WHERE id = ?", (hashed(token),))
        return found and Ceremony(*found)

    def enrol(self, passkey: Passkey, code: bytes, now: dt.datetime) -> bool:
        """Keep a passkey and void the invitation it was enrolled by; False when somebody was faster."""
        with self._database.writing() as connection:
            if self._invited(code, now) != passkey.person or self.passkey(passkey.id) is not None:
                return False
            connection.execute("DELETE FROM invitations WHERE code = ?", (code,))
            row = (passkey.id, passkey.person, passkey.public_key, passkey.sign_count, passkey.added, passkey.used)
            connection.execute("INSERT INTO passkeys VALUES (?, ?, ?, ?, ?, ?)", row)
        return True

    def passkey(self, passkey_id: bytes) -> Passkey | None:
        """Return one passkey, None when it is not known here."""
        found = self._database.connection.execute("SELECT * FROM passkeys WHERE id = ?", (passkey_id,)).fetchone()
        return found and Passkey(*found)

    def passkeys(self, person: str) -> tuple[Passkey, ...]:
        """Return a person's passkeys, the oldest first."""
        rows = self._database.connection.execute("SELECT * FROM passkeys WHERE person = ? ORDER BY added", (person,))
        return tuple(Passkey(*row) for row in rows)

    def answered(self, passkey: Passkey, sign_count: int, now: dt.datetime) -> None:
        """Note that a passkey has answered, and its counter."""
        with self._database.writing() as connection:
            row = (sign_count, _at(now), passkey.id)
            connection.execute("UPDATE passkeys SET sign_count = ?, used = ? WHERE id = ?", row)

    def forget(self, person: str) -> int:
        """Remove a person's passkeys, invitation and sessions; return how many passkeys there were."""
        with self._database.writing() as connection:
            count = int(connection.execute("DELETE FROM passkeys WHERE person = ?", (person,)).rowcount)
            connection.execute("DELETE FROM invitations WHERE person = ?", (person,))
            connection.execute("DELETE FROM sessions WHERE person = ?", (person,))
        return count

    def open_session(self, person: str, now: dt.datetime) -> str:
        """Begin a session and return its token."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._database.writing() as connection:
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (hashed(token), person, _at(now), _at(now)))
        return token

    def session(self, token: str) -> Session | None:
        """Return the session of a token, None when there is none."""
        found = self._database.connection.execute(
            "SELECT person, began, seen FROM sessions WHERE id = ?", (hashed(token),)
        ).fetchone()
        return found and Session(*found)

    def seen(self, token: str, now: dt.datetime) -> None:
        """Note that a session is in use."""
        with self._database.writing() as connection:
            connection.execute("UPDATE sessions SET seen = ? WHERE id = ?", (_at(now), hashed(token)))

    def close_session(self, token: str) -> None:
        """End a session."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE id = ?", (hashed(token),))

    def end_sessions(self, *, began_before: dt.datetime, seen_before: dt.datetime) -> None:
        """End the sessions that are too old or idle."""
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM sessions WHERE began <= ? OR seen <= ?", (_at(began_before), _at(seen_before))
            )

    def failed(self, subject: str, now: dt.datetime, forget_before: dt.datetime) -> None:
        """Note a failed attempt; older ones than a moment are forgotten."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM failures WHERE at <= ?", (_at(forget_before),))
            connection.execute("INSERT INTO failures VALUES (?, ?)", (subject, _at(now)))

    def failures(self, subject: str, since: dt.datetime) -> int:
        """Return how many attempts failed after a moment."""
        found = self._database.connection.execute(
            "SELECT count(*) FROM failures WHERE subject = ? AND at > ?", (subject, _at(since))
        ).fetchone()
        return int(found[0])


def hashed(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def _at(moment: dt.datetime) -> int:
    return int(moment.timestamp())
