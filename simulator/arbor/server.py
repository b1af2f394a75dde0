"""The ASGI application: who is asking, what for, and the envelope of the answer (facts: mis/arbor.md, sections 2 to 8).

Belongs here: authentication, dispatch, envelopes, errors, and carrying out the faults of `Knobs`. One server may hold a
whole trust: the application id chooses the school, as the vendor's shared gateway does.
"""

import base64
import binascii
import datetime as dt
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulator.arbor import faults, graphql, names, query
from simulator.arbor.knobs import Fault, Knobs
from simulator.arbor.school import School
from simulator.world.trust import Trust

_SIGN_IN_PAGE: Final = "<!doctype html><title>Sign in</title><p>Please sign in to continue.</p>"
_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_ELSEWHERE: Final = b',"next":"https://elsewhere.example/rest-v2/students?page-number=2"'


class _Refused(Exception):  # noqa: N818  an answer of the API, not a fault of the server
    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, dict(headers or {})


class ArborServer:
    """Arbor's REST v2 and GraphQL over a synthetic trust, as recorded by the end of a day.

    Args:
        trust: whose schools answer.
        as_of: the day.
        knobs: how they answer.

    Attributes:
        as_of: the day.
        moved: called when the world has moved to another day.

    """

    def __init__(self, trust: Trust, as_of: dt.date, knobs: Knobs | None = None) -> None:
        self.trust = trust
        self.knobs = knobs or Knobs()
        self._applications = {school.identity.application_id: school.identity for school in trust.schools}
        self.as_of = as_of
        self._schools: dict[str, School] = {}
        self.moved: list[Callable[[], None]] = []

    def school(self, urn: str) -> School:
        """Return one school's state; built when first asked for."""
        if urn not in self._schools:
            self._schools[urn] = School(urn, dict(self.trust.school(urn).entities(self.as_of)), self.knobs)
        return self._schools[urn]

    def set_as_of(self, day: dt.date) -> None:
        """Move the world to the end of another day; what has gone meanwhile is in the change log."""
        self.as_of = day
        for urn, school in self._schools.items():
            school.replace(self.trust.school(urn).entities(day))
        for told in self.moved:
            told()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            school = self._authenticated(request)
            fault = self.knobs.faults.get(school.requests)
            if fault in faults.ON_THE_WIRE:
                await faults.carry_out(fault, receive, send)
                return
            response = await self._answer(school, request, fault)
        except _Refused as refusal:
            response = _envelope(refusal.status, refusal.reason, refusal.headers)
        except query.BadQuery as fault:
            response = _envelope(422, str(fault))
        await response(scope, receive, send)

    async def _answer(self, school: School, request: Request, fault: Fault | None) -> Response:
        if fault is not None and fault is not Fault.TRUNCATED:
            return self._faulty(fault)
        path = _path(request)
        if path.lower() == graphql.PATH:
            body = self._graphql(school, await request.body(), request.method)
        else:
            body = self._body(school, request, path)
        if self.knobs.xml and path.lower() != graphql.PATH and not _wants_json(request):
            return Response("<?xml version='1.0'?><response code='200'/>", media_type="application/xml")
        return _json(body[: len(body) // 2] if fault is Fault.TRUNCATED else body)

    def _graphql(self, school: School, body: bytes, method: str) -> bytes:
        if self.knobs.graphql == "closed":
            raise _Refused(404, "Not Found")
        if method != "POST":
            raise _Refused(405, "Method Not Allowed", {"allow": "POST"})
        return graphql.answer(school, body, self.knobs)

    def _authenticated(self, request: Request) -> School:
        application, secret = _credentials(request.headers.get("authorization", ""))
        chosen = request.headers.get("x-mis-application-id", application)
        known = self._applications.get(application)
        if known is None or chosen != application or not hmac.compare_digest(known.secret.encode(), secret.encode()):
            raise _Refused(401, "Unauthorized", {"www-authenticate": 'Basic realm="API"'})
        school = self.school(known.urn)
        school.requests += 1
        if self.knobs.revoke_after is not None and school.requests > self.knobs.revoke_after:
            raise _Refused(401, "Unauthorized", {"www-authenticate": 'Basic realm="API"'})
        return school

    def _faulty(self, fault: Fault) -> Response:
        match fault:
            case Fault.RATE_LIMIT:
                wait = self.knobs.retry_after
                return _envelope(429, "Too Many Requests", {} if wait is None else {"retry-after": wait})
            case Fault.SERVER_ERROR | Fault.BAD_GATEWAY | Fault.GATEWAY_TIMEOUT:
                return _envelope(int(fault.value), "Server Error")
            case Fault.ERROR_IN_ENVELOPE:
                return _json(_error_body(500, "Internal Server Error"))
            case Fault.REDIRECT_AWAY:
                return Response(status_code=302, headers={"location": "https://elsewhere.example/rest-v2/students"})
            case _:
                return Response(_SIGN_IN_PAGE, media_type="text/html")

    def _body(self, school: School, request: Request, path: str) -> bytes:
        if not path.lower().startswith(names.PREFIX):
            raise _Refused(404, "Not Found")
        resource, *rest = [unquote(part) for part in path[len(names.PREFIX) :].split("/") if part] or [""]
        entity = names.spellings(school.store).get(names.fold(resource))
        if entity is None:
            raise _Refused(404, "Not Found")
        if request.method in _WRITES:
            raise _Refused(405, "Method Not Allowed", {"allow": "GET"})
        if entity in self.knobs.forbidden:
            if self.knobs.no_permission == "empty":
                return _ok_body()
            raise _Refused(403, "Forbidden")
        match rest:
            case []:
                return self._list(school, entity, request)
            case ["changelog"]:
                return self._changelog(school, entity, request)
            case [row_id]:
                return self._item(school, entity, row_id)
            case _:
                raise _Refused(404, "Not Found")

    def _list(self, school: School, entity: str, request: Request) -> bytes:
        ask, knobs = request.query_params, self.knobs
        places = school.places(entity, query.filters(ask.multi_items()), ask.get("order-property"))
        number = _whole(ask, "page-number", knobs.page_base) - knobs.page_base
        if knobs.honour_paging:
            size = max(min(_whole(ask, "page-size", knobs.default_page_size), knobs.max_page_size), 1)
            if number < 0 and knobs.before_first == "refuse":
                raise _Refused(404, "Not Found")
            nothing = (number < 0 and knobs.before_first == "empty") or (number > 0 and school.ends_early(entity))
            at = max(number, 0)
            places = () if nothing else query.page(places, at, size, loop=knobs.loop, uneven=knobs.uneven)
        rows = school.store.get(entity, ())
        encoded = school.encoded(entity, (rows[place] for place in places), stub=knobs.stub_lists)
        school.served(entity)
        root = names.list_root(entity)
        tail = _ELSEWHERE if knobs.links else b""
        if encoded:
            return _ok_body(root, b"[" + b",".join(encoded) + b"]", tail)
        return _ok_body(tail=tail) if knobs.empty_list == "missing" else _ok_body(root, knobs.empty_list.encode(), tail)

    def _item(self, school: School, entity: str, row_id: str) -> bytes:
        row = school.row(entity, row_id)
        if row is None or names.href(entity, row_id) in self.knobs.gone:
            raise _Refused(404, "Not Found")
        return _ok_body(names.item_root(entity), *school.encoded(entity, [row], stub=False))

    def _changelog(self, school: School, entity: str, request: Request) -> bytes:
        if self.knobs.log == "closed":
            raise _Refused(403, "Forbidden")
        ask = request.query_params
        until = _whole(ask, "to-revision", -1)
        changes = school.changes(entity, _whole(ask, "from-revision", 0), None if until < 0 else until)
        if not changes:
            return _ok_body()
        listed = [
            {
                "changedObject": {"entityType": change.entity, "href": change.href},
                "changeType": change.kind,
                "fromRevision": change.before,
                "toRevision": change.after,
            }
            for change in changes
        ]
        return _ok_body("changes", json.dumps(listed).encode())


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    application, _, secret = text.partition(":")
    return application, secret


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "")
    if text == "":
        return default
    if not text.lstrip("-").isdigit():
        message = f"{name} is not a whole number"
        raise query.BadQuery(message)
    return int(text)


def _path(request: Request) -> str:
    return str(request.scope.get("raw_path", b"").decode("ascii").split("?")[0])


def _wants_json(request: Request) -> bool:
    return "json" in request.headers.get("accept", "") or request.query_params.get("format") == "json"


def _ok_body(root: str | None = None, value: bytes = b"", tail: bytes = b"") -> bytes:
    head = b'{"response":{"code":200,"reason":"OK"}'
    return head + (b"" if root is None else b"," + json.dumps(root).encode() + b":" + value) + tail + b"}"


def _error_body(status: int, reason: str) -> bytes:
    errors = [{"exception": "ApiException", "message": reason, "trace": "#0 {main}"}]
    return json.dumps({"response": {"code": status, "reason": reason, "errors": errors}}).encode()


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _envelope(status: int, reason: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_error_body(status, reason), status, dict(headers or {}), "application/json")
