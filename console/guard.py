"""The door of every page: who may come in, by the table of `console.routes` alone.

Belongs here: what a row of the table says, and turning it into a route that refuses everybody else. A row without roles
cannot be written. The action behind a page decides again.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import sessions, uploads, words
from console.place import Desk
from console.visit import Visit, go
from exports.approvers import WHOLE_TRUST, current
from exports.signing import Role
from ledger.store import Release
from pipelines.actions import entries, legal, standing
from pipelines.actions.context import Context, NotAllowed

LARGEST_FORM: Final = 262_144
"""Bytes of a form: an explanation or an agreement is some kilobytes."""
LARGEST_UPLOAD: Final = 4_194_304
"""Bytes of a form with a file: COLLECT's list of 3,600 errors is under one megabyte."""
SHAPES: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "school": re.compile(r"[0-9]{6}"),
        "period": re.compile(r"[0-9a-z-]{4,32}"),
        "waybill": re.compile(r"[0-9a-f]{64}"),
        "agreement": re.compile(r"[a-z][a-z0-9_]{0,99}"),
        "standing": re.compile(r"[0-9a-f]{64}"),
        "case": re.compile(r"case_[a-z0-9_]{1,95}"),
        "number": re.compile(r"[1-9][0-9]{0,11}"),
        "pupil": re.compile(r"[A-Za-z0-9_-]{1,400}"),
    }
)
"""What each part of an address looks like; an address with another does not exist."""
_NO_FORM: Final = uploads.Sent(MappingProxyType({}), None)


class Scope(StrEnum):
    """For what a visitor must hold one of a page's roles."""

    ANYBODY = "anybody"
    SOMEWHERE = "some school"
    SCHOOL = "the school in the address"
    FILE = "the school of the file in the address"
    STANDING = "a school of the standing release in the address"
    ENTRY = "the school of the entry in the address"
    CASE = "a school of the case in the address"
    TRUST = "the whole trust"


@dataclass(frozen=True, slots=True)
class Page:
    """One row: an address, what answers, and who may.

    Attributes:
        name: of the page, for people; unique with its method.
        roles: who may come; nobody else may. Empty with `Scope.ANYBODY` alone.
        upload: its form carries a file; no other page takes one.

    """

    name: str
    method: str
    path: str
    view: Callable[[Visit], Response]
    scope: Scope
    roles: frozenset[Role]
    upload: bool = False

    def __post_init__(self) -> None:
        """Refuse a row that would let everybody in by forgetting something."""
        parts = {
            Scope.SCHOOL: "{school}", Scope.FILE: "{waybill}", Scope.STANDING: "{standing}", Scope.ENTRY: "{number}",
            Scope.CASE: "{case}",
        }  # fmt: skip
        if bool(self.roles) == (self.scope is Scope.ANYBODY) or parts.get(self.scope, "") not in self.path:
            message = f"the page {self.name} needs roles, and a path that names what they are held for"
            raise ValueError(message)


def route(desk: Desk, page: Page) -> Route:
    """Return the route of a row."""

    async def endpoint(request: Request) -> Response:
        if page.upload and await run_in_threadpool(sessions.read, desk, request) is None:
            return go("/sign-in")  # before megabytes are taken from a stranger
        body = await _body(request, LARGEST_UPLOAD if page.upload else LARGEST_FORM) if page.method == "POST" else b""
        return await run_in_threadpool(answer, desk, page, request, body)

    return Route(page.path, endpoint, methods=[page.method], name=f"{page.method} {page.name}")


def answer(desk: Desk, page: Page, request: Request, body: bytes) -> Response:
    """Let the visitor in, or turn them away. Raises NotAllowed, NotNamed, HTTPException."""
    sent = _sent(page, request, body) if page.method == "POST" else _NO_FORM
    form = sent.fields
    who = sessions.read(desk, request) if page.scope is not Scope.ANYBODY else None
    if who is None and page.scope is not Scope.ANYBODY:
        return go("/sign-in")
    if not all(SHAPES[name].fullmatch(part) for name, part in request.path_params.items()):
        raise HTTPException(404)
    if page.method == "POST":
        _refuse_elsewhere(desk, request)
    if who is None:
        return page.view(Visit(desk, request, form=form))
    if page.method == "POST" and not who.sent(form.get("csrf", "")):
        message = "This form is not from this sign-in. Go back, load the page again and send it once more."
        raise HTTPException(403, message)
    ctx = desk.context(who.person)
    person = current(ctx.installation.ledger).person(who.person)
    if person is None:
        return go("/sign-in")
    release = _release(ctx, request) if page.scope is Scope.FILE else None
    held = _held(ctx, page, request, release)
    return page.view(Visit(desk, request, who, person, held, release, form, sent.file))


def _held(ctx: Context, page: Page, request: Request, release: Release | None) -> frozenset[Role]:
    """Return the roles that the visitor holds where the page is about. Raises NotAllowed when none of them will do."""
    held = ctx.roles(*_places(ctx, page, request, release))
    theirs = page.roles if release is None else page.roles & ctx.knowing(release.slot)
    if held.isdisjoint(theirs):
        whose = ", ".join(words.role(role) for role in Role if role in theirs)
        message = f"The page '{page.name}' is for: {whose}; each for {page.scope}."
        raise NotAllowed(message)
    return held


def _places(ctx: Context, page: Page, request: Request, release: Release | None) -> Iterable[str]:
    if release is not None:
        return (release.slot.school,)
    if page.scope is Scope.SCHOOL:
        return (str(request.path_params["school"]),)
    if page.scope is Scope.STANDING:
        return standing.schools_of(ctx, str(request.path_params["standing"]))
    if page.scope is Scope.CASE:
        return legal.schools_of(ctx, str(request.path_params["case"]))
    if page.scope is Scope.ENTRY:
        return (entries.school_of(ctx, int(request.path_params["number"])),)
    return (WHOLE_TRUST,) if page.scope is Scope.TRUST else (WHOLE_TRUST, *ctx.installation.trust.schools)


def _release(ctx: Context, request: Request) -> Release:
    """Return the file that the address names; raises NotNamed when none is known."""
    return ctx.named(str(request.path_params["waybill"]))


def _refuse_elsewhere(desk: Desk, request: Request) -> None:
    """Refuse a form that another site's page sent."""
    origin = request.headers.get("origin", "")
    if origin != desk.address.origin or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        message = f"Forms are taken from the pages of {desk.address.origin} alone."
        raise HTTPException(403, message)


async def _body(request: Request, most: int) -> bytes:
    """Read a request's body. Raises HTTPException when it is longer than it may be."""
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > most:
            message = f"A form may hold {most // 1024:,} KB."
            raise HTTPException(413, message)
    return bytes(data)


def _sent(page: Page, request: Request, body: bytes) -> uploads.Sent:
    """Take a form apart, the last field of each name. Raises HTTPException."""
    kind = request.headers.get("content-type", "")
    if page.upload and kind.lower().startswith("multipart/"):
        try:
            return uploads.read(kind, body)
        except uploads.MalformedFormError:
            message = "This is no form that a browser sends. Go back and send it once more."
            raise HTTPException(400, message) from None
    fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=500)
    return uploads.Sent(dict(fields), None)
