"""Who may sign: set the approver register up, and change it with two signatures.

Belongs here: the verbs `list`, `bootstrap`, `propose`, `sign` and `apply` of `waybill approvers`. A change travels as
one JSON file from hand to hand, or waits in the ledger for the passkeys of two who come to the desk; either way made by
one, signed by two, applied once. What makes a register sound, and a change authorised, is `exports.approvers`.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports import approvers, register_changes
from exports.approvers import WHOLE_TRUST, Register, RegisterMalformed
from exports.register_changes import Waiting
from exports.signing import Act, Role, Signature, Statement, sign, signature_from
from pipelines.actions.answering import accepted, refuse_key_file
from pipelines.actions.context import Context, NotNamed

VALID_FOR = dt.timedelta(days=28)
NAMED = 8
"""How many characters of the new register's hash a signer must type."""


@dataclass(frozen=True, slots=True)
class Change:
    """A register that is to replace the one in force, with the signatures it has so far."""

    register: Register
    signatures: tuple[Signature, ...] = ()

    def text(self) -> str:
        """The change as a file."""
        body = self.register.body() | {"signatures": [one.body() for one in self.signatures]}
        return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def listed(ctx: Context) -> Register:
    """The register in force."""
    return approvers.current(ctx.installation.ledger)


def bootstrap_register(ctx: Context, people: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Set up the first approver register; returns each person's key fingerprint, to be confirmed by voice."""
    here = ctx.installation
    fingerprints = approvers.bootstrap(here.ledger, Register.of(1, people), here.now())
    here.lodged.lodge(here.now())
    return fingerprints


def propose(ctx: Context, people: Sequence[Mapping[str, object]]) -> Change:
    """Make an unsigned change to the people listed: all who may sign from then on."""
    return Change(Register.of(listed(ctx).version + 1, people))


def sign_change(ctx: Context, change: Change, role: Role, key: Ed25519PrivateKey, named: str) -> Change:
    """Add the actor's signature. Raises NotNamed; whether it counts is judged when the change is applied."""
    if named != change.register.sha256[:NAMED]:
        message = f"Nothing was signed: type the first {NAMED} characters of the new register's hash."
        raise NotNamed(message)
    ctx.person(WHOLE_TRUST, [role])
    return replace(change, signatures=(*change.signatures, sign(_statement(ctx, change.register, role), key)))


def enter_change(ctx: Context, people: Sequence[Mapping[str, object]]) -> int:
    """Enter a change that waits at the desk; returns its number. Raises NotAllowed, RegisterMalformed."""
    here, person = ctx.installation, ctx.person(WHOLE_TRUST)
    number = register_changes.propose(here.ledger, propose(ctx, people).register, person.id, here.now())
    here.lodged.lodge(here.now())
    return number


def waiting(ctx: Context) -> tuple[Waiting, ...]:
    """The changes that wait for signatures, the newest first."""
    return register_changes.waiting(ctx.installation.ledger, listed(ctx))


def waiting_change(ctx: Context, number: int) -> Waiting:
    """One of them. Raises NotNamed."""
    for one in waiting(ctx):
        if one.number == number:
            return one
    message = f"no change {number} of the register waits: it is in force, or another one came before it"
    raise NotNamed(message)


def to_sign_change(ctx: Context, number: int, role: Role) -> Statement:
    """Return what the actor's passkey is to sign. Raises NotNamed, NotAllowed."""
    refuse_key_file(ctx.person(WHOLE_TRUST, [role]))
    return _statement(ctx, waiting_change(ctx, number).register, role)


def sign_change_by_passkey(ctx: Context, number: int, statement: Statement, answer: str) -> bool:
    """Record a passkey's answer to `to_sign_change`; True when a second one put the change into force.

    Raises as `answering.accepted`; NotNamed; ChangeNotAuthorised where both are of one person.
    """
    here, found = ctx.installation, waiting_change(ctx, number)
    given = accepted(ctx, statement, answer, WHOLE_TRUST)
    change = Change(found.register, (*found.signatures, given))
    if len({one.statement.signer for one in change.signatures}) >= approvers.SIGNERS_OF_A_CHANGE:
        apply_change(ctx, change)
        return True
    register_changes.sign(here.ledger, number, given, here.now())
    here.lodged.lodge(here.now())
    return False


def _statement(ctx: Context, register: Register, role: Role) -> Statement:
    now = ctx.installation.now()
    return Statement(Act.APPROVER_CHANGE, role, ctx.actor, register.sha256, now, now + VALID_FOR)


def apply_change(ctx: Context, change: Change) -> Register:
    """Put a change signed by two current approvers into force. Every waybill not yet sent must be prepared again.

    Raises ChangeNotAuthorised, or the Refusal of a signature that does not hold.
    """
    here = ctx.installation
    approvers.change(here.ledger, change.register, change.signatures, here.now())
    here.lodged.lodge(here.now())
    return change.register


def read_people(text: str) -> list[Mapping[str, object]]:
    """Read a people file: a JSON list of {id, name, roles, schools, public_key}. Raises RegisterMalformed."""
    people = _json(text)
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        message = "a people file is a JSON list of objects; write one with: waybill approvers list --json"
        raise RegisterMalformed(message)
    return people


def read_change(text: str) -> Change:
    """Read a change file. Raises RegisterMalformed, SignatureBroken."""
    body = _json(text)
    try:
        register = Register.of(int(body["version"]), body["people"])
        return Change(register, tuple(signature_from(one) for one in body["signatures"]))
    except (KeyError, TypeError, ValueError):
        message = "a change file has version, people and signatures; make one with: waybill approvers propose"
        raise RegisterMalformed(message) from None


def _json(text: str) -> Any:  # noqa: ANN401  whatever the file holds; the callers look
    try:
        return json.loads(text)
    except ValueError:
        message = "the file is not JSON"
        raise RegisterMalformed(message) from None
