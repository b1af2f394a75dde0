"""Letting one prepared file leave under a standing release, or saying why it waits for people.

Belongs here: gathering a file's figures beside the last one that left, and judging them twice: when the file is
prepared, and at the gate again (`exports.release`). Each use stands in the ledger with its figures, and so does each
file that was held. The limits are `exports.envelope`; what a standing release is, `exports.standing`.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from exports.agreements import Agreement
from exports.approvers import current
from exports.authority import KIND as SIGNATURE
from exports.envelope import Breach, Figures, breaches
from exports.preparation import artefact, in_waiting, open_batch, read_grounds, read_waybill
from exports.protection_gate import Stores, changed_since, refuse_unprotected
from exports.signing import Act
from exports.since import Difference, difference
from exports.standing import Standing, in_force, newest
from exports.waybill import Waybill
from ledger.canonical import Plain
from ledger.disclosures import Batch
from ledger.states import CONSUMING, SETTLED, State
from ledger.store import Ledger, Release
from schemas.feeds import DATASETS
from schemas.refusal import Refusal
from vault.pupils import PupilKeys
from vault.store import ArtefactGone, Vault

HELD: Final = "standing release held"
"""Kind of the ledger's event for a file that lies outside; `breaches` are codes, `said` the same for people."""
_STANDS: Final = SETTLED | {State.SUPERSEDED}


class OutsideEnvelope(Refusal):
    """The file does not lie inside its standing release, so it waits for people."""

    code: ClassVar[str] = "outside_envelope"


@dataclass(frozen=True, slots=True)
class Here:
    """What a file is judged by, read afresh: the agreement, the notice's hash, the moment and the day at the trust."""

    agreement: Agreement
    notice_sha256: str
    now: dt.datetime
    today: dt.date


@dataclass(frozen=True, slots=True)
class Judgement:
    """One file and the standing release it would leave under; inside when nothing is a breach.

    Attributes:
        figures: None when there is no file to hold it against.

    """

    standing: Standing
    figures: Figures | None
    breaches: tuple[Breach, ...]

    @property
    def inside(self) -> bool:
        """Say whether the file may leave under it."""
        return self.figures is not None and not self.breaches

    def body(self) -> dict[str, Plain]:
        """What the ledger says of it."""
        return {
            "standing": self.standing.sha256,
            "figures": dict(self.figures.body()) if self.figures else None,
            "breaches": [breach.code for breach in self.breaches],
        }


def put_under(ledger: Ledger, vault: Vault, pupils: PupilKeys, waybill: Waybill, here: Here) -> Judgement | None:
    """Approve a prepared file under a standing release, or record why it is held; None when it has none."""
    with ledger.transaction() as tx:
        if tx.release(waybill.sha256).state is not State.PREPARED:
            return None
        judgement = judged(Stores(tx, vault, pupils), waybill, here)
        if judgement is None:
            return None
        if judgement.inside:
            signing = list(here.agreement.signing)
            tx.move(waybill.sha256, State.APPROVED, here.now, {"roles": signing, **judgement.body()})
        elif not tx.events(HELD, waybill=waybill.sha256, standing=judgement.standing.sha256):
            said: list[Plain] = [breach.said for breach in judgement.breaches]
            tx.append(HELD, {"waybill": waybill.sha256, **judgement.body(), "said": said}, here.now)
    return judgement


def judged(stores: Stores, waybill: Waybill, here: Here) -> Judgement | None:
    """Hold a file against the newest standing release of its agreement and school; None when there is none."""
    agreement = here.agreement
    standing = newest(stores.ledger, agreement.id, waybill.school)
    if standing is None:
        return None
    before, unsettled = _before(stores, waybill)
    found = [*_of_terms(standing, waybill, here)]
    found += _called_off(stores, waybill)
    register = current(stores.ledger)
    found += _refused(lambda: in_force(stores.ledger, standing, waybill.school, register, here.now, here.today))
    file = in_waiting(stores.ledger, stores.vault, waybill.sha256, agreement)
    found += _refused(lambda: refuse_unprotected(stores, file, here.today))
    if unsettled:
        found.append(Breach("last_unsettled", f"the last file is {unsettled}: people look at what follows it"))
    figures = None if before is None else _figures(stores, standing, agreement, waybill, before)
    if before is None or figures is None:
        missing = Breach("first_of_its_kind", _FIRST) if before is None else Breach("last_gone", _GONE)
        return Judgement(standing, None, (*found, missing))
    found += _of_protection(stores, agreement, waybill, before, file.refs)
    return Judgement(standing, figures, (*found, *breaches(standing.limits, figures)))


def refuse_outside(judgement: Judgement) -> None:
    """Refuse a file at the gate that does not lie inside its standing release; raises OutsideEnvelope."""
    if not judgement.inside:
        said = "; ".join(breach.said for breach in judgement.breaches)
        message = f"the file is outside standing release {judgement.standing.sha256[:12]}: {said}. Sign it by itself."
        raise OutsideEnvelope(message)


_OF_EVENTS: Final = Difference(0, 0, 0, {}, ())
"""A file of events has other pupils each time: only how many there are says something."""
_FIRST: Final = "no file of this kind has left for the school under this text of the agreement, to this recipient"
_GONE: Final = "the last file is past its retention, so nothing can be compared with it"


def _before(stores: Stores, waybill: Waybill) -> tuple[Waybill | None, str]:
    """The last file of the same kind that left, and the state of a later one that is not settled ("" for none)."""
    slot = {"school": waybill.school, "agreement": waybill.agreement, "recipient": waybill.recipient}
    sent = [one for one in stores.ledger.releases(**slot) if one.state in CONSUMING and one.waybill != waybill.sha256]
    last = max(sent, key=_when, default=None)
    if last is None:
        return None, ""
    unsettled = "" if last.state in _STANDS else last.state.value
    left = [one for one in sent if one.state in _STANDS]
    if not left:
        return None, unsettled
    before = read_waybill(stores.ledger, stores.vault, max(left, key=_when).waybill)
    same = (before.agreement_sha256, before.recipient_lock) == (waybill.agreement_sha256, waybill.recipient_lock)
    return (before if same else None), unsettled


def _when(release: Release) -> dt.datetime:
    return release.settled_at or release.at


def _of_terms(standing: Standing, waybill: Waybill, here: Here) -> Iterator[Breach]:
    agreement = here.agreement
    if agreement.sha256 != standing.agreement_sha256 or waybill.agreement_sha256 != standing.agreement_sha256:
        yield Breach("agreement_changed", f"{agreement.id} reads otherwise than when the standing release was signed")
    if agreement.recipient_lock != standing.recipient_lock:
        yield Breach("recipient_changed", f"{agreement.id} names another recipient or route than was signed for")
    if here.notice_sha256 != standing.notice_sha256 or waybill.notice_sha256 != standing.notice_sha256:
        yield Breach("notice_changed", f"the privacy notice is no longer version {standing.notice_version}")
    if waybill.release_version > 1:
        yield Breach("correction", f"it is version {waybill.release_version}: people look at a correction")


def _called_off(stores: Stores, waybill: Waybill) -> Iterator[Breach]:
    """A person called an earlier preparation of the same file off: a machine must not bring it back."""
    slot = {"school": waybill.school, "period": waybill.period, "agreement": waybill.agreement}
    for release in stores.ledger.releases(**slot, recipient=waybill.recipient):
        if stores.ledger.events(SIGNATURE, waybill=release.waybill, act=Act.REVOKE.value):
            yield Breach("called_off", "an earlier preparation of this file was called off by a person")
            return


def _of_protection(
    stores: Stores, agreement: Agreement, waybill: Waybill, before: Waybill, refs: frozenset[bytes]
) -> Iterator[Breach]:
    seq = stores.ledger.events(State.PREPARED, waybill=before.sha256)[0].seq
    if changed_since(
        stores, agreement, waybill.school, seq, lambda upn: bool(refs.intersection(stores.pupils.by_upn(upn)))
    ):
        yield Breach("protection_register", "the protection register, or a decision, changed since the last file")


def _refused(check: Callable[[], object]) -> Iterator[Breach]:
    try:
        check()
    except Refusal as refusal:
        yield Breach(refusal.code, str(refusal))


def _figures(
    stores: Stores, standing: Standing, agreement: Agreement, waybill: Waybill, before: Waybill
) -> Figures | None:
    """Count; None when the parts of the last file are past their retention, so that nothing can be compared."""
    try:
        told = difference(_batch(stores, before), _batch(stores, waybill))
    except ArtefactGone:
        return None
    if agreement.dataset in DATASETS and DATASETS[agreement.dataset].event_day is not None:
        told = _OF_EVENTS
    now, then = waybill.tally, before.tally
    return Figures(
        pupils=now.pupils,
        joined=told.joined,
        left=told.left,
        changed=told.changed,
        new_fields=len({*told.newly_filled, *(set(waybill.fields) - set(standing.fields) & set(before.fields))}),
        errors=now.errors,
        queries=now.queries,
        blocking=now.blocking,
        unexplained=now.unexplained,
        more_not_evaluated=max(0, now.not_evaluated - then.not_evaluated),
        more_unverified=max(0, now.unverified_paths - then.unverified_paths),
        protection_changes=len({kind for kind, _ in _protected(stores, waybill) ^ _protected(stores, before)}),
    )


def _batch(stores: Stores, waybill: Waybill) -> Batch:
    return open_batch(stores.vault.open(artefact(stores.ledger, waybill.sha256, "cells")))


def _protected(stores: Stores, waybill: Waybill) -> set[tuple[str, int]]:
    grounds = read_grounds(stores.ledger, stores.vault, waybill.sha256)
    return {(one.kind, one.pupils) for one in grounds.protected}
