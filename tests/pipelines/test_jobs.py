"""The preparing jobs: what they leave, what a second run leaves, and whose data a retry takes."""

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.desk import DeskPages
from assets.partitions import Slot
from connectors.mis import Mis, MisRefused, MisUnavailable, TornSnapshot
from exports.preparation import read_waybill
from ledger.states import State
from pipelines.actions import preparing
from pipelines.settings import Settings
from schemas.refusal import Refusal
from simulator.deployment import CENSUS_DAY, Deployment
from tests.pipelines.whole_run import definitions, run

PRIMARY, MIDDLE, SECONDARY, AUTUMN, DAY = "900002", "900003", "900004", "2026-autumn", "2026-10-01"
CENSUS = "dfe_autumn_census"
EVERY_DAY = (
    "ctf_next_school", "la_deletions", "la_new_pupils", "la_sickness_823", "la_suspensions_823",
    "social_work_suspensions_823", "vsh_suspensions_823",
)  # fmt: skip


@pytest.fixture(scope="module")
def defs(shared_demo: Deployment) -> dg.Definitions:
    return definitions(shared_demo)


def _slot(school: str, **period: str) -> dg.MultiPartitionKey:
    return dg.MultiPartitionKey({"school": school, **period})


def _said(result: dg.ExecuteInProcessResult, step: str) -> dict[str, object]:
    (materialised,) = result.asset_materializations_for_node(step)
    return {name: value.value for name, value in materialised.metadata.items()}


@pytest.fixture(scope="module")
def one_wrong_secret(shared_demo: Deployment, defs: dg.Definitions) -> preparing.PrepareResult:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"WAYBILL_MIS_{MIDDLE}", "not the secret")
        return preparing.prepare(shared_demo.installation, AUTUMN, definitions=lambda: defs)


def test_a_school_that_fails_stops_no_other(one_wrong_secret: preparing.PrepareResult, shared_demo: Deployment) -> None:
    schools = set(shared_demo.installation.trust.schools)
    assert one_wrong_secret.failed == (MIDDLE,)
    prepared = {one.slot.school for one in one_wrong_secret.releases if one.state is State.PREPARED}
    assert prepared == schools - {MIDDLE}


def test_the_failed_school_is_red_in_its_own_partition(
    one_wrong_secret: preparing.PrepareResult, shared_demo: Deployment,
) -> None:  # fmt: skip
    assert one_wrong_secret.failed
    with preparing.instance_of(shared_demo.installation) as instance:
        (outer,) = instance.get_runs(dg.RunsFilter(job_name="prepare_trust"))
        children = instance.get_runs(dg.RunsFilter(tags={"waybill/outer-run": outer.run_id}))
        (failure,) = instance.all_logs(outer.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    assert outer.status is dg.DagsterRunStatus.FAILURE
    by_status: dict[dg.DagsterRunStatus, set[str]] = {}
    for child in children:
        by_status.setdefault(child.status, set()).add(child.tags["dagster/partition"])
    schools = set(shared_demo.installation.trust.schools)
    assert by_status == {
        dg.DagsterRunStatus.FAILURE: {f"{AUTUMN}|{MIDDLE}"},
        dg.DagsterRunStatus.SUCCESS: {AUTUMN, *(f"{AUTUMN}|{school}" for school in schools - {MIDDLE})},
    }, "the comparison of the schools is a run of the whole collection"
    of_schools = {child.tags["waybill/school"]: child for child in children if "waybill/school" in child.tags}
    assert of_schools.keys() == schools
    assert {(run.tags["waybill/collection"], run.tags["waybill/mis"]) for run in of_schools.values()} >= {
        (AUTUMN, "arbor")
    }
    said = failure.get_dagster_event().step_failure_data.user_failure_data.description
    assert said == f"1 of {len(schools)} schools failed: {MIDDLE}. The others are prepared."


class _AwayOnce:
    """A school's MIS that fails in one way the first time it is read."""

    def __init__(self, mis: Mis, failure: Refusal) -> None:
        self.mis, self.failure, self.asked = mis, failure, 0

    def snapshot(self, *asked: Any) -> Any:
        self.asked += 1
        if self.asked == 1:
            raise self.failure
        return self.mis.snapshot(*asked)


@pytest.mark.parametrize(
    ("failure", "asked"),
    [
        (MisUnavailable(PRIMARY, "students", "no answer"), 2),
        (TornSnapshot(PRIMARY, ("students moved",)), 2),
        (MisRefused(PRIMARY, "no answer"), 1),
    ],
    ids=["away", "torn", "refused"],
)
def test_a_mis_that_was_away_is_read_again_and_one_that_refuses_is_not(
    shared_demo: Deployment, failure: Refusal, asked: int,
) -> None:  # fmt: skip
    here = shared_demo.installation
    mis = _AwayOnce(here.connect(here.trust.school(PRIMARY)), failure)
    result = run(
        shared_demo, definitions(shared_demo, mis=lambda _: mis), "prepare_census",
        _slot(PRIMARY, collection=AUTUMN), dg.AssetKey(["census", "snapshot"]),
    )  # fmt: skip
    assert (mis.asked, result.success) == (asked, asked == 2)


def test_the_same_data_prepared_again_changes_nothing(
    one_wrong_secret: preparing.PrepareResult, shared_demo: Deployment, defs: dg.Definitions,
) -> None:  # fmt: skip
    (before,) = (one for one in one_wrong_secret.releases if (one.slot.school, one.slot.agreement) == (PRIMARY, CENSUS))
    result = run(shared_demo, defs, "prepare_census", _slot(PRIMARY, collection=AUTUMN))
    said = _said(result, f"{CENSUS}__waybill")
    assert (said["outcome"], said["waybill"], said["version"]) == ("unchanged", before.waybill, 1)
    releases = shared_demo.installation.ledger.releases(school=PRIMARY, period=AUTUMN, agreement=CENSUS)
    assert [(one.waybill, one.state) for one in releases] == [(before.waybill, State.PREPARED)]

    (entry,) = shared_demo.installation.ledger.events(State.PREPARED, waybill=before.waybill)
    assert said["ledger_entry"] == entry.seq
    assert said["at_the_desk"] == f"http://localhost:8400/deliveries/{before.waybill}"
    found = _said(result, "census__findings")
    assert found["at_the_desk"] == f"http://localhost:8400/schools/{PRIMARY}/{AUTUMN}"


def test_a_trust_without_a_desk_has_assets_that_lead_nowhere() -> None:
    slot = Slot(PRIMARY, AUTUMN)
    assert (DeskPages(None).of_return(slot), DeskPages(None).of_delivery("0" * 64)) == ({}, {})
    assert DeskPages("https://desk.trust.example").of_return(slot)


def test_feeds_of_a_day_prepare_what_is_due_and_covered_and_pass_over_the_rest(
    shared_demo: Deployment, defs: dg.Definitions,
) -> None:  # fmt: skip
    result = run(shared_demo, defs, "prepare_feeds", _slot(SECONDARY, period=DAY))
    assert result.success
    made = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}
    assert made == {
        *(f"feeds/{name}" for name in ("snapshot", "tables", "findings")),
        *(f"{name}/{step}" for name in EVERY_DAY for step in ("minimised", "file", "waybill")),
    }
    outcomes = {_said(result, f"{name}__waybill")["outcome"] for name in ("la_new_pupils", "la_deletions")}
    assert outcomes <= {"prepared", "nil"}


@pytest.fixture
def spoilt(shared_demo: Deployment, tmp_path: Path) -> Iterator[Deployment]:
    """The installation with a trust folder of its own; the MIS is put back to census day afterwards."""
    folder = tmp_path / "trust"
    shutil.copytree(shared_demo.settings.trust, folder)
    settings = Settings(shared_demo.settings.home, folder)
    yield replace(shared_demo, settings=settings, installation=replace(shared_demo.installation, settings=settings))
    shared_demo.arbor.set_as_of(CENSUS_DAY)


def test_a_retry_takes_what_the_run_it_retries_read_and_never_another_runs(spoilt: Deployment) -> None:
    slot = _slot(SECONDARY, collection=AUTUMN)
    first = _failing_after_its_tables(spoilt, slot)
    spoilt.arbor.set_as_of(CENSUS_DAY + dt.timedelta(days=12))
    between = run(spoilt, definitions(spoilt), "prepare_census", slot)
    read = [_said(result, "census__snapshot")["certificate"] for result in (first, between)]
    assert read[0] != read[1]

    retried = _retry(spoilt, first.run_id)
    said = {one.asset_key.to_user_string(): one.metadata for one in _materialised(retried)}
    assert sorted(said) == [f"{CENSUS}/{step}" for step in ("file", "minimised", "waybill")]
    assert _read_by(spoilt, str(said[f"{CENSUS}/waybill"]["waybill"].value)) == read[0]


def _failing_after_its_tables(demo: Deployment, slot: dg.MultiPartitionKey) -> dg.ExecuteInProcessResult:
    """Run the census with its agreement edited after loading: everything up to the tables is there, nothing after."""
    defs = definitions(demo)
    file = demo.settings.trust / "agreements" / f"{CENSUS}.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}# edited\n", encoding="utf-8")
    try:
        result = run(demo, defs, "prepare_census", slot)
    finally:
        file.write_text(before, encoding="utf-8")
    assert [event.step_key for event in result.all_events if event.is_step_failure] == [f"{CENSUS}__minimised"]
    return result


def _retry(demo: Deployment, run_id: str) -> dg.JobExecutionResult:
    job = dg.build_reconstructable_job(
        "tests.pipelines.code_location", "job", ("prepare_census", str(demo.settings.home), str(demo.settings.trust)),
    )  # fmt: skip
    with preparing.instance_of(demo.installation) as instance:
        options = dg.ReexecutionOptions.from_failure(run_id, instance)
        tags = {name: value for name, value in instance.get_run_by_id(run_id).tags.items() if "partition" in name}
        with dg.execute_job(job, instance, tags=tags, reexecution_options=options) as result:
            assert result.success
            return result


def _materialised(result: dg.JobExecutionResult) -> list:
    return [
        event.step_materialization_data.materialization for event in result.all_events if event.is_step_materialization
    ]


def _read_by(demo: Deployment, waybill: str) -> str:
    """Which reading of the MIS a waybill is of, as the snapshot's metadata names it."""
    return read_waybill(demo.installation.ledger, demo.installation.vault, waybill).snapshot_sha256[:16]
