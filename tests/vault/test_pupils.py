import datetime as dt
import sqlite3
import stat

import pytest

from ledger.disclosures import digest
from vault.pupils import PupilKeyGone, PupilKeys, TracesRemain, WrongKek

KEK = bytes(range(32))
AT = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
UPN = "A801200001001"


@pytest.fixture
def keys(tmp_path):
    opened = PupilKeys(tmp_path / "pupils.sqlite", KEK)
    yield opened
    opened.close()


def raw(tmp_path):
    return b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_pupil_keeps_reference_and_key(keys, tmp_path):
    made = keys.pupils("100001", ["7", "8"], [UPN, None])
    assert len({pupil.ref for pupil in made} | {pupil.key for pupil in made}) == 4
    assert [(len(pupil.ref), len(pupil.key)) for pupil in made] == [(16, 32)] * 2
    assert keys.pupils("100001", ["8", "7"], [None, None]) == made[::-1]
    keys.close()
    again = PupilKeys(tmp_path / "pupils.sqlite", KEK)
    assert again.by_id("100001", "7") == again.key(made[0].ref) == made[0]
    again.close()


@pytest.mark.parametrize("twin", [("100002", "7"), ("100001", "8"), ("10000", "17")])
def test_another_school_or_id_is_another_pupil(keys, twin):
    (made,) = keys.pupils("100001", ["7"], [None])
    assert keys.by_id(*twin) is None
    (other,) = keys.pupils(twin[0], [twin[1]], [None])
    assert (made.ref, made.key) != (other.ref, other.key)


def test_a_upn_finds_every_record_that_had_it(keys):
    (here,) = keys.pupils("100001", ["7"], [UPN])
    (there,) = keys.pupils("100002", ["9"], [UPN])
    assert set(keys.by_upn(UPN)) == {here.ref, there.ref}
    keys.pupils("100001", ["7"], ["B801200001002"])
    assert keys.by_upn("B801200001002") == (here.ref,)
    assert here.ref in keys.by_upn(UPN)
    assert keys.by_upn("C801200001003") == ()


NEW = "B801200001002"


def test_a_record_set_apart_has_a_reference_for_each_upn(keys):
    (before,) = keys.pupils("100001", ["7"], [UPN])
    (after,) = keys.pupils("100001", ["7"], [NEW], apart={"7"})
    assert keys.by_upn(UPN) == (before.ref,)
    assert keys.by_upn(NEW) == (after.ref,) != (before.ref,)
    assert keys.pupils("100001", ["7"], [NEW], apart={"7"}) == [after]
    assert keys.pupils("100001", ["7"], [UPN], apart={"7"}) == [before]
    assert keys.pupils("100001", ["8"], [NEW], apart={"7"}) != [after]


def test_a_record_set_apart_keeps_what_was_told_under_its_only_upn(keys):
    (before,) = keys.pupils("100001", ["7"], [UPN])
    assert keys.pupils("100001", ["7"], [UPN], apart={"7"}) == [before]


def test_a_record_set_apart_after_both_upns_were_noted_is_parted(keys):
    (before,) = keys.pupils("100001", ["7"], [UPN])
    keys.pupils("100001", ["7"], [NEW])
    assert keys.by_upn(NEW) == (before.ref,)
    (after,) = keys.pupils("100001", ["7"], [NEW], apart={"7"})
    assert keys.by_upn(NEW) == (after.ref,) != (before.ref,)


def test_parting_takes_a_upn_only_from_a_record_that_has_another(keys):
    (both,) = keys.pupils("100001", ["7"], [UPN])
    keys.pupils("100001", ["7"], [NEW])
    (alone,) = keys.pupils("100002", ["9"], [NEW])
    keys.part("100001", NEW)
    keys.part("100002", NEW)
    assert keys.by_upn(UPN) == (both.ref,)
    assert keys.by_upn(NEW) == (alone.ref,)


def test_one_batch_may_not_have_more_upns_than_pupils(keys):
    with pytest.raises(ValueError, match="zip"):
        keys.pupils("100001", ["7"], [UPN, UPN])
    assert keys.by_id("100001", "7") is None


def test_a_key_does_not_show_itself(keys):
    (made,) = keys.pupils("100001", ["7"], [UPN])
    assert str(made.key) not in repr(made)


def test_the_file_shows_no_key_and_no_identifier(keys, tmp_path):
    (made,) = keys.pupils("100001", ["mis-id-7"], [UPN])
    content = raw(tmp_path)
    assert made.ref in content
    assert [found for found in (made.key, b"mis-id-7", UPN.encode(), KEK) if found in content] == []
    assert stat.S_IMODE((tmp_path / "pupils.sqlite").stat().st_mode) == 0o600


def test_a_destroyed_key_is_gone_and_leaves_a_tombstone(keys):
    gone, kept = keys.pupils("100001", ["7", "8"], [UPN, "B801200001002"])
    assert not keys.is_destroyed(gone.ref)
    keys.destroy(gone.ref, AT)
    keys.destroy(gone.ref, AT + dt.timedelta(days=1))
    assert keys.is_destroyed(gone.ref)
    assert keys.tombstones() == [(gone.ref, AT)]
    assert keys.by_id("100001", "7") is None
    assert keys.by_upn(UPN) == ()
    with pytest.raises(PupilKeyGone, match="was destroyed"):
        keys.key(gone.ref)
    assert keys.by_id("100001", "8") == kept
    assert not keys.is_destroyed(kept.ref)


def test_a_pupil_who_comes_back_after_destruction_is_a_new_one(keys):
    (gone,) = keys.pupils("100001", ["7"], [UPN])
    keys.destroy(gone.ref, AT)
    (back,) = keys.pupils("100001", ["7"], [UPN])
    assert back.ref != gone.ref
    assert digest(back.key, "a.t.x", "Oak") != digest(gone.key, "a.t.x", "Oak")


def test_destruction_leaves_no_byte_of_the_wrapped_key(keys, tmp_path):
    gone, _ = keys.pupils("100001", ["7", "8"], [UPN, None])
    connection = sqlite3.connect(tmp_path / "pupils.sqlite")
    (wrapped,) = connection.execute("SELECT wrapped FROM pupils WHERE ref = ?", (gone.ref,)).fetchone()
    aliases = [row[0] for row in connection.execute("SELECT hash FROM aliases WHERE ref = ?", (gone.ref,))]
    connection.close()
    assert all(secret in raw(tmp_path) for secret in (wrapped, *aliases))
    keys.destroy(gone.ref, AT)
    assert [secret for secret in (wrapped, *aliases) if secret in raw(tmp_path)] == []


def test_destruction_that_a_reader_delays_says_so_and_is_finished_later(tmp_path, monkeypatch):
    monkeypatch.setattr("vault.database.BUSY_SECONDS", 0.05)
    hasty = PupilKeys(tmp_path / "pupils.sqlite", KEK)
    (gone,) = hasty.pupils("100001", ["7"], [UPN])
    reader = sqlite3.connect(tmp_path / "pupils.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM pupils").fetchall()
    with pytest.raises(TracesRemain):
        hasty.destroy(gone.ref, AT)
    assert hasty.is_destroyed(gone.ref)
    reader.close()
    hasty.destroy(gone.ref, AT)
    hasty.close()


def test_another_key_encryption_key_is_refused(keys, tmp_path):
    keys.pupils("100001", ["7"], [UPN])
    with pytest.raises(WrongKek, match="another key-encryption key"):
        PupilKeys(tmp_path / "pupils.sqlite", bytes(32))
    with pytest.raises(ValueError, match="32 bytes"):
        PupilKeys(tmp_path / "other.sqlite", b"short")


def test_an_unknown_reference_is_refused(keys):
    with pytest.raises(PupilKeyGone, match="does not exist"):
        keys.key(bytes(16))


def test_a_pupil_known_by_upn_alone_has_the_key_of_the_schools_own_record(keys):
    (own,) = keys.pupils("100001", ["7"], [UPN])
    (name,) = keys.ids_of("100001", [UPN])
    assert keys.pupils("100001", [name], [UPN]) == [own]
    assert keys.by_id("100001", name) == own
    assert keys.by_upn(UPN) == (own.ref,)


def test_a_key_made_for_a_upn_alone_is_taken_over_once_by_the_schools_own_record(keys):
    (name,) = keys.ids_of("100001", [UPN])
    (adopted,) = keys.pupils("100001", [name], [UPN])
    assert keys.ids_of("100001", [UPN]) == [name]
    assert keys.pupils("100001", ["7"], [UPN]) == [adopted]
    (another,) = keys.pupils("100001", ["8"], [UPN])
    assert another != adopted


@pytest.mark.parametrize(("school", "upn"), [("100002", UPN), ("100001", "B801200001002")])
def test_a_upn_leads_to_nobody_of_another_school_or_upn(keys, school, upn):
    (own,) = keys.pupils("100001", ["7"], [UPN])
    (name,) = keys.ids_of(school, [upn])
    assert keys.by_id(school, name) != own


def test_a_upn_that_two_pupils_of_a_school_have_had_names_neither(keys):
    both = keys.pupils("100001", ["7", "8"], [UPN, UPN])
    (name,) = keys.ids_of("100001", [UPN])
    assert keys.by_id("100001", name) not in both
    assert keys.ids_of("100001", [UPN]) == [name]


def test_destroying_a_key_destroys_every_way_to_it(keys):
    (name,) = keys.ids_of("100001", [UPN])
    (made,) = keys.pupils("100001", [name], [UPN])
    keys.destroy(made.ref, AT)
    assert keys.by_id("100001", name) is None
    assert keys.ids_of("100001", [UPN]) != [name]
