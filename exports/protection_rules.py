"""What an agreement may not say of protected pupils, and of sharings that rest on consent.

Belongs here: the rules about the keys `protection` and `consent_purpose`. Which pupils are protected is the register's
business; holding a file, emptying a contact and leaving out a row are `exports.minimise` and the gate. A value that
could not be read is empty in the draft and has its own fault already, so each rule passes over it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from exports import vocabularies as words
from exports.drafts import Draft, TrustSchool
from exports.notice import Notice
from exports.terms import Agreement, Effect
from exports.yaml_file import Fault
from schemas.table import Sensitivity

_HIDES_A_PLACE: Final = ("safe_address", "court_order")
"""Kinds that are about where a pupil is and who may know: they concern files with an address or a contact."""
_WHOLE_PERSON: Final = ("restriction", "objection")
"""Kinds that are about using the pupil's data at all: every file with a pupil in it concerns them."""
_DELETIONS_AND_NEW_PUPILS: Final = "si-2024-208-reg-13"
_PURPOSE: Final = re.compile(r"[a-z][a-z0-9_]*")


def holds_contacts(agreement: Agreement) -> bool:
    """Say whether any field is an address or a contact, the pupil's or a parent's."""
    return any(line.sensitivity is Sensitivity.CONTACT for line in agreement.lines)


def protection(draft: Draft, _notice: Notice, _schools: Mapping[str, TrustSchool]) -> Iterator[Fault]:
    """Each effect fits what the file holds and whom it goes to."""
    agreement = draft.agreement
    for kind, effect in agreement.protection.items():
        if effect.name:
            at = draft.at(f"protection.{kind}")
            yield from ((at, f"protection, {kind}: {message}") for message in _misfits(kind, effect, agreement))


def _misfits(kind: str, effect: Effect, agreement: Agreement) -> Iterator[str]:
    yield from _reason(effect)
    if effect.name == "not_in_dataset":
        yield from _not_there(kind, agreement)
    elif kind in _HIDES_A_PLACE:
        yield from _unsuited(effect, agreement)
    if effect.name == "contacts_withheld" and not holds_contacts(agreement):
        yield "the file holds no address and no contact, so there is nothing to withhold"
    if effect.name == "row_withheld" and agreement.profile in words.WHOLE_YEAR_PROFILES:
        yield "a class list is the whole year group or is not sent, so no row can be withheld from it"
    if kind == "objection":
        yield from _objection(effect, agreement)


def _reason(effect: Effect) -> Iterator[str]:
    if effect.name == "sent" and effect.why is None:
        yield "the effect is sent, so it needs its why: {effect: sent, why: ...}"
    if effect.name != "sent" and effect.why is not None:
        yield "a why belongs to the effect sent only"


def _not_there(kind: str, agreement: Agreement) -> Iterator[str]:
    if kind in _WHOLE_PERSON:
        yield "this is about using the pupil's data at all, so not_in_dataset says nothing; choose another effect"
    elif holds_contacts(agreement):
        yield "the file holds an address or a contact, so not_in_dataset is not true"


def _unsuited(effect: Effect, agreement: Agreement) -> Iterator[str]:
    feed, allowed = _allowed(agreement)
    if holds_contacts(agreement) and effect.name not in allowed:
        yield f"for {feed} the effect is {' or '.join(allowed)}, not {effect.name}"


def _allowed(agreement: Agreement) -> tuple[str, tuple[str, ...]]:
    """Return what a feed is called and the effects it may have where an address or a contact must stay unknown."""
    if agreement.dataset == "census":
        return "a census return", ("held",)
    if any(line.gateway.startswith(_DELETIONS_AND_NEW_PUPILS) for line in agreement.lines):
        return "a return under regulation 13", ("held",)
    if agreement.recipient.kind == "next_school":
        return "a transfer to another school", ("held",)
    if agreement.recipient.kind.startswith("nhs_"):
        return "a health service", ("contacts_withheld",)
    return "this recipient", ("contacts_withheld", "row_withheld", "held")


def _objection(effect: Effect, agreement: Agreement) -> Iterator[str]:
    if effect.name == "sent" and agreement.basis not in {"", "6(1)(c)"}:
        yield "only a legal obligation goes on despite an objection (Article 21(1)), so the effect cannot be sent"
    if effect.name in {"row_withheld", "contacts_withheld"} and agreement.basis == "6(1)(c)":
        yield "a legal obligation goes on despite an objection (Article 21(1)): write sent with its why, or held"


def consent(draft: Draft, _notice: Notice, _schools: Mapping[str, TrustSchool]) -> Iterator[Fault]:
    """A consent is to one purpose: where consent is relied on the purpose is named, elsewhere it is not."""
    agreement = draft.agreement
    special = [at for at, line in zip(draft.line_at, agreement.lines, strict=True) if line.article_9 == "9(2)(a)"]
    relies = agreement.basis == "6(1)(a)" or bool(special)
    if relies and agreement.consent_purpose is None:
        yield (
            draft.at("basis") if agreement.basis == "6(1)(a)" else special[0],
            "the sharing rests on consent, so it needs consent_purpose: the word consents are recorded under",
        )
    if agreement.consent_purpose and agreement.basis and not relies:
        yield draft.at("consent_purpose"), "consent_purpose is given, but neither the basis nor a condition is consent"
    if agreement.consent_purpose and not _PURPOSE.fullmatch(agreement.consent_purpose):
        yield draft.at("consent_purpose"), "consent_purpose is one word of small letters, digits and underscores"
