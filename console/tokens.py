"""Pupils in addresses: a token that means one pupil in one session and nothing anywhere else.

Belongs here: hiding an identifier and finding it again. The token is AES-SIV (RFC 5297) under a key that is made from
the session's cookie, so that it is the same within a session and dies with it; nothing is kept.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


class Veil:
    """Hides and finds what one session's addresses name. The key has 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def hide(self, kind: str, value: str) -> str:
        """Return the token of a value of a kind."""
        return base64.urlsafe_b64encode(self._cipher.encrypt(value.encode(), [kind.encode()])).decode().rstrip("=")

    def find(self, kind: str, token: str) -> str | None:
        """Return the value of a token of that kind, None when it is not one of this session's."""
        try:
            data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            return self._cipher.decrypt(data, [kind.encode()]).decode()
        except (InvalidTag, ValueError, binascii.Error):
            return None
