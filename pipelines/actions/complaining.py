"""Complaints about data protection: entering one, its steps, and what is late.

Belongs here: the verbs `receive`, `step`, `standing` and who may use them. What a complaint must say is
`exports.complaints`.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from exports import complaints
from exports.complaints import Complaint, ComplaintStep
from exports.signing import Role
from pipelines.actions.context import Context

MAY_RECEIVE: Final = (Role.DATA_MANAGER, Role.HEAD, Role.DPO)
MAY_ANSWER: Final = (Role.DPO, Role.HEAD)


@dataclass(frozen=True, slots=True)
class Standing:
    """A complaint as on the day; `late` when it was not acknowledged within thirty days."""

    complaint: Complaint
    due: dt.date | None
    late: bool


def receive(ctx: Context, school: str, *, complainant: str, contact: str, words: str, received: dt.date) -> int:
    """Enter a complaint; returns its number. Raises ComplaintUnfit, NotAllowed, TrustFolderFault."""
    here = ctx.installation
    here.trust.school(school)
    person = ctx.person(school, MAY_RECEIVE)
    number = complaints.receive(
        here.ledger, here.vault, school=school, complainant=complainant, contact=contact, words=words,
        received=received, by=person.id, at=here.now(),
    )  # fmt: skip
    here.lodged.lodge(here.now())
    return number


def step(ctx: Context, number: int, taken: ComplaintStep, what: str, on: dt.date) -> Standing:
    """Record a step; the outcome is given by the officer or a head. Raises ComplaintUnfit, NotAllowed."""
    here = ctx.installation
    found = complaints.complaint(here.ledger, here.vault, number)
    person = ctx.person(found.school, MAY_ANSWER if taken is ComplaintStep.OUTCOME else MAY_RECEIVE)
    complaints.step(here.ledger, here.vault, number, taken, words=what, on=on, by=person.id, at=here.now())
    here.lodged.lodge(here.now())
    return _standing(ctx, complaints.complaint(here.ledger, here.vault, number))


def one(ctx: Context, number: int) -> Standing:
    """Return one complaint of a school of the actor's. Raises ComplaintUnfit, NotAllowed."""
    found = complaints.complaint(ctx.installation.ledger, ctx.installation.vault, number)
    ctx.person(found.school, MAY_RECEIVE)
    return _standing(ctx, found)


def standing(ctx: Context, *, ended: bool = False, most: int | None = None) -> tuple[Standing, ...]:
    """Return the complaints of the actor's schools, oldest first; answered ones only when asked for."""
    here, schools = ctx.installation, ctx.schools(MAY_RECEIVE)
    found = complaints.complaints(here.ledger, here.vault, schools=schools, ended=ended, most=most)
    return tuple(_standing(ctx, each) for each in found)


def _standing(ctx: Context, found: Complaint) -> Standing:
    return Standing(found, found.clock.due, found.late(ctx.installation.today()))
