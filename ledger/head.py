"""The signed head: where the chain ended, lodged outside, so that a cut or a rollback shows.

Belongs here: the head key, writing a head file and holding the ledger against one. The chain itself is
`ledger.verify`'s.

The file is JSON {at, hash, root, seq, signature}, `root` of the Merkle tree over all events (`ledger.merkle`); signed
(ed25519) is the RFC 8785 text of {at, hash, root, seq, type}. Heads of version 0.1 have no root and another type.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.canonical import canonical
from ledger.store import GENESIS, Head, Ledger
from schemas.refusal import Refusal
from vault.files import SIGNED, create_secret, read_secret, write_whole

_TYPE: Final = "waybill ledger head 2"
_TYPE_WITHOUT_ROOT: Final = "waybill ledger head 1"


class HeadUnsigned(Refusal):
    """A head file is not one that the head key signed."""

    code: ClassVar[str] = "head_unsigned"


class HeadMismatch(Refusal):
    """The ledger does not continue the lodged head: its end was cut, or it was rolled back, or written anew."""

    code: ClassVar[str] = "head_mismatch"


class HeadUnreachable(Refusal):
    """The lodged head, its folder or its key cannot be read or written."""

    code: ClassVar[str] = "head_unreachable"


@dataclass(frozen=True)
class LodgedHead:
    """The head of one ledger, lodged in one place outside it."""

    ledger: Ledger
    key: Ed25519PrivateKey = field(repr=False)
    path: Path

    @property
    def public_text(self) -> str:
        """The public half of the head key, `ssh-ed25519 <base64>`."""
        form = (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        return self.key.public_key().public_bytes(*form).decode()

    def check(self) -> Head:
        """Hold the ledger against the head lodged last. Raises HeadMismatch, HeadUnsigned, HeadUnreachable."""
        return check_head(self.ledger, self.key.public_key(), self.path)

    def lodge(self, at: dt.datetime) -> Head:
        """Lodge the ledger's end as of now, once it is found to continue what was lodged before.

        Raises as `check`: a head is never written over by that of a ledger which lost something.
        """
        with self.ledger.transaction():  # so that no other process lodges an older head after a newer one
            self.check()
            return lodge_head(self.ledger, self.key, self.path, at)

    def lodge_anew(self, at: dt.datetime) -> Head:
        """Lodge a first head, where none lies. Raises HeadUnreachable when one does: a person must look at it."""
        if self.path.exists():
            message = f"{self.path} exists: move it away, having compared it, before a head is lodged anew"
            raise HeadUnreachable(message)
        with self.ledger.transaction():
            return lodge_head(self.ledger, self.key, self.path, at)


def create_head_key(path: Path) -> Ed25519PrivateKey:
    """Make the head key in a new file (0600), its public half beside it as `<name>.pub`."""
    key = Ed25519PrivateKey.generate()
    none = serialization.NoEncryption()
    create_secret(path, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none))
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    write_whole(path.with_name(f"{path.name}.pub"), public + b" waybill-ledger-head\n")
    return key


def load_head_key(path: Path) -> Ed25519PrivateKey:
    """Read the head key. Raises PermissionsLax, HeadUnreachable."""
    try:
        key = serialization.load_pem_private_key(read_secret(path), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{path} is not the ledger's head key; restore it from a backup"
        raise HeadUnreachable(message)
    return key


def load_head_public(path: Path) -> Ed25519PublicKey:
    """Read the public half of a head key, `ssh-ed25519 <base64>`. Raises HeadUnreachable."""
    try:
        key = serialization.load_ssh_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        message = f"{path} is not the public half of a ledger's head key; use the copy lodged outside"
        raise HeadUnreachable(message)
    return key


def lodge_head(ledger: Ledger, key: Ed25519PrivateKey, path: Path, at: dt.datetime) -> Head:
    """Sign the ledger's end as of now and write it to a file outside; return it. Raises HeadUnreachable."""
    head = ledger.head()
    root = ledger.root(head.seq)
    says: dict[str, str | int] = {"at": at.isoformat(), "hash": head.hash.hex(), "root": root.hex(), "seq": head.seq}
    signature = key.sign(_signed(says))
    try:
        write_whole(path, (canonical({**says, "signature": signature.hex()}) + "\n").encode(), SIGNED)
    except OSError as error:
        message = f"{path.parent} cannot be written to ({error.strerror}): the ledger's head could not be lodged there"
        raise HeadUnreachable(message) from None
    return head


def check_head(ledger: Ledger, key: Ed25519PublicKey, path: Path) -> Head:
    """Hold the ledger against a lodged head; return the head. Raises HeadUnsigned, HeadMismatch, HeadUnreachable."""
    says = read_says(key, path)  # once: another process may lodge a newer head at any moment
    lodged = _head_of(says)
    if lodged.seq == 0 and lodged.hash == GENESIS:
        return lodged
    found = ledger.hash_of(lodged.seq)
    if found != lodged.hash:
        last = ledger.head().seq
        cut = f"ends before it, at event {last}: event {last + 1} is missing, cut or rolled back"
        what = cut if found is None else "has another event there: written anew"
        message = (
            f"the head lodged in {path} is event {lodged.seq}, but the ledger {what}. Send nothing, keep the ledger as "
            "it is, tell the DPO; restore the newest backup"
        )
        raise HeadMismatch(message)
    root = says.get("root")
    if root is not None and root != ledger.root(lodged.seq).hex():
        message = (
            f"the ledger holds event {lodged.seq}, but its checkpoints do not lead to the root lodged in {path}: they "
            "were changed. Send nothing, run `waybill verify`, restore the newest backup"
        )
        raise HeadMismatch(message)
    return lodged


def read_signed(key: Ed25519PublicKey, path: Path) -> Head:
    """Read a lodged head. Raises HeadUnsigned, HeadUnreachable."""
    return _head_of(read_says(key, path))


def _head_of(says: Mapping[str, str | int]) -> Head:
    return Head(int(says["seq"]), bytes.fromhex(str(says["hash"])))


def read_says(key: Ed25519PublicKey, path: Path) -> dict[str, str | int]:
    """Read what a lodged head says, its signature checked and left out. Raises HeadUnsigned, HeadUnreachable."""
    try:
        lodged = path.read_bytes()
    except OSError as error:
        message = f"no head can be read at {path} ({error.strerror}): look whether it was moved. See `waybill lodge`"
        raise HeadUnreachable(message) from None
    try:
        says: dict[str, str | int] = json.loads(lodged)
        signature = bytes.fromhex(str(says.pop("signature")))
        key.verify(signature, _signed(says))
        Head(int(says["seq"]), bytes.fromhex(str(says["hash"])))
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError):
        message = f"{path.name} is not a head signed with this ledger's head key; use the copy lodged outside"
        raise HeadUnsigned(message) from None
    return says


def _signed(says: dict[str, str | int]) -> bytes:
    return canonical({**says, "type": _TYPE if "root" in says else _TYPE_WITHOUT_ROOT}).encode()
