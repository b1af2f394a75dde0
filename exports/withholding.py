"""Which disclosures the ordinary answer to an access request leaves out, and until when.

Belongs here: the flag that a case gives its disclosure (DPA 2018 Schedule 2 paragraph 2) and its end. Leaving out hides
nothing from the record: the disclosure is in the ledger like any other, and `ledger.verify` counts it.
"""

import datetime as dt
from typing import Final

from exports.preparation import read_grounds
from ledger.store import Ledger
from vault.store import Vault

ENDED: Final = "withholding ended"


def withheld(ledger: Ledger, vault: Vault, waybill: str) -> str | None:
    """Return why a file is left out of an access report now; None when it is told like any other."""
    return still(ledger, read_grounds(ledger, vault, waybill).withheld, ledger.release(waybill).slot.agreement)


def still(ledger: Ledger, reason: str | None, agreement: str) -> str | None:
    """Return the reason that a file was made with, unless withholding has ended for its case; None for none."""
    if reason is None or ledger.events(ENDED, agreement=agreement):
        return None
    return reason


def end(ledger: Ledger, agreement: str, by: str, at: dt.datetime) -> None:
    """Record that a case's disclosures are withheld no longer; for good."""
    ledger.append(ENDED, {"agreement": agreement, "by": by}, at)
