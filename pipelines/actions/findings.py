"""Findings of a prepared return: what was found, about whom, and what it means.

Belongs here: the verb `findings`, and whose names it gives to whom. What a finding is, is `schemas.census.findings`;
explaining one, `pipelines.actions.noting`; how a result looks, `pipelines.screens`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from urllib.parse import quote

import pandas as pd

from exports.notes import Note, carried, notes
from exports.preparation import artefact
from exports.signing import READING, Role
from exports.trust_findings import told
from ledger.store import Release
from pipelines.actions.context import Context
from pipelines.actions.spec import unverified
from schemas.census.catalogue import LOCAL_PREFIX, Entry, catalogue
from schemas.census.collection import COLLECTIONS
from schemas.census.facts import FACT
from schemas.census.findings import FINDING, Verdict, finding_key, verdict
from schemas.census.spec import described
from schemas.census.who import WHO
from schemas.table import Frames
from vault.frames import unpack

DESK: Final = (Role.DATA_MANAGER, Role.HEAD)
"""Who may see names and take lists out: the people who correct and answer for the return."""


@dataclass(frozen=True, slots=True)
class Found:
    """One finding.

    Attributes:
        pupil: the MIS's id; None for the school.
        row: which of the pupil's rows, for example a start date; None when there is one.
        note: the explanation it has; `carried` one of an earlier collection that waits to be confirmed.

    """

    pupil: str | None
    row: str | None
    note: Note | None
    carried: Note | None


@dataclass(frozen=True, slots=True)
class Cause:
    """Every finding of one rule in one return.

    Attributes:
        kind: "blocks", "query" or "local check"; the last is ours, never the department's.
        explained: how many of them have an explanation; `to_confirm` how many have one of an earlier collection.
        explanations: their texts, each once.
        pupils: the MIS's ids of the pupils concerned, for looking them up there; empty for the school.
        funding: the stream of money the rule bears on; empty for none.
        found: each finding by itself.

    """

    rule: str
    kind: str
    severity: str
    level: str
    count: int
    explained: int
    to_confirm: int
    message: str
    where_to_fix: str
    fields: str
    evaluated: bool
    pupils: tuple[str, ...]
    explanations: tuple[str, ...]
    funding: str
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil as the desk names one; `page` is the address in the trust's own MIS, where the trust has given it."""

    pupil_id: str
    surname: str | None
    forename: str | None
    nc_year: str | None
    registration_group: str | None
    upn: str | None
    page: str | None


@dataclass(frozen=True, slots=True)
class Stream:
    """Pupils with a finding that bears on one stream of money.

    Attributes:
        pupils: how many; 0 when the finding is the school's.
        rate: pounds for one pupil as the trust has entered them; None where it has not.

    """

    funding: str
    pupils: int
    rate: Decimal | None

    @property
    def product(self) -> Decimal | None:
        """Pupils concerned times the trust's rate: how much turns on these pupils, not how much is lost."""
        return self.rate * self.pupils if self.rate is not None and self.pupils else None


@dataclass(frozen=True, slots=True)
class FindingsResult:
    """Findings of a return grouped by rule, errors first, and what they mean for release.

    Attributes:
        name: of the school.
        pupils: those concerned, by MIS id; empty for an actor who may not see names.
        named: whether the actor may.
        unverified: the warning and each path of the layout that nobody outside has confirmed; empty when all are.

    """

    school: str
    name: str
    period: str
    verdict: Verdict
    causes: tuple[Cause, ...]
    pupils: Mapping[str, Pupil]
    named: bool
    streams: tuple[Stream, ...]
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opened:
    """The findings of a school and period as they were sealed, and whom they are about on what facts."""

    findings: pd.DataFrame
    who: pd.DataFrame
    facts: Mapping[str, str]


def findings(ctx: Context, school: str, period: str) -> FindingsResult:
    """List what is open in the latest preparation of a school's return or feeds."""
    ctx.person(school, READING)
    named = not ctx.roles(school).isdisjoint(DESK)
    releases = ctx.latest(school, period)
    opened = open_findings(ctx, releases)
    causes = _causes(ctx, school, period, opened)
    explained = {
        finding_key(cause.rule, one.pupil, one.row) for cause in causes for one in cause.found if one.note is not None
    }
    return FindingsResult(
        school=school,
        name=ctx.installation.trust.school(school).name,
        period=period,
        verdict=verdict(opened.findings, explained),
        causes=causes,
        pupils=_pupils(ctx, school, opened.who) if named else {},
        named=named,
        streams=_streams(causes, ctx.installation.trust.funding_rates),
        unverified=described(
            list(dict.fromkeys(one for release in releases for one in unverified(ctx, release.waybill)))
        ),
    )


def without_names(result: FindingsResult) -> FindingsResult:
    """The same, for whoever needs no names."""
    return replace(result, pupils={})


def causes_of(ctx: Context, release: Release) -> tuple[Cause, ...]:
    """What was found in the return or feed that one release is of, with the explanations there are now."""
    return _causes(ctx, release.slot.school, release.slot.period, open_findings(ctx, [release]))


def open_findings(ctx: Context, releases: Iterable[Release]) -> Opened:
    """Open what was sealed with some releases of one school and period, each finding once."""
    listed = list(releases)
    slots = {(release.slot.school, release.slot.period) for release in listed}
    sealed = [*(_sealed(ctx, release) for release in listed), *(_of_the_trust(ctx, *slot) for slot in slots)]
    found, named = (
        pd.concat([frames[table.name] for frames in sealed if table.name in frames] or [table.empty()])
        for table in (FINDING, WHO)
    )
    known = [frames[FACT.name] for frames in sealed if FACT.name in frames]
    return Opened(
        findings=found.drop_duplicates(ignore_index=True),
        who=named.drop_duplicates("pupil_id", ignore_index=True),
        facts={key: fact for frame in known for key, fact in zip(frame["key"], frame["fact"], strict=True)},
    )


def _sealed(ctx: Context, release: Release) -> Frames:
    here = ctx.installation
    return unpack(here.vault.open(artefact(here.ledger, release.waybill, "findings")))[0]


def _of_the_trust(ctx: Context, school: str, period: str) -> Frames:
    """What comparing the schools found for this one."""
    return told(ctx.installation.ledger, ctx.installation.vault, school, period)


def _pupils(ctx: Context, school: str, who: pd.DataFrame) -> dict[str, Pupil]:
    page = ctx.installation.trust.pupil_pages.get(school)
    rows = who.astype(object).where(who.notna(), None).to_dict("records")
    return {
        row["pupil_id"]: Pupil(**row, page=page and page.replace("{pupil_id}", quote(row["pupil_id"], safe="")))
        for row in rows
    }


def _streams(causes: Sequence[Cause], rates: Mapping[str, Decimal]) -> tuple[Stream, ...]:
    concerned: dict[str, set[str]] = {}
    for cause in causes:
        if cause.funding and cause.evaluated:
            concerned.setdefault(cause.funding, set()).update(cause.pupils)
    return tuple(Stream(name, len(pupils), rates.get(name)) for name, pupils in sorted(concerned.items()))


def _causes(ctx: Context, school: str, period: str, opened: Opened) -> tuple[Cause, ...]:
    here, known = ctx.installation, entries(period)
    written = notes(here.ledger, here.vault, here.pupils, school, period, opened.findings)
    earlier = carried(
        here.ledger, here.vault, here.pupils,
        school=school, period=period, findings=opened.findings, facts=opened.facts,
    )  # fmt: skip
    causes = [
        _cause(str(rule), rows, written, earlier, known.get(str(rule)))
        for rule, rows in opened.findings.groupby("rule", sort=False)
    ]
    return tuple(sorted(causes, key=_errors_first))


def entries(period: str) -> Mapping[str, Entry]:
    """The catalogue of a collection's year; empty for a feed's period."""
    return catalogue(COLLECTIONS[period].academic_year) if period in COLLECTIONS else {}


def _errors_first(cause: Cause) -> tuple[bool, bool, bool, bool, int]:
    return (
        cause.kind != "blocks", not cause.evaluated, cause.severity != "error", cause.kind != "query", -cause.count,
    )  # fmt: skip


def _cause(
    rule: str, rows: pd.DataFrame, written: Mapping[str, Note], earlier: Mapping[str, Note], entry: Entry | None
) -> Cause:
    first = rows.iloc[0]
    found = tuple(_found(rule, pupil, row, written, earlier) for pupil, row in _subjects(rows))
    texts = [one.note.text for one in found if one.note is not None]
    return Cause(
        rule=rule,
        kind=_kind(rule, blocking=bool(first["blocking"]), message=str(first["message"])),
        severity=str(first["severity"]),
        level=str(first["level"]),
        count=len(rows),
        explained=len(texts),
        to_confirm=sum(one.carried is not None for one in found),
        message=str(first["message"]),
        where_to_fix=entry.where_to_fix if entry else "",
        fields=str(first["fields"]),
        evaluated=bool(first["evaluated"]),
        pupils=tuple(dict.fromkeys(rows["pupil_id"].dropna())),
        explanations=tuple(dict.fromkeys(texts)),
        funding=entry.funding if entry else "",
        found=found,
    )


def _kind(rule: str, *, blocking: bool, message: str) -> str:
    if blocking:
        return "blocks"
    return "local check" if rule.startswith("L-") or message.startswith(LOCAL_PREFIX) else "query"


def _subjects(rows: pd.DataFrame) -> Iterable[tuple[str | None, str | None]]:
    columns = (rows[name].astype(object).where(rows[name].notna(), None) for name in ("pupil_id", "row_key"))
    return zip(*columns, strict=True)


def _found(
    rule: str, pupil: str | None, row: str | None, written: Mapping[str, Note], earlier: Mapping[str, Note]
) -> Found:
    key = finding_key(rule, pupil, row)
    note = written.get(key)
    return Found(pupil, row, note, earlier.get(key) if note is None else None)
