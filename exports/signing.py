"""Signatures of people: what exactly is signed, with which key, and whether a signature holds now.

Belongs here: the `Statement`, public keys, signing and checking one signature against the approver register. A person
may sign with a passkey instead of ed25519 (`exports.passkeys`); what is signed is the same. Private keys are
`exports.key_files`, which signatures a file needs `exports.release`, who is in the register `exports.approvers`.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import rfc8785
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from exports import passkeys
from exports.waybill import utc_moment, utc_text
from ledger.canonical import Plain
from schemas.refusal import Refusal

if TYPE_CHECKING:
    from exports.approvers import Register

FORMAT_VERSION: Final = 1
ACCEPTED: Final = "waybill passkey accepted 1"
"""What the head key says of a passkey's answer."""
LONGEST: Final = dt.timedelta(days=366)
"""No statement may run longer: a standing release ends within twelve months (architecture decision 8)."""


class Role(StrEnum):
    """In what capacity a person acts.

    Those of `vocabularies.SIGNING_ROLES` sign files, the safeguarding lead keeps pupils safe; auditor and IT decide
    nothing.
    """

    DATA_MANAGER = "data_manager"
    HEAD = "head"
    DPO = "dpo"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    AUDITOR = "auditor"
    IT = "it"


DECIDING: Final = (Role.DATA_MANAGER, Role.HEAD, Role.DPO, Role.SAFEGUARDING_LEAD)
"""Roles that may decide something: sign, call off, change the register."""
READING: Final = (*DECIDING, Role.AUDITOR)
"""Roles that may read what was found and what left; IT keeps the machine and sees no pupil's data."""


class Act(StrEnum):
    """What a statement does; `_SUBJECTS` has the JSON member that names its subject."""

    RELEASE = "release"
    REVOKE = "revoke"
    OVERRIDE = "override"
    APPROVER_CHANGE = "approver-change"
    STANDING = "standing-release"
    DELEGATE = "delegation"


_SUBJECTS: Final[Mapping[Act, str]] = MappingProxyType(
    {
        Act.RELEASE: "waybill",
        Act.REVOKE: "waybill",
        Act.OVERRIDE: "waybill",
        Act.APPROVER_CHANGE: "register",
        Act.STANDING: "standing",
        Act.DELEGATE: "delegation",
    },
)


class KeyUnreadable(Refusal):
    """A key file is not an ed25519 key, or the passphrase is wrong."""

    code = "key_unreadable"


class StatementMalformed(Refusal):
    """The values do not make a statement that could be signed."""

    code = "statement_malformed"


class SignatureBroken(Refusal):
    """The signature does not belong to this statement and key."""

    code = "signature_broken"


class SignatureExpired(Refusal):
    """The statement is past its end."""

    code = "signature_expired"


class SignatureNotYetValid(Refusal):
    """The statement begins in the future: a clock is wrong, or it was dated ahead."""

    code = "signature_not_yet_valid"


class SignerUnknown(Refusal):
    """The signer is not in the approver register."""

    code = "signer_unknown"


class SignerKeyUnknown(Refusal):
    """The signer is in the register, with another key than the one that signed."""

    code = "signer_key_unknown"


class RoleNotHeld(Refusal):
    """The signer may not sign in that role, or not for that school."""

    code = "role_not_held"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person signs.

    Attributes:
        act: what the statement does.
        role: in what capacity.
        signer: person id in the approver register.
        subject: hash of the waybill, of the standing release, or of the new register for an approver change.
        signed_at: aware UTC.
        not_after: aware UTC; from that moment on it no longer holds.
        reason_sha256: for an override, SHA-256 of the written reason (the text itself is sealed in the vault).
        reference: for an override, the helpdesk's reference.
        version: of the statement's form.

    """

    act: Act
    role: Role
    signer: str
    subject: str
    signed_at: dt.datetime
    not_after: dt.datetime
    reason_sha256: str | None = None
    reference: str | None = None
    version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        """Refuse a statement without an end, with too long a life, or an override without reason and reference."""
        if self.version != FORMAT_VERSION:
            message = f"this program reads statements of version {FORMAT_VERSION} only"
            raise StatementMalformed(message)
        if not self.signed_at < self.not_after <= self.signed_at + LONGEST:
            message = f"a {self.act} statement must end after it is signed and within {LONGEST.days} days"
            raise StatementMalformed(message)
        if (self.act is Act.OVERRIDE) != bool(self.reason_sha256 and self.reference):
            message = "an override, and only an override, carries a reason and the helpdesk's reference"
            raise StatementMalformed(message)

    @property
    def canonical(self) -> bytes:
        """The RFC 8785 bytes that are signed."""
        return rfc8785.dumps(self.body())

    def body(self) -> dict[str, Plain]:
        """The statement as a JSON object."""
        body: dict[str, Plain] = {
            "type": self.act.value,
            "version": self.version,
            "role": self.role.value,
            "signer": self.signer,
            _SUBJECTS[self.act]: self.subject,
            "signed_at": utc_text(self.signed_at),
            "not_after": utc_text(self.not_after),
        }
        if self.reason_sha256 and self.reference:
            body |= {"reason_sha256": self.reason_sha256, "reference": self.reference}
        return body


@dataclass(frozen=True, slots=True)
class Signature:
    """A statement, the public key that signed it and the signature: 64 bytes, or a passkey's answer as JSON.

    Attributes:
        countersignature: the head key's, over a passkey's answer that was accepted, so that whoever can check ed25519
            alone can check this; empty for an ed25519 signature.

    """

    statement: Statement
    public_key: str
    signature: bytes
    countersignature: bytes = b""

    def body(self) -> dict[str, Plain]:
        """The signature as a JSON object, for the ledger and the evidence pack."""
        counter = {"countersignature": base64.b64encode(self.countersignature).decode()}
        return {
            "statement": self.statement.body(),
            "public_key": self.public_key,
            "signature": base64.b64encode(self.signature).decode(),
            **(counter if self.countersignature else {}),
        }

    @property
    def by_passkey(self) -> bool:
        """Say whether a passkey made it."""
        return self.public_key.startswith(passkeys.PREFIX)

    def countersigned(self, head_key: Ed25519PrivateKey) -> "Signature":
        """Return a passkey's signature as accepted: the head key signs for what `check` has found to hold."""
        told = {"type": ACCEPTED, **replace(self, countersignature=b"").body()}
        return replace(self, countersignature=head_key.sign(rfc8785.dumps(told)))


def public_text(key: Ed25519PrivateKey | Ed25519PublicKey) -> str:
    """Write the public half as `ssh-ed25519 <base64>`, without a comment: the one spelling that is compared."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def read_public_key(text: str) -> Ed25519PublicKey:
    """Read `ssh-ed25519 <base64> [comment]`.

    Raises:
        KeyUnreadable: anything else.

    """
    try:
        key = serialization.load_ssh_public_key(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        message = "a public key in the approver register is not of the form 'ssh-ed25519 <base64>'"
        raise KeyUnreadable(message) from None
    if not isinstance(key, Ed25519PublicKey):
        message = "a public key in the approver register is not ed25519"
        raise KeyUnreadable(message)
    return key


def key_text(text: str) -> str:
    """Write a public key of the register, ed25519 or passkey, in the one spelling that is compared.

    Raises:
        KeyUnreadable: anything else.

    """
    if not text.startswith(passkeys.PREFIX):
        return public_text(read_public_key(text))
    try:
        return passkeys.read_passkey(text).text
    except ValueError:
        message = "a passkey in the approver register is not of the form 'webauthn https://HOST <base64>'"
        raise KeyUnreadable(message) from None


def fingerprint(public_key: str) -> str:
    """The `SHA256:` fingerprint, as `ssh-keygen -l` prints it, to be read out over the telephone."""
    raw = key_text(public_key).split()
    hashed = hashlib.sha256(base64.b64decode(raw[-1])).digest()
    return "SHA256:" + base64.b64encode(hashed).decode().rstrip("=")


def sign(statement: Statement, private_key: Ed25519PrivateKey) -> Signature:
    """Sign a statement."""
    return Signature(statement, public_text(private_key), private_key.sign(statement.canonical))


def signature_from(body: Mapping[str, Any]) -> Signature:
    """Read a signature from its JSON object.

    Raises:
        SignatureBroken: a member is missing, unknown or of the wrong form.

    """
    try:
        statement = statement_from(body["statement"])
        signed, counter = (
            base64.b64decode(body.get(name, ""), validate=True) for name in ("signature", "countersignature")
        )
        return Signature(statement, key_text(body["public_key"]), signed, counter)
    except (AttributeError, KeyError, TypeError, ValueError, KeyUnreadable, StatementMalformed):
        message = "a recorded signature is not well formed: run verify on the ledger"
        raise SignatureBroken(message) from None


def statement_from(body: Mapping[str, Any]) -> Statement:
    """Read a statement from its JSON object; LookupError, TypeError or ValueError when it is none."""
    raw = dict(body)
    act = Act(raw.pop("type"))
    return Statement(
        act=act,
        role=Role(raw.pop("role")),
        subject=raw.pop(_SUBJECTS[act]),
        signed_at=utc_moment(raw.pop("signed_at")),
        not_after=utc_moment(raw.pop("not_after")),
        version=raw.pop("version"),
        **raw,
    )


def check(signature: Signature, register: "Register", now: dt.datetime, *, school: str) -> None:
    """Refuse a signature that does not hold now for that school (`*` for the whole trust).

    Raises:
        SignerUnknown: the person is not in the register.
        SignerKeyUnknown: the person is, with another key.
        RoleNotHeld: not in that role, or not for that school, neither by the register nor by a delegation.
        SignatureBroken: the bytes do not verify.
        SignatureNotYetValid: signed in the future.
        SignatureExpired: past its end.

    """
    statement = signature.statement
    who = f"{statement.signer} as {statement.role}"
    person = register.person(statement.signer)
    if person is None:
        message = f"{who}: not in the approver register, version {register.version}. Ask two approvers to add them."
        raise SignerUnknown(message)
    if person.public_key != signature.public_key:
        message = f"{who}: signed with a key that the approver register does not hold for them"
        raise SignerKeyUnknown(message)
    lent = stands_in(person.id, statement.role, school, register, now, since=statement.signed_at)
    if not (person.may(statement.role, school) or lent):
        message = f"{who}: the approver register does not give them that role for {school}, and nobody lends it now"
        raise RoleNotHeld(message)
    if not _belongs(signature):
        message = f"{who}: the signature does not belong to what it claims to sign"
        raise SignatureBroken(message)
    if now < statement.signed_at:
        message = f"{who}: dated {utc_text(statement.signed_at)}, which is in the future. Check the clocks."
        raise SignatureNotYetValid(message)
    if now >= statement.not_after:
        message = f"{who}: ended at {utc_text(statement.not_after)}. Sign again."
        raise SignatureExpired(message)


def _belongs(signature: Signature) -> bool:
    message = signature.statement.canonical
    if signature.by_passkey:
        return passkeys.holds(signature.public_key, message, signature.signature)
    try:
        read_public_key(signature.public_key).verify(signature.signature, message)
    except InvalidSignature:
        return False
    return True


def stands_in(
    person: str, role: Role, school: str, register: "Register", now: dt.datetime, *, since: dt.datetime
) -> bool:
    """Say whether somebody who holds the role at the school lends it to a person, since a moment and still now."""
    return any(
        one.signature.statement.signed_at <= since and _holds(one.signature, register, now, school)
        for one in register.lent_to(person, role, school)
    )


def _holds(signature: Signature, register: "Register", now: dt.datetime, school: str) -> bool:
    try:
        check(signature, register.without_delegations, now, school=school)
    except Refusal:
        return False
    return True
