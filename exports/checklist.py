"""What still has to happen to a return after it was handed over, in COLLECT, where only people can act.

Belongs here: the steps, ticking one, and what is missing. A return is amber until its last step is ticked by a named
person: lying at the upload point, or being loaded, is not having been submitted. A file that replaces one which was
submitted begins with re-opening the return.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final, cast

from ledger.states import State
from ledger.store import Ledger, Release, Tx
from schemas.refusal import Refusal

KIND: Final = "return step"
REOPENED, LOADED, COUNTS, SUBMITTED = "reopened", "loaded", "counts", "submitted"
_APPROVED: Final = "la_approved"
_REPORTS: Final = MappingProxyType(
    {
        "report_pupil_number": "pupil number report",
        "report_duplicate_upn": "duplicate UPN report",
        "report_duplicate_pupil": "duplicate pupil report",
        "report_fsm": "free school meals report",
        "report_uifsm": "universal infant free school meals report",
        "report_funded_hours": "zero funded hours report",
        "report_pupil_premium": "pupil premium report",
        "report_eypp": "early years pupil premium report",
        "report_post_16": "post-16 funding report",
    },
)
STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        REOPENED: "re-opened in COLLECT, which has an earlier file as submitted",
        LOADED: "loaded and validated in COLLECT",
        COUNTS: "COLLECT's counts are ours",
        "notes": "a note stands at every query",
        **{step: f"{name} run and agreed, or does not apply" for step, name in _REPORTS.items()},
        SUBMITTED: "submitted",
        _APPROVED: "approved by the local authority",
        "authorised": "authorised by the Department",
    },
)


class StepUnfit(Refusal):
    """The step is none of this return's, or the return was not handed over."""

    code: ClassVar[str] = "step_unfit"


@dataclass(frozen=True, slots=True)
class Tick:
    """One step that a person has ticked."""

    step: str
    by: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class Checklist:
    """One return that was handed over: its steps in order, and the ticks there are."""

    waybill: str
    school: str
    period: str
    version: int
    steps: tuple[str, ...]
    ticks: Mapping[str, Tick]

    @property
    def missing(self) -> tuple[str, ...]:
        """The steps that nobody has ticked."""
        return tuple(step for step in self.steps if step not in self.ticks)

    @property
    def amber(self) -> bool:
        """Say whether something is missing."""
        return bool(self.missing)


def checklist(ledger: Ledger | Tx, release: Release, *, maintained: bool) -> Checklist:
    """Return the checklist of a return; an authority approves a maintained school's alone."""
    slot, reopened = release.slot, _submitted_before(ledger, release)
    steps = [step for step in STEPS if (step != REOPENED or reopened) and (step != _APPROVED or maintained)]
    ticks = {tick.step: tick for tick in _ticks(ledger, release.waybill)}
    return Checklist(release.waybill, slot.school, slot.period, slot.version, tuple(steps), ticks)


def tick(
    ledger: Ledger, release: Release, step: str, *, maintained: bool, by: str, on: dt.date, now: dt.datetime
) -> Checklist:
    """Tick one step and return the checklist; a second time changes nothing.

    Raises StepUnfit.
    """
    with ledger.transaction() as tx:
        if release.state is not State.HANDED_OVER:
            message = f"waybill {release.waybill[:12]} is {release.state}: steps follow a file that was handed over"
            raise StepUnfit(message)
        before = checklist(tx, release, maintained=maintained)
        if step not in before.steps:
            message = f"{step!r} is no step of this return; its steps are {', '.join(before.steps)}"
            raise StepUnfit(message)
        if step not in before.ticks:
            tx.append(KIND, {"waybill": release.waybill, "step": step, "by": by, "on": on.isoformat()}, now)
        return checklist(tx, release, maintained=maintained)


def must_be_reopened(ledger: Ledger | Tx, release: Release) -> bool:
    """Say whether a return is still to be re-opened in COLLECT before this file can be loaded."""
    return _submitted_before(ledger, release) and not any(
        one.step == REOPENED for one in _ticks(ledger, release.waybill)
    )


def _submitted_before(ledger: Ledger | Tx, release: Release) -> bool:
    slot = release.slot
    earlier = ledger.releases(school=slot.school, period=slot.period, agreement=slot.agreement)
    return any(
        one.slot.version < slot.version and any(tick.step == SUBMITTED for tick in _ticks(ledger, one.waybill))
        for one in earlier
    )


def _ticks(ledger: Ledger | Tx, waybill: str) -> list[Tick]:
    bodies = [cast("dict[str, str]", event.body) for event in ledger.events(KIND, waybill=waybill)]
    return [Tick(body["step"], body["by"], dt.date.fromisoformat(body["on"])) for body in bodies]
