"""Access: the part of an answer that says who was told what about a pupil, for a request that may be answered.

Belongs here: the verb `access`, and what keeps a report from being made. What it says is `exports.access_report`.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

from exports import rights
from exports.access_report import About, AccessReport, access_report
from exports.controller import load_controller
from exports.holders import Holder
from exports.protection import Flag, Record, records
from exports.records import load_records
from exports.rights import NO_ORDERS, Request, RequestUnfit, Right, Step
from pipelines.actions.context import Context
from pipelines.actions.recipients import told_of
from pipelines.actions.rights import MAY_ANSWER
from pipelines.actions.tracing import note_look_up
from schemas.refusal import Refusal

REPORTED: Final = frozenset({Right.ACCESS, Right.EDUCATIONAL_RECORD})
_HIDES: Final = frozenset({Flag.SAFE_ADDRESS, Flag.COURT_ORDER})
"""A recipient's name can tell where a child lives or goes to school."""


class ReportHeld(Refusal):
    """The pupil is protected, and nobody has said that the requester may be told of every recipient."""

    code: ClassVar[str] = "access_report_held"


def access(ctx: Context, number: int, *, protection_considered: bool = False) -> AccessReport:
    """Make the disclosure part of an access request. That it was made, and by whom, is recorded.

    Args:
        ctx: the Data Protection Officer's.
        number: of the request.
        protection_considered: the officer has gone through what protects the pupil and left out what must not be told.

    Raises:
        RequestNotReady: identity, authority, capacity or court orders are not checked.
        ReportHeld: the pupil has a safe address or a court order.
        RequestUnfit: it is a request for something else, or the pupil is erased.
        RequestUnknown, NotAllowed: there is no such request, or it is not the actor's to answer.

    """
    here = ctx.installation
    found = rights.request(here.ledger, here.vault, number)
    person = ctx.person(found.school, MAY_ANSWER)
    checks = rights.ready(found)
    if found.right not in REPORTED or found.asked is None:
        message = f"request {number} is not one for access, or its pupil is erased"
        raise RequestUnfit(message)
    if not protection_considered and (checks.court_orders != NO_ORDERS or any(_protecting(ctx, found))):
        message = (
            f"request {number}: a safe address or a court order protects this pupil. A recipient's name can give a "
            "place away: leave out what must not be told (waybill rights exempt), then ask again with "
            "--protection-considered"
        )
        raise ReportHeld(message)
    trust = here.trust
    about = About(
        request=number,
        requester=found.asked.requester,
        received=found.received,
        refs=found.subjects,
        left_out=found.exempted,
        sources={
            urn: f"the school's own records, kept in {one.mis.kind.title()}" for urn, one in trust.schools.items()
        },
        schools={urn: one.name for urn, one in trust.schools.items()},
    )
    held = load_records(trust.folder), load_controller(trust.folder)
    report = access_report(here.ledger, here.vault, *held, about, here.now(), here.today())
    note_look_up(ctx, {"request": number}, found.subjects)
    rights.step(here.ledger, here.vault, number, Step.REPORTED, words="", by=person.id, on=here.today(), at=here.now())
    here.lodged.lodge(here.now())
    return report


def tellings(ctx: Context, number: int) -> tuple[Holder, ...]:
    """Return who was told of the pupil, whatever an exemption leaves out. That it was looked at is recorded.

    Raises RequestUnfit, RequestUnknown, NotAllowed.
    """
    here = ctx.installation
    found = rights.request(here.ledger, here.vault, number)
    ctx.person(found.school, MAY_ANSWER)
    if found.right not in REPORTED:
        message = f"request {number} is one for {found.right}, not for access"
        raise RequestUnfit(message)
    note_look_up(ctx, {"request": number}, found.subjects)
    return told_of(ctx, found)


def _protecting(ctx: Context, found: Request) -> Iterator[Record]:
    """Give the records of the protection register that hide something of the pupil."""
    here = ctx.installation
    for one in records(here.ledger, here.vault):
        own = here.pupils.by_id(one.urn, one.pupil_id) if one.pupil_id else None
        known = {*([own.ref] if own else []), *(here.pupils.by_upn(one.upn) if one.upn else ())}
        if one.flag in _HIDES and known & set(found.subjects):
            yield one
