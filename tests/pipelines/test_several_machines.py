"""A trust on several machines: PostgreSQL, Redis, Dagster's daemon and Celery workers, by `deploy/workers/`."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pytest

from ledger.verify_server import verify_place
from pipelines.actions.preparing import prepare
from pipelines.dagster_instance import instance_of
from pipelines.jobs import CENSUS_JOB
from simulator.world.schools import Scale
from tests.pipelines.several_machines import Machines, several_machines

AUTUMN = "2026-autumn"
LOSES_WITHIN = 240
pytestmark = pytest.mark.server


def _lose(machines: Machines, instance: dg.DagsterInstance, name: str, done: int, lost: list[str]) -> None:
    """Kill a worker in the middle of a school after some are done; another takes its place when it was the only one."""
    deadline = time.monotonic() + LOSES_WITHIN
    while not lost and time.monotonic() < deadline:
        runs = instance.get_runs(dg.RunsFilter(job_name=CENSUS_JOB))
        going = [run for run in runs if run.status is dg.DagsterRunStatus.STARTED]
        ready = sum(run.is_success for run in runs) >= done
        lost += [run.run_id for run in going if ready and machines.carries(instance, run, name)]
        time.sleep(0.2)
    machines.kill(name)
    if not machines.workers:
        machines.start_worker("spare")


def _failures(instance: dg.DagsterInstance, runs: Sequence[dg.DagsterRun]) -> list[str]:
    """What each run that failed says of it."""
    told = [
        f"{run.run_id} {run.tags} {event.user_message} {getattr(event.dagster_event, 'message', '')}"
        for run in runs if not run.is_success
        for event in instance.all_logs(run.run_id)
    ]  # fmt: skip
    return told[-60:]


def _a_worker_is_lost(home: Path, monkeypatch, schools: int, workers: tuple[str, ...], done: int) -> None:
    lost: list[str] = []
    with several_machines(home, Scale(schools=schools, pupils=12), workers, monkeypatch) as machines:
        here = machines.here
        with instance_of(here) as instance:
            machines.await_workers(instance)
            losing = threading.Thread(
                target=_lose, args=(machines, instance, workers[-1], done, lost), name="losing", daemon=True
            )
            losing.start()
            result = prepare(here, AUTUMN)
            losing.join()
            runs = instance.get_runs(dg.RunsFilter(job_name=CENSUS_JOB))
            said = _failures(instance, runs)
        report = verify_place(here.ledger.place)
        assert result.failed == (), said
    assert len(lost) == 1
    assert [run.run_id for run in runs if not run.is_success] == lost
    assert [run.parent_run_id for run in runs if run.parent_run_id] == lost
    every_school_once = dict.fromkeys(here.trust.schools, 1)
    assert Counter(run.tags["dagster/partition/school"] for run in runs if run.is_success) == every_school_once
    assert Counter(release.slot.school for release in result.releases) == every_school_once
    assert not report.faults
    assert report.events > 0
    assert not here.settings.ledger.exists(), "the ledger is on the server"
    assert not here.settings.vault.exists(), "the vault is shared"


def test_the_run_of_a_lost_worker_is_done_by_another(tmp_path, monkeypatch):
    _a_worker_is_lost(tmp_path / "home", monkeypatch, schools=2, workers=("one",), done=0)


@pytest.mark.nightly
def test_twelve_schools_are_each_done_once_though_one_of_two_workers_is_lost(tmp_path, monkeypatch):
    _a_worker_is_lost(tmp_path / "home", monkeypatch, schools=12, workers=("one", "two"), done=2)
