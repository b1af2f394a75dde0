"""Telling recipients: who had what was put right, restricted, objected to or erased, and what each did about it.

Belongs here: the verbs `recall`, `standing`, `move`, `letter`, and who may use them. What a duty is, is
`exports.duties`; who had the value, `exports.holders`; erasure has its own verbs in `pipelines.actions.erasing`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from exports import by_hand, consent, duties, rights
from exports.access_report import meaning
from exports.controller import Controller, load_controller
from exports.duties import Duty, DutyState, DutyUnfit
from exports.holders import Field, Holder, Known, holders
from exports.observed import Flow
from exports.records import load_records
from exports.rights import Request, RequestUnfit, Right
from exports.signing import Role
from ledger.states import State
from ledger.trace import who_had
from pipelines.actions.context import Context
from pipelines.actions.rights import MAY_ANSWER, MAY_RECEIVE

LONGEST: Final = dt.timedelta(days=30)
"""Within which a recipient should have confirmed, where the request itself has no day."""
ACTS: Final[Mapping[Right, str]] = MappingProxyType(
    {
        Right.RECTIFICATION: "put the value right",
        Right.RESTRICTION: "keep the data and use them for nothing",
        Right.OBJECTION: "stop using the data for the purpose objected to",
        Right.ERASURE: "erase the data",
        Right.CONSENT_WITHDRAWN: consent.ACT,
    },
)


@dataclass(frozen=True, slots=True)
class Told:
    """A duty as on the day.

    Attributes:
        state: counting a corrected file that has arrived as a notice.
        overdue: the day has passed and it is not closed.
        corrected_by: the latest file that told the same recipient another value; "" while none has.

    """

    duty: Duty
    state: DutyState
    overdue: bool
    corrected_by: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice to one recipient; it names the pupil as the officer says it must.

    Attributes:
        ways: how the recipient was told: day and file, or day and manner.

    """

    controller: Controller
    duty: Duty
    request: Request
    called: str
    items: tuple[str, ...]
    ways: tuple[str, ...]
    on: dt.date


def recall(ctx: Context, number: int, field: Field) -> tuple[tuple[Holder, ...], int]:
    """Find everybody who had a value, or anything of the pupil, and enter a duty for each; returns both.

    Raises:
        RequestNotReady: it is not checked who asks and whether they may.
        RequestUnfit: the request is one of access, or of erasure, which is decided on first.
        RequestUnknown, NotAllowed: there is no such request, or it is not the actor's.

    """
    here = ctx.installation
    found = rights.request(here.ledger, here.vault, number)
    person = ctx.person(found.school, MAY_ANSWER)
    if found.right not in ACTS or found.right is Right.ERASURE:
        message = f"request {number} is one for {found.right}: nobody is told of that by itself"
        raise RequestUnfit(message)
    rights.ready(found)
    told = told_of(ctx, found, field)
    entered = impose(ctx, found, told, person.id)
    here.lodged.lodge(here.now())
    return told, entered


def told_of(ctx: Context, found: Request, field: Field = Field()) -> tuple[Holder, ...]:  # noqa: B008  it is frozen
    """Return everybody who was told, files, entries by hand and observed flows."""
    here = ctx.installation
    return holders(here.ledger, here.vault, here.pupils, found.subjects, field, _flows(ctx, found.school))


def impose(ctx: Context, found: Request, told: Iterable[Holder], by: str) -> int:
    """Enter the duties that follow from a request."""
    here = ctx.installation
    clock = found.clock(here.trust.school(found.school).years, here.trust.educational_record_days)
    due = clock.due or here.today() + LONGEST
    return duties.impose(here.ledger, here.vault, found, told, act=ACTS[found.right], due=due, by=by, at=here.now())


def standing(
    ctx: Context, number: int | None = None, *, closed: bool = False, most: int | None = None
) -> tuple[Told, ...]:
    """Return the duties of the actor's schools, of one request where one is named; closed ones only when asked for."""
    here, schools = ctx.installation, ctx.schools(MAY_RECEIVE)
    theirs = {event.seq for event in here.ledger.events(rights.REQUEST) if event.body["school"] in schools}
    wanted = theirs if number is None else theirs & {number}
    found = duties.duties(here.ledger, here.vault, requests=wanted, closed=closed, most=most)
    return tuple(_told(ctx, one) for one in found if _may_know_of(ctx, one))


def one(ctx: Context, number: int) -> Told:
    """Return one duty of a school of the actor's. Raises DutyUnfit, NotAllowed."""
    here, duty = ctx.installation, _duty(ctx, number)
    ctx.person(rights.request(here.ledger, here.vault, duty.request).school, MAY_RECEIVE)
    return _told(ctx, duty)


def owed(ctx: Context, upn: str) -> tuple[Told, ...]:
    """Return the duties that concern a pupil, closed ones too; whoever asks has looked the pupil up. NotAllowed."""
    refs = set(ctx.installation.pupils.by_upn(upn))
    return tuple(each for each in standing(ctx, closed=True) if refs & set(each.duty.subjects))


def move(ctx: Context, number: int, to: DutyState, how: str, on: dt.date) -> Told:
    """Record what became of a duty; only the officer decides that nobody need be told.

    Raises DutyUnfit, NotAllowed.
    """
    here = ctx.installation
    duty = _duty(ctx, number)
    school = rights.request(here.ledger, here.vault, duty.request).school
    person = ctx.person(school, MAY_ANSWER if to is DutyState.WAIVED else MAY_RECEIVE)
    duties.move(here.ledger, here.vault, number, to, words=how, by=person.id, on=on, at=here.now())
    here.lodged.lodge(here.now())
    return _told(ctx, _duty(ctx, number))


def letter(ctx: Context, number: int, called: str) -> Letter:
    """Return a notice to a recipient, with the pupil named as given. Raises DutyUnfit, NotAllowed."""
    here = ctx.installation
    duty = _duty(ctx, number)
    found = rights.request(here.ledger, here.vault, duty.request)
    ctx.person(found.school, MAY_ANSWER)
    told = [one for one in told_of(ctx, found) if one.known is duty.known and one.named in duty.named]
    ways = tuple(f"{_day(one.on)}, {_way(ctx, one)}" for one in told)
    items = tuple(meaning(line.partition(".")[2] if duty.known is Known.FILE else line) for line in duty.lines)
    return Letter(load_controller(here.trust.folder), duty, found, called, items, ways, here.today())


def _way(ctx: Context, one: Holder) -> str:
    """Return how a recipient was told, by the name that its own folder shows."""
    if one.known is not Known.FILE:
        return one.known.value
    detail: Mapping[str, object] = ctx.installation.ledger.events(State.SENDING, waybill=one.named)[-1].body["detail"]  # type: ignore[assignment]
    return f"in the file {detail['remote_name']} ({one.agreement})"


def _day(when: dt.date) -> str:
    return f"{when.day} {when:%B %Y}"


def _duty(ctx: Context, number: int) -> Duty:
    here = ctx.installation
    for one in duties.duties(here.ledger, here.vault):
        if one.number == number and _may_know_of(ctx, one):
            return one
    message = f"there is no duty {number}. List them with: waybill rights duties"
    raise DutyUnfit(message)


def _may_know_of(ctx: Context, duty: Duty) -> bool:
    """Say whether the actor may know that this recipient was told: not of what a case or an exemption keeps back."""
    if duty.known is not Known.BY_HAND:
        return ctx.may_know_of(duty)
    here = ctx.installation
    entries = [one for ref in duty.subjects for one in by_hand.numbered(here.ledger, here.vault, ref)]
    kept_back = any(one.disclosure.kept_back(here.today()) for number, one in entries if str(number) in duty.named)
    return not kept_back or Role.DPO in ctx.roles(duty.school)


def _told(ctx: Context, duty: Duty) -> Told:
    corrected = _corrected_by(ctx, duty) if duty.act == ACTS[Right.RECTIFICATION] else ""
    state = DutyState.NOTIFIED if corrected and duty.state is DutyState.OPEN else duty.state
    return Told(duty, state, duty.overdue(ctx.installation.today()), corrected)


def _corrected_by(ctx: Context, duty: Duty) -> str:
    """Return the latest file under the same agreement that told none of the values which the duty is about."""
    if duty.known is not Known.FILE:
        return ""
    for line in duty.lines:
        told = [one for ref in duty.subjects for one in who_had(ctx.installation.ledger, ref, line)]
        old = {digest for one in told if one.disclosure.waybill in duty.named for digest in one.digests}
        last = max((one.disclosure.at for one in told if one.disclosure.waybill in duty.named), default=None)
        later = [one for one in told if last is not None and one.disclosure.at > last]
        theirs = [one for one in later if one.disclosure.slot.recipient == duty.recipient]
        if theirs and not old & set(theirs[-1].digests):
            return theirs[-1].disclosure.waybill
    return ""


def _flows(ctx: Context, school: str) -> Sequence[Flow]:
    today = ctx.installation.today()
    flows = load_records(ctx.installation.trust.folder).flows
    return [flow for flow in flows if school in flow.schools and flow.since <= today]
