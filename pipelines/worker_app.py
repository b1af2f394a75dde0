"""What `celery -A pipelines.worker_app worker` loads: the tasks, with the launcher's own settings from dagster.yaml.

Belongs here: the second module that builds something when it is loaded, as Celery wants it (the first is
`pipelines.definitions`). It imports what a run needs, so that the process that Celery forks for each run finds it in
memory, and builds no definitions: those are made in that process, from the trust folder as it is then.
"""

import dagster as dg
from dagster_celery.tasks import create_execute_job_task

import pipelines.build  # noqa: F401  loaded before the fork
from pipelines.workers import WatchedCeleryRunLauncher


class NoCeleryLauncherError(RuntimeError):
    """The dagster.yaml of DAGSTER_HOME has another run launcher."""


def _app() -> object:
    with dg.DagsterInstance.get() as instance:
        launcher = instance.run_launcher
        if not isinstance(launcher, WatchedCeleryRunLauncher):
            message = "DAGSTER_HOME's dagster.yaml names no Celery launcher: see deploy/workers/dagster.yaml"
            raise NoCeleryLauncherError(message)
        create_execute_job_task(launcher.celery)
        return launcher.celery


app = _app()
