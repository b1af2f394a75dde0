"""Dagster's web server and daemon on a real deployment: what a launched run does, and what a hostile one cannot.

The web server has no login, so anybody who reaches it is the caller here. One server serves the whole module.
"""

from collections.abc import Iterator

import httpx
import psutil
import pytest

from ledger.states import State
from ledger.verify import verify
from pipelines.actions import preparing
from pipelines.nested_runs import OUTER_RUN_TAG
from simulator.deployment import Deployment, deployed
from simulator.ui import read_only, running_ui
from simulator.world.trust import Trust
from tests.pipelines.conftest import EVENING
from tests.pipelines.graphql import GraphQL
from tests.pipelines.leak_scan import Needles

NURSERY, ALL_THROUGH = "900001", "900005"
AUTUMN, DAY, CENSUS = "2026-autumn", "2026-09-17", "dfe_autumn_census"
HOSTILE = {
    f"{prefix}{name}": value
    for prefix in ("", "waybill/")
    for name, value in {
        "host": "203.0.113.9", "port": "22", "recipient": "somebody_else", "path": "/etc", "directory": "/somewhere",
        "key": "file:../../id_ed25519", "key_ref": "env:HOME", "agreement": "nhs_immunisation", "clock": "2031-01-01",
        "trust": "/elsewhere", "waybill": "0" * 64, "state": "approved",
    }.items()
}  # fmt: skip


def _slot(school: str, collection: str = AUTUMN) -> dict[str, str]:
    return {
        "dagster/partition": f"{collection}|{school}",
        "dagster/partition/collection": collection,
        "dagster/partition/school": school,
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, tiny_world: Trust) -> Iterator[tuple[Deployment, GraphQL]]:
    home = tmp_path_factory.mktemp("home") / "home"
    with deployed(home, trust=tiny_world, clock=lambda: EVENING, arbor_port=0, sftp_port=0) as demo:
        with running_ui(demo) as url:
            started = _programs_of(demo)
            yield demo, GraphQL(url)
        assert len(started) >= 4, "web server, daemon and a code server of each"
        _, alive = psutil.wait_procs(_programs_of(demo), timeout=30)  # a killed process takes its moment to go
        assert not alive


def _programs_of(demo: Deployment) -> list[psutil.Process]:
    """Everything that runs with this deployment's folder as Dagster's home."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("DAGSTER_HOME") == str(demo.settings.dagster):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


@pytest.fixture(scope="module")
def staff(running: tuple[Deployment, GraphQL]) -> Iterator[str]:
    """The address of the web server that staff get."""
    with read_only(running[0]) as url:
        yield url


@pytest.fixture(scope="module")
def child(running: tuple[Deployment, GraphQL]) -> str:
    """A run that `prepare_trust` made in this process, as the command line does."""
    demo, _ = running
    assert preparing.prepare(demo.installation, DAY).failed == ()
    with preparing.instance_of(demo.installation) as instance:
        runs = [run for run in instance.get_runs() if run.tags.get("dagster/partition/school") == ALL_THROUGH]
        return next(run.run_id for run in runs if OUTER_RUN_TAG in run.tags)


@pytest.fixture(scope="module")
def launched(running: tuple[Deployment, GraphQL], child: str) -> dict[str, str]:
    """Runs that anybody may ask for, by name; all asked for at once."""
    _, ask = running
    asked = {
        "census, with hostile tags": ask.launch("prepare_census", _slot(NURSERY) | HOSTILE),
        "a child again": ask.again(child, "ALL_STEPS"),
    }
    return {name: answer["run"]["runId"] for name, answer in asked.items()}


@pytest.mark.parametrize("name", ["census, with hostile tags", "a child again"])
def test_a_launched_run_finishes(running: tuple[Deployment, GraphQL], launched: dict[str, str], name: str) -> None:
    _, ask = running
    assert ask.ends(launched[name]) == "SUCCESS", ask.refusals(launched[name])


def test_a_child_runs_again_in_its_own_partition_with_its_own_assets(
    running: tuple[Deployment, GraphQL], launched: dict[str, str], child: str,
) -> None:  # fmt: skip
    demo, ask = running
    assert ask.ends(launched["a child again"]) == "SUCCESS"
    with preparing.instance_of(demo.installation) as instance:
        before, after = (instance.get_run_by_id(run) for run in (child, launched["a child again"]))
    assert (after.parent_run_id, after.root_run_id) == (child, child)
    assert after.asset_selection == before.asset_selection
    assert after.tags["dagster/partition"] == before.tags["dagster/partition"] == f"{DAY}|{ALL_THROUGH}"


def test_what_was_prepared_is_what_the_calendar_and_the_agreement_say(
    running: tuple[Deployment, GraphQL], launched: dict[str, str],
) -> None:  # fmt: skip
    demo, ask = running
    assert ask.ends(launched["census, with hostile tags"]) == "SUCCESS"
    (release,) = demo.installation.ledger.releases(school=NURSERY, period=AUTUMN)
    assert (release.slot.agreement, release.slot.period, release.slot.recipient) == (CENSUS, AUTUMN, "dfe")
    assert release.state is State.PREPARED


@pytest.mark.parametrize(
    "config",
    [
        {"ops": {"dfe_autumn_census__delivery": {"config": {"host": "203.0.113.9"}}}},
        {"ops": {"dfe_autumn_census__delivery": {"inputs": {"waybill": {"value": "0" * 64}}}}},
        {"resources": {"vault": {"config": {"root": "/elsewhere"}}}},
        {"resources": {"transport": {"config": {"host": "203.0.113.9"}}}},
        {"execution": {"config": {"step_dependency_config": {"require_upstream_step_success": False}}}},
    ],
    ids=["an op's config", "an op's input", "the vault", "a transport", "the executor"],
)
def test_run_config_is_refused_before_there_is_a_run(running: tuple[Deployment, GraphQL], config: object) -> None:
    _, ask = running
    answer = ask.launch("release", _slot(NURSERY), config)
    assert answer["__typename"] == "RunConfigValidationInvalid"


def test_nothing_unsigned_leaves_whoever_launches_what(
    running: tuple[Deployment, GraphQL], launched: dict[str, str]
) -> None:
    demo, ask = running
    for run_id in launched.values():
        ask.ends(run_id)
    ledger = demo.installation.ledger
    before = ledger.releases()
    asked = {
        "release": ask.launch("release", _slot(NURSERY) | HOSTILE),
        "any asset": ask.launch("__ASSET_JOB", _slot(NURSERY), assets=[(CENSUS, "delivery")]),
        "no school": ask.launch("release", _slot("../../../etc/passwd")),
    }
    runs = {name: answer["run"]["runId"] for name, answer in asked.items()}
    assert {name: ask.ends(run_id) for name, run_id in runs.items()} == dict.fromkeys(runs, "FAILURE")

    for name in ("release", "any asset"):
        assert {code for code, _ in ask.refusals(runs[name])} == {"not_signed"}
    assert ledger.releases() == before
    assert [path for path in demo.received.rglob("*") if path.is_file()] == []


def test_a_delivery_that_somebody_reports_is_none(running: tuple[Deployment, GraphQL]) -> None:
    demo, ask = running
    before = demo.installation.ledger.head()
    answer = ask.ask(
        """mutation($params: ReportRunlessAssetEventsParams!) {
            reportRunlessAssetEvents(eventParams: $params) { __typename } }""",
        params={
            "eventType": "ASSET_MATERIALIZATION",
            "assetKey": {"path": [CENSUS, "delivery"]},
            "partitionKeys": [f"{AUTUMN}|{NURSERY}"],
        },
    )
    assert answer["reportRunlessAssetEvents"]["__typename"] == "ReportRunlessAssetEventsSuccess"
    assert demo.installation.ledger.head() == before


REPOSITORY = {"repositoryLocationName": "waybill", "repositoryName": "__repository__"}
DELIVERY = {"path": [CENSUS, "delivery"]}


@pytest.mark.nightly
def test_a_backfill_of_deliveries_sends_nothing_unsigned(
    running: tuple[Deployment, GraphQL], launched: dict[str, str],
) -> None:  # fmt: skip
    demo, ask = running
    assert ask.ends(launched["census, with hostile tags"]) == "SUCCESS"
    before = demo.installation.ledger.releases()
    answer = ask.ask(
        """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
            __typename ... on LaunchBackfillSuccess { backfillId } } }""",
        params={
            "assetSelection": [DELIVERY],
            "partitionNames": [f"{AUTUMN}|{NURSERY}", f"{AUTUMN}|{ALL_THROUGH}"],
            "tags": [{"key": key, "value": value} for key, value in HOSTILE.items()],
        },
    )["launchPartitionBackfill"]
    runs = ask.of_backfill(answer["backfillId"], 2)
    assert {ask.ends(run) for run in runs} == {"FAILURE"}
    codes = {code for run in runs for code, _ in ask.refusals(run)}
    assert codes == {"not_signed", "nothing_signed"}, "one school is prepared, the other is not"
    assert demo.installation.ledger.releases() == before


@pytest.mark.nightly
@pytest.mark.parametrize("strategy", ["FROM_FAILURE", "ALL_STEPS"])
def test_a_refused_release_asked_for_again_is_refused_again(
    running: tuple[Deployment, GraphQL], launched: dict[str, str], strategy: str,
) -> None:  # fmt: skip
    _, ask = running
    for run_id in launched.values():
        ask.ends(run_id)
    refused = ask.launch("release", _slot(NURSERY))["run"]["runId"]
    assert ask.ends(refused) == "FAILURE"
    again = ask.again(refused, strategy)["run"]["runId"]
    assert ask.ends(again) == "FAILURE"
    assert {code for code, _ in ask.refusals(again)} == {"not_signed"}


def test_schedules_and_sensors_that_somebody_starts_send_nothing_unsigned(running: tuple[Deployment, GraphQL]) -> None:
    demo, ask = running
    for name in ("release_what_is_signed", "release_feeds_what_is_signed"):
        started = ask.ask(
            "mutation($sensor: SensorSelector!) { startSensor(sensorSelector: $sensor) { __typename } }",
            sensor={**REPOSITORY, "sensorName": name},
        )
        assert started["startSensor"]["__typename"] == "Sensor"
        asked = ask.ask(
            """mutation($sensor: SensorSelector!) { sensorDryRun(selectorData: $sensor, cursor: "[]") {
                __typename ... on DryRunInstigationTick { evaluationResult { runRequests { runKey } } } } }""",
            sensor={**REPOSITORY, "sensorName": name},
        )["sensorDryRun"]["evaluationResult"]
        assert not asked["runRequests"], "nothing is signed"
    for name in ("prepare_what_is_due", "capture_census_day"):
        started = ask.ask(
            "mutation($schedule: ScheduleSelector!) { startSchedule(scheduleSelector: $schedule) { __typename } }",
            schedule={**REPOSITORY, "scheduleName": name},
        )
        assert started["startSchedule"]["__typename"] == "ScheduleStateResult"
    assert [path for path in demo.received.rglob("*") if path.is_file()] == []


def test_what_a_step_printed_is_kept_nowhere(running: tuple[Deployment, GraphQL], child: str) -> None:
    _, ask = running
    kept = ask.ask(
        """query($key: [String!]!) { capturedLogs(logKey: $key) { stdout stderr }
            capturedLogsMetadata(logKey: $key) { stdoutLocation stderrLocation } }""",
        key=[child, "compute_logs", "everything"],
    )
    assert not any(kept["capturedLogs"].values())


CHANGES = {
    "a launch": ("launchRun", """mutation($r: ExecutionParams!) { launchRun(executionParams: $r) { __typename } }""",
        {"r": {"selector": {**REPOSITORY, "jobName": "release"}, "executionMetadata": {"tags": []}}}),
    "a sensor": ("startSensor", """mutation($r: SensorSelector!) { startSensor(sensorSelector: $r) { __typename } }""",
        {"r": {**REPOSITORY, "sensorName": "release_what_is_signed"}}),
    "a schedule": ("startSchedule",
        """mutation($r: ScheduleSelector!) { startSchedule(scheduleSelector: $r) { __typename } }""",
        {"r": {**REPOSITORY, "scheduleName": "prepare_what_is_due"}}),
    "a backfill": ("launchPartitionBackfill",
        """mutation($r: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $r) { __typename } }""",
        {"r": {"assetSelection": [DELIVERY], "partitionNames": [f"{AUTUMN}|{NURSERY}"]}}),
    "a wipe": ("wipeAssets",
        """mutation($r: [PartitionsByAssetSelector!]!) { wipeAssets(assetPartitionRanges: $r) { __typename } }""",
        {"r": [{"assetKey": DELIVERY}]}),
    "a report": ("reportRunlessAssetEvents",
        "mutation($r: ReportRunlessAssetEventsParams!) { reportRunlessAssetEvents(eventParams: $r) { __typename } }",
        {"r": {"eventType": "ASSET_MATERIALIZATION", "assetKey": DELIVERY}}),
    "a deleted run": ("deleteRun", """mutation($r: String!) { deleteRun(runId: $r) { __typename } }""", {"r": "x"}),
    "a reload": ("reloadRepositoryLocation",
        """mutation($r: String!) { reloadRepositoryLocation(repositoryLocationName: $r) { __typename } }""",
        {"r": "waybill"}),
}  # fmt: skip


@pytest.mark.nightly
@pytest.mark.parametrize("change", CHANGES)
def test_the_read_only_server_changes_nothing(staff: str, child: str, change: str) -> None:
    name, mutation, said = CHANGES[change]
    said = {"r": child if said["r"] == "x" else said["r"]}
    answer = httpx.post(f"{staff}/graphql", json={"query": mutation, "variables": said}, timeout=60).json()
    assert "errors" not in answer, answer["errors"][0]["message"]
    assert answer["data"][name]["__typename"] == "UnauthorizedError"


def test_no_answer_holds_a_pupil(
    running: tuple[Deployment, GraphQL], launched: dict[str, str], tiny_world: Trust
) -> None:
    _, ask = running
    for run_id in launched.values():
        ask.ends(run_id)
        ask.refusals(run_id)
    values = _values(tiny_world, (NURSERY, ALL_THROUGH))
    needles = Needles(values)
    assert len(values) > 100
    assert needles.within(ask.text()[-10_000:] + values[0].encode()) >= {values[0]}
    assert not needles.within(ask.text())


def test_what_dagster_forgets_the_record_keeps(running: tuple[Deployment, GraphQL], launched: dict[str, str]) -> None:
    demo, ask = running
    run_id = launched["census, with hostile tags"]
    assert ask.ends(run_id) == "SUCCESS"
    before, prepared = demo.installation.ledger.head(), demo.installation.ledger.releases(school=NURSERY)
    wiped = ask.ask(
        """mutation($ranges: [PartitionsByAssetSelector!]!) { wipeAssets(assetPartitionRanges: $ranges) {
            __typename } }""",
        ranges=[{"assetKey": {"path": [CENSUS, "waybill"]}}],
    )
    deleted = ask.ask("mutation($run: String!) { deleteRun(runId: $run) { __typename } }", run=run_id)
    assert wiped["wipeAssets"]["__typename"] == "AssetWipeSuccess"
    assert deleted["deleteRun"]["__typename"] == "DeletePipelineRunSuccess"
    assert demo.installation.ledger.head() == before
    assert demo.installation.ledger.releases(school=NURSERY) == prepared
    assert verify(demo.settings.ledger).faults == []


def _values(world: Trust, schools: tuple[str, ...]) -> list[str]:
    """UPNs, postcodes, and surnames too long to stand in a text by chance."""
    pupils = [pupil for school in schools for pupil in world.school(school).contents.pupils]
    said = {str(fact.value) for pupil in pupils for fact in pupil.facts.get("upn", ())}
    said |= {fact.value.postcode for pupil in pupils for fact in pupil.facts.get("address", ()) if fact.value.postcode}
    said |= {
        f"{fact.value.forename} {fact.value.surname}" for pupil in pupils for fact in pupil.facts.get("person", ())
    }
    said |= {fact.value.surname for pupil in pupils for fact in pupil.facts.get("person", ())}
    return sorted(value for value in said if len(value) >= 8)
