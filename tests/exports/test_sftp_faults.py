"""Servers that fail, lie or hang: the second implementation, made to misbehave."""

import asyncio
import socket
import threading

import asyncssh
import pytest

from exports.delivery import resolve
from exports.transports.sftp import Password, SftpTransport
from exports.transports.sftp_failures import (
    AlgorithmMismatch,
    AuthenticationFailed,
    ConnectionLost,
    ContentDiffers,
    HostKeyChanged,
    RemotePermission,
    RemoteQuota,
    Timeout,
)
from ledger.states import State
from ledger.verify import verify
from simulator.sftp import demo_user_key, public_text
from simulator.sftp_embedded import Files
from tests.exports.desk import NOW


def settled(desk, waybill, transport):
    return resolve(
        desk.ledger,
        waybill=waybill,
        agreement=desk.agreement,
        disclosures=desk.batch,
        transport=transport,
        clock=lambda: NOW,
    )


def test_an_honest_server_of_the_other_kind_receives_the_signed_bytes(desk, asyncssh_server):
    place, server = asyncssh_server()
    desk.data = bytes(range(256)) * 20_000
    waybill = desk.approve(desk.enter())
    assert desk.send(waybill, place.transport()) is State.DELIVERED
    assert place.names() == [waybill.remote_name]
    assert (place.folder / waybill.remote_name).read_bytes() == desk.data
    assert server.logins == ["la"]


def test_a_wrong_host_key_gets_no_user_name_and_no_credential(desk, asyncssh_server):
    place, server = asyncssh_server()
    desk.towards(host_key=public_text(demo_user_key()))
    waybill = desk.approve(desk.enter())
    with pytest.raises(HostKeyChanged):
        desk.send(waybill, place.transport())
    assert len(server.connections) == 1
    assert server.logins == []
    assert place.names() == []
    assert desk.state(waybill) is State.REFUSED


@pytest.mark.parametrize(("password", "state"), [("right", State.DELIVERED), ("wrong", State.REFUSED)])
def test_a_password_is_tried_once(desk, asyncssh_server, password, state):
    place, server = asyncssh_server(passwords={"la": "right"})
    waybill = desk.approve(desk.enter())
    transport = SftpTransport(lambda _: Password(password))
    if state is State.REFUSED:
        with pytest.raises(AuthenticationFailed):
            desk.send(waybill, transport)
        assert place.names() == []
    else:
        desk.send(waybill, transport)
    assert desk.state(waybill) is state
    assert server.passwords_tried == 1


@pytest.mark.parametrize(
    "options",
    [
        {"encryption_algs": ["aes128-cbc", "3des-cbc"]},
        {"mac_algs": ["hmac-sha1", "hmac-md5"], "encryption_algs": ["aes128-ctr"]},
        {"kex_algs": ["diffie-hellman-group14-sha1"]},
    ],
    ids=["ciphers", "macs", "key exchange"],
)
def test_a_server_with_outdated_algorithms_only_is_refused(desk, asyncssh_server, options):
    place, server = asyncssh_server(**options)
    waybill = desk.approve(desk.enter())
    with pytest.raises(AlgorithmMismatch):
        desk.send(waybill, place.transport())
    assert server.logins == []
    assert place.names() == []
    assert desk.state(waybill) is State.REFUSED


def failing(**methods):
    """A file service with methods of its own."""
    return type("Failing", (Files,), methods)


def _status(kind):
    def fail(self, *args, **kwargs):
        del self, args, kwargs
        raise kind

    return fail


FULL = asyncssh.SFTPFailure("full: invented pupil name")
DENIED = asyncssh.SFTPPermissionDenied("denied: invented pupil name")


def second_write_fails(self, file_obj, offset, data):
    if offset:
        raise FULL
    return Files.write(self, file_obj, offset, data)


def flips_a_bit(self, file_obj, offset, data):
    return Files.write(self, file_obj, offset, bytes([data[0] ^ 1]) + data[1:])


def keeps_half(self, file_obj, offset, data):
    Files.write(self, file_obj, offset, data[: len(data) // 2])
    return len(data)


def renames_and_says_no(self, oldpath, newpath, *rest):
    Files.posix_rename(self, oldpath, newpath, *rest)
    raise FULL


@pytest.mark.parametrize(
    ("methods", "refusal", "state", "after"),
    [
        ({"open": _status(DENIED)}, RemotePermission, State.REFUSED, None),
        ({"open": _status(FULL)}, RemoteQuota, State.REFUSED, None),
        ({"write": _status(FULL)}, RemoteQuota, State.UNKNOWN, State.REFUSED),
        ({"write": second_write_fails}, RemoteQuota, State.UNKNOWN, State.REFUSED),
        ({"write": flips_a_bit}, ContentDiffers, State.UNKNOWN, State.REFUSED),
        ({"write": keeps_half}, ContentDiffers, State.UNKNOWN, State.REFUSED),
        ({"close": _status(FULL)}, RemoteQuota, State.UNKNOWN, State.REFUSED),
        ({"posix_rename": _status(FULL)}, RemoteQuota, State.UNKNOWN, State.REFUSED),
        ({"posix_rename": _status(DENIED)}, RemotePermission, State.UNKNOWN, State.REFUSED),
        ({"posix_rename": renames_and_says_no}, RemoteQuota, State.UNKNOWN, State.DELIVERED),
    ],
    ids=[
        "open denied", "open fails", "first write fails", "second write fails", "bit flipped", "short write",
        "close fails", "rename fails", "rename denied", "renamed but denied it",
    ],
)  # fmt: skip
def test_a_failing_or_lying_server_is_caught_and_reading_back_settles_it(
    desk, asyncssh_server, methods, refusal, state, after
):
    place, _ = asyncssh_server(files=failing(**methods))
    desk.data = b"invented " * 100_000
    waybill = desk.approve(desk.enter())
    with pytest.raises(refusal) as caught:
        desk.send(waybill, place.transport())
    assert "pupil name" not in str(caught.value)
    assert desk.state(waybill) is state
    assert (waybill.remote_name in place.names()) is (after is State.DELIVERED)
    if after is not None:
        assert settled(desk, waybill, place.transport()) is after
        assert place.names() == ([waybill.remote_name] if after is State.DELIVERED else [])
    assert verify(desk.ledger.place).faults == []


@pytest.mark.parametrize("methods", [{"stat": _status(DENIED), "lstat": _status(DENIED)}], ids=["stat denied"])
def test_a_recipient_who_forbids_looking_gets_it_unverified(desk, asyncssh_server, methods):
    place, _ = asyncssh_server(files=failing(**methods))
    desk.towards(read_back=False)
    waybill = desk.approve(desk.enter())
    assert desk.send(waybill, place.transport()) is State.DELIVERED_UNVERIFIED
    assert place.names() == [waybill.remote_name]


def short_reads(self, file_obj, offset, size):
    return Files.read(self, file_obj, offset, min(size, 1000))


def test_a_server_that_reads_in_small_pieces_is_still_verified(desk, asyncssh_server):
    place, _ = asyncssh_server(files=failing(read=short_reads))
    desk.data = b"invented " * 40_000
    waybill = desk.approve(desk.enter())
    assert desk.send(waybill, place.transport()) is State.DELIVERED


def test_a_file_collected_at_once_after_the_rename_is_delivered(desk, asyncssh_server):
    def collect(self, oldpath, newpath, *rest):
        Files.posix_rename(self, oldpath, newpath, *rest)
        Files.remove(self, newpath)

    place, _ = asyncssh_server(files=failing(posix_rename=collect))
    waybill = desk.approve(desk.enter())
    assert desk.send(waybill, place.transport()) is State.DELIVERED
    assert place.names() == []


def cuts_in(self, *args):
    del args
    self.channel.get_connection().abort()
    raise FULL


def test_a_connection_cut_in_the_upload_ends_unknown_and_is_settled_by_looking(desk, asyncssh_server):
    broken = [True]

    def write(self, file_obj, offset, data):
        if broken[0] and offset > 300_000:
            cuts_in(self)
        return Files.write(self, file_obj, offset, data)

    place, _ = asyncssh_server(files=failing(write=write))
    desk.data = b"invented " * 100_000
    waybill = desk.approve(desk.enter())
    with pytest.raises(ConnectionLost) as caught:
        desk.send(waybill, place.transport())
    assert caught.value.payload_began is True
    assert waybill.remote_name not in place.names()
    broken[0] = False
    assert settled(desk, waybill, place.transport()) is State.REFUSED
    assert place.names() == []


def test_a_connection_cut_after_the_rename_ends_unknown_and_is_found_delivered(desk, asyncssh_server):
    def rename(self, oldpath, newpath, *rest):
        Files.posix_rename(self, oldpath, newpath, *rest)
        cuts_in(self)

    place, _ = asyncssh_server(files=failing(posix_rename=rename))
    waybill = desk.approve(desk.enter())
    with pytest.raises(ConnectionLost):
        desk.send(waybill, place.transport())
    assert desk.state(waybill) is State.UNKNOWN
    assert settled(desk, waybill, place.transport()) is State.DELIVERED
    assert place.names() == [waybill.remote_name]


async def hangs(self, *args):
    del self, args
    await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize(("method", "state"), [("open", State.REFUSED), ("write", State.UNKNOWN)])
def test_a_server_that_stops_answering_is_given_up_in_one_step(desk, asyncssh_server, method, state):
    place, _ = asyncssh_server(files=failing(**{method: hangs}))
    waybill = desk.approve(desk.enter())
    with pytest.raises(Timeout):
        desk.send(waybill, place.transport(step=0.5))
    assert desk.state(waybill) is state
    assert waybill.remote_name not in place.names()


@pytest.fixture
def silent_port():
    """A port that accepts and then says the given bytes, or nothing, for as long as the test runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken = []

    def accept():
        try:
            while True:
                connection, _ = listener.accept()
                taken.append(connection)
                connection.sendall(greeting[0])
        except OSError:
            return

    greeting = [b""]
    thread = threading.Thread(target=accept)
    thread.start()
    yield listener.getsockname()[1], greeting
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    for connection in taken:
        connection.close()


@pytest.mark.parametrize(
    ("greeting", "deadlines"),
    [
        (b"", {"step": 0.4}),
        (b"", {"total": 0.4}),
        (b"SSH-2.0-silent\r\n", {"step": 0.4}),
        (b"SSH-2.0-silent\r\n", {"total": 0.4}),
    ],
)
def test_a_half_open_server_is_given_up_before_any_credential(desk, silent_port, asyncssh_server, greeting, deadlines):
    place, _ = asyncssh_server()
    port, says = silent_port
    says[0] = greeting
    desk.towards(port=port)
    waybill = desk.approve(desk.enter())
    with pytest.raises(Timeout):
        desk.send(waybill, place.transport(**deadlines))
    assert desk.state(waybill) is State.REFUSED


def test_a_server_that_is_no_ssh_server_is_refused(desk, silent_port, asyncssh_server):
    place, _ = asyncssh_server()
    port, says = silent_port
    says[0] = b"HTTP/1.1 200 OK\r\n\r\n" * 100
    desk.towards(port=port)
    waybill = desk.approve(desk.enter())
    with pytest.raises(ConnectionLost):
        desk.send(waybill, place.transport())
    assert desk.state(waybill) is State.REFUSED


def test_a_slow_drip_is_bounded_by_the_total(desk, asyncssh_server):
    async def slowly(self, file_obj, offset, data):
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.1)
        return Files.write(self, file_obj, offset, data)

    place, _ = asyncssh_server(files=failing(write=slowly))
    desk.data = b"x" * 255 * 1024 * 60
    waybill = desk.approve(desk.enter())
    with pytest.raises(Timeout):
        desk.send(waybill, place.transport(total=1.5))
    assert desk.state(waybill) is State.UNKNOWN
