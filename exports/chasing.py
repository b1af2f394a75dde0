"""Transfer files that still need a person: handed over and not collected, or not yet sent although the days run out.

Belongs here: both lists, and the record that the next school has collected a file, which only a person can know: the
exchange between schools tells no program. Sending is `exports.sending`; the clock itself is `schemas.school_days`.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

import pandas as pd

from exports.parts import SEND_TO
from exports.readings import newest_tables
from ledger.states import State
from ledger.store import Ledger, Release
from schemas.refusal import Refusal
from schemas.table import Frames
from vault.store import Vault

COLLECTED: Final = "transfer file collected"
"""Kind of the ledger's event; its body has `waybill` and `by`."""

PUPILS: Final = "transfer_pupil"
_WAITING: Final = frozenset({State.PREPARED, State.APPROVED, State.REFUSED, State.UNKNOWN})


class NotToCollect(Refusal):
    """The waybill is not a transfer file that was handed over and waits to be collected."""

    code: ClassVar[str] = "not_to_collect"


@dataclass(frozen=True, slots=True)
class Uncollected:
    """A file handed over that nobody has marked as collected; `days` since then."""

    waybill: str
    school: str
    destination: str
    handed_over: dt.datetime
    days: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A file that waits to be signed or sent.

    Attributes:
        pupils: how many it tells of; None when the tables it was made from have been purged.
        due: the earliest last day of any of them; None where the school's terms do not reach so far.
        late: how many pupils' last day has passed.

    """

    waybill: str
    school: str
    period: str
    destination: str
    state: State
    pupils: int | None
    due: dt.date | None
    late: int


def uncollected(
    ledger: Ledger, agreements: Collection[str], schools: Collection[str], now: dt.datetime
) -> tuple[Uncollected, ...]:
    """Return the files that were handed over and are not marked as collected, the oldest first."""
    collected = {str(event.body["waybill"]) for event in ledger.events(COLLECTED)}
    waiting = [
        one
        for one in _of(ledger, agreements, schools)
        if one.state is State.HANDED_OVER and one.waybill not in collected
    ]
    return tuple(
        Uncollected(one.waybill, one.slot.school, destination_of(one), since, (now - since).days)
        for one in sorted(waiting, key=lambda one: one.settled_at or one.at)
        for since in [one.settled_at or one.at]
    )


def pending(
    ledger: Ledger, vault: Vault, agreements: Collection[str], schools: Collection[str], today: dt.date
) -> tuple[Pending, ...]:
    """Return the newest file of each school and destination that has not gone, the first to fall due first.

    A pupil stays in the files of later days until one of them is sent, so only the newest counts.
    """
    newest: dict[tuple[str, str, str], Release] = {}
    for one in sorted(_of(ledger, agreements, schools), key=lambda one: one.at):
        newest[one.slot.school, one.slot.agreement, one.slot.recipient] = one
    found = [_pending(vault, one, today) for one in newest.values() if one.state in _WAITING]
    return tuple(sorted(found, key=lambda one: (one.due is None, one.due or today, one.school, one.destination)))


def collect(ledger: Ledger, release: Release, agreements: Collection[str], by: str, now: dt.datetime) -> None:
    """Record that the next school has collected a file; a second time changes nothing.

    Raises NotToCollect for any other release.
    """
    if release.slot.agreement not in agreements or release.state is not State.HANDED_OVER:
        message = (
            f"waybill {release.waybill[:12]} is {release.state}: only a transfer file that was handed over can be "
            "collected. See: waybill chase list"
        )
        raise NotToCollect(message)
    with ledger.transaction() as tx:
        if not tx.events(COLLECTED, waybill=release.waybill):
            tx.append(COLLECTED, {"waybill": release.waybill, "by": by}, now)


def destination_of(release: Release) -> str:
    """Return where a file goes: authority and school number, or the mark for none."""
    return release.slot.recipient.rpartition("-")[2]


def _of(ledger: Ledger, agreements: Collection[str], schools: Collection[str]) -> Iterable[Release]:
    found = (one for agreement in sorted(agreements) for one in ledger.releases(agreement=agreement))
    return (one for one in found if one.slot.school in schools)


def _pending(vault: Vault, release: Release, today: dt.date) -> Pending:
    slot = release.slot
    tables = newest_tables(vault, slot.school, slot.period)
    told = _told(tables, destination_of(release)) if tables is not None and PUPILS in tables else None
    days = told["due"].dropna() if told is not None else ()
    return Pending(
        waybill=release.waybill,
        school=slot.school,
        period=slot.period,
        destination=destination_of(release),
        state=release.state,
        pupils=None if told is None else len(told),
        due=min(days, default=None),
        late=sum(day < today for day in days),
    )


def _told(tables: Frames, destination: str) -> pd.DataFrame:
    pupils = tables[PUPILS]
    return pupils[pupils[SEND_TO] == destination]
