"""A job of a deployment, built anew by name: what Dagster asks for before it will re-execute a run."""

import datetime as dt
from pathlib import Path

import dagster as dg

from pipelines.build import build_defs
from pipelines.settings import Settings
from tests.pipelines.conftest import EVENING


def job(name: str, home: str, trust: str, evening: str = EVENING.isoformat()) -> dg.JobDefinition:
    """The job `name` of the installation at `home` with its trust folder, the clock stopped."""
    now = dt.datetime.fromisoformat(evening)
    return build_defs(Settings(Path(home), Path(trust)), clock=lambda: now).resolve_job_def(name)
