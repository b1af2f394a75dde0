"""The register of complaints about data protection: received, acknowledged within thirty days, looked into, answered.

Belongs here: what a complaint and its steps must say, and keeping them. Section 164A of the Data Protection Act 2018
asks for it from 19 June 2026. Who complains and in which words is sealed; the ledger has the days. It names no pupil:
what it is about is in its words. Who may, is `pipelines.actions.complaining`.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from exports.rights import KEEP
from exports.rights_clock import ACKNOWLEDGE_DAYS, Clock, days
from ledger.store import Event, Ledger
from schemas.refusal import Refusal
from vault.store import ArtefactGone, Vault

if TYPE_CHECKING:
    from ledger.canonical import Plain

KIND: Final = "complaint"
STEP: Final = "complaint step"


class ComplaintStep(StrEnum):
    """What can happen to a complaint."""

    ACKNOWLEDGED = "acknowledged"
    LOOKED_INTO = "looked into"
    TOLD = "told of progress"
    OUTCOME = "outcome given"


class ComplaintUnfit(Refusal):
    """A complaint, or a step of one, lacks something or comes out of order."""

    code: ClassVar[str] = "complaint_unfit"


@dataclass(frozen=True, slots=True)
class Taken:
    """One step; `words` are None where the sealed part is gone."""

    step: ComplaintStep
    on: dt.date
    by: str
    words: str | None


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint as it stands.

    Attributes:
        number: of its event in the ledger.
        complainant, contact, words: None where the sealed part is gone.
        steps: oldest first.

    """

    number: int
    school: str
    received: dt.date
    by: str
    complainant: str | None
    contact: str | None
    words: str | None
    steps: tuple[Taken, ...]

    @property
    def acknowledged(self) -> dt.date | None:
        """The day it was acknowledged."""
        return next((one.on for one in self.steps if one.step is ComplaintStep.ACKNOWLEDGED), None)

    @property
    def outcome(self) -> Taken | None:
        """The answer; None while it is open."""
        return next((one for one in self.steps if one.step is ComplaintStep.OUTCOME), None)

    @property
    def clock(self) -> Clock:
        """By when it must be acknowledged."""
        return days(self.received, ACKNOWLEDGE_DAYS)

    def late(self, today: dt.date) -> bool:
        """Say whether it is not acknowledged in time, or was not."""
        return self.clock.overdue(self.acknowledged or today)


def receive(  # noqa: PLR0913  a complaint names all it hangs on
    ledger: Ledger, vault: Vault, *, school: str, complainant: str, contact: str, words: str, received: dt.date,
    by: str, at: dt.datetime,
) -> int:  # fmt: skip
    """Enter a complaint; returns its number. Raises ComplaintUnfit."""
    sealed = {"complainant": complainant, "contact": contact, "words": words}
    blank = [name for name, value in sealed.items() if not value.strip()]
    if blank or received > at.date():
        message = f"nothing was entered: {', '.join(blank) or 'the day'} is blank or lies in the future"
        raise ComplaintUnfit(message)
    body: dict[str, Plain] = {"school": school, "received": received.isoformat(), "by": by}
    return ledger.append(KIND, body | {"artefact": _seal(vault, sealed, at)}, at).seq


def step(  # noqa: PLR0913  a step names all it hangs on
    ledger: Ledger, vault: Vault, number: int, taken: ComplaintStep,
    *, words: str, on: dt.date, by: str, at: dt.datetime,
) -> None:  # fmt: skip
    """Record a step. Raises ComplaintUnfit."""
    found = complaint(ledger, vault, number)
    if found.outcome is not None or (taken is ComplaintStep.ACKNOWLEDGED and found.acknowledged is not None):
        message = f"complaint {number} has that already, or its outcome was given: enter a new one"
        raise ComplaintUnfit(message)
    if taken is ComplaintStep.OUTCOME and found.acknowledged is None:
        message = f"complaint {number} was not acknowledged: record that first, the same day if need be"
        raise ComplaintUnfit(message)
    if not words.strip() or not found.received <= on <= at.date():
        message = "say what was done (--what), on a day between its receipt and today"
        raise ComplaintUnfit(message)
    body: dict[str, Plain] = {"complaint": number, "step": taken.value, "on": on.isoformat(), "by": by}
    ledger.append(STEP, body | {"artefact": _seal(vault, {"words": words}, at)}, at)


def complaint(ledger: Ledger, vault: Vault, number: int) -> Complaint:
    """Return one complaint. Raises ComplaintUnfit."""
    for one in complaints(ledger, vault):
        if one.number == number:
            return one
    message = f"there is no complaint {number}. List them with: waybill complaints list"
    raise ComplaintUnfit(message)


def complaints(
    ledger: Ledger, vault: Vault, *, schools: Collection[str] | None = None, ended: bool = True, most: int | None = None
) -> tuple[Complaint, ...]:
    """Return complaints, oldest first; what is not asked for is not unsealed.

    Args:
        ledger: where they are entered.
        vault: where their words are sealed.
        schools: of these; None for all.
        ended: those whose outcome was given too.
        most: so many of the latest; None for all.

    """
    steps: dict[int, list[Event]] = {}
    for event in ledger.events(STEP):
        steps.setdefault(int(str(event.body["complaint"])), []).append(event)
    found = [
        event
        for event in ledger.events(KIND)
        if (schools is None or event.body["school"] in schools)
        and (ended or not any(one.body["step"] == ComplaintStep.OUTCOME for one in steps.get(event.seq, [])))
    ]
    return tuple(_complaint(vault, event, steps.get(event.seq, [])) for event in found[-most if most else None :])


def _complaint(vault: Vault, event: Event, steps: list[Event]) -> Complaint:
    body, sealed = event.body, _opened(vault, event)
    return Complaint(
        number=event.seq,
        school=str(body["school"]),
        received=dt.date.fromisoformat(str(body["received"])),
        by=str(body["by"]),
        complainant=sealed.get("complainant"),
        contact=sealed.get("contact"),
        words=sealed.get("words"),
        steps=tuple(_taken(vault, one) for one in steps),
    )


def _taken(vault: Vault, event: Event) -> Taken:
    body, words = event.body, _opened(vault, event).get("words")
    return Taken(ComplaintStep(str(body["step"])), dt.date.fromisoformat(str(body["on"])), str(body["by"]), words)


def _seal(vault: Vault, body: Mapping[str, str], at: dt.datetime) -> str:
    return vault.seal(json.dumps(dict(body)).encode(), kind=KIND, purge_on=at.date() + KEEP).address


def _opened(vault: Vault, event: Event) -> dict[str, str]:
    try:
        opened: dict[str, str] = json.loads(vault.open(str(event.body["artefact"])))
    except ArtefactGone:
        return {}
    return opened
