"""Check the passkey signatures of an evidence pack: `python check_passkeys.py PACK.zip [KEY.pub]`; needs `webauthn`.

Belongs here: what `check_evidence.py`, which knows ed25519 alone, takes from the signed head over the ledger: that each
assertion is over the hash of its statement, at the origin and by the key that the register names, with the user
verified, and that the head key (KEY.pub, an auditor's own copy) countersigned it. Run that script first: it proves
everything else. Written apart from the program, so that an auditor can read this one file.
"""

import base64
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from webauthn import verify_authentication_response
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException


def check_assertion(body: dict[str, Any], people: dict[str, Any], head_key: str) -> str:
    """Return whose passkey signed, as what. Raises ValueError, LookupError, InvalidSignature or WebAuthnException."""
    told = body["statement"]
    accepted = {name: body[name] for name in ("statement", "public_key", "signature")}
    countersigned = text({**accepted, "type": "waybill passkey accepted 1"})
    key_of_head = load_ssh_public_key(head_key.encode())
    if not isinstance(key_of_head, Ed25519PublicKey):
        raise TypeError(head_key)
    key_of_head.verify(base64.b64decode(body["countersignature"]), countersigned)
    _, origin, key = people[told["signer"]]["public_key"].split()
    if body["public_key"] != people[told["signer"]]["public_key"]:
        raise ValueError(told["signer"])
    name, answer = bytes_to_base64url(b"any"), json.loads(base64.b64decode(body["signature"]))
    verify_authentication_response(
        credential={"id": name, "rawId": name, "type": "public-key", "response": answer},
        expected_challenge=hashlib.sha256(text(told)).digest(),
        expected_rp_id=str(urlsplit(origin).hostname),
        expected_origin=origin,
        credential_public_key=base64.b64decode(key),
        credential_current_sign_count=0,
        require_user_verification=True,
    )
    subject = next(told[name] for name in ("waybill", "standing", "delegation") if name in told)
    return f"{told['signer']} as {told['role']}, {told['type']} of {subject}"


def text(value: object) -> bytes:
    """Return the RFC 8785 text of JSON that holds text, integers, true, false and null, its names in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def assertions(pack: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Give each passkey's signature of a pack with the people of the register it was judged by."""
    for event in pack["events"]:
        body = json.loads(event["body"])
        if "statement" not in body or not body["public_key"].startswith("webauthn "):
            continue
        for parts in pack["files"].values():
            people = {person["id"]: person for person in parts["register"]["people"]}
            if people.get(body["statement"]["signer"], {}).get("public_key") == body["public_key"]:
                yield body, people
                break
        else:
            raise LookupError(body["statement"]["signer"])


def main(arguments: list[str]) -> int:
    """Check the pack named on the command line; 0 when every passkey signature holds."""
    try:
        with zipfile.ZipFile(arguments[0]) as packed:
            pack = json.loads(packed.read("evidence.json"))
        head_key = Path(arguments[1]).read_text("utf-8") if arguments[1:] else pack["head_key"]
        found = [check_assertion(body, people, head_key) for body, people in assertions(pack)]
    except (
        WebAuthnException,
        InvalidSignature,
        OSError,
        LookupError,
        ValueError,
        TypeError,
        zipfile.BadZipFile,
    ) as fault:
        sys.stdout.write(f"BROKEN: a passkey signature does not hold ({type(fault).__name__})\n")
        return 1
    sys.stdout.write("\n".join([*found, f"HOLDS: {len(found)} passkey signatures\n"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
