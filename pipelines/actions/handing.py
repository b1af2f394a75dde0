"""Files that a person sends on: what waits, that it was sent, and that the other side has confirmed it.

Belongs here: the verbs of `waybill handed` and who may use each. The records are `exports.handovers`.
"""

import datetime as dt
import hashlib
from pathlib import Path

from exports.handovers import HandOver, HandOverUnfit, Step, confirm, hand_overs, send_on
from exports.parcel import Parcel
from exports.preparation import read_waybill
from exports.signing import Role
from exports.terms import Agreement
from exports.transports.folder import FolderTransport
from ledger.store import Release
from pipelines.actions.context import Context
from pipelines.actions.releasing import agreement_named

MAY_HAND_ON = (Role.DATA_MANAGER, Role.HEAD, Role.DPO)


def listed(ctx: Context) -> tuple[HandOver, ...]:
    """Every file of the actor's schools that was handed over, the oldest first. Raises NotAllowed."""
    here, schools = ctx.installation, set(ctx.schools(MAY_HAND_ON))
    agreements = {one.id: one.agreement for one in here.trust.agreements if one.agreement is not None}
    return tuple(one for one in hand_overs(here.ledger, agreements) if one.school in schools)


def sent(ctx: Context, start: str, *, file: Path | None, reference: str, on: dt.date) -> Release:
    """Record that the actor, or somebody for them, has sent a file on.

    Args:
        start: how the waybill begins.
        file: what was sent; left out, the file that lies in the outbox.
        reference: the other side's, "" where there is none.
        on: the day.

    Raises:
        NotNamed, NotAllowed: as everywhere.
        HandOverUnfit: it was not handed over, or other bytes were sent, or none lie in the outbox.
        ReferenceUnfit: the reference could hold a name.

    """
    here, release = ctx.installation, ctx.named(start)
    person = ctx.person(release.slot.school, MAY_HAND_ON)
    agreement = agreement_named(ctx, release.slot.agreement)
    parcel = _parcel(ctx, release)
    place = file or here.settings.handed_over / agreement.delivery.directory.strip("/") / parcel.remote_name
    if not place.is_file():
        message = f"{place} does not exist: name the file that was sent with --file"
        raise HandOverUnfit(message)
    sha256 = hashlib.sha256(place.read_bytes()).hexdigest()
    step = Step(person.id, on, reference)
    send_on(here.ledger, release, agreement, step, parcel=parcel, sha256=sha256, now=here.now())
    here.lodged.lodge(here.now())
    return release


def confirmed(ctx: Context, start: str, *, reference: str, on: dt.date) -> bool:
    """Record that the other side has confirmed a file; True when the copy in the outbox was removed.

    Raises as `sent`.
    """
    here, release = ctx.installation, ctx.named(start)
    person = ctx.person(release.slot.school, MAY_HAND_ON)
    agreement = agreement_named(ctx, release.slot.agreement)
    confirm(here.ledger, release, Step(person.id, on, reference), here.now())
    here.lodged.lodge(here.now())
    return _forget(ctx, release, agreement)


def _forget(ctx: Context, release: Release, agreement: Agreement) -> bool:
    """Keep nothing in the outbox once the other side has it."""
    if agreement.delivery.by_hand is None:
        return False
    outbox = FolderTransport(ctx.installation.settings.handed_over)
    return outbox.forget(_parcel(ctx, release), agreement.delivery)


def _parcel(ctx: Context, release: Release) -> Parcel:
    here = ctx.installation
    return Parcel.intended(here.ledger, read_waybill(here.ledger, here.vault, release.waybill))
