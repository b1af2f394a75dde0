"""The protection register: who must be protected from what, entering and taking out, confirming, deciding.

Belongs here: the pages under `/protection`. What each kind does, and who may do what, is `pipelines.actions.protecting`
and `deciding`; that the register was looked at is recorded.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from console import forms
from console.visit import Visit, go
from exports.protection import MEANINGS, Flag, RecordUnfit
from exports.protection_log import RULINGS, Ruling
from exports.signing import Role
from exports.vocabularies import EFFECTS
from pipelines.actions import deciding, protecting
from pipelines.actions.deciding import MAY_DECIDE, DecisionUnfit
from pipelines.actions.protecting import MAY_PROTECT, Entry

_NO_FAULTS: Final[Mapping[str, str]] = MappingProxyType({})
_NOBODY: Final = "Enter the pupil's number in the school's MIS, best with the UPN beside it."


def listed(visit: Visit) -> Response:
    """The records of the visitor's schools."""
    found = protecting.protected(visit.ctx)
    late = {number for number, one in enumerate(found) if deciding.is_overdue(visit.ctx, one)}
    return visit.page(
        "protection.html", "Protection register", found=list(enumerate(found)), late=late, meanings=MEANINGS,
        schools=visit.ctx.installation.trust.schools, lead=visit.holds(Role.SAFEGUARDING_LEAD),
    )  # fmt: skip


def entering(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """The form for a record."""
    names = ("school", "pupil", "upn", "kind", "about", "review")
    return visit.page(
        "protection_new.html", "Enter a record", status=status, faults=faults, meanings=MEANINGS,
        schools=visit.schools(MAY_PROTECT), typed={name: visit.form.get(name, "") for name in names},
        purposes=protecting.consents(visit.ctx),
    )  # fmt: skip


def enter(visit: Visit) -> Response:
    """Enter it, and say what follows from it."""
    entry, faults = _entry(visit)
    review = forms.day(visit, "review")
    if forms.text(visit, "review") and review is None:
        faults["review"] = forms.NO_DAY
    if faults or entry is None:
        return entering(visit, faults, 422)
    named = Entry(entry.school, entry.pupil_id, entry.upn, entry.flag, entry.about, review)
    try:
        done = protecting.protect(visit.ctx, named)
    except RecordUnfit as refusal:
        named_by = re.search(r"--(pupil|about|review)", str(refusal))
        return entering(visit, {named_by[1] if named_by else "about": forms.sentence(refusal)}, 422)
    return visit.page(
        "protection_done.html", "What follows from the record", done=done, meaning=MEANINGS[named.flag],
        effects=EFFECTS, titles=visit.titles, schools=visit.ctx.installation.trust.schools,
    )  # fmt: skip


def remove(visit: Visit) -> Response:
    """Take a record out, named as it was put in."""
    entry, faults = _entry(visit)
    if faults or entry is None or not protecting.unprotect(visit.ctx, entry):
        return go("/protection")
    return go("/protection", "recorded")


def confirm(visit: Visit) -> Response:
    """Confirm that the register was gone through for this term, for every school of the lead's."""
    deciding.confirm(visit.ctx)
    return go("/protection", "register")


def deciding_on(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """The form for a decision about a protected pupil in a file that is held for them."""
    names = ("agreement", "school", "pupil", "ruling", "why")
    return visit.page(
        "protection_decide.html", "Decide on a held file", status=status, faults=faults, rulings=RULINGS,
        schools=visit.schools(MAY_DECIDE), titles=visit.titles,
        typed={name: visit.form.get(name, "") for name in names},
    )  # fmt: skip


def decide(visit: Visit) -> Response:
    """Decide; the next preparation of the file applies it."""
    agreement, school, pupil, ruling, why = (
        forms.text(visit, name) for name in ("agreement", "school", "pupil", "ruling", "why")
    )
    faults = {} if pupil else {"pupil": "Enter the pupil's number in the school's MIS."}
    if ruling not in set(Ruling):
        faults["ruling"] = "Choose what becomes of the pupil in the file."
    if not why:
        faults["why"] = "Say why, in your own words."
    if faults:
        return deciding_on(visit, faults, 422)
    try:
        deciding.decide(visit.ctx, agreement, school, [pupil], Ruling(ruling), why)
    except DecisionUnfit as refusal:
        return deciding_on(visit, {"pupil": forms.sentence(refusal)}, 422)
    return go("/protection", "decided")


def _entry(visit: Visit) -> tuple[Entry | None, dict[str, str]]:
    school, pupil, upn, kind, about = (forms.text(visit, name) for name in ("school", "pupil", "upn", "kind", "about"))
    faults = {} if pupil or upn else {"pupil": _NOBODY}
    if kind not in set(Flag):
        faults["kind"] = "Choose what the record says."
    if not school:
        faults["school"] = "Choose the school."
    if faults:
        return None, faults
    return Entry(school, pupil or None, upn.upper() or None, Flag(kind), about or None), faults
