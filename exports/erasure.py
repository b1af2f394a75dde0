"""Erasure: a decision for each disclosure first, and the end of a pupil's key last.

Belongs here: the decisions of Article 17, what must be so before a key is destroyed, and destroying it with everything
sealed that still leads from the pupil to the record. The chain stays whole: what is left in it are random references
and digests without a key. Who was told is `exports.holders`, who must be asked to erase `exports.duties`, what forbids
it `exports.holds`.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final

from exports import by_hand, duties, protection, protection_log, rights
from exports.holders import Holder, Known
from exports.holds import LIFTED, PLACED, held
from exports.preparation import artefact, open_batch
from exports.rights import KEEP, Request
from ledger.head import LodgedHead
from ledger.states import State
from ledger.store import Event, Ledger
from ledger.tombstones import DESTROYED, Tombstones
from schemas.refusal import Refusal
from schemas.wording import counted
from vault.pupils import PupilKeys
from vault.store import ArtefactGone, ArtefactUnknown, Vault

DECIDED: Final = "erasure decided"
ABOUT_PUPILS: Final = (
    rights.REQUEST, rights.STEP, duties.DUTY, duties.STEP, by_hand.KIND, protection_log.DECIDED, DECIDED, PLACED,
    LIFTED,
)  # fmt: skip
"""Kinds of events that name pupils by reference and have a sealed part, which may name them otherwise."""
_UNSENT: Final = (State.PREPARED, State.APPROVED, State.REFUSED, State.SENDING, State.UNKNOWN)


class Ruling(StrEnum):
    """What the officer decides for one disclosure."""

    ERASE = "erase"
    RESTRICT = "restrict"
    REFUSE = "refuse"


GROUNDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "17(3)(a)": "freedom of expression and information",
        "17(3)(b)": "a legal obligation or a task in the public interest needs it",
        "17(3)(c)": "public health",
        "17(3)(d)": "archiving, research or statistics would be seriously impaired",
        "17(3)(e)": "legal claims",
    },
)


class ErasureRefused(Refusal):
    """A key may not be destroyed now, or a decision lacks its ground."""

    code: ClassVar[str] = "erasure_refused"


@dataclass(frozen=True, slots=True)
class Decision:
    """The latest decision for one disclosure; `ground` is a key of `GROUNDS` for a refusal, else ""."""

    ruling: Ruling
    ground: str
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class Keeping:
    """Where things are kept that an erasure touches."""

    ledger: Ledger
    vault: Vault
    pupils: PupilKeys
    lodged: LodgedHead
    tombstones: Tombstones


def decide(  # noqa: PLR0913  a decision names all it hangs on
    ledger: Ledger, vault: Vault, request: Request, told: Sequence[Holder],
    *, ruling: Ruling, ground: str, why: str, by: str, at: dt.datetime,
) -> None:  # fmt: skip
    """Record one decision for some disclosures; the reason is sealed. Raises ErasureRefused."""
    if not why.strip() or (ruling is Ruling.REFUSE) != (ground in GROUNDS):
        message = f"a decision needs its reason (--why); a refusal, and nothing else, a ground: {', '.join(GROUNDS)}"
        raise ErasureRefused(message)
    sealed = json.dumps({"words": why}).encode()
    address = vault.seal(sealed, kind=DECIDED, purge_on=at.date() + KEEP).address
    shared = {"request": request.number, "ruling": ruling.value, "ground": ground, "by": by, "artefact": address}
    with ledger.transaction() as tx:
        for one in told:
            named = {"known": one.known.value, "named": one.named}
            tx.append(DECIDED, shared | named | {"subjects": [ref.hex() for ref in request.subjects]}, at)


def decisions(ledger: Ledger, number: int) -> dict[tuple[Known, str], Decision]:
    """Return the latest decision of a request for each disclosure."""
    return {
        (Known(str(event.body["known"])), str(event.body["named"])): Decision(
            Ruling(str(event.body["ruling"])), str(event.body["ground"]), str(event.body["by"]), event.at
        )
        for event in ledger.events(DECIDED, request=number)
    }


def refuse_erasing(keeping: Keeping, request: Request, told: Iterable[Holder], *, duties_open: int) -> None:
    """Refuse to destroy the key of a request's pupil while anything speaks against it. Raises ErasureRefused."""
    made = decisions(keeping.ledger, request.number)
    faults = list(_against(keeping.ledger, request.subjects))
    faults += list(_undone([made.get((one.known, one.named)) for one in told]))
    faults += [f"{duties_open} recipients have not confirmed"] if duties_open else []
    waiting = _waiting(keeping, request.subjects)
    if waiting:
        named = counted(waiting, "file that names the pupil has", "files that name the pupil have")
        faults.append(f"{named} not gone yet, or nobody knows whether")
    if faults:
        message = f"the key of request {request.number} is not destroyed: {'; '.join(faults)}"
        raise ErasureRefused(message)


def destroy(keeping: Keeping, refs: Sequence[bytes], *, because: str, by: str, at: dt.datetime) -> None:
    """Destroy the keys of some references and whatever sealed part leads to them. Doing it again changes nothing.

    Raises ErasureRefused while a legal hold stands; TracesRemain when it must be done again.
    """
    if faults := list(_against(keeping.ledger, refs)):
        message = f"no key is destroyed: {'; '.join(faults)}"
        raise ErasureRefused(message)
    _forget(keeping, refs, by, at)
    keeping.tombstones.add(refs, at)  # outside first: from here on every start destroys the keys if this one does not
    new = sorted(ref.hex() for ref in set(refs) - _named(keeping.ledger))
    if new:
        keeping.ledger.append(DESTROYED, {"subjects": new, "because": because, "by": by}, at)
    for ref in refs:
        keeping.pupils.destroy(ref, at)
    keeping.lodged.lodge(at)


def _against(ledger: Ledger, refs: Sequence[bytes]) -> Iterator[str]:
    holds = held(ledger, refs)
    if holds:
        yield f"legal hold {', '.join(str(hold.number) for hold in holds)} stands"


def _undone(made: Sequence[Decision | None]) -> Iterator[str]:
    if undecided := sum(one is None for one in made):
        yield f"{counted(undecided, 'disclosure has no decision', 'disclosures have no decision')}"
    if kept := sum(one is not None and one.ruling is not Ruling.ERASE for one in made):
        yield f"{counted(kept, 'disclosure is', 'disclosures are')} refused or restricted: the record stays readable"


def _waiting(keeping: Keeping, refs: Sequence[bytes]) -> int:
    """Count files that may still go out and name one of the pupils."""
    ledger, count = keeping.ledger, 0
    for state in _UNSENT:
        for release in ledger.releases(state=state.value):
            cells = open_batch(keeping.vault.open(artefact(ledger, release.waybill, "cells")))
            count += bool(set(cells.refs) & set(refs))
    return count


def _named(ledger: Ledger) -> set[bytes]:
    return {bytes.fromhex(ref) for event in ledger.events(DESTROYED) for ref in event.body["subjects"]}  # type: ignore[union-attr,arg-type]


def _forget(keeping: Keeping, refs: Sequence[bytes], by: str, at: dt.datetime) -> None:
    """Drop every sealed part that is about these pupils alone, and their records in the protection register."""
    theirs = {ref.hex() for ref in refs}
    for record in protection.records(keeping.ledger, keeping.vault):
        if _refs_of(keeping.pupils, record) & set(refs):
            protection.remove(keeping.ledger, keeping.vault, _taken_out(record, by, at))
    for event in about_pupils(keeping.ledger):
        if subjects_named(event) <= theirs:
            for name in ("artefact", "why"):
                _drop(keeping.vault, event.body.get(name), at.date())


def _refs_of(pupils: PupilKeys, record: protection.Record) -> set[bytes]:
    own = pupils.by_id(record.urn, record.pupil_id) if record.pupil_id else None
    return {*([own.ref] if own else []), *(pupils.by_upn(record.upn) if record.upn else ())}


def _taken_out(record: protection.Record, by: str, at: dt.datetime) -> protection.Record:
    return protection.Record(record.urn, record.pupil_id, record.upn, by, at, record.flag, record.about, record.review)


def about_pupils(ledger: Ledger) -> Iterator[Event]:
    """Give every event with a sealed part that is about pupils whom the event names."""
    for kind in ABOUT_PUPILS:
        yield from (event for event in ledger.events(kind) if subjects_named(event))


def subjects_named(event: Event) -> set[str]:
    """Return the references an event names, by whichever name its kind uses."""
    many = event.body.get("subjects")
    one = event.body.get("subject")
    listed = [str(ref) for ref in many] if isinstance(many, list) else []
    return {*listed, *([str(one)] if one else [])}


def _drop(vault: Vault, address: object, day: dt.date) -> None:
    if isinstance(address, str):
        try:
            vault.drop(address, day)
        except (ArtefactGone, ArtefactUnknown):
            return
