"""Dagster's web server and daemon on a real deployment: what a launched run does, and what a hostile one cannot.

The web server has no login, so anybody who reaches it is the caller here. One server serves the whole module.
"""

from collections.abc import Iterator

import psutil
import pytest

from ledger.states import State
from pipelines.actions import preparing
from pipelines.nested_runs import OUTER_RUN_TAG
from simulator.deployment import Deployment, deployed
from simulator.ui import running_ui
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
