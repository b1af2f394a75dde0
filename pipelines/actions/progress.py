"""How a return has come along: how it stood at each preparation, and what the last one changed.

Belongs here: the verb `come_along`, for everybody who may read the return; it names no pupil. What stands now is
`pipelines.actions.findings`; what differs from the last file that left, `pipelines.actions.signing`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from exports.preparation import read_waybill
from exports.signing import READING
from exports.waybill import Tally, Waybill
from ledger.latest import latest
from ledger.states import State
from pipelines.actions.context import Context
from pipelines.actions.findings import open_findings
from pipelines.trust import returns
from schemas.census.findings import finding_key
from vault.store import ArtefactGone

_BACK: Final = 30
"""Preparations that a trend goes back."""
_TOTALS: Final[Mapping[str, str]] = {
    "pupils": "Pupils in the return",
    "cells": "Values in the file",
    "blocking": "Findings that block",
    "errors": "Errors",
    "queries": "Queries",
    "unexplained": "Without an explanation",
    "not_evaluated": "Could not be evaluated",
}


@dataclass(frozen=True, slots=True)
class Then:
    """How a return stood when it was prepared at a moment: what blocked, what had no explanation."""

    at: dt.datetime
    blocking: int
    unexplained: int


@dataclass(frozen=True, slots=True)
class Moved:
    """One rule of which the last preparation found more, or no longer found some."""

    rule: str
    message: str
    new: int
    gone: int


@dataclass(frozen=True, slots=True)
class Total:
    """One figure of the return, at the preparation before and now."""

    name: str
    before: int
    now: int


@dataclass(frozen=True, slots=True)
class Since:
    """What the last preparation changed.

    Attributes:
        before: when the return was prepared before that.
        moved: rules with findings that are new or gone; None where the earlier findings are no longer kept.
        new: keys (`finding_key`) of the findings that are new.
        totals: the figures that changed.

    """

    before: dt.datetime
    moved: tuple[Moved, ...] | None
    new: frozenset[str]
    totals: tuple[Total, ...]

    @property
    def nothing(self) -> bool:
        """Say whether nothing moved."""
        return not self.moved and not self.totals


@dataclass(frozen=True, slots=True)
class Progress:
    """How a return stood at its preparations, the oldest first, and what the last changed; None for a first one."""

    trend: tuple[Then, ...]
    since: Since | None


def come_along(ctx: Context, school: str, period: str) -> Progress:
    """Return how a return has come along, as far as its preparations are kept. Raises NotAllowed."""
    ctx.person(school, READING)
    kept = [waybill for _, waybill in sorted(_kept(ctx, school, period), key=lambda one: one[0])]
    trend = tuple(Then(one.prepared_at, one.tally.blocking, one.tally.unexplained) for one in kept)
    return Progress(trend, _since(ctx, *kept[-2:]) if len(kept) > 1 else None)


def _kept(ctx: Context, school: str, period: str) -> Iterator[tuple[int, Waybill]]:
    """The last preparations of the return, each by its number in the ledger.

    Of its first agreement, where several bodies get a copy.
    """
    here = ctx.installation
    ours = returns(here.trust.agreements)
    found = [one for one in latest(here.ledger, _BACK, school=school, period=period) if one.slot.agreement in ours]
    first = min((one.slot.agreement for one in found), default="")
    for release in found:
        if release.slot.agreement == first:
            try:
                waybill = read_waybill(here.ledger, here.vault, release.waybill)
            except ArtefactGone:  # its time is over
                continue
            yield here.ledger.events(State.PREPARED, waybill=waybill.sha256)[0].seq, waybill


def _since(ctx: Context, before: Waybill, now: Waybill) -> Since:
    totals = tuple(_totals(before.tally, now.tally))
    try:
        then, found = (_found(ctx, one) for one in (before, now))
    except ArtefactGone:  # the retention of the earlier findings is over
        return Since(before.prepared_at, None, frozenset(), totals)
    new, gone = found.keys() - then.keys(), then.keys() - found.keys()
    said = then | found
    rules = dict(said.values())
    counts = [Counter(said[key][0] for key in keys) for keys in (new, gone)]
    moved = [Moved(rule, rules[rule], *(count[rule] for count in counts)) for rule in rules]
    shown = sorted((one for one in moved if one.new or one.gone), key=lambda one: (-one.new, -one.gone, one.rule))
    return Since(before.prepared_at, tuple(shown), frozenset(new), totals)


def _found(ctx: Context, waybill: Waybill) -> dict[str, tuple[str, str]]:
    """Rule and message of each finding of a preparation, by its key."""
    release = ctx.installation.ledger.release(waybill.sha256)
    rows = open_findings(ctx, [release]).findings
    columns = (
        rows[name].astype(object).where(rows[name].notna(), None) for name in ("rule", "pupil_id", "row_key", "message")
    )
    return {finding_key(rule, pupil, row): (rule, message) for rule, pupil, row, message in zip(*columns, strict=True)}


def _totals(before: Tally, now: Tally) -> Iterator[Total]:
    for name, words in _TOTALS.items():
        then, count = getattr(before, name), getattr(now, name)
        if then != count:
            yield Total(words, then, count)
