"""Complaints about data protection, and legal holds: entered, followed, ended.

Belongs here: the pages under `/complaints` and `/holds`. What each is, and who may do what, is
`pipelines.actions.complaining` and `erasing`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from console import forms
from console.visit import Visit, go
from exports.complaints import ComplaintStep, ComplaintUnfit
from exports.rights_clock import ACKNOWLEDGE_DAYS
from pipelines.actions import complaining, erasing
from pipelines.actions.complaining import MAY_ANSWER, MAY_RECEIVE
from pipelines.actions.rights import Named

MOST: Final = 100
"""How many of the latest complaints a list with answered ones shows."""
_NO_FAULTS: Final[Mapping[str, str]] = MappingProxyType({})
_ASKED: Final = {
    "school": "Choose the school.",
    "complainant": "Enter the name of whoever complains.",
    "contact": "Say where the answer goes.",
    "words": "Write down the complaint, in their words.",
}


def listed(visit: Visit) -> Response:
    """The complaints of the visitor's schools."""
    every = bool(visit.asked("all"))
    found = complaining.standing(visit.ctx, ended=every, most=MOST if every else None)
    return visit.page(
        "complaints.html", "Complaints", found=found, every=every, most=MOST, days=ACKNOWLEDGE_DAYS,
        schools=visit.ctx.installation.trust.schools,
    )  # fmt: skip


def entering(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """The form for a complaint that came in."""
    here = visit.ctx.installation
    return visit.page(
        "complaint_new.html", "Enter a complaint", status=status, faults=faults, today=here.today(),
        schools=visit.schools(MAY_RECEIVE),
        typed={name: visit.form.get(name, "") for name in (*_ASKED, "received")},
    )  # fmt: skip


def enter(visit: Visit) -> Response:
    """Enter it."""
    given = {name: forms.text(visit, name) for name in _ASKED}
    faults = {name: _ASKED[name] for name, value in given.items() if not value}
    received = forms.day(visit, "received")
    if received is None or received > visit.ctx.installation.today():
        faults["received"] = "Enter the day it came in: today or before."
    if faults or received is None:
        return entering(visit, faults, 422)
    number = complaining.receive(
        visit.ctx, given["school"], complainant=given["complainant"], contact=given["contact"], words=given["words"],
        received=received,
    )  # fmt: skip
    return go(f"/complaints/{number}", "entered")


def show(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """One complaint and its steps."""
    found = complaining.one(visit.ctx, int(visit.path("number")))
    complaint, answers = found.complaint, visit.holds(*MAY_ANSWER)
    may = [one for one in ComplaintStep if answers or one is not ComplaintStep.OUTCOME]
    done = {ComplaintStep.ACKNOWLEDGED} if complaint.acknowledged else {ComplaintStep.OUTCOME}
    return visit.page(
        "complaint.html", "A complaint", status=status, one=found, complaint=complaint, faults=faults,
        may=[one.value for one in may if one not in done], today=visit.ctx.installation.today(),
        school=visit.ctx.installation.trust.school(complaint.school).name, typed={"what": visit.form.get("what", "")},
    )  # fmt: skip


def step(visit: Visit) -> Response:
    """Record a step."""
    taken, what, on = forms.text(visit, "step"), forms.text(visit, "what"), forms.day(visit, "on")
    faults = {} if taken in set(ComplaintStep) else {"step": "Choose what happened."}
    if not what:
        faults["what"] = "Say what was done or said."
    if on is None:
        faults["on"] = forms.NO_DAY
    if faults or on is None:
        return show(visit, faults, 422)
    try:
        complaining.step(visit.ctx, int(visit.path("number")), ComplaintStep(taken), what, on)
    except ComplaintUnfit as refusal:
        return show(visit, {"step": forms.sentence(refusal)}, 422)
    return go(f"/complaints/{visit.path('number')}", "recorded")


def holds(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """The legal holds that stand."""
    here = visit.ctx.installation
    names = ("school", "upn", "pupil", "why", "review")
    return visit.page(
        "holds.html", "Legal holds", status=status, found=erasing.standing_holds(visit.ctx), faults=faults,
        schools=here.trust.schools, today=here.today(), typed={name: visit.form.get(name, "") for name in names},
    )  # fmt: skip


def place(visit: Visit) -> Response:
    """Place a hold on a pupil, or on everybody."""
    school, why, review = forms.text(visit, "school"), forms.text(visit, "why"), forms.day(visit, "review")
    upns, ids = (tuple(forms.text(visit, name).split()) for name in ("upn", "pupil"))
    faults = {} if why else {"why": "Say what it must be kept for."}
    if review is None or review <= visit.ctx.installation.today():
        faults["review"] = "Enter a day to look at it again, after today."
    if bool(school) != bool(upns or ids):
        faults["school"] = "Choose a school and name the pupil, or leave both for everybody."
    if faults or review is None:
        return holds(visit, faults, 422)
    named = Named(school, tuple(upn.upper() for upn in upns), ids) if school else None
    erasing.place_hold(visit.ctx, named, why, review)
    return go("/holds", "recorded")


def lift(visit: Visit) -> Response:
    """Lift a hold; what it kept follows its own time again."""
    number, why = forms.count(forms.text(visit, "hold")), forms.text(visit, "lifted")
    if number is None or not why:
        return holds(visit, {"lifted": "Say why it need not be kept any more."}, 422)
    erasing.lift_hold(visit.ctx, number, why)
    return go("/holds", "recorded")
