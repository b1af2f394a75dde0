"""Requests of pupils and families: entering one, who asks and whether they may, its clock, and what follows from it.

Belongs here: the pages under `/requests`. What a request is, and who may do what, is `pipelines.actions.rights`; what
an access report says, `accessing`; who is told of a correction, `recipients`; erasure, `erasing`. A pupil is named in
a form alone.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from console import forms
from console.visit import Visit, download, go
from exports.erasure import GROUNDS, Ruling
from exports.holders import Field
from exports.rights import CAPACITY, MEANINGS, Asked, Checks, Request, RequestUnfit, Right, Step
from exports.signing import Role
from pipelines.actions import accessing, erasing, recipients
from pipelines.actions import rights as actions
from pipelines.actions.accessing import REPORTED, ReportHeld
from pipelines.actions.rights import BY_THE_OFFICER, MAY_RECEIVE, Named

MOST: Final = 100
"""How many of the latest requests a list with ended ones shows."""
APART: Final = frozenset({Step.CHECKED, Step.EXEMPTED, Step.REPORTED})
"""Steps that have a form of their own."""
_NO_FAULTS: Final[Mapping[str, str]] = MappingProxyType({})
_ASKED: Final = {
    "right": "Choose what is asked for.",
    "school": "Choose the school.",
    "requester": "Enter the name of whoever asks.",
    "relation": "Say how they are related to the pupil.",
    "contact": "Say where the answer goes.",
    "words": "Write down what is asked for, in their words.",
}
_IN_ORDER: Final = ("right", "school", "upn", "requester", "relation", "contact", "words", "received")
"""Fields as they stand on the page, so that what is wrong is listed in that order."""
_CHECKED: Final = {
    "identity": "Say how you know who asks.",
    "authority": "Say why they may ask for this pupil.",
    "capacity": "Choose whether the child can ask for themselves.",
    "views": "Say what the child thinks, or why they were not asked.",
    "orders": "Say what court orders there are; write none when you looked and found none.",
}
_NOBODY: Final = "Enter a UPN, or the pupil's number in the school's MIS."
_HELD: Final = (
    "A safe address or a court order protects this pupil, and a recipient's name can give a place away. Leave out what "
    "must not be told, then tick this."
)
_HTML: Final = "text/html; charset=utf-8"


def listed(visit: Visit) -> Response:
    """The requests of the visitor's schools, the first to fall due first."""
    every = bool(visit.asked("all"))
    found = actions.standings(visit.ctx, ended=every, most=MOST if every else None)
    return visit.page(
        "requests.html", "Requests of families", found=found, every=every, meanings=MEANINGS, most=MOST,
        schools=visit.ctx.installation.trust.schools,
    )  # fmt: skip


def entering(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """The form for a request that came in."""
    here = visit.ctx.installation
    names = ("upn", "pupil", "received", *_ASKED)
    return visit.page(
        "request_new.html", "Enter a request", status=status, faults=faults, meanings=MEANINGS, today=here.today(),
        schools=visit.schools(MAY_RECEIVE),
        typed={name: visit.form.get(name, "") for name in names},
    )  # fmt: skip


def enter(visit: Visit) -> Response:
    """Enter it; nothing is answered yet."""
    given = {name: forms.text(visit, name) for name in _ASKED}
    faults = {name: _ASKED[name] for name, value in given.items() if not value}
    if given["right"] not in set(Right):
        faults["right"] = _ASKED["right"]
    upns, ids = (tuple(forms.text(visit, name).split()) for name in ("upn", "pupil"))
    if not upns and not ids:
        faults["upn"] = _NOBODY
    received = forms.day(visit, "received")
    if received is None or received > visit.ctx.installation.today():
        faults["received"] = "Enter the day it came in: today or before."
    if faults or received is None:
        return entering(visit, {name: faults[name] for name in _IN_ORDER if name in faults}, 422)
    asked = Asked(given["requester"], given["relation"], given["contact"], given["words"])
    named = Named(given["school"], tuple(upn.upper() for upn in upns), ids)
    number = actions.receive(visit.ctx, Right(given["right"]), named, asked, received)
    return go(f"/requests/{number}", "entered")


def show(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """One request: who asks, what was checked, its clock, its steps."""
    found = actions.standing(visit.ctx, _number(visit))
    return visit.page(
        "request.html", "A request", status=status, one=found, request=found.request, meanings=MEANINGS,
        capacity=CAPACITY, faults=faults, officer=_officer(visit), steps=_steps(visit, found.request),
        today=visit.ctx.installation.today(), school=visit.ctx.installation.trust.school(found.request.school).name,
        typed={name: visit.form.get(name, "") for name in (*_CHECKED, "step", "why")}, open=found.request.ended is None,
        told=found.request.right in {*REPORTED, *recipients.ACTS},
    )  # fmt: skip


def check(visit: Visit) -> Response:
    """Record what was checked before anything is answered."""
    given = {name: forms.text(visit, name) for name in _CHECKED}
    faults = {name: _CHECKED[name] for name, value in given.items() if not value}
    if given["capacity"] not in CAPACITY:
        faults["capacity"] = _CHECKED["capacity"]
    if faults:
        return show(visit, faults, 422)
    checks = Checks(given["identity"], given["authority"], given["capacity"], given["views"], given["orders"])
    actions.check(visit.ctx, _number(visit), checks, visit.ctx.installation.today())
    return _back(visit)


def step(visit: Visit) -> Response:
    """Record a step."""
    on, taken = forms.day(visit, "on"), forms.text(visit, "step")
    faults = {"on": forms.NO_DAY} if on is None else {}
    if taken not in set(Step) - APART:
        faults["step"] = "Choose what happened."
    if faults or on is None:
        return show(visit, faults, 422)
    try:
        actions.step(visit.ctx, _number(visit), Step(taken), words=forms.text(visit, "why"), on=on)
    except RequestUnfit as refusal:
        return show(visit, {"step": forms.sentence(refusal)}, 422)
    return _back(visit)


def told(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200, **more: object) -> Response:
    """Who was told of the pupil, and what the officer decides about it; looking is recorded for an access request."""
    number = _number(visit)
    found = actions.standing(visit.ctx, number).request
    about = {Right.ERASURE: _of_erasure}.get(found.right, _of_access if found.right in REPORTED else _of_others)
    shown = {"tellings": (), "decisions": (), "undecided": 0, "entered": None, **about(visit, number), **more}
    return visit.page(
        "request_told.html", "Who was told", status=status, request=found, meanings=MEANINGS, faults=faults,
        grounds=GROUNDS, rulings=tuple(Ruling), reported=found.right in REPORTED, erasing=found.right is Right.ERASURE,
        open=found.ended is None,
        typed={name: visit.form.get(name, "") for name in ("field", "value", "before", "why")}, **shown,
    )  # fmt: skip


def exempt(visit: Visit) -> Response:
    """Leave one disclosure out of the report; the report does not say so."""
    named, why = forms.text(visit, "named"), forms.text(visit, "why")
    if not named:
        return told(visit, {"named": "Choose what is left out."}, 422)
    if not why:
        return told(visit, {"why": "Say under which exemption it is left out."}, 422)
    told_of = named if named.isdecimal() else visit.ctx.named(named).waybill
    today = visit.ctx.installation.today()
    actions.step(visit.ctx, _number(visit), Step.EXEMPTED, words=why, on=today, named=told_of)
    return go(f"/requests/{_number(visit)}/told", "recorded")


def report(visit: Visit) -> Response:
    """Give the report of who was told what, to read before it goes to the family."""
    form, number = forms.text(visit, "form"), _number(visit)
    if form not in {"html", "pdf", "json"}:
        raise HTTPException(404, "There is no such form of the report.")
    from pipelines.reports import access_page  # noqa: PLC0415  the library that makes PDFs takes its time to load

    try:
        made = accessing.access(visit.ctx, number, protection_considered=bool(visit.form.get("considered")))
    except ReportHeld:
        return told(visit, {"considered": _HELD}, 409)
    name = f"request-{number}.{form}"
    if form == "html":
        return download(access_page.html(made).encode(), name, _HTML)
    if form == "pdf":
        return download(access_page.pdf(made), name, "application/pdf")
    return download(json.dumps(access_page.data(made), ensure_ascii=False, indent=2).encode(), name, "application/json")


def find(visit: Visit) -> Response:
    """Find everybody who had a value, or anything of the pupil, and enter a duty to tell each."""
    field, value, before = (forms.text(visit, name) for name in ("field", "value", "before"))
    day = forms.day(visit, "before")
    if value and not field:
        return told(visit, {"field": "A value is looked for in a field: enter its name, such as pupil.surname."}, 422)
    if before and day is None:
        return told(visit, {"before": forms.NO_DAY}, 422)
    found, entered = recipients.recall(visit.ctx, _number(visit), Field(field or None, value or None, day))
    return told(visit, tellings=found, entered=entered)


def decide(visit: Visit) -> Response:
    """Decide on a disclosure of an erasure request, or on all of one agreement."""
    ruling, ground, why = (forms.text(visit, name) for name in ("ruling", "ground", "why"))
    faults = {} if ruling in set(Ruling) else {"ruling": "Choose what you decide."}
    if not why:
        faults["why"] = "Say why, in your own words."
    if ruling == Ruling.REFUSE and ground not in GROUNDS:
        faults["ground"] = "Choose the ground of a refusal."
    if faults:
        return told(visit, faults, 422)
    ground = ground if ruling == Ruling.REFUSE else ""
    erasing.decide(
        visit.ctx, _number(visit), Ruling(ruling), named=forms.text(visit, "named"), ground=ground, why=why
    )  # fmt: skip
    return go(f"/requests/{_number(visit)}/told", "recorded")


def erase(visit: Visit) -> Response:
    """Destroy the pupil's key, for ever, when everything is decided and confirmed and no hold stands."""
    if not visit.form.get("sure"):
        return told(visit, {"sure": "Tick that you know it cannot be undone."}, 422)
    erasing.erase(visit.ctx, _number(visit))
    return go(f"/requests/{_number(visit)}", "erased")


def _number(visit: Visit) -> int:
    return int(visit.path("number"))


def _officer(visit: Visit) -> bool:
    return visit.holds(Role.DPO)


def _steps(visit: Visit, found: Request) -> list[str]:
    """Steps that the visitor may record: the officer's alone end or lengthen a request."""
    mine = set(Step) - APART - (frozenset() if _officer(visit) else BY_THE_OFFICER)
    wrong = {Step.PAUSED, Step.RESUMED} if found.right is not Right.ACCESS else set[Step]()
    unready = {Step.ANSWERED} if found.checks is None else set[Step]()
    return [one.value for one in Step if one in mine - wrong - unready]


def _of_access(visit: Visit, number: int) -> Mapping[str, object]:
    return {"tellings": accessing.tellings(visit.ctx, number)}


def _of_erasure(visit: Visit, number: int) -> Mapping[str, object]:
    found = erasing.to_decide(visit.ctx, number)
    return {"decisions": found, "undecided": sum(one.decision is None for one in found)}


def _of_others(_visit: Visit, _number: int) -> Mapping[str, object]:
    return {}


def _back(visit: Visit) -> Response:
    return go(f"/requests/{_number(visit)}", "recorded")
