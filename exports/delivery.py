"""Carrying out a release, and finding out what became of one that was cut off.

Belongs here: what each outcome of a transport means for the release's state (architecture, decision 7). The states and
moves are `ledger.states`; permission to send is `exports.release`.
"""

import datetime as dt
from collections.abc import Callable

from exports.release import Release, slot
from exports.terms import Agreement
from exports.release import RecipientChanged
from exports.transports import Finding, Receipt, Transport, TransportFailure
from exports.waybill import Waybill
from ledger.canonical import Plain
from ledger.disclosures import Batch
from ledger.states import State
from ledger.store import Ledger
from schemas.refusal import Refusal

type_of_clock = Callable[[], dt.datetime]


class NotUnknown(Refusal):
    """Only a release whose outcome is unknown can be resolved."""

    code = "not_unknown"


class StillSending(Refusal):
    """An attempt may still be running in another process."""

    code = "still_sending"


class StillUnknown(Refusal):
    """Looking did not settle what the recipient has; a person must ask them."""

    code = "still_unknown"
