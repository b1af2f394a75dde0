"""Sealing what leaves to whoever is to have it: only the holder of their private key can open it.

Belongs here: age and OpenPGP encryption to a recipient's public key. The waybill says what is inside and the receipt
what went on the wire (ADR 0029). How the trust seals what it keeps is `vault.store`.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

import pyrage
import pysequoia
from pyrage.x25519 import Identity

from exports.parcel import Parcel
from exports.terms import Seal
from exports.waybill import Waybill
from schemas.refusal import Refusal
from vault.identity import IdentityUnfit, recipient

ENDINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"age": (".age",), "openpgp": (".gpg", ".pgp")})
"""How the name of a sealed file ends, by kind of seal."""
_PRIVATE: Final = "PRIVATE KEY BLOCK"
_WITNESS: Final = "A key made for one proof"


class SealBroken(Refusal):
    """The sealed bytes do not open to what was sealed, or the recipient's key cannot seal."""

    code: ClassVar[str] = "seal_broken"


def sealed_for(public_key: str, data: bytes) -> bytes:
    """Encrypt data to an age public key (`age1...`), and prove it by opening it again.

    Nobody here can open what is sealed to another, so it is sealed to a key made for the proof as well, which is
    forgotten at once. The same data give other bytes each time.

    Raises:
        IdentityUnfit: not a public key.
        SealBroken: the proof failed; nothing may leave.

    """
    witness = Identity.generate()
    sealed: bytes = pyrage.encrypt(data, [recipient(public_key), witness.to_public()])
    if pyrage.decrypt(sealed, [witness]) != data:
        raise SealBroken(_DOES_NOT_OPEN)
    return sealed


def sealed_by_openpgp(certificate: str, data: bytes, now: dt.datetime) -> bytes:
    """Encrypt data to an OpenPGP certificate, binary, and prove it as `sealed_for` does.

    Raises SealBroken: the certificate has expired, was revoked or cannot encrypt; or the proof failed.
    """
    witness = pysequoia.Tsk.generate(_WITNESS)
    try:
        theirs = pysequoia.Cert.from_bytes(certificate.encode())
        over = theirs.is_revoked or (theirs.expiration is not None and theirs.expiration <= now)
        sealed: bytes = pysequoia.encrypt(data, recipients=[theirs, witness.extract_certificate()], armor=False)
        opened = pysequoia.decrypt(sealed, decryptor=witness.decryptor()).bytes
    except Exception:  # noqa: BLE001  the library raises nothing more exact
        raise SealBroken(_OVER) from None
    if over:
        raise SealBroken(_OVER)
    if opened != data:
        raise SealBroken(_DOES_NOT_OPEN)
    return sealed


_OVER: Final = (
    "the recipient's OpenPGP key has expired, was revoked or cannot encrypt: ask them for a current one, and put it "
    "into the agreement"
)
_DOES_NOT_OPEN: Final = "the sealed file does not open to what was read back: prepare it again, and report it"


def packed(waybill: Waybill, seal: Seal | None, data: bytes, now: dt.datetime) -> tuple[Parcel, bytes]:
    """Return what goes on the wire for a file that was signed: itself, or sealed to the recipient.

    A certificate that has expired by `now` seals nothing: the library would.

    Raises SealBroken, IdentityUnfit.
    """
    if seal is None:
        return Parcel.of(waybill), data
    sealed = sealed_for(seal.key, data) if seal.kind == "age" else sealed_by_openpgp(seal.key, data, now)
    sha256 = hashlib.sha256(sealed).hexdigest()
    return Parcel(waybill.sha256, waybill.remote_name, len(sealed), sha256, seal.kind), sealed


def unfit(seal: Seal) -> str | None:
    """Say why a key is not one of its kind, None when it is; whether it has expired is seen when it seals."""
    if seal.kind == "age":
        try:
            recipient(seal.key)
        except IdentityUnfit:
            return "the key of an age seal is a public key that begins with age1"
        return None
    if _PRIVATE in seal.key:
        return "the key of an OpenPGP seal holds a secret: give the public certificate"
    try:
        pysequoia.Cert.from_bytes(seal.key.encode())
    except Exception:  # noqa: BLE001  the library raises nothing more exact
        return "the key of an OpenPGP seal is the recipient's certificate, armored, whole"
    return None
