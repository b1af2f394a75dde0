"""Disclosures that a person made by hand, a letter or a telephone call: entered, so that they stand beside every file.

Belongs here: the page under `/disclosures/new`. What an entry must say, and who may enter one, is
`pipelines.actions.disclosing`; to whom exactly and why is sealed. A pupil is named in the form alone.
"""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from console import forms
from console.visit import Visit
from exports import vocabularies as words
from exports.by_hand import METHODS, Disclosure, DisclosureIncomplete
from exports.gateways import load_gateways
from pipelines.actions import disclosing
from pipelines.actions.disclosing import MAY_DISCLOSE
from pipelines.actions.tracing import PupilUnknown
from schemas.canonical import CANONICAL

_NO_FAULTS: Final[Mapping[str, str]] = MappingProxyType({})
_ASKED: Final = {
    "school": "Choose the school.",
    "recipient": "Enter the body, or the person, that was told.",
    "to": "Say who there took it.",
    "kind": "Choose what they are.",
    "method": "Choose the way.",
    "fields": "Say what was told, one field a line.",
    "basis": "Choose the basis.",
    "clause": "Choose the clause of the privacy notice.",
    "gateway": "Choose the law that opens the way.",
}
_CHOSEN: Final = ("article_9", "schedule_1")
_MORE: Final = ("on", "upn", "pupil", "note", "withheld", "withheld_until")
_ORDER: Final = ("school", "upn", "pupil", "recipient", "to", "kind", "method", "on", "fields", "basis", "clause",
                 "gateway", "withheld")  # fmt: skip
"""Fields as they stand on the page, so that what is wrong is listed in that order."""


def entering(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """The form."""
    here, names = visit.ctx.installation, (*_ASKED, *_CHOSEN, *_MORE)
    return visit.page(
        "by_hand.html", "Enter a disclosure made by hand", status=status, faults=faults, today=here.today(),
        schools=visit.schools(MAY_DISCLOSE), kinds=words.RECIPIENT_KINDS, methods=METHODS, bases=words.ARTICLE_6,
        conditions=words.ARTICLE_9, paragraphs=words.SCHEDULE_1, clauses=here.trust.notice.clauses,
        gateways=[one for one in load_gateways().values() if one.kind != "condition"],
        known={name: [column.name for column in table.columns] for name, table in CANONICAL.items()},
        typed={name: visit.form.get(name, "") for name in names},
    )  # fmt: skip


def enter(visit: Visit) -> Response:
    """Enter it, and say what an agreement for the same would not have been allowed."""
    given = {name: forms.text(visit, name) for name in _ASKED}
    faults = {name: _ASKED[name] for name, value in given.items() if not value}
    on, until, withheld = forms.day(visit, "on"), forms.day(visit, "withheld_until"), forms.text(visit, "withheld")
    if on is None or on > visit.ctx.installation.today():
        faults["on"] = "Enter the day on which it was told: today or before."
    if bool(withheld) != (until is not None):
        faults["withheld"] = "Give both the exemption and its last day, or neither."
    upns, ids = (tuple(forms.text(visit, name).split()) for name in ("upn", "pupil"))
    if not upns and not ids:
        faults["upn"] = "Enter a UPN, or the pupil's number in the school's MIS."
    if not faults and on is not None:
        told = _told(visit, given, on, withheld, until)
        try:
            done = disclosing.disclose(visit.ctx, told, tuple(upn.upper() for upn in upns), ids)
        except DisclosureIncomplete as refusal:
            faults["upn" if "UPN" in str(refusal) else "fields"] = forms.sentence(refusal)
        except PupilUnknown as refusal:
            faults["pupil"] = forms.sentence(refusal)
        else:
            return visit.page("by_hand_done.html", "The disclosure is entered", done=done)
    return entering(visit, {name: faults[name] for name in _ORDER if name in faults}, 422)


def _told(visit: Visit, given: Mapping[str, str], on: dt.date, withheld: str, until: dt.date | None) -> Disclosure:
    plain = {name: value for name, value in given.items() if name != "fields"}
    fields = tuple(given["fields"].replace(",", " ").split())
    article_9, schedule_1 = (forms.text(visit, name) or None for name in _CHOSEN)
    return Disclosure(
        **plain, article_9=article_9, schedule_1=schedule_1, on=on, fields=fields, note=forms.text(visit, "note"),
        withheld=withheld, withheld_until=until,
    )  # fmt: skip
