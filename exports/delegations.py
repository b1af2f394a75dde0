"""Standing in for somebody: a person lends one role at one school to another until a day, by a signature.

Belongs here: what a delegation says, entering it, ending it and reading those that have not been ended. Whether one
holds at a moment is judged with the signature that leans on it (`exports.signing.check`): the lender must hold the role
then, by the register itself. A borrowed role cannot be lent on.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from exports.signing import Act, Role, Signature, Statement, StatementMalformed, check, signature_from
from exports.waybill import digest
from ledger.canonical import Plain
from ledger.store import Event, Ledger, Tx

if TYPE_CHECKING:
    from exports.approvers import Register

KIND: Final = "delegation"
ENDED: Final = "delegation ended"


@dataclass(frozen=True)
class Delegation:
    """One role of one person at one school, lent to another.

    Attributes:
        by: person id of the lender; `to` of who stands in.
        ends: the last day.
        nonce: so that the same may be lent again after it was ended.

    """

    TYPE: ClassVar[str] = KIND

    by: str
    to: str
    role: Role
    school: str
    ends: dt.date
    nonce: str

    def body(self) -> dict[str, Plain]:
        """The delegation as a JSON object."""
        return {
            "type": self.TYPE,
            "by": self.by,
            "to": self.to,
            "role": self.role.value,
            "school": self.school,
            "ends": self.ends.isoformat(),
            "nonce": self.nonce,
        }

    @cached_property
    def sha256(self) -> str:
        """What is signed, and its name in the ledger."""
        return digest(self.body())

    def statement(self, now: dt.datetime) -> Statement:
        """What the lender signs; it ends with the last day."""
        not_after = dt.datetime.combine(self.ends + dt.timedelta(days=1), dt.time(), dt.UTC)
        return Statement(Act.DELEGATE, self.role, self.by, self.sha256, now, not_after)


@dataclass(frozen=True, slots=True)
class Lent:
    """A delegation with the signature under it."""

    delegation: Delegation
    signature: Signature


def delegate(tx: Tx, delegation: Delegation, signature: Signature, register: "Register", now: dt.datetime) -> None:
    """Enter a delegation; it holds from now on.

    Raises:
        StatementMalformed: to oneself, to somebody who is not in the register, or signed for something else.
        Refusal: the signature does not hold, or the lender does not hold the role.

    """
    refuse_unfit(delegation, register)
    if signature.statement != delegation.statement(signature.statement.signed_at):
        message = "the signature is for another delegation than is entered here"
        raise StatementMalformed(message)
    check(signature, register.without_delegations, now, school=delegation.school)
    told = {"delegation": delegation.sha256, "lent": delegation.body(), **signature.body()}
    tx.append(KIND, told, now)


def refuse_unfit(delegation: Delegation, register: "Register") -> None:
    """Refuse a delegation for more than a school, to oneself or to a stranger; raises StatementMalformed."""
    if delegation.school == "*":
        message = "a role is lent for one school at a time"
        raise StatementMalformed(message)
    if delegation.to == delegation.by or register.person(delegation.to) is None:
        message = f"a role is lent to another person of the approver register; {delegation.to!r} is not one"
        raise StatementMalformed(message)


def end(tx: Tx, delegation: Delegation, by: str, now: dt.datetime) -> None:
    """End a delegation before its day."""
    tx.append(ENDED, {"delegation": delegation.sha256, "by": by}, now)


def lent(tx: Ledger | Tx) -> tuple[Lent, ...]:
    """Return the delegations that nobody has ended, oldest first; whether they hold is judged when used."""
    ended = {event.body["delegation"] for event in tx.events(ENDED)}
    return tuple(
        Lent(delegation_from(cast("Mapping[str, Any]", event.body["lent"])), signature_from(event.body))
        for event in tx.events(KIND)
        if event.body["delegation"] not in ended
    )


def lent_to(tx: Ledger | Tx, people: Collection[str]) -> list[Event]:
    """Return what was entered of roles lent to some people, ended or not."""
    told = [event for event in tx.events(KIND) if cast("Mapping[str, Any]", event.body["lent"])["to"] in people]
    names = {event.body["delegation"] for event in told}
    return [*told, *(event for event in tx.events(ENDED) if event.body["delegation"] in names)]


def delegation_from(body: Mapping[str, Any]) -> Delegation:
    """Read a delegation from its JSON object."""
    values = {name: body[name] for name in ("by", "to", "school", "nonce")}
    return Delegation(**values, role=Role(body["role"]), ends=dt.date.fromisoformat(body["ends"]))
