"""Who has already been reported to a recipient: a joiner or leaver is returned once, not every night of the window.

Belongs here: leaving out of a feed the pupils that an earlier period's file already told under the same agreement.
The same period prepared again keeps them, so that an unchanged file stays unchanged.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

import pandas as pd

from exports.terms import Agreement
from exports.waybill import Waybill
from ledger.store import Ledger
from ledger.trace import trace
from schemas.refusal import Refusal
from schemas.table import Frames
from vault.pupils import PupilKeys

SINCE: Final[Mapping[str, str]] = MappingProxyType({"joiner": "entry_date", "leaver": "leaving_date"})
"""Datasets that tell an event, and the day of the event: only a file delivered since then can have told it."""


class AlreadyTold(Refusal):
    """Another period's file has told the recipient of the same pupils meanwhile."""

    code: ClassVar[str] = "already_told"


def not_yet_told(
    frames: Frames, agreement: Agreement, ledger: Ledger, pupils: PupilKeys, *, school: str, period: str
) -> Frames:
    """Return the frames without the events that another period's file has told; other datasets are unchanged."""
    if agreement.dataset not in SINCE:
        return frames
    frame = frames[agreement.dataset]
    happened = frame[SINCE[agreement.dataset]]
    told = [
        _told(ledger, pupils, agreement, school, period, str(pupil_id), day)
        for pupil_id, day in zip(frame["pupil_id"], happened, strict=True)
    ]
    kept = frame.loc[~pd.Series(told, index=frame.index, dtype=bool)].reset_index(drop=True)
    return {**frames, agreement.dataset: kept}


def refuse_told(ledger: Ledger, agreement: Agreement, waybill: Waybill, refs: Iterable[bytes]) -> None:
    """Refuse a file of events when another period's file has told some of them since it was prepared.

    Raises AlreadyTold, with how many.
    """
    if agreement.dataset not in SINCE:
        return
    told = sum(
        any(
            other.slot.agreement == waybill.agreement
            and other.slot.period != waybill.period
            and other.at >= waybill.prepared_at
            for other in trace(ledger, ref)
        )
        for ref in refs
    )
    if told:
        message = (
            f"{told} pupils of {waybill.agreement}, {waybill.period}, have been returned in another file since this "
            "one was prepared. Prepare it again; whoever is still to be returned stays in it."
        )
        raise AlreadyTold(message)


def _told(
    ledger: Ledger, pupils: PupilKeys, agreement: Agreement, school: str, period: str, pupil_id: str, day: dt.date
) -> bool:
    key = pupils.by_id(school, pupil_id)
    if key is None:
        return False
    return any(
        told.slot.agreement == agreement.id and told.slot.period != period and told.at.date() >= day
        for told in trace(ledger, key.ref)
    )
