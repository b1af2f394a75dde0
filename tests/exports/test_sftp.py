"""Delivery to a real OpenSSH server."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from exports.delivery import deliver
from exports.parcel import Parcel
from exports.release import ReleaseSpent
from exports.transports import Finding
from exports.transports.sftp import Password, PrivateKey, SftpTransport
from exports.transports.sftp_failures import (
    AuthenticationFailed,
    ConnectionRefusedByServer,
    CredentialUnusable,
    HostKeyChanged,
    RemoteDirectoryMissing,
    RemoteNameTaken,
)
from ledger.states import State
from ledger.store import AlreadySent
from ledger.verify import verify
from simulator.sftp import demo_user_key, private_text, public_text

pytestmark = pytest.mark.server


def test_the_signed_bytes_arrive_under_the_final_name_and_nothing_else(desk, openssh):
    waybill = desk.approve(desk.enter())
    assert desk.send(waybill, openssh.transport()) is State.DELIVERED
    assert openssh.names() == [waybill.remote_name]
    assert (openssh.folder / waybill.remote_name).read_bytes() == desk.data
    receipt = desk.ledger.events("delivered")[0].body["detail"]["receipt"]
    assert receipt["verified"] is True
    assert receipt["read_back_sha256"] == hashlib.sha256(desk.data).hexdigest()
    assert receipt["peer"].startswith("SHA256:")
    assert receipt["already_there"] is False


@pytest.mark.parametrize("length", [1, 255 * 1024 - 1, 255 * 1024, 255 * 1024 + 1, 5_000_000])
def test_every_length_around_a_chunk_arrives_whole(desk, openssh, length):
    desk.data = bytes(range(256)) * (length // 256 + 1)
    desk.data = desk.data[:length]
    waybill = desk.approve(desk.enter())
    desk.send(waybill, openssh.transport())
    assert (openssh.folder / waybill.remote_name).read_bytes() == desk.data


def test_the_pin_may_be_a_fingerprint(desk, openssh):
    waybill = desk.approve(desk.enter())
    desk.send(waybill, openssh.transport())
    fingerprint = desk.ledger.events("delivered")[0].body["detail"]["receipt"]["peer"]
    desk.towards(host_key=fingerprint)
    second = desk.approve(desk.enter(release_version=2, remote_name="second.csv"))
    assert desk.send(second, openssh.transport()) is State.DELIVERED


def test_a_route_that_ends_with_a_person_ends_as_handed_over(desk, openssh):
    desk.towards(ends_as="handed over")
    assert desk.send(desk.approve(desk.enter()), openssh.transport()) is State.HANDED_OVER


def test_a_recipient_who_forbids_reading_gets_it_unverified(desk, openssh):
    desk.towards(read_back=False)
    waybill = desk.approve(desk.enter())
    assert desk.send(waybill, openssh.transport()) is State.DELIVERED_UNVERIFIED
    assert (openssh.folder / waybill.remote_name).read_bytes() == desk.data


def test_the_same_bytes_already_there_are_not_sent_again(desk, openssh):
    waybill = desk.approve(desk.enter())
    final = openssh.folder / waybill.remote_name
    final.write_bytes(desk.data)
    before = final.stat().st_mtime_ns, final.stat().st_ino
    assert desk.send(waybill, openssh.transport()) is State.DELIVERED
    assert (final.stat().st_mtime_ns, final.stat().st_ino) == before
    assert desk.ledger.events("delivered")[0].body["detail"]["receipt"]["already_there"] is True


def _other_host_key(desk, openssh):
    desk.towards(host_key=public_text(demo_user_key()))
    return openssh.transport()


def _other_fingerprint(desk, openssh):
    desk.towards(host_key="SHA256:" + "A" * 43)
    return openssh.transport()


def _other_user_key(desk, openssh):
    del desk, openssh
    return SftpTransport(lambda _: PrivateKey(private_text(demo_user_key())))


def _password(desk, openssh):
    del desk, openssh
    return SftpTransport(lambda _: Password("guess"))


def _not_a_key(desk, openssh):
    del desk, openssh
    return SftpTransport(lambda _: PrivateKey("not a key"))


def _nobody_listens(desk, openssh):
    desk.towards(port=1)
    return openssh.transport()


def _other_directory(desk, openssh):
    desk.towards(directory="elsewhere")
    return openssh.transport()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (_other_host_key, HostKeyChanged),
        (_other_fingerprint, HostKeyChanged),
        (_other_user_key, AuthenticationFailed),
        (_password, AuthenticationFailed),
        (_not_a_key, CredentialUnusable),
        (_nobody_listens, ConnectionRefusedByServer),
        (_other_directory, RemoteDirectoryMissing),
    ],
)
def test_what_fails_before_the_first_byte_is_refused_and_leaves_nothing(desk, openssh, change, refusal):
    transport = change(desk, openssh)
    waybill = desk.approve(desk.enter())
    with pytest.raises(refusal) as caught:
        desk.send(waybill, transport)
    assert type(caught.value) is refusal
    assert caught.value.payload_began is False
    assert openssh.names() == []
    assert desk.state(waybill) is State.REFUSED
    assert desk.ledger.events("refused")[0].body["detail"] == {"failure": refusal.code}
    assert verify(desk.ledger.place).faults == []


def test_another_file_under_the_final_name_is_left_alone(desk, openssh):
    waybill = desk.approve(desk.enter())
    other = desk.data[:-1] + b"?"
    (openssh.folder / waybill.remote_name).write_bytes(other)
    with pytest.raises(RemoteNameTaken):
        desk.send(waybill, openssh.transport())
    assert (openssh.folder / waybill.remote_name).read_bytes() == other
    assert openssh.names() == [waybill.remote_name]
    assert desk.state(waybill) is State.REFUSED


def test_a_delivered_waybill_cannot_be_replayed(desk, openssh):
    waybill = desk.approve(desk.enter())
    desk.send(waybill, openssh.transport())
    (openssh.folder / waybill.remote_name).unlink()
    with pytest.raises(AlreadySent):
        desk.send(waybill, openssh.transport())
    assert openssh.names() == []
    assert desk.state(waybill) is State.DELIVERED


def test_twenty_threads_deliver_one_file_once(desk, openssh):
    waybill = desk.approve(desk.enter())
    start = threading.Barrier(20)

    def attempt(_):
        start.wait()
        try:
            return desk.send(waybill, openssh.transport())
        except AlreadySent as refused:
            return refused

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(attempt, range(20)))
    assert [result for result in results if isinstance(result, State)] == [State.DELIVERED]
    assert openssh.names() == [waybill.remote_name]
    assert len(desk.ledger.events("sending")) == len(desk.ledger.events("delivered")) == 1


def test_one_release_is_good_for_one_attempt_in_many_threads(desk, openssh):
    waybill = desk.approve(desk.enter())
    release = desk.gate(waybill)
    start = threading.Barrier(20)

    def attempt(_):
        start.wait()
        try:
            return deliver(desk.ledger, release, openssh.transport(), lambda: release.waybill.prepared_at)
        except ReleaseSpent as refused:
            return refused

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(attempt, range(20)))
    assert [result for result in results if isinstance(result, State)] == [State.DELIVERED]
    assert openssh.names() == [waybill.remote_name]


@pytest.mark.parametrize("thing", ["text", b"bytes", None])
def test_the_transport_takes_nothing_but_a_release(openssh, thing):
    with pytest.raises(TypeError):
        openssh.transport().send(thing)
    assert openssh.names() == []


def test_looking_tells_what_lies_there_and_clears_a_part(desk, openssh):
    waybill = desk.waybill()
    transport, route = openssh.transport(), desk.agreement.delivery
    final = openssh.folder / waybill.remote_name
    part = openssh.folder / f".{waybill.remote_name}.part-{waybill.sha256[:12]}"
    assert transport.look(Parcel.of(waybill), route).finding is Finding.ABSENT
    part.write_bytes(desk.data[:100])
    assert transport.look(Parcel.of(waybill), route).finding is Finding.CLEARED
    assert openssh.names() == []
    final.write_bytes(desk.data)
    assert transport.look(Parcel.of(waybill), route).finding is Finding.THERE
    final.write_bytes(desk.data + b"more")
    assert transport.look(Parcel.of(waybill), route).finding is Finding.DIFFERENT
    assert transport.look(Parcel.of(waybill), replace(route, read_back=False)).finding is Finding.UNREADABLE
    assert final.read_bytes() == desk.data + b"more"
