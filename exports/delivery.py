"""Carrying out a release, and finding out what became of one that was cut off.

Belongs here: what each outcome of a transport means for the release's state (architecture, decision 7). The states and
their moves are `ledger.states`; permission to send is `exports.release`.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, dataclass

from exports.parcel import Parcel
from exports.release import RecipientChanged, Release
from exports.terms import Agreement
from exports.transports import Finding, Receipt, Transport, TransportFailure
from exports.waybill import Waybill, utc_text
from ledger.canonical import Plain
from ledger.disclosures import Batch
from ledger.states import SETTLED, State
from ledger.store import Ledger, Tx
from schemas.refusal import Refusal


class NotUnknown(Refusal):
    """Only a release whose outcome is unknown can be resolved."""

    code = "not_unknown"


class StillSending(Refusal):
    """An attempt may still be running, perhaps in another process."""

    code = "still_sending"


class StillUnknown(Refusal):
    """Looking did not settle what the recipient has; a person must ask them."""

    code = "still_unknown"


def deliver(
    ledger: Ledger,
    release: Release,
    transport: Transport,
    clock: Callable[[], dt.datetime],
    lodge: Callable[[], object] = lambda: None,
) -> State:
    """Send a release and record what came of it.

    The intent was recorded by the gate. A failure before the first byte of the file ends as `refused`; any other way
    out ends as `unknown`, which only `resolve` can leave. If recording itself fails, the release stays `sending`
    until the transport's longest time has passed, and is then resolved like an unknown one.

    Args:
        ledger: the ledger whose transaction the gate used.
        release: from the gate; used up here.
        transport: sends it.
        clock: aware UTC.
        lodge: puts the intent outside before the first byte, so that a backup without it is found out.

    Returns:
        `delivered`, `handed over` (as the agreement says) or `delivered-unverified`.

    Raises:
        ReleaseSpent: the release was used before.
        TransportFailure: why it was not delivered; the state is recorded.
        Refusal: what `lodge` refuses; nothing was sent.

    """
    release.spend()
    started = clock()
    ended: State | None = State.REFUSED
    detail: dict[str, Plain] = {"failure": "intent not lodged"}
    try:
        lodge()
        ended, detail = State.UNKNOWN, {"failure": "interrupted"}
        receipt = transport.send(release)
        ended = None
    except TransportFailure as failure:
        ended = State.UNKNOWN if failure.payload_began else State.REFUSED
        detail = {"failure": failure.code}
        raise
    finally:
        if ended is not None:
            _move(ledger, release.waybill, ended, clock(), detail)
    sent = _Sent(release.waybill, release.parcel, release.route.ends_as, release.disclosures)
    return _settle(ledger, sent, receipt, started, clock())


def resolve(
    ledger: Ledger,
    *,
    waybill: Waybill,
    agreement: Agreement,
    disclosures: Batch,
    transport: Transport,
    clock: Callable[[], dt.datetime],
) -> State:
    """Find out, by reading back and never by sending, what became of an attempt that was cut off.

    Args:
        ledger: holds the release, `unknown` or left at `sending` by a process that died.
        waybill: of that release.
        agreement: compiled now; must name the same recipient and route as the waybill.
        disclosures: digests of the file's cells, recorded if the file turns out to be there.
        transport: looks for it.
        clock: aware UTC.

    Returns:
        The settled state if the file is there, or `refused` if it had not reached its final name.

    Raises:
        NotUnknown: there is nothing to resolve.
        StillSending: too early to say that the attempt is over.
        RecipientChanged: the agreement has another route now.
        StillUnknown: the recipient shows neither; the state stays `unknown`.
        TransportFailure: it was not possible to look; the state stays `unknown`.

    """
    if agreement.lock_at(waybill.destination) != waybill.recipient_lock:
        message = f"agreement {agreement.id} names another recipient or route than the file was sent to"
        raise RecipientChanged(message)
    started = clock()
    _take_up(ledger, waybill, transport.longest, started)
    parcel = Parcel.intended(ledger, waybill)
    sighting = transport.look(parcel, agreement.delivery.as_of(started.date()))
    if sighting.finding is Finding.CLEARED:
        _move(ledger, waybill, State.REFUSED, clock(), {"found": sighting.finding.value})
        return State.REFUSED
    if sighting.receipt is None or sighting.receipt.read_back_sha256 != parcel.file_sha256:
        message = (
            f"waybill {waybill.sha256[:12]}: the recipient's directory shows the file as '{sighting.finding}', which "
            "does not settle whether they have it. Ask them, with the file name and length in the waybill."
        )
        raise StillUnknown(message)
    sent = _Sent(waybill, parcel, agreement.delivery.ends_as, disclosures)
    return _settle(ledger, sent, sighting.receipt, started, clock())


def _take_up(ledger: Ledger, waybill: Waybill, longest: dt.timedelta, now: dt.datetime) -> None:
    with ledger.transaction() as tx:
        release = tx.release(waybill.sha256)
        if release.state is State.SENDING:
            if now < release.at + longest:
                message = f"waybill {waybill.sha256[:12]} may be on its way until {utc_text(release.at + longest)}"
                raise StillSending(message)
            tx.move(waybill.sha256, State.UNKNOWN, now, {"failure": "interrupted"})
        elif release.state is not State.UNKNOWN:
            message = f"waybill {waybill.sha256[:12]} is {release.state}: there is nothing to resolve"
            raise NotUnknown(message)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A file that the recipient has, and what the record says of it then."""

    waybill: Waybill
    parcel: Parcel
    ends_as: str
    disclosures: Batch


def _settle(ledger: Ledger, sent: _Sent, receipt: Receipt, started: dt.datetime, ended: dt.datetime) -> State:
    verified = receipt.read_back_sha256 == sent.parcel.file_sha256
    state = State(sent.ends_as) if verified else State.DELIVERED_UNVERIFIED
    detail: dict[str, Plain] = asdict(receipt) | {"verified": verified, "seal": sent.parcel.seal}
    detail |= {"started": utc_text(started), "ended": utc_text(ended)}
    with ledger.transaction() as tx:
        tx.settle(sent.waybill.sha256, state, ended, sent.disclosures, {"receipt": detail})
        _supersede(tx, sent.waybill, ended)
    return state


def _supersede(tx: Tx, waybill: Waybill, at: dt.datetime) -> None:
    """The recipient now has a later version of what these releases told."""
    slot = {"school": waybill.school, "period": waybill.period, "recipient": waybill.recipient}
    for release in tx.releases(**slot, agreement=waybill.agreement):
        if release.state in SETTLED and release.slot.version < waybill.release_version:
            tx.move(release.waybill, State.SUPERSEDED, at, {"by": waybill.sha256})


def _move(ledger: Ledger, waybill: Waybill, to: State, at: dt.datetime, detail: dict[str, Plain]) -> None:
    with ledger.transaction() as tx:
        tx.move(waybill.sha256, to, at, detail)
