"""The desk as one ASGI application.

Belongs here: putting the table of pages, the headers, the limits and the refusals together. A refusal becomes a page
that says what to do; a fault of the program its type and place, never its words.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias, cast

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from assets.edge import describe
from console import sessions
from console.guard import route
from console.headers import Headers
from console.limits import Meter
from console.place import Desk
from console.routes import ROUTES
from console.visit import Visit, go
from exports.approvers import current
from pipelines.exit_codes import EXIT_CODES
from schemas.refusal import Refusal

_STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "not_allowed": 403,
        "not_named": 404,
        "nothing_prepared": 404,
        "pupil_unknown": 404,
        "rights_request_unknown": 404,
        "trust_folder": 404,
        "no_such_agreement": 404,
        "no_such_collection": 404,
        "no_such_case": 404,
    }
)
_CONFLICT: Final = 409
_DENIED: Final = 403
_NOT_THERE: Final = 404
_NOT_SO: Final = 405
"""No such method: for who has not signed in, as good as no such page."""
Handler: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]


def build(desk: Desk) -> Starlette:
    """Return the application of a desk."""
    static = Mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app = Starlette(
        routes=[static, *(route(desk, page) for page in ROUTES)],
        middleware=[Middleware(Headers), Middleware(Metered, desk=desk)],
        exception_handlers={Refusal: _refused(desk), HTTPException: _turned_away(desk), Exception: _fault},
        lifespan=_lifespan(desk),
    )
    app.router.redirect_slashes = False  # it would send people to whatever host a request names
    return app


def server(desk: Desk) -> uvicorn.Server:
    """Return the server of a desk: no access log, since addresses are people's doings, and no name of the server."""
    address = desk.address
    config = uvicorn.Config(
        build(desk), host=address.host, port=address.port,
        ssl_certfile=address.certificate, ssl_keyfile=address.key,
        access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=5,
    )  # fmt: skip
    return uvicorn.Server(config)


def _lifespan(desk: Desk) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def until_it_stops(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(desk.ahead.stop)

    return until_it_stops


class Metered:
    """Turns away an address that asks too often."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk, self._meter = app, desk, Meter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request, and pass it on unless there were too many."""
        client = scope.get("client")
        if scope["type"] != "http" or self._meter.passes(client[0] if client else ""):
            await self._app(scope, receive, send)
            return
        answer = PlainTextResponse("Too many requests. Wait a minute.", 429, headers={"Retry-After": "60"})
        await answer(scope, receive, send)


def _refused(desk: Desk) -> Handler:
    async def page(request: Request, error: Exception) -> Response:
        refusal = cast("Refusal", error)
        status = _STATUS.get(refusal.code, _CONFLICT)
        denied = status == _DENIED
        title = "You cannot do this" if denied else "This was not done"
        number = EXIT_CODES.get(refusal.code)
        return await run_in_threadpool(
            lambda: _visit(desk, request).page(
                "refused.html", title, status=status, words=str(refusal), number=number, denied=denied
            )
        )

    return page


def _turned_away(desk: Desk) -> Handler:
    async def page(request: Request, error: Exception) -> Response:
        found = cast("HTTPException", error)
        visit = await run_in_threadpool(lambda: _visit(desk, request))
        if found.status_code in {_NOT_THERE, _NOT_SO}:
            return visit.page("nowhere.html", "Page not found", status=_NOT_THERE) if visit.who else go("/sign-in")
        return visit.page(
            "refused.html", "This was not done", status=found.status_code, words=found.detail, number=None, denied=False
        )

    return page


async def _fault(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(describe(error), 500)


def _visit(desk: Desk, request: Request) -> Visit:
    """The visit of somebody whom no page took; without a name when they have not signed in."""
    who = sessions.read(desk, request)
    person = current(desk.opened.ledger).person(who.person) if who else None
    return Visit(desk, request, who if person else None, person)
