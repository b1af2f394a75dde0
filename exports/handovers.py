"""What becomes of a file after it was handed over: a person sends it on, and the other side confirms it.

Belongs here: both records, which only a person can make, and what still waits for either. Handing over is a release's
state (`ledger.states`); it says that a person has the file, never that the recipient has. What COLLECT says of a return
is `exports.checklist`; a transfer file is confirmed by its own mark (`exports.chasing`).
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

from exports.chasing import COLLECTED
from exports.deletions import checked_reference
from exports.parcel import Parcel
from exports.terms import Agreement
from ledger.canonical import Plain
from ledger.states import State
from ledger.store import Event, Ledger, Release
from schemas.refusal import Refusal

SENT_ON: Final = "sent on by a person"
CONFIRMED: Final = "confirmed by the recipient"
WITHIN: Final = dt.timedelta(days=5)
"""By when the other side should have confirmed, where the agreement does not say."""


class HandOverUnfit(Refusal):
    """The file was not handed over, is another one, or its steps are in another order."""

    code: ClassVar[str] = "hand_over_unfit"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a person recorded: who, on which day, and the other side's reference ("" where it gave none)."""

    by: str
    on: dt.date
    reference: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """One file that was handed over.

    Attributes:
        channel: a word of `vocabularies.CHANNELS`, and `address` where on it; "" for an agreement that names none.
        sent_on: when a person had sent it on, None before.
        confirmed: when the other side had confirmed it, None before.
        due: the day by which it should be confirmed.

    """

    waybill: str
    school: str
    period: str
    agreement: str
    channel: str
    address: str
    handed_over: dt.datetime
    sent_on: Step | None
    confirmed: Step | None
    due: dt.date

    def overdue(self, today: dt.date) -> bool:
        """Say whether it should have been confirmed by now and has not."""
        return self.confirmed is None and self.due < today


def send_on(
    ledger: Ledger, release: Release, agreement: Agreement, step: Step, *, parcel: Parcel, sha256: str, now: dt.datetime
) -> None:
    """Record that a person has sent a file on; a second time changes nothing.

    Args:
        ledger: holds the release.
        release: handed over.
        agreement: as it reads now; names channel and address.
        step: who says so.
        parcel: what was handed over.
        sha256: of the bytes that were sent on.
        now: aware UTC.

    Raises:
        HandOverUnfit: it was not handed over, or other bytes were sent.
        ReferenceUnfit: the reference could hold a name.

    """
    with ledger.transaction() as tx:
        _refuse_not_handed_over(release)
        if sha256 != parcel.file_sha256:
            message = (
                f"the file is not the one that was handed over under waybill {release.waybill[:12]}: tell the data "
                "protection officer what was sent instead"
            )
            raise HandOverUnfit(message)
        if not tx.events(SENT_ON, waybill=release.waybill):
            told = _body(release, step) | {"sha256": sha256, **_way(agreement)}
            tx.append(SENT_ON, told, now)


def confirm(ledger: Ledger, release: Release, step: Step, now: dt.datetime) -> None:
    """Record that the other side has confirmed a file; a second time changes nothing.

    Raises HandOverUnfit: nobody has recorded that it was sent on. ReferenceUnfit.
    """
    with ledger.transaction() as tx:
        _refuse_not_handed_over(release)
        if not tx.events(SENT_ON, waybill=release.waybill):
            message = f"waybill {release.waybill[:12]}: record first that it was sent on (waybill handed sent)"
            raise HandOverUnfit(message)
        if not tx.events(CONFIRMED, waybill=release.waybill):
            tx.append(CONFIRMED, _body(release, step), now)


def hand_overs(ledger: Ledger, agreements: Mapping[str, Agreement]) -> tuple[HandOver, ...]:
    """Return every file that stands as handed over under one of the agreements, the oldest first."""
    found = [
        _hand_over(ledger, release, agreements[release.slot.agreement])
        for release in ledger.releases(state=State.HANDED_OVER.value)
        if release.slot.agreement in agreements
    ]
    return tuple(sorted(found, key=lambda one: one.handed_over))


def _hand_over(ledger: Ledger, release: Release, agreement: Agreement) -> HandOver:
    slot, since = release.slot, release.settled_at or release.at
    by_hand = agreement.delivery.by_hand
    way = _way(agreement)
    within = dt.timedelta(days=by_hand.confirm_within_days) if by_hand else WITHIN
    collected = (
        Step(str(event.body["by"]), event.at.date(), "") for event in ledger.events(COLLECTED, waybill=release.waybill)
    )
    return HandOver(
        waybill=release.waybill,
        school=slot.school,
        period=slot.period,
        agreement=slot.agreement,
        channel=way["channel"],
        address=way["address"],
        handed_over=since,
        sent_on=next(_steps(ledger, SENT_ON, release), None),
        confirmed=next(_steps(ledger, CONFIRMED, release), None) or next(collected, None),
        due=(since + within).date(),
    )


def _steps(ledger: Ledger, kind: str, release: Release) -> Iterator[Step]:
    return (_step(event) for event in ledger.events(kind, waybill=release.waybill))


def _step(event: Event) -> Step:
    body = event.body
    return Step(str(body["by"]), dt.date.fromisoformat(str(body["on"])), str(body["reference"]))


def _body(release: Release, step: Step) -> dict[str, Plain]:
    reference = checked_reference(step.reference) if step.reference else ""
    return {"waybill": release.waybill, "by": step.by, "on": step.on.isoformat(), "reference": reference}


def _way(agreement: Agreement) -> dict[str, str]:
    by_hand = agreement.delivery.by_hand
    if by_hand is not None:
        return {"channel": by_hand.channel, "address": by_hand.address}
    return {"channel": _USUAL.get(agreement.recipient.kind, ""), "address": ""}


_USUAL: Final[Mapping[str, str]] = MappingProxyType({"dfe": "collect", "next_school": "s2s"})
"""Where a person takes a file from the trust's own upload point, by kind of recipient."""


def _refuse_not_handed_over(release: Release) -> None:
    if release.state is not State.HANDED_OVER:
        message = f"waybill {release.waybill[:12]} is {release.state}, not handed over. See: waybill handed list"
        raise HandOverUnfit(message)
