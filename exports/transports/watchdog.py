"""Deadlines that hold even where a library's own timeouts do not.

Belongs here: the thread that shuts a socket when its time is over, the channel that begins a new step with every
piece, and a bound on dialling, which may wait for a name service before there is a socket to shut. What a shut socket
means is the transport's affair.
"""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from exports.transports.sftp_wire import Channel


class Watchdog:
    """Shuts the socket when a step or the total takes too long, so that no wait inside the library can outlast it.

    It measures durations on the monotonic clock; the time of day is no concern of this module.

    Args:
        connection: the socket to be shut.
        step: longest step, in seconds.
        total: longest time from now on, in seconds.

    """

    def __init__(self, connection: socket.socket, *, step: float, total: float) -> None:
        self.barked = False
        self._connection = connection
        self._step = step
        self._end = time.monotonic() + total
        self._due: float | None = self._end
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._watch, name="sftp-watchdog", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._due = None
            self._changed.notify()
        self._thread.join()

    def allow_step(self) -> None:
        """Begin a step: it may take the time of one, and no more than is left in all."""
        with self._changed:
            due = min(time.monotonic() + self._step, self._end)
            sooner = self._due is None or due < self._due
            self._due = due
            if sooner:
                self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while self._due is not None:
                left = self._due - time.monotonic()
                if left <= 0:
                    self.barked = True
                    _shut(self._connection)
                    return
                self._changed.wait(left)


class Watched:
    """A channel on which every piece sent or received begins a step."""

    def __init__(self, channel: Channel, watchdog: Watchdog) -> None:
        self._channel = channel
        self._watchdog = watchdog

    def sendall(self, data: bytes) -> None:
        """Send all bytes."""
        self._watchdog.allow_step()
        self._channel.sendall(data)

    def recv(self, nbytes: int) -> bytes:
        """Receive up to that many bytes; none at the end."""
        self._watchdog.allow_step()
        return self._channel.recv(nbytes)


def within(seconds: float, dial: Callable[[], socket.socket]) -> socket.socket:
    """Return the connection that dialling gives, or what it raises; a connection that comes too late is closed.

    Raises TimeoutError when there is none in time, however long the dialling itself may go on.
    """
    answer: Future[socket.socket] = Future()

    def run() -> None:
        try:
            answer.set_result(dial())
        except UnicodeError:
            answer.set_exception(OSError("no name of a host"))
        except OSError as error:
            answer.set_exception(error)

    threading.Thread(target=run, name="sftp-dialling", daemon=True).start()
    try:
        return answer.result(timeout=seconds)
    except TimeoutError:
        answer.add_done_callback(_close)
        raise


def _close(late: Future[socket.socket]) -> None:
    with suppress(OSError):  # the dialling may have failed in the end
        late.result().close()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # the other side may have closed it first
        connection.shutdown(socket.SHUT_RDWR)
