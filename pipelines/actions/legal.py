"""Answering the police, a court or a tribunal: one request, decided by people, handed over to the one who asked.

Belongs here: the verbs `prepare_case`, `open_bundle`, `bundle`, `refuse_case`, `end_withholding`, `cases`, and who may.
A case concerns its schools: heads of others neither read it nor refuse it; one with faults is the whole trust's.
Nothing else can start any of this: a case has no cadence, no calendar row and no Dagster asset. What a case may say is
`exports.cases`; signing, the gate and handing over are the same as for every file (`waybill sign`, `waybill release`).
"""

import os
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from connectors.mis import Plan
from exports import withholding
from exports.approvers import WHOLE_TRUST
from exports.case_tables import selected, wanted
from exports.case_terms import Case, CompiledCase
from exports.cases import compiled_case
from exports.formats import FORMATS, verified
from exports.preparation import KEEP_GROUNDS, Draft, Prepared, artefact, prepare, read_grounds
from exports.protection import separated
from exports.protection_effects import Applied
from exports.protection_standing import standing
from exports.sealing import sealed_for
from exports.signing import Role
from ledger.states import State
from pipelines.actions.context import Context, NotAllowed
from schemas import mis_flags
from schemas.asat import latest_per_pupil
from schemas.canonical import CANONICAL
from schemas.census.findings import FINDING
from schemas.refusal import Refusal
from schemas.separation import without_links
from schemas.table import Frames
from schemas.wording import counted

PREPARED: Final = "case prepared"
REFUSED: Final = "case refused"
OPENED: Final = "case bundle opened"
DECIDE: Final = (Role.HEAD, Role.DPO)
_WAITING: Final = (State.PREPARED, State.APPROVED, State.REFUSED)


class NoSuchCase(Refusal):
    """The trust folder has no such case."""

    code = "no_such_case"


class CaseRefused(Refusal):
    """The request was refused."""

    code = "case_refused"


class CasePupilsDiffer(Refusal):
    """The pupils named are not those that the case can be about: another number, another school, or not in the MIS."""

    code = "case_pupils_differ"


class Subject(NamedTuple):
    """A pupil that a case is about; never written into the trust folder."""

    urn: str
    pupil_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands prepared for one school of a case.

    Attributes:
        prepared: the waybill that waits for signatures; None in it when there is nothing to tell.
        without_rows: pupils named of whom the MIS holds nothing that was asked for.

    """

    urn: str
    prepared: Prepared
    without_rows: int


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """One case and where it stands.

    Attributes:
        refused: the request was refused, and is in the ledger as such.
        withheld: its disclosures are left out of access reports now.
        states: of its releases, by school.
        waybills: of the same, in the same order.

    """

    compiled: CompiledCase
    refused: bool
    withheld: bool
    states: tuple[tuple[str, State], ...]
    waybills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    frames: Frames
    certificate: Mapping[str, Any]
    upns: Mapping[str, str | None]
    applied: Applied


def prepare_case(ctx: Context, case_id: str, subjects: Sequence[Subject]) -> tuple[Answer, ...]:
    """Read the MIS of each school afresh, take what the case names of these pupils, and seal it to whoever asked.

    Every school is read whole before anything is prepared.

    Raises:
        CaseFaulty, CaseRefused, CasePupilsDiffer: nothing was read.
        NotAllowed: the actor is not one of those who sign the case.
        TornSnapshot: a school's MIS changed while it was read; nothing was prepared.

    """
    here, case = ctx.installation, _case(ctx, case_id)
    pupils = _by_school(case, subjects)
    for urn in pupils:
        ctx.person(urn, _roles(case.agreement.signing))
    _refuse_refused(ctx, case)
    read = {urn: _read(ctx, case, urn, ids) for urn, ids in pupils.items()}
    answers = tuple(_answer(ctx, case, urn, pupils[urn], read[urn]) for urn in pupils)
    waybills = [one.prepared.waybill.sha256 for one in answers if one.prepared.waybill]
    here.ledger.append(
        PREPARED,
        {
            "case": case.id, "case_sha256": case.agreement.sha256, "by": ctx.actor, "pupils": len(subjects),
            "waybills": waybills, "withheld": case.withheld is not None,
        },
        here.now(),
    )  # fmt: skip
    here.lodged.lodge(here.now())
    return answers


def open_bundle(ctx: Context, waybill: str, file: Path) -> None:
    """Write what a sealed answer holds to a new file for its signers' eyes; that it was opened is recorded.

    Raises:
        NotAllowed: the actor is not one of those who sign it.
        OSError: the file exists or cannot be made there; nothing was recorded.

    """
    address = _may_open(ctx, waybill)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(_opened(ctx, waybill, address))


def bundle(ctx: Context, waybill: str) -> bytes:
    """What a sealed answer holds, a zip, for its signers' eyes; that it was opened is recorded. Raises NotAllowed."""
    return _opened(ctx, waybill, _may_open(ctx, waybill))


def refuse_case(ctx: Context, case_id: str, why: str) -> None:
    """Record that a request was refused, and call off what was prepared for it. A case with faults can be refused too.

    The reason is sealed: it may speak of a pupil. The ledger says which case, by whom and when.

    Raises NoSuchCase; NotAllowed unless the actor is head or data protection officer of every school it is about.
    """
    here, compiled = ctx.installation, _compiled(ctx, case_id)
    for urn in schools_of(ctx, case_id):
        ctx.person(urn, DECIDE)
    sealed = here.vault.seal(why.encode(), kind=REFUSED, purge_on=here.today() + KEEP_GROUNDS)
    with here.ledger.transaction() as tx:
        tx.append(
            REFUSED,
            {"case": case_id, "case_sha256": compiled.sha256, "by": ctx.actor, "artefact": sealed.address},
            here.now(),
        )
        for release in tx.releases(agreement=case_id):
            if release.state in _WAITING:
                tx.move(release.waybill, State.WITHDRAWN, here.now(), {"because": "the request was refused"})
    here.lodged.lodge(here.now())


def end_withholding(ctx: Context, case_id: str) -> None:
    """Let a case's disclosures stand in access reports from now on; for the data protection officer, and for good."""
    here = ctx.installation
    _compiled(ctx, case_id)
    person = ctx.person(WHOLE_TRUST, (Role.DPO,))
    withholding.end(here.ledger, case_id, person.id, here.now())
    here.lodged.lodge(here.now())


def cases(ctx: Context) -> tuple[CaseStanding, ...]:
    """Every case of the actor's schools and where it stands; for heads and data protection officers."""
    theirs = ctx.reach(DECIDE)
    return tuple(
        _standing(ctx, one)
        for one in ctx.installation.trust.cases
        if theirs is None or not theirs.isdisjoint(schools_of(ctx, one.id))
    )


def case_named(ctx: Context, case_id: str) -> Case:
    """One case as its file says now. Raises NotAllowed, NoSuchCase, CaseFaulty."""
    return compiled_case(standing_of(ctx, case_id).compiled)


def standing_of(ctx: Context, case_id: str) -> CaseStanding:
    """One case and where it stands, with faults or without; for heads and data protection officers.

    Raises NoSuchCase; NotAllowed where none of its schools is the actor's.
    """
    compiled, theirs = _compiled(ctx, case_id), ctx.reach(DECIDE)
    if theirs is not None and theirs.isdisjoint(schools_of(ctx, case_id)):
        message = f"{case_id} is about no school of yours."
        raise NotAllowed(message)
    return _standing(ctx, compiled)


def schools_of(ctx: Context, case_id: str) -> tuple[str, ...]:
    """The schools that a case is about; the whole trust's mark for one that does not compile. Raises NoSuchCase."""
    case = _compiled(ctx, case_id).case
    return case.agreement.schools if case else (WHOLE_TRUST,)


def _compiled(ctx: Context, case_id: str) -> CompiledCase:
    known = {compiled.id: compiled for compiled in ctx.installation.trust.cases}
    if case_id not in known:
        message = f"there is no case {case_id}; there are {', '.join(known) or 'none'}"
        raise NoSuchCase(message)
    return known[case_id]


def _case(ctx: Context, case_id: str) -> Case:
    return compiled_case(_compiled(ctx, case_id))


def _roles(signing: Sequence[str]) -> list[Role]:
    return [Role(name) for name in signing]


def _by_school(case: Case, subjects: Sequence[Subject]) -> dict[str, list[str]]:
    """Return the pupils by school; refuse another number than the case says, and schools that it does not name."""
    if len(set(subjects)) != case.pupils or len(subjects) != case.pupils:
        given = len(set(subjects))
        message = f"{case.id} is about {counted(case.pupils, 'pupil')}, {given} named: name exactly those asked for"
        raise CasePupilsDiffer(message)
    named = {subject.urn for subject in subjects}
    if named != set(case.agreement.schools):
        message = f"{case.id} is about schools {', '.join(case.agreement.schools)}: name pupils of each and of no other"
        raise CasePupilsDiffer(message)
    return {urn: sorted(subject.pupil_id for subject in subjects if subject.urn == urn) for urn in sorted(named)}


def _refuse_refused(ctx: Context, case: Case) -> None:
    refused = ctx.installation.ledger.events(REFUSED, case=case.id)
    if refused:
        message = f"{case.id} was refused on {refused[-1].at:%Y-%m-%d}: a new request is a new case"
        raise CaseRefused(message)


def _read(ctx: Context, case: Case, urn: str, ids: Sequence[str]) -> _Reading:
    """Read one school's MIS, whole or not at all; records set apart have lost their past, as in every other file."""
    here = ctx.installation
    school, flags = here.trust.school(urn), here.trust.mis_flags
    tables = wanted(case)
    for name, columns in mis_flags.reads(flags, consent=False).items():
        tables[name] = tables.get(name, frozenset()) | columns
    span = case.span
    plan = Plan(tables, span.first if span else here.today(), span.last if span else here.today())
    snapshot = here.connect(school).snapshot(plan, lambda _resource, _rows: None, here.now)
    seq = here.ledger.head().seq
    held = {name: table.empty() for name, table in CANONICAL.items()} | dict(snapshot.frames)
    _refuse_unknown(case, urn, ids, held["pupil"])
    frames = without_links(held, separated(here.ledger, here.vault).ids(urn, held["upn"]))
    protected = standing(
        here.ledger, here.vault, here.pupils, case.agreement, urn, mis_flags.said(frames, flags), seq
    ).flags
    counted = Counter(kind for pupil in ids for kind in protected.get(pupil, ()))
    return _Reading(frames, snapshot.certificate, _upns(frames["upn"], ids), Applied(counted=dict(counted), seq=seq))


def _refuse_unknown(case: Case, urn: str, ids: Sequence[str], pupils: pd.DataFrame) -> None:
    unknown = set(ids) - set(pupils["pupil_id"])
    if unknown:
        message = f"{case.id}: {len(unknown)} of the pupils named are not in the MIS of school {urn}: check their ids"
        raise CasePupilsDiffer(message)


def _upns(upns: pd.DataFrame, ids: Sequence[str]) -> dict[str, str | None]:
    latest = latest_per_pupil(upns, by=["start_date"])
    known = dict(zip(latest["pupil_id"], latest["upn"], strict=True))
    return {pupil: None if pd.isna(upn := known.get(pupil)) else str(upn) for pupil in ids}


def _answer(ctx: Context, case: Case, urn: str, ids: Sequence[str], read: _Reading) -> Answer:
    here, agreement = ctx.installation, case.agreement
    frames = selected(read.frames, case, ids)
    bundle = FORMATS[agreement.format].render(frames, agreement)
    facts = verified(bundle, frames, agreement)
    draft = Draft(
        school=here.trust.school(urn),
        period=case.period,
        agreement=agreement,
        notice=here.notice(),
        data=sealed_for(case.request.public_key, bundle),
        facts=facts,
        frames=frames,
        upns=read.upns,
        findings=FINDING.empty(),
        certificate=dict(read.certificate),
        applied=read.applied,
        enclosed=bundle,
    )
    made = prepare(here.ledger, here.vault, here.pupils, draft, here.now(), secrets.token_hex(16))
    return Answer(urn, made, len(ids) - facts.pupils)


def _may_open(ctx: Context, waybill: str) -> str:
    """The vault address of what a sealed answer holds, for one of those who sign it."""
    here, release = ctx.installation, ctx.named(waybill)
    ctx.person(release.slot.school, _roles(read_grounds(here.ledger, here.vault, release.waybill).signing))
    return _enclosed(ctx, release.waybill)


def _opened(ctx: Context, waybill: str, address: str) -> bytes:
    here, release = ctx.installation, ctx.named(waybill)
    data = here.vault.open(address)
    here.ledger.append(OPENED, {"waybill": release.waybill, "by": ctx.actor}, here.now())
    here.lodged.lodge(here.now())
    return data


def _enclosed(ctx: Context, waybill: str) -> str:
    """The vault address of what a sealed answer holds. Raises NoSuchCase for a file that answers none."""
    here = ctx.installation
    try:
        return artefact(here.ledger, waybill, "enclosed")
    except KeyError:
        message = f"waybill {waybill[:12]} is no answer to a case: nothing in it is sealed to its recipient"
        raise NoSuchCase(message) from None


def _standing(ctx: Context, compiled: CompiledCase) -> CaseStanding:
    here = ctx.installation
    releases = here.ledger.releases(agreement=compiled.id)
    live = [one for one in releases if one.state is not State.WITHDRAWN]
    return CaseStanding(
        compiled=compiled,
        refused=bool(here.ledger.events(REFUSED, case=compiled.id)),
        withheld=any(withholding.withheld(here.ledger, here.vault, one.waybill) for one in releases),
        states=tuple((one.slot.school, one.state) for one in live),
        waybills=tuple(one.waybill for one in live),
    )
