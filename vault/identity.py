"""The vault's age identity (X25519), and secrets sealed to it.

Belongs here: making, loading and checking key files. The sealing of artefacts is `vault.store`.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Final

import pyrage
from pyrage.x25519 import Identity, Recipient

from schemas.refusal import Refusal
from vault.files import create_secret, read_secret

KEY_BYTES: Final = 32


class IdentityUnfit(Refusal):
    """A file does not hold the identity or key that it should."""

    code: ClassVar[str] = "identity_unfit"


def create_identity(path: Path) -> Identity:
    """Make a new identity and keep it in a new file (0600); FileExistsError rather than write over one."""
    identity = Identity.generate()
    create_secret(path, f"# public key: {identity.to_public()}\n{identity}\n".encode())
    return identity


def load_identity(path: Path) -> Identity:
    """Read an identity file as `age-keygen` writes it. Raises PermissionsLax, IdentityUnfit."""
    lines = [
        line for line in read_secret(path).decode("ascii", "replace").split() if line.startswith("AGE-SECRET-KEY-")
    ]
    try:
        (only,) = lines
        return Identity.from_str(only)
    except (ValueError, pyrage.IdentityError):
        message = f"{path} does not hold exactly one age identity; restore it from a recovery holder"
        raise IdentityUnfit(message) from None


def recipient(text: str) -> Recipient:
    """Return a public key (`age1...`), such as a recovery holder's; raises IdentityUnfit."""
    try:
        return Recipient.from_str(text)
    except pyrage.RecipientError:
        message = "a recovery recipient is not an age public key (age1...); ask its holder for the public part"
        raise IdentityUnfit(message) from None


def create_key(path: Path, identity: Identity, recovery: Iterable[Recipient] = ()) -> bytes:
    """Make a random 256-bit key, such as the one that wraps pupil keys, and keep it sealed in a new file (0600)."""
    key = secrets.token_bytes(KEY_BYTES)
    create_secret(path, pyrage.encrypt(key, [identity.to_public(), *recovery]))
    return key


def load_key(path: Path, identity: Identity) -> bytes:
    """Read a key that `create_key` made. Raises PermissionsLax, IdentityUnfit."""
    try:
        key: bytes = pyrage.decrypt(read_secret(path), [identity])
    except pyrage.DecryptError:
        key = b""
    if len(key) != KEY_BYTES:
        message = f"{path} is not a key sealed to this vault's identity; restore the pair from one backup"
        raise IdentityUnfit(message)
    return key
