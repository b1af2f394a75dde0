"""The trust board: every school, every return, and how many days are left.

Belongs here: the first page after signing in. What it shows is `pipelines.actions.overview`.
"""

from collections import Counter
from typing import Final

from starlette.responses import Response

from console.ahead import Waiting
from console.visit import Visit
from exports.signing import READING
from pipelines.actions.overview import DONE, Board, Stand, board

COLOURS: Final = {
    Stand.NOT_COVERED: "",
    Stand.NOT_STARTED: "",
    Stand.ERRORS: "red",
    Stand.QUERIES: "amber",
    Stand.READY: "blue",
    Stand.SIGNED: "blue",
    Stand.SENDING: "amber",
    Stand.IN_DOUBT: "red",
    Stand.REFUSED: "red",
    Stand.HANDED_OVER: "green",
    Stand.AT_THE_OTHER_SIDE: "green",
    Stand.CONFIRMED: "green",
    Stand.RECALLED: "red",
}
_SOON: Final = 7
_WAITS: Final = frozenset({Stand.ERRORS, Stand.QUERIES, Stand.READY})


def show(visit: Visit) -> Response:
    """The board, of every school of the visitor's."""
    found = board(visit.ctx)
    current, reads = _current(found), visit.holds(*READING)
    if reads:
        cells = (row.cells[key] for key in found.collections for row in found.rows)
        waiting = ((one.waybill, one) for one in cells if one.stand in _WAITS)
        visit.desk.ahead.of(visit.ctx, (Waiting(named, one.school, one.period) for named, one in waiting if named))
    return visit.page(
        "board.html", "Returns", board=found, colours=COLOURS, done=DONE, soon=_SOON, current=current,
        counts=_counts(found, current) if current else {}, reads=reads,
    )  # fmt: skip


def _current(found: Board) -> str:
    """The collection whose last deadline is the next to come; the last one when all are past."""
    open_now = [key for key in found.collections if any(row.cells[key].left >= 0 for row in found.rows)]
    return (open_now or [*found.collections, ""])[0] if found.collections else ""


def _counts(found: Board, period: str) -> dict[str, int]:
    return dict(Counter(row.cells[period].stand.value for row in found.rows))
