"""Handing a file over in a folder: whole, once, never over another, and read back."""

import dataclasses

import pytest

from exports.delivery import deliver, resolve
from exports.parcel import Parcel
from exports.transports import Finding
from exports.transports.folder import FolderTransport, HandingOverFailed
from exports.waybill import sha256
from ledger.states import State
from tests.exports.desk import FILE, NOW, ROUTE


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "handed-over"


@pytest.fixture
def handing(desk):
    """A release that is handed over: the gate has passed it."""
    desk.agreement = dataclasses.replace(
        desk.agreement, delivery=dataclasses.replace(ROUTE, directory="/case_1", ends_as="handed over")
    )
    return desk.approve(desk.enter())


def place(folder, waybill):
    return folder / "case_1" / waybill.remote_name


def test_the_bytes_lie_there_for_their_owner_only_and_the_state_says_handed_over(desk, handing, folder):
    state = deliver(desk.ledger, desk.gate(handing), FolderTransport(folder), lambda: NOW)
    assert state is State.HANDED_OVER
    assert place(folder, handing).read_bytes() == FILE
    assert place(folder, handing).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in place(folder, handing).parent.iterdir()] == [handing.remote_name]


@pytest.mark.parametrize(("lies", "ends"), [(FILE, State.HANDED_OVER), (b"another", State.REFUSED)])
def test_a_name_that_is_taken_is_never_written_over(desk, handing, folder, lies, ends):
    place(folder, handing).parent.mkdir(parents=True)
    place(folder, handing).write_bytes(lies)
    if ends is State.REFUSED:
        with pytest.raises(HandingOverFailed):
            deliver(desk.ledger, desk.gate(handing), FolderTransport(folder), lambda: NOW)
    else:
        deliver(desk.ledger, desk.gate(handing), FolderTransport(folder), lambda: NOW)
    assert desk.state(handing) is ends
    assert place(folder, handing).read_bytes() == lies


def test_a_folder_that_cannot_be_written_refuses_the_release_which_may_go_again(desk, handing, folder):
    folder.write_bytes(b"a file where the folder should be")
    with pytest.raises(HandingOverFailed) as refused:
        deliver(desk.ledger, desk.gate(handing), FolderTransport(folder), lambda: NOW)
    assert not refused.value.payload_began
    assert desk.state(handing) is State.REFUSED
    folder.unlink()
    assert deliver(desk.ledger, desk.gate(handing), FolderTransport(folder), lambda: NOW) is State.HANDED_OVER


@pytest.mark.parametrize(
    ("lies", "finding"),
    [
        ({}, Finding.ABSENT),
        ({"": FILE}, Finding.THERE),
        ({"": b"another"}, Finding.DIFFERENT),
        ({".part": b"half"}, Finding.CLEARED),
        ({"": FILE, ".part": FILE}, Finding.THERE),
    ],
    ids=["nothing", "whole", "another", "half", "whole and half"],
)
def test_looking_says_what_lies_there(desk, handing, folder, lies, finding):
    place(folder, handing).parent.mkdir(parents=True)
    for suffix, data in lies.items():
        place(folder, handing).with_name(handing.remote_name + suffix).write_bytes(data)
    sighting = FolderTransport(folder).look(Parcel.of(handing), desk.agreement.delivery)
    assert sighting.finding is finding
    assert (sighting.receipt is not None) is (finding is Finding.THERE)
    if sighting.receipt is not None:
        assert sighting.receipt.read_back_sha256 == sha256(FILE)


def test_an_attempt_that_was_cut_off_is_settled_by_looking(desk, handing, folder):
    transport = FolderTransport(folder)
    release = desk.gate(handing)
    transport.send(release)
    later = NOW + 2 * transport.longest
    state = resolve(
        desk.ledger,
        waybill=handing,
        agreement=desk.agreement,
        disclosures=desk.batch,
        transport=transport,
        clock=lambda: later,
    )
    assert state is State.HANDED_OVER


def test_what_cannot_be_read_there_settles_nothing(desk, handing, folder):
    place(folder, handing).mkdir(parents=True)
    with pytest.raises(HandingOverFailed) as caught:
        FolderTransport(folder).look(Parcel.of(handing), desk.agreement.delivery)
    assert caught.value.payload_began


def test_a_file_that_was_confirmed_is_forgotten_once(desk, handing, folder):
    transport, parcel, route = FolderTransport(folder), Parcel.of(handing), desk.agreement.delivery
    assert not transport.forget(parcel, route)
    place(folder, handing).parent.mkdir(parents=True)
    place(folder, handing).write_bytes(FILE)
    assert transport.forget(parcel, route)
    assert not place(folder, handing).exists()
    place(folder, handing).mkdir()
    with pytest.raises(HandingOverFailed):
        transport.forget(parcel, route)
