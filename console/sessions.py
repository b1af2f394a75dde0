"""Who is at the door: the session's cookie, how long it lasts, and the token that a form must carry.

Belongs here: making and reading cookies, and the two keys that are made from a session's token: one against forged
forms, one that hides pupils in addresses. Signing in is `console.pages.entrance`.
"""

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response

from console.place import Desk
from console.tokens import Veil

COOKIE: Final = "__Host-desk"
CEREMONY_COOKIE: Final = "__Host-desk-ceremony"
SIGN_ON_COOKIE: Final = "__Host-desk-sign-on"
IDLE: Final = dt.timedelta(minutes=30)
LONGEST: Final = dt.timedelta(hours=10)
_NOTED_EVERY: Final = 30
"""Seconds: a session that is used is noted no more often."""


@dataclass(frozen=True)
class SignedIn:
    """One person's session; `token` is the cookie's value."""

    person: str
    token: str

    @cached_property
    def csrf(self) -> str:
        """What a form of this session carries."""
        return self._derived("csrf").hex()

    @cached_property
    def veil(self) -> Veil:
        """What hides pupils in this session's addresses."""
        return Veil(self._derived("pupils"))

    def sent(self, token: str) -> bool:
        """Say whether a form's token is this session's."""
        return hmac.compare_digest(token.encode(), self.csrf.encode())

    def _derived(self, purpose: str) -> bytes:
        return hmac.new(self.token.encode(), purpose.encode(), hashlib.sha256).digest()


def read(desk: Desk, request: Request) -> SignedIn | None:
    """Return the session that a request comes from, None when it has none that lasts."""
    token = request.cookies.get(COOKIE, "")
    found = desk.store.session(token) if token else None
    if found is None:
        return None
    now = desk.now()
    at = int(now.timestamp())
    if at - found.began >= LONGEST.total_seconds() or at - found.seen >= IDLE.total_seconds():
        desk.store.close_session(token)
        return None
    if at - found.seen >= _NOTED_EVERY:
        desk.store.seen(token, now)
    return SignedIn(found.person, token)


def begin(desk: Desk, person: str, response: Response) -> None:
    """Open a session for a person and give its cookie with a response."""
    now = desk.now()
    desk.store.end_sessions(began_before=now - LONGEST, seen_before=now - IDLE)
    _give(response, COOKIE, desk.store.open_session(person, now), LONGEST)


def end(desk: Desk, signed_in: SignedIn, response: Response) -> None:
    """End a session and take back its cookie."""
    desk.store.close_session(signed_in.token)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def give_ceremony(response: Response, token: str, lasts: dt.timedelta) -> None:
    """Give the cookie that the answer to a challenge comes with."""
    _give(response, CEREMONY_COOKIE, token, lasts)


def give_sign_on(response: Response, token: str, lasts: dt.timedelta) -> None:
    """Give the cookie that a browser comes back with from another site, which a strict one would not."""
    _give(response, SIGN_ON_COOKIE, token, lasts, "lax")


def _give(
    response: Response, name: str, value: str, lasts: dt.timedelta, to: Literal["strict", "lax"] = "strict"
) -> None:
    response.set_cookie(
        name, value, max_age=int(lasts.total_seconds()), path="/", secure=True, httponly=True, samesite=to
    )
