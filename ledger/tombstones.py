"""Whose keys were destroyed, lodged outside with the head, so that no backup brings anybody back.

Belongs here: the signed list, and applying it to a database of pupil keys before anything else is done with it. The
list holds random references alone. Destroying a key is `vault.pupils`; when it may be destroyed, `exports.erasure`.

The file is JSON {at, refs, signature}; signed (ed25519, the head key) is the RFC 8785 text of {at, refs, type}.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.canonical import Plain, canonical
from ledger.store import Ledger
from schemas.refusal import Refusal
from vault.files import SIGNED, write_whole
from vault.pupils import PupilKeys

DESTROYED: Final = "pupil keys destroyed"
"""Kind of the ledger's event; its body has `subjects`, `because` and `by`."""
TOMBSTONES: Final = "tombstones.json"
_TYPE: Final = "waybill tombstones 1"


class TombstonesUnfit(Refusal):
    """The list of destroyed keys is not one that the head key signed, or lacks some that the ledger names."""

    code: ClassVar[str] = "tombstones_unfit"


@dataclass(frozen=True)
class Tombstones:
    """The list of one ledger, lodged in one place outside it."""

    ledger: Ledger
    key: Ed25519PrivateKey = field(repr=False)
    path: Path

    def lodged(self) -> frozenset[bytes]:
        """Return the references on the list; none when there is no list. Raises TombstonesUnfit."""
        try:
            held = self.path.read_bytes()
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            message = f"{self.path} cannot be read ({error.strerror}): nothing may be read or sent until it can"
            raise TombstonesUnfit(message) from None
        try:
            says = json.loads(held)
            signature = bytes.fromhex(says.pop("signature"))
            self.key.public_key().verify(signature, _signed(says))
            return frozenset(bytes.fromhex(ref) for ref in says["refs"])
        except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError):
            message = (
                f"{self.path.name} is not a list signed with this ledger's head key; restore the copy lodged outside"
            )
            raise TombstonesUnfit(message) from None

    def add(self, refs: Iterable[bytes], at: dt.datetime) -> None:
        """Put references on the list. Raises TombstonesUnfit."""
        listed = sorted(ref.hex() for ref in self.lodged() | set(refs))
        says: dict[str, Plain] = {"at": at.isoformat(), "refs": listed}
        signature = self.key.sign(_signed(says))
        try:
            write_whole(self.path, (canonical({**says, "signature": signature.hex()}) + "\n").encode(), SIGNED)
        except OSError as error:
            message = f"{self.path.parent} cannot be written to ({error.strerror}): no key was destroyed"
            raise TombstonesUnfit(message) from None

    def reapply(self, pupils: PupilKeys, at: dt.datetime) -> int:
        """Destroy again whatever key a restored database has brought back; returns how many.

        Raises TombstonesUnfit when the ledger names a destroyed key that is not on the list: the list was lost.
        """
        lodged = self.lodged()
        if missing := len(destroyed(self.ledger) - lodged):
            message = (
                f"{self.path} lacks {missing} pupils whose keys the ledger says were destroyed. Put back the list "
                "lodged outside; nothing is read or sent without it"
            )
            raise TombstonesUnfit(message)
        back = [ref for ref in sorted(lodged) if not pupils.is_destroyed(ref)]
        for ref in back:
            pupils.destroy(ref, at)
        return len(back)


def destroyed(ledger: Ledger) -> frozenset[bytes]:
    """Return the references whose keys the ledger says were destroyed."""
    return frozenset(bytes.fromhex(ref) for event in ledger.events(DESTROYED) for ref in event.body["subjects"])  # type: ignore[union-attr,arg-type]


def _signed(says: dict[str, Plain]) -> bytes:
    return canonical({**says, "type": _TYPE}).encode()
