"""One school's return: what was found, explaining it, taking lists out, and preparing it again.

Belongs here: the pages under `/schools/SCHOOL/PERIOD`. Whose names are given to whom is
`pipelines.actions.findings`; a pupil stands in a form or an address as a token of the session.
"""

from collections import Counter
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from console.ahead import Waiting
from console.charts import chart
from console.rerun import At, Run
from console.visit import Visit, download, go
from exports.sheets import as_csv, as_xlsx
from ledger.states import State
from pipelines.actions import findings as listing
from pipelines.actions import noting, summarising
from pipelines.actions import why_not as asking
from pipelines.actions.context import NothingPrepared
from pipelines.actions.findings import Cause, FindingsResult, Found
from pipelines.actions.progress import Progress, come_along
from pipelines.actions.taking_out import TakenOut, record
from pipelines.screens.lists import Listing, findings_list, queries_list
from schemas.census.collection import COLLECTIONS
from schemas.census.findings import finding_key

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS: Final = {"blocks": "Errors that block", "query": "Queries", "local check": "Our own checks"}
OPEN: Final = frozenset({State.PREPARED, State.APPROVED})
FEW: Final = 10
"""How many pupils of a cause are listed before the rest is folded away."""
MOST: Final = 50
"""How many pupils of a cause the page of the whole return names; the page of one rule names all."""
_PUPIL: Final = "mis"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MISSING: Final = "Say why it is right as it stands, or choose one of the trust's texts."


def show(visit: Visit, fault: str = "", rule: str = "", status: int = 200) -> Response:
    """The return: its findings by cause, errors first."""
    school, period = visit.path("school"), visit.path("period")
    name = visit.ctx.installation.trust.school(school).name
    run = visit.desk.runs.of(school, period)
    may = {"write": visit.holds(*listing.DESK), "ask": visit.holds(*asking.MAY_ASK)}
    try:
        releases = visit.ctx.latest(school, period)
        result = listing.findings(visit.ctx, school, period)
    except NothingPrepared:
        return visit.page("return_empty.html", "Return", school=school, period=period, name=name, run=run, may=may)
    if period in COLLECTIONS:  # whoever reads the findings signs next
        open_now = (one.waybill for one in releases if one.state in OPEN)
        visit.desk.ahead.of(visit.ctx, (Waiting(waybill, school, period) for waybill in open_now))
    kind, only = visit.asked("kind"), visit.asked("rule")
    shown = [cause for cause in result.causes if kind in {"", cause.kind} and only in {"", cause.rule}]
    along = come_along(visit.ctx, school, period)
    return visit.page(
        "return.html", "Return", status=status, result=result, causes=shown, kind=kind, kinds=KINDS, releases=releases,
        counts=Counter(cause.kind for cause in result.causes), texts=noting.library(visit.ctx) if may["write"] else {},
        run=run, may=may, few=FEW, fault=fault, at_fault=rule, veiled=lambda pupil: visit.veiled(_PUPIL, pupil),
        titles=visit.titles,
        along=along, chart=chart(along.trend), census=period in COLLECTIONS, only=only, most=MOST,
        ruled={cause.rule for cause in shown}, new_of=lambda cause: _new_of(along, cause),
        to_choose=lambda cause: _to_choose(cause, None if only else MOST), open_of=_open_of,
        waiting=sum(cause.to_confirm for cause in result.causes),
    )  # fmt: skip


def explain(visit: Visit) -> Response:
    """Take an explanation of one cause, for all its findings or one pupil's."""
    school, period, rule = visit.path("school"), visit.path("period"), visit.form.get("rule", "")
    words, number, token = (visit.form.get(name, "").strip() for name in ("words", "text", "pupil"))
    if number.isdigit():
        words = noting.from_library(visit.ctx, rule, int(number))
    if not words:
        return show(visit, _MISSING, rule, 422)
    pupil = visit.unveiled(_PUPIL, token) if token else None
    if token and pupil is None:
        raise HTTPException(409, "Nothing was explained: the pupil was chosen in an earlier sign-in. Choose again.")
    noting.note(visit.ctx, school, period, rule, words, pupil)
    return go(f"/schools/{school}/{period}", "explained")


def confirm(visit: Visit) -> Response:
    """Confirm what was said of the same findings before."""
    school, period = visit.path("school"), visit.path("period")
    noting.confirm(visit.ctx, school, period, visit.form.get("rule") or None)
    return go(f"/schools/{school}/{period}", "confirmed")


def take_out(visit: Visit) -> Response:
    """Give a list with pupils' names; that it was made is recorded."""
    school, period = visit.path("school"), visit.path("period")
    result = listing.findings(visit.ctx, school, period)
    lists: dict[str, Callable[[FindingsResult], Listing]] = {
        "findings": findings_list,
        "queries": lambda found: queries_list(found, noting.queries(found)),
    }
    what, form = visit.form.get("what", "findings"), visit.form.get("form", "xlsx")
    if what not in lists or form not in {"xlsx", "csv"}:
        raise HTTPException(404, "There is no such list.")
    made = lists[what](result)
    record(visit.ctx, TakenOut(school, period, made.sheet.name, form, len(made.sheet.rows), made.pupils))
    name = f"{what}-{school}-{period}.{form}"
    if form == "csv":
        return download(as_csv(made.sheet), name, "text/csv; charset=utf-8")
    return download(as_xlsx(made.sheet, visit.desk.now()), name, _XLSX)


def run(visit: Visit) -> Response:
    """Prepare the return again."""
    school, period = visit.path("school"), visit.path("period")
    here = visit.ctx.installation
    here.trust.school(school)
    visit.desk.runs.start(here, school, period, visit.ctx.actor)
    return go(f"/schools/{school}/{period}/run")


def running(visit: Visit) -> Response:
    """How far the preparation is; a script keeps the page up to date, without one it is loaded again by hand."""
    school, period = visit.path("school"), visit.path("period")
    found = visit.desk.runs.of(school, period)
    if found is None or found.at is At.DONE:
        return go(f"/schools/{school}/{period}")
    name = visit.ctx.installation.trust.school(school).name
    return visit.page(
        "running.html", "Preparing the return", run=found, name=name, told=_told(visit, found), school=school,
        period=period,
    )  # fmt: skip


def progress(visit: Visit) -> Response:
    """The same as data, for the script."""
    visit.ctx.installation.trust.school(visit.path("school"))
    found = visit.desk.runs.of(visit.path("school"), visit.path("period"))
    if found is None:
        return JSONResponse({"at": At.DONE, "done": 0, "steps": 0})
    return JSONResponse({"at": found.at, **_told(visit, found)})


def summary(visit: Visit) -> Response:
    """The totals of a return beside last term's."""
    school, period = visit.path("school"), visit.path("period")
    report = summarising.summarise(visit.ctx, school, period)
    return visit.page("summary.html", "Totals of the return", report=report, school=school, widest=_widest)


def why(visit: Visit) -> Response:
    """Why a child is, or is not, in the return; the look-up is recorded."""
    school, period = visit.path("school"), visit.path("period")
    upn = visit.form.get("upn", "").strip().upper()
    found = asking.why_not(visit.ctx, upn, period, school)
    return visit.page("why.html", "Why a child is in the return or not", school=school, period=period, found=found)


def _told(visit: Visit, found: Run) -> dict[str, int]:
    if found.at is not At.RUNNING:
        return {"done": 0, "steps": 0}
    from pipelines.actions import following_run  # noqa: PLC0415  Dagster takes two seconds, and only this needs it

    counted = following_run.progress(visit.ctx.installation, found.school, found.period, found.began)
    return {"done": counted.done, "steps": counted.steps}


def _open_of(cause: Cause) -> int:
    """Findings of a cause that nobody has explained."""
    return cause.count - cause.explained


def _to_choose(cause: Cause, most: int | None) -> list[Found]:
    """Findings of a cause that may be explained one by one."""
    return [one for one in cause.found if one.pupil and not one.note][:most]


def _new_of(along: Progress, cause: Cause) -> int:
    """Findings of a cause that the last preparation found for the first time."""
    new = along.since.new if along.since else frozenset()
    return sum(finding_key(cause.rule, one.pupil, one.row) in new for one in cause.found)


def _widest(section: summarising.ReportSection) -> int:
    return max((max(row.count, row.before or 0) for row in section.rows), default=0) or 1
