"""An upload that is cut goes on from the part that is known to be there, and stops after three connections."""

import asyncio

import pytest

from exports.transports.sftp import CONNECTIONS, PrivateKey
from exports.transports.sftp_failures import (
    AuthenticationFailed,
    ConnectionLost,
    ConnectionRefusedByServer,
    CredentialUnusable,
    HostKeyChanged,
    RemoteNameTaken,
    Timeout,
)
from exports.transports.sftp_wire import CHUNK, IN_FLIGHT
from ledger.states import State
from simulator.sftp import demo_user_key, private_text
from simulator.sftp_embedded import embedded
from simulator.sftp_line import Fault, Trouble, Way, line
from tests.exports.test_sftp_faults import failing, settled

LARGE = bytes(range(251)) * 16_000  # 4 MB
CUT = Fault(Trouble.CUT, after=2_500_000)


@pytest.fixture
def cut(desk, asyncssh_server):
    """A waybill for a large file, and a line to an honest server that is cut once, in the middle of the upload."""
    place, server = asyncssh_server()
    desk.data = LARGE
    with line(place.port, [CUT]) as laid:
        desk.towards(port=laid.port)
        yield desk.approve(desk.enter()), place, server, laid


@pytest.mark.server
def test_only_what_is_missing_is_sent_again(desk, openssh):
    desk.data = LARGE * 3
    with line(openssh.port, [Fault(Trouble.CUT, after=9_000_000)]) as laid:
        desk.towards(port=laid.port)
        waybill = desk.approve(desk.enter())
        assert desk.send(waybill, openssh.transport()) is State.DELIVERED
        first, second = (one.passed[Way.UP] for one in laid.connections)
    assert openssh.names() == [waybill.remote_name]
    assert (openssh.folder / waybill.remote_name).read_bytes() == desk.data
    assert first == 9_000_000
    acknowledged = first - (IN_FLIGHT + 1) * CHUNK
    assert second < len(desk.data) - acknowledged + 100_000


SPOILS = {
    "other bytes": lambda part: part.write_bytes(b"?" + part.read_bytes()[1:]),
    "longer": lambda part: part.write_bytes(LARGE + b"?"),
    "gone": lambda part: part.unlink(),
    "empty": lambda part: part.write_bytes(b""),
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_part_that_is_not_ours_to_the_byte_is_begun_anew(desk, cut, spoil):
    waybill, place, _, laid = cut
    assert desk.send(waybill, place.between(lambda: SPOILS[spoil](place.part(waybill)))) is State.DELIVERED
    assert laid.connections[1].passed[Way.UP] > len(LARGE)
    assert (place.folder / waybill.remote_name).read_bytes() == LARGE
    assert place.names() == [waybill.remote_name]


def test_where_reading_is_forbidden_the_part_is_begun_anew(desk, asyncssh_server):
    place, _ = asyncssh_server()
    desk.data = LARGE
    with line(place.port, [CUT]) as laid:
        desk.towards(port=laid.port, read_back=False)
        waybill = desk.approve(desk.enter())
        assert desk.send(waybill, place.transport()) is State.DELIVERED_UNVERIFIED
        assert laid.connections[1].passed[Way.UP] > len(LARGE)
    assert (place.folder / waybill.remote_name).read_bytes() == LARGE


@pytest.mark.server
def test_after_three_connections_it_stops_at_unknown(desk, openssh):
    desk.data = LARGE
    with line(openssh.port, [Fault(Trouble.CUT, after=1_000_000)] * 5) as laid:
        desk.towards(port=laid.port)
        waybill = desk.approve(desk.enter())
        with pytest.raises(ConnectionLost):
            desk.send(waybill, openssh.transport())
        assert len(laid.connections) == CONNECTIONS == 3
        laid.faults = ()
        assert desk.state(waybill) is State.UNKNOWN
        assert waybill.remote_name not in openssh.names()
        assert settled(desk, waybill, openssh.transport()) is State.REFUSED
        assert openssh.names() == []
        assert desk.send(waybill, openssh.transport()) is State.DELIVERED


@pytest.mark.parametrize(
    ("key", "refusal", "logins"),
    [(private_text(demo_user_key()), AuthenticationFailed, 2), ("no key", CredentialUnusable, 1)],
    ids=["not accepted", "not a key"],
)
def test_a_credential_that_fails_at_the_second_connection_leaves_the_outcome_unknown(desk, cut, key, refusal, logins):
    waybill, place, server, _ = cut
    with pytest.raises(refusal) as caught:
        desk.send(waybill, place.between(lambda: PrivateKey(key)))
    assert caught.value.payload_began is True
    assert desk.state(waybill) is State.UNKNOWN
    assert len(server.logins) == logins


def test_a_server_that_is_gone_at_the_second_connection_leaves_the_outcome_unknown(desk, cut):
    waybill, place, _, laid = cut
    with pytest.raises(ConnectionRefusedByServer) as caught:
        desk.send(waybill, place.between(laid.hang_up))
    assert caught.value.payload_began is True
    assert desk.state(waybill) is State.UNKNOWN


def test_an_impostor_at_the_second_connection_gets_nothing(desk, cut, tmp_path):
    waybill, place, _, laid = cut
    with embedded(tmp_path, {}, host_key=private_text(demo_user_key())) as impostor:
        with pytest.raises(HostKeyChanged) as caught:
            desk.send(waybill, place.between(lambda: setattr(laid, "server", impostor.port)))
        assert len(impostor.connections) == 1
        assert impostor.logins == []
    assert caught.value.payload_began is True
    assert desk.state(waybill) is State.UNKNOWN


def test_another_file_that_appears_meanwhile_is_left_alone(desk, cut):
    waybill, place, _, _ = cut
    final = place.folder / waybill.remote_name
    with pytest.raises(RemoteNameTaken):
        desk.send(waybill, place.between(lambda: final.write_bytes(b"other")))
    assert final.read_bytes() == b"other"
    assert desk.state(waybill) is State.UNKNOWN


async def hangs(self, *args):
    del self, args
    await asyncio.get_running_loop().create_future()


def test_a_server_that_does_not_answer_is_not_asked_again(desk, asyncssh_server):
    place, server = asyncssh_server(files=failing(write=hangs))
    waybill = desk.approve(desk.enter())
    with pytest.raises(Timeout):
        desk.send(waybill, place.transport(step=0.4))
    assert len(server.connections) == 1
