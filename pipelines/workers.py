"""Celery workers that carry out runs on other machines (`deploy/workers/`, ADR 0085).

Belongs here: Dagster's Celery launcher with the one thing that it lacks, noticing that a worker is gone. What a run
does is the same everywhere; how a worker is started is `pipelines.worker_app`.
"""

from typing import Final

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

_ASKED: Final = 3
_ANSWERS_WITHIN: Final = 5.0
"""Seconds; the main process of a worker answers while a child of it works, on a busy machine after a while."""


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """Starts runs as Celery tasks, and knows a run for lost when its worker no longer answers.

    Celery itself says STARTED of a task for ever when the worker's machine is lost, so that Dagster's run monitoring
    would wait for ever too.
    """

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Say how the worker of a run is; run monitoring asks, and marks the run failed when it is gone."""
        task = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG)
        if task is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "The command line carries it out; no worker has it.")
        said = super().check_run_worker_health(run)
        if said.status is not WorkerStatus.RUNNING:
            return said
        started = self.celery.AsyncResult(task).info
        worker = started.get("hostname") if isinstance(started, dict) else None
        if worker is None or self._answers(worker):
            return said
        return CheckRunHealthResult(WorkerStatus.FAILED, f"The worker {worker} does not answer any more.")

    def _answers(self, worker: str) -> bool:
        ping = self.celery.control.ping
        return any(ping(destination=[worker], timeout=_ANSWERS_WITHIN) for _ in range(_ASKED))
