"""Notes of work in progress: sealed files by name, each replaced or removed as the work goes on.

Belongs here: what must survive a killed process and nothing else. A note is no artefact: no index row names it, so that
it is authenticated by the key it is sealed with, which only the service holds. Losing one costs work, never data.
"""

import datetime as dt
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyrage.x25519 import Identity

_PURPOSE: Final = b"waybill notes of work in progress"
_NONCE: Final = 12


class SealedNotes:
    """Notes under one folder, made on first use.

    Args:
        folder: the folder (0700).
        identity: the service's identity, from which the key is derived.

    """

    def __init__(self, folder: Path, identity: Identity) -> None:
        self._folder = folder
        key = HKDF(SHA256(), 32, None, _PURPOSE).derive(str(identity).encode())
        self._seal = AESGCM(key)

    def load(self, name: str) -> bytes | None:
        """Return a note; None when there is none, or when it is not what was sealed under this name."""
        try:
            data = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        try:
            return self._seal.decrypt(data[:_NONCE], data[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            return None

    def save(self, name: str, data: bytes) -> None:
        """Save a note in place of the one before it: whole, or not at all."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        nonce = os.urandom(_NONCE)
        path = self._path(name)
        part = path.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(nonce + self._seal.encrypt(nonce, data, name.encode()))
        part.replace(path)

    def forget(self, names: Iterable[str]) -> None:
        """Remove notes; one that is not there is no fault."""
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def purge(self, before: dt.datetime) -> None:
        """Remove notes that were last written before a moment: nobody went on with that work."""
        for file in self._folder.glob("*"):
            if file.stat().st_mtime < before.timestamp():
                file.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / hashlib.sha256(name.encode()).hexdigest()
