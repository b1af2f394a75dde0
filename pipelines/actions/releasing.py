"""Release: send what has been signed, and find out what became of an attempt that was cut off.

Belongs here: the verbs `release`, `resolve` and `lodge`. Whether a file may go is the gate's decision alone.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from exports.approvers import WHOLE_TRUST
from exports.cases import compiled_case
from exports.sending import Doors, Sent, resolve_unknown, send_signed
from exports.spec_folder import confirmed
from exports.terms import Agreement
from pipelines.actions.context import Context
from pipelines.sending import transport_for
from pipelines.trust import TrustFolderFault, load_trust


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """One slot: agreement, school, period."""

    agreement: str
    school: str
    period: str


def release(ctx: Context, request: ReleaseRequest) -> tuple[Sent, ...]:
    """Send the signed files of one slot, one for each destination, or say that the recipient has them.

    Starting this needs no role, as starting the release job needs none: the signatures and the gate decide.

    Raises Refusal: the gate's or the transport's.
    """
    agreement = agreement_named(ctx, request.agreement)
    transport = transport_for(ctx.installation.settings)(agreement)
    return send_signed(_doors(ctx, agreement.id), request.school, request.period, agreement.id, transport)


def resolve(ctx: Context, waybill: str) -> Sent:
    """Find out by reading back, never by sending, whether the recipient has a file whose state is unknown.

    Raises Refusal: NotUnknown, StillSending, StillUnknown or the transport's.
    """
    release = ctx.named(waybill)
    agreement = agreement_named(ctx, release.slot.agreement)
    transport = transport_for(ctx.installation.settings)(agreement)
    return resolve_unknown(_doors(ctx, agreement.id), release.waybill, transport)


def lodge(ctx: Context) -> Path:
    """Lodge the ledger's head where none lies yet, and write down who did; returns where.

    Raises HeadUnreachable: one lies there, or the folder cannot be written to.
    """
    here = ctx.installation
    person = ctx.person(WHOLE_TRUST)
    here.lodged.lodge_anew(here.now())
    here.ledger.append("lodged anew", {"by": person.id}, here.now())
    here.lodged.lodge(here.now())
    return here.lodged.path


def _doors(ctx: Context, agreement: str) -> Doors:
    here = ctx.installation
    return Doors(
        ledger=here.ledger,
        lodged=here.lodged,
        vault=here.vault,
        pupils=here.pupils,
        notice=here.notice,
        reread=lambda: agreement_named(ctx, agreement),
        confirmed=partial(confirmed, here.settings.trust),
        demonstration=here.trust.demonstration,
        now=here.now,
        today=here.today,
    )


def agreement_named(ctx: Context, agreement_id: str) -> Agreement:
    """An agreement or a case as its file reads now. Raises TrustFolderFault, CaseFaulty."""
    trust = load_trust(ctx.installation.settings.trust)
    for case in trust.cases:
        if case.id == agreement_id:
            return compiled_case(case).agreement
    for compiled in trust.agreements:
        if compiled.id == agreement_id and compiled.agreement is not None:
            return compiled.agreement
        if compiled.id == agreement_id:
            message = f"{agreement_id} does not compile: {'; '.join(compiled.faults)}"
            raise TrustFolderFault(message)
    message = f"there is no agreement {agreement_id}; there are {', '.join(c.id for c in trust.agreements)}"
    raise TrustFolderFault(message)
