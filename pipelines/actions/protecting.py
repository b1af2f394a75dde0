"""Keeping the protection register: entering and taking out records, listing them, and who has an address already.

Belongs here: the verbs `protect`, `unprotect` and `protected`, and who may use them. What is kept, and that the ledger
never says whose record it is, is `exports.protection`; deciding and confirming are `pipelines.actions.deciding`.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from exports import protection
from exports import vocabularies as words
from exports.consent import recall
from exports.preparation import in_waiting, read_grounds
from exports.protection import Flag, Record, RecordUnfit
from exports.protection_gate import Stores, is_void
from exports.protection_standing import bears_on
from exports.signing import Role
from exports.terms import Agreement
from ledger.states import State
from ledger.trace import Disclosure, trace
from pipelines.actions.context import Context
from schemas.census.tables import CENSUS
from schemas.feeds import FEEDS
from schemas.table import Sensitivity

MAY_PROTECT: Final = (Role.SAFEGUARDING_LEAD, Role.HEAD, Role.DPO)
LISTED: Final = "protection register listed"
UNSENT: Final = (State.PREPARED, State.APPROVED, State.REFUSED)


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody asks to have in the register; see `exports.protection.Record`."""

    school: str
    pupil_id: str | None
    upn: str | None
    flag: Flag = Flag.IDENTITY_SEPARATED
    about: str | None = None
    review: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """A recipient who has been told an address or a contact of the pupil.

    Attributes:
        recipient: legal name.
        fields: how many addresses and contacts the file told of the pupil.

    """

    recipient: str
    agreement: str
    period: str
    at: dt.datetime
    fields: int


@dataclass(frozen=True, slots=True)
class Protected:
    """What became of an entry.

    Attributes:
        changed: False when the register says it already.
        void: unsent files that have to be prepared again, as agreement, school and period.
        holders: who has an address or contact of the pupil already, oldest first.
        effects: what a restriction or objection does from now on, as agreement, effect and why.
        recalled: how many recipients are asked to erase what they were told on a consent that is withdrawn.

    """

    changed: bool
    void: tuple[tuple[str, str, str], ...] = ()
    holders: tuple[Holder, ...] = ()
    effects: tuple[tuple[str, str, str], ...] = ()
    recalled: int = 0


def protect(ctx: Context, entry: Entry) -> Protected:
    """Enter a record. Files that wait to be sent, and that it bears on, must be prepared and signed again.

    Raises:
        NotAllowed: the actor is neither safeguarding lead, head nor Data Protection Officer of the school.
        RecordUnfit: something is missing, or means nothing here.
        TrustFolderFault: the trust has no such school.

    """
    here = ctx.installation
    here.trust.school(entry.school)
    person = ctx.person(entry.school, MAY_PROTECT)
    _refuse_unknown(ctx, entry)
    changed = protection.add(here.ledger, here.vault, here.pupils, _record(entry, person.id, here.now()))
    here.lodged.lodge(here.now())
    if not changed:
        return Protected(changed=False)
    holders = tuple(_holders(ctx, entry)) if entry.flag in words.PROTECTION else ()
    recalled = _recall(ctx, entry, person.id) if entry.flag is Flag.CONSENT_WITHDRAWN else 0
    return Protected(
        changed=True, void=tuple(_void(ctx)), holders=holders, effects=tuple(_effects(ctx, entry)), recalled=recalled
    )


def unprotect(ctx: Context, entry: Entry) -> bool:
    """Take a record out of the register as it was put in; False when it is not in it."""
    here = ctx.installation
    person = ctx.person(entry.school, MAY_PROTECT)
    changed = protection.remove(here.ledger, here.vault, _record(entry, person.id, here.now()))
    here.lodged.lodge(here.now())
    return changed


def protected(ctx: Context) -> tuple[Record, ...]:
    """Return the records of the schools whose register the actor may see. That it was looked at is recorded."""
    here = ctx.installation
    allowed = ctx.schools(MAY_PROTECT)
    here.ledger.append(LISTED, {"by": ctx.actor}, here.now())
    here.lodged.lodge(here.now())
    return tuple(one for one in protection.records(here.ledger, here.vault) if one.urn in allowed)


def consents(ctx: Context) -> tuple[str, ...]:
    """Return the purposes of consent that agreements of the trust rest on."""
    return tuple(sorted({one.consent_purpose for one in _agreements(ctx).values() if one.consent_purpose}))


def _record(entry: Entry, by: str, at: dt.datetime) -> Record:
    return Record(entry.school, entry.pupil_id, entry.upn, by, at, entry.flag, entry.about, entry.review)


def _refuse_unknown(ctx: Context, entry: Entry) -> None:
    """Refuse a purpose that no agreement has: a slip of the pen would protect nobody."""
    known = _agreements(ctx)
    if entry.flag is Flag.OBJECTION and entry.about not in {None, *words.PURPOSES, *known}:
        message = f"an objection is to an agreement's id or to a purpose ({', '.join(words.PURPOSES)}), or to all"
        raise RecordUnfit(message)
    purposes = consents(ctx)
    if entry.flag in {Flag.CONSENT, Flag.CONSENT_WITHDRAWN} and entry.about not in purposes:
        message = f"no agreement rests on that consent; consent_purpose of the agreements: {', '.join(purposes) or '-'}"
        raise RecordUnfit(message)


def _agreements(ctx: Context) -> dict[str, Agreement]:
    return {one.id: one.agreement for one in ctx.installation.trust.agreements if one.agreement is not None}


def _void(ctx: Context) -> Iterator[tuple[str, str, str]]:
    """Unsent files that the gate would refuse now."""
    here, known = ctx.installation, _agreements(ctx)
    stores = Stores(here.ledger, here.vault, here.pupils)
    for state in UNSENT:
        for release in here.ledger.releases(state=state.value):
            agreement = known.get(release.slot.agreement)
            if agreement is not None and is_void(
                stores, in_waiting(here.ledger, here.vault, release.waybill, agreement)
            ):
                yield release.slot.agreement, release.slot.school, release.slot.period


def _effects(ctx: Context, entry: Entry) -> Iterator[tuple[str, str, str]]:
    """Give what each agreement of the school does with a restriction or objection, as the agreement says."""
    if entry.flag not in {Flag.RESTRICTION, Flag.OBJECTION}:
        return
    for agreement in _agreements(ctx).values():
        if agreement.covers(entry.school) and bears_on(entry.flag, entry.about, agreement):
            effect = agreement.protection[entry.flag.value]
            yield agreement.id, effect.name, effect.why or ""


def _recall(ctx: Context, entry: Entry, by: str) -> int:
    """Ask whoever was told on a consent to erase it; returns how many."""
    here, refs = ctx.installation, _refs(ctx, entry)
    resting = [one for one in _agreements(ctx).values() if one.consent_purpose == entry.about]
    asked = [
        recall(here.ledger, here.vault, here.pupils, one, refs, school=entry.school, by=by, at=here.now())
        for one in resting
    ]
    here.lodged.lodge(here.now())
    return sum(asked)


def _refs(ctx: Context, entry: Entry) -> list[bytes]:
    here = ctx.installation
    refs = dict.fromkeys(here.pupils.by_upn(entry.upn)) if entry.upn else {}
    own = here.pupils.by_id(entry.school, entry.pupil_id) if entry.pupil_id else None
    return list(refs if own is None else {**refs, own.ref: None})


def _holders(ctx: Context, entry: Entry) -> Iterator[Holder]:
    here = ctx.installation
    told = [one for ref in _refs(ctx, entry) for one in trace(here.ledger, ref) if ctx.may_know_of(one.slot)]
    for one in sorted(told, key=lambda disclosure: disclosure.at):
        if contacts := sum(_is_contact(line) for line in one.lines):
            yield Holder(_recipient(ctx, one), one.slot.agreement, one.slot.period, one.at, contacts)


def _recipient(ctx: Context, told: Disclosure) -> str:
    return read_grounds(ctx.installation.ledger, ctx.installation.vault, told.waybill).recipient


def _is_contact(line: str) -> bool:
    """Say whether an agreement line tells an address or a contact, whatever has become of the agreement."""
    _, table, column = line.split(".")
    declared = CENSUS.get(table) or FEEDS.get(table)
    return declared is not None and column in declared and declared[column].sensitivity is Sensitivity.CONTACT
