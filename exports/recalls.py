"""Recalling a file that has left: asking whoever has it to destroy it, and following that until they have confirmed.

Belongs here: the state, and the records beside it. Asking closes nothing: a recall is over when the recipient has
confirmed, and overdue until then. A corrected file names the one it replaces (`exports.preparation`); a duty towards
everybody who was told a value is `exports.duties`.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final, cast

from exports.deletions import checked_reference
from ledger.states import State
from ledger.store import Ledger, Release, Tx
from schemas.refusal import Refusal
from vault.store import Vault

KIND: Final = "recall step"
REASON: Final = "recall reason"
KEEP: Final = dt.timedelta(days=26 * 366)
NOTIFY_WITHIN: Final = dt.timedelta(days=1)
CONFIRM_WITHIN: Final = dt.timedelta(days=14)
"""Our own limits: a recipient's contract may say less."""


class Stage(StrEnum):
    """How far a recall has come, each stage recorded by a person."""

    NOTIFIED = "notified"  # the recipient has been asked
    ACKNOWLEDGED = "acknowledged"  # they have answered that they will
    CONFIRMED = "confirmed"  # they say that it is destroyed


class RecallUnfit(Refusal):
    """The file was not recalled, has not left, or the stage is in another order."""

    code: ClassVar[str] = "recall_unfit"


@dataclass(frozen=True, slots=True)
class Done:
    """One stage as a person recorded it."""

    stage: Stage
    by: str
    on: dt.date
    reference: str


@dataclass(frozen=True, slots=True)
class Recall:
    """One file that was recalled, and how far that has come.

    Attributes:
        why: the words of whoever recalled it; None where they are not opened.
        replaced_by: waybill of a later version that has left, "" while there is none.

    """

    waybill: str
    school: str
    period: str
    agreement: str
    recipient: str
    by: str
    at: dt.datetime
    why: str | None
    steps: tuple[Done, ...]
    replaced_by: str

    @property
    def closed(self) -> bool:
        """Say whether the recipient has confirmed."""
        return any(step.stage is Stage.CONFIRMED for step in self.steps)

    def overdue(self, now: dt.datetime) -> str:
        """Say what should have happened by now and has not; "" for nothing."""
        if self.closed:
            return ""
        if not self.steps and now - self.at > NOTIFY_WITHIN:
            return "the recipient has not been asked"
        return "the recipient has not confirmed" if now - self.at > CONFIRM_WITHIN else ""


def recall(ledger: Ledger, vault: Vault, release: Release, why: str, by: str, now: dt.datetime) -> None:
    """Recall a file that the recipient has, for good.

    Raises RecallUnfit: no reason, or the recipient does not have it, or nobody knows.
    """
    if not why.strip():
        message = "say why: the data protection officer reads it"
        raise RecallUnfit(message)
    if release.settled_at is None or release.state is State.RECALLED:
        message = (
            f"waybill {release.waybill[:12]} is {release.state}: only a file that the recipient has can be recalled. "
            "One that waits is called off with waybill revoke."
        )
        raise RecallUnfit(message)
    sealed = vault.seal(why.encode(), kind=REASON, purge_on=now.date() + KEEP)
    with ledger.transaction() as tx:
        tx.move(release.waybill, State.RECALLED, now, {"by": by, "because": sealed.address})


def record(ledger: Ledger, release: Release, done: Done, now: dt.datetime) -> None:
    """Record one stage; a second time changes nothing.

    Raises RecallUnfit: it was not recalled, or not asked for yet. ReferenceUnfit.
    """
    reference = checked_reference(done.reference) if done.reference else ""
    with ledger.transaction() as tx:
        if tx.release(release.waybill).state is not State.RECALLED:
            message = f"waybill {release.waybill[:12]} was not recalled. See: waybill recall list"
            raise RecallUnfit(message)
        had = {step.stage for step in _steps(tx, release.waybill)}
        if done.stage is not Stage.NOTIFIED and Stage.NOTIFIED not in had:
            message = f"waybill {release.waybill[:12]}: record first that the recipient was asked (notified)"
            raise RecallUnfit(message)
        if done.stage not in had:
            told = {"waybill": release.waybill, "stage": done.stage.value, "by": done.by}
            tx.append(KIND, {**told, "on": done.on.isoformat(), "reference": reference}, now)


def recalls(ledger: Ledger, vault: Vault) -> tuple[Recall, ...]:
    """Return every recall, the oldest first."""
    found = [_recall(ledger, vault, one) for one in ledger.releases(state=State.RECALLED.value)]
    return tuple(sorted(found, key=lambda one: one.at))


def recall_of(ledger: Ledger, vault: Vault, release: Release) -> Recall | None:
    """Return how far the recall of one file has come, None for a file that was not recalled."""
    return _recall(ledger, vault, release) if release.state is State.RECALLED else None


def _recall(ledger: Ledger, vault: Vault, release: Release) -> Recall:
    event = ledger.events(State.RECALLED, waybill=release.waybill)[-1]
    detail: Any = event.body["detail"]
    slot = release.slot
    later = [
        one.waybill
        for one in ledger.releases(
            school=slot.school, period=slot.period, agreement=slot.agreement, recipient=slot.recipient
        )
        if one.slot.version > slot.version and one.settled_at is not None
    ]
    return Recall(
        waybill=release.waybill,
        school=slot.school,
        period=slot.period,
        agreement=slot.agreement,
        recipient=slot.recipient,
        by=detail["by"],
        at=event.at,
        why=vault.open(detail["because"]).decode(),
        steps=_steps(ledger, release.waybill),
        replaced_by=later[-1] if later else "",
    )


def _steps(tx: Ledger | Tx, waybill: str) -> tuple[Done, ...]:
    bodies = [cast("dict[str, str]", event.body) for event in tx.events(KIND, waybill=waybill)]
    return tuple(
        Done(Stage(body["stage"]), body["by"], dt.date.fromisoformat(body["on"]), body["reference"]) for body in bodies
    )
