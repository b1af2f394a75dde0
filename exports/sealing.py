"""Sealing an answer to whoever asked: only the holder of their private key can open what leaves.

Belongs here: age encryption to a recipient's public key. How the trust seals what it keeps is `vault.store`.
"""

from typing import ClassVar

import pyrage
from pyrage.x25519 import Identity

from schemas.refusal import Refusal
from vault.identity import recipient


class SealBroken(Refusal):
    """The sealed bytes do not open to what was sealed."""

    code: ClassVar[str] = "seal_broken"


def sealed_for(public_key: str, data: bytes) -> bytes:
    """Encrypt data to a public key (`age1...`), and prove it by opening it again.

    Nobody here can open what is sealed to another, so it is sealed to a key made for the proof as well, which is
    forgotten at once. The same data give other bytes each time.

    Raises:
        IdentityUnfit: not a public key.
        SealBroken: the proof failed; nothing may leave.

    """
    witness = Identity.generate()
    sealed: bytes = pyrage.encrypt(data, [recipient(public_key), witness.to_public()])
    if pyrage.decrypt(sealed, [witness]) != data:
        raise SealBroken("the sealed answer does not open to what was read back: prepare the case again")  # noqa: EM101, TRY003
    return sealed
