"""Who must be told: recipients that must act on what a family asked for, letters to them, and what each has done.

Belongs here: the pages under `/duties`. What a duty is, and who may do what, is `pipelines.actions.recipients`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from console import forms
from console.visit import Visit, download, go
from exports.duties import MOVES, DutyState
from exports.signing import Role
from pipelines.actions import recipients

MOST: Final = 100
"""How many of the latest duties a list with closed ones shows."""
SAID: Final = {
    DutyState.NOTIFIED: "we have told them, or reminded them",
    DutyState.ACKNOWLEDGED: "they have answered that it reached them",
    DutyState.CONFIRMED: "they have confirmed that they did it",
    DutyState.WAIVED: "nobody need be told: impossible, or out of proportion",
}
_NO_FAULTS: Final[Mapping[str, str]] = MappingProxyType({})


def listed(visit: Visit) -> Response:
    """Which recipients must still act."""
    every, asked = bool(visit.asked("all")), visit.asked("request")
    number = forms.count(asked) if asked else None
    found = recipients.standing(visit.ctx, number, closed=every, most=MOST if every else None)
    return visit.page(
        "duties.html", "Who must be told", found=found, every=every, number=number, most=MOST,
        late=sum(one.overdue for one in found),
    )  # fmt: skip


def show(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """One recipient and what it must do."""
    found = recipients.one(visit.ctx, int(visit.path("number")))
    officer = visit.holds(Role.DPO)
    may = [one for one in SAID if one in MOVES[found.duty.state] and (officer or one is not DutyState.WAIVED)]
    return visit.page(
        "duty.html", "A recipient that must act", status=status, told=found, duty=found.duty, may=may, words=SAID,
        officer=officer, faults=faults, today=visit.ctx.installation.today(),
        typed={name: visit.form.get(name, "") for name in ("how", "called")},
    )  # fmt: skip


def move(visit: Visit) -> Response:
    """Record what became of it."""
    to, how, on = forms.text(visit, "to"), forms.text(visit, "how"), forms.day(visit, "on")
    faults = {} if to in SAID else {"to": "Choose what happened."}
    if not how:
        faults["how"] = "Say by which way, who confirmed, or why nobody need be told."
    if on is None:
        faults["on"] = forms.NO_DAY
    if faults or on is None:
        return show(visit, faults, 422)
    recipients.move(visit.ctx, int(visit.path("number")), DutyState(to), how, on)
    return go(f"/duties/{visit.path('number')}", "recorded")


def letter(visit: Visit) -> Response:
    """Give the letter to the recipient; it names the pupil as the officer says it must."""
    called = forms.text(visit, "called")
    if not called:
        return show(visit, {"called": "Say how this recipient knows the pupil."}, 422)
    from pipelines.reports import letter_page  # noqa: PLC0415  the templating library takes its time to load

    number = int(visit.path("number"))
    made = letter_page.html(recipients.letter(visit.ctx, number, called))
    return download(made.encode(), f"letter-{number}.html", "text/html; charset=utf-8")
