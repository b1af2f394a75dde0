"""Passkeys: giving out a challenge and judging the answer, by the published library (WebAuthn Level 3).

Belongs here: the two ceremonies, enrolling and signing in. What is kept of a passkey is `console.store`; what somebody
who has signed in may do is the register's. A passkey must verify its user (PIN or body), so it is two factors in one.
"""

import json
from dataclasses import dataclass
from typing import Final

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from console.place import Desk
from console.store import Ceremony, Passkey, hashed
from exports import passkeys as spelling

SIGN_IN: Final = "sign in"
ENROL: Final = "enrol"
_TIMEOUT: Final = 240_000
_LONGEST: Final = 32_768
"""Characters of an answer; a real one has some hundreds, one with a certificate some thousands."""


class NotAccepted(Exception):  # noqa: N818  a verdict; the person is told no more than that
    """An answer does not belong to its challenge, or to any passkey known here; `person` when that much is known."""

    def __init__(self, person: str = "") -> None:
        super().__init__("the passkey's answer was not accepted")
        self.person = person


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge as a page gives it out: the browser's options as JSON, and the cookie's token."""

    options: str
    token: str


def ask_to_enrol(desk: Desk, person: str, name: str, code: str) -> Asked:
    """Begin enrolling a passkey for somebody who has shown an invitation's code."""
    known = [PublicKeyCredentialDescriptor(id=one.id) for one in desk.store.passkeys(person)]
    options = generate_registration_options(
        rp_id=desk.address.rp_id,
        rp_name="Waybill desk",
        user_name=person,
        user_id=hashed(f"waybill person {person}"),
        user_display_name=name,
        timeout=_TIMEOUT,
        exclude_credentials=known,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    invitation = hashed(code.strip().lower()).hex()
    token = desk.store.begin(Ceremony(ENROL, person, invitation, options.challenge), desk.now())
    return Asked(options_to_json(options), token)


def enrol(desk: Desk, token: str, answer: str) -> Passkey:
    """Keep the passkey that answers; raises NotAccepted."""
    ceremony = desk.store.finish(token, ENROL, desk.now())
    if ceremony is None or len(answer) > _LONGEST:
        raise NotAccepted
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=ceremony.challenge,
            expected_rp_id=desk.address.rp_id,
            expected_origin=desk.address.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise NotAccepted(ceremony.person) from None
    now = desk.now()
    made = Passkey(
        found.credential_id, ceremony.person, found.credential_public_key, found.sign_count, int(now.timestamp()), None
    )
    if not desk.store.enrol(made, bytes.fromhex(ceremony.subject), now):
        raise NotAccepted(ceremony.person)
    return made


def public(desk: Desk, passkey: Passkey) -> str:
    """Return a passkey's public half as the approver register spells it, for whoever is to sign with it."""
    return spelling.Passkey(desk.address.origin, passkey.public_key).text


def ask_to_sign_in(desk: Desk) -> Asked:
    """Begin signing in; which passkey answers says who it is."""
    options = generate_authentication_options(
        rp_id=desk.address.rp_id, timeout=_TIMEOUT, user_verification=UserVerificationRequirement.REQUIRED
    )
    token = desk.store.begin(Ceremony(SIGN_IN, "", "", options.challenge), desk.now())
    return Asked(options_to_json(options), token)


def sign_in(desk: Desk, token: str, answer: str) -> str:
    """Return who answers; raises NotAccepted."""
    ceremony = desk.store.finish(token, SIGN_IN, desk.now())
    passkey = _named(desk, answer)
    if ceremony is None or passkey is None:
        raise NotAccepted(passkey.person if passkey else "")
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=ceremony.challenge,
            expected_rp_id=desk.address.rp_id,
            expected_origin=desk.address.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise NotAccepted(passkey.person) from None
    desk.store.answered(passkey, found.new_sign_count, desk.now())
    return passkey.person


def _named(desk: Desk, answer: str) -> Passkey | None:
    """Return the passkey that an answer says it is of."""
    if len(answer) > _LONGEST:
        return None
    try:
        return desk.store.passkey(parse_authentication_credential_json(json.loads(answer)).raw_id)
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
