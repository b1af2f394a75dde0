"""How often a recipient's account has refused our credential in a row: three times, and then we stop.

Belongs here: counting refused logins over attempts, runs and restarts, in the ledger, because an account that is tried
again and again is locked, and a key that was withdrawn is a matter for a person. What one attempt does is
`exports.transports.sftp`.
"""

import datetime as dt
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import ClassVar, Final

from exports.terms import Route
from exports.transports.sftp_failures import AuthenticationFailed
from ledger.store import Ledger
from schemas.refusal import Refusal

REFUSED: Final = "login refused"
ACCEPTED: Final = "login accepted"
"""Kinds of the ledger's events; their body has the `account`."""

MOST: Final = 3


class LoginStopped(Refusal):
    """An account has refused our credential three times in a row; nobody was contacted."""

    code: ClassVar[str] = "sftp_login_stopped"


@contextmanager
def counted(ledger: Ledger, route: Route, now: Callable[[], dt.datetime]) -> Generator[None]:
    """Count what becomes of a login in the block, unless too many were refused before it.

    Raises LoginStopped.
    """
    refused = _refused_in_a_row(ledger, route.account)
    if refused >= MOST:
        message = (
            f"{route.account} refused our credential {refused} times in a row: it is not tried again, so that the "
            "account is not locked. Ask the recipient, then run: waybill drill try"
        )
        raise LoginStopped(message)
    try:
        yield
    except AuthenticationFailed:
        ledger.append(REFUSED, {"account": route.account}, now())
        raise
    if refused:
        accept(ledger, route, now())


def accept(ledger: Ledger, route: Route, at: dt.datetime) -> None:
    """Record that the account accepts our credential, so that counting begins anew."""
    ledger.append(ACCEPTED, {"account": route.account}, at)


def _refused_in_a_row(ledger: Ledger, account: str) -> int:
    last = max((event.seq for event in ledger.events(ACCEPTED, account=account)), default=0)
    return sum(event.seq > last for event in ledger.events(REFUSED, account=account))
