"""Drill: log in to a recipient without sending, and change our key there with an overlap.

Belongs here: the verbs `try_route`, `new_key`, `switch` and `retire`, each recorded with who did it. The order is
new-key, the recipient adds it, try, switch, the recipient removes the old one, retire: at every moment a key that the
recipient accepts is in use. A change of the server's own host key needs no verb: both are named in the agreement
(`next_host_key`), and `try_route` says which one the server shows.
"""

from dataclasses import dataclass
from typing import Final

from exports.approvers import WHOLE_TRUST
from exports.logins import accept
from exports.terms import Route
from exports.transports.sftp import Greeting, PrivateKey, SftpTransport
from exports.transports.sftp_failures import AuthenticationFailed
from pipelines.actions.agreements import show
from pipelines.actions.context import Context
from pipelines.route_keys import KeyRotationOutOfOrder, RouteKeys, Which, fingerprint, public_half

KIND: Final = "route key changed"
"""Kind of the ledger's event; its body has `account`, `step`, `key` (a fingerprint) and `by`."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One of our keys, and whether the recipient accepts it; what answered is None when it does not."""

    which: Which
    key: str
    greeting: Greeting | None


def try_route(ctx: Context, agreement: str) -> tuple[Tried, ...]:
    """Log in with each key that is here, look for the directory, and leave; nothing is written at the recipient.

    Raises NotAllowed, TransportFailure (any but a key that is not accepted).
    """
    ctx.person(WHOLE_TRUST)
    here = ctx.installation
    route, keys = _route(ctx, agreement)
    tried = tuple(_tried(keys, which, route) for which in keys.held())
    if any(one.which is Which.IN_USE and one.greeting for one in tried):
        accept(here.ledger, route, here.now())
        here.lodged.lodge(here.now())
    return tried


def new_key(ctx: Context, agreement: str) -> str:
    """Make the next key for a route; returns its public half, for the recipient.

    Raises NotAllowed, KeyRotationOutOfOrder.
    """
    person = ctx.person(WHOLE_TRUST)
    route, keys = _route(ctx, agreement)
    public = keys.make_next()
    _record(ctx, route, "made", public, person.id)
    return public


def switch(ctx: Context, agreement: str) -> str:
    """Put the next key to use, once the recipient accepts it; returns its fingerprint.

    Raises NotAllowed, KeyRotationOutOfOrder, TransportFailure.
    """
    person = ctx.person(WHOLE_TRUST)
    route, keys = _route(ctx, agreement)
    public = public_half(keys.text(Which.NEXT))
    if _tried(keys, Which.NEXT, route).greeting is None:
        message = f"{route.account} does not accept {fingerprint(public)} yet: ask the recipient to add it, then switch"
        raise KeyRotationOutOfOrder(message)
    keys.switch()
    _record(ctx, route, "switched to", public, person.id)
    accept(ctx.installation.ledger, route, ctx.installation.now())
    return fingerprint(public)


def retire(ctx: Context, agreement: str) -> str:
    """Delete the previous key, once the recipient no longer accepts it; returns its fingerprint.

    Raises NotAllowed, KeyRotationOutOfOrder, TransportFailure.
    """
    person = ctx.person(WHOLE_TRUST)
    route, keys = _route(ctx, agreement)
    public = public_half(keys.text(Which.PREVIOUS))
    if _tried(keys, Which.PREVIOUS, route).greeting is not None:
        message = f"{route.account} still accepts {fingerprint(public)}: ask the recipient to remove it, then retire"
        raise KeyRotationOutOfOrder(message)
    keys.retire()
    _record(ctx, route, "retired", public, person.id)
    return fingerprint(public)


def _route(ctx: Context, agreement: str) -> tuple[Route, RouteKeys]:
    here = ctx.installation
    route = show(here.trust, agreement, here.today()).agreement.delivery.as_of(here.today())
    return route, RouteKeys.of(route.key_ref, here.settings)


def _tried(keys: RouteKeys, which: Which, route: Route) -> Tried:
    text = keys.text(which)
    shown = fingerprint(public_half(text))
    try:
        return Tried(which, shown, SftpTransport(lambda _: PrivateKey(text)).greet(route))
    except AuthenticationFailed:
        return Tried(which, shown, None)


def _record(ctx: Context, route: Route, step: str, public: str, by: str) -> None:
    here = ctx.installation
    body = {"account": route.account, "step": step, "key": fingerprint(public), "by": by}
    here.ledger.append(KIND, body, here.now())
    here.lodged.lodge(here.now())
