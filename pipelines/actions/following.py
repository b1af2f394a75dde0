"""What follows a file that has left: recalling it, the checklist of a return, and what the other side answered.

Belongs here: the verbs `recall`, `recall_step`, `recall_of`, `recalls`, `checklist_of`, `tick_step` and `answered`, and
who may use each. The records are `exports.recalls`, `exports.checklist` and `exports.answers`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from exports.answers import ACKNOWLEDGEMENT, Answer, Taken, take, taken
from exports.checklist import COUNTS, Checklist, StepUnfit, checklist, must_be_reopened, tick
from exports.recalls import Done, Recall, Stage, record
from exports.recalls import recall as enter
from exports.recalls import recall_of as one_recall
from exports.recalls import recalls as every
from exports.signing import Role
from ledger.states import SETTLED, State
from ledger.store import Release
from pipelines.actions.context import Context

MAY_FOLLOW = (Role.DATA_MANAGER, Role.HEAD, Role.DPO)
HAS_LEFT = SETTLED | {State.SUPERSEDED, State.RECALLED}
"""The other side has the file, or had it: it can have answered."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A release and what is still to happen to it; `note` is "" where nothing is."""

    release: Release
    note: str


def recall(ctx: Context, waybill: str, why: str) -> Release:
    """Recall a file that has left; returns its release. Raises NotNamed, NotAllowed, RecallUnfit."""
    here, release = ctx.installation, ctx.named(waybill)
    person = ctx.person(release.slot.school, MAY_FOLLOW)
    enter(here.ledger, here.vault, release, why, person.id, here.now())
    here.lodged.lodge(here.now())
    return release


def recall_step(ctx: Context, waybill: str, stage: Stage, *, reference: str, on: dt.date) -> Release:
    """Record how far a recall has come. Raises NotNamed, NotAllowed, RecallUnfit, ReferenceUnfit."""
    here, release = ctx.installation, ctx.named(waybill)
    person = ctx.person(release.slot.school, MAY_FOLLOW)
    record(here.ledger, release, Done(stage, person.id, on, reference), here.now())
    here.lodged.lodge(here.now())
    return release


def recalls(ctx: Context) -> tuple[Recall, ...]:
    """Every recall at the actor's schools, the oldest first. Raises NotAllowed."""
    schools = set(ctx.schools(MAY_FOLLOW))
    return tuple(one for one in every(ctx.installation.ledger, ctx.installation.vault) if one.school in schools)


def recall_of(ctx: Context, waybill: str) -> Recall | None:
    """How far the recall of one file has come, None for a file that was not. Raises NotNamed, NotAllowed."""
    here, release = ctx.installation, ctx.named(waybill)
    ctx.person(release.slot.school, MAY_FOLLOW)
    return one_recall(here.ledger, here.vault, release)


def checklist_of(ctx: Context, school: str, collection: str) -> Checklist:
    """The checklist of the newest return that was handed over. Raises NotAllowed, StepUnfit."""
    ctx.person(school, MAY_FOLLOW)
    release = _return(ctx, school, collection)
    return checklist(ctx.installation.ledger, release, maintained=is_maintained(ctx, school))


def tick_step(ctx: Context, school: str, collection: str, steps: Sequence[str], on: dt.date) -> Checklist:
    """Tick steps of a return, each in the actor's name. Raises NotAllowed, StepUnfit."""
    here, person = ctx.installation, ctx.person(school, MAY_FOLLOW)
    release = _return(ctx, school, collection)
    maintained = is_maintained(ctx, school)
    for step in steps:
        tick(here.ledger, release, step, maintained=maintained, by=person.id, on=on, now=here.now())
    here.lodged.lodge(here.now())
    return checklist(here.ledger, release, maintained=maintained)


def answered(ctx: Context, waybill: str, data: bytes) -> Answer:
    """Take in what the other side said of a file; equal counts tick that step of a return in the actor's name.

    Raises NotNamed, NotAllowed, AnswerUnreadable; StepUnfit when the file has not left.
    """
    here, release = ctx.installation, ctx.named(waybill)
    person = ctx.person(release.slot.school, MAY_FOLLOW)
    if release.state not in HAS_LEFT:
        message = f"waybill {release.waybill[:12]} is {release.state}: nothing can have come back for it"
        raise StepUnfit(message)
    answer = take(here.ledger, here.vault, release, data, person.id, here.now())
    if _is_return(ctx, release) and not answer.differences and answer.kind != ACKNOWLEDGEMENT:
        tick(
            here.ledger, release, COUNTS, maintained=is_maintained(ctx, release.slot.school), by=person.id,
            on=here.today(), now=here.now(),
        )  # fmt: skip
    here.lodged.lodge(here.now())
    return answer


def answers(ctx: Context, waybill: str) -> tuple[Taken, ...]:
    """What came back for a file, the oldest first, for whoever may follow it. Raises NotNamed, NotAllowed."""
    release = ctx.named(waybill)
    ctx.person(release.slot.school, MAY_FOLLOW)
    return taken(ctx.installation.ledger, release.waybill)


def status(ctx: Context) -> list[Standing]:
    """Every release, where it stands, and what is still to happen to a return.

    For whoever works at this machine, in the approver register or not: every card for a bad night asks for it, and it
    names no pupil.
    """
    return [Standing(one, _note(ctx, one)) for one in ctx.installation.ledger.releases()]


def _note(ctx: Context, release: Release) -> str:
    ledger = ctx.installation.ledger
    waits = release.state in {State.PREPARED, State.APPROVED}
    if not (waits or release.state is State.HANDED_OVER) or not _is_return(ctx, release):
        return ""
    if waits:
        return "the return must be re-opened in COLLECT first" if must_be_reopened(ledger, release) else ""
    found = checklist(ledger, release, maintained=is_maintained(ctx, release.slot.school))
    if not found.amber:
        return f"every step is ticked, the last on {max(one.on for one in found.ticks.values())}"
    return f"AMBER: {len(found.ticks)} of {len(found.steps)} steps ticked; next: {found.missing[0]}"


def _return(ctx: Context, school: str, collection: str) -> Release:
    """The newest return of a school and collection that was handed over to the Department."""
    found = [
        one
        for one in ctx.installation.ledger.releases(school=school, period=collection, state=State.HANDED_OVER.value)
        if _is_return(ctx, one)
    ]
    if not found:
        message = f"no return of school {school}, {collection}, was handed over. See: waybill status"
        raise StepUnfit(message)
    return max(found, key=lambda one: one.slot.version)


def _is_return(ctx: Context, release: Release) -> bool:
    """Say whether a release is a census return for the Department."""
    return any(
        one.id == release.slot.agreement
        and one.agreement is not None
        and (one.agreement.dataset, one.agreement.recipient.kind) == ("census", "dfe")
        for one in ctx.installation.trust.agreements
    )


def is_maintained(ctx: Context, school: str) -> bool:
    """Say whether a school is its authority's own, whose return that authority approves."""
    found = ctx.installation.trust.schools.get(school)
    return found is not None and found.establishment == "maintained"
