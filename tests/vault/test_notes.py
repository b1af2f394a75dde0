"""Notes of work in progress: sealed, replaced, removed, and not taken from anybody else."""

import datetime as dt

import pytest
from pyrage.x25519 import Identity

from vault.notes import SealedNotes


@pytest.fixture
def identity():
    return Identity.generate()


def test_a_note_comes_back_is_replaced_and_goes(tmp_path, identity):
    notes = SealedNotes(tmp_path / "notes", identity)
    assert notes.load("one") is None
    notes.save("one", b"first")
    notes.save("one", b"second")
    assert SealedNotes(tmp_path / "notes", identity).load("one") == b"second"
    notes.forget(["one", "two"])
    assert notes.load("one") is None
    assert list((tmp_path / "notes").iterdir()) == []


def test_what_nobody_went_on_with_goes(tmp_path, identity):
    notes = SealedNotes(tmp_path, identity)
    notes.save("one", b"first")
    (file,) = tmp_path.iterdir()
    written = dt.datetime.fromtimestamp(int(file.stat().st_mtime), dt.UTC)
    notes.purge(written)
    assert notes.load("one") == b"first"
    notes.purge(written + dt.timedelta(seconds=2))
    assert notes.load("one") is None


def test_nothing_of_a_note_can_be_read_in_its_file_or_its_name(tmp_path, identity):
    SealedNotes(tmp_path, identity).save("a name", b"a value" * 100)
    (file,) = tmp_path.iterdir()
    assert b"value" not in file.read_bytes()
    assert "name" not in file.name
    assert file.stat().st_mode & 0o77 == 0


def test_a_note_of_another_key_another_name_or_with_a_changed_byte_is_none(tmp_path, identity):
    notes = SealedNotes(tmp_path, identity)
    notes.save("one", b"first")
    (file,) = tmp_path.iterdir()
    assert SealedNotes(tmp_path, Identity.generate()).load("one") is None
    whole = file.read_bytes()
    notes.save("two", b"second")
    (other,) = set(tmp_path.iterdir()) - {file}
    file.write_bytes(other.read_bytes())
    assert notes.load("one") is None
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert notes.load("one") is None
    file.write_bytes(b"")
    assert notes.load("one") is None
