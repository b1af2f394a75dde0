"""Erasing a pupil: deciding on each disclosure, and destroying the key when everything is decided and done.

Belongs here: the verbs `decide`, `erase`, `place_hold`, `lift_hold` and who may use them: the Data Protection Officer.
What must be so is `exports.erasure`; the end of a key's time is `pipelines.actions.retaining`.
"""

import datetime as dt
from dataclasses import dataclass

from exports import duties, erasure, holds, rights
from exports.erasure import Decision, ErasureRefused, Ruling, refuse_erasing
from exports.holders import Holder
from exports.holds import Hold
from exports.rights import Request, RequestUnfit, Right, Step
from pipelines.actions.context import Context
from pipelines.actions.recipients import impose, told_of
from pipelines.actions.rights import MAY_ANSWER, Named, refs_of


@dataclass(frozen=True, slots=True)
class ToDecide:
    """One disclosure of an erasure request, with the decision there is."""

    told: Holder
    decision: Decision | None


def to_decide(ctx: Context, number: int) -> tuple[ToDecide, ...]:
    """Return every disclosure that an erasure request is about. Raises RequestUnfit, RequestUnknown, NotAllowed."""
    found = _request(ctx, number)
    made = erasure.decisions(ctx.installation.ledger, number)
    return tuple(ToDecide(one, made.get((one.known, one.named))) for one in told_of(ctx, found))


def decide(ctx: Context, number: int, ruling: Ruling, *, named: str, ground: str, why: str) -> tuple[int, int]:
    """Decide on a disclosure, or on all of one agreement that have no decision; returns how many, and duties entered.

    Args:
        named: a waybill or how it begins, the number of an entry by hand, or the id of an agreement or flow.

    Raises ErasureRefused, RequestNotReady, RequestUnfit, RequestUnknown, NotAllowed.
    """
    here = ctx.installation
    found = _request(ctx, number)
    rights.ready(found)
    person = ctx.person(found.school, MAY_ANSWER)
    chosen = [
        one.told
        for one in to_decide(ctx, number)
        if one.told.named.startswith(named) or (one.told.agreement == named and one.decision is None)
    ]
    if not chosen or not named:
        message = f"request {number} has no disclosure {named!r} without a decision: waybill rights decisions {number}"
        raise ErasureRefused(message)
    erasure.decide(
        here.ledger, here.vault, found, chosen, ruling=ruling, ground=ground, why=why, by=person.id, at=here.now()
    )
    entered = 0 if ruling is Ruling.REFUSE else impose(ctx, found, chosen, person.id)
    here.lodged.lodge(here.now())
    return len(chosen), entered


def erase(ctx: Context, number: int) -> int:
    """Destroy the keys of an erasure request's pupil; returns how many references lead nowhere now.

    Raises:
        ErasureRefused: naming everything that speaks against it; nothing was destroyed.
        TracesRemain: another program had the database open; do it again.
        RequestNotReady, RequestUnfit, RequestUnknown, NotAllowed: as for deciding.

    """
    here = ctx.installation
    found = _request(ctx, number)
    person = ctx.person(found.school, MAY_ANSWER)
    if found.ended is None:
        rights.ready(found)
        still = sum(not one.closed for one in duties.duties(here.ledger, here.vault) if one.request == number)
        refuse_erasing(here.keeping, found, told_of(ctx, found), duties_open=still)
        rights.step(
            here.ledger, here.vault, number, Step.ANSWERED, words="", by=person.id, on=here.today(), at=here.now()
        )
    erasure.destroy(here.keeping, found.subjects, because="erasure", by=person.id, at=here.now())
    return len(found.subjects)


def place_hold(ctx: Context, named: Named | None, why: str, review: dt.date) -> int:
    """Place a legal hold on a pupil, or on everybody; returns its number.

    Raises HoldUnfit, RequestUnfit, NotAllowed.
    """
    here = ctx.installation
    person = ctx.person(named.school if named else "*", MAY_ANSWER)
    refs = refs_of(ctx, named) if named else ()
    if named and not refs:
        message = "nothing is known of that pupil, so there is nothing to hold"
        raise RequestUnfit(message)
    number = holds.place(here.ledger, here.vault, refs, why, review=review, by=person.id, at=here.now())
    here.lodged.lodge(here.now())
    return number


def lift_hold(ctx: Context, number: int, why: str) -> None:
    """Lift a legal hold. Raises HoldUnfit, NotAllowed."""
    here = ctx.installation
    person = ctx.person("*", MAY_ANSWER)
    holds.lift(here.ledger, here.vault, number, why, by=person.id, at=here.now())
    here.lodged.lodge(here.now())


def standing_holds(ctx: Context) -> tuple[Hold, ...]:
    """Return the legal holds that stand. Raises NotAllowed."""
    ctx.person("*", MAY_ANSWER)
    return holds.standing(ctx.installation.ledger)


def _request(ctx: Context, number: int) -> Request:
    here = ctx.installation
    found = rights.request(here.ledger, here.vault, number)
    ctx.person(found.school, MAY_ANSWER)
    if found.right is not Right.ERASURE:
        message = f"request {number} is one for {found.right}, not for erasure"
        raise RequestUnfit(message)
    return found
