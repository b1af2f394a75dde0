"""Adopt: prepare the census file that the MIS made, in place of ours, under the same agreement.

Belongs here: the verb `adopt`, and who may. What such a file must be is `exports.adoption`; what a preparation means
beside the ones before it, `exports.preparation`. From the waybill on everything is as for our own file.
"""

import secrets

import pandas as pd

from exports.adoption import NotAdopted, hold
from exports.agreements import Agreement
from exports.census_file import read_return
from exports.markup import Progress, nothing
from exports.official import accepted
from exports.preparation import Draft, Prepared, prepare
from exports.protection_effects import Applied
from exports.protection_standing import standing
from exports.readings import newest_reading
from exports.signing import Role
from exports.spec_folder import confirmed
from exports.waybill import sha256
from pipelines.actions.context import Context
from pipelines.trust import TrustFolderFault
from schemas.census.catalogue import catalogue
from schemas.census.collection import collection
from schemas.census.engine import run_rules
from schemas.census.facts import FACT, facts
from schemas.census.who import WHO
from schemas.mis_flags import Said, said
from schemas.table import Frames

ADOPTED = "adopted"
_MAY = (Role.DATA_MANAGER,)


def adopt(ctx: Context, data: bytes, label: str, school: str, period: str, progress: Progress = nothing) -> Prepared:
    """Prepare a file as the school's return of a collection, up to the waybill. Sends nothing.

    Raises:
        NotAllowed: the actor is no data manager of the school.
        CensusFileUnfit, NotAdopted: the file cannot be read, or may not leave; every ground is listed.
        SchemaRefused, OfficialCheckFailed: the department's own material does not accept it, or could not be run.
        TrustFolderFault: there is not exactly one agreement for it, or no such school.

    """
    here = ctx.installation
    person = ctx.person(school, _MAY)
    asked = collection(period)
    agreement = _agreement(ctx, school, asked.term_code)
    file = read_return(data, label, progress)
    seq, known = here.ledger.head().seq, _said(ctx, school, period, label)
    protected = standing(here.ledger, here.vault, here.pupils, agreement, school, known, seq)
    held = hold(file, sha256(data), agreement, here.trust.school(school), asked, here.pupils, protected, known.upns)
    accepted(here.trust.folder, data, asked.academic_year)
    settled = confirmed(here.trust.folder, asked.academic_year)
    found = run_rules(held.frames, asked, catalogue(asked.academic_year), here.trust.registers, settled.rules)
    draft = Draft(
        school=here.trust.school(school),
        period=period,
        agreement=agreement,
        notice=here.notice(),
        data=data,
        facts=held.facts,
        frames=held.minimised,
        upns=held.upns,
        findings=found,
        certificate=held.certificate,
        beside={WHO.name: _who(held.frames, found), FACT.name: facts(found, held.frames)},
        confirmed=settled,
        applied=Applied(seq=seq),
    )
    prepared = prepare(here.ledger, here.vault, here.pupils, draft, here.now(), secrets.token_hex(16))
    waybill = prepared.waybill.sha256 if prepared.waybill else None
    told = {"by": person.id, "school": school, "period": period, "file_sha256": sha256(data), "waybill": waybill}
    here.ledger.append(ADOPTED, told, here.now())
    here.lodged.lodge(here.now())
    return prepared


def _said(ctx: Context, school: str, period: str, label: str) -> Said:
    """What the MIS says of protection, from the newest reading of it; the file itself says nothing of that."""
    reading = newest_reading(ctx.installation.vault, school, period)
    if reading is None:
        ground = f"who must be protected is not known: run waybill prepare {period} --school {school} first"
        raise NotAdopted(label, [ground])
    return said(reading.snapshot, ctx.installation.trust.mis_flags)


def _agreement(ctx: Context, school: str, term: str) -> Agreement:
    """The one agreement that a census file of the school and term goes out under."""
    compiled = [one.agreement for one in ctx.installation.trust.agreements if one.agreement is not None]
    fitting = [one for one in compiled if one.is_return and one.covers(school) and term in one.terms]
    if len(fitting) != 1:
        message = (
            f"{len(fitting) or 'No'} agreements send the census return of school {school} in term {term}; a file "
            "is adopted under exactly one. See waybill agreements"
        )
        raise TrustFolderFault(message)
    return fitting[0]


def _who(frames: Frames, found: pd.DataFrame) -> pd.DataFrame:
    """Whom the findings are about, as far as the file itself says it."""
    pupils = frames["pupil"]
    named = pupils[pupils["pupil_id"].isin(found["pupil_id"].dropna().unique())].reset_index(drop=True)
    columns = {name: named[name] for name in ("pupil_id", "upn", "surname", "forename")}
    return WHO.frame(columns | {"nc_year": named["nc_year_actual"].fillna(named["nc_year_leaving"])})
