"""Passkeys that sign: how the register spells one, and whether its answer is over exactly these bytes.

Belongs here: the public half as text, and judging one assertion (WebAuthn Level 3, by the published library). The
challenge is SHA-256 of what is signed, the origin is part of the key, and the user was verified. What is signed is
`exports.signing`; giving out a challenge and taking the answer is the desk's.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

PREFIX: Final = "webauthn "
_PARTS: Final = ("authenticatorData", "clientDataJSON", "signature")


@dataclass(frozen=True, slots=True)
class Passkey:
    """The public half: the origin whose pages may ask it, and its COSE key."""

    origin: str
    key: bytes

    @property
    def text(self) -> str:
        """The one spelling that is compared: `webauthn ORIGIN BASE64`."""
        return f"{PREFIX}{self.origin} {base64.b64encode(self.key).decode()}"

    @property
    def rp_id(self) -> str:
        """The host it is bound to."""
        return str(urlsplit(self.origin).hostname)


def read_passkey(text: str) -> Passkey:
    """Read `webauthn ORIGIN BASE64 [comment]`. Raises ValueError for anything else, and for a key of no kind known."""
    from webauthn.helpers import decode_credential_public_key  # noqa: PLC0415  as in `holds`
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    _, origin, key = text.split()[:3]
    found = Passkey(origin, base64.b64decode(key, validate=True))
    parts = urlsplit(origin)
    try:
        decode_credential_public_key(found.key)
    except WebAuthnException:
        raise ValueError(PREFIX) from None
    if parts.scheme not in {"https", "http"} or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(PREFIX)
    return found


def challenge(message: bytes) -> bytes:
    """Return what the device is asked to sign for some bytes."""
    return hashlib.sha256(message).digest()


def packed(answer: str) -> bytes:
    """Return a browser's answer as the bytes of a signature. Raises ValueError when it is none."""
    try:
        response = json.loads(answer)["response"]
        return json.dumps({part: str(response[part]) for part in _PARTS}, separators=(",", ":")).encode()
    except (LookupError, TypeError):
        raise ValueError(PREFIX) from None


def holds(public_key: str, message: bytes, signature: bytes) -> bool:
    """Say whether the bytes are that passkey's answer to the challenge of a message."""
    # The library takes a fifth of a second to load, and most commands meet no passkey.
    from webauthn import verify_authentication_response  # noqa: PLC0415
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        passkey = read_passkey(public_key)
        name = bytes_to_base64url(challenge(passkey.key))
        verify_authentication_response(
            credential={"id": name, "rawId": name, "type": "public-key", "response": json.loads(signature)},
            expected_challenge=challenge(message),
            expected_rp_id=passkey.rp_id,
            expected_origin=passkey.origin,
            credential_public_key=passkey.key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, LookupError):
        return False
    return True
