"""Release: send what has been signed, by the same job the sensor starts.

Belongs here: the verb `release`. Whether a file may go is the gate's decision alone.
"""

from dataclasses import dataclass

from exports.sending import Doors, Sent, send_signed
from exports.terms import Agreement
from ledger.store import Release
from pipelines.actions.context import Context
from pipelines.sending import transport_for
from pipelines.trust import TrustFolderFault, load_trust


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """One slot: agreement, school, period."""

    agreement: str
    school: str
    period: str


def release(ctx: Context, request: ReleaseRequest) -> Sent:
    """Send the signed file of one slot, or say that the recipient has it.

    Raises Refusal: the gate's or the transport's.
    """
    here = ctx.installation
    agreement = _agreement(ctx, request.agreement)
    doors = Doors(
        ledger=here.ledger,
        vault=here.vault,
        pupils=here.pupils,
        notice=here.notice,
        reread=lambda: _agreement(ctx, request.agreement),
        now=here.now,
        today=here.today,
    )
    return send_signed(doors, request.school, request.period, agreement.id, transport_for(here.settings)(agreement))


def status(ctx: Context) -> list[Release]:
    """Every release and where it stands."""
    return ctx.installation.ledger.releases()


def _agreement(ctx: Context, agreement_id: str) -> Agreement:
    trust = load_trust(ctx.installation.settings.trust)
    for compiled in trust.agreements:
        if compiled.id == agreement_id and compiled.agreement is not None:
            return compiled.agreement
        if compiled.id == agreement_id:
            message = f"{agreement_id} does not compile: {'; '.join(compiled.faults)}"
            raise TrustFolderFault(message)
    message = f"there is no agreement {agreement_id}; there are {', '.join(c.id for c in trust.agreements)}"
    raise TrustFolderFault(message)
