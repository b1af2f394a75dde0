"""The packets, against servers that answer anything at all."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.transports.sftp_wire import LARGEST_ANSWER, SftpNonsense, SftpStatus, Wire


class Script:
    """A channel on which the server's words are written beforehand."""

    def __init__(self, *packets: bytes) -> None:
        self.words = b"".join(packets)
        self.sent = b""

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def recv(self, nbytes: int) -> bytes:
        part, self.words = self.words[:nbytes], self.words[nbytes:]
        return part


def packet(kind: int, body: bytes) -> bytes:
    return struct.pack(">IB", 1 + len(body), kind) + body


def number(value: int) -> bytes:
    return struct.pack(">I", value)


def text(value: bytes) -> bytes:
    return number(len(value)) + value


VERSION = packet(2, number(3))


def test_the_extension_is_used_when_it_is_offered():
    assert not Wire(Script(VERSION)).posix_rename
    assert Wire(Script(packet(2, number(3) + text(b"posix-rename@openssh.com") + text(b"1")))).posix_rename


def test_answers_may_come_in_another_order():
    script = Script(
        VERSION,
        packet(102, number(1) + text(b"h")),
        packet(103, number(3) + text(b"b")),
        packet(103, number(2) + text(b"a" * 255 * 1024)),
        packet(101, number(4) + number(1)),
        packet(101, number(5) + number(0)),
    )
    assert Wire(script).sha256("path", 255 * 1024 + 1) is not None


@pytest.mark.parametrize(
    "answer",
    [
        packet(102, number(1)),
        packet(102, number(1) + number(9) + b"h"),
        packet(102, b"\0"),
        packet(102, number(2) + text(b"h")),
        packet(102, number(0) + text(b"h")),
        packet(250, number(1)),
        struct.pack(">IB", 0, 102),
        struct.pack(">IB", LARGEST_ANSWER + 1, 102),
    ],
)
def test_nonsense_is_named_as_such(answer):
    wire = Wire(Script(VERSION, answer))
    with pytest.raises(SftpNonsense):
        wire.create("path")


def test_a_server_that_says_nothing_more_is_the_end():
    wire = Wire(Script(VERSION))
    with pytest.raises(EOFError):
        wire.size("path")


@given(st.binary(max_size=200), st.sampled_from(["size", "create", "sha256", "remove", "rename"]))
def test_whatever_the_server_says_ends_in_one_of_three_ways(words, method):
    arguments = {"sha256": ("path", 10), "rename": ("a", "b")}.get(method, ("path",))
    with contextlib.suppress(SftpNonsense, SftpStatus, EOFError):
        getattr(Wire(Script(VERSION, words)), method)(*arguments)
