"""How far a preparation is that runs now: the verb `progress`, of counts alone, and `ready` before it.

Belongs here: asking Dagster for the steps of a run. Starting one is `pipelines.actions.preparing`.
"""

import datetime as dt
from dataclasses import dataclass

import dagster as dg

from pipelines.dagster_instance import instance_of
from pipelines.installation import Installation

_DIMENSIONS = ("collection", "period")


@dataclass(frozen=True, slots=True)
class Progress:
    """Steps done, and steps that the run has; both 0 before it has begun."""

    done: int
    steps: int


def ready(here: Installation) -> None:
    """Make Dagster's database where there is none: two that both find none break each other's."""
    with instance_of(here):
        pass


def progress(here: Installation, school: str, period: str, since: dt.datetime) -> Progress:
    """Return how far the newest run of a school and period is that was made after a moment of Dagster's own clock."""
    with instance_of(here) as instance:
        for dimension in _DIMENSIONS:
            tags = {"dagster/partition/school": school, f"dagster/partition/{dimension}": period}
            wanted = dg.RunsFilter(tags=tags, created_after=since)
            for run in instance.get_runs(wanted, limit=1):
                snapshot = run.execution_plan_snapshot_id
                steps = instance.get_execution_plan_snapshot(snapshot).steps if snapshot else ()
                return Progress(instance.get_run_stats(run.run_id).steps_succeeded, len(steps))
    return Progress(0, 0)
