"""A place where alerts arrive by HTTP on loopback, for tests that look at what was told."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from simulator.arbor import serve


@contextmanager
def told_into(file: Path) -> Generator[str]:
    """Take letters and append each to `file`; yields the address that apprise needs."""

    async def take(request: Request) -> PlainTextResponse:
        with file.open("ab") as kept:
            kept.write(await request.body() + b"\n")
        return PlainTextResponse("taken")

    with serve(Starlette(routes=[Route("/told", take, methods=["POST"])])) as url:
        yield f"json://{url.removeprefix('http://')}/told"
