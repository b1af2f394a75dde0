"""Looks at what lies beyond the machine: each school's MIS, and each recipient's server.

Belongs here: the smallest question that shows whether somebody would let us in. A recipient's server is logged in to
and left; nothing is written there.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

import httpx

from connectors.limits import Limits
from connectors.mis import Plan
from exports.terms import Route
from exports.transports.sftp import PrivateKey, SftpTransport
from pipelines.doctor.setup import clock
from pipelines.doctor.symptoms import Symptom
from pipelines.installation import Installation
from pipelines.settings import secret
from schemas.deployment import School

_PLAN = Plan({"school": frozenset()})
_LOOK = Limits(attempts=2)
"""Who looks waits for the answer: five attempts at a MIS that is away take half a minute a school."""
_SECONDS = 10.0


def mis(here: Installation, school: School) -> None:
    """A school's MIS lets us in and is the school's. Raises its refusals."""
    here.connect(school, _LOOK).snapshot(_PLAN, lambda *_: None, here.now)


def mis_clock(url: str, now: Callable[[], dt.datetime]) -> Iterator[Symptom]:
    """The machine's clock agrees with the MIS's, where it tells one; an MIS that is away is another look's to name."""
    try:
        told = httpx.head(url, timeout=_SECONDS, follow_redirects=False).headers.get("date")
    except httpx.HTTPError:
        return
    if told:
        yield from clock(now(), parsedate_to_datetime(told), "the MIS")


def routes(here: Installation) -> dict[str, Route]:
    """Each recipient's account once, with the route of one of its agreements."""
    found: dict[str, Route] = {}
    for compiled in here.trust.agreements:
        if compiled.agreement is not None:
            route = compiled.agreement.delivery.as_of(here.today())
            found.setdefault(route.account, route)
    return found


def recipient(here: Installation, account: str, route: Route) -> Iterator[Symptom]:
    """A recipient's server shows the pinned key and accepts ours. Raises TransportFailure."""
    greeting = SftpTransport(lambda reference: PrivateKey(secret(reference, here.settings))).greet(route)
    if not greeting.directory:
        yield Symptom("refused", account, f"{account} has no directory {route.directory}: ask the recipient.")
