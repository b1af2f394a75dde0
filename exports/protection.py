"""The protection register: of which pupils something must not leave, or not be joined, and why.

Belongs here: keeping the register, and reading it. The safeguarding lead keeps it; it is sealed in the vault as a
whole, and the ledger says who changed it and when, never whose record it was. What a flag does to a file is
`exports.protection_effects`, what it does to one that waits `exports.protection_gate`; decisions on single pupils and
the confirmation of each term are `exports.protection_log`.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Final

from ledger.store import Ledger, Tx
from schemas.refusal import Refusal
from schemas.separation import Separated
from vault.pupils import PupilKeys
from vault.store import Vault

KIND: Final = "protection"
_KEEP: Final = dt.date.max
"""Never purged: without it an address would be told again. An older state goes as soon as a newer one is sealed."""


class Flag(StrEnum):
    """What a record of the register says. The first four are `vocabularies.PROTECTION`, which agreements answer."""

    SAFE_ADDRESS = "safe_address"
    COURT_ORDER = "court_order"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    IDENTITY_SEPARATED = "identity_separated"
    CONSENT = "consent"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    DECLINED = "declined"


MEANINGS: Final[Mapping[Flag, str]] = MappingProxyType(
    {
        Flag.SAFE_ADDRESS: "where the pupil lives must not become known",
        Flag.COURT_ORDER: "a court order limits what a parent or other person may know",
        Flag.RESTRICTION: "the pupil's data are restricted (UK GDPR Article 18)",
        Flag.OBJECTION: "the family objects, to a purpose, to an agreement or to all (UK GDPR Article 21)",
        Flag.IDENTITY_SEPARATED: "the record must never be joined with another one",
        Flag.CONSENT: "consent was given for a purpose",
        Flag.CONSENT_WITHDRAWN: "consent for a purpose was refused or withdrawn",
        Flag.DECLINED: "the family declined to say an optional item",
    },
)
REVIEWED: Final = frozenset({Flag.SAFE_ADDRESS, Flag.COURT_ORDER, Flag.RESTRICTION, Flag.OBJECTION})
"""Flags with a day by which somebody looks at them again. They hold beyond that day: nothing lapses by itself."""
ABOUT_SOMETHING: Final = frozenset({Flag.CONSENT, Flag.CONSENT_WITHDRAWN, Flag.DECLINED})
"""Flags that say nothing without what they are about; an objection to all sharing says nothing more."""
DECLINABLE: Final[Mapping[str, str]] = MappingProxyType({"ethnicity": "REFU", "language": "REF", "service_child": "R"})
"""Optional items by column, and the code that says each was declined (codesets ETHNICITY, LANGUAGE, SERVICE_CHILD)."""
_INSTEAD_OF: Final[Mapping[Flag, Flag]] = MappingProxyType(
    {Flag.CONSENT: Flag.CONSENT_WITHDRAWN, Flag.CONSENT_WITHDRAWN: Flag.CONSENT},
)


class RecordUnfit(Refusal):
    """A record for the protection register lacks what its kind needs, or says what its kind cannot."""

    code: ClassVar[str] = "protection_record_unfit"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the register.

    Attributes:
        urn: the school.
        pupil_id: the MIS's id; may be missing for a record that is only set apart.
        upn: the pupil's present UPN, when it was given; by it the flag is found at the trust's other schools too.
        by: person id of whoever entered it.
        since: when, aware UTC.
        flag: what it says.
        about: the purpose or agreement objected to, the consent purpose, or the item declined; else None.
        review: day by which it is to be looked at again.

    """

    urn: str
    pupil_id: str | None
    upn: str | None
    by: str
    since: dt.datetime
    flag: Flag = Flag.IDENTITY_SEPARATED
    about: str | None = None
    review: dt.date | None = None

    @property
    def name(self) -> tuple[str, str | None, str | None, Flag, str | None]:
        """What tells one record from another."""
        return self.urn, self.pupil_id, self.upn, self.flag, self.about

    def body(self) -> dict[str, Any]:
        """The record as a JSON object."""
        review = self.review and self.review.isoformat()
        return asdict(self) | {"since": self.since.isoformat(), "review": review}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the register, by the number of its event in the ledger: what it was about, not what was done."""

    seq: int
    urn: str
    upn: str | None
    flag: Flag
    about: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """The register as it stands: its records, oldest first, and every change there was."""

    records: tuple[Record, ...] = ()
    changes: tuple[Change, ...] = ()


def register(ledger: Ledger | Tx, vault: Vault) -> Kept:
    """Return the register; empty when nobody has entered anything."""
    events = ledger.events(KIND)
    if not events:
        return Kept()
    held = json.loads(vault.open(str(events[-1].body["artefact"])))
    return Kept(
        tuple(_record(row) for row in held["records"]),
        tuple(Change(**{**row, "flag": Flag(row["flag"])}) for row in held["changes"]),
    )


def records(ledger: Ledger | Tx, vault: Vault) -> tuple[Record, ...]:
    """Return the records, oldest first."""
    return register(ledger, vault).records


def separated(ledger: Ledger | Tx, vault: Vault) -> Separated:
    """Return which records are set apart now."""
    apart = [one for one in records(ledger, vault) if one.flag is Flag.IDENTITY_SEPARATED]
    return Separated(
        records=frozenset((one.urn, one.pupil_id) for one in apart if one.pupil_id is not None),
        upns=frozenset(one.upn for one in apart if one.upn is not None),
    )


def add(ledger: Ledger, vault: Vault, pupils: PupilKeys, record: Record) -> bool:
    """Enter a record; False when it is there already. The same record with another review date is moved to that date.

    A consent takes the place of its withdrawal, and the other way round. From the moment a record is set apart its UPN
    leads to no other of the same record.

    Raises RecordUnfit.
    """
    _refuse_unfit(record)
    with ledger.transaction() as tx:
        known = register(tx, vault)
        same = next((one for one in known.records if one.name == record.name), None)
        if same is not None and same.review == record.review:
            return False
        if same is not None:
            moved = [replace(one, review=record.review) if one is same else one for one in known.records]
            old = _keep(tx, vault, replace(known, records=tuple(moved)), "review", record.by, record.since)
        else:
            left = [one for one in known.records if not _replaced(one, record)]
            old = _keep(tx, vault, _changed(tx, known, record, *left, record), "add", record.by, record.since)
    _forget(vault, old, record.since)
    if record.flag is Flag.IDENTITY_SEPARATED and record.upn is not None:
        pupils.part(record.urn, record.upn)
    return True


def remove(ledger: Ledger, vault: Vault, record: Record) -> bool:
    """Take a record out as it was put in; False when it is not in the register.

    Args:
        record: names what goes; `by` and `since` say who takes it out, and when.

    References that were parted stay parted.
    """
    with ledger.transaction() as tx:
        known = register(tx, vault)
        left = [one for one in known.records if one.name != record.name]
        if len(left) == len(known.records):
            return False
        old = _keep(tx, vault, _changed(tx, known, record, *left), "remove", record.by, record.since)
    _forget(vault, old, record.since)
    return True


def _refuse_unfit(record: Record) -> None:
    flag = record.flag
    if record.pupil_id is None and flag is not Flag.IDENTITY_SEPARATED:
        message = f"{flag} needs the pupil's id in the MIS (--pupil); the UPN may stand beside it"
    elif record.pupil_id is None and record.upn is None:
        message = "a record is named by its id in the MIS, its UPN, or both"
    elif flag in ABOUT_SOMETHING and record.about is None:
        message = f"{flag} needs what it is about (--about)"
    elif flag not in ABOUT_SOMETHING | {Flag.OBJECTION} and record.about is not None:
        message = f"{flag} is about the pupil as a whole, so nothing is named with --about"
    elif flag is Flag.DECLINED and record.about not in DECLINABLE:
        message = f"items that may be declined are {', '.join(DECLINABLE)}"
    elif flag in REVIEWED and record.review is None:
        message = f"{flag} needs the day by which it is looked at again (--review YYYY-MM-DD)"
    else:
        return
    raise RecordUnfit(message)


def _replaced(one: Record, by: Record) -> bool:
    """Say whether a record falls away because its opposite is entered."""
    return (one.urn, one.pupil_id, one.about) == (by.urn, by.pupil_id, by.about) and one.flag == _INSTEAD_OF.get(
        by.flag
    )


def _changed(tx: Tx, known: Kept, what: Record, *left: Record) -> Kept:
    """Return the register with other records, and the change under the number that its event will have."""
    change = Change(tx.head().seq + 1, what.urn, what.upn, what.flag, what.about)
    return Kept(left, (*known.changes, change))


def _keep(tx: Tx, vault: Vault, kept: Kept, act: str, by: str, at: dt.datetime) -> str | None:
    """Seal a state of the register and enter it; returns the address of the state before."""
    before = tx.events(KIND)
    body = {"records": [one.body() for one in kept.records], "changes": [asdict(one) for one in kept.changes]}
    address = vault.seal(json.dumps(body).encode(), kind=KIND, purge_on=_KEEP).address
    tx.append(KIND, {"act": act, "by": by, "artefact": address}, at)
    return str(before[-1].body["artefact"]) if before else None


def _forget(vault: Vault, address: str | None, at: dt.datetime) -> None:
    """Drop an older state, once the newer one is in the ledger for good."""
    if address is not None:
        vault.drop(address, at.date())


def _record(row: Mapping[str, Any]) -> Record:
    review = row["review"] and dt.date.fromisoformat(row["review"])
    since = dt.datetime.fromisoformat(row["since"])
    return Record(**{**row, "flag": Flag(row["flag"]), "since": since, "review": review})
