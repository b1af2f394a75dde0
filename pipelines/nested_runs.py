"""One run per school inside one run: the only module that uses Dagster's internals (architecture, decision 10).

Belongs here: creating a child run with the outer run's repository origin (without it the UI cannot re-execute the
child), executing it in this process, and marking children that a killed outer run left unfinished as failed.
A single-run backfill is no alternative: there one bad school stops the next step for all.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.partitions.utils import get_tags_from_multi_partition_key
from dagster._core.execution.api import execute_run
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

LOCATION = "waybill"
OUTER_RUN_TAG = "waybill/outer-run"
_DEFINITIONS = "pipelines.definitions"
_UNFINISHED = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED]


def run_child(
    outer: dg.DagsterRun,
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    key: str,
    assets: Sequence[dg.AssetKey] | None = None,
) -> bool:
    """Execute `job` for one partition as a run of its own, in this process; True when it succeeded."""
    selected = job if assets is None else job.get_subset(asset_selection=frozenset(assets))
    run = instance.create_run_for_job(
        selected,
        asset_selection=None if assets is None else frozenset(assets),
        tags={
            "dagster/partition": str(key),
            **(get_tags_from_multi_partition_key(key) if isinstance(key, dg.MultiPartitionKey) else {}),
            OUTER_RUN_TAG: outer.run_id,
        },
        remote_job_origin=RemoteJobOrigin(_repository(outer), job.name),
        job_code_origin=outer.job_code_origin,
    )
    return execute_run(InMemoryJob(selected), run, instance).success


def already_done(outer: dg.DagsterRun, instance: dg.DagsterInstance) -> frozenset[str]:
    """Partitions that an earlier attempt of `outer` prepared; a first attempt has none."""
    done: set[str] = set()
    earlier = outer.parent_run_id
    while earlier is not None:
        tags = {OUTER_RUN_TAG: earlier}
        runs = instance.get_runs(dg.RunsFilter(tags=tags, statuses=[dg.DagsterRunStatus.SUCCESS]))
        done |= {run.tags["dagster/partition"] for run in runs}
        before = instance.get_run_by_id(earlier)
        earlier = before.parent_run_id if before else None
    return frozenset(done)


def fail_orphans(instance: dg.DagsterInstance, jobs: Iterable[str]) -> int:
    """Mark as failed the children whose outer run is no longer going on; returns how many."""
    orphans = 0
    for job in jobs:
        for run in instance.get_runs(dg.RunsFilter(job_name=job, statuses=_UNFINISHED)):
            outer_id = run.tags.get(OUTER_RUN_TAG)
            outer = instance.get_run_by_id(outer_id) if outer_id else None
            if outer_id and (outer is None or outer.is_finished):
                instance.report_run_failed(run, "The run that carried this one out was stopped. Run this school again.")
                orphans += 1
    return orphans


def _repository(outer: dg.DagsterRun) -> RemoteRepositoryOrigin:
    if outer.remote_job_origin is not None:
        return outer.remote_job_origin.repository_origin
    target = LoadableTargetOrigin(
        executable_path=None,
        python_file=None,
        module_name=_DEFINITIONS,
        working_directory=str(Path(__file__).resolve().parent.parent),
        attribute=None,
        package_name=None,
        autoload_defs_module_name=None,
    )
    return RemoteRepositoryOrigin(ManagedGrpcPythonEnvCodeLocationOrigin(target, LOCATION), "__repository__")
