"""Look-ups about files and values: what went to whom, one cell traced back, who had a value, what a lost file told.

Belongs here: the verbs `sent`, `under_clause`, `file`, `copies`, `cell`, `who_had` and `breach`, each recorded with who
asks. What one pupil was told is `pipelines.actions.tracing`; what the record knows, `exports.sent` and `exports.cell`.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors import ORIGINS
from exports import cell as cells
from exports import sent as files
from exports.approvers import WHOLE_TRUST
from exports.cell import Cell, sensitivity
from exports.grounds import Ground
from exports.opened import OpenedGrounds
from exports.sent import Sent, Whole
from exports.signing import READING, Role
from exports.terms import Agreement
from ledger.store import Release
from ledger.trace import Holder, in_file, trace
from ledger.trace import who_had as holders_of
from pipelines.actions.context import Context, NotNamed
from pipelines.actions.tracing import NO_FILE, PupilUnknown, note_look_up


@dataclass(frozen=True, slots=True)
class Had:
    """One recipient's file that told the field.

    Attributes:
        value: number of the value among those told: equal numbers of a pupil and line are equal values.
        withheld: why an ordinary report leaves it out; only the data protection officer sees such a one.

    """

    holder: Holder
    recipient: str
    ground: Ground
    value: int
    withheld: str | None


@dataclass(frozen=True, slots=True)
class Breach:
    """What is known of a file that may be in the wrong hands.

    Attributes:
        subjects: the pupils' references in the record.
        kinds: agreement lines by the sensitivity of what they tell.
        among: which of the UPNs that were asked about are in the file.

    """

    file: Whole
    subjects: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]
    among: tuple[str, ...]


def sent(ctx: Context, day: dt.date | None = None, *, most: int | None = None, **match: str) -> list[Sent]:
    """List the files that left: of a recipient, agreement, school or period, or on a day in England.

    Of the actor's schools, unless the whole trust is theirs, and of a case only if they may know of it; only the latest
    so many where `most` says how many. Raises NotAllowed.
    """
    ledger, schools = ctx.installation.ledger, ctx.reach(READING)
    asked = {name: value for name, value in match.items() if value}
    note_look_up(ctx, {"question": "files", **asked} | ({"day": day.isoformat()} if day else {}))
    if schools is None:
        return [one for one in files.sent(ledger, day, most=most, **asked) if ctx.may_know_of(one.release.slot)]
    theirs = sorted(schools & {asked.get("school", urn) for urn in schools})
    found = [one for urn in theirs for one in files.sent(ledger, day, most=most, **asked | {"school": urn})]
    known = [one for one in found if ctx.may_know_of(one.release.slot)]
    known.sort(key=lambda one: (one.at, one.release.waybill))
    return known if most is None else known[-most:]


def under_clause(
    ctx: Context, clause: str, *, among: int | None = None, most: int | None = None
) -> list[tuple[Sent, tuple[Ground, ...]]]:
    """List the files that told something under a clause of the privacy notice, with the fields.

    Of the actor's schools, unless the whole trust is theirs. Only the latest so many are looked through where `among`
    says how many, and listed where `most` does. Raises NotAllowed.
    """
    here, schools = ctx.installation, ctx.reach(READING)
    note_look_up(ctx, {"question": "clause", "clause": clause})
    found = files.under_clause(here.ledger, here.vault, clause, among=among, most=most, schools=schools)
    return [(one, grounds) for one, grounds in found if ctx.may_know_of(one.release.slot)]


def file(ctx: Context, waybill: str) -> Whole:
    """Say everything about one file: what it rests on, who decided, what came back. Raises NotNamed, NotAllowed."""
    release = ctx.named(waybill)
    ctx.person(release.slot.school, READING)
    note_look_up(ctx, {"question": "file", "file": release.waybill})
    return files.whole(ctx.installation.ledger, ctx.installation.vault, release.waybill)


def copies(ctx: Context, data: bytes) -> list[Whole]:
    """Say which files these bytes are, sealed or not: one that was found, or that somebody holds.

    Of the actor's schools, unless the whole trust is theirs. Raises NotNamed when they are none, NotAllowed.
    """
    here, schools = ctx.installation, ctx.reach(READING)
    known = [here.ledger.release(waybill) for waybill in files.copies(here.ledger, here.vault, data)]
    found = [one.waybill for one in known if ctx.reaches(one.slot, schools)]
    note_look_up(ctx, {"question": "copy", "files": found})
    if not found:
        message = (
            "no file that left is these bytes. One that was opened and saved again is others: look for its name "
            "with: waybill trace day"
        )
        raise NotNamed(message)
    return [files.whole(here.ledger, here.vault, waybill) for waybill in found]


def cell(ctx: Context, waybill: str, upn: str, field: str) -> Cell:
    """Trace one cell of one file back. Raises CellUnknown, PupilUnknown, NotNamed, NotAllowed."""
    here, release = ctx.installation, _named(ctx, waybill)
    refs = subjects(ctx, upn, {"question": "cell", "file": release.waybill, "field": field})
    told = set(in_file(here.ledger, release.waybill))
    ref = next((ref for ref in refs if ref in told), refs[0])
    return cells.cell(here.ledger, here.vault, release.waybill, ref, field, _origins)


def who_had(
    ctx: Context, upn: str, field: str, *, value: str | None = None, before: dt.date | None = None
) -> list[Had]:
    """Say who was told a field of a pupil: whatever it said, one value, or what it said before a day.

    The value is compared by the pupil's key; no text of it is kept anywhere. Files of the actor's schools alone, unless
    the whole trust is theirs.

    Raises PupilUnknown, PupilKeyGone, NotAllowed.
    """
    here, schools = ctx.installation, ctx.reach(READING)
    refs = subjects(ctx, upn, {"question": "who had", "field": field})
    found = []
    for ref in refs:
        key = here.pupils.key(ref).key if value is not None else None
        held = holders_of(here.ledger, ref, field, key, value)
        theirs = [one for one in held if ctx.reaches(one.disclosure.slot, schools)]
        found += _had(ctx, [one for one in theirs if before is None or _on(one) < before])
    return [one for one in found if one.withheld is None or Role.DPO in ctx.roles(WHOLE_TRUST)]


def breach(ctx: Context, waybill: str, upns: Sequence[str] = ()) -> Breach:
    """Say what a file told of how many, to whom and when: what Article 33 asks for. Raises NotNamed, NotAllowed.

    Args:
        ctx: of somebody in the register for the whole trust.
        waybill: its hash, or how that begins.
        upns: pupils of whom to say whether they are in it; the record itself knows no names.

    """
    here, release = ctx.installation, _named(ctx, waybill)
    note_look_up(ctx, {"question": "breach", "file": release.waybill, "asked_about": len(upns)})
    whole = files.whole(here.ledger, here.vault, release.waybill)
    told = in_file(here.ledger, release.waybill)
    return Breach(
        file=whole,
        subjects=tuple(ref.hex() for ref in told),
        kinds=sensitivity(_agreement(ctx, release), tuple(whole.grounds.lines)),
        among=tuple(upn for upn in upns if set(here.pupils.by_upn(upn)) & set(told)),
    )


def _had(ctx: Context, holders: Sequence[Holder]) -> list[Had]:
    opened = OpenedGrounds(ctx.installation.ledger, ctx.installation.vault)
    values: dict[tuple[str, tuple[bytes, ...]], int] = {}
    found = []
    for one in holders:
        grounds = opened.of(one.disclosure.waybill)
        number = values.setdefault((one.line, one.digests), 1 + sum(line == one.line for line, _ in values))
        hidden = opened.withheld(one.disclosure.waybill, one.disclosure.slot.agreement)
        found.append(Had(one, grounds.recipient, grounds.lines[one.line], number, hidden))
    return found


def _origins(kind: str, table: str, column: str) -> list[tuple[str, str]]:
    known = ORIGINS.get(kind)
    return [(one.resource, one.path) for one in known(table, column)] if known else []


def _on(holder: Holder) -> dt.date:
    return holder.disclosure.at.astimezone(files.ENGLAND).date()


def _agreement(ctx: Context, release: Release) -> Agreement | None:
    compiled = [one for one in ctx.installation.trust.agreements if one.id == release.slot.agreement]
    return compiled[0].agreement if compiled else None


def _named(ctx: Context, waybill: str) -> Release:
    ctx.person(WHOLE_TRUST, READING)
    return ctx.named(waybill)


def subjects(ctx: Context, upn: str, question: Mapping[str, str]) -> tuple[bytes, ...]:
    """Return a pupil's references, the look-up recorded by them.

    Raises PupilUnknown, also where no file of the actor's schools named the pupil.
    """
    here, schools = ctx.installation, ctx.reach(READING)
    refs = here.pupils.by_upn(upn)
    note_look_up(ctx, question, refs)
    if schools is not None:
        refs = tuple(ref for ref in refs if any(one.slot.school in schools for one in trace(here.ledger, ref)))
    if not refs:
        raise PupilUnknown(NO_FILE)
    return refs
