"""Changes of the approver register that wait for signatures, as events of the ledger.

Belongs here: entering a change, its signatures so far, and which changes still wait. A change in a file that travels
from hand to hand says the same (`pipelines.actions.approving`); what makes one authorised is `exports.approvers`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from exports.approvers import Register
from exports.signing import Signature, signature_from
from ledger.store import Event, Ledger

PROPOSED: Final = "approvers proposed"
SIGNED: Final = "approvers change signed"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One change: `number` of its event, the register it would put into force, and who has signed."""

    number: int
    by: str
    at: dt.datetime
    register: Register
    signatures: tuple[Signature, ...]


def propose(ledger: Ledger, register: Register, by: str, now: dt.datetime) -> int:
    """Enter a change; returns its number. It changes nothing before two have signed it."""
    return ledger.append(PROPOSED, {"register": register.body(), "by": by}, now).seq


def sign(ledger: Ledger, number: int, signature: Signature, now: dt.datetime) -> None:
    """Write down a signature under a change; whether it counts is judged when the change is applied."""
    ledger.append(SIGNED, {"change": number, **signature.body()}, now)


def waiting(ledger: Ledger, held: Register) -> tuple[Waiting, ...]:
    """Return the changes that may still be signed, the newest first: those of the version after the one in force."""
    next_one = [event for event in ledger.events(PROPOSED) if _body(event)["register"]["version"] == held.version + 1]
    return tuple(_waiting(ledger, event) for event in reversed(next_one))


def _waiting(ledger: Ledger, event: Event) -> Waiting:
    body = _body(event)
    register = Register.of(body["register"]["version"], body["register"]["people"])
    signed = tuple(signature_from(one.body) for one in ledger.events(SIGNED, change=event.seq))
    return Waiting(event.seq, str(body["by"]), event.at, register, signed)


def _body(event: Event) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", event.body)
