"""The gate: the only place that can make a `Release`, and a release is the only thing a transport accepts.

Belongs here: every condition of sending, each with its own refusal. All of them are read again, whatever was true when
the file was prepared, in the ledger transaction that records the intent to send (architecture, decisions 1 and 8).
Signatures are judged in `exports.authority`, standing releases in `exports.standing_use`; sending and its outcome are
`exports.delivery`.
"""

import datetime as dt
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any, Final, NoReturn

from exports.approvers import Register, current
from exports.authority import NotSigned, authorised, overridden
from exports.gateways import load_gateways, not_in_force
from exports.minimise import SchoolNotCovered
from exports.parcel import Parcel
from exports.sealing import packed
from exports.standing_use import Judgement, refuse_outside
from exports.terms import Agreement, Route
from exports.waybill import Waybill, WaybillMalformed, digest, is_increment, sha256
from ledger.canonical import Plain
from ledger.disclosures import Batch
from ledger.states import State
from ledger.store import AlreadySent, Ledger, Slot, Tx
from schemas.census.findings import Verdict
from schemas.refusal import Refusal
from schemas.wording import counted

_MADE_BY_THE_GATE: Final = object()


class FileChanged(Refusal):
    """The bytes are not those that the waybill names."""

    code = "file_changed"


class AgreementChanged(Refusal):
    """The agreement is not the one that was signed for."""

    code = "agreement_changed"


class AgreementNotInForce(Refusal):
    """The agreement has ended, or has not begun."""

    code = "agreement_not_in_force"


class GatewayNotInForce(Refusal):
    """A legal gateway that the agreement rests on is not in force on the day."""

    code = "gateway_not_in_force"


class RecipientChanged(Refusal):
    """Who receives, or where, is not what was signed for."""

    code = "recipient_changed"


class NoticeChanged(Refusal):
    """The privacy notice is not the one that was signed for."""

    code = "notice_changed"


class SnapshotChanged(Refusal):
    """The snapshot certificate is not the one that the waybill names."""

    code = "snapshot_changed"


class SnapshotNotWhole(Refusal):
    """The snapshot is torn (the MIS changed, or a page was lost, while it was read), or rests on an earlier one."""

    code = "snapshot_not_whole"


class FindingsChanged(Refusal):
    """The findings or their explanations are not those that were signed for."""

    code = "findings_changed"


class BlockingErrorsOpen(Refusal):
    """Blocking errors are open and nobody has overridden them."""

    code = "blocking_errors_open"


class UnverifiedLayout(Refusal):
    """Element paths or codes of the file are confirmed by nobody outside, and nobody has overridden that."""

    code = "unverified_layout"


class QueriesUnexplained(Refusal):
    """Queries are open without an explanation; no override covers them."""

    code = "queries_unexplained"


class RegisterChanged(Refusal):
    """The approver register is not the one that the waybill names."""

    code = "register_changed"


class DisclosuresDiffer(Refusal):
    """The disclosures to be recorded do not cover the pupils in the file."""

    code = "disclosures_differ"


class ReleaseSpent(Refusal):
    """This release has been handed to a transport once already."""

    code = "release_spent"


def _no_standing_release() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Present:
    """What holds now. The caller reads it afresh from the trust folder and the vault; nothing is remembered.

    Attributes:
        agreement: compiled now.
        notice_sha256: of the notice's bytes.
        certificate: the snapshot certificate; its `stable` member says whether the snapshot is whole.
        findings_sha256: of the findings and their explanations, made as the waybill's was.
        verdict: over the same findings.
        unverified: number of the file's element paths that, or codes in which, nobody outside has confirmed.
        demonstration: a trust of invented people, whose files reach nobody.
        standing: holds the file against its standing release; asked for only where signatures of its own are missing.

    """

    agreement: Agreement
    notice_sha256: str
    certificate: Mapping[str, Any]
    findings_sha256: str
    verdict: Verdict
    unverified: int
    demonstration: bool
    standing: Callable[[], Judgement | None] = _no_standing_release


@dataclass(frozen=True, slots=True)
class Release:
    """Permission to send these bytes, once, to this recipient. Only `gate` can make one.

    Attributes:
        waybill: what was signed.
        parcel: what goes on the wire.
        data: the bytes of the parcel, to be sent from memory.
        route: where to, from the agreement as compiled at the gate.
        disclosures: digests to be recorded when, and only when, the recipient has the file.

    """

    waybill: Waybill
    parcel: Parcel
    data: bytes = field(repr=False)
    route: Route
    disclosures: Batch = field(repr=False)
    made_by: InitVar[object]
    _unspent: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def __post_init__(self, made_by: object) -> None:
        """Refuse any maker but the gate."""
        if made_by is not _MADE_BY_THE_GATE:
            message = "a Release is made by exports.release.gate and by nothing else"
            raise TypeError(message)

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled: that would be a second permission."""
        message = "a Release cannot be copied or leave the process that the gate ran in"
        raise TypeError(message)

    def spend(self) -> None:
        """Use the permission up.

        Raises:
            ReleaseSpent: it was used before.

        """
        if not self._unspent.acquire(blocking=False):
            message = f"waybill {self.waybill.sha256[:12]} is being sent, or was: a release is good for one attempt"
            raise ReleaseSpent(message)


def slot(waybill: Waybill) -> Slot:
    """Return what this waybill would use up in the ledger."""
    return Slot(waybill.school, waybill.period, waybill.recipient, waybill.agreement, waybill.release_version)


def gate(
    ledger: Ledger,
    *,
    waybill: Waybill,
    data: bytes,
    disclosures: Batch,
    present: Callable[[], Present],
    now: dt.datetime,
    today: dt.date,
) -> Release:
    """Record the intent to send and return the permission, or refuse and change nothing.

    Args:
        ledger: holds the release, its signatures and the approver register.
        waybill: as signed.
        data: the file, from memory; these bytes are hashed here and sent.
        disclosures: digests of the file's cells.
        present: reads what holds now; called inside the ledger's transaction, so it must not open one of its own.
        now: aware UTC.
        today: date at the trust, for agreements.

    Raises:
        Refusal: one of this module's, `exports.authority`'s, `exports.signing`'s or `ledger.store`'s.

    """
    with ledger.transaction() as tx:
        _refuse_used(tx, waybill)
        _refuse_other_bytes(waybill, data, disclosures)
        holding = present()
        _refuse_other_terms(waybill, holding, today)
        _refuse_other_grounds(waybill, holding)
        register = current(tx)
        if register.sha256 != waybill.approvers_sha256:
            message = f"the approver register is now version {register.version}: prepare the return again"
            raise RegisterChanged(message)
        under = _authority(tx, waybill, holding, register, now)
        _refuse_without_override(tx, waybill, holding, register, now)
        route = holding.agreement.delivery.as_of(today)
        parcel, on_the_wire = packed(waybill, route.seal, data, now)
        told: dict[str, Plain] = {"length": waybill.length, "remote_name": waybill.remote_name}
        tx.claim(waybill.sha256, now, {**told, **parcel.intent(), **under})
    return Release(waybill, parcel, on_the_wire, route, disclosures, made_by=_MADE_BY_THE_GATE)


def _authority(tx: Tx, waybill: Waybill, holding: Present, register: Register, now: dt.datetime) -> Mapping[str, Plain]:
    """Refuse a file without signatures of its own that no standing release lets leave; return the latter's record."""
    try:
        authorised(tx, waybill, holding.agreement.signing, register, now)
    except NotSigned:
        judgement = holding.standing()
        if judgement is None:
            raise
        refuse_outside(judgement)
        return judgement.body()
    return {}


def _refuse_used(tx: Tx, waybill: Waybill) -> None:
    release = tx.release(waybill.sha256)
    if release.slot != slot(waybill):
        message = f"the ledger holds waybill {waybill.sha256[:12]} for another school, period, recipient or version"
        raise WaybillMalformed(message)
    if release.state not in {State.PREPARED, State.APPROVED, State.WITHDRAWN, State.REFUSED}:
        message = f"waybill {waybill.sha256[:12]} is {release.state}: a file is sent once. Prepare the next version."
        raise AlreadySent(message)


def _refuse_other_bytes(waybill: Waybill, data: bytes, disclosures: Batch) -> None:
    if len(data) != waybill.length or not hmac.compare_digest(sha256(data), waybill.file_sha256):
        message = f"the file is not the one that waybill {waybill.sha256[:12]} names: prepare the return again"
        raise FileChanged(message)
    if len(disclosures.refs) != waybill.tally.pupils:
        message = (
            f"{counted(len(disclosures.refs), 'pupil')} to be recorded, {waybill.tally.pupils} in the file: "
            "prepare it again"
        )
        raise DisclosuresDiffer(message)


def _refuse_other_terms(waybill: Waybill, holding: Present, today: dt.date) -> None:
    agreement = holding.agreement
    if not agreement.in_force(today):
        message = (
            f"agreement {agreement.id} holds from {agreement.starts} to {agreement.recipient.ends}, "
            f"not on {today}: renew it with the recipient"
        )
        raise AgreementNotInForce(message)
    if not agreement.covers(waybill.school):
        message = f"agreement {agreement.id} does not cover school {waybill.school}"
        raise SchoolNotCovered(message)
    if lapsed := not_in_force(agreement, load_gateways(), today):
        message = f"agreement {agreement.id} rests on {', '.join(lapsed)}, not in force on {today}: review it"
        raise GatewayNotInForce(message)
    receiving = (agreement.recipient_at(waybill.destination), agreement.lock_at(waybill.destination))
    if receiving != (waybill.recipient, waybill.recipient_lock):
        message = f"agreement {agreement.id} names another recipient or route than was signed for: prepare again"
        raise RecipientChanged(message)
    if (agreement.id, agreement.sha256) != (waybill.agreement, waybill.agreement_sha256):
        message = f"agreement {waybill.agreement} was edited since the file was prepared: prepare the return again"
        raise AgreementChanged(message)
    if holding.notice_sha256 != waybill.notice_sha256:
        message = f"the privacy notice is no longer version {waybill.notice_version}: prepare the return again"
        raise NoticeChanged(message)


def _refuse_other_grounds(waybill: Waybill, holding: Present) -> None:
    if digest(holding.certificate) != waybill.snapshot_sha256:
        message = "the snapshot certificate is not the one the file was made from: prepare the return again"
        raise SnapshotChanged(message)
    if holding.certificate.get("stable") is not True:
        message = "the snapshot is torn: the MIS changed while it was read. Prepare the return again."
        raise SnapshotNotWhole(message)
    refuse_increment(holding.certificate)
    if holding.findings_sha256 != waybill.findings_sha256:
        message = "the findings or explanations changed since the file was prepared: prepare the return again"
        raise FindingsChanged(message)
    if holding.verdict.needs_explanation:
        message = (
            f"{counted(holding.verdict.unexplained, 'query has', 'queries have')} no explanation: write one "
            "with 'waybill note'"
        )
        raise QueriesUnexplained(message)


def refuse_increment(certificate: Mapping[str, Any]) -> None:
    """Refuse a snapshot that rests on the MIS's change log: nothing is signed or sent of it (ADR 0072)."""
    if is_increment(certificate):
        message = "the file was made from an increment, for a dry run: prepare the return again for a full reading"
        raise SnapshotNotWhole(message)


def _refuse_without_override(tx: Tx, waybill: Waybill, holding: Present, register: Register, now: dt.datetime) -> None:
    """Refuse what only head and data manager together may let go: blocking errors, and a layout nobody confirmed."""
    in_doubt = 0 if holding.demonstration else holding.unverified
    if in_doubt > waybill.tally.unverified_paths:
        message = f"{in_doubt} element paths are unverified, more than the signers were shown: prepare the return again"
        raise UnverifiedLayout(message)
    if not (holding.verdict.blocked or in_doubt):
        return
    try:
        overridden(tx, waybill, register, now)
    except NotSigned:
        pass
    else:
        return
    if holding.verdict.blocked:
        message = (
            f"{holding.verdict.blocking_open} blocking errors are open: correct them in the MIS and prepare again, "
            "or have the head and the data manager override them together with the helpdesk's reference"
        )
        raise BlockingErrorsOpen(message)
    message = (
        f"{in_doubt} element paths of the file are confirmed neither by the department's schema nor by a file of an "
        "MIS: import or learn one (waybill spec) and prepare again, or have the head and the data manager override "
        "together with the helpdesk's reference"
    )
    raise UnverifiedLayout(message)
