"""Our keys for the recipients' servers, as files, and how one takes the place of another.

Belongs here: the three files of a key in the keys folder (the one in use, `.next` and `.previous`), each 0600. Trying
them is `pipelines.actions.drilling`; finding the one in use for a delivery is `pipelines.sending`.
"""

import base64
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipelines.settings import Settings
from schemas.refusal import Refusal
from vault.files import create_secret, read_secret, write_whole

_FILE: Final = "file:"


class KeyRotationOutOfOrder(Refusal):
    """A step of changing a key was asked for before the one it rests on."""

    code = "key_rotation"


class Which(StrEnum):
    """Which of a route's keys; the value is the ending of its file."""

    IN_USE = ""
    NEXT = ".next"
    PREVIOUS = ".previous"


@dataclass(frozen=True, slots=True)
class RouteKeys:
    """The files of one route's key."""

    path: Path

    @classmethod
    def of(cls, reference: str, settings: Settings) -> "RouteKeys":
        """Find the files of a `key_ref`. Raises KeyRotationOutOfOrder for one that is not a file here."""
        if not reference.startswith(_FILE):
            message = (
                f"{reference} is kept outside: change it there. Only file:NAME, in the keys folder, is changed here."
            )
            raise KeyRotationOutOfOrder(message)
        return cls(settings.keys / reference.removeprefix(_FILE))

    def file(self, which: Which) -> Path:
        """Return where one of them lies."""
        return self.path.with_name(self.path.name + which)

    def held(self) -> tuple[Which, ...]:
        """Say which of them are there."""
        return tuple(which for which in Which if self.file(which).exists())

    def text(self, which: Which) -> str:
        """Read one. Raises KeyRotationOutOfOrder when it is not there, PermissionsLax when others can read it."""
        path = self.file(which)
        if not path.exists():
            message = f"{path.name} does not exist: 'waybill drill new-key' makes the next, 'switch' keeps the previous"
            raise KeyRotationOutOfOrder(message)
        return read_secret(path).decode()

    def make_next(self) -> str:
        """Make the next key and return its public half; an earlier one that was never switched to is kept."""
        if self.file(Which.NEXT).exists():
            message = (
                f"{self.file(Which.NEXT).name} exists: send the recipient its public half, then 'waybill drill try'"
            )
            raise KeyRotationOutOfOrder(message)
        key = Ed25519PrivateKey.generate()
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        create_secret(self.file(Which.NEXT), text)
        return public_half(text.decode())

    def switch(self) -> None:
        """Keep the key in use as the previous one and put the next in its place; there is a key at every moment."""
        if self.file(Which.PREVIOUS).exists():
            message = f"{self.file(Which.PREVIOUS).name} exists: run 'waybill drill retire' for the last change first"
            raise KeyRotationOutOfOrder(message)
        write_whole(self.file(Which.PREVIOUS), self.text(Which.IN_USE).encode())
        self.file(Which.NEXT).replace(self.path)

    def retire(self) -> None:
        """Delete the previous key."""
        self.file(Which.PREVIOUS).unlink()


def public_half(text: str) -> str:
    """Write the public half of a private key as the recipient's `authorized_keys` wants it, without a comment."""
    key = serialization.load_ssh_private_key(text.encode(), None)
    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def fingerprint(public: str) -> str:
    """The `SHA256:` fingerprint of a public half, to be read out over the telephone."""
    hashed = hashlib.sha256(base64.b64decode(public.split()[1])).digest()
    return "SHA256:" + base64.b64encode(hashed).decode().rstrip("=")
