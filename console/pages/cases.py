"""Requests of police, courts and tribunals: each case, what it would disclose, preparing, refusing, telling.

Belongs here: the pages under `/cases`, and what a sealed answer holds. What a case is, and who may do what, is
`pipelines.actions.legal`. Whom a case is about is typed into a form alone; signing and handing over are every file's.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from console import forms
from console.visit import Visit, download, go
from exports.case_terms import KINDS, Case
from exports.cases import NAME
from exports.signing import Role
from pipelines.actions import legal
from pipelines.actions.legal import DECIDE, Answer, CasePupilsDiffer, Subject

_NOBODY: Final = "Enter the pupils' numbers in the school's MIS, one a line."
_NO_FAULTS: Final[Mapping[str, str]] = MappingProxyType({})


def listed(visit: Visit) -> Response:
    """The cases of the visitor's schools."""
    found = legal.cases(visit.ctx)
    named = {one.compiled.id for one in found if NAME.fullmatch(one.compiled.id)}
    return visit.page("cases.html", "Requests of police and courts", found=found, named=named)


def show(
    visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200, answers: Sequence[Answer] = ()
) -> Response:
    """One case: who asks for what by which power, what would leave, and where its answer stands."""
    found = legal.standing_of(visit.ctx, visit.path("case"))
    case, here = found.compiled.case, visit.ctx.installation.trust
    may = set(visit.schools(DECIDE))
    return visit.page(
        "case.html", "A request of police or a court", status=status, one=found, case=case, faults=faults,
        kinds=KINDS, schools=here.schools, groups=_groups(case), answers=answers, officer=visit.holds(Role.DPO),
        whole=may.issuperset(case.agreement.schools) if case else _of_all(visit),
        releases=[(urn, state, named) for (urn, state), named in zip(found.states, found.waybills, strict=True)],
        clauses=here.notice.clauses, typed={name: visit.form.get(name, "") for name in ("why", *_boxes(case))},
    )  # fmt: skip


def prepare(visit: Visit) -> Response:
    """Read the MIS of each school, take what the case names of the pupils typed, and seal it to whoever asked."""
    case = legal.case_named(visit.ctx, visit.path("case"))
    given = {name: forms.text(visit, name).split() for name in _boxes(case)}
    faults = {name: _NOBODY for name, ids in given.items() if not ids}
    if faults:
        return show(visit, faults, 422)
    subjects = [Subject(name.removeprefix("pupils"), pupil) for name, ids in given.items() for pupil in ids]
    try:
        answers = legal.prepare_case(visit.ctx, case.id, subjects)
    except CasePupilsDiffer as refusal:
        return show(visit, {next(iter(given)): forms.sentence(refusal)}, 422)
    return show(visit, answers=answers)


def opened(visit: Visit) -> Response:
    """Give what a sealed answer holds to one of those who sign it; that it was opened is recorded."""
    return download(legal.bundle(visit.ctx, visit.file.waybill), f"{visit.file.slot.agreement}.zip", "application/zip")


def refuse(visit: Visit) -> Response:
    """Record that the request is refused, and call off what was prepared."""
    why = forms.text(visit, "why")
    if not why:
        return show(visit, {"why": "Say why the request is refused."}, 422)
    legal.refuse_case(visit.ctx, visit.path("case"), why)
    return go(f"/cases/{visit.path('case')}", "refused")


def tell(visit: Visit) -> Response:
    """Let access reports tell of the case from now on, for good."""
    if not visit.form.get("sure"):
        return show(visit, {"sure": "Tick that you know it cannot be undone."}, 422)
    legal.end_withholding(visit.ctx, visit.path("case"))
    return go(f"/cases/{visit.path('case')}", "recorded")


def _of_all(visit: Visit) -> bool:
    return visit.ctx.reach(DECIDE) is None


def _boxes(case: Case | None) -> tuple[str, ...]:
    """The name of the field for each school's pupils."""
    return tuple(f"pupils{urn}" for urn in case.agreement.schools) if case else ()


def _groups(case: Case | None) -> list[tuple[str, list[str]]]:
    """Why fields leave, each reason with its fields as the case lists them."""
    lines = case.agreement.lines if case else ()
    return [(why, [line.field for line in group]) for why, group in groupby(lines, key=lambda line: line.why)]
