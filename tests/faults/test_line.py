"""F2, F3, F4 and F7 on the line between us and two servers: cuts, silence, drips, delays, and who may hear a secret."""

import threading
import time

import pytest

from exports.delivery import resolve
from exports.transports import TransportFailure
from exports.transports.sftp import Deadlines
from exports.transports.sftp_failures import ConnectionLost, HostKeyChanged, Timeout
from ledger.states import SETTLED, State
from ledger.verify import verify
from simulator.sftp import demo_user_key, public_text
from simulator.sftp_line import Fault, Trouble, Way, line
from tests.exports.desk import NOW
from tests.nightly import NIGHTLY

CUTS = 64 if NIGHTLY else 8
FILE = b"invented " * 60_000
SERVERS = ["openssh", "asyncssh"]
pytestmark = pytest.mark.server


@pytest.fixture
def place(request, desk, asyncssh_server):
    """The server that a test names, honest."""
    desk.data = FILE
    return request.getfixturevalue("openssh") if request.param == "openssh" else asyncssh_server()[0]


def approved(desk, name):
    return desk.approve(desk.enter(remote_name=f"{name}.csv", period=f"day {name}"))


def final(place):
    return [path for path in place.folder.iterdir() if not path.name.startswith(".")]


def settled(desk, waybill, transport):
    """Look, as long as there is a doubt, over a line without a fault."""
    if desk.state(waybill) is not State.UNKNOWN:
        return desk.state(waybill)
    return resolve(
        desk.ledger, waybill=waybill, agreement=desk.agreement, disclosures=desk.batch, transport=transport,
        clock=lambda: NOW,
    )  # fmt: skip


def attempt(desk, waybill, transport):
    try:
        return desk.send(waybill, transport)
    except TransportFailure:
        return desk.state(waybill)


def crosses(desk, place, name, faults, **deadlines):
    """Send one file over a failing line, settle what is in doubt, send again what never left; check all the while."""
    with line(place.port, faults) as laid:
        desk.towards(port=laid.port)
        waybill = approved(desk, name)
        first = attempt(desk, waybill, place.transport(**deadlines))
        assert first in {*SETTLED, State.REFUSED, State.UNKNOWN}
        check(desk, place, waybill)
        laid.faults = ()
        after = settled(desk, waybill, place.transport())
        check(desk, place, waybill)
        if after is State.REFUSED:
            assert final(place) == []
            after = attempt(desk, waybill, place.transport())
        assert after is State.DELIVERED
        check(desk, place, waybill)
        for path in final(place):
            path.unlink()
    return first


def check(desk, place, waybill):
    """At most one final file, of exactly the signed bytes; delivered only when it is there; the ledger holds."""
    there = final(place)
    assert [path.read_bytes() == desk.data for path in there] in ([], [True])
    assert [path.name for path in there] in ([], [waybill.remote_name])
    if desk.state(waybill) in SETTLED:
        assert len(there) == 1
    assert verify(desk.ledger.place).faults == []


def length_of(desk, place, way):
    """Bytes that one honest delivery takes one way."""
    with line(place.port) as laid:
        desk.towards(port=laid.port)
        assert desk.send(approved(desk, "honest"), place.transport()) is State.DELIVERED
    for path in final(place):
        path.unlink()
    return laid.connections[0].passed[way]


@pytest.mark.fault("F2")
@pytest.mark.parametrize("place", SERVERS, indirect=True)
@pytest.mark.parametrize(("way", "times"), [(Way.UP, 1), (Way.UP, 3), (Way.DOWN, 3)], ids=["up", "up always", "down"])
def test_wherever_the_line_is_cut_one_whole_file_arrives_in_the_end(desk, place, way, times):
    length = length_of(desk, place, way)
    ends = [
        crosses(desk, place, f"cut{number}", [Fault(Trouble.CUT, way, length * number // CUTS)] * times)
        for number in range(CUTS)
    ]
    if way is Way.UP and times == 1:
        assert State.UNKNOWN not in ends[CUTS // 2 : CUTS * 3 // 4], "a single cut in the upload is gone on from"
    if times > 1:
        assert State.UNKNOWN in ends


@pytest.mark.fault("F2")
@pytest.mark.parametrize("place", SERVERS, indirect=True)
@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.STALL])
def test_a_rename_whose_answer_is_lost_is_found_by_looking(desk, place, trouble):
    fault = Fault(trouble, Way.DOWN, when=lambda: bool(final(place)))
    assert crosses(desk, place, "renamed", [fault], step=1) is State.UNKNOWN


@pytest.mark.fault("F3")
@pytest.mark.parametrize("place", SERVERS, indirect=True)
@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 0.99, 0.999])
def test_a_half_open_peer_is_given_up_in_one_step(desk, place, share):
    stall = Fault(Trouble.STALL, after=int(length_of(desk, place, Way.UP) * share))
    with line(place.port, [stall]) as laid:
        desk.towards(port=laid.port)
        waybill = approved(desk, "stalled")
        began = time.monotonic()
        with pytest.raises(Timeout):
            desk.send(waybill, place.transport(step=0.5))
        assert time.monotonic() - began < 30
        assert len(laid.connections) == 1, "a server that does not answer is not asked again"
        assert desk.state(waybill) is (State.REFUSED if share == 0.0 else State.UNKNOWN)
    check(desk, place, waybill)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sftp-watchdog")]


@pytest.mark.fault("F3")
def test_the_deadlines_in_use_give_up_within_a_minute():
    assert Deadlines().connect + Deadlines().step <= 60


@pytest.mark.fault("F4")
@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_a_drip_is_bounded_by_the_total(desk, place):
    drip = Fault(Trouble.DRIP, after=length_of(desk, place, Way.UP) // 2, pause=0.01)
    with line(place.port, [drip]) as laid:
        desk.towards(port=laid.port)
        waybill = approved(desk, "dripping")
        began = time.monotonic()
        with pytest.raises(Timeout):
            desk.send(waybill, place.transport(total=1.5))
        assert time.monotonic() - began < 15, "the total ends it, not the step of half a minute"
        assert desk.state(waybill) is State.UNKNOWN
    check(desk, place, waybill)


@pytest.mark.fault("F4")
@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_a_line_that_is_only_late_delivers(desk, place):
    assert crosses(desk, place, "late", [Fault(Trouble.DELAY, pause=0.01)]) is State.DELIVERED


@pytest.mark.fault("F7")
@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_after_a_wrong_host_key_not_a_byte_goes_up(desk, place):
    """What goes up before the server's key is known is the key exchange, which holds no secret of ours."""
    with line(place.port) as laid:
        desk.towards(port=laid.port, host_key=public_text(demo_user_key()))
        waybill = approved(desk, "impostor")
        with pytest.raises(HostKeyChanged):
            desk.send(waybill, place.transport())
        assert desk.state(waybill) is State.REFUSED
        with pytest.raises(HostKeyChanged):
            desk.send(waybill, place.transport())
        assert len({one.passed[Way.UP] for one in laid.connections}) == 1
        assert laid.connections[0].passed[Way.UP] < 4_000
    assert final(place) == []


@pytest.mark.fault("F2")
def test_a_line_that_ends_before_the_first_word_leaves_the_file_unsent(desk, asyncssh_server):
    place, server = asyncssh_server()
    with line(place.port, [Fault(Trouble.CUT)] * 3) as laid:
        desk.towards(port=laid.port)
        waybill = approved(desk, "nothing")
        with pytest.raises(ConnectionLost):
            desk.send(waybill, place.transport())
        assert len(laid.connections) == 1, "nothing was begun, so nothing is gone on with"
    assert desk.state(waybill) is State.REFUSED
    assert server.logins == []
