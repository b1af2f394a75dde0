"""From a rendered file to a waybill that waits for signatures: the last step of every preparation.

Belongs here: what a new preparation means beside the ones before it. Nothing here sends anything. The same content
under the same agreement and notice is `unchanged`: the waybill that exists stays, with its signatures; other content
withdraws a waybill that still waits. Nothing to send is a recorded nil, never a silence.
"""

import datetime as dt
import io
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import rfc8785

from exports import grounds, lineage
from exports.agreements import Agreement
from exports.approvers import current
from exports.disclosed import cell_columns, subjects
from exports.formats import FORMATS, FileFacts
from exports.notes import explained_keys
from exports.nothing_to_send import WAITING, enter_nil
from exports.notice import Notice
from exports.protection import separated
from exports.protection_effects import Applied, protection_findings
from exports.protection_gate import ProtectionChanged, Stores, Waiting, changed_since, is_void
from exports.protection_log import confirmed
from exports.waybill import RemoteNameRefused, Tally, Waybill, digest, is_increment, parse, remote_name, sha256
from ledger.disclosures import Batch, digests
from ledger.states import CONSUMING, State
from ledger.store import Ledger, Release, Slot, Tx
from schemas.census.findings import FINDING, finding_key, verdict
from schemas.census.hits import joined
from schemas.census.spec import NOTHING, Confirmed, Emitted, doubts
from schemas.deployment import School
from schemas.table import Frames
from vault.frames import pack
from vault.pupils import PupilKeys
from vault.store import Vault

MADE_BY: Final = "made_by"
"""Member that only an adopted file's certificate has: the software its header names (`exports.adoption`)."""
KEEP_GROUNDS: Final = dt.timedelta(days=26 * 366)
"""Waybill and grounds live as long as a pupil's record, so that the disclosure log can be read (IRMS toolkit)."""
KEEP_DIGESTS: Final = dt.timedelta(days=400)
"""Digests live until the next year's file can be held against them, however short the file itself is kept."""
GROUNDS_SHA256: Final = "grounds_sha256"


class Outcome(StrEnum):
    """What became of a preparation."""

    PREPARED = "prepared"
    UNCHANGED = "unchanged"
    ADOPTED_STANDS = "an adopted file waits: call it off to have this one"
    NIL = "nil"


@dataclass(frozen=True)
class Draft:
    """Everything a waybill is made from.

    Attributes:
        data: the file's bytes.
        facts: what was counted in them when they were read back.
        frames: the minimised tables that the bytes say.
        upns: UPN by pupil id, so that a pupil can be found by it later.
        findings: FINDING frame of the return or feed, as far as it concerns this agreement.
        certificate: of the snapshot.
        destination: where this file goes, for an agreement with several destinations.
        confirmed: what the department's material confirms of its year's layout.
        beside: what the desk needs with the findings and nobody outside gets: WHO they are about, on what FACT.
        applied: what protection did to the tables, and whom the file is held for.
        enclosed: what is inside a file sealed to its recipient, which nobody here could open again; else None.

    """

    school: School
    period: str
    agreement: Agreement
    notice: Notice
    data: bytes
    facts: FileFacts
    frames: Frames
    upns: Mapping[str, str | None]
    findings: pd.DataFrame
    certificate: Mapping[str, Any]
    beside: Frames = field(default_factory=dict)
    confirmed: Confirmed = NOTHING
    destination: str = ""
    applied: Applied = field(default_factory=Applied)
    enclosed: bytes | None = None

    @property
    def content(self) -> bytes:
        """What tells an unchanged file: what is inside a sealed one, for its seal is another each time."""
        data = self.data if self.enclosed is None else self.enclosed
        return FORMATS[self.agreement.format].content(data)

    @property
    def recipient(self) -> str:
        """Id of who receives this file."""
        return self.agreement.recipient_at(self.destination)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The outcome, and the waybill that now stands for the slot (None for a nil return)."""

    outcome: Outcome
    waybill: Waybill | None


def next_serial(ledger: Ledger, school: str, period: str) -> int:
    """SerialNo of the next census file: one more than the versions handed over (architecture, decision 8)."""
    return 1 + sum(release.settled_at is not None for release in ledger.releases(school=school, period=period))


def prepare(ledger: Ledger, vault: Vault, pupils: PupilKeys, draft: Draft, at: dt.datetime, nonce: str) -> Prepared:
    """Enter a draft in the ledger: a new waybill, the one that exists already, or a nil return.

    Args:
        at: aware UTC; the moment of preparation.
        nonce: 128 random bits in hex.

    Raises:
        ProtectionChanged: the register or a decision changed since the MIS was read.

    """
    agreement, school = draft.agreement, draft.school
    draft = _with_protection(ledger, draft, at.date())
    explained = explained_keys(ledger, pupils, school.urn, draft.period, draft.findings)
    with ledger.transaction() as tx:
        stores = Stores(tx, vault, pupils)
        _refuse_overtaken(stores, draft)
        before = _before(tx, vault, draft)
        void = before is not None and _void(tx, stores, before[0], draft)
        if before and not void and _adopted_stands(tx, vault, before[0], draft):
            return Prepared(Outcome.ADOPTED_STANDS, before[1])
        if not draft.facts.pupils:
            _withdraw(tx, before, at)
            enter_nil(tx, school.urn, draft.period, agreement, draft.certificate, at)
            return Prepared(Outcome.NIL, None)
        version = tx.next_version(school.urn, draft.period, draft.recipient, agreement.id)
        waybill = _waybill(tx, draft, explained, version, before, at, nonce)
        if before and not void and _same(before[1], waybill, before[0].state):
            return Prepared(Outcome.UNCHANGED, before[1])
        _withdraw(tx, before, at)
        slot = Slot(school.urn, draft.period, draft.recipient, agreement.id, version)
        apart = separated(tx, vault).ids(school.urn, draft.upns)
        sealed = _sealed(vault, draft, *_told(pupils, draft, apart), at.date())
        sealed |= _kept(vault, waybill, draft, at.date() + KEEP_GROUNDS)
        tx.prepare(waybill.sha256, slot, at, sealed)
    return Prepared(Outcome.PREPARED, waybill)


def _void(tx: Tx, stores: Stores, before: Release, draft: Draft) -> bool:
    """Say whether what waits may not leave as it is, so that even the same content is prepared anew.

    Its protection is out of date, or it rests on an increment and this draft on a full reading (ADR 0072).
    """
    if before.state not in WAITING:
        return False
    resting = not is_increment(draft.certificate) and is_increment(certificate_of(tx, stores.vault, before.waybill))
    return resting or is_void(stores, in_waiting(tx, stores.vault, before.waybill, draft.agreement))


def read_waybill(ledger: Ledger | Tx, vault: Vault, waybill: str) -> Waybill:
    """Open the sealed waybill of a hash; UnknownRelease when the ledger has none."""
    return parse(vault.open(artefact(ledger, waybill, "waybill")))


def read_grounds(ledger: Ledger | Tx, vault: Vault, waybill: str) -> grounds.Grounds:
    """The grounds that a release was prepared on; UnknownRelease when the ledger has none of that hash."""
    return grounds.read(json.loads(vault.open(artefact(ledger, waybill, "grounds"))))


def read_emitted(ledger: Ledger, vault: Vault, waybill: str) -> Emitted:
    """What a file puts into the department's layout: element paths, and the codes at each."""
    return Emitted.read(json.loads(vault.open(artefact(ledger, waybill, "layout"))))


def certificate_of(ledger: Ledger | Tx, vault: Vault, waybill: str) -> dict[str, Any]:
    """The certificate of the snapshot that a file was made from."""
    found: dict[str, Any] = json.loads(vault.open(artefact(ledger, waybill, "certificate")))
    return found


def made_by(ledger: Ledger | Tx, vault: Vault, waybill: str) -> str | None:
    """The MIS that made an adopted file; None for a file of our own."""
    certificate = certificate_of(ledger, vault, waybill)
    return str(certificate[MADE_BY]) if MADE_BY in certificate else None


def artefact(ledger: Ledger | Tx, waybill: str, name: str) -> str:
    """The vault address of a part of a prepared release: waybill, file, findings, grounds, certificate or cells."""
    event = ledger.events(State.PREPARED, waybill=waybill)[0]
    return str(event.body["detail"][name])  # type: ignore[index,call-overload]


def read_applied(ledger: Ledger | Tx, vault: Vault, waybill: str) -> Applied:
    """What protection did to the tables of a prepared release, and whom it is held for."""
    return Applied.read(json.loads(vault.open(artefact(ledger, waybill, "protection"))))


def in_waiting(ledger: Ledger | Tx, vault: Vault, waybill: str, agreement: Agreement) -> Waiting:
    """A prepared file as protection looks at it."""
    return Waiting(
        agreement=agreement,
        school=ledger.release(waybill).slot.school,
        seq=ledger.events(State.PREPARED, waybill=waybill)[0].seq,
        refs=frozenset(open_batch(vault.open(artefact(ledger, waybill, "cells"))).refs),
        held=len(read_applied(ledger, vault, waybill).held),
    )


def _with_protection(ledger: Ledger, draft: Draft, day: dt.date) -> Draft:
    """Return the draft of one file with what the safeguarding lead has to do before it may leave."""
    applied = draft.applied.within(set(subjects(draft.frames)))
    known = confirmed(ledger, draft.school.urn, day)
    found = protection_findings(draft.agreement, applied.held, confirmed=known)
    return replace(draft, applied=applied, findings=joined(draft.findings, found))


def _refuse_overtaken(stores: Stores, draft: Draft) -> None:
    """Refuse tables whose protection is out of date before they are a file."""
    seq, upns = draft.applied.seq, set(draft.upns.values())
    if seq is not None and changed_since(stores, draft.agreement, draft.school.urn, seq, upns.__contains__):
        message = (
            f"the protection register, or a decision on a pupil, has changed for school {draft.school.urn} since its "
            "MIS was read: prepare it again"
        )
        raise ProtectionChanged(message)


def _withdraw(tx: Tx, before: tuple[Release, Waybill] | None, at: dt.datetime) -> None:
    """Call off what still waits for the slot: the new preparation says something else."""
    if before and before[0].state in WAITING:
        tx.move(before[0].waybill, State.WITHDRAWN, at, {"because": "prepared again with other content"})


def _adopted_stands(tx: Tx, vault: Vault, before: Release, draft: Draft) -> bool:
    """A person chose the MIS's own file: the nightly preparation must not call it off."""
    if before.state not in WAITING or MADE_BY in draft.certificate:
        return False
    return made_by(tx, vault, before.waybill) is not None


def _before(tx: Tx, vault: Vault, draft: Draft) -> tuple[Release, Waybill] | None:
    """The latest release of the slot that still means something, with its waybill."""
    slot = {"school": draft.school.urn, "period": draft.period, "recipient": draft.recipient}
    releases = [
        release for release in tx.releases(**slot, agreement=draft.agreement.id) if release.state in WAITING | CONSUMING
    ]
    if not releases:
        return None
    latest = max(releases, key=lambda release: (release.slot.version, release.at))
    return latest, parse(vault.open(artefact(tx, latest.waybill, "waybill")))


def _same(old: Waybill, new: Waybill, state: State) -> bool:
    """Say whether the new preparation adds nothing: same content, and while unsent also the same grounds."""
    if state is State.RECALLED:  # the recipient was asked to destroy it: whatever follows is a file of its own
        return False
    grounds = ("agreement_sha256", "recipient_lock", "notice_sha256", "findings_sha256", "approvers_sha256")
    same_grounds = all(getattr(old, name) == getattr(new, name) for name in grounds) and old.tally == new.tally
    return old.content_sha256 == new.content_sha256 and (state in CONSUMING or same_grounds)


def _waybill(
    tx: Tx,
    draft: Draft,
    explained: frozenset[str],
    version: int,
    before: tuple[Release, Waybill] | None,
    at: dt.datetime,
    nonce: str,
) -> Waybill:
    agreement, school = draft.agreement, draft.school
    name = agreement.delivery.remote_name(
        la=school.la_number, estab=school.estab, urn=school.urn, period=draft.period, version=version,
        dest=draft.destination, serial=1 + len(tx.releases(school=school.urn, recipient=draft.recipient)),
    )  # fmt: skip
    if faults := "; ".join(FORMATS[agreement.format].misnamed(name, draft.frames, agreement)):
        message = f"agreement {agreement.id}: {faults}. Nothing was prepared."
        raise RemoteNameRefused(message)
    standing = verdict(draft.findings, explained)
    return Waybill(
        school=school.urn,
        period=draft.period,
        agreement=agreement.id,
        agreement_sha256=agreement.sha256,
        recipient=draft.recipient,
        destination=draft.destination,
        recipient_lock=agreement.lock_at(draft.destination),
        release_version=version,
        supersedes=before[0].waybill if before and before[0].settled_at and version > 1 else None,
        file_sha256=sha256(draft.data),
        length=len(draft.data),
        remote_name=remote_name(name),
        content_sha256=sha256(draft.content),
        tally=Tally(
            pupils=draft.facts.pupils,
            cells=draft.facts.cells,
            blocking=standing.blocking_open,
            errors=standing.errors,
            queries=standing.queries,
            unexplained=standing.unexplained,
            not_evaluated=standing.not_evaluated,
            unverified_paths=len(doubts(draft.facts.emitted, draft.confirmed)),
        ),
        fields=tuple(line.id for line in agreement.lines),
        snapshot_sha256=digest(draft.certificate),
        notice_version=draft.notice.version,
        notice_sha256=draft.notice.sha256,
        findings_sha256=findings_sha256(draft.findings, explained),
        approvers_sha256=current(tx).sha256,
        prepared_at=at,
        nonce=nonce,
    )


def _sealed(vault: Vault, draft: Draft, named: Sequence[str], batch: Batch, at: dt.date) -> dict[str, str]:
    """Seal everything the gate and the record will need, and say where each part is."""
    purge_on = at + dt.timedelta(days=draft.agreement.retention_days)
    parts = {
        "file": draft.data,
        "findings": pack({FINDING.name: draft.findings, **draft.beside}, {}),
        "certificate": rfc8785.dumps(dict(draft.certificate)),
        "layout": rfc8785.dumps(draft.facts.emitted.body()),
        "cells": _pack_batch(batch),
        "protection": rfc8785.dumps(draft.applied.body()),
        lineage.ARTEFACT: lineage.of_file(draft.agreement, batch.refs, named, draft.certificate.get(MADE_BY)),
    }
    if draft.enclosed is not None:
        parts["enclosed"] = draft.enclosed
    until = {"cells": max(purge_on, at + KEEP_DIGESTS)}
    return {
        name: vault.seal(data, kind=name, purge_on=until.get(name, purge_on)).address for name, data in parts.items()
    }


def _told(pupils: PupilKeys, draft: Draft, apart: Container[str]) -> tuple[list[str], Batch]:
    """The MIS's ids of the file's pupils, and what the file tells of each, in the same order."""
    named = subjects(draft.frames)
    keys = pupils.pupils(draft.school.urn, named, [draft.upns.get(pupil) for pupil in named], apart)
    return named, digests(cell_columns(draft.frames, draft.agreement, named), keys)


def _kept(vault: Vault, waybill: Waybill, draft: Draft, until: dt.date) -> dict[str, str]:
    """Seal what a trace will need long after the file itself is gone; neither part holds a value of a pupil.

    The hash of the grounds goes into the ledger too, so that an evidence pack can prove them.
    """
    rests_on = grounds.write(grounds.grounds_of(draft.agreement, draft.applied.counted))
    parts = {"waybill": waybill.canonical, "grounds": rests_on}
    addresses = {name: vault.seal(data, kind=name, purge_on=until).address for name, data in parts.items()}
    return addresses | {GROUNDS_SHA256: sha256(rests_on)}


def _pack_batch(batch: Batch) -> bytes:
    table = pa.table({"ref": pa.array(batch.refs, pa.binary()), "cells": pa.array(batch.cells, pa.list_(pa.binary()))})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def open_batch(data: bytes) -> Batch:
    """Read back the digests that were sealed with a file."""
    table = pq.read_table(io.BytesIO(data))
    return Batch(tuple(table["ref"].to_pylist()), tuple(table["cells"].to_pylist()))


def findings_sha256(findings: pd.DataFrame, explained: Container[str]) -> str:
    """SHA-256 over the findings and which of them are explained: a new explanation needs a new waybill."""
    rows = findings.astype(object).where(findings.notna(), None).to_dict("split", index=False)["data"]
    keys = [finding_key(row[0], row[5], row[6]) for row in rows]
    return digest([[*row, key in explained] for row, key in zip(rows, keys, strict=True)])
