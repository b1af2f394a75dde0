"""The signed head: where the chain ended, lodged outside, so that a cut or a rollback shows.

Belongs here: writing a head file and holding the ledger against one. The chain itself is `ledger.verify`'s.

The file is JSON {at, hash, seq, signature}; signed (ed25519) is the RFC 8785 text of {at, hash, seq, type}.
"""

import datetime as dt
import json
from pathlib import Path
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.canonical import canonical
from ledger.store import GENESIS, Head, Ledger
from schemas.refusal import Refusal
from vault.files import write_whole

_TYPE: Final = "waybill ledger head 1"


class HeadUnsigned(Refusal):
    """A head file is not one that the head key signed."""

    code: ClassVar[str] = "head_unsigned"


class HeadMismatch(Refusal):
    """The ledger does not continue the lodged head: its end was cut, or it was rolled back, or written anew."""

    code: ClassVar[str] = "head_mismatch"


def lodge_head(ledger: Ledger, key: Ed25519PrivateKey, path: Path, at: dt.datetime) -> Head:
    """Sign the ledger's end as of now and write it to a file outside; return it."""
    head = ledger.head()
    says: dict[str, str | int] = {"at": at.isoformat(), "hash": head.hash.hex(), "seq": head.seq}
    signature = key.sign(_signed(says))
    write_whole(path, (canonical({**says, "signature": signature.hex()}) + "\n").encode())
    return head


def check_head(ledger: Ledger, key: Ed25519PublicKey, path: Path) -> Head:
    """Hold the ledger against a lodged head; return the head. Raises HeadUnsigned, HeadMismatch."""
    lodged = _read(key, path)
    if lodged.seq == 0 and lodged.hash == GENESIS:
        return lodged
    found = ledger.hash_of(lodged.seq)
    if found != lodged.hash:
        what = "ends before it: cut or rolled back" if found is None else "has another event there: written anew"
        message = f"the head lodged in {path.name} is event {lodged.seq}, but the ledger {what}; send nothing"
        raise HeadMismatch(message)
    return lodged


def _read(key: Ed25519PublicKey, path: Path) -> Head:
    try:
        says = json.loads(path.read_bytes())
        signature = bytes.fromhex(says.pop("signature"))
        key.verify(signature, _signed(says))
        return Head(says["seq"], bytes.fromhex(says["hash"]))
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError):
        message = f"{path.name} is not a head signed with this ledger's head key; use the copy lodged outside"
        raise HeadUnsigned(message) from None


def _signed(says: dict[str, str | int]) -> bytes:
    return canonical({**says, "type": _TYPE}).encode()
