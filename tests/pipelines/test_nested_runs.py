"""Runs inside a run: what becomes of a child whose outer run was stopped. (Re-execution through GraphQL: test_ui.)"""

import dagster as dg
import pytest
from dagster._core.storage.tags import AUTO_RETRY_RUN_ID_TAG, WILL_RETRY_TAG

from pipelines.actions import preparing
from pipelines.jobs import CENSUS_JOB, FEEDS_JOB
from pipelines.nested_runs import OUTER_RUN_TAG, ended_well, fail_orphans
from simulator.deployment import Deployment
from tests.pipelines.whole_run import definitions, run

NOTHING_DUE = "feeds-2026-w40"


@pytest.fixture(scope="module")
def defs(shared_demo: Deployment) -> dg.Definitions:
    return definitions(shared_demo)


def _run(
    instance: dg.DagsterInstance, defs: dg.Definitions, job: str, status: dg.DagsterRunStatus, outer: str = ""
) -> str:
    tags = {OUTER_RUN_TAG: outer} if outer else {}
    return instance.create_run_for_job(defs.resolve_job_def(job), status=status, tags=tags).run_id


def test_the_next_trust_run_fails_the_children_of_a_stopped_one_and_leaves_the_others(
    shared_demo: Deployment, defs: dg.Definitions,
) -> None:  # fmt: skip
    status = dg.DagsterRunStatus
    with preparing.instance_of(shared_demo.installation) as instance:
        stopped = _run(instance, defs, "prepare_trust", status.FAILURE)
        going_on = _run(instance, defs, "prepare_trust", status.STARTED)
        orphans = [_run(instance, defs, job, status.STARTED, stopped) for job in (CENSUS_JOB, FEEDS_JOB)]
        orphans.append(_run(instance, defs, CENSUS_JOB, status.NOT_STARTED, stopped))
        orphans.append(_run(instance, defs, CENSUS_JOB, status.STARTED, "a run that was deleted"))
        spared = [
            _run(instance, defs, CENSUS_JOB, status.STARTED, going_on),
            _run(instance, defs, CENSUS_JOB, status.STARTED),
        ]
        result = run(shared_demo, defs, "prepare_trust", NOTHING_DUE)
        became = {run_id: instance.get_run_by_id(run_id).status for run_id in (*orphans, *spared)}
        again = fail_orphans(instance, (CENSUS_JOB, FEEDS_JOB))
    assert result.success
    assert became == dict.fromkeys(orphans, status.FAILURE) | dict.fromkeys(spared, status.STARTED)
    assert again == 0


def test_a_period_with_nothing_due_makes_no_child(shared_demo: Deployment, defs: dg.Definitions) -> None:
    result = run(shared_demo, defs, "prepare_trust", NOTHING_DUE)
    with preparing.instance_of(shared_demo.installation) as instance:
        children = instance.get_runs(dg.RunsFilter(tags={OUTER_RUN_TAG: result.run_id}))
    assert result.success
    assert children == []


@pytest.mark.parametrize(
    ("said_a_moment_later", "ended"),
    [({WILL_RETRY_TAG: "true"}, True), ({WILL_RETRY_TAG: "false"}, False), ({}, False)],
)
def test_a_failed_run_that_is_tried_again_is_waited_for_though_dagster_says_so_late(
    monkeypatch: pytest.MonkeyPatch, said_a_moment_later: dict[str, str], ended: bool,  # noqa: FBT001  a case
) -> None:  # fmt: skip
    @dg.job
    def anything() -> None: ...

    with dg.DagsterInstance.ephemeral() as instance:
        lost = instance.create_run_for_job(anything, status=dg.DagsterRunStatus.FAILURE).run_id
        follower = instance.create_run_for_job(anything, status=dg.DagsterRunStatus.SUCCESS).run_id
        told = [said_a_moment_later, {AUTO_RETRY_RUN_ID_TAG: follower}]

        def a_moment(_: float) -> None:
            instance.add_run_tags(lost, told.pop(0) if told else {})

        monkeypatch.setattr("pipelines.nested_runs.time.sleep", a_moment)
        assert ended_well(instance, lost) is ended
