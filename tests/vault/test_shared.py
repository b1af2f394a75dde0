"""A vault and pupil keys that several machines share: an index and keys on PostgreSQL, artefacts through fsspec."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from tests import postgres_server
from vault.pupils import PupilKeyGone, PupilKeys
from vault.store import ArtefactGone, ArtefactMissing, SharedVault, Vault

DAY = dt.date(2026, 10, 1)
AT = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
KEK = bytes(range(32))

pytestmark = pytest.mark.server


@dataclass
class Place:
    """Where two machines meet; `machine` opens the vault as each would."""

    folder: Path
    identity: Identity
    shared: SharedVault
    keys: str

    def machine(self, name: str) -> Vault:
        return Vault(self.folder / name, self.identity, shared=self.shared)


@pytest.fixture(scope="module")
def server() -> Iterator[postgres_server.Server]:
    with postgres_server.serving() as running:
        yield running


@pytest.fixture(params=["file", "memory"])
def place(request, server, tmp_path) -> Place:
    number = next(server.names)
    files = f"file://{tmp_path}/shared" if request.param == "file" else f"memory://vault{number}"
    index = SharedVault(files, server.url(f"vault_{number}"))
    return Place(tmp_path, Identity.generate(), index, server.url(f"keys_{number}"))


def test_what_one_machine_seals_another_opens_and_nothing_lies_in_their_own_folders(place):
    one, other = place.machine("one"), place.machine("other")
    artefact = one.seal(b"roll", "snapshot", DAY)
    one.record("run", "census/snapshot", "900001", artefact)
    found = other.find("run", "census/snapshot", "900001")
    assert found == artefact
    assert other.open(artefact.address) == b"roll"
    assert not (place.folder / "one").exists()
    assert not (place.folder / "other").exists()


def test_a_step_done_again_elsewhere_replaces_its_own_output(place):
    one, other = place.machine("one"), place.machine("other")
    for vault, data in ((one, b"first"), (other, b"second")):
        vault.record("run", "census/snapshot", "900001", vault.seal(data, "snapshot", DAY))
    assert one.open(one.find("run", "census/snapshot", "900001").address) == b"second"


def test_what_was_dropped_is_gone_for_both_and_what_no_row_names_is_a_stray(place):
    one, other = place.machine("one"), place.machine("other")
    gone, kept = one.seal(b"x", "file", DAY), one.seal(b"y", "file", DAY)
    other.drop(gone.address, DAY)
    with pytest.raises(ArtefactGone):
        one.open(gone.address)
    assert one.strays() == []
    one._shelf.put(gone.address, b"x")
    assert other.strays() == [f"{gone.address[:2]}/{gone.address[2:]}"]
    assert other.open(kept.address) == b"y"


def test_a_file_lost_from_the_storage_is_named_as_missing(place):
    one = place.machine("one")
    lost = one.seal(b"x", "file", DAY)
    one._shelf.remove(lost.address)
    with pytest.raises(ArtefactMissing):
        one.open(lost.address)


def test_a_backup_of_a_shared_vault_is_a_vault_of_one_folder(place):
    one = place.machine("one")
    kept = one.seal(b"x", "file", DAY)
    one.drop(one.seal(b"y", "file", DAY).address, DAY)
    assert one.copy_to(place.folder / "copy") == 1
    assert Vault(place.folder / "copy", place.identity).open(kept.address) == b"x"


def test_two_machines_know_a_pupil_by_one_key_and_a_destroyed_one_is_gone_for_both(place):
    one, other = PupilKeys(place.keys, KEK), PupilKeys(place.keys, KEK)
    ((made,), (met,)) = (keys.pupils("900001", ["p1"], ["A123"]) for keys in (one, other))
    assert made == met
    one.copy_to(place.folder / "keys.sqlite")
    other.destroy(made.ref, AT)
    with pytest.raises(PupilKeyGone):
        one.key(made.ref)
    assert one.tombstones() == [(made.ref, AT)]
    assert one.by_upn("A123") == ()
    assert PupilKeys(place.folder / "keys.sqlite", KEK).key(made.ref) == made
