"""Show what would be signed, and sign it.

Belongs here: the verbs `show`, `sign`, `revoke` and `override`, and setting up the approver register. The statement a
person reads is made here from the waybill, the agreement and the findings; what a signature is, `exports.signing`.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports.approvers import Register, bootstrap
from exports.authority import record
from exports.preparation import read_waybill
from exports.signing import Act, Role, Statement, sign
from exports.waybill import Waybill
from ledger.states import State
from pipelines.actions.context import Context
from pipelines.trust import TrustFolderFault
from schemas.refusal import Refusal

VALID_FOR = dt.timedelta(days=28)
_NAMED = 8
"""How many characters of the waybill's hash a signer must type: enough to prove that they looked at this one."""


class NotNamed(Refusal):
    """The signer did not name what they sign."""

    code = "not_named"


@dataclass(frozen=True, slots=True)
class Statements:
    """One page: what a signature would let leave.

    Attributes:
        purpose: why, in the agreement's words.
        fields: by notice clause, what leaves under it.
        newly: fields that the file it replaces did not tell; all of them for a first file.

    """

    waybill: Waybill
    state: State
    recipient: str
    purpose: str
    fields: Mapping[str, tuple[str, ...]]
    newly: tuple[str, ...]
    ends_as: str
    signing: tuple[str, ...]


def show(ctx: Context, waybill: str) -> Statements:
    """Read a waybill's statement. The actor must be in the register for that school."""
    here = ctx.installation
    found = read_waybill(here.ledger, here.vault, _whole(ctx, waybill))
    ctx.person(found.school)
    agreement = next((c.agreement for c in here.trust.agreements if c.id == found.agreement), None)
    if agreement is None:
        message = f"{found.agreement} is gone from the trust folder or does not compile. Run: waybill agreements"
        raise TrustFolderFault(message)
    before = set(read_waybill(here.ledger, here.vault, found.supersedes).fields) if found.supersedes else set()
    by_clause: dict[str, list[str]] = {}
    for line in agreement.lines:
        by_clause.setdefault(line.clause, []).append(line.output or line.field)
    return Statements(
        waybill=found,
        state=here.ledger.release(found.sha256).state,
        recipient=agreement.recipient.legal_name,
        purpose=agreement.title,
        fields={clause: tuple(dict.fromkeys(names)) for clause, names in by_clause.items()},
        newly=tuple(line for line in found.fields if line not in before),
        ends_as=agreement.delivery.ends_as,
        signing=agreement.signing,
    )


def sign_release(ctx: Context, waybill: str, role: Role, key: Ed25519PrivateKey, named: str) -> bool:
    """Sign the release of a waybill; True when every signature it needs is there.

    Args:
        named: what the signer typed to name it: the first characters of its hash.

    Raises:
        NotNamed: it is not this waybill's.
        Refusal: the signature does not count (`exports.authority.record`).

    """
    statements = show(ctx, waybill)
    _refuse_unnamed(statements.waybill, named)
    return _record(ctx, statements, Act.RELEASE, role, key)


def revoke(ctx: Context, waybill: str, role: Role, key: Ed25519PrivateKey) -> None:
    """Call a waybill off before it is sent; for good."""
    _record(ctx, show(ctx, waybill), Act.REVOKE, role, key)


def override(
    ctx: Context, waybill: str, role: Role, key: Ed25519PrivateKey, *, reason: str, reference: str, named: str
) -> None:
    """Let blocking errors stand: head and data manager each sign the same reason and the helpdesk's reference."""
    statements = show(ctx, waybill)
    _refuse_unnamed(statements.waybill, named)
    _record(ctx, statements, Act.OVERRIDE, role, key, reason=reason, reference=reference)


def bootstrap_register(ctx: Context, people: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Set up the first approver register; returns each person's key fingerprint, to be confirmed by voice."""
    return bootstrap(ctx.installation.ledger, Register.of(1, people), ctx.installation.now())


def _record(
    ctx: Context, statements: Statements, act: Act, role: Role, key: Ed25519PrivateKey,
    reason: str | None = None, reference: str | None = None,
) -> bool:  # fmt: skip
    now = ctx.installation.now()
    statement = Statement(
        act=act,
        role=role,
        signer=ctx.actor,
        subject=statements.waybill.sha256,
        signed_at=now,
        not_after=now + VALID_FOR,
        reason_sha256=hashlib.sha256(reason.encode()).hexdigest() if reason else None,
        reference=reference,
    )
    return record(ctx.installation.ledger, statements.waybill, sign(statement, key), statements.signing, now)


def _refuse_unnamed(waybill: Waybill, named: str) -> None:
    if named != waybill.sha256[:_NAMED]:
        message = f"Nothing was signed: type the first {_NAMED} characters of the waybill you have read."
        raise NotNamed(message)


def _whole(ctx: Context, start: str) -> str:
    """The full hash of the one release that begins with `start`."""
    found = [r.waybill for r in ctx.installation.ledger.releases() if r.waybill.startswith(start)]
    if len(found) != 1:
        message = f"{len(found)} waybills begin with {start!r}. Give more characters; list them with: waybill status"
        raise NotNamed(message)
    return found[0]
