"""Forgetting Dagster's old runs, so that its storage does not grow for ever. The record of what left is the ledger's.

Belongs here: the job and its schedule. Old ticks go by `deploy/dagster.yaml`.
"""

import datetime as dt
from collections.abc import Callable
from typing import Final

import dagster as dg

from assets.edge import NO_CONFIG, value_free
from pipelines.jobs import one_process
from pipelines.schedules import LONDON

KEPT: Final = dt.timedelta(days=400)
"""A little more than a year, so that this term's runs can be held beside last year's."""
_AT_ONCE: Final = 2_000
_FINISHED: Final = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def forgetting(now: Callable[[], dt.datetime]) -> tuple[dg.JobDefinition, dg.ScheduleDefinition]:
    """The job that forgets runs of more than a year ago, and the schedule that starts it on Sundays."""

    @dg.op(
        name="old_runs",
        out=dg.Out(dg.Nothing),
        description="Deletes the runs, logs and check results of more than 400 days ago.",
        **NO_CONFIG,
    )
    @value_free
    def old_runs(context: dg.OpExecutionContext) -> None:
        old = dg.RunsFilter(created_before=now() - KEPT, statuses=_FINISHED)
        found = context.instance.get_run_records(old, limit=_AT_ONCE)
        for record in found:
            context.instance.delete_run(record.dagster_run.run_id)
        context.log.info(f"{len(found)} runs forgotten")

    @dg.job(name="forget_old_runs", executor_def=one_process, description="Keeps Dagster's storage small.")
    def forget_old_runs() -> None:
        old_runs()

    weekly = dg.ScheduleDefinition(
        name="forget_old_runs_weekly",
        job=forget_old_runs,
        cron_schedule="0 4 * * 0",
        execution_timezone=LONDON,
        description="On Sundays: Dagster forgets runs of more than a year ago. The ledger forgets nothing by this.",
    )
    return forget_old_runs, weekly
