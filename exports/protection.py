"""The protection register: which pupils' records must never be joined with another (identity-separated).

Belongs here: keeping the register, and reading it. It is sealed in the vault as a whole; the ledger says who changed it
and when, and never whose record it was. What follows for tables is `schemas.separation`, for references to pupils
`vault.pupils`.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from exports.waybill import Waybill
from ledger.store import Ledger, Tx
from schemas.refusal import Refusal
from schemas.separation import Separated
from vault.pupils import PupilKeys
from vault.store import Vault

KIND: Final = "protection"
_KEEP: Final = dt.date.max
"""Never purged: without it two records would be joined again. An older state goes as soon as a newer one is sealed."""


class ProtectionChanged(Refusal):
    """A record of the school was set apart after the file was prepared, so the file may still join it with another."""

    code: ClassVar[str] = "protection_changed"


@dataclass(frozen=True, slots=True)
class Record:
    """One record that is set apart.

    Attributes:
        urn: the school.
        pupil_id: the MIS's id, when it was given.
        upn: the record's present UPN, when it was given.
        by: person id of whoever set it apart.
        since: when, aware UTC.

    """

    urn: str
    pupil_id: str | None
    upn: str | None
    by: str
    since: dt.datetime

    def names(self, urn: str, pupil_id: str | None, upn: str | None) -> bool:
        """Say whether this is the record of these."""
        return (self.urn, self.pupil_id, self.upn) == (urn, pupil_id, upn)


def records(ledger: Ledger | Tx, vault: Vault) -> tuple[Record, ...]:
    """Return the register, oldest first."""
    events = ledger.events(KIND)
    if not events:
        return ()
    rows = json.loads(vault.open(str(events[-1].body["artefact"])))
    return tuple(Record(**{**row, "since": dt.datetime.fromisoformat(row["since"])}) for row in rows)


def separated(ledger: Ledger | Tx, vault: Vault) -> Separated:
    """Return which records are set apart now."""
    known = records(ledger, vault)
    return Separated(
        records=frozenset((one.urn, one.pupil_id) for one in known if one.pupil_id is not None),
        upns=frozenset(one.upn for one in known if one.upn is not None),
    )


def add(ledger: Ledger, vault: Vault, pupils: PupilKeys, record: Record) -> bool:
    """Set a record apart; False when it is already. From then on its UPN leads to no other of the same record."""
    known = records(ledger, vault)
    if any(one.names(record.urn, record.pupil_id, record.upn) for one in known):
        return False
    _keep(ledger, vault, (*known, record), "add", record.by, record.since)
    if record.upn is not None:
        pupils.part(record.urn, record.upn)
    return True


def remove(
    ledger: Ledger, vault: Vault, *, urn: str, pupil_id: str | None, upn: str | None, by: str, at: dt.datetime
) -> bool:
    """Take a record out of the register; False when it is not in it. References that were parted stay parted."""
    known = records(ledger, vault)
    left = [one for one in known if not one.names(urn, pupil_id, upn)]
    if len(left) == len(known):
        return False
    _keep(ledger, vault, left, "remove", by, at)
    return True


def set_apart_since(ledger: Ledger | Tx, vault: Vault, waybill: Waybill) -> bool:
    """Say whether a record of a file's school was set apart after the file was prepared."""
    return any(one.urn == waybill.school and one.since >= waybill.prepared_at for one in records(ledger, vault))


def refuse_joined(ledger: Ledger | Tx, vault: Vault, waybill: Waybill) -> None:
    """Refuse a file that was prepared before a record of its school was set apart. Raises ProtectionChanged."""
    if set_apart_since(ledger, vault, waybill):
        message = (
            "the protection register has changed for this school since the file was prepared: prepare the return "
            "again and have it signed"
        )
        raise ProtectionChanged(message)


def _keep(ledger: Ledger, vault: Vault, known: Iterable[Record], act: str, by: str, at: dt.datetime) -> None:
    before = [str(event.body["artefact"]) for event in ledger.events(KIND)][-1:]
    address = vault.seal(_written(list(known)), kind=KIND, purge_on=_KEEP).address
    ledger.append(KIND, {"act": act, "by": by, "artefact": address}, at)
    for old in before:
        vault.drop(old, at.date())


def _written(known: Sequence[Record]) -> bytes:
    rows = [
        {"urn": one.urn, "pupil_id": one.pupil_id, "upn": one.upn, "by": one.by, "since": one.since.isoformat()}
        for one in known
    ]
    return json.dumps(rows).encode()
