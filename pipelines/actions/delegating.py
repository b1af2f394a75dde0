"""Standing in: lend a role at one school to somebody until a day, list what is lent, and end it.

Belongs here: the verbs of `waybill delegation` and who may use each. What a delegation is, `exports.delegations`.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports.approvers import current
from exports.delegations import Delegation, Lent, delegate, end
from exports.signing import Role, sign
from pipelines.actions.context import Context, NotNamed


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
    here = ctx.installation
    now = here.now()
    made = Delegation(ctx.actor, to, role, school, ends, secrets.token_hex(8))
    signature = sign(made.statement(now), key)
    with here.ledger.transaction() as tx:
        delegate(tx, made, signature, current(tx), now)
    here.lodged.lodge(now)
    return _shown(ctx, Lent(made, signature))


def listed(ctx: Context) -> tuple[Shown, ...]:
    """Every delegation that nobody has ended."""
    return tuple(_shown(ctx, one) for one in current(ctx.installation.ledger).delegations)


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


def _shown(ctx: Context, lent: Lent) -> Shown:
    one = lent.delegation
    over = ctx.installation.today() > one.ends
    return Shown(one.sha256, one.by, one.to, one.role, one.school, lent.signature.statement.signed_at, one.ends, over)
