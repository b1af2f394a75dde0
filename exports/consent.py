"""What a consent that is taken back sets going: whoever was told on it is asked to erase.

Belongs here: finding who was told a pupil's data under an agreement that rests on the consent, and entering the request
and its duties, once. That nothing more leaves is `exports.protection_effects`; what a duty is, `exports.duties`.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from exports import duties, rights
from exports.holders import Known, holders
from exports.rights import Asked, Request, Right
from exports.rights_clock import months_after
from exports.terms import Agreement
from ledger.store import Ledger
from vault.pupils import PupilKeys
from vault.store import Vault

ACT: Final = "erase what was told on the consent that was withdrawn"


def recall(  # noqa: PLR0913  what follows from a consent hangs on all of these
    ledger: Ledger, vault: Vault, pupils: PupilKeys, agreement: Agreement, refs: Sequence[bytes],
    *, school: str, by: str, at: dt.datetime,
) -> int:  # fmt: skip
    """Enter a duty for each telling of a pupil under an agreement whose consent is withdrawn; returns how many.

    A telling that has its duty gets none again, so the same withdrawal may be seen every night.
    """
    known = [one for one in holders(ledger, vault, pupils, refs) if one.known is Known.FILE]
    told = [one for one in known if one.agreement == agreement.id]
    if not told:
        return 0
    request = _request(ledger, vault, refs, agreement, school=school, by=by, at=at)
    due = months_after(at.date(), 1)
    return duties.impose(ledger, vault, request, told, act=ACT, due=due, by=by, at=at)


def _request(
    ledger: Ledger, vault: Vault, refs: Sequence[bytes], agreement: Agreement, *, school: str, by: str, at: dt.datetime
) -> Request:
    """Return the request of this withdrawal, entered now where it is new."""
    for one in rights.requests(ledger, vault):
        if one.right is Right.CONSENT_WITHDRAWN and one.school == school and set(one.subjects) & set(refs):
            return one
    words = f"consent to {agreement.consent_purpose} was withdrawn"
    asked = Asked(f"the family, as {by} says", "family", "the school office", words)
    number = rights.receive(
        ledger, vault, Right.CONSENT_WITHDRAWN, asked, refs, school=school, received=at.date(), by=by, at=at
    )
    return rights.request(ledger, vault, number)
