"""What goes wrong below HTTP: connections that are reset or cut, answers that never come or never end.

Belongs here: carrying these out on a real connection. Faults that are answers of their own are `server`'s.
"""

import asyncio
from typing import Final

from starlette.types import Receive, Send

from simulator.arbor.knobs import Fault

ON_THE_WIRE: Final = frozenset({Fault.RESET, Fault.CUT, Fault.HANG, Fault.DRIP})
_PROMISED: Final = 100_000
_A_FEW_BYTES: Final = b'{"response":'
_BETWEEN_SECONDS: Final = 0.02


async def carry_out(fault: Fault | None, receive: Receive, send: Send) -> None:
    """Let one request meet the fault; a caller that has gone away ends it."""
    match fault:
        case Fault.RESET:
            transport = send.__self__.transport  # type: ignore[attr-defined]  # uvicorn's own, behind the bound method
            transport.abort()
        case Fault.CUT:
            await _begin(send)
            await send({"type": "http.response.body", "body": _A_FEW_BYTES, "more_body": False})
        case Fault.HANG:
            await _until_gone(receive)
        case _:
            await _begin(send)
            gone = asyncio.ensure_future(_until_gone(receive))
            while not gone.done():
                await send({"type": "http.response.body", "body": _A_FEW_BYTES[:1], "more_body": True})
                await asyncio.wait({gone}, timeout=_BETWEEN_SECONDS)


async def _begin(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(_PROMISED).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
