"""Asking a signer's passkey: its challenge is the hash of exactly what is signed, and it answers once.

Belongs here: which passkey may sign, putting the question, and taking what comes back. What is signed, and whether the
signature counts, is the action's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from webauthn import generate_authentication_options, options_to_json
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from console import sessions
from console.store import CEREMONY, Ceremony, Passkey
from console.visit import Visit
from exports.passkeys import PREFIX, challenge, read_passkey
from exports.signing import Act, Statement, statement_from
from ledger.canonical import Plain

_SIGN: Final = "sign"
NOT_ASKED: Final = "Nothing was signed: here you have no role, or no passkey that the register knows."
_TOO_LATE: Final = "Nothing was signed: the question was put too long ago. Read the page and sign again."
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is shown before they sign.

    Attributes:
        what: what a signature does, to follow "What you do".
        facts: name and value of everything that they sign for; a mark ("mono", "lines") says how it is set.
        names: what the statement names by hash, to end a sentence.
        button: its words.
        to: address that takes the answer, and `back` the page to read again.
        sealed: fields that the form carries there and the desk does not keep.
        kept: what the answer needs besides; it is kept on the server, and must hold no pupil's value.

    """

    what: str
    facts: tuple[tuple[str, str, str], ...]
    names: str
    button: str
    to: str
    back: str
    sealed: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    kept: Mapping[str, Plain] = field(default_factory=lambda: _NOTHING)


def own_passkey(visit: Visit) -> Passkey | None:
    """The visitor's passkey that the register holds as their signing key, if it does and the desk knows it."""
    if visit.person is None or not visit.person.public_key.startswith(PREFIX):
        return None
    key = read_passkey(visit.person.public_key).key
    return next((one for one in visit.desk.store.passkeys(visit.person.id) if one.public_key == key), None)


def put(visit: Visit, statement: Statement, question: Question) -> Response:
    """Put the question. Raises HTTPException for who has no passkey that signs."""
    passkey = own_passkey(visit)
    if passkey is None:
        raise HTTPException(409, NOT_ASKED)
    given = challenge(statement.canonical)
    options = generate_authentication_options(
        rp_id=visit.desk.address.rp_id,
        challenge=given,
        allow_credentials=[PublicKeyCredentialDescriptor(id=passkey.id)],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    subject = json.dumps({"statement": statement.body(), "kept": dict(question.kept)})
    answer = visit.page(
        "sign_passkey.html", "Confirm with your passkey", options=options_to_json(options), statement=statement,
        question=question,
    )  # fmt: skip
    ceremony = Ceremony(_SIGN, visit.ctx.actor, subject, given)
    sessions.give_ceremony(answer, visit.desk.store.begin(ceremony, visit.desk.now()), CEREMONY)
    return answer


def taken(visit: Visit, *acts: Act, subject: str = "") -> tuple[Statement, Mapping[str, Any]]:
    """Return what the visitor was asked to sign, one of these acts, and what was kept for it.

    Args:
        subject: what it must be about; "" where the page is about nothing yet.

    Raises:
        HTTPException: nothing was asked, or of somebody else, for something else, or too long ago.

    """
    token = visit.request.cookies.get(sessions.CEREMONY_COOKIE, "")
    ceremony = visit.desk.store.finish(token, _SIGN, visit.desk.now())
    if ceremony is None or ceremony.person != visit.ctx.actor:
        raise HTTPException(409, _TOO_LATE)
    asked = json.loads(ceremony.subject)
    statement = statement_from(asked["statement"])
    if statement.act not in acts or subject not in {"", statement.subject}:
        raise HTTPException(409, _TOO_LATE)
    return statement, asked["kept"]
