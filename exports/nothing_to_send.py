"""Nothing to send, recorded: a nil return, and files whose destination a new preparation has nothing for.

Belongs here: what a preparation enters in place of a file. What it means beside the files before it is `preparation`.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from exports.agreements import Agreement
from exports.waybill import digest
from ledger.states import State
from ledger.store import Ledger, Tx

NIL: Final = "nil"
WAITING: Final = frozenset({State.PREPARED, State.APPROVED, State.REFUSED})
"""States of a file that a new preparation may still call off."""


def withdraw_gone(
    ledger: Ledger, *, school: str, period: str, agreement: Agreement, certificate: Mapping[str, Any],
    destinations: Sequence[str], at: dt.datetime,
) -> None:  # fmt: skip
    """Call off files that wait for destinations which a new preparation has nothing for; nothing at all is a nil."""
    still = {agreement.recipient_at(destination) for destination in destinations}
    with ledger.transaction() as tx:
        for release in tx.releases(school=school, period=period, agreement=agreement.id):
            if release.state in WAITING and release.slot.recipient not in still:
                tx.move(release.waybill, State.WITHDRAWN, at, {"because": "prepared again, and nobody goes there now"})
        if not still:
            enter_nil(tx, school, period, agreement, certificate, at)


def enter_nil(
    tx: Tx, school: str, period: str, agreement: Agreement, certificate: Mapping[str, Any], at: dt.datetime
) -> None:
    """Record once that there was nothing to send; where that is an error, minimising has refused it already."""
    slot = {"school": school, "period": period, "agreement": agreement.id}
    if not tx.events(NIL, **slot):
        tx.append(NIL, slot | {"agreement_sha256": agreement.sha256, "snapshot": digest(certificate)}, at)
