"""Findings of a prepared return: list them, explain them.

Belongs here: the verbs `findings` and `note`. What a finding is, is `schemas.census.findings`; how an explanation is
kept, `exports.notes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from exports.notes import explain, explanations
from exports.preparation import artefact
from exports.signing import Role
from ledger.store import Release
from pipelines.actions.context import Context
from schemas.census.catalogue import Entry, catalogue
from schemas.census.collection import COLLECTIONS
from schemas.census.findings import FINDING, Verdict, finding_key, verdict
from vault.frames import unpack

_READERS = tuple(Role)
_AUTHORS = (Role.DATA_MANAGER, Role.HEAD)


@dataclass(frozen=True, slots=True)
class Cause:
    """Every finding of one rule in one return.

    Attributes:
        kind: "blocks", "query" or "local check"; the last is ours, never the department's.
        explained: how many of them have an explanation.
        explanations: their texts, each once.
        pupils: the MIS's ids of the pupils concerned, for looking them up there; empty for the school.

    """

    rule: str
    kind: str
    count: int
    explained: int
    message: str
    where_to_fix: str
    fields: str
    evaluated: bool
    pupils: tuple[str, ...]
    explanations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingsResult:
    """Findings of a return grouped by rule, errors first, and what they mean for release."""

    school: str
    period: str
    verdict: Verdict
    causes: tuple[Cause, ...]


def findings(ctx: Context, school: str, period: str) -> FindingsResult:
    """List what is open in the latest preparation of a school's return or feeds."""
    ctx.person(school, _READERS)
    frame = _frame(ctx, school, period)
    explained = _explained(ctx, school, period, frame)
    return FindingsResult(school, period, verdict(frame, explained), _causes(period, frame, explained))


def causes_of(ctx: Context, release: Release) -> tuple[Cause, ...]:
    """What was found in the return or feed that one release is of, with the explanations there are now."""
    slot = release.slot
    frame = _sealed(ctx, release)
    return _causes(slot.period, frame, _explained(ctx, slot.school, slot.period, frame))


def note(ctx: Context, school: str, period: str, rule: str, text: str, pupil_id: str | None = None) -> int:
    """Explain every open finding of a rule, or one pupil's; returns how many."""
    author = ctx.person(school, _AUTHORS)
    frame = _frame(ctx, school, period)
    chosen = frame[(frame["rule"] == rule) & ((frame["pupil_id"] == pupil_id) if pupil_id else True)]
    here = ctx.installation
    count = explain(
        here.ledger, here.vault, here.pupils,
        school=school, period=period, findings=chosen, text=text, author=author.id, at=here.now(),
    )  # fmt: skip
    here.lodged.lodge(here.now())
    return count


def _frame(ctx: Context, school: str, period: str) -> pd.DataFrame:
    frames = [_sealed(ctx, release) for release in ctx.latest(school, period)]
    return pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)


def _sealed(ctx: Context, release: Release) -> pd.DataFrame:
    here = ctx.installation
    return unpack(here.vault.open(artefact(here.ledger, release.waybill, "findings")))[0][FINDING.name]


def _explained(ctx: Context, school: str, period: str, frame: pd.DataFrame) -> Mapping[str, str]:
    here = ctx.installation
    return explanations(here.ledger, here.vault, here.pupils, school, period, frame)


def _causes(period: str, frame: pd.DataFrame, explained: Mapping[str, str]) -> tuple[Cause, ...]:
    known = _catalogue(period)
    causes = [
        _cause(str(rule), rows, explained, known.get(str(rule))) for rule, rows in frame.groupby("rule", sort=False)
    ]
    return tuple(sorted(causes, key=lambda cause: (cause.kind != "blocks", cause.kind != "query", -cause.count)))


def _catalogue(period: str) -> Mapping[str, Entry]:
    return catalogue(COLLECTIONS[period].academic_year) if period in COLLECTIONS else {}


def _cause(rule: str, rows: pd.DataFrame, explained: Mapping[str, str], entry: Entry | None) -> Cause:
    first = rows.iloc[0]
    blocks = bool(first["blocking"])
    kind = "blocks" if blocks else "local check" if rule.startswith("L-") else "query"
    keys = [
        finding_key(rule, None if pd.isna(pupil) else pupil, None if pd.isna(row) else row)
        for pupil, row in zip(rows["pupil_id"], rows["row_key"], strict=True)
    ]
    return Cause(
        rule=rule,
        kind=kind,
        count=len(rows),
        explained=sum(key in explained for key in keys),
        message=str(first["message"]),
        where_to_fix=entry.where_to_fix if entry else "",
        fields=str(first["fields"]),
        evaluated=bool(first["evaluated"]),
        pupils=tuple(dict.fromkeys(rows["pupil_id"].dropna())),
        explanations=tuple(dict.fromkeys(explained[key] for key in keys if key in explained)),
    )
