"""Which signatures a file needs, and whether it has them now.

Belongs here: recording a signature in the ledger, and judging all that was recorded for one waybill; the same judgement
serves a standing release (`exports.standing`). What one signature is, and whether it holds, is `exports.signing`; every
other condition of sending is `exports.release`.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from exports.approvers import Register, current
from exports.signing import DECIDING, Act, Role, Signature, StatementMalformed, check, signature_from
from exports.waybill import Waybill
from ledger.states import State
from ledger.store import Ledger, Tx
from schemas.refusal import Refusal

KIND: Final = "signature"
OVERRIDE_ROLES: Final = (Role.HEAD, Role.DATA_MANAGER)
_OPEN: Final = (State.PREPARED, State.APPROVED)


class NotSigned(Refusal):
    """A role that the agreement asks for has not signed this waybill."""

    code = "not_signed"


class SamePersonTwice(Refusal):
    """The needed signatures are not of different people."""

    code = "same_person_twice"


class SameKeyTwice(Refusal):
    """The needed signatures are of different names, with one key."""

    code = "same_key_twice"


class Revoked(Refusal):
    """A person in the register called this waybill off."""

    code = "revoked"


class TooLateToSign(Refusal):
    """The release has left the states in which a signature can change anything."""

    code = "too_late_to_sign"


@dataclass(frozen=True, slots=True)
class Subject:
    """What signatures are for.

    Attributes:
        sha256: hash of the waybill or of the standing release.
        school: for which the signers must hold their roles.
        called: how messages name it.

    """

    sha256: str
    school: str
    called: str

    @classmethod
    def of(cls, waybill: Waybill) -> "Subject":
        """A waybill as what signatures are for."""
        return cls(waybill.sha256, waybill.school, f"waybill {waybill.sha256[:12]}")


def record(ledger: Ledger, waybill: Waybill, signature: Signature, roles: Sequence[str], now: dt.datetime) -> bool:
    """Check a signature for this waybill, write it down, and say whether the waybill is now fully signed.

    A revocation withdraws the release for good; a complete set of signatures approves it.

    Args:
        ledger: where the release stands as prepared.
        waybill: the waybill that was shown to the signer.
        signature: made on the signer's device.
        roles: the agreement's `signing`.
        now: aware UTC.

    Raises:
        StatementMalformed: the signature is for another waybill or act, or in a role nobody asked for.
        TooLateToSign: the file is on its way, or was withdrawn.
        SamePersonTwice: the person, or their key, has signed in another role.
        Refusal: the signature does not hold (see `exports.signing.check`).

    """
    statement = signature.statement
    with ledger.transaction() as tx:
        state = tx.release(waybill.sha256).state
        if state not in _OPEN:
            message = f"waybill {waybill.sha256[:12]} is {state}: a signature changes nothing now"
            raise TooLateToSign(message)
        refuse_misdirected(signature, waybill.sha256, roles)
        check(signature, current(tx), now, school=waybill.school)
        if signature.by_passkey and not signature.countersignature:
            message = f"the passkey of {statement.signer} was not countersigned: sign at the desk"
            raise StatementMalformed(message)
        held = recorded(tx, waybill, statement.act)
        refuse_second_role(signature, held)
        tx.append(KIND, {"waybill": waybill.sha256, "act": statement.act.value, **signature.body()}, now)
        if statement.act is Act.REVOKE:
            tx.move(waybill.sha256, State.WITHDRAWN, now, {"revoked_by": statement.signer})
            return False
        if statement.act is not Act.RELEASE or set(roles) - {one.statement.role for one in [*held, signature]}:
            return False
        if state is State.PREPARED:
            tx.move(waybill.sha256, State.APPROVED, now, {"roles": list(roles)})
        return True


def recorded(tx: Ledger | Tx, waybill: Waybill, act: Act) -> list[Signature]:
    """Return every signature of one act on one waybill, oldest first, as recorded and not yet judged."""
    return [signature_from(event.body) for event in tx.events(KIND, waybill=waybill.sha256, act=act.value)]


def authorised(tx: Ledger | Tx, waybill: Waybill, roles: Sequence[str], register: Register, now: dt.datetime) -> None:
    """Refuse unless every role has signed the release, each a different person with a different key, and all hold now.

    Raises:
        Revoked: somebody called it off.
        NotSigned: a role is missing.
        SamePersonTwice: one person fills two roles.
        SameKeyTwice: two names, one key.
        Refusal: the latest signature in a role does not hold (see `exports.signing.check`).

    """
    if recorded(tx, waybill, Act.REVOKE):
        message = f"waybill {waybill.sha256[:12]} was revoked: prepare the return again"
        raise Revoked(message)
    complete(recorded(tx, waybill, Act.RELEASE), Subject.of(waybill), Act.RELEASE, roles, register, now)


def overridden(tx: Ledger | Tx, waybill: Waybill, register: Register, now: dt.datetime) -> None:
    """Refuse unless head and data manager have together overridden the blocking errors of this waybill.

    Raises:
        NotSigned, SamePersonTwice, SameKeyTwice: see `authorised`.
        StatementMalformed: they give different reasons or references.

    """
    found = recorded(tx, waybill, Act.OVERRIDE)
    signatures = complete(found, Subject.of(waybill), Act.OVERRIDE, OVERRIDE_ROLES, register, now)
    if len({(one.statement.reason_sha256, one.statement.reference) for one in signatures}) > 1:
        message = "head and data manager override for different reasons: both must sign the same reason and reference"
        raise StatementMalformed(message)


def complete(
    signatures: Sequence[Signature], subject: Subject, act: Act, roles: Sequence[str], register: Register,
    now: dt.datetime,
) -> tuple[Signature, ...]:  # fmt: skip
    """Return a signature for every role, each of a different person with a different key, all holding now, or refuse.

    Raises NotSigned, SamePersonTwice, SameKeyTwice, or as the latest signature in a role is refused.
    """
    by_role = [_holding(signatures, subject, act, role, register, now) for role in roles]
    sets = list(product(*by_role))
    for chosen in sets:
        if _all_different(one.statement.signer for one in chosen) and _all_different(one.public_key for one in chosen):
            return chosen
    if any(_all_different(one.statement.signer for one in chosen) for chosen in sets):
        message = f"the {act} of {subject.called} is signed under two names with one key"
        raise SameKeyTwice(message)
    message = f"the {act} of {subject.called} needs {len(roles)} different people: {', '.join(roles)}"
    raise SamePersonTwice(message)


def _holding(
    signatures: Sequence[Signature], subject: Subject, act: Act, role: str, register: Register, now: dt.datetime
) -> list[Signature]:
    """Return the signatures in that role that hold; when there are none, refuse as the latest one is refused."""
    latest = {one.statement.signer: one for one in signatures if one.statement.role == role}
    holding, refusal = [], None
    for signature in latest.values():
        try:
            refuse_misdirected(signature, subject.sha256, [role])
            check(signature, register, now, school=subject.school)
        except Refusal as refused:
            refusal = refused
        else:
            holding.append(signature)
    if holding:
        return holding
    if refusal is not None:
        raise refusal
    message = f"the {role} has not signed the {act} of {subject.called}"
    raise NotSigned(message)


def refuse_misdirected(signature: Signature, subject: str, roles: Sequence[str]) -> None:
    """Refuse a signature that is for something else, or in a role that nobody asked for; raises StatementMalformed."""
    statement = signature.statement
    for_roles: dict[Act, Sequence[str]] = {
        Act.RELEASE: roles, Act.STANDING: roles, Act.OVERRIDE: OVERRIDE_ROLES, Act.REVOKE: DECIDING,
    }  # fmt: skip
    if statement.subject != subject or statement.role not in for_roles.get(statement.act, ()):
        message = f"the signature of {statement.signer} is for another subject, act or role than is asked for here"
        raise StatementMalformed(message)


def refuse_second_role(signature: Signature, held: Iterable[Signature]) -> None:
    """Refuse a person, or a key, that has signed the same subject in another role; raises SamePersonTwice."""
    statement = signature.statement
    for other in held:
        if other.statement.role == statement.role:
            continue
        if other.statement.signer == statement.signer or other.public_key == signature.public_key:
            message = f"{statement.signer} signed as {other.statement.role}: another must sign as {statement.role}"
            raise SamePersonTwice(message)


def _all_different(values: Iterable[str]) -> bool:
    listed = list(values)
    return len(set(listed)) == len(listed)
