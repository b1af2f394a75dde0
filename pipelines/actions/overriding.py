"""Let stand what only head and data manager together may: blocking errors, and a layout that nobody outside confirmed.

Belongs here: how an override of a file stands and for which reason, and signing one, with a key file or a passkey.
Whether it counts is `exports.authority.overridden`; the release itself is signed apart (`pipelines.actions.signing`).
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports.approvers import current
from exports.authority import overridden, recorded
from exports.deletions import checked_reference
from exports.preparation import KEEP_GROUNDS, read_waybill
from exports.signing import READING, Act, Role, Signature, SignatureBroken, Statement, StatementMalformed, sign
from exports.waybill import Waybill
from pipelines.actions import signing
from pipelines.actions.context import Context
from pipelines.actions.spec import unverified
from schemas.refusal import Refusal
from vault.store import ArtefactGone

REASON: Final = "override reason"


@dataclass(frozen=True, slots=True)
class Override:
    """One person's signature under an override; `reason` is None when its retention is over."""

    signer: str
    role: Role
    signed_at: dt.datetime
    not_after: dt.datetime
    reason: str | None
    reference: str


@dataclass(frozen=True, slots=True)
class Overriding:
    """How the override of a file stands.

    Attributes:
        called_for: without one the file does not leave.
        given: the latest of each person and role, the oldest first.
        missing: why it does not count as it is, in the gate's words; "" where it does.

    """

    called_for: bool
    given: tuple[Override, ...]
    missing: str


def overriding(ctx: Context, waybill: str) -> Overriding:
    """Say how the override of a file stands, for whoever may read the file. Raises NotNamed, NotAllowed."""
    here, release = ctx.installation, ctx.named(waybill)
    ctx.person(release.slot.school, READING)
    found = read_waybill(here.ledger, here.vault, release.waybill)
    signatures = recorded(here.ledger, found, Act.OVERRIDE)
    latest = {(one.statement.signer, one.statement.role): one for one in signatures}
    reasons = _reasons(ctx, release.waybill) if latest else {}
    return Overriding(
        _called_for(ctx, found),
        tuple(_given(one, reasons) for one in latest.values()),
        _missing(ctx, found),
    )


def override(
    ctx: Context, waybill: str, role: Role, key: Ed25519PrivateKey, *, reason: str, reference: str, named: str
) -> None:
    """Sign an override with a key file. It counts when head and data manager signed the same reason and reference.

    Args:
        reason: why it may stand; sealed, the ledger has its hash alone.
        reference: the helpdesk's.
        named: what the signer typed to name the waybill: the first characters of its hash.

    Raises:
        StatementMalformed: nothing of the file calls for one.
        NotNamed: it is not this waybill's.
        ReferenceUnfit: the reference could hold a name.
        Refusal: the signature does not count (`exports.authority.record`).

    """
    checked_reference(reference)
    statements = signing.show(ctx, waybill)
    signing.refuse_unnamed(statements.waybill, named)
    _refuse_needless(ctx, statements.waybill)
    statement = signing.statement_of(ctx, statements, Act.OVERRIDE, role, reason=reason, reference=reference)
    signing.write_down(ctx, statements, sign(statement, key))
    _keep(ctx, statements.waybill.sha256, reason)


def to_override(ctx: Context, waybill: str, role: Role, *, reason: str, reference: str) -> Statement:
    """Return what the actor's passkey is to sign. Raises as `signing.to_sign`, ReferenceUnfit, StatementMalformed."""
    here = ctx.installation
    checked_reference(reference)
    _refuse_needless(ctx, read_waybill(here.ledger, here.vault, ctx.named(waybill).waybill))
    return signing.to_sign(ctx, waybill, Act.OVERRIDE, role, reason=reason, reference=reference)


def override_by_passkey(ctx: Context, statement: Statement, answer: str, reason: str) -> None:
    """Record a passkey's answer to `to_override`.

    Raises:
        SignatureBroken: the reason is not the one that was signed, or as `signing.sign_by_passkey`.
        Refusal: the signature does not count (`exports.authority.record`).

    """
    if hashlib.sha256(reason.encode()).hexdigest() != statement.reason_sha256:
        message = f"{ctx.actor}: the reason is not the one that the statement names"
        raise SignatureBroken(message)
    signing.sign_by_passkey(ctx, statement, answer)
    _keep(ctx, statement.subject, reason)


def _keep(ctx: Context, waybill: str, reason: str) -> None:
    """Seal a reason in words, which may name somebody; the ledger says where it lies."""
    here = ctx.installation
    sealed = here.vault.seal(reason.encode(), kind=REASON, purge_on=here.today() + KEEP_GROUNDS)
    here.ledger.append(REASON, {"waybill": waybill, "by": ctx.actor, "artefact": sealed.address}, here.now())
    here.lodged.lodge(here.now())


def _reasons(ctx: Context, waybill: str) -> Mapping[str, str]:
    """Return the reasons that were given for a file, by the hash that is signed."""
    here, found = ctx.installation, dict[str, str]()
    for event in here.ledger.events(REASON, waybill=waybill):
        try:
            words = here.vault.open(str(event.body["artefact"]))
        except ArtefactGone:
            continue
        found[hashlib.sha256(words).hexdigest()] = words.decode()
    return found


def _given(signature: Signature, reasons: Mapping[str, str]) -> Override:
    said = signature.statement
    reason = reasons.get(said.reason_sha256 or "")
    return Override(said.signer, said.role, said.signed_at, said.not_after, reason, said.reference or "")


def _missing(ctx: Context, waybill: Waybill) -> str:
    ledger = ctx.installation.ledger
    try:
        overridden(ledger, waybill, current(ledger), ctx.installation.now())
    except Refusal as refusal:
        return str(refusal)
    return ""


def _called_for(ctx: Context, waybill: Waybill) -> bool:
    return bool(waybill.tally.blocking) or _in_doubt(ctx, waybill.sha256)


def _refuse_needless(ctx: Context, waybill: Waybill) -> None:
    """Refuse to let stand what is not there: it would be an authority for nothing, kept for something else."""
    if not _called_for(ctx, waybill):
        message = (
            f"waybill {waybill.sha256[:12]}: nothing blocks it, so there is nothing to override. Sign its release."
        )
        raise StatementMalformed(message)


def _in_doubt(ctx: Context, waybill: str) -> bool:
    """Say whether a real trust's file has paths that nobody outside has confirmed."""
    return not ctx.installation.trust.demonstration and bool(unverified(ctx, waybill))
