"""Requests to a supplier to delete pupils who have left: what was asked, and whether the supplier has said it is done.

Belongs here: telling such requests among the releases, and recording a confirmation. A request is a file of a dataset
of pupils the recipient knows (`schemas.feeds.former`); whom it names is `exports.told`, and it leaves as every file
does. The ledger knows the waybill, who recorded the confirmation and the supplier's reference, and no pupil.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from exports.preparation import read_waybill
from exports.waybill import Waybill
from ledger.store import Ledger, Release
from schemas.feeds import DATASETS
from schemas.refusal import Refusal
from vault.store import Vault

KIND: Final = "deletion confirmed"
WITHIN: Final = dt.timedelta(days=28)
"""By when a supplier should have confirmed; its contract may say less."""

_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,39}")
_TABLES: Final = frozenset(table.name for dataset in DATASETS.values() if dataset.of_known for table in dataset.tables)


class NoSuchRequest(Refusal):
    """The waybill asks for no deletion, or its file has not been delivered."""

    code: ClassVar[str] = "no_such_request"


class ReferenceUnfit(Refusal):
    """The other side's reference is letters, digits and . / _ - only, so that it cannot hold a name."""

    code: ClassVar[str] = "reference_unfit"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a supplier has said, and who wrote it down."""

    by: str
    on: dt.date
    reference: str


@dataclass(frozen=True, slots=True)
class Request:
    """One delivered request.

    Attributes:
        waybill: SHA-256 of its waybill, hex.
        pupils: how many it asks to delete.
        asked_on: day the supplier had the file; `due` the day by which it should have confirmed.

    """

    waybill: str
    school: str
    period: str
    agreement: str
    recipient: str
    pupils: int
    asked_on: dt.date
    due: dt.date
    confirmed: Confirmation | None

    def overdue(self, today: dt.date) -> bool:
        """Say whether the supplier should have confirmed by now and has not."""
        return self.confirmed is None and self.due < today


def requests(ledger: Ledger, vault: Vault) -> tuple[Request, ...]:
    """Return every delivered request, oldest first."""
    confirmed = {str(event.body["waybill"]): event for event in ledger.events(KIND)}
    told = {
        waybill: Confirmation(str(event.body["by"]), event.at.date(), str(event.body["reference"]))
        for waybill, event in confirmed.items()
    }
    return tuple(
        Request(
            waybill=release.waybill,
            school=release.slot.school,
            period=release.slot.period,
            agreement=release.slot.agreement,
            recipient=release.slot.recipient,
            pupils=waybill.tally.pupils,
            asked_on=asked.date(),
            due=asked.date() + WITHIN,
            confirmed=told.get(release.waybill),
        )
        for release, waybill, asked in _delivered(ledger, vault)
    )


def confirm(ledger: Ledger, vault: Vault, waybill: str, reference: str, *, by: str, at: dt.datetime) -> bool:
    """Record that the supplier has confirmed a request; False when that is recorded already.

    Raises:
        NoSuchRequest, ReferenceUnfit: nothing was recorded.

    """
    checked_reference(reference)
    if not any(release.waybill == waybill for release, *_ in _delivered(ledger, vault)):
        message = f"waybill {waybill[:12]} is no delivered request for deletion; see: waybill deletions list --all"
        raise NoSuchRequest(message)
    with ledger.transaction() as tx:
        if tx.events(KIND, waybill=waybill):
            return False
        tx.append(KIND, {"waybill": waybill, "by": by, "reference": reference}, at)
    return True


def checked_reference(reference: str) -> str:
    """Return the other side's reference; raises ReferenceUnfit when it could hold a name."""
    if not _REFERENCE.fullmatch(reference):
        message = "the other side's reference is at most 40 letters, digits and . / _ - and names nobody"
        raise ReferenceUnfit(message)
    return reference


def _delivered(ledger: Ledger, vault: Vault) -> Iterator[tuple[Release, Waybill, dt.datetime]]:
    """Give the delivered releases that ask for deletion: by its own fields, whatever agreements say today."""
    asks: dict[str, bool] = {}
    for release in ledger.releases():
        if release.settled_at is None or not asks.get(release.slot.agreement, True):
            continue
        waybill = read_waybill(ledger, vault, release.waybill)
        asks[release.slot.agreement] = _asks(waybill)
        if asks[release.slot.agreement]:
            yield release, waybill, release.settled_at


def _asks(waybill: Waybill) -> bool:
    return any(line.removeprefix(f"{waybill.agreement}.").partition(".")[0] in _TABLES for line in waybill.fields)
