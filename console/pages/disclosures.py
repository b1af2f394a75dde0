"""What was told to whom: files by recipient, day, agreement and clause; one file's story; one pupil; packs; the record.

Belongs here: the pages under `/disclosures` and a file's own page. Each look-up is recorded by the action behind it. A
pupil is asked for in a form and stands in an address as a token of the session, never by UPN.
"""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from console import forms
from console.visit import Visit, download, go
from exports.approvers import WHOLE_TRUST
from exports.sent import Sent
from exports.signing import READING, Role
from ledger.head import read_signed
from pipelines.actions import looking_up, proving, recipients, tracing
from pipelines.actions.rights import MAY_RECEIVE

MOST: Final = 100
"""How many files a list shows; whoever needs more asks more narrowly."""
AMONG: Final = 300
"""How many of the latest files a clause is looked for in; the command line looks through all."""
AT_ONCE: Final = 25
"""How many of a pupil's files one page tells of."""
_DIGITS: Final = 8
_UPN: Final = "upn"
_ZIP: Final = "application/zip"
_NO_UPN: Final = "Enter the pupil's UPN: a letter, then digits."
_NO_DAY: Final = "Enter the day as it stands in a calendar, for example 2026-10-01."


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a search asks for; "" for what it leaves open."""

    recipient: str
    school: str
    agreement: str
    period: str
    day: str
    clause: str

    @property
    def anything(self) -> bool:
        return any((self.recipient, self.school, self.agreement, self.period, self.day, self.clause))


def search(visit: Visit, fault: str = "", status: int = 200) -> Response:
    """The search, and the files it finds once something is asked."""
    trust = visit.ctx.installation.trust
    asked = _Asked(*(visit.asked(name) for name in ("recipient", "school", "agreement", "period", "day", "clause")))
    try:
        day = dt.date.fromisoformat(asked.day) if asked.day else None
    except ValueError:
        day, fault, status = None, _NO_DAY, 422
    theirs = visit.ctx.reach(READING)
    found = _found(visit, asked, day) if asked.anything and not fault else []
    return visit.page(
        "disclosures.html", "Disclosures", status=status, fault=fault, asked=asked, found=found, most=MOST, among=AMONG,
        recipients=sorted({(one.agreement.recipient.id, one.agreement.recipient.legal_name)
                           for one in trust.agreements if one.agreement}, key=lambda each: each[1]),
        schools={urn: one for urn, one in trust.schools.items() if theirs is None or urn in theirs},
        of_all=theirs is None, agreements=[one.id for one in trust.agreements], clauses=trust.notice.clauses,
        at_day=fault == _NO_DAY,
    )  # fmt: skip


def pupil_asked(visit: Visit) -> Response:
    """Take a UPN from the form, and go where it does not show."""
    upn = visit.form.get("upn", "").strip().upper()
    if not upn.isalnum():
        return search(visit, _NO_UPN, 422)
    return go(f"/disclosures/pupils/{visit.veiled(_UPN, upn)}")


def pupil(visit: Visit) -> Response:
    """Who was told what about one pupil."""
    upn, passed = _pupil(visit), visit.asked("from")
    skip = int(passed) if passed.isdecimal() and len(passed) < _DIGITS else 0
    whole = Role.DPO in visit.ctx.roles(WHOLE_TRUST)
    found = tracing.trace(visit.ctx, upn, include_withheld=whole, part=(skip, AT_ONCE))
    may = visit.holds(*MAY_RECEIVE)
    return visit.page(
        "pupil.html", "One pupil", upn=upn, found=found, token=visit.path("pupil"), may_see_owed=may, skip=skip,
        at_once=AT_ONCE, owed=recipients.owed(visit.ctx, upn) if may else (),
    )  # fmt: skip


def who_had(visit: Visit) -> Response:
    """Who was told one field of the pupil, or one value of it."""
    upn, field, value = _pupil(visit), visit.form.get("field", ""), visit.form.get("value", "").strip()
    had = looking_up.who_had(visit.ctx, upn, field, value=value or None)
    return visit.page(
        "who_had.html", "Who had a value", upn=upn, field=field, by_value=bool(value), had=had,
        token=visit.path("pupil"),
    )  # fmt: skip


def pupil_pack(visit: Visit) -> Response:
    """The evidence of every file that told of the pupil."""
    return download(proving.prove_pupil(visit.ctx, _pupil(visit)), "evidence-pupil.zip", _ZIP)


def file(visit: Visit) -> Response:
    """One file with its whole story."""
    found = looking_up.file(visit.ctx, visit.path("waybill"))
    trust = visit.ctx.installation.trust
    school = trust.schools.get(found.waybill.school)
    return visit.page(
        "file.html", "A file's story", found=found, school=school.name if school else found.waybill.school,
        clauses=trust.notice.clauses, officer=Role.DPO in visit.ctx.roles(WHOLE_TRUST),
        of_a_case=found.waybill.agreement in {one.id for one in trust.cases},
    )  # fmt: skip


def file_pack(visit: Visit) -> Response:
    """The evidence of one file."""
    waybill = visit.path("waybill")
    return download(proving.prove_file(visit.ctx, waybill), f"evidence-{waybill[:12]}.zip", _ZIP)


def breach(visit: Visit) -> Response:
    """What a file told of how many, to whom and when, as a report of a breach needs it."""
    upns = tuple(upn.upper() for upn in forms.text(visit, "upns").split())
    found = looking_up.breach(visit.ctx, visit.path("waybill"), upns)
    return visit.page("breach.html", "For a report of a breach", found=found, asked=len(upns))


def record(visit: Visit) -> Response:
    """Where the record ends, where that is lodged, and what verifying it found last."""
    here = visit.ctx.installation
    where: Path = here.lodged.path
    return visit.page(
        "record.html", "The record", head=read_signed(here.lodged.key.public_key(), where), where=where.parent,
        outside=not where.is_relative_to(here.settings.home), lodged_at=_lodged_at(where),
        last=visit.desk.verifications.latest,
    )  # fmt: skip


def verify(visit: Visit) -> Response:
    """Check every row of the record, against the head lodged outside."""
    visit.desk.verifications.start(visit.ctx)
    return go("/record")


def _lodged_at(where: Path) -> dt.datetime:
    return dt.datetime.fromisoformat(json.loads(where.read_text(encoding="utf-8"))["at"])


def _found(visit: Visit, asked: _Asked, day: dt.date | None) -> list[tuple[Sent, tuple[str, ...]]]:
    """The files, newest first, each with the fields that a clause covers where one is asked for."""
    if asked.clause:
        under = looking_up.under_clause(visit.ctx, asked.clause, among=AMONG, most=MOST)
        return [(one, tuple(ground.field for ground in grounds)) for one, grounds in reversed(under)]
    match = {name: getattr(asked, name) for name in ("recipient", "school", "agreement", "period")}
    return [(one, ()) for one in reversed(looking_up.sent(visit.ctx, day, most=MOST, **match))]


def _pupil(visit: Visit) -> str:
    """The UPN that the address stands for; an address of another session stands for nobody."""
    upn = visit.unveiled(_UPN, visit.path("pupil"))
    if upn is None:
        raise HTTPException(404)
    return upn
