"""How a demonstration begins and ends: on ports that nobody has, and leaving no server of its own behind.

Belongs here: what the machine is asked, and the signals. The servers themselves end with their `with` blocks.
"""

import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

ADDRESS: Final = "127.0.0.1"
_ENDS: Final = (signal.SIGTERM, signal.SIGHUP)
"""Somebody stops the program, or closes its window: by itself Python would leave the servers running."""


class PortTakenError(OSError):
    """Something listens on a port that the demonstration needs."""


def refuse_taken(*ports: int) -> None:
    """Refuse to begin where something listens on one of these ports; 0 is any free one. Raises PortTakenError."""
    for port in filter(None, ports):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((ADDRESS, port))
            except OSError as error:
                message = (
                    f"Port {port} of {ADDRESS} cannot be used ({error.strerror}): perhaps another demonstration still "
                    "runs. Stop it, or wait for it to end, and try again."
                )
                raise PortTakenError(message) from None


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Leave the block as an error would when the program is told to end, so that what it began is stopped.

    A program that listens for these signals itself goes on doing so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {one: signal.signal(one, _end) for one in _ENDS if signal.getsignal(one) is signal.SIG_DFL}
    try:
        yield
    finally:
        for one, was in kept.items():
            signal.signal(one, was)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
