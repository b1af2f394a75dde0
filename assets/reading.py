"""Reading a school's MIS into a bundle, for both the census and the feeds.

Belongs here: progress to Dagster's log in counts, and the facts of the certificate that later steps carry along.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg

from assets.io_manager import Bundle
from assets.partitions import Slot
from assets.ports import Ports
from connectors.mis import Plan
from exports.protection import separated
from exports.waybill import digest
from schemas.separation import without_links

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

    snapshot = ports.connect(ports.schools[slot.school]).snapshot(plan, progress, ports.now)
    certificate = dict(snapshot.certificate)
    context.add_output_metadata(
        {
            "resources": len(certificate["resources"]),
            "rows": sum(len(frame) for frame in snapshot.frames.values()),
            "stable": bool(certificate["stable"]),
            "certificate": digest(certificate)[:16],
        },
    )
    apart = separated(ports.ledger, ports.vault).ids(slot.school, snapshot.frames["upn"])
    ended = dt.datetime.fromisoformat(str(certificate["ended"]))
    return Bundle(
        without_links(snapshot.frames, apart),
        {
            "certificate": certificate,
            "ended_local": ended.astimezone(_LONDON).replace(tzinfo=None).isoformat(timespec="seconds"),
        },
    )
