"""Answers and waits at the edges of the protocol that no well-meaning server and no ordinary fault brings about."""

import socket
import threading
from dataclasses import replace

import asyncssh
import paramiko
import pytest

from exports.parcel import Parcel
from exports.transports import Finding, TransportFailure
from exports.transports.sftp_failures import (
    AuthenticationFailed,
    ContentDiffers,
    RemotePermission,
    RemoteQuota,
    Timeout,
)
from exports.transports.sftp_wire import SftpNonsense, SftpStatus, Wire
from exports.transports.watchdog import within
from ledger.states import State
from simulator.sftp_line import Fault, Trouble, line
from tests.exports.test_sftp_faults import DENIED, FULL, Files, failing
from tests.exports.test_sftp_wire import VERSION, Script, number, packet, text


def refuses(kind, ending, *, when=lambda: True):
    """A method that declines paths with an ending, and does its work for all others."""

    def method(self, path, *rest):
        if path.endswith(ending) and when():
            raise FULL
        return getattr(Files, kind)(self, path, *rest)

    return method


def test_a_second_factor_is_none_that_we_have(desk, asyncssh_server, monkeypatch):
    place, _ = asyncssh_server()
    monkeypatch.setattr(paramiko.Transport, "is_authenticated", lambda _: False)
    waybill = desk.approve(desk.enter())
    with pytest.raises(AuthenticationFailed):
        desk.send(waybill, place.transport())
    assert desk.state(waybill) is State.REFUSED


def test_a_port_that_takes_no_more_connections_is_given_up(desk, asyncssh_server):
    place, _ = asyncssh_server()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.settimeout(0)
            one.connect_ex(("127.0.0.1", port))
        desk.towards(port=port)
        waybill = desk.approve(desk.enter())
        with pytest.raises(Timeout):
            desk.send(waybill, place.transport(connect=0.3))
        for one in waiting:
            one.close()
    assert desk.state(waybill) is State.REFUSED


def test_dialling_that_takes_too_long_is_given_up_and_a_late_connection_closed():
    late, given_up = socket.socket(), threading.Event()

    def dial():
        given_up.wait()
        return late

    with pytest.raises(TimeoutError):
        within(0.05, dial)
    given_up.set()
    for thread in threading.enumerate():
        if thread.name == "sftp-dialling":
            thread.join()
    assert late.fileno() == -1


def test_a_name_that_is_no_host_s_is_nobody():
    def dial():
        raise UnicodeError

    with pytest.raises(OSError, match="no name of a host"):
        within(5, dial)


def test_a_server_that_cannot_say_what_lies_there_gets_nothing(desk, asyncssh_server):
    place, _ = asyncssh_server(files=failing(stat=refuses("stat", b".csv")))
    waybill = desk.approve(desk.enter())
    with pytest.raises(RemoteQuota):
        desk.send(waybill, place.transport())
    assert desk.state(waybill) is State.REFUSED
    assert place.names() == []


def test_a_part_of_which_nothing_can_be_said_is_in_doubt(desk, asyncssh_server):
    asked = []
    part = "149001_2026-10-20_001.csv.part-"

    def stat(self, path):
        if part.encode() in path:
            asked.append(path)
            raise FULL
        return Files.stat(self, path)

    place, _ = asyncssh_server(files=failing(stat=stat))
    desk.data = b"invented " * 400_000
    with line(place.port, [Fault(Trouble.CUT, after=2_000_000)]) as laid:
        desk.towards(port=laid.port)
        waybill = desk.approve(desk.enter())
        with pytest.raises(RemoteQuota) as caught:
            desk.send(waybill, place.transport())
        assert len(laid.connections) == 2
    assert caught.value.payload_began is True
    desk.towards(port=place.port, read_back=False)
    second = desk.approve(desk.enter(nonce="f" * 32, remote_name="second.csv", period="another day"))
    part = "second.csv.part-"
    with pytest.raises(RemoteQuota):
        desk.send(second, place.transport())
    assert desk.state(waybill) is desk.state(second) is State.UNKNOWN
    assert len(asked) == 2


@pytest.mark.parametrize("failing_method", ["close", "write"])
def test_where_nothing_is_read_back_a_failure_to_store_is_still_noticed(desk, asyncssh_server, failing_method):
    def fails(self, *args):
        getattr(Files, failing_method)(self, *args)
        raise FULL

    place, _ = asyncssh_server(files=failing(**{failing_method: fails}))
    desk.towards(read_back=False)
    waybill = desk.approve(desk.enter())
    with pytest.raises(RemoteQuota):
        desk.send(waybill, place.transport())
    assert desk.state(waybill) is State.UNKNOWN
    assert waybill.remote_name not in place.names()


def test_another_length_under_the_final_name_is_not_called_delivered(desk, asyncssh_server):
    def stat(self, path):
        found = Files.stat(self, path)
        return asyncssh.SFTPAttrs(size=1) if path.endswith(b".csv") else found

    place, _ = asyncssh_server(files=failing(stat=stat))
    waybill = desk.approve(desk.enter())
    with pytest.raises(ContentDiffers):
        desk.send(waybill, place.transport())
    assert desk.state(waybill) is State.UNKNOWN


def test_looking_where_nothing_is_renamed_removes_nothing(desk, asyncssh_server):
    place, _ = asyncssh_server()
    route = replace(desk.agreement.delivery, placing="direct", trigger=".done")
    parcel = Parcel.of(desk.waybill())
    assert place.transport().look(parcel, route).finding is Finding.ABSENT


def test_a_part_that_may_not_be_removed_leaves_the_doubt(desk, asyncssh_server):
    def remove(self, path):
        del self, path
        raise DENIED

    place, _ = asyncssh_server(files=failing(remove=remove))
    waybill = desk.waybill()
    place.part(waybill).write_bytes(b"part")
    with pytest.raises(RemotePermission):
        place.transport().look(Parcel.of(waybill), desk.agreement.delivery)
    assert place.part(waybill).exists()


def test_a_greeting_that_is_no_version_is_nonsense():
    with pytest.raises(SftpNonsense):
        Wire(Script(packet(102, number(1))))


def test_a_size_that_is_not_told_is_none():
    assert Wire(Script(VERSION, packet(105, number(1) + number(0)))).size("path") is None


def test_what_is_declined_is_not_taken_for_absent():
    with pytest.raises(SftpStatus):
        Wire(Script(VERSION, packet(101, number(1) + number(4)))).is_there("path")


def test_a_read_that_is_declined_is_no_end_of_the_file():
    declined = Script(VERSION, packet(102, number(1) + text(b"h")), packet(101, number(2) + number(4)))
    with pytest.raises(SftpStatus):
        Wire(declined).sha256("path", 10)


def test_a_failure_says_where_and_what_to_do(desk, asyncssh_server):
    place, _ = asyncssh_server(files=failing(stat=refuses("stat", b".csv")))
    with pytest.raises(TransportFailure, match=r"127\.0\.0\.1:\d+, directory in: .*Ask the recipient"):
        place.transport().look(Parcel.of(desk.waybill()), desk.agreement.delivery)
