"""Dagster's old runs are forgotten, the younger ones are not."""

import datetime as dt
from pathlib import Path

import dagster as dg

from pipelines.clock import system_clock
from pipelines.pruning import KEPT, forgetting


def test_runs_of_more_than_a_year_ago_are_forgotten_on_sundays(tmp_path: Path) -> None:
    later = [system_clock() + KEPT - dt.timedelta(days=1), system_clock() + KEPT + dt.timedelta(days=1)]
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        instance.add_run(dg.DagsterRun("prepare_trust", status=dg.DagsterRunStatus.SUCCESS))
        left = []
        for now in later:
            job, weekly = forgetting(lambda now=now: now)
            assert job.execute_in_process(instance=instance).success
            left.append([run.job_name for run in instance.get_runs() if run.job_name == "prepare_trust"])
    assert left == [["prepare_trust"], []]
    assert (weekly.cron_schedule, weekly.execution_timezone) == ("0 4 * * 0", "Europe/London")
    context = dg.build_schedule_context(scheduled_execution_time=dt.datetime(2026, 10, 4, 3, tzinfo=dt.UTC))
    (request,) = weekly.evaluate_tick(context).run_requests
    assert request.run_config == {}
