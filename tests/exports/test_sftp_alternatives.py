"""What a recipient may ask for instead of the usual order of steps, each declared in the agreement."""

import base64
import datetime as dt
import getpass
import hashlib
from dataclasses import replace

import asyncssh
import pytest

from exports.delivery import StillUnknown
from exports.parcel import Parcel
from exports.terms import Legacy
from exports.transports import Finding
from exports.transports.sftp_failures import (
    AlgorithmMismatch,
    ConnectionLost,
    HostKeyChanged,
    RemoteDirectoryMissing,
    RemoteNameTaken,
    RemotePermission,
    RemoteQuota,
)
from ledger.states import State
from simulator import sftp as servers
from simulator.sftp import demo_user_key, public_text
from tests.exports.desk import TODAY, Place
from tests.exports.test_sftp_faults import Files, cuts_in, failing, settled

TRIGGERED = "149001_2026-10-20_001.csv.done"


@pytest.fixture
def strict(tmp_path, desk):
    """Start an OpenSSH server that declines some requests: `start("rename", ...) -> Place`."""
    if not servers.SSHD.exists():
        pytest.skip("OpenSSH is not installed")
    running = []

    def start(*forbidden):
        key, user = demo_user_key(), getpass.getuser()
        account = servers.Account(user, public_text(key), ("in", "staging"))
        manager = servers.serving(tmp_path / "strict", [account], program=servers.Program.OPENSSH, forbidden=forbidden)
        server = manager.__enter__()
        running.append(manager)
        place = Place(server.port, user, server.root / user / "in", servers.private_text(key), server.host_key)
        desk.towards(**place.route())
        return place

    yield start
    for manager in running:
        manager.__exit__(None, None, None)


@pytest.mark.server
@pytest.mark.parametrize("placing", ["renamed", "direct"])
def test_a_recipient_who_forbids_renaming_gets_it_under_its_final_name_and_then_the_trigger(desk, strict, placing):
    place = strict("rename", "posix-rename")
    desk.towards(placing=placing, trigger=".done")
    waybill = desk.approve(desk.enter())
    if placing == "renamed":
        with pytest.raises(RemotePermission):
            desk.send(waybill, place.transport())
        assert waybill.remote_name not in place.names()
        assert desk.state(waybill) is State.UNKNOWN
        return
    assert desk.send(waybill, place.transport()) is State.DELIVERED
    assert place.names() == [waybill.remote_name, TRIGGERED]
    assert (place.folder / waybill.remote_name).read_bytes() == desk.data
    assert (place.folder / TRIGGERED).read_bytes() == b""


@pytest.mark.server
def test_a_recipient_who_forbids_reading_gets_it_unverified_and_by_name_only(desk, strict):
    place = strict("read")
    desk.towards(read_back=False)
    waybill = desk.approve(desk.enter())
    assert desk.send(waybill, place.transport()) is State.DELIVERED_UNVERIFIED
    assert (place.folder / waybill.remote_name).read_bytes() == desk.data


@pytest.mark.server
def test_a_recipient_who_watches_the_folder_never_sees_a_part_in_it(desk, strict):
    place = strict()
    (place.folder.parent / "in").rename(place.folder.parent / "gone")
    desk.towards(staging="staging", directory="in")
    waybill = desk.approve(desk.enter())
    with pytest.raises(RemoteDirectoryMissing):
        desk.send(waybill, place.transport())
    part = place.folder.parent / "staging" / f".{waybill.remote_name}.part-{waybill.sha256[:12]}"
    assert part.read_bytes() == desk.data
    (place.folder.parent / "gone").rename(place.folder.parent / "in")
    assert settled(desk, waybill, place.transport()) is State.REFUSED
    assert not part.exists()
    assert desk.send(waybill, place.transport()) is State.DELIVERED
    assert place.names() == [waybill.remote_name]
    assert list(part.parent.iterdir()) == []


@pytest.mark.server
def test_a_recipient_who_waits_for_a_trigger_gets_it_last(desk, strict):
    place = strict()
    desk.towards(trigger=".done")
    waybill = desk.approve(desk.enter())
    assert desk.send(waybill, place.transport()) is State.DELIVERED
    assert place.names() == [waybill.remote_name, TRIGGERED]


def test_nothing_is_laid_beside_a_trigger_that_is_there_already(desk, asyncssh_server):
    place, _ = asyncssh_server()
    desk.towards(trigger=".done")
    (place.folder / TRIGGERED).touch()
    waybill = desk.approve(desk.enter())
    with pytest.raises(RemoteNameTaken):
        desk.send(waybill, place.transport())
    assert place.names() == [TRIGGERED]
    assert desk.state(waybill) is State.REFUSED


def test_the_same_bytes_already_there_are_announced_and_not_sent_again(desk, asyncssh_server):
    place, _ = asyncssh_server()
    desk.towards(trigger=".done")
    waybill = desk.approve(desk.enter())
    (place.folder / waybill.remote_name).write_bytes(desk.data)
    assert desk.send(waybill, place.transport()) is State.DELIVERED
    assert place.names() == [waybill.remote_name, TRIGGERED]
    assert desk.ledger.events("delivered")[0].body["detail"]["receipt"]["already_there"] is True


@pytest.mark.parametrize("placing", ["renamed", "direct"])
def test_a_file_whose_trigger_is_not_there_is_not_called_delivered(desk, asyncssh_server, placing):
    honest = [False]

    def open_(self, path, pflags, attrs):
        if path.endswith(b".done") and not honest[0]:
            cuts_in(self)
        return Files.open(self, path, pflags, attrs)

    place, _ = asyncssh_server(files=failing(open=open_))
    desk.towards(placing=placing, trigger=".done")
    waybill = desk.approve(desk.enter())
    with pytest.raises(ConnectionLost):
        desk.send(waybill, place.transport())
    honest[0] = True
    assert desk.state(waybill) is State.UNKNOWN
    assert place.transport().look(Parcel.of(waybill), desk.agreement.delivery).finding is Finding.UNANNOUNCED
    with pytest.raises(StillUnknown, match="unannounced"):
        settled(desk, waybill, place.transport())
    assert place.names() == [waybill.remote_name]
    (place.folder / TRIGGERED).touch()
    assert settled(desk, waybill, place.transport()) is State.DELIVERED


def test_a_part_under_the_final_name_is_never_removed_nor_called_delivered(desk, asyncssh_server):
    honest = [False]

    def write(self, file_obj, offset, data):
        if offset and not honest[0]:
            cuts_in(self)
        return Files.write(self, file_obj, offset, data)

    place, server = asyncssh_server(files=failing(write=write))
    desk.towards(placing="direct", trigger=".done")
    desk.data = b"invented " * 100_000
    waybill = desk.approve(desk.enter())
    with pytest.raises(ConnectionLost):
        desk.send(waybill, place.transport())
    honest[0] = True
    assert len(server.logins) == 1, "under the final name there is no going on"
    with pytest.raises(StillUnknown, match="different"):
        settled(desk, waybill, place.transport())
    assert place.names() == [waybill.remote_name]


@pytest.mark.parametrize(
    ("fails", "refusal", "state"),
    [
        (asyncssh.SFTPPermissionDenied("no"), RemotePermission, State.REFUSED),
        (asyncssh.SFTPFailure("no"), RemoteQuota, State.REFUSED),
    ],
)
def test_a_final_name_that_the_server_will_not_open_leaves_nothing(desk, asyncssh_server, fails, refusal, state):
    def open_(self, path, pflags, attrs):
        del self, path, pflags, attrs
        raise fails

    place, _ = asyncssh_server(files=failing(open=open_))
    desk.towards(placing="direct", trigger=".done")
    waybill = desk.approve(desk.enter())
    with pytest.raises(refusal):
        desk.send(waybill, place.transport())
    assert desk.state(waybill) is state
    assert place.names() == []


def test_an_answer_lost_while_opening_the_final_name_is_in_doubt(desk, asyncssh_server):
    def open_(self, path, pflags, attrs):
        opened = Files.open(self, path, pflags, attrs)
        self.channel.get_connection().abort()
        return opened

    place, _ = asyncssh_server(files=failing(open=open_))
    desk.towards(placing="direct", trigger=".done")
    waybill = desk.approve(desk.enter())
    with pytest.raises(ConnectionLost):
        desk.send(waybill, place.transport())
    assert place.names() == [waybill.remote_name]
    assert desk.state(waybill) is State.UNKNOWN


@pytest.mark.parametrize("named", [True, False])
def test_while_a_host_key_changes_either_is_accepted_if_the_agreement_names_both(desk, asyncssh_server, named):
    place, server = asyncssh_server()
    coming = desk.agreement.delivery.host_key
    desk.towards(host_key=public_text(demo_user_key()), next_host_key=coming if named else None)
    waybill = desk.approve(desk.enter())
    if named:
        assert desk.send(waybill, place.transport()) is State.DELIVERED
        return
    with pytest.raises(HostKeyChanged):
        desk.send(waybill, place.transport())
    assert server.logins == []


OUTDATED = {"encryption_algs": ["aes256-cbc"], "mac_algs": ["hmac-sha1"]}
OPTED_IN = Legacy(("aes256-cbc", "hmac-sha1"), TODAY, "their server is replaced in the spring")


@pytest.mark.parametrize(
    ("legacy", "arrives"),
    [
        (OPTED_IN, True),
        (replace(OPTED_IN, until=TODAY - dt.timedelta(days=1)), False),
        (replace(OPTED_IN, algorithms=("aes256-cbc",)), False),
        (None, False),
    ],
    ids=["opted in", "over", "not all of it", "not at all"],
)
def test_an_outdated_server_is_reached_only_while_the_agreement_says_so(desk, asyncssh_server, legacy, arrives):
    place, server = asyncssh_server(**OUTDATED)
    desk.towards(legacy=legacy)
    waybill = desk.approve(desk.enter())
    if arrives:
        assert desk.send(waybill, place.transport()) is State.DELIVERED
        return
    with pytest.raises(AlgorithmMismatch):
        desk.send(waybill, place.transport())
    assert server.logins == []
    assert desk.state(waybill) is State.REFUSED


def test_a_modern_server_is_spoken_to_in_modern_algorithms_whatever_was_opted_in(desk, asyncssh_server):
    place, server = asyncssh_server()
    desk.towards(legacy=OPTED_IN)
    desk.send(desk.approve(desk.enter()), place.transport())
    assert server.connections[0].get_extra_info("recv_cipher") == "aes256-gcm@openssh.com"


def test_the_greeting_of_a_server_says_who_it_is_and_whether_the_folder_is_there(desk, asyncssh_server):
    place, _ = asyncssh_server()
    route = desk.agreement.delivery
    greeting = place.transport().greet(route)
    blob = route.host_key.split()[1].encode()
    shown = hashlib.sha256(base64.b64decode(blob)).digest()
    assert greeting.fingerprint.startswith("SHA256:")
    assert greeting.fingerprint == "SHA256:" + base64.b64encode(shown).decode().rstrip("=")
    assert greeting.directory is True
    assert place.transport().greet(replace(route, directory="elsewhere")).directory is False
    assert place.names() == []


def test_a_route_without_a_folder_means_where_one_lands(desk, openssh):
    assert openssh.transport().greet(replace(desk.agreement.delivery, directory="")).directory is True
