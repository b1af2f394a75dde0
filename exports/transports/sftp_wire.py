"""The SFTP protocol, version 3, over an open channel: only the requests that a delivery needs.

Belongs here: packets, pipelining and what a status means. The connection, its keys and its deadlines are
`exports.transports.sftp_connection`. It is our own because the library's pipelined writer drops the status of each
write, so that a full disk goes unnoticed until the file is read back.

Source: draft-ietf-secsh-filexfer-02; `posix-rename@openssh.com` from OpenSSH's PROTOCOL file, section 4.3.
"""

import hashlib
import struct
from collections import deque
from collections.abc import Iterator
from enum import IntEnum
from typing import Final, Protocol

CHUNK: Final = 255 * 1024
"""Bytes in one write or read: OpenSSH takes packets of 256 kB, headers included."""
IN_FLIGHT: Final = 16
"""Requests that may wait for an answer: 4 MB, more than any window here."""
LARGEST_ANSWER: Final = 1024 * 1024

_VERSION: Final = 3
_POSIX_RENAME: Final = b"posix-rename@openssh.com"
_WRITE: Final = 0x02
_CREATE: Final = 0x08
_TRUNCATE: Final = 0x10
_ONLY_NEW: Final = 0x20
_READ: Final = 0x01
_SIZE_FLAG: Final = 0x01


class Packet(IntEnum):
    """Packet types used here."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    REMOVE = 13
    STAT = 17
    RENAME = 18
    STATUS = 101
    HANDLE = 102
    DATA = 103
    ATTRS = 105
    EXTENDED = 200


class Status(IntEnum):
    """Status codes with a meaning of their own here."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4


class SftpStatus(Exception):  # noqa: N818  an answer of the server
    """The server answered with a status other than OK. Its text is dropped: it may quote anything."""

    def __init__(self, status: int) -> None:
        super().__init__(f"SFTP status {status}")
        self.status = status


class SftpNonsense(Exception):  # noqa: N818  an answer of the server
    """The server's answer is not SFTP, or not to our request."""


class Channel(Protocol):
    """What is needed of an SSH channel."""

    def sendall(self, data: bytes) -> None:
        """Send all bytes."""

    def recv(self, nbytes: int) -> bytes:
        """Receive up to that many bytes; none at the end."""


class Wire:
    """A conversation with an SFTP server; used by one thread.

    Raises:
        SftpNonsense: from every method, when the server breaks the protocol.
        SftpStatus: from every method, when the server declines.
        EOFError: from every method, when the channel ends.

    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._number = 0
        self._early: dict[int, tuple[int, bytes]] = {}
        self._send(Packet.INIT, struct.pack(">I", _VERSION))
        kind, body = self._receive()
        if kind != Packet.VERSION:
            message = "no SFTP version packet"
            raise SftpNonsense(message)
        self.posix_rename = _POSIX_RENAME in _strings(body[4:])

    def size(self, path: str) -> int | None:
        """Return the size of a file, or None when the server does not say."""
        body = self._ask(Packet.STAT, Packet.ATTRS, _string(path.encode()))
        if not _number(body) & _SIZE_FLAG:
            return None
        return _number(body[4:]) << 32 | _number(body[8:])

    def is_there(self, path: str) -> bool:
        """Say whether anything lies under a path."""
        try:
            self.size(path)
        except SftpStatus as answer:
            if answer.status == Status.NO_SUCH_FILE:
                return False
            raise
        return True

    def create(self, path: str, *, only_new: bool = False) -> bytes:
        """Open a file for writing, empty; return its handle. What lies there is overwritten, or the server declines."""
        return self._open(path, _WRITE | _CREATE | (_ONLY_NEW if only_new else _TRUNCATE))

    def reopen(self, path: str) -> bytes:
        """Open a file that is there, to write on; return its handle."""
        return self._open(path, _WRITE)

    def fill(self, handle: bytes, data: bytes, held: int = 0) -> None:
        """Write a file, but for the bytes that it holds, and close it; the status of every write is checked."""
        waiting: deque[int] = deque()
        view = memoryview(data)
        for start in range(held, len(data), CHUNK):
            if len(waiting) == IN_FLIGHT:
                self._expect_ok(waiting.popleft())
            chunk = view[start : start + CHUNK]
            waiting.append(self._request(Packet.WRITE, handle + struct.pack(">QI", start, len(chunk)), chunk))
        for number in waiting:
            self._expect_ok(number)
        self._expect_ok(self._request(Packet.CLOSE, handle))

    def sha256(self, path: str, length: int) -> str | None:
        """Hash a file of that length as read back, or return None when it is shorter or longer."""
        handle = self._open(path, _READ)
        hashed = hashlib.sha256()
        for chunk in self._read(handle, length):
            if chunk is None:
                return None
            hashed.update(chunk)
        longer = self._chunk(self._read_request(handle, length, 1))
        self._expect_ok(self._request(Packet.CLOSE, handle))
        return None if longer else hashed.hexdigest()

    def rename(self, source: str, target: str) -> None:
        """Rename in one step; by the extension that replaces the target where there is one."""
        names = _string(source.encode()) + _string(target.encode())
        if self.posix_rename:
            self._expect_ok(self._request(Packet.EXTENDED, _string(_POSIX_RENAME) + names))
        else:
            self._expect_ok(self._request(Packet.RENAME, names))

    def remove(self, path: str) -> None:
        """Remove a file."""
        self._expect_ok(self._request(Packet.REMOVE, _string(path.encode())))

    def _open(self, path: str, flags: int) -> bytes:
        body = self._ask(Packet.OPEN, Packet.HANDLE, _string(path.encode()) + struct.pack(">II", flags, 0))
        return _string(_first(body))

    def _read(self, handle: bytes, length: int) -> Iterator[bytes | None]:
        """Yield the file in order with requests in flight; None where it ends early, and then nobody asks on."""
        spans = [(start, min(CHUNK, length - start)) for start in range(0, length, CHUNK)]
        waiting = deque(self._read_request(handle, *span) for span in spans[:IN_FLIGHT])
        for place, (start, wanted) in enumerate(spans):
            chunk = self._chunk(waiting.popleft())
            while chunk and len(chunk) < wanted:
                rest = self._chunk(self._read_request(handle, start + len(chunk), wanted - len(chunk)))
                chunk = chunk + rest if rest else b""
            if place + IN_FLIGHT < len(spans):
                waiting.append(self._read_request(handle, *spans[place + IN_FLIGHT]))
            yield chunk or None

    def _read_request(self, handle: bytes, start: int, wanted: int) -> int:
        return self._request(Packet.READ, handle + struct.pack(">QI", start, wanted))

    def _chunk(self, number: int) -> bytes:
        kind, body = self._answer(number)
        if kind == Packet.DATA:
            return _first(body)
        if kind == Packet.STATUS and _number(body) == Status.EOF:
            return b""
        raise _refused(kind, body)

    def _ask(self, kind: Packet, wanted: Packet, body: bytes) -> bytes:
        got, answer = self._answer(self._request(kind, body))
        if got != wanted:
            raise _refused(got, answer)
        return answer

    def _expect_ok(self, number: int) -> None:
        kind, body = self._answer(number)
        if kind != Packet.STATUS or _number(body) != Status.OK:
            raise _refused(kind, body)

    def _request(self, kind: Packet, body: bytes, payload: memoryview | bytes = b"") -> int:
        self._number += 1
        self._send(kind, struct.pack(">I", self._number) + body, payload)
        return self._number

    def _send(self, kind: Packet, body: bytes, payload: memoryview | bytes = b"") -> None:
        length = 1 + len(body) + len(payload)
        self._channel.sendall(b"".join((struct.pack(">IB", length, kind), body, payload)))

    def _answer(self, number: int) -> tuple[int, bytes]:
        """Return the answer to one request; answers to others that come first are kept for their turn."""
        while number not in self._early:
            kind, body = self._receive()
            answered = _number(body)
            if not 0 < answered <= self._number or answered in self._early:
                message = "an answer to no request"
                raise SftpNonsense(message)
            self._early[answered] = (kind, body[4:])
        return self._early.pop(number)

    def _receive(self) -> tuple[int, bytes]:
        length, kind = struct.unpack(">IB", self._exactly(5))
        if not 1 <= length <= LARGEST_ANSWER:
            message = "a packet of impossible length"
            raise SftpNonsense(message)
        return kind, self._exactly(length - 1)

    def _exactly(self, wanted: int) -> bytes:
        parts = bytearray()
        while len(parts) < wanted:
            part = self._channel.recv(wanted - len(parts))
            if not part:
                message = "the SFTP channel ended"
                raise EOFError(message)
            parts += part
        return bytes(parts)


def _string(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def _strings(body: bytes) -> list[bytes]:
    """Read length-prefixed strings until the body ends."""
    found, place = [], 0
    while place < len(body):
        start = place + 4
        place = start + _number(body[place:])
        if place > len(body):
            message = "a string longer than its packet"
            raise SftpNonsense(message)
        found.append(body[start:place])
    return found


def _first(body: bytes) -> bytes:
    for text in _strings(body):
        return text
    message = "a string is missing"
    raise SftpNonsense(message)


def _number(body: bytes) -> int:
    if len(body) < 4:  # noqa: PLR2004  the size of a number
        message = "a packet that is too short"
        raise SftpNonsense(message)
    return int.from_bytes(body[:4], "big")


def _refused(kind: int, body: bytes) -> Exception:
    return SftpStatus(_number(body)) if kind == Packet.STATUS else SftpNonsense(f"packet of type {kind}")
