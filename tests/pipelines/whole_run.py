"""The main job as a trust runs it, for tests: prepare, sign, let the sensors say what to release, release.

Every step goes through the same jobs, actions and sensors as in earnest; a test gives the doors it swaps.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from exports.preparation import read_waybill
from exports.signing import Role
from exports.waybill import Waybill
from ledger.states import State
from pipelines.actions import preparing, signing
from pipelines.build import build_defs
from pipelines.jobs import RELEASE_JOBS
from simulator.deployment import Deployment

AUTUMN = "2026-autumn"
FEED_PERIODS = ("2026-10-01", "2026-autumn-term")
SIGNERS = ((Role.DATA_MANAGER, "priya"), (Role.HEAD, "helen"))


def definitions(demo: Deployment, **doors: Any) -> dg.Definitions:
    here = demo.installation
    return build_defs(here.settings, **{"vault": here.vault, "ledger": here.ledger, "clock": here.clock, **doors})


def prepare(demo: Deployment, *periods: str, **doors: Any) -> dict[str, tuple[str, ...]]:
    """Prepare periods for the whole trust; returns the schools that failed, by period."""
    defs = definitions(demo, **doors)
    found = {period: preparing.prepare(demo.installation, period, definitions=lambda: defs) for period in periods}
    return {period: result.failed for period, result in found.items()}


def run(demo: Deployment, defs: dg.Definitions, job: str, partition: str | dg.MultiPartitionKey, *assets: dg.AssetKey):
    """Run one job for one partition, as the daemon would."""
    with preparing.instance_of(demo.installation) as instance:
        return defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            partition_key=partition,
            asset_selection=list(assets) or None,
            raise_on_error=False,
        )


def sign_everything(demo: Deployment) -> list[Waybill]:
    """Sign every waybill that nothing holds, each by two people."""
    here, signed = demo.installation, []
    keys = {person: demo.key(person) for _, person in SIGNERS}
    for release in here.ledger.releases(state=State.PREPARED.value):
        waybill = read_waybill(here.ledger, here.vault, release.waybill)
        if waybill.tally.errors or waybill.tally.unexplained:
            continue
        for role, person in SIGNERS:
            signing.sign_release(demo.acting(person), release.waybill, role, keys[person], release.waybill[:8])
        signed.append(waybill)
    return signed


def release_everything(demo: Deployment, **doors: Any) -> dict[str, bool]:
    """Tick each release sensor and run what it asks for; returns success by partition and asset."""
    defs = definitions(demo, **doors)
    sent: dict[str, bool] = {}
    for job, request in _asked(demo, defs):
        result = run(demo, defs, job, request.partition_key, *request.asset_selection)
        there = {event.asset_key for event in result.get_asset_materialization_events()}
        sent |= {
            f"{request.partition_key} {asset.to_user_string()}": asset in there for asset in request.asset_selection
        }
    return sent


def _asked(demo: Deployment, defs: dg.Definitions) -> Iterator[tuple[str, dg.RunRequest]]:
    repository = defs.get_repository_def()
    with preparing.instance_of(demo.installation) as instance:
        for job in RELEASE_JOBS.values():
            context = dg.build_sensor_context(instance, repository_def=repository)
            tick = repository.get_sensor_def(f"{job}_what_is_signed").evaluate_tick(context)
            yield from ((job, request) for request in tick.run_requests)
