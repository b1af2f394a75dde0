"""Explaining findings: write one, take one from the trust's library, confirm last term's, list what there is.

Belongs here: the verbs of `waybill note` and `waybill notes`. How an explanation is kept is `exports.notes`; the
library's file, `exports.explanations`.
"""

import re
from dataclasses import dataclass

import pandas as pd

from exports.explanations import Library, read_library
from exports.notes import Note, NothingToExplain, explain
from pipelines.actions.context import Context
from pipelines.actions.findings import DESK, Cause, FindingsResult, Found, Opened, findings, open_findings
from schemas.census.catalogue import catalogue, not_implemented
from schemas.census.collection import COLLECTIONS
from schemas.census.findings import finding_key

LIBRARY = "explanations.csv"
_LEVELS = ("header", "return", "school", "pupil")


@dataclass(frozen=True, slots=True)
class Query:
    """One finding that needs words, as COLLECT would ask for them."""

    cause: Cause
    found: Found


@dataclass(frozen=True, slots=True)
class Written:
    """One explanation and how many findings of a rule it stands for; `confirmed` is False for last term's."""

    rule: str
    note: Note
    count: int
    confirmed: bool


def note(ctx: Context, school: str, period: str, rule: str, text: str, pupil_id: str | None = None) -> int:
    """Explain every open finding of a rule, or one pupil's; returns how many."""
    author = ctx.person(school, DESK)
    opened = open_findings(ctx, ctx.latest(school, period))
    frame = opened.findings
    chosen = frame[(frame["rule"] == rule) & ((frame["pupil_id"] == pupil_id) if pupil_id else True)]
    count = _explain(ctx, school, period, opened, chosen, text=text, author=author.id)
    ctx.installation.lodged.lodge(ctx.installation.now())
    return count


def confirm(ctx: Context, school: str, period: str, rule: str | None = None) -> int:
    """Confirm for this collection what was said of the same findings before, of all rules or one; returns how many.

    Raises NothingToExplain when no explanation waits to be confirmed.
    """
    author = ctx.person(school, DESK)
    opened = open_findings(ctx, ctx.latest(school, period))
    waiting = {
        finding_key(cause.rule, one.pupil, one.row): one.carried
        for cause in findings(ctx, school, period).causes
        for one in cause.found
        if one.carried is not None and rule in {None, cause.rule}
    }
    for earlier in dict.fromkeys(waiting.values()):
        same = {key for key, one in waiting.items() if one == earlier}
        chosen = opened.findings[_keys(opened.findings).isin(same)]
        _explain(ctx, school, period, opened, chosen, text=earlier.text, author=author.id, confirms=earlier.period)
    if not waiting:
        message = f"No explanation waits to be confirmed for {school}, {period}: `waybill notes list` shows what is."
        raise NothingToExplain(message)
    ctx.installation.lodged.lodge(ctx.installation.now())
    return len(waiting)


def written(ctx: Context, school: str, period: str) -> tuple[Written, ...]:
    """Every explanation of the findings there are now, those of an earlier collection that wait included."""
    told = [
        (cause.rule, one.note or one.carried, one.note is not None)
        for cause in findings(ctx, school, period).causes
        for one in cause.found
    ]
    counted: dict[tuple[str, Note, bool], int] = {}
    for rule, said, confirmed in told:
        if said is not None:
            counted[rule, said, confirmed] = counted.get((rule, said, confirmed), 0) + 1
    return tuple(Written(rule, said, count, confirmed) for (rule, said, confirmed), count in counted.items())


def queries(result: FindingsResult) -> tuple[Query, ...]:
    """The findings that COLLECT would want words for, in the order in which we understand it to list them.

    That is: by rule number, then level, then UPN. Errors that block are corrected; our own checks it does not have.
    """
    asked = [
        Query(cause, one)
        for cause in result.causes
        if cause.kind != "blocks" and cause.evaluated and cause.rule[:1].isdigit()
        for one in cause.found
    ]
    return tuple(sorted(asked, key=lambda query: _collect_order(result, query)))


def library(ctx: Context) -> Library:
    """The texts that the trust keeps ready; none when it has no `explanations.csv`."""
    file = ctx.installation.trust.folder / LIBRARY
    if not file.is_file():
        return {}
    return read_library(file.read_text(encoding="utf-8"), str(file), _rules())


def from_library(ctx: Context, rule: str, number: int) -> str:
    """One text of the library by its place, from 1; NothingToExplain says what there is."""
    texts = library(ctx).get(rule, ())
    if not 1 <= number <= len(texts):
        message = f"{LIBRARY} has {len(texts)} texts for rule {rule}; list them with: waybill notes library {rule}"
        raise NothingToExplain(message)
    return texts[number - 1]


def _rules() -> frozenset[str]:
    years = {collection.academic_year for collection in COLLECTIONS.values()}
    return frozenset(rule for year in years for rule in (*catalogue(year), *not_implemented(year)))


def _explain(  # noqa: PLR0913  as for `exports.notes.explain`
    ctx: Context, school: str, period: str, opened: Opened, chosen: pd.DataFrame, *,
    text: str, author: str, confirms: str | None = None,
) -> int:  # fmt: skip
    here = ctx.installation
    return explain(
        here.ledger, here.vault, here.pupils,
        school=school, period=period, findings=chosen, facts=opened.facts,
        text=text, author=author, at=here.now(), confirms=confirms,
    )  # fmt: skip


def _keys(frame: pd.DataFrame) -> pd.Series:
    columns = (frame[name].astype(object).where(frame[name].notna(), None) for name in ("rule", "pupil_id", "row_key"))
    return pd.Series([finding_key(*row) for row in zip(*columns, strict=True)], index=frame.index, dtype="object")


def _collect_order(result: FindingsResult, query: Query) -> tuple[int, str, int, bool, str, str]:
    number = re.match(r"\d+", query.cause.rule)
    pupil = result.pupils.get(query.found.pupil or "")
    upn = pupil.upn if pupil else None
    return (
        int(number.group()) if number else 0,
        query.cause.rule,
        _LEVELS.index(query.cause.level),
        upn is None,
        upn or query.found.pupil or "",
        query.found.row or "",
    )
