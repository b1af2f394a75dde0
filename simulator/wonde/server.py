"""The ASGI application: bearer tokens, envelopes, cursors, includes (facts: mis/wonde.md).

Belongs here: the wire and the shape of rows. What the rows say is `simulator.world`; nothing here knows how the
connector asks.
"""

import base64
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulator.wonde.rows import SCOPES, collections
from simulator.world.trust import Trust

_INCLUDES: Final = frozenset(
    {"education_details", "extended_details", "contact_details", "contacts", "contacts.contact_details"}
)


@dataclass(frozen=True, slots=True)
class WondeKnobs:
    """How this server answers.

    Attributes:
        wrapped: included objects stand in {"data": ...}.
        dates_as_objects: days are objects with a zone.
        unknown_includes: what this school's MIS has not; naming one fails the whole request.
        without_scope: properties that come as null, as if nobody had recorded them.
        off_host: the next page is said to be on another host.
        lost: there is more, and no next page.
        twice: the first row of a collection stands on the second page too.
        change_after: requests after which the first student has another name; 0 = never.
        go_on_changing: and another after each request from then on.
        faults: status of the n-th request (from 1).

    """

    wrapped: bool = True
    dates_as_objects: bool = True
    unknown_includes: frozenset[str] = frozenset()
    without_scope: frozenset[str] = frozenset()
    off_host: bool = False
    lost: bool = False
    twice: bool = False
    change_after: int = 0
    go_on_changing: bool = False
    faults: Mapping[int, int] | None = None


class WondeServer:
    """Wonde over a synthetic trust, as recorded by the end of a day.

    Args:
        trust: whose schools answer; a school's Wonde id is `A` and its URN.
        as_of: the day.
        knobs: how they answer.

    """

    def __init__(self, trust: Trust, as_of: dt.date, knobs: WondeKnobs | None = None) -> None:
        self.trust, self.knobs, self.requests = trust, knobs or WondeKnobs(), 0
        self._as_of = as_of
        self._made: dict[str, dict[str, list[dict[str, Any]]]] = {}

    def collections(self, urn: str) -> dict[str, list[dict[str, Any]]]:
        """Return one school's rows by collection; made when first asked for."""
        if urn not in self._made:
            self._made[urn] = collections(self.trust.school(urn).entities(self._as_of), self._as_of)
        return self._made[urn]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            await self._answer(Request(scope, receive))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        self.requests += 1
        fault = (self.knobs.faults or {}).get(self.requests)
        if fault is not None:
            return Response("<html>sign in</html>" if fault == 200 else "", fault)  # noqa: PLR2004
        parts = request.url.path.removeprefix("/v1.0/").split("/")
        meta, parts = parts[0] == "meta", parts[1:] if parts[0] == "meta" else parts
        urn = parts[1].removeprefix("A") if len(parts) > 1 else ""
        school = next((one.identity for one in self.trust.schools if one.urn == urn), None)
        if school is None or request.headers.get("authorization") != f"Bearer {school.secret}":
            return _json({"error": "unauthenticated"}, 401)
        if meta:
            return _json({"data": sorted(SCOPES - self.knobs.without_scope)})
        if len(parts) == 2:  # noqa: PLR2004
            return _json({"data": _school(school)})
        rows = self.collections(urn).get(parts[2])
        return _json({"error": "not found"}, 404) if rows is None else self._page(rows, request)

    def _page(self, rows: Sequence[dict[str, Any]], request: Request) -> Response:
        ask = request.query_params
        include = frozenset(filter(None, ask.get("include", "").split(",")))
        if include - _INCLUDES or include & self.knobs.unknown_includes:
            return _json({"error": "invalid_include"}, 400)
        size, start = int(ask.get("per_page", "50")), _place(ask.get("cursor", ""))
        more = start + size < len(rows)
        listed = [self._row(row, number, include) for number, row in enumerate(rows[start : start + size], start)]
        if self.knobs.twice and start:
            listed = [self._row(rows[0], 0, include), *listed]
        host = "https://elsewhere.example" if self.knobs.off_host else f"http://{request.url.netloc}"
        following = f"{host}{request.url.path}?cursor={_cursor(start + size)}" if more and not self.knobs.lost else None
        paging = {"next": following, "previous": None, "more": more, "per_page": str(size), "current_page": None}
        return _json({"data": listed, "meta": {"pagination": paging, "includes": sorted(include)}})

    def _row(self, row: Mapping[str, Any], number: int, include: frozenset[str]) -> dict[str, Any]:
        told = {name: value for name, value in row.items() if name not in _INCLUDES or name in include}
        change = self.knobs.change_after
        if number == 0 and change and self.requests >= change:
            told["legal_surname"] = (
                f"{told.get('legal_surname', '')} {self.requests if self.knobs.go_on_changing else 'II'}"
            )
        return {name: self._value(name, value, name) for name, value in told.items()}

    def _day(self, value: dt.date) -> Any:  # noqa: ANN401
        moment = f"{value} 00:00:00.000000"
        if not self.knobs.dates_as_objects:
            return moment[:10]
        return {"date": moment, "timezone_type": 3, "timezone": "UTC"}

    def _value(self, name: str, value: Any, path: str) -> Any:  # noqa: ANN401
        if path in self.knobs.without_scope:
            return None
        if isinstance(value, dt.date):
            return self._day(value)
        if isinstance(value, dict):
            held = {key: self._value(key, one, f"{path}.{key}") for key, one in value.items()}
            return {"data": held} if self.knobs.wrapped and name in _INCLUDES else held
        if isinstance(value, list):
            held_list = [{key: self._value(key, one, f"{path}.{key}") for key, one in each.items()} for each in value]
            return {"data": held_list} if self.knobs.wrapped else held_list
        return value


def _school(school: Any) -> dict[str, Any]:  # noqa: ANN401  an identity of the world
    return {
        "id": f"A{school.urn}", "name": school.name, "urn": school.urn, "la_code": school.la_number,
        "establishment_number": school.estab, "phone_number": school.phone, "region": {"domain": "api.wonde.com"},
    }  # fmt: skip


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"place:{place}".encode()).decode()


def _place(cursor: str) -> int:
    return 0 if cursor in ("", "true") else int(base64.urlsafe_b64decode(cursor).decode().removeprefix("place:"))


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, media_type="application/json")
