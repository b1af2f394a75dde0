"""Check the passkey signatures of an evidence pack in full: `python check_passkeys.py PACK.zip`; needs `webauthn`.

Belongs here: what `check_evidence.py` takes from the head key's countersignature, proved without it: each assertion is
over the hash of its statement, at the origin the register names, with the user verified, by the key the register names.
Run that script first: it proves everything else. Written apart from the program, so that an auditor can read this file.
"""

import base64
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from webauthn import verify_authentication_response
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException


def check_assertion(body: dict[str, Any], people: dict[str, Any]) -> str:
    """Return whose passkey signed, as what. Raises ValueError, LookupError or the library's refusal."""
    told = body["statement"]
    _, origin, key = people[told["signer"]]["public_key"].split()
    if body["public_key"] != people[told["signer"]]["public_key"]:
        raise ValueError(told["signer"])
    message = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    name = bytes_to_base64url(b"any")
    verify_authentication_response(
        credential={
            "id": name, "rawId": name, "type": "public-key", "response": json.loads(base64.b64decode(body["signature"])),
        },
        expected_challenge=hashlib.sha256(message).digest(),
        expected_rp_id=str(urlsplit(origin).hostname),
        expected_origin=origin,
        credential_public_key=base64.b64decode(key),
        credential_current_sign_count=0,
        require_user_verification=True,
    )  # fmt: skip
    return f"{told['signer']} as {told['role']}, {told['type']} of {told.get('waybill', told.get('standing'))}"


def assertions(pack: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Give each passkey's signature of a pack with the people of the register it was judged by."""
    for event in pack["events"]:
        body = json.loads(event["body"])
        if event["kind"] != "signature" or not body["public_key"].startswith("webauthn "):
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
        found = [check_assertion(body, people) for body, people in assertions(pack)]
    except (WebAuthnException, OSError, LookupError, ValueError, TypeError, zipfile.BadZipFile) as fault:
        sys.stdout.write(f"BROKEN: a passkey signature does not hold ({type(fault).__name__})\n")
        return 1
    sys.stdout.write("\n".join([*found, f"HOLDS: {len(found)} passkey signatures\n"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
