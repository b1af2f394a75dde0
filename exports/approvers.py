"""The approver register: who may sign, in which role, for which schools, with which key.

Belongs here: the versioned `Register`, how it comes to be (bootstrap) and how it changes (two current approvers sign
the new one). It lives in the ledger as events of kind `approvers`; nothing is read from a file at the gate. Checking
one signature against it is `exports.signing`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, cast

from exports.delegations import Lent, lent
from exports.signing import (
    DECIDING,
    Act,
    Role,
    Signature,
    check,
    fingerprint,
    key_text,
    signature_from,
)
from exports.waybill import digest
from ledger.canonical import Plain
from ledger.store import Ledger, Tx
from schemas.refusal import Refusal

KIND: Final = "approvers"
WHOLE_TRUST: Final = "*"
SIGNERS_OF_A_CHANGE: Final = 2


class RegisterMalformed(Refusal):
    """The register cannot be used: a person or key is missing, doubled or unreadable."""

    code = "register_malformed"


class PersonTwice(RegisterMalformed):
    """One person appears twice, by id or by name, and so could hold two keys."""

    code = "person_twice"


class KeyShared(RegisterMalformed):
    """One key appears under two people, who could not be told apart."""

    code = "key_shared"


class RegisterMissing(Refusal):
    """There is no approver register in this ledger."""

    code = "register_missing"


class RegisterExists(Refusal):
    """Bootstrap happens once; after that two approvers sign each change."""

    code = "register_exists"


class RegisterForged(Refusal):
    """A register in the ledger was not signed for: somebody wrote it there past the program."""

    code = "register_forged"


class ChangeNotAuthorised(Refusal):
    """A change of the register lacks the signatures of two different current approvers."""

    code = "approver_change_not_authorised"


@dataclass(frozen=True, slots=True)
class Person:
    """One entry of the register.

    Attributes:
        id: stable, never reused.
        name: as the person signs; unique in the register.
        roles: roles they may sign in.
        schools: URNs, or `*` alone for the whole trust.
        public_key: `ssh-ed25519 <base64>`, or a passkey (`webauthn ORIGIN <base64>`); a comment behind it is dropped.

    """

    id: str
    name: str
    roles: tuple[Role, ...]
    schools: tuple[str, ...]
    public_key: str

    def may(self, role: Role, school: str) -> bool:
        """Say whether they may sign in that role for that school (`*`: for the whole trust)."""
        return role in self.roles and (WHOLE_TRUST in self.schools or school in self.schools)


@dataclass(frozen=True)
class Register:
    """All who may sign, at one version.

    Attributes:
        delegations: roles lent by one to another; they are no part of the version, and void no waybill.

    Raises:
        PersonTwice: an id or a name occurs twice.
        KeyShared: a key occurs twice.
        RegisterMalformed: fewer than two people for the whole trust, so that nobody could ever change it.

    """

    version: int
    people: tuple[Person, ...]
    delegations: tuple[Lent, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Refuse a register in which two entries could be one person, or one entry two."""
        _once((person.id for person in self.people), PersonTwice, "person id")
        _once((" ".join(person.name.casefold().split()) for person in self.people), PersonTwice, "name")
        _once((person.public_key for person in self.people), KeyShared, "public key")
        if sum(_may_change(person) for person in self.people) < SIGNERS_OF_A_CHANGE:
            message = "the approver register needs two people who may sign for the whole trust ('*')"
            raise RegisterMalformed(message)

    @classmethod
    def of(cls, version: int, people: Iterable[Mapping[str, Any]]) -> "Register":
        """Build a register from plain data (a YAML file, a ledger event), in order of id whatever the order given.

        Raises:
            RegisterMalformed: an entry lacks something or has something unknown; it is named by its position.
            KeyUnreadable: a key is neither ed25519 nor a passkey.

        """
        entries = [_person(number, raw) for number, raw in enumerate(people, start=1)]
        return cls(version, tuple(sorted(entries, key=lambda person: person.id)))

    def person(self, person_id: str) -> Person | None:
        """Return one entry by id."""
        return self._by_id.get(person_id)

    def lent_to(self, person_id: str, role: Role, school: str) -> Sequence[Lent]:
        """Return the delegations that lend a person a role at a school."""
        wanted = (person_id, role, school)
        return [
            one for one in self.delegations if (one.delegation.to, one.delegation.role, one.delegation.school) == wanted
        ]

    @property
    def without_delegations(self) -> "Register":
        """The register alone: who lends a role must hold it by this."""
        return replace(self, delegations=())

    @cached_property
    def _by_id(self) -> Mapping[str, Person]:
        return {person.id: person for person in self.people}

    def body(self) -> dict[str, Plain]:
        """The register as a JSON object."""
        return {
            "version": self.version,
            "people": [
                {
                    "id": person.id,
                    "name": person.name,
                    "roles": list(person.roles),
                    "schools": list(person.schools),
                    "public_key": person.public_key,
                }
                for person in self.people
            ],
        }

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the canonical register: what a waybill and an approver change name."""
        return digest(self.body())

    def fingerprints(self) -> dict[str, str]:
        """Person id to key fingerprint, to be compared by voice when the register is set up."""
        return {person.id: fingerprint(person.public_key) for person in self.people}


def current(ledger: Ledger | Tx) -> Register:
    """Return the register in force: the last one in the ledger.

    Raises:
        RegisterMissing: none was ever set up.
        RegisterForged: a version in the ledger was not signed for.

    """
    register = _latest(ledger)
    if register is None:
        message = "there is no approver register: set one up with 'waybill approvers bootstrap'"
        raise RegisterMissing(message)
    return replace(register, delegations=lent(ledger))


def bootstrap(ledger: Ledger, register: Register, now: dt.datetime) -> dict[str, str]:
    """Record the first register and return the fingerprints that its people must confirm by voice.

    Raises:
        RegisterExists: the ledger has one already.
        RegisterMalformed: the first version is not 1.

    """
    if register.version != 1:
        message = "the first approver register has version 1"
        raise RegisterMalformed(message)
    with ledger.transaction() as tx:
        if _latest(tx) is not None:
            message = "the approver register exists: a change needs the signatures of two current approvers"
            raise RegisterExists(message)
        tx.append(KIND, {"register": register.body(), "signatures": []}, now)
    return register.fingerprints()


def change(ledger: Ledger, register: Register, signatures: Sequence[Signature], now: dt.datetime) -> None:
    """Replace the register by its next version, signed by two current approvers of the whole trust.

    Raises:
        ChangeNotAuthorised: wrong version, fewer than two different signers and keys, or a signature for another
            register or act.
        Refusal: a signature that does not hold (see `exports.signing.check`).

    """
    with ledger.transaction() as tx:
        _authorise(current(tx).without_delegations, register, signatures, now)
        signed = [signature.body() for signature in signatures]
        tx.append(KIND, {"register": register.body(), "signatures": signed}, now)


def _authorise(held: Register, wanted: Register, signatures: Sequence[Signature], now: dt.datetime) -> None:
    if wanted.version != held.version + 1:
        message = f"the next approver register has version {held.version + 1}, not {wanted.version}"
        raise ChangeNotAuthorised(message)
    for signature in signatures:
        statement = signature.statement
        if (statement.act, statement.subject) != (Act.APPROVER_CHANGE, wanted.sha256):
            message = f"the signature of {statement.signer} is not for this change of the approver register"
            raise ChangeNotAuthorised(message)
        if statement.role not in DECIDING:
            message = f"{statement.signer} signed as {statement.role}, which decides nothing"
            raise ChangeNotAuthorised(message)
        check(signature, held, now, school=WHOLE_TRUST)
    people = {signature.statement.signer for signature in signatures}
    keys = {signature.public_key for signature in signatures}
    if min(len(people), len(keys)) < SIGNERS_OF_A_CHANGE:
        message = f"a change of the approver register needs two current approvers: {len(people)} signed"
        raise ChangeNotAuthorised(message)


def _latest(ledger: Ledger | Tx) -> Register | None:
    """Replay the register from its beginning, so that one written into the ledger past `change` is never believed."""
    held: Register | None = None
    for event in ledger.events(KIND):
        body = cast("Mapping[str, Any]", event.body)
        wanted = Register.of(body["register"]["version"], body["register"]["people"])
        if held is not None:
            _believe(held, wanted, [signature_from(one) for one in body["signatures"]], event.at)
        held = wanted
    return held


def _believe(held: Register, wanted: Register, signatures: Sequence[Signature], at: dt.datetime) -> None:
    try:
        _authorise(held, wanted, signatures, at)
    except Refusal:
        message = (
            f"version {wanted.version} of the approver register in the ledger was not signed by two approvers of the "
            "version before: stop, and restore the ledger from a backup"
        )
        raise RegisterForged(message) from None


def _person(number: int, raw: Mapping[str, Any]) -> Person:
    try:
        values = dict(raw)
        person = Person(
            id=str(values.pop("id")),
            name=str(values.pop("name")),
            roles=tuple(sorted({Role(role) for role in values.pop("roles")})),
            schools=tuple(sorted({str(school) for school in values.pop("schools")})),
            public_key=key_text(str(values.pop("public_key"))),
        )
    except (KeyError, TypeError, ValueError):
        message = f"entry {number} of the approver register needs id, name, roles, schools and public_key"
        raise RegisterMalformed(message) from None
    if values or not (person.id and person.name and person.roles and person.schools):
        message = f"entry {number} of the approver register has an unknown or an empty member"
        raise RegisterMalformed(message)
    return person


def _may_change(person: Person) -> bool:
    return WHOLE_TRUST in person.schools and not set(person.roles).isdisjoint(DECIDING)


def _once(values: Iterable[str], refusal: type[RegisterMalformed], what: str) -> None:
    doubled = sum(count > 1 for count in Counter(values).values())
    if doubled:
        message = f"the approver register holds the same {what} more than once ({doubled}): one person, one key"
        raise refusal(message)
