import stat

import pyrage
import pytest
from pyrage.x25519 import Identity

from vault.files import PermissionsLax, create_secret, read_secret, write_whole
from vault.identity import IdentityUnfit, create_identity, create_key, load_identity, load_key, recipient


def test_an_identity_comes_back_as_it_was_made(tmp_path):
    path = tmp_path / "keys" / "identity.txt"
    made = create_identity(path)
    assert str(load_identity(path)) == str(made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert f"# public key: {made.to_public()}\n".encode() in path.read_bytes()


def test_an_identity_is_never_written_over(tmp_path):
    create_identity(tmp_path / "identity.txt")
    with pytest.raises(FileExistsError):
        create_identity(tmp_path / "identity.txt")


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o602, 0o620, 0o644, 0o660, 0o601, 0o777])
def test_a_secret_that_others_can_reach_is_refused(tmp_path, mode):
    path = tmp_path / "identity.txt"
    create_identity(path)
    path.chmod(mode)
    with pytest.raises(PermissionsLax, match=f"{mode:04o}; run `chmod 600"):
        load_identity(path)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_secret_of_its_owner_alone_is_read(tmp_path, mode):
    path = tmp_path / "identity.txt"
    made = create_identity(path)
    path.chmod(mode)
    assert str(load_identity(path)) == str(made)


@pytest.mark.parametrize(
    "content", [b"", b"AGE-SECRET-KEY-1NOT\n", b"\xff\xfe", f"{Identity.generate()}\n{Identity.generate()}\n".encode()]
)
def test_what_is_not_one_identity_is_refused(tmp_path, content):
    create_secret(tmp_path / "identity.txt", content)
    with pytest.raises(IdentityUnfit) as refused:
        load_identity(tmp_path / "identity.txt")
    assert "AGE-SECRET" not in str(refused.value)


def test_a_key_is_sealed_to_the_identity_and_its_recovery_holders(tmp_path):
    identity, holder = Identity.generate(), Identity.generate()
    key = create_key(tmp_path / "kek.age", identity, [recipient(str(holder.to_public()))])
    assert len(key) == 32
    assert key not in (tmp_path / "kek.age").read_bytes()
    for reader in (identity, holder):
        assert load_key(tmp_path / "kek.age", reader) == key
    with pytest.raises(IdentityUnfit):
        load_key(tmp_path / "kek.age", Identity.generate())


def test_a_key_of_another_length_is_refused(tmp_path):
    identity = Identity.generate()
    create_secret(tmp_path / "kek.age", pyrage.encrypt(b"short", [identity.to_public()]))
    with pytest.raises(IdentityUnfit):
        load_key(tmp_path / "kek.age", identity)


def test_a_recipient_must_be_a_public_key():
    with pytest.raises(IdentityUnfit, match="age public key"):
        recipient("age1notakey")


def test_a_file_is_replaced_whole(tmp_path):
    for data in (b"first", b"second"):
        write_whole(tmp_path / "file", data)
        assert read_secret(tmp_path / "file") == data
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
