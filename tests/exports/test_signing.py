"""Keys, statements and one signature against the register."""

import datetime as dt
import json
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from exports.key_files import new_private_key, read_private_key
from exports.signing import (
    DECIDING,
    Act,
    KeyUnreadable,
    Role,
    Signature,
    SignatureBroken,
    Statement,
    StatementMalformed,
    check,
    fingerprint,
    public_text,
    read_public_key,
    sign,
    signature_from,
)
from exports.vocabularies import SIGNING_ROLES
from tests.exports.desk import NOW, SCHOOL, key_of


def statement(**changes):
    told = {
        "act": Act.RELEASE,
        "role": Role.HEAD,
        "signer": "head",
        "subject": "a" * 64,
        "signed_at": NOW,
        "not_after": NOW + dt.timedelta(days=1),
    }
    return Statement(**(told | changes))


def test_an_agreement_may_ask_every_deciding_role_to_sign_but_the_safeguarding_leads():
    assert {role.value for role in DECIDING} - set(SIGNING_ROLES) == {"safeguarding_lead"}
    assert set(Role) - set(DECIDING) == {Role.AUDITOR, Role.IT}


def test_what_is_signed_is_exactly_the_statement_of_the_design():
    assert json.loads(statement().canonical) == {
        "type": "release",
        "version": 1,
        "role": "head",
        "signer": "head",
        "waybill": "a" * 64,
        "signed_at": "2026-10-20T09:00:00Z",
        "not_after": "2026-10-21T09:00:00Z",
    }
    assert "register" in json.loads(statement(act=Act.APPROVER_CHANGE).canonical)


@pytest.mark.parametrize(
    "changes",
    [
        {"not_after": NOW},
        {"not_after": NOW - dt.timedelta(days=1)},
        {"not_after": NOW + dt.timedelta(days=367)},
        {"act": Act.OVERRIDE},
        {"act": Act.OVERRIDE, "reason_sha256": "b" * 64},
        {"act": Act.OVERRIDE, "reference": "HD-1"},
        {"reason_sha256": "b" * 64, "reference": "HD-1"},
        {"version": 2},
    ],
)
def test_a_statement_without_end_or_ground_cannot_be_made(changes):
    with pytest.raises(StatementMalformed):
        statement(**changes)


def test_a_signature_survives_its_record_and_holds(desk):
    signature = sign(statement(act=Act.OVERRIDE, reason_sha256="b" * 64, reference="HD-1"), key_of("head"))
    again = signature_from(json.loads(json.dumps(signature.body())))
    assert again == signature
    check(again, desk.register, NOW, school=SCHOOL)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("statement", {}),
        ("statement", None),
        ("signature", "!"),
        ("signature", None),
        ("public_key", "-"),
        ("public_key", "x"),
    ],
)
def test_a_record_that_is_no_signature_is_refused(part, value):
    body = sign(statement(), key_of("head")).body() | {part: value}
    if value == "-":
        del body[part]
    with pytest.raises(SignatureBroken):
        signature_from(body)


@given(data=st.data())
def test_no_bit_of_a_signature_may_change(data):
    signature = sign(statement(), key_of("head"))
    place, bit = data.draw(st.integers(0, 63)), data.draw(st.integers(0, 7))
    flipped = bytearray(signature.signature)
    flipped[place] ^= 1 << bit
    with pytest.raises(SignatureBroken):
        check(Signature(signature.statement, signature.public_key, bytes(flipped)), _REGISTER, NOW, school=SCHOOL)


def test_a_key_opens_with_its_passphrase_alone():
    data = new_private_key("correct horse")
    assert data.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    key = read_private_key(data, "correct horse")
    assert read_public_key(public_text(key) + " a comment").public_bytes_raw() == key.public_key().public_bytes_raw()
    for wrong in ("", "Correct horse"):
        with pytest.raises(KeyUnreadable):
            read_private_key(data, wrong)


def test_a_key_without_passphrase_is_neither_made_nor_opened():
    with pytest.raises(KeyUnreadable):
        new_private_key("")
    pem, openssh = serialization.Encoding.PEM, serialization.PrivateFormat
    for form in (openssh.OpenSSH, openssh.PKCS8):
        bare = Ed25519PrivateKey.generate().private_bytes(pem, form, serialization.NoEncryption())
        with pytest.raises(KeyUnreadable):
            read_private_key(bare, "")
        with pytest.raises(KeyUnreadable):
            read_private_key(bare, "anything")


@pytest.mark.parametrize("data", [b"", b"text", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_what_is_no_key_is_refused(data):
    with pytest.raises(KeyUnreadable):
        read_private_key(data, "x")


def test_another_kind_of_key_is_refused():
    key = generate_private_key(SECP256R1())
    protection = serialization.BestAvailableEncryption(b"x")
    data = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)
    with pytest.raises(KeyUnreadable):
        read_private_key(data, "x")
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    with pytest.raises(KeyUnreadable):
        read_public_key(public.decode())


@pytest.mark.server
def test_the_fingerprint_is_the_one_ssh_keygen_prints(tmp_path):
    program = shutil.which("ssh-keygen")
    if program is None:
        pytest.skip("ssh-keygen is not installed")
    public = tmp_path / "key.pub"
    public.write_text(public_text(key_of("head")) + "\n")
    printed = subprocess.run([program, "-l", "-f", str(public)], capture_output=True, text=True, check=True).stdout
    assert fingerprint(public.read_text()) == printed.split()[1]


def _register():
    from exports.approvers import Register  # noqa: PLC0415
    from tests.exports.desk import PEOPLE  # noqa: PLC0415

    return Register.of(1, PEOPLE)


_REGISTER = _register()
