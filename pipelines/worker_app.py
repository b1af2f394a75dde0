"""What `celery -A pipelines.worker_app worker` loads: the tasks, with the launcher's own settings from dagster.yaml.

Belongs here: making the Celery application when Celery asks for it. Importing this imports what a run needs, so that
the process that Celery forks for each run finds it in memory, and builds no definitions: those are made in that
process, from the trust folder as it is then.
"""

from functools import cache
from typing import TYPE_CHECKING

import dagster as dg
from dagster_celery.tasks import create_execute_job_task

import pipelines.build  # noqa: F401  loaded before the fork
from pipelines.workers import WatchedCeleryRunLauncher

if TYPE_CHECKING:
    from celery import Celery


class NoCeleryLauncherError(RuntimeError):
    """The dagster.yaml of DAGSTER_HOME has another run launcher."""


def __getattr__(name: str) -> "Celery":
    """Give Celery the `app` that it looks for."""
    if name == "app":
        return _app()
    raise AttributeError(name)


@cache
def _app() -> "Celery":
    with dg.DagsterInstance.get() as instance:
        launcher = instance.run_launcher
        if not isinstance(launcher, WatchedCeleryRunLauncher):
            message = "DAGSTER_HOME's dagster.yaml names no Celery launcher: see deploy/workers/dagster.yaml"
            raise NoCeleryLauncherError(message)
        create_execute_job_task(launcher.celery)
        return launcher.celery
