"""Compare two returns: files of any MIS, prepared returns, and the last one that left.

Belongs here: the verb `compare`, what its two sides may be, who may see whom, and what a file changes since the last
one. What differs is `exports.changes`; reading a file is `exports.census_file`. Files alone need no keys.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from exports.census_file import CensusFile, read_return
from exports.changes import Changes, changes
from exports.formats import FORMATS
from exports.markup import CensusFileUnfit, Progress, nothing
from exports.placing import Fault
from exports.preparation import artefact, read_waybill
from exports.protection import separated
from exports.waybill import Waybill, sha256
from ledger.store import Release
from pipelines.actions.context import Context, NotNamed
from pipelines.actions.findings import DESK
from pipelines.trust import returns
from schemas.census.collection import COLLECTIONS
from schemas.wording import counted
from vault.store import ArtefactGone

_SLOT = re.compile(r"(\d{6}):(\d{4}-[a-z]+)")
_FORMAT = FORMATS["census_xml"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two returns.

    Attributes:
        label: as a person named it.
        content_sha256: of the file without its serial number and time: the same for an unchanged return.
        faults: where the file is not as the layout has it.

    """

    label: str
    collection: str
    made_by: str
    pupils: int
    content_sha256: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two returns and what the second says otherwise; without names unless they were asked for."""

    left: Side
    right: Side
    changes: Changes

    @property
    def same(self) -> bool:
        """Say whether both say the same, in the same layout."""
        return self.changes.none and set(map(_shape, self.left.faults)) == set(map(_shape, self.right.faults))


def compare(
    names: tuple[str, str | None],
    opened: Callable[[], Context],
    *,
    last_delivered: bool = False,
    pupils: bool = False,
    apart: frozenset[str] = frozenset(),
    progress: Progress = nothing,
) -> Compared:
    """Compare two returns, each a file, a waybill, or `URN:COLLECTION` for the latest prepared.

    Args:
        names: the two sides; the second may be missing with `last_delivered`.
        opened: the person acting, asked for only when a side is a prepared return.
        last_delivered: hold the one side named against the last file that left under its agreement.
        pupils: name pupils by UPN; for prepared returns that takes a role that sees names.
        apart: UPNs of records that must never be joined with another (`set_apart`).
        progress: told how far the reading is.

    Raises:
        NotNamed, NothingPrepared: a side names nothing.
        NotAllowed: the actor may not see the school's returns, or its pupils.
        CensusFileUnfit: a side is no census file.

    """
    first, second = names
    if (second is None) != last_delivered:
        message = "name two returns to compare, or one with --last-delivered"
        raise NotNamed(message)
    if second is None:
        sides = _since_delivered(first, opened, pupils=pupils)
    else:
        sides = _read(first, opened, pupils=pupils), _read(second, opened, pupils=pupils)
    left, right = (read_return(data, label, progress) for label, data in sides)
    found = changes(left.frames, right.frames, apart)
    return Compared(_side(left, sides[0][1]), _side(right, sides[1][1]), found if pupils else found.unnamed())


def last_file(ctx: Context, waybill: Waybill) -> Waybill | None:
    """The waybill of the last file of the same agreement and school that left; the one it replaces comes first."""
    here = ctx.installation
    sent = [
        (release.waybill == waybill.supersedes, release.settled_at, release.waybill)
        for release in here.ledger.releases(school=waybill.school, agreement=waybill.agreement)
        if release.settled_at and release.waybill != waybill.sha256
    ]
    return read_waybill(here.ledger, here.vault, max(sent)[2]) if sent else None


def changes_since(ctx: Context, before: Waybill, waybill: Waybill) -> Changes | None:
    """What a census says otherwise than an earlier one, without names; None for a feed, or when that one is gone."""
    if waybill.period not in COLLECTIONS:
        return None
    apart = sha256("\n".join(sorted(set_apart(ctx))).encode())
    try:
        return _compared(_Pair(before, waybill, apart, ctx))
    except ArtefactGone:  # the retention of the earlier file is over
        return None


@dataclass(frozen=True)
class _Pair:
    """Two files that stay what they are, so that their counts may be remembered; who asks is no part of that."""

    before: Waybill
    now: Waybill
    apart: str
    ctx: Context = field(compare=False)


@lru_cache(maxsize=256)
def _compared(pair: _Pair) -> Changes:
    sides = ((pair.before.sha256, pair.before.period), (pair.now.sha256, pair.now.period))
    left, right = (read_return(_sealed(pair.ctx, name), period) for name, period in sides)
    return changes(left.frames, right.frames, set_apart(pair.ctx)).unnamed()


def set_apart(ctx: Context) -> frozenset[str]:
    """UPNs of the records that must never be joined with another."""
    return separated(ctx.installation.ledger, ctx.installation.vault).upns


def _since_delivered(
    name: str, opened: Callable[[], Context], *, pupils: bool
) -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    ctx = opened()
    if Path(name).is_file():
        message = "--last-delivered goes with a waybill or URN:COLLECTION; a file names no agreement"
        raise NotNamed(message)
    release = _release(ctx, name, pupils=pupils)
    before = last_file(ctx, read_waybill(ctx.installation.ledger, ctx.installation.vault, release.waybill))
    if before is None:
        message = f"nothing has left under {release.slot.agreement} for school {release.slot.school} before {name}"
        raise NotNamed(message)
    then = f"{before.period}, version {before.release_version}"
    return (then, _sealed(ctx, before.sha256)), (name, _sealed(ctx, release.waybill))


def _read(name: str, opened: Callable[[], Context], *, pupils: bool) -> tuple[str, bytes]:
    path = Path(name)
    if path.is_file():
        return path.name, path.read_bytes()
    if path.suffix:
        message = f"there is no file {name}"
        raise CensusFileUnfit(message)
    ctx = opened()
    return name, _sealed(ctx, _release(ctx, name, pupils=pupils).waybill)


def _release(ctx: Context, name: str, *, pupils: bool) -> Release:
    slot = _SLOT.fullmatch(name)
    found = [ctx.named(name)] if slot is None else ctx.latest(*slot.groups())
    if len(found) > 1:  # a copy for an authority is named by its waybill
        own = returns(ctx.installation.trust.agreements)
        found = [release for release in found if release.slot.agreement in own] or found
    if len(found) != 1:
        message = (
            f"{counted(len(found), 'agreement sends', 'agreements send')} {name}; name the waybill instead "
            "(waybill status lists them)"
        )
        raise NotNamed(message)
    ctx.person(found[0].slot.school, *((DESK,) if pupils else ()))
    return found[0]


def _sealed(ctx: Context, waybill: str) -> bytes:
    here = ctx.installation
    return here.vault.open(artefact(here.ledger, waybill, "file"))


def _side(file: CensusFile, data: bytes) -> Side:
    return Side(
        label=file.label,
        collection=file.collection.key,
        made_by=file.software,
        pupils=len(file.frames["pupil"]),
        content_sha256=sha256(_FORMAT.content(data)),
        faults=file.faults,
    )


def _shape(fault: Fault) -> tuple[str, str, int]:
    return fault.path, fault.kind, fault.count
