import datetime as dt
import hashlib
import stat
import threading

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrage.x25519 import Identity

from vault.store import (
    Artefact,
    ArtefactChanged,
    ArtefactGone,
    ArtefactLocked,
    ArtefactMissing,
    ArtefactUnknown,
    Vault,
)

DAY = dt.date(2026, 10, 1)
SECRET = b"Zebedee Quillfeather" * 50


@pytest.fixture
def identity():
    return Identity.generate()


@pytest.fixture
def vault(tmp_path, identity):
    opened = Vault(tmp_path / "vault", identity)
    yield opened
    opened.close()


def file_of(vault, artefact):
    return vault.root / artefact.address[:2] / artefact.address[2:]


@pytest.mark.parametrize("data", [b"", b"x", SECRET, bytes(200_000)])
def test_what_is_sealed_opens(vault, data):
    artefact = vault.seal(data, "snapshot", DAY)
    assert vault.open(artefact.address) == data
    assert vault.artefact(artefact.address) == artefact
    sealed = file_of(vault, artefact).read_bytes()
    assert artefact == Artefact(hashlib.sha256(sealed).hexdigest(), len(sealed), "snapshot", DAY)


def test_the_same_bytes_sealed_twice_cannot_be_told_alike(vault):
    assert vault.seal(SECRET, "file", DAY).address != vault.seal(SECRET, "file", DAY).address


def test_nothing_on_disk_shows_what_was_sealed_or_is_open_to_others(vault):
    vault.seal(SECRET, "snapshot", DAY)
    paths = [vault.root, *vault.root.rglob("*")]
    assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    assert [path for path in paths if path.is_file() and b"Quillfeather" in path.read_bytes()] == []


def plant(vault, identity):
    """Put a well-made artefact in place without an index row, as anybody with the public key could."""
    sealed = pyrage.encrypt(b"planted", [identity.to_public()])
    address = hashlib.sha256(sealed).hexdigest()
    path = vault.root / address[:2] / address[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(sealed)
    return address


def test_a_planted_file_is_not_opened(vault, identity):
    with pytest.raises(ArtefactUnknown, match="no index row"):
        vault.open(plant(vault, identity))


def test_a_missing_file_is_named(vault):
    artefact = vault.seal(SECRET, "file", DAY)
    file_of(vault, artefact).unlink()
    with pytest.raises(ArtefactMissing, match=artefact.address[:12]):
        vault.open(artefact.address)


@settings(max_examples=30, deadline=None)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_changed_byte_is_found(tmp_path_factory, at, bit):
    vault = Vault(tmp_path_factory.mktemp("tamper"), Identity.generate())
    artefact = vault.seal(b"a pupil", "file", DAY)
    path = file_of(vault, artefact)
    sealed = bytearray(path.read_bytes())
    sealed[at % len(sealed)] ^= 1 << bit
    path.write_bytes(sealed)
    with pytest.raises(ArtefactChanged, match="was changed"):
        vault.open(artefact.address)
    vault.close()


def test_two_files_that_changed_places_are_found(vault):
    one, other = (vault.seal(data, "file", DAY) for data in (b"one", b"other"))
    file_of(vault, one).write_bytes(file_of(vault, other).read_bytes())
    with pytest.raises(ArtefactChanged):
        vault.open(one.address)


def test_another_identity_cannot_open(vault, tmp_path):
    artefact = vault.seal(SECRET, "file", DAY)
    stranger = Vault(tmp_path / "vault", Identity.generate())
    with pytest.raises(ArtefactLocked, match="not sealed to this identity"):
        stranger.open(artefact.address)
    stranger.close()


def test_a_recovery_holder_can_open(tmp_path, identity):
    holder = Identity.generate()
    vault = Vault(tmp_path / "vault", identity, [holder.to_public()])
    artefact = vault.seal(SECRET, "file", DAY)
    vault.close()
    recovered = Vault(tmp_path / "vault", holder)
    assert recovered.open(artefact.address) == SECRET
    recovered.close()


def test_an_output_belongs_to_exactly_one_run_asset_and_partition(vault):
    artefact = vault.seal(SECRET, "snapshot", DAY)
    vault.record("run 1", "census/snapshot", "2026-autumn|100001", artefact)
    assert vault.find("run 1", "census/snapshot", "2026-autumn|100001") == artefact
    for twin in [
        ("run 2", "census/snapshot", "2026-autumn|100001"),
        ("run 1", "census/tables", "2026-autumn|100001"),
        ("run 1", "census/snapshot", "2026-autumn|100002"),
        ("run 1", "census/snapshot", None),
    ]:
        assert vault.find(*twin) is None


def test_a_retried_step_replaces_its_own_output(vault):
    first, second = (vault.seal(data, "snapshot", DAY) for data in (b"1", b"2"))
    for artefact in (first, second):
        vault.record("run", "asset", None, artefact)
    assert vault.find("run", "asset", None) == second


def test_a_dropped_artefact_is_gone_and_its_row_says_when(vault):
    artefact = vault.seal(SECRET, "snapshot", DAY)
    vault.record("run", "asset", None, artefact)
    vault.drop(artefact.address, dt.date(2026, 9, 3))
    assert not file_of(vault, artefact).exists()
    assert vault.find("run", "asset", None) is None
    for verb in (vault.open, vault.artefact, lambda address: vault.drop(address, DAY)):
        with pytest.raises(ArtefactGone, match="removed on 2026-09-03"):
            verb(artefact.address)


def purged(vault):
    """Drop everything whose day has come, as `exports.purging` does."""
    due = vault.overdue(DAY)
    for artefact in due:
        vault.drop(artefact.address, DAY)
    return due


def test_the_purge_takes_what_is_due_and_nothing_else(vault):
    days = [DAY - dt.timedelta(days=1), DAY, DAY + dt.timedelta(days=1)]
    before, due, later = (vault.seal(b"x", "file", day) for day in days)
    assert vault.overdue(DAY) == [before, due]
    assert purged(vault) == [before, due]
    assert vault.overdue(DAY) == purged(vault) == []
    assert vault.open(later.address) == b"x"
    assert list(vault.root.glob("??/*")) == [file_of(vault, later)]


def test_a_purge_broken_off_is_finished_by_the_next(vault):
    artefact = vault.seal(b"x", "file", DAY)
    file_of(vault, artefact).unlink()
    assert vault.overdue(DAY) == [artefact]
    assert purged(vault) == [artefact]
    assert vault.overdue(DAY) == []


def test_a_seal_broken_off_leaves_nothing_that_the_purge_misses(vault, monkeypatch):
    def full(path, data):
        path.with_name(f"{path.name}.part").write_bytes(data[:10])
        raise OSError

    monkeypatch.setattr("vault.shelves.write_whole", full)
    with pytest.raises(OSError):  # noqa: PT011  what the disk says is not ours
        vault.seal(b"x", "file", DAY)
    assert len(list(vault.root.glob("??/*"))) == 1
    assert len(purged(vault)) == 1
    assert list(vault.root.glob("??/*")) == []


def test_a_file_that_no_row_stands_for_is_a_stray(vault):
    kept, gone = vault.seal(b"x", "file", DAY), vault.seal(b"y", "file", DAY)
    assert vault.strays() == []
    vault.drop(gone.address, DAY)
    file_of(vault, gone).write_bytes(b"y")
    beside = file_of(vault, kept).with_name("beside")
    beside.write_bytes(b"z")
    assert vault.strays() == sorted(str(path.relative_to(vault.root)) for path in (file_of(vault, gone), beside))


def test_threads_seal_side_by_side(vault):
    made = []
    threads = [
        threading.Thread(target=lambda n=n: made.append((n, vault.seal(bytes([n]), "file", DAY)))) for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {vault.open(artefact.address) for _, artefact in made} == {bytes([n]) for n in range(16)}
