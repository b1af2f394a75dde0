"""A line between a sender and a server that can be cut, delayed, dripped or left half open.

Belongs here: forwarding bytes over loopback, and what goes wrong with them. It knows nothing of SSH: a fault begins
after a number of bytes that went one way, or when a condition on the world holds. Servers are `simulator.sftp`.
"""

import socket
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

ADDRESS: Final = "127.0.0.1"
_PIECE: Final = 65_536


class Trouble(StrEnum):
    """What a line does from some byte on."""

    CUT = "cut"  # both sides see the end
    STALL = "stall"  # nothing is let through any more, either way, and nobody is told
    DRIP = "drip"  # a byte at a time
    DELAY = "delay"  # each piece comes late


class Way(StrEnum):
    """Which way bytes go."""

    UP = "up"  # from the sender to the server
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one connection.

    Attributes:
        trouble: what happens.
        way: whose bytes are counted and troubled.
        after: so many bytes are let through before.
        when: in place of `after`: looked at before each piece that goes this way.
        pause: seconds before each byte of a drip, or each delayed piece.

    """

    trouble: Trouble
    way: Way = Way.UP
    after: int = 0
    when: Callable[[], bool] | None = None
    pause: float = 0.05

    def sound(self, passed: int, piece: bytes) -> int | None:
        """Return how many bytes of a piece are let through before the fault; None when it does not begin in it."""
        if self.when is not None:
            return 0 if self.when() else None
        room = max(self.after - passed, 0)
        return room if len(piece) >= room else None


@dataclass(slots=True)
class Connection:
    """One connection over the line, and the bytes let through each way."""

    sender: socket.socket
    server: socket.socket
    fault: Fault | None
    passed: dict[Way, int] = field(default_factory=lambda: dict.fromkeys(Way, 0))
    stalled: threading.Event = field(default_factory=threading.Event)

    def forward(self, way: Way, over: threading.Event) -> None:
        """Let bytes through one way until an end, or until the line is over."""
        source, target = (self.sender, self.server) if way is Way.UP else (self.server, self.sender)
        with suppress(OSError):
            while (piece := source.recv(_PIECE)) and not self.stalled.is_set():
                fault = self.fault if self.fault is not None and self.fault.way is way else None
                sound = fault.sound(self.passed[way], piece) if fault is not None else None
                self._pass(way, target, piece[:sound])
                if fault is not None and sound is not None:
                    self._suffer(fault, target, piece[sound:], over)
            if self.stalled.is_set():
                over.wait()
            target.shutdown(socket.SHUT_WR)

    def _pass(self, way: Way, target: socket.socket, piece: bytes) -> None:
        self.passed[way] += len(piece)
        target.sendall(piece)

    def _suffer(self, fault: Fault, target: socket.socket, rest: bytes, over: threading.Event) -> None:
        match fault.trouble:
            case Trouble.CUT:
                self.end()
            case Trouble.STALL:
                self.stalled.set()
            case Trouble.DRIP:
                for place in range(len(rest)):
                    over.wait(fault.pause)
                    self._pass(fault.way, target, rest[place : place + 1])
            case Trouble.DELAY:
                over.wait(fault.pause)
                self._pass(fault.way, target, rest)

    def end(self) -> None:
        """Let both sides see the end."""
        for one in (self.sender, self.server):
            with suppress(OSError):  # it may have ended already
                one.shutdown(socket.SHUT_RDWR)


@dataclass(slots=True)
class Line:
    """A running line.

    Attributes:
        port: where senders connect.
        server: the port that new connections lead to.
        faults: of the first connection, the second and so on; those after the last have none.
        connections: all that were made, ended or not.

    """

    port: int
    listener: socket.socket
    server: int
    faults: Sequence[Fault | None]
    connections: list[Connection] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def accept(self) -> None:
        """Take connections until the line hangs up."""
        with suppress(OSError):
            while True:
                sender, _ = self.listener.accept()
                server = socket.create_connection((ADDRESS, self.server))
                number = len(self.connections)
                fault = self.faults[number] if number < len(self.faults) else None
                connection = Connection(sender, server, fault)
                self.connections.append(connection)
                for end in (sender, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for way in Way:
                    thread = threading.Thread(target=connection.forward, args=(way, self._over))
                    self._threads.append(thread)
                    thread.start()

    def hang_up(self) -> None:
        """Take no more connections."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def close(self) -> None:
        """End every connection and wait for its threads."""
        self._over.set()
        for connection in self.connections:
            connection.end()
        for thread in self._threads:
            thread.join()
        for connection in self.connections:
            connection.sender.close()
            connection.server.close()


@contextmanager
def line(server: int, faults: Sequence[Fault | None] = ()) -> Generator[Line]:
    """Lay a line to a server's port until the block ends."""
    listener = socket.create_server((ADDRESS, 0))
    laid = Line(listener.getsockname()[1], listener, server, faults)
    accepting = threading.Thread(target=laid.accept)
    accepting.start()
    try:
        yield laid
    finally:
        with suppress(OSError):  # it may have hung up before
            laid.hang_up()
        accepting.join()
        laid.close()
