"""What the safeguarding lead decides and confirms: single pupils a file is held for, and the register once a term.

Belongs here: both as events of the ledger. A decision names the pupil by reference and its words are sealed; a
confirmation names schools. What a decision changes in the next file is `exports.protection_effects`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ledger.store import Event, Ledger, Tx
from vault.pupils import PupilKeys
from vault.store import Vault

DECIDED: Final = "protection decided"
CONFIRMED: Final = "protection confirmed"
_KEEP: Final = dt.timedelta(days=26 * 366)
"""Why an address was told lives as long as a pupil's record (IRMS toolkit)."""
_TERMS_BEGIN: Final = ((9, "autumn"), (4, "summer"), (1, "spring"))
"""First month of each term, latest first: the calendar months that hold every school's own terms."""


class Ruling(StrEnum):
    """What the lead may decide for a pupil for whom a file is held."""

    SEND = "send"
    WITHHOLD = "withhold"
    LEAVE_OUT = "leave-out"


RULINGS: Final[Mapping[Ruling, str]] = MappingProxyType(
    {
        Ruling.SEND: "the pupil's row leaves in full",
        Ruling.WITHHOLD: "the pupil's row leaves with every address and contact empty",
        Ruling.LEAVE_OUT: "the pupil is left out of the file",
    },
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The latest decision for one pupil under one agreement.

    Attributes:
        flags: kinds of protection the lead knew of; another kind needs a new decision.
        by: person id.
        at: when, aware UTC.

    """

    ruling: Ruling
    flags: frozenset[str]
    by: str
    at: dt.datetime


def decide(  # noqa: PLR0913  one decision names all it hangs on
    ledger: Ledger, vault: Vault, pupils: PupilKeys,
    *, agreement: str, school: str, decided: Mapping[str, Iterable[str]], ruling: Ruling, why: str, by: str,
    at: dt.datetime,
) -> None:  # fmt: skip
    """Record one decision for some pupils.

    Args:
        decided: kinds of protection by the MIS id of each pupil.
        why: the lead's words; they are sealed.

    """
    ids = list(decided)
    address = vault.seal(why.encode(), kind=DECIDED, purge_on=at.date() + _KEEP).address
    refs = pupils.pupils(school, ids, [None] * len(ids))
    shared = {"agreement": agreement, "school": school, "ruling": ruling.value, "by": by, "why": address}
    with ledger.transaction() as tx:
        for pupil_id, key in zip(ids, refs, strict=True):
            tx.append(DECIDED, {**shared, "subject": key.ref.hex(), "flags": sorted(decided[pupil_id])}, at)


def decisions(
    ledger: Ledger | Tx, pupils: PupilKeys, agreement: str, school: str, ids: Iterable[str]
) -> dict[str, Decision]:
    """Return the latest decision under an agreement for those of some pupils that have one."""
    latest = {str(event.body["subject"]): event for event in ledger.events(DECIDED, agreement=agreement, school=school)}
    if not latest:
        return {}
    keys = {pupil_id: pupils.by_id(school, pupil_id) for pupil_id in ids}
    found = {pupil_id: latest.get(key.ref.hex()) for pupil_id, key in keys.items() if key is not None}
    return {pupil_id: _decision(event) for pupil_id, event in found.items() if event is not None}


def decided_since(ledger: Ledger | Tx, seq: int, agreement: str, school: str) -> bool:
    """Say whether anything was decided under an agreement after an event of the ledger."""
    return any(event.seq > seq for event in ledger.events(DECIDED, agreement=agreement, school=school))


def confirm(ledger: Ledger, *, schools: Iterable[str], records: int, by: str, at: dt.datetime, day: dt.date) -> None:
    """Record that somebody has gone through the register of some schools for the term that a day is in.

    Args:
        records: how many the register holds for them; none is a confirmation too.

    """
    ledger.append(CONFIRMED, {"schools": sorted(schools), "term": term_of(day), "records": records, "by": by}, at)


def confirmed(ledger: Ledger | Tx, school: str, day: dt.date) -> bool:
    """Say whether a school's register was confirmed in the term that a day is in."""
    return any(school in _schools(event) for event in ledger.events(CONFIRMED, term=term_of(day)))


def term_of(day: dt.date) -> str:
    """Return the term a day is in, as `2026-autumn`: autumn from September, spring from January, summer from April."""
    name = next(name for first, name in _TERMS_BEGIN if day.month >= first)
    return f"{day.year}-{name}"


def _schools(event: Event) -> list[str]:
    return event.body["schools"]  # type: ignore[return-value]


def _decision(event: Event) -> Decision:
    body = event.body
    flags: list[str] = body["flags"]  # type: ignore[assignment]
    return Decision(Ruling(str(body["ruling"])), frozenset(flags), str(body["by"]), event.at)
