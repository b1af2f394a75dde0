"""From a rendered file to a waybill that waits for signatures: the last step of every preparation.

Belongs here: what a new preparation means beside the ones before it. Nothing here sends anything. The same content
under the same agreement and notice is `unchanged`: the waybill that exists stays, with its signatures; other content
withdraws a waybill that still waits. Nothing to send is a recorded nil, never a silence.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

import pandas as pd

from exports.agreements import Agreement
from exports.approvers import current
from exports.formats import FORMATS, FileFacts
from exports.notice import Notice
from exports.waybill import Tally, Waybill, digest, parse, remote_name, sha256
from ledger.states import CONSUMING, State
from ledger.store import Ledger, Release, Slot, Tx
from schemas.census.findings import FINDING, verdict
from schemas.deployment import School
from schemas.refusal import Refusal
from vault.frames import pack
from vault.store import Vault

NIL: Final = "nil"
_WAITING: Final = frozenset({State.PREPARED, State.APPROVED})


class NothingToSend(Refusal):
    """The file would hold no pupil, and the agreement says that this is an error."""

    code: ClassVar[str] = "nothing_to_send"


class Outcome(StrEnum):
    """What became of a preparation."""

    PREPARED = "prepared"
    UNCHANGED = "unchanged"
    NIL = "nil"


@dataclass(frozen=True)
class Draft:
    """Everything a waybill is made from.

    Attributes:
        data: the file's bytes.
        facts: what the re-reader counted in them.
        findings: FINDING frame of the return or feed, as far as it concerns this agreement.
        snapshot_sha256: of the snapshot certificate.
        stable: the snapshot was whole.

    """

    school: School
    period: str
    agreement: Agreement
    notice: Notice
    data: bytes
    facts: FileFacts
    findings: pd.DataFrame
    snapshot_sha256: str
    stable: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """The outcome, and the waybill that now stands for the slot (None for a nil return)."""

    outcome: Outcome
    waybill: Waybill | None


def next_serial(ledger: Ledger, school: str, period: str) -> int:
    """SerialNo of the next census file: one more than the versions handed over (architecture, decision 8)."""
    return 1 + sum(release.settled_at is not None for release in ledger.releases(school=school, period=period))


def prepare(ledger: Ledger, vault: Vault, draft: Draft, at: dt.datetime, nonce: str) -> Prepared:
    """Enter a draft in the ledger: a new waybill, the one that exists already, or a nil return.

    Args:
        at: aware UTC; the moment of preparation.
        nonce: 128 random bits in hex.

    Raises:
        NothingToSend: no pupil in the file and the agreement does not allow a nil return.

    """
    agreement, school = draft.agreement, draft.school
    if draft.facts.pupils == 0:
        return _nil(ledger, draft, at)
    with ledger.transaction() as tx:
        version = tx.next_version(school.urn, draft.period, agreement.recipient.id, agreement.id)
        before = _before(tx, vault, draft)
        waybill = _waybill(tx, draft, version, before, at, nonce)
        if before and _same(before[1], waybill, before[0].state):
            return Prepared(Outcome.UNCHANGED, before[1])
        if before and before[0].state in _WAITING:
            tx.move(before[0].waybill, State.WITHDRAWN, at, {"because": "prepared again with other content"})
        slot = Slot(school.urn, draft.period, agreement.recipient.id, agreement.id, version)
        tx.prepare(waybill.sha256, slot, at, _sealed(vault, draft, waybill, at))
    return Prepared(Outcome.PREPARED, waybill)


def read_waybill(ledger: Ledger, vault: Vault, waybill: str) -> Waybill:
    """Open the sealed waybill of a hash; UnknownRelease when the ledger has none."""
    return parse(vault.open(artefact(ledger, waybill, "waybill")))


def artefact(ledger: Ledger | Tx, waybill: str, name: str) -> str:
    """The vault address of `waybill`, `file` or `findings` of a prepared release."""
    event = ledger.events(State.PREPARED, waybill=waybill)[0]
    return str(event.body["detail"][name])  # type: ignore[index,call-overload]


def _nil(ledger: Ledger, draft: Draft, at: dt.datetime) -> Prepared:
    agreement = draft.agreement
    if agreement.when_empty != NIL:
        message = (
            f"{agreement.id} for school {draft.school.urn}, {draft.period}: the file would hold no pupil, and the "
            "agreement does not allow a nil return. Check the population, or say `when_empty: nil` there."
        )
        raise NothingToSend(message)
    slot = {"school": draft.school.urn, "period": draft.period, "agreement": agreement.id}
    if not ledger.events(NIL, **slot):
        ledger.append(NIL, slot | {"agreement_sha256": agreement.sha256, "snapshot": draft.snapshot_sha256}, at)
    return Prepared(Outcome.NIL, None)


def _before(tx: Tx, vault: Vault, draft: Draft) -> tuple[Release, Waybill] | None:
    """The latest release of the slot that still means something, with its waybill."""
    agreement = draft.agreement
    releases = [
        release
        for release in tx.releases(school=draft.school.urn, period=draft.period, agreement=agreement.id)
        if release.state in _WAITING | CONSUMING
    ]
    if not releases:
        return None
    latest = max(releases, key=lambda release: (release.slot.version, release.at))
    return latest, parse(vault.open(artefact(tx, latest.waybill, "waybill")))


def _same(old: Waybill, new: Waybill, state: State) -> bool:
    """Say whether the new preparation adds nothing: same content, and while unsent also the same grounds."""
    grounds = ("agreement_sha256", "recipient_lock", "notice_sha256", "findings_sha256", "approvers_sha256")
    same_grounds = all(getattr(old, name) == getattr(new, name) for name in grounds)
    return old.content_sha256 == new.content_sha256 and (state in CONSUMING or same_grounds)


def _waybill(  # noqa: PLR0913  the waybill names everything it hangs on
    tx: Tx, draft: Draft, version: int, before: tuple[Release, Waybill] | None, at: dt.datetime, nonce: str,
) -> Waybill:  # fmt: skip
    agreement, school = draft.agreement, draft.school
    name = agreement.delivery.remote_name(
        la=school.la_number, estab=school.estab, urn=school.urn, period=draft.period, version=version,
    )  # fmt: skip
    standing = verdict(draft.findings, frozenset())
    return Waybill(
        school=school.urn,
        period=draft.period,
        agreement=agreement.id,
        agreement_sha256=agreement.sha256,
        recipient=agreement.recipient.id,
        recipient_lock=agreement.recipient_lock,
        release_version=version,
        supersedes=before[0].waybill if before and before[0].settled_at and version > 1 else None,
        file_sha256=sha256(draft.data),
        length=len(draft.data),
        remote_name=remote_name(name),
        content_sha256=sha256(FORMATS[agreement.format].content(draft.data)),
        tally=Tally(
            pupils=draft.facts.pupils,
            cells=draft.facts.cells,
            errors=standing.blocking_open,
            queries=standing.queries,
            unexplained=standing.unexplained,
            not_evaluated=standing.not_evaluated,
            unverified_paths=draft.facts.unverified_paths,
        ),
        fields=tuple(line.id for line in agreement.lines),
        snapshot_sha256=draft.snapshot_sha256,
        notice_version=draft.notice.version,
        notice_sha256=draft.notice.sha256,
        findings_sha256=_findings_sha256(draft.findings),
        approvers_sha256=current(tx).sha256,
        prepared_at=at,
        nonce=nonce,
    )


def _sealed(vault: Vault, draft: Draft, waybill: Waybill, at: dt.datetime) -> dict[str, str | bool]:
    purge_on = at.date() + dt.timedelta(days=draft.agreement.retention_days)
    parts = {"waybill": waybill.canonical, "file": draft.data, "findings": pack({FINDING.name: draft.findings}, {})}
    sealed = {name: vault.seal(data, kind=name, purge_on=purge_on).address for name, data in parts.items()}
    return sealed | {"stable": draft.stable, "snapshot": draft.snapshot_sha256}


def _findings_sha256(findings: pd.DataFrame) -> str:
    return digest(findings.astype(object).where(findings.notna(), None).to_dict("split", index=False)["data"])
