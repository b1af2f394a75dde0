"""Which schools have still to hand over a collection.

Belongs here: the one question that the night's runs, the reminders and the alerts ask alike.
"""

from collections.abc import Iterable

from exports.agreements import Compiled
from ledger.states import SETTLED
from ledger.store import Ledger
from schemas.census.collection import collection


def waits(ledger: Ledger, agreements: Iterable[Compiled], school: str, period: str) -> bool:
    """Say whether a school has a census agreement of the term for which nothing has arrived.

    One that stands signed or in doubt waits too: only what a recipient has is handed over.
    """
    term = collection(period).term_code
    wanted = {
        one.id
        for one in agreements
        if one.agreement
        and one.agreement.dataset == "census"
        and term in one.agreement.terms
        and one.agreement.covers(school)
    }
    settled = {one.slot.agreement for one in ledger.releases(school=school, period=period) if one.state in SETTLED}
    return bool(wanted - settled)
