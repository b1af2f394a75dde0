"""Standing in: lend a role at one school to somebody until a day, list what is lent, and end it.

Belongs here: the verbs of `waybill delegation` and who may use each. What a delegation is, `exports.delegations`.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports.approvers import current
from exports.delegations import Delegation, Lent, delegate, end, refuse_unfit
from exports.signing import Role, Signature, Statement, sign
from pipelines.actions.answering import accepted, refuse_key_file
from pipelines.actions.context import Context, NotAllowed, NotNamed


@dataclass(frozen=True, slots=True)
class Shown:
    """One delegation; `id` is its hash, `over` says that its last day has passed."""

    id: str
    by: str
    to: str
    role: Role
    school: str
    since: dt.datetime
    ends: dt.date
    over: bool


def give(ctx: Context, to: str, role: Role, school: str, ends: dt.date, key: Ed25519PrivateKey) -> Shown:
    """Lend the actor's role at a school. Raises StatementMalformed, or as the signature does not count."""
    made = _made(ctx, to, role, school, ends)
    return _enter(ctx, made, sign(made.statement(ctx.installation.now()), key))


def to_give(ctx: Context, to: str, role: Role, school: str, ends: dt.date) -> tuple[Delegation, Statement]:
    """Return a delegation, and what the actor's passkey is to sign to give it.

    Raises NotAllowed; NotNamed where the register holds no passkey for the actor; StatementMalformed.
    """
    here = ctx.installation
    here.trust.school(school)
    register = current(here.ledger)
    person = register.person(ctx.actor)
    if person is None or not person.may(role, school):
        message = f"{ctx.actor} is not {role} of {school} by the register itself: what is lent cannot be lent on."
        raise NotAllowed(message)
    refuse_key_file(person)
    made = _made(ctx, to, role, school, ends)
    refuse_unfit(made, register)
    return made, made.statement(here.now())


def give_by_passkey(ctx: Context, made: Delegation, statement: Statement, answer: str) -> Shown:
    """Enter a delegation with a passkey's answer to `to_give`. Raises as `answering.accepted`, and as `give`."""
    return _enter(ctx, made, accepted(ctx, statement, answer, made.school))


def listed(ctx: Context) -> tuple[Shown, ...]:
    """Every delegation that nobody has ended, at the actor's schools. Raises NotAllowed for who is not registered."""
    register = current(ctx.installation.ledger)
    theirs = set(ctx.schools(Role))
    return tuple(_shown(ctx, one) for one in register.delegations if one.delegation.school in theirs)


def stop(ctx: Context, start: str) -> Shown:
    """End a delegation at once; the lender, who stands in, and whoever may sign for the school can.

    Raises NotNamed, NotAllowed.
    """
    here = ctx.installation
    found = [one for one in listed(ctx) if start and one.id.startswith(start)]
    if len(found) != 1:
        message = f"{len(found) or 'No'} delegations begin with {start!r}. See: waybill delegation list"
        raise NotNamed(message)
    (shown,) = found
    ctx.person(shown.school)
    with here.ledger.transaction() as tx:
        (one,) = [lent for lent in current(tx).delegations if lent.delegation.sha256 == shown.id]
        end(tx, one.delegation, ctx.actor, here.now())
    here.lodged.lodge(here.now())
    return shown


def _made(ctx: Context, to: str, role: Role, school: str, ends: dt.date) -> Delegation:
    return Delegation(ctx.actor, to, role, school, ends, secrets.token_hex(8))


def _enter(ctx: Context, made: Delegation, signature: Signature) -> Shown:
    here = ctx.installation
    now = here.now()
    with here.ledger.transaction() as tx:
        delegate(tx, made, signature, current(tx), now)
    here.lodged.lodge(now)
    return _shown(ctx, Lent(made, signature))


def _shown(ctx: Context, lent: Lent) -> Shown:
    one = lent.delegation
    over = ctx.installation.today() > one.ends
    return Shown(one.sha256, one.by, one.to, one.role, one.school, lent.signature.statement.signed_at, one.ends, over)
