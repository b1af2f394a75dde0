"""One run per school inside one run: the only module that uses Dagster's internals (architecture, decision 10).

Belongs here: creating a child run with the outer run's repository origin (without it the UI cannot re-execute the
child), carrying it out, and marking children that a killed outer run left unfinished as failed. With Dagster's own
launcher, which starts processes of this machine, a child is executed in this process; any other launcher has workers
elsewhere, and gets it (ADR 0085). A single-run backfill is no alternative: there one bad school stops the next step
for all.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.partitions.utils import get_tags_from_multi_partition_key
from dagster._core.execution.api import execute_run
from dagster._core.launcher import DefaultRunLauncher
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.tags import AUTO_RETRY_RUN_ID_TAG, WILL_RETRY_TAG
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

LOCATION = "waybill"
OUTER_RUN_TAG = "waybill/outer-run"
_DEFINITIONS = "pipelines.definitions"
_PROJECT: Final = str(Path(__file__).resolve().parent.parent)
_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]  # fmt: skip
_NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})
_LOOK_EVERY: Final = 1.0
"""Seconds between two looks at a run that is carried out elsewhere."""


def begin_child(
    outer: dg.DagsterRun,
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    key: str,
    assets: Sequence[dg.AssetKey] | None = None,
    tags: Mapping[str, str] = _NO_TAGS,
) -> Callable[[], bool]:
    """Make a run of `job` for one partition; what is returned ends with it, True when it succeeded.

    With workers elsewhere the run is on its way to them now, or still from an attempt that `outer` retries; else it is
    executed when the answer is asked for.
    """

    def carried_out_here() -> bool:
        run = _create(outer, instance, job, key, assets, tags)
        return execute_run(InMemoryJob(_selected(job, assets)), run, instance).success

    if _here(instance):
        return carried_out_here
    going_on = _going_on(outer, instance, job.name, str(key))
    if going_on is not None:
        return partial(ended_well, instance, going_on)
    run = _create(outer, instance, job, key, assets, tags)
    workspace = cast("Any", None)  # the queue asks for none: Dagster's daemon launches what is in it
    instance.submit_run(run.run_id, workspace)
    return partial(ended_well, instance, run.run_id)


def _here(instance: dg.DagsterInstance) -> bool:
    return isinstance(instance.run_launcher, DefaultRunLauncher)


def _going_on(outer: dg.DagsterRun, instance: dg.DagsterInstance, job: str, key: str) -> str | None:
    for earlier in _attempts(outer, instance):
        tags = {OUTER_RUN_TAG: earlier, "dagster/partition": key}
        for run in instance.get_runs(dg.RunsFilter(job_name=job, tags=tags, statuses=_UNFINISHED)):
            return run.run_id
    return None


def _create(
    outer: dg.DagsterRun,
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    key: str,
    assets: Sequence[dg.AssetKey] | None,
    tags: Mapping[str, str],
) -> dg.DagsterRun:
    return instance.create_run_for_job(
        _selected(job, assets),
        asset_selection=None if assets is None else frozenset(assets),
        tags={
            **job.run_tags,
            **tags,
            "dagster/partition": str(key),
            **(get_tags_from_multi_partition_key(key) if isinstance(key, dg.MultiPartitionKey) else {}),
            OUTER_RUN_TAG: outer.run_id,
        },
        remote_job_origin=RemoteJobOrigin(_repository(outer), job.name),
        job_code_origin=JobPythonOrigin(job.name, _code(outer)),
    )


def _selected(job: dg.JobDefinition, assets: Sequence[dg.AssetKey] | None) -> dg.JobDefinition:
    return job if assets is None else job.get_subset(asset_selection=frozenset(assets))


def ended_well(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Wait for a run, and for the run that takes its place when its worker was lost.

    Dagster marks a run failed first and says a moment later whether it will be tried again: a run that says nothing of
    it is looked at twice.
    """
    silent = False
    while True:
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_success:
            return run is not None
        if run.is_finished:
            follower, again = run.tags.get(AUTO_RETRY_RUN_ID_TAG), run.tags.get(WILL_RETRY_TAG)
            if follower is None and again != "true":
                if again or silent:
                    return False
                silent = True
            run_id = follower or run_id
        time.sleep(_LOOK_EVERY)


def already_done(outer: dg.DagsterRun, instance: dg.DagsterInstance) -> frozenset[str]:
    """Partitions that an earlier attempt of `outer` prepared; a first attempt has none."""
    done: set[str] = set()
    for earlier in _attempts(outer, instance):
        tags = {OUTER_RUN_TAG: earlier}
        runs = instance.get_runs(dg.RunsFilter(tags=tags, statuses=[dg.DagsterRunStatus.SUCCESS]))
        done |= {run.tags["dagster/partition"] for run in runs}
    return frozenset(done)


def _attempts(outer: dg.DagsterRun, instance: dg.DagsterInstance) -> Iterator[str]:
    """The runs that `outer` retries, nearest first."""
    earlier = outer.parent_run_id
    while earlier is not None:
        yield earlier
        before = instance.get_run_by_id(earlier)
        earlier = before.parent_run_id if before else None


def fail_orphans(instance: dg.DagsterInstance, jobs: Iterable[str]) -> int:
    """Mark as failed the children whose outer run is no longer going on; returns how many.

    With workers elsewhere a child goes on without its outer run, and what retries that waits for it.
    """
    orphans = 0
    if not _here(instance):
        return orphans
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
        working_directory=_PROJECT,
        attribute=None,
        package_name=None,
        autoload_defs_module_name=None,
    )
    return RemoteRepositoryOrigin(ManagedGrpcPythonEnvCodeLocationOrigin(target, LOCATION), "__repository__")


def _code(outer: dg.DagsterRun) -> RepositoryPythonOrigin:
    """Where a worker finds the definitions: where those of the outer run are, else this project's."""
    if outer.job_code_origin is not None:
        return outer.job_code_origin.repository_origin
    pointer = ModuleCodePointer(_DEFINITIONS, "defs", _PROJECT)
    return RepositoryPythonOrigin(sys.executable, pointer, entry_point=["dagster"])
