"""Who may sign: set the approver register up, and change it with two signatures.

Belongs here: the verbs `list`, `bootstrap`, `propose`, `sign` and `apply` of `waybill approvers`. A change travels as
one JSON file from hand to hand: made by anybody, signed by two, applied once. What makes a register sound, and a change
authorised, is `exports.approvers`.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports import approvers
from exports.approvers import WHOLE_TRUST, Register, RegisterMalformed
from exports.signing import Act, Role, Signature, Statement, sign, signature_from
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
    now = ctx.installation.now()
    statement = Statement(Act.APPROVER_CHANGE, role, ctx.actor, change.register.sha256, now, now + VALID_FOR)
    return replace(change, signatures=(*change.signatures, sign(statement, key)))


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
