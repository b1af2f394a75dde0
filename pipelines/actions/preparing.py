"""Prepare: run the same Dagster jobs the schedule runs, in this process.

Belongs here: the verb `prepare`. What is prepared, and how, is the assets'.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from ledger.store import Release
from pipelines.build import build_defs
from pipelines.installation import Installation
from pipelines.jobs import TRUST_JOB
from schemas.census.collection import COLLECTIONS
from schemas.refusal import Refusal


class PreparationFailed(Refusal):
    """At least one school could not be prepared; the others are."""

    code = "preparation_failed"


@dataclass(frozen=True, slots=True)
class PrepareResult:
    """What stands prepared for a period after the run; `failed` names the schools that could not be."""

    period: str
    releases: tuple[Release, ...]
    failed: tuple[str, ...]


def instance_of(installation: Installation) -> dg.DagsterInstance:
    """Dagster's instance of this installation, so that its runs show in the UI."""
    return dg.DagsterInstance.from_config(str(installation.settings.dagster))


def prepare(
    installation: Installation, period: str, *, definitions: Callable[[], dg.Definitions] | None = None
) -> PrepareResult:
    """Prepare a collection or a feed period for every school, each in a run of its own.

    Preparing needs no authority: it discloses nothing. A school that fails does not stop the others. What Dagster
    would print goes to `console.log` in its folder.
    """
    defs = definitions() if definitions else build_defs(installation.settings, clock=installation.clock)
    key = f"{'census' if period in COLLECTIONS else 'feeds'}-{period}"
    console = installation.settings.dagster / "console.log"
    with (
        instance_of(installation) as instance,
        console.open("a", encoding="utf-8") as log,
        contextlib.redirect_stderr(log),
    ):
        outer = defs.resolve_job_def(TRUST_JOB).execute_in_process(
            instance=instance, partition_key=key, raise_on_error=False
        )
        failed = () if outer.success else _failed_schools(instance, outer.run_id)
    return PrepareResult(period, tuple(installation.ledger.releases(period=period)), failed)


def _failed_schools(instance: dg.DagsterInstance, outer: str) -> tuple[str, ...]:
    runs = instance.get_runs(
        dg.RunsFilter(tags={"waybill/outer-run": outer}, statuses=[dg.DagsterRunStatus.FAILURE]),
    )
    return tuple(sorted(run.tags["dagster/partition/school"] for run in runs))
