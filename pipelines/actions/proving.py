"""Evidence packs: about a file, a pupil, a day; for somebody who has neither the ledger nor this program.

Belongs here: the verbs `prove_file`, `prove_pupil` and `prove_day`, each recorded with who asked. What a pack is, is
`exports.evidence`.
"""

import datetime as dt
from collections.abc import Sequence

from exports import evidence
from exports.approvers import WHOLE_TRUST
from exports.evidence import Shelf
from exports.opened import OpenedGrounds
from exports.signing import Role
from pipelines.actions import looking_up, tracing
from pipelines.actions.context import Context


def prove_file(ctx: Context, waybill: str) -> bytes:
    """Return the pack of one file. Raises NothingToProve, NotNamed, NotAllowed."""
    found = looking_up.file(ctx, waybill)
    left = [found.waybill.sha256] if found.sent else []
    return _pack(ctx, f"the file of waybill {found.waybill.sha256}", left)


def prove_pupil(ctx: Context, upn: str, *, include_withheld: bool = False) -> bytes:
    """Return the pack of every file that told of a pupil; of the actor's schools, unless the whole trust is theirs.

    A pack is handed on: what an exemption withholds from the family is left out, unless the data protection officer
    asks for it, and no pack says whether there is any.

    Raises NothingToProve, PupilUnknown, NotAllowed.
    """
    here = ctx.installation
    if include_withheld:
        ctx.person(WHOLE_TRUST, (Role.DPO,))
    refs = looking_up.subjects(ctx, upn, {"question": "evidence", "with_withheld": include_withheld})
    told = tracing.told_of(ctx, refs)
    left = told if include_withheld else tracing.not_withheld(OpenedGrounds(here.ledger, here.vault), told)
    about = f"the files that told of pupil {', '.join(ref.hex() for ref in refs)}"
    return _pack(ctx, about, [one.waybill for one in left], refs)


def prove_day(ctx: Context, day: dt.date) -> bytes:
    """Return the pack of every file that left on a day in England. Raises NothingToProve, NotAllowed."""
    return _pack(ctx, f"the files of {day}", [one.release.waybill for one in looking_up.sent(ctx, day)])


def _pack(ctx: Context, about: str, waybills: Sequence[str], refs: Sequence[bytes] = ()) -> bytes:
    here = ctx.installation
    shelf = Shelf(here.lodged, here.vault, evidence.texts(here.settings.trust))
    return evidence.zipped(evidence.pack(shelf, about, list(dict.fromkeys(waybills)), refs), here.now())
