"""Reading a school's MIS into a bundle, for both the census and the feeds.

Belongs here: progress to Dagster's log in counts, the facts of the certificate that later steps carry along, and what
protects the school's pupils from one agreement, read again for each.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import dagster as dg

from assets.io_manager import Bundle
from assets.partitions import Slot
from assets.ports import Ports
from connectors.mis import Plan
from exports.consent import recall
from exports.protection import separated
from exports.protection_standing import Standing, standing
from exports.terms import Agreement
from exports.waybill import digest
from schemas.mis_flags import Said, said
from schemas.own_codes import translated
from schemas.separation import without_links

BY_THE_MIS = "the MIS"
"""Who entered a withdrawal, in the ledger, where it was read and not entered."""
READ_AGAIN: Final = dg.RetryPolicy(max_retries=1, delay=30)
"""Reading is the one step that may succeed a moment later; what was read is kept, and a refusal is not asked again.
Once, after half a minute: a MIS that is away for sixty schools costs half an hour."""
_PROGRESS_EVERY = 50_000
_LONDON = ZoneInfo("Europe/London")


def read_snapshot(context: dg.AssetExecutionContext, ports: Ports, slot: Slot, plan: Plan) -> Bundle:
    """Read what `plan` asks for; the bundle's meta names the certificate by hash and holds it whole.

    Records set apart have lost their past when this returns, so that no later step can tell of it.
    """
    told: dict[str, int] = {}

    def progress(resource: str, rows: int) -> None:
        if rows - told.get(resource, 0) >= _PROGRESS_EVERY:
            told[resource] = rows
            context.log.info(f"{slot.school}: {resource}: {rows:,} rows so far")

    school, began = ports.schools[slot.school], ports.now()
    snapshot = ports.connect(school).snapshot(plan, progress, ports.now)
    read = translated(snapshot.frames, school.mis.codes)
    certificate = dict(snapshot.certificate)
    context.add_output_metadata(
        {
            "resources": len(certificate["resources"]),
            "rows": sum(len(frame) for frame in read.values()),
            "reading_seconds": round((ports.now() - began).total_seconds(), 1),
            "stable": bool(certificate["stable"]),
            "certificate": digest(certificate)[:16],
            "reading": str(certificate.get("reading", "full")),
            "why_full": str(certificate.get("why_full", "")),
            "changes_the_log_kept_silent_about": sum(certificate.get("reconciled", {}).values()),
        },
    )
    seq = ports.ledger.head().seq
    apart = separated(ports.ledger, ports.vault).ids(slot.school, read["upn"])
    ended = dt.datetime.fromisoformat(str(certificate["ended"]))
    frames = without_links(read, apart)
    return Bundle(
        frames,
        {
            "ledger_seq": seq,
            "said": said(frames, ports.mis_flags).body(),
            "certificate": certificate,
            "ended_local": ended.astimezone(_LONDON).replace(tzinfo=None).isoformat(timespec="seconds"),
        },
    )


def _recall_refused(ports: Ports, agreement: Agreement, slot: Slot, known: Said) -> None:
    """Ask whoever was told on a consent that the MIS now says is refused to erase it; nobody is asked twice."""
    purpose = agreement.consent_purpose
    for pupil_id in sorted(known.refusing.get(purpose, frozenset()) if purpose else ()):
        key = ports.pupils.by_id(slot.school, pupil_id)
        if key is not None:
            recall(
                ports.ledger, ports.vault, ports.pupils, agreement, [key.ref],
                school=slot.school, by=BY_THE_MIS, at=ports.now(),
            )  # fmt: skip


def read_standing(ports: Ports, agreement: Agreement, slot: Slot, meta: Mapping[str, Any]) -> Standing:
    """Put together what protects the pupils of a slot's school from an agreement.

    Args:
        ports: where register and decisions are.
        agreement: whose file is made.
        slot: of the run.
        meta: of a bundle that `read_snapshot` began.

    """
    known = Said.read(meta["said"])
    _recall_refused(ports, agreement, slot, known)
    return standing(ports.ledger, ports.vault, ports.pupils, agreement, slot.school, known, meta["ledger_seq"])
