"""The trust's calendar: what comes, what is missing from it, and changing it.

Belongs here: the pages under `/calendar`. What a row means is `pipelines.calendar_file`; a text with a fault changes
nothing, and every fault is named by row and column.
"""

from itertools import groupby
from typing import Final

from starlette.responses import Response

from console.visit import Visit, download, go
from pipelines.actions import calendar
from pipelines.calendar_file import CalendarFaulty
from pipelines.reports.diary import icalendar

_DAYS: Final = 60


def show(visit: Visit) -> Response:
    """The next two months."""
    here = visit.ctx.installation
    entries = visit.desk.kept("calendar", lambda found: calendar.coming(found.trust, found.today(), _DAYS))
    days = [(day, list(group)) for day, group in groupby(entries, key=lambda one: one.day)]
    return visit.page(
        "calendar.html", "Calendar", days=days, gaps=calendar.gaps(here.trust, here.today()),
        schools=here.trust.schools, titles=visit.titles,
        may_change=visit.holds(*calendar.MAY_CHANGE), ahead=_DAYS,
    )  # fmt: skip


def diary(visit: Visit) -> Response:
    """Every deadline, census day, window and term, for a diary program."""
    here = visit.ctx.installation
    made = icalendar(here.trust.name, calendar.diary(here.trust), here.now())
    return download(made, "calendar.ics", "text/calendar; charset=utf-8")


def edit(visit: Visit) -> Response:
    """The table, to be changed."""
    text = (visit.ctx.installation.trust.folder / calendar.FILE).read_text(encoding="utf-8-sig")
    return _edit(visit, text, ())


def change(visit: Visit) -> Response:
    """Take the changed table, unless something in it is wrong."""
    text = visit.form.get("text", "")
    try:
        calendar.change(visit.ctx, text)
    except CalendarFaulty as refusal:
        said = str(refusal).partition(" faults. ")[2] or str(refusal)
        return _edit(visit, text, tuple(said.removesuffix(".").split("; ")), 422)
    return go("/calendar", "saved")


def _edit(visit: Visit, text: str, faults: tuple[str, ...], status: int = 200) -> Response:
    return visit.page("calendar_edit.html", "Change the calendar", status=status, text=text, faults=faults)
