"""Where each file stands, and what a person may do about it.

Belongs here: the list of files by state, and for one file the steps that only people know: sent on, confirmed,
answered, ticked, recalled. What each means is `pipelines.actions.handing` and `following`.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.responses import Response

from console import forms
from console.visit import Visit, go
from exports.answers import AnswerUnreadable
from exports.chasing import COLLECTED
from exports.checklist import STEPS, Checklist
from exports.deletions import ReferenceUnfit
from exports.handovers import CONFIRMED, SENT_ON
from exports.recalls import Recall, RecallUnfit, Stage
from exports.vocabularies import CHANNELS
from ledger.states import SETTLED, State
from pipelines.actions import following, handing
from pipelines.actions.overview import deliveries
from schemas.refusal import Refusal

_NO_DAY: Final = "Enter the day: today or before."
_STATES: Final = tuple(State)
_RECALLABLE: Final = SETTLED | {State.SUPERSEDED}


def listed(visit: Visit) -> Response:
    """The latest files, by school, agreement and state."""
    trust = visit.ctx.installation.trust
    asked = {name: visit.asked(name) for name in ("school", "agreement", "state")}
    found = deliveries(visit.ctx, school=asked["school"], agreement=asked["agreement"], state=asked["state"])
    return visit.page(
        "deliveries.html", "Deliveries", found=found, asked=asked, schools=trust.schools, states=_STATES,
        agreements=[one.id for one in trust.agreements], titles=visit.titles,
    )  # fmt: skip


def show(visit: Visit, fault: str = "", status: int = 200, at: str = "answer") -> Response:
    """One file and what may be done about it; `fault` says what is wrong with the field `at`."""
    release, here = visit.file, visit.ctx.installation
    ledger = here.ledger
    happened = {event.kind: event for event in ledger.events(waybill=release.waybill)}
    school, may = here.trust.schools.get(release.slot.school), visit.holds(*following.MAY_FOLLOW)
    agreement = next((one.agreement for one in here.trust.agreements if one.id == release.slot.agreement), None)
    by_hand = agreement.delivery.by_hand if agreement else None
    recalled = following.recall_of(visit.ctx, release.waybill) if may else None
    return visit.page(
        "delivery.html", "A file's delivery", status=status, recalled=recalled, stages=_next_stages(recalled),
        overdue=recalled.overdue(here.now()) if recalled else "", today=here.today(), at=at,
        titles=visit.titles, release=release, school=school.name if school else release.slot.school,
        steps=[event for event in ledger.events(waybill=release.waybill) if event.kind in _STATES],
        sent_on=happened.get(SENT_ON), confirmed=happened.get(CONFIRMED) or happened.get(COLLECTED),
        checklist=_checklist(visit), words=STEPS, may=may, settled=SETTLED, recallable=release.state in _RECALLABLE,
        has_left=release.state in following.HAS_LEFT, fault=fault,
        by_hand=by_hand, channels=CHANNELS, answers=following.answers(visit.ctx, release.waybill)[::-1] if may else (),
    )  # fmt: skip


def sent(visit: Visit) -> Response:
    """Record that the file in the outbox was sent on; it is hashed, and another file is refused."""
    return _handed(visit, partial(handing.sent, file=None), "sent")


def confirmed(visit: Visit) -> Response:
    """Record that the other side has confirmed it."""
    return _handed(visit, handing.confirmed, "received")


def _handed(visit: Visit, record: Callable[..., object], said: str) -> Response:
    """Record a step of a file that a person sends on: its day, today where none is given, and a reference."""
    today = visit.ctx.installation.today()
    on = forms.day(visit, "on") if forms.text(visit, "on") else today
    if on is None or on > today:
        return show(visit, _NO_DAY, 422, "on")
    try:
        record(visit.ctx, visit.file.waybill, reference=forms.text(visit, "reference"), on=on)
    except ReferenceUnfit as refusal:
        return show(visit, forms.sentence(refusal), 422, "reference")
    return _back(visit, said)


def answered(visit: Visit) -> Response:
    """Take in what the other side said of the file."""
    if not visit.upload:
        return show(visit, "Choose the file that the other side gave you; it is not empty.", 422)
    try:
        following.answered(visit.ctx, visit.file.waybill, visit.upload)
    except AnswerUnreadable as unreadable:
        return show(visit, f"Nothing was taken in: {unreadable}.", 422)
    return _back(visit, "answered")


def tick(visit: Visit) -> Response:
    """Tick one step of a return at the other side."""
    slot = visit.file.slot
    step = visit.form.get("step", "")
    following.tick_step(visit.ctx, slot.school, slot.period, [step], visit.ctx.installation.today())
    return _back(visit, "ticked")


def recall(visit: Visit) -> Response:
    """Recall a file that should not have left."""
    why = visit.form.get("why", "").strip()
    if not why:
        message = "Say why the file is recalled. Nothing was recorded."
        raise RecallUnfit(message)
    following.recall(visit.ctx, visit.file.waybill, why)
    return _back(visit, "ticked")


def recall_step(visit: Visit) -> Response:
    """Record how far a recall has come."""
    stage, on = visit.form.get("stage", ""), forms.day(visit, "on")
    if stage not in set(Stage):
        return show(visit, "Choose what happened.", 422, "stage")
    if on is None or on > visit.ctx.installation.today():
        return show(visit, _NO_DAY, 422, "on")
    try:
        following.recall_step(
            visit.ctx, visit.file.waybill, Stage(stage), reference=forms.text(visit, "reference"), on=on
        )  # fmt: skip
    except ReferenceUnfit as refusal:
        return show(visit, forms.sentence(refusal), 422, "reference")
    return _back(visit, "ticked")


def _next_stages(recalled: Recall | None) -> list[Stage]:
    """What may be recorded next: that the recipient was asked comes first, that it has confirmed ends it."""
    if recalled is None or recalled.closed:
        return []
    done = {step.stage for step in recalled.steps}
    return [stage for stage in Stage if stage not in done] if done else [Stage.NOTIFIED]


def _back(visit: Visit, said: str) -> Response:
    return go(f"/deliveries/{visit.file.waybill}", said)


def _checklist(visit: Visit) -> Checklist | None:
    """The checklist of a return that was handed over; None for any other file, and for who may not follow it."""
    slot = visit.file.slot
    try:
        found = following.checklist_of(visit.ctx, slot.school, slot.period)
    except Refusal:
        return None
    return found if found.waybill == visit.file.waybill else None
