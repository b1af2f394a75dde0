"""Evidence packs: about a file, a pupil, a day; for somebody who has neither the ledger nor this program.

Belongs here: the verbs `prove_file`, `prove_pupil` and `prove_day`, each recorded with who asked. What a pack is, is
`exports.evidence`.
"""

import datetime as dt
from collections.abc import Sequence

from exports import evidence
from exports.evidence import Shelf
from exports.signing import READING
from ledger.trace import trace
from pipelines.actions import looking_up
from pipelines.actions.context import Context


def prove_file(ctx: Context, waybill: str) -> bytes:
    """Return the pack of one file. Raises NothingToProve, NotNamed, NotAllowed."""
    found = looking_up.file(ctx, waybill)
    left = [found.waybill.sha256] if found.sent else []
    return _pack(ctx, f"the file of waybill {found.waybill.sha256}", left)


def prove_pupil(ctx: Context, upn: str) -> bytes:
    """Return the pack of every file that told of a pupil; of the actor's schools, unless the whole trust is theirs.

    Raises NothingToProve, PupilUnknown, NotAllowed.
    """
    schools = ctx.reach(READING)
    refs = looking_up.subjects(ctx, upn, {"question": "evidence"})
    known = (one for ref in refs for one in trace(ctx.installation.ledger, ref))
    told = [one.waybill for one in known if schools is None or one.slot.school in schools]
    return _pack(ctx, f"the files that told of pupil {', '.join(ref.hex() for ref in refs)}", told, refs)


def prove_day(ctx: Context, day: dt.date) -> bytes:
    """Return the pack of every file that left on a day in England. Raises NothingToProve, NotAllowed."""
    return _pack(ctx, f"the files of {day}", [one.release.waybill for one in looking_up.sent(ctx, day)])


def _pack(ctx: Context, about: str, waybills: Sequence[str], refs: Sequence[bytes] = ()) -> bytes:
    here = ctx.installation
    shelf = Shelf(here.lodged, here.vault, evidence.texts(here.settings.trust))
    return evidence.zipped(evidence.pack(shelf, about, list(dict.fromkeys(waybills)), refs), here.now())
