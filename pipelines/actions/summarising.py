"""Summarise a prepared census for the head: its figures beside last term's.

Belongs here: the verb `summarise`: which sealed files are compared, and who may ask. What is counted is
`schemas.census.summary`; how it looks is `pipelines.reports`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from exports.census_file import read_return
from exports.preparation import artefact, read_waybill
from exports.signing import READING
from exports.waybill import Tally
from ledger.states import State
from ledger.store import Release
from pipelines.actions import spec
from pipelines.actions.context import Context, NothingPrepared
from pipelines.trust import returns
from schemas.census.collection import COLLECTIONS, Collection, collection
from schemas.census.spec import described
from schemas.census.summary import Section, summary
from vault.store import ArtefactGone

_LEFT = (State.HANDED_OVER, State.DELIVERED)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, and the same of last term: None where no return of it is held."""

    label: str
    count: int
    share: float | None
    before: int | None


@dataclass(frozen=True, slots=True)
class ReportSection:
    """One table of the report."""

    title: str
    counted: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The page a head reads.

    Attributes:
        school: its name; `urn` its number.
        before: key of the earlier collection compared with; None when no file of it is held.
        why_alone: what to say when there is nothing to compare with.
        tally: what the waybill says of findings.
        unverified: the warning and the paths of the file that nobody outside has confirmed; empty when all are.

    """

    school: str
    urn: str
    period: str
    census_day: dt.date
    waybill: str
    state: State
    tally: Tally
    unverified: tuple[str, ...]
    before: str | None
    why_alone: str
    sections: tuple[ReportSection, ...]
    made_at: dt.datetime


def summarise(ctx: Context, school: str, period: str) -> Report:
    """Count the latest prepared return of a school beside the last one that left in the collection before.

    Raises:
        NoSuchCollection: the period is not a census.
        NothingPrepared: no census of that school and collection is prepared.

    """
    ctx.person(school, READING)
    asked = collection(period)
    release = _census_of(ctx, school, period)
    here = ctx.installation
    found = _sections(ctx, release, asked)
    earlier, why_alone = _earlier(ctx, school, asked)
    return Report(
        school=here.trust.school(school).name,
        urn=school,
        period=period,
        census_day=asked.reference_date,
        waybill=release.waybill,
        state=release.state,
        tally=read_waybill(here.ledger, here.vault, release.waybill).tally,
        unverified=described(spec.unverified(ctx, release.waybill)),
        before=earlier[0] if earlier else None,
        why_alone=why_alone,
        sections=tuple(beside(found, earlier[1] if earlier else ())),
        made_at=here.now(),
    )


def _census_of(ctx: Context, school: str, period: str) -> Release:
    census = [release for release in ctx.latest(school, period) if release.slot.agreement in _census_agreements(ctx)]
    if not census:
        message = (
            f"No census is prepared for school {school}, {period}. Run: waybill prepare {period} --school {school}"
        )
        raise NothingPrepared(message)
    return max(census, key=lambda release: release.slot.version)


def _census_agreements(ctx: Context) -> frozenset[str]:
    return returns(ctx.installation.trust.agreements)


def _earlier(ctx: Context, school: str, asked: Collection) -> tuple[tuple[str, tuple[Section, ...]] | None, str]:
    """The sections of the collection before, from the last file of it that left; else why there are none."""
    keys = [key for key, one in COLLECTIONS.items() if one.reference_date < asked.reference_date]
    if not keys:
        return None, "no earlier collection is known here"
    before = keys[-1]
    left = [
        release
        for release in ctx.installation.ledger.releases(school=school, period=before)
        if release.state in _LEFT and release.slot.agreement in _census_agreements(ctx)
    ]
    if not left:
        return None, f"no return of {before} left from here"
    try:
        return (before, _sections(ctx, max(left, key=lambda one: one.slot.version), collection(before))), ""
    except ArtefactGone:
        return None, f"the file of {before} is no longer kept"


@dataclass(frozen=True)
class _File:
    """A file that stays what it is, so that its figures may be remembered; who asks is no part of that."""

    waybill: str
    asked: str
    ctx: Context = field(compare=False)


def _sections(ctx: Context, release: Release, asked: Collection) -> tuple[Section, ...]:
    return _counted(_File(release.waybill, asked.key, ctx))


@lru_cache(maxsize=256)
def _counted(file: _File) -> tuple[Section, ...]:
    here = file.ctx.installation
    data = here.vault.open(artefact(here.ledger, file.waybill, "file"))
    return summary(read_return(data, f"the file of waybill {file.waybill[:8]}").frames, collection(file.asked))


def beside(now: Iterable[Section], then: Iterable[Section]) -> Iterator[ReportSection]:
    """Put the figures of two returns side by side; what only the earlier one had comes last in its section."""
    earlier = {section.title: section for section in then}
    for section in now:
        other = earlier.get(section.title)
        rows = [
            Row(one.label, one.count, one.share, other.count(one.label) if other else None) for one in section.figures
        ]
        shown = {row.label for row in rows}
        gone = (figure for figure in (other.figures if other else ()) if figure.label not in shown)
        rows += [Row(figure.label, 0, None, figure.count) for figure in gone]
        yield ReportSection(section.title, section.counted, tuple(rows))
