"""Who has already been reported to a recipient: a joiner or leaver is returned once, not every night of the window.

A file that was recalled has told nothing.

Belongs here: leaving out of a feed the pupils that an earlier period's file already told under the same agreement.
The same period prepared again keeps them, so that an unchanged file stays unchanged. An event is known by its day: when
a leaving date is put right, the event is another and is told. Where the agreement does not send the day, any file since
that day is taken to have told the event.
"""

import datetime as dt
from collections.abc import Iterable
from typing import ClassVar

import pandas as pd

from exports.terms import Agreement
from exports.waybill import Waybill
from ledger.states import State
from ledger.store import Ledger
from ledger.trace import Disclosure, trace, who_had
from schemas.feeds import DATASETS
from schemas.refusal import Refusal
from schemas.table import Frames
from schemas.wording import counted
from vault.pupils import PupilKeys


class AlreadyTold(Refusal):
    """Another period's file has told the recipient of the same pupils meanwhile."""

    code: ClassVar[str] = "already_told"


def not_yet_told(
    frames: Frames, agreement: Agreement, ledger: Ledger, pupils: PupilKeys, *, school: str, period: str
) -> Frames:
    """Return the frames without the events that another period's file has told; a dataset of states is unchanged.

    A dataset of pupils the recipient knows keeps only those it was told of, in another agreement's file, since it was
    last told of them in this agreement's.
    """
    dataset = DATASETS.get(agreement.dataset)
    if dataset is None or dataset.event_day is None:
        return frames
    table, _, day = dataset.event_day.partition(".")
    events = frames[table]
    left_out = [
        not _owed(ledger, pupils, agreement, school, period, row)
        if dataset.of_known
        else _told(ledger, pupils, agreement, school, period, row, row[day])
        for _, row in events.iterrows()
    ]
    kept = events.loc[~pd.Series(left_out, index=events.index, dtype=bool)].reset_index(drop=True)
    left = {declared.name: _of(frames[declared.name], kept["pupil_id"]) for declared in dataset.tables}
    return {**frames, **left, table: kept}


def _of(frame: pd.DataFrame, pupils: pd.Series) -> pd.DataFrame:
    return frame[frame["pupil_id"].isin(pupils)].reset_index(drop=True) if "pupil_id" in frame else frame


def refuse_told(ledger: Ledger, agreement: Agreement, waybill: Waybill, refs: Iterable[bytes]) -> None:
    """Refuse a file of events when another period's file has told some of them since it was prepared.

    Raises AlreadyTold, with how many.
    """
    dataset = DATASETS.get(agreement.dataset)
    if dataset is None or dataset.event_day is None:
        return
    told = sum(
        any(
            other.slot.agreement == waybill.agreement
            and other.slot.period != waybill.period
            and other.at >= waybill.prepared_at
            and other.state is not State.RECALLED
            for other in trace(ledger, ref)
        )
        for ref in refs
    )
    if told:
        message = (
            f"{counted(told, 'pupil')} of {waybill.agreement}, {waybill.period}: returned in another file since this "
            "one was prepared. Prepare it again; whoever is still to be returned stays in it."
        )
        raise AlreadyTold(message)


def _told(
    ledger: Ledger, pupils: PupilKeys, agreement: Agreement, school: str, period: str, row: pd.Series,
    day: dt.date | None,
) -> bool:  # fmt: skip
    """Say whether another period's file of this agreement told the pupil's event of that day."""
    if day is None or pd.isna(day):
        return False
    event_day = DATASETS[agreement.dataset].event_day
    files: list[Disclosure] = []
    for ref in _refs(pupils, school, row):
        if event_day in agreement.fields:
            line, key = agreement.line(event_day).id, pupils.key(ref).key
            files += [holder.disclosure for holder in who_had(ledger, ref, line, key, day.isoformat())]
        else:
            files += [told for told in trace(ledger, ref) if told.at.date() >= day]
    return any(
        (told.slot.school, told.slot.agreement) == (school, agreement.id)
        and told.slot.period != period
        and told.state is not State.RECALLED
        for told in files
    )


def _owed(ledger: Ledger, pupils: PupilKeys, agreement: Agreement, school: str, period: str, row: pd.Series) -> bool:
    """Say whether the last file that told the recipient of the pupil is another agreement's."""
    refs = _refs(pupils, school, row)
    files = sorted((told for ref in refs for told in trace(ledger, ref)), key=lambda told: told.at)
    theirs = [
        told.slot.agreement
        for told in files
        if (told.slot.school, told.slot.recipient) == (school, agreement.recipient.id)
        and (told.slot.agreement, told.slot.period) != (agreement.id, period)
    ]
    return bool(theirs) and theirs[-1] != agreement.id


def _refs(pupils: PupilKeys, school: str, row: pd.Series) -> list[bytes]:
    """Return the references of a row's pupil; a record set apart is known by its UPN alone, so both are looked up."""
    key, upn = pupils.by_id(school, str(row["pupil_id"])), row.get("upn")
    by_upn = () if pd.isna(upn) else pupils.by_upn(str(upn))
    return list(dict.fromkeys([*([] if key is None else [key.ref]), *by_upn]))
