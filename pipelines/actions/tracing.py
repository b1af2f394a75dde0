"""Trace and verify: what went where about a pupil and why, and whether the record is intact.

Belongs here: the verbs `trace` and `verify`. Nothing here unseals a file; the ledger knows pupils by keyed digests. To
whom something was told by hand is sealed, and opened for the person who asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exports import by_hand
from exports.approvers import WHOLE_TRUST
from exports.gateways import load_gateways
from exports.grounds import Ground
from exports.observed import OBSERVED, Flow, observe_folder
from exports.opened import OpenedGrounds
from exports.preparation import read_waybill
from exports.sent import Signatures, signatures_on, signed_by
from exports.signing import READING, Role
from ledger.head import check_head, load_head_public, read_signed
from ledger.store import Ledger
from ledger.trace import Disclosure
from ledger.trace import trace as disclosures_of
from ledger.verify import Report
from ledger.verify_server import verify_place
from pipelines.actions.context import Context
from schemas.refusal import Refusal

LOOKED_UP = "looked up"
NO_FILE = "No file that left the trust named a pupil with this UPN. Check its letters, or try a former UPN."


class PupilUnknown(Refusal):
    """No file that left the trust named a pupil with that UPN."""

    code = "pupil_unknown"


class LedgerDoesNotVerify(Refusal):
    """The record is not intact."""

    code = "ledger_does_not_verify"

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            f"The ledger does not verify: {'; '.join(faults)}. Stop sending, keep the file as it is, tell the DPO."
        )


@dataclass(frozen=True, slots=True)
class Told:
    """One file that told something about the pupil, with its grounds.

    Attributes:
        grounds: why each field could leave, as the agreement said when the file was prepared.
        signers: person id and role of each signature it left under.
        withheld: why an ordinary report leaves it out; None when it does not.
        standing: hash of the standing release it left under, which the signers signed; "" for a file signed by itself.

    """

    disclosure: Disclosure
    recipient: str
    remote_name: str
    file_sha256: str
    signers: tuple[tuple[str, str], ...]
    grounds: tuple[Ground, ...]
    withheld: str | None = None
    standing: str = ""


@dataclass(frozen=True, slots=True)
class Traced:
    """Everything that is known of who was told about a pupil.

    Attributes:
        files: that left and named the pupil, oldest first; a part of them, the latest first, where one was asked for.
        told: how many files there are, shown or not.
        fields: `<table>.<column>` of everything that any of them told.
        by_hand: single disclosures that a person entered.
        observed: flows that Waybill does not send and that cover the pupil's schools, as far as the trust knows.

    """

    files: tuple[Told, ...]
    told: int
    fields: tuple[str, ...]
    by_hand: tuple[by_hand.Recorded, ...]
    observed: tuple[Flow, ...]


def trace(ctx: Context, upn: str, *, include_withheld: bool = False, part: tuple[int, int] | None = None) -> Traced:
    """Say what each recipient was told about a pupil. The look-up is itself recorded.

    What an exemption withholds from the family is left out, unless the data protection officer asks for it. Files and
    entries of the actor's schools alone, unless the whole trust is theirs.

    Args:
        ctx: of somebody who may read.
        upn: of the pupil.
        include_withheld: see above.
        part: how many of the latest files to pass over, and how many to open; None opens all.

    Raises PupilUnknown, NotAllowed.
    """
    here = ctx.installation
    if include_withheld:
        ctx.person(WHOLE_TRUST, (Role.DPO,))
    schools = ctx.reach(READING)
    refs = here.pupils.by_upn(upn)
    note_look_up(ctx, {"with_withheld": include_withheld}, refs)
    opened = OpenedGrounds(here.ledger, here.vault)
    told = told_of(ctx, refs)
    noted = [one for ref in refs for one in by_hand.of_pupil(here.ledger, here.vault, ref)]
    if schools is not None:
        noted = [one for one in noted if one.disclosure.school in schools]
    if not refs or (schools is not None and not told and not noted):
        raise PupilUnknown(NO_FILE)
    left = told if include_withheld else not_withheld(opened, told)
    signed = signatures_on(here.ledger)
    files = tuple(_told(ctx, disclosure, opened, signed) for disclosure in _part(left, part))
    entries = tuple(one for one in noted if include_withheld or not one.disclosure.kept_back(here.today()))
    known = {one.slot.school for one in left} | {one.disclosure.school for one in entries}
    return Traced(
        files=files,
        told=len(left),
        fields=tuple(sorted({line.partition(".")[2] for one in left for line in one.lines})),
        by_hand=entries,
        observed=_observed(ctx, known or set(here.trust.schools)),
    )


def told_of(ctx: Context, refs: Sequence[bytes]) -> list[Disclosure]:
    """Return the files that told of a pupil: of the actor's schools, unless the whole trust is theirs.

    Raises NotAllowed.
    """
    schools = ctx.reach(READING)
    told = [one for ref in refs for one in disclosures_of(ctx.installation.ledger, ref)]
    return [one for one in told if ctx.reaches(one.slot, schools)]


def not_withheld(opened: OpenedGrounds, told: Sequence[Disclosure]) -> list[Disclosure]:
    """Leave out what an exemption withholds from the family now."""
    return [one for one in told if opened.withheld(one.waybill, one.slot.agreement) is None]


def note_look_up(ctx: Context, question: Mapping[str, str | int], refs: Sequence[bytes] = ()) -> None:
    """Record that the actor looked something up, and whom of; a question holds no value of a pupil."""
    here = ctx.installation
    here.ledger.append(LOOKED_UP, {"by": ctx.actor, "subjects": [ref.hex() for ref in refs], **question}, here.now())
    here.lodged.lodge(here.now())


def _part(left: list[Disclosure], part: tuple[int, int] | None) -> list[Disclosure]:
    if part is None:
        return left
    latest = sorted(left, key=lambda one: one.at, reverse=True)
    return latest[part[0] : sum(part)]


def _observed(ctx: Context, schools: set[str]) -> tuple[Flow, ...]:
    """Return the flows that have begun and cover any of the schools."""
    here = ctx.installation
    seen = observe_folder(here.settings.trust / OBSERVED, here.trust.notice, load_gateways(), here.trust.schools)
    flows = [one.flow for one in seen if one.flow is not None]
    return tuple(flow for flow in flows if flow.since <= here.today() and schools & set(flow.schools))


def verify(ctx: Context, head: Path | None = None, key: Path | None = None) -> Report:
    """Check every row of the ledger, then that it continues the head lodged outside.

    Args:
        ctx: the installation.
        head: a head file to hold it against, such as an auditor's copy; otherwise the one lodged last.
        key: the public half of the head key; otherwise the installation's.

    Returns:
        The report; `faults` names the first row that does not hold.

    Raises:
        HeadMismatch: the rows hold, but the end was cut, or the ledger was rolled back or written anew.
        HeadUnsigned, HeadUnreachable: there is no signed head to hold it against.

    """
    here = ctx.installation
    public = load_head_public(key) if key else here.lodged.key.public_key()
    where = head or here.lodged.path
    alone = verify_place(here.ledger.place)
    if alone.faults and not where.exists():
        return alone
    lodged = read_signed(public, where)
    report = verify_place(here.ledger.place, where)
    if report.events >= min(_last(here.ledger), lodged.seq - 1):  # whole as far as it goes: does it go far enough?
        check_head(here.ledger, public, where)
    return report


def _last(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        return int(connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])


def _told(ctx: Context, disclosure: Disclosure, opened: OpenedGrounds, signed: Signatures) -> Told:
    here = ctx.installation
    waybill = read_waybill(here.ledger, here.vault, disclosure.waybill)
    grounds = opened.of(disclosure.waybill)
    signers, standing = signed_by(here.ledger.events(waybill=waybill.sha256), signed)
    return Told(
        disclosure=disclosure,
        recipient=grounds.recipient,
        remote_name=waybill.remote_name,
        file_sha256=waybill.file_sha256,
        signers=signers,
        grounds=tuple(grounds.lines[line] for line in disclosure.lines),
        withheld=opened.withheld(disclosure.waybill, disclosure.slot.agreement),
        standing=standing,
    )
