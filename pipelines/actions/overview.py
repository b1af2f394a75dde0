"""The whole trust on one page: where each school stands with each return, and what waits of its feeds.

Belongs here: the verbs `board` and `deliveries`, for everybody who has a role at a school; they name no
pupil. A school without anything prepared has its place like any other, so that nobody is forgotten.
"""

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from exports.authority import recorded
from exports.checklist import checklist
from exports.preparation import read_waybill
from exports.signing import Act, Role
from exports.terms import Agreement
from exports.waybill import Tally
from ledger.latest import latest
from ledger.states import State
from ledger.store import Release
from pipelines.actions.context import Context
from pipelines.actions.following import is_maintained
from pipelines.trust import Trust, returns
from schemas.census.collection import COLLECTIONS
from schemas.deployment import Limit


class Stand(StrEnum):
    """How far a return has come."""

    NOT_COVERED = "no agreement"
    NOT_STARTED = "not started"
    ERRORS = "errors"
    QUERIES = "queries"
    READY = "ready"
    SIGNED = "signed"
    SENDING = "being sent"
    IN_DOUBT = "in doubt"
    REFUSED = "refused"
    HANDED_OVER = "handed over"
    AT_THE_OTHER_SIDE = "at the other side"
    CONFIRMED = "confirmed"
    RECALLED = "recalled"


_ON_THE_WAY: Final[Mapping[State, Stand]] = MappingProxyType(
    {
        State.APPROVED: Stand.SIGNED,
        State.SENDING: Stand.SENDING,
        State.UNKNOWN: Stand.IN_DOUBT,
        State.REFUSED: Stand.REFUSED,
        State.RECALLED: Stand.RECALLED,
        State.DELIVERED: Stand.CONFIRMED,
        State.DELIVERED_UNVERIFIED: Stand.HANDED_OVER,
    }
)
DONE: Final = frozenset({Stand.HANDED_OVER, Stand.AT_THE_OTHER_SIDE, Stand.CONFIRMED})
_WAITING: Final = (State.PREPARED, State.APPROVED, State.UNKNOWN, State.REFUSED)


@dataclass(frozen=True, slots=True)
class Cell:
    """One school's return of one collection.

    Attributes:
        dry: whether it was prepared before census day, so that it shows what would be.
        number: errors that block, queries without an explanation, people who have signed, or steps taken at the other
            side, as `stand` says; 0 elsewhere.
        step: what was last recorded of the other side; "" before.
        due: the Department's deadline for the school, and `authority_due` its local authority's, where it has one.
        left: days from today to the earlier of those that are not past; negative when all are.

    """

    school: str
    period: str
    stand: Stand
    dry: bool
    number: int
    step: str
    waybill: str | None
    due: dt.date
    authority_due: dt.date | None
    left: int


@dataclass(frozen=True, slots=True)
class Row:
    """One school: its returns by collection, and its feeds by the state in which they wait."""

    school: str
    name: str
    cells: Mapping[str, Cell]
    feeds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Board:
    """Every school of the actor's, and the collections of the calendar in order of census day."""

    today: dt.date
    collections: tuple[str, ...]
    rows: tuple[Row, ...]


def board(ctx: Context) -> Board:
    """Return where each school of the actor's stands. Raises NotAllowed."""
    here = ctx.installation
    schools, today = ctx.schools(tuple(Role)), here.today()
    listed = {row.subject for row in here.trust.calendar.occasions}
    collections = tuple(key for key in COLLECTIONS if key in listed)
    newest = {key: _newest(ctx, key) for key in collections}
    feeds = _feeds(ctx)
    rows = tuple(
        Row(
            urn,
            here.trust.school(urn).name,
            {key: _cell(ctx, urn, key, newest[key].get(urn), today) for key in collections},
            feeds.get(urn, {}),
        )
        for urn in schools
    )
    return Board(today, collections, rows)


def deliveries(ctx: Context, *, state: str = "", most: int = 200, **match: str) -> tuple[Release, ...]:
    """Return the latest files of the actor's schools, newest first: of a school, period or agreement, in a state.

    Those that answer a case are for those who decide, sign and audit it. Raises NotAllowed.
    """
    here, schools = ctx.installation, ctx.schools(tuple(Role))
    asked = {name: value for name, value in {**match, "state": state}.items() if value}
    if "school" in asked:
        found = latest(here.ledger, most, **asked) if asked["school"] in schools else []
    elif len(schools) == len(here.trust.schools):
        found = latest(here.ledger, most, **asked)
    else:
        found = [one for urn in schools for one in latest(here.ledger, most, school=urn, **asked)]
    standing = (one for one in found if (state or one.state is not State.WITHDRAWN) and ctx.may_know_of(one.slot))
    return tuple(heapq.nlargest(most, standing, key=lambda one: (one.at, one.waybill)))


def _newest(ctx: Context, period: str) -> dict[str, Release]:
    """The latest return of each school for a collection."""
    ours = returns(ctx.installation.trust.agreements)
    found = [
        one
        for one in ctx.installation.ledger.releases(period=period)
        if one.slot.agreement in ours and one.state not in {State.WITHDRAWN, State.SUPERSEDED}
    ]
    return {one.slot.school: one for one in sorted(found, key=lambda one: one.slot.version)}


def _cell(ctx: Context, school: str, period: str, release: Release | None, today: dt.date) -> Cell:
    stand, number, step = _stand(ctx, school, period, release)
    due, authority = _deadlines(ctx.installation.trust, period, school)
    ahead = [day for day in (due, authority) if day is not None and day >= today]
    return Cell(
        school=school,
        period=period,
        stand=stand,
        dry=release is not None and release.state is State.PREPARED and today < COLLECTIONS[period].reference_date,
        number=number,
        step=step,
        waybill=release.waybill if release else None,
        due=due,
        authority_due=authority,
        left=(min(ahead, default=due) - today).days,
    )


def _deadlines(trust: Trust, period: str, school: str) -> tuple[dt.date, dt.date | None]:
    own = [one.due for one in trust.calendar.limits(period, school, Limit.AUTHORITY)]
    return trust.calendar.deadline(period, school), min(own, default=None)


def _stand(ctx: Context, school: str, period: str, release: Release | None) -> tuple[Stand, int, str]:
    if release is None:
        covered = any(_covers(one.agreement, school, period) for one in ctx.installation.trust.agreements)
        return (Stand.NOT_STARTED if covered else Stand.NOT_COVERED), 0, ""
    if release.state is State.PREPARED:
        return _prepared(ctx, release)
    if release.state is State.HANDED_OVER:
        found = checklist(ctx.installation.ledger, release, maintained=is_maintained(ctx, school))
        done = [step for step in found.steps if step in found.ticks]
        stand = Stand.AT_THE_OTHER_SIDE if done else Stand.HANDED_OVER
        return (stand if found.amber else Stand.CONFIRMED), len(done), found.ticks[done[-1]].step if done else ""
    return _ON_THE_WAY[release.state], 0, ""


def _prepared(ctx: Context, release: Release) -> tuple[Stand, int, str]:
    here = ctx.installation
    waybill = read_waybill(here.ledger, here.vault, release.waybill)
    stand, number = standing(waybill.tally)
    return stand, number or len(recorded(here.ledger, waybill, Act.RELEASE)), ""


def standing(tally: Tally) -> tuple[Stand, int]:
    """Say whether a prepared file waits for corrections, for explanations or for signatures, and of how many."""
    if tally.blocking:
        return Stand.ERRORS, tally.blocking
    return (Stand.QUERIES, tally.unexplained) if tally.unexplained else (Stand.READY, 0)


def _covers(agreement: Agreement | None, school: str, period: str) -> bool:
    return (
        agreement is not None
        and agreement.is_return
        and COLLECTIONS[period].term_code in agreement.terms
        and agreement.covers(school)
    )


def _feeds(ctx: Context) -> dict[str, dict[str, int]]:
    """How many files that are no returns wait, by school and state."""
    ours = returns(ctx.installation.trust.agreements)
    counted: dict[str, Counter[str]] = {}
    for state in _WAITING:
        for release in ctx.installation.ledger.releases(state=state.value):
            if release.slot.agreement not in ours and ctx.may_know_of(release.slot):
                counted.setdefault(release.slot.school, Counter())[state.value] += 1
    return {urn: dict(states) for urn, states in counted.items()}
