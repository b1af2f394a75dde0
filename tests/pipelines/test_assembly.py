"""What exists in the code location, and that nothing in it can be told anything through Dagster."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest
from dagster._config import ConfigType, ConfigTypeKind

from assets.io_manager import VaultIOManager
from pipelines.jobs import RELEASE_TAGS, WHOLE_TRUST_TAGS
from pipelines.settings import Settings
from simulator.deployment import Deployment
from simulator.ui import environment
from tests.pipelines.whole_run import definitions, run

PROJECT = Path(__file__).resolve().parents[2]
RECIPIENTS = sorted(file.stem for file in (PROJECT / "trusts" / "demo" / "agreements").iterdir())
GOLDEN = sorted(
    [
        "census/across",
        *(f"{group}/{name}" for group in ("census", "feeds") for name in ("snapshot", "tables", "findings")),
        *(f"{name}/{step}" for name in RECIPIENTS for step in ("minimised", "file", "waybill", "delivery")),
    ],
)
CONSOLE_LOGGER = {"loggers.console.config.log_level", "loggers.console.config.name"}
IMPLICIT = "__ASSET_JOB"
UNSELECTED = {"ops", "resources"}
"""Dagster's own job over all assets passes over the names of steps that are not selected; it tells them to nobody."""
LARKFIELD = "900001"


@pytest.fixture(scope="module")
def defs(shared_demo: Deployment) -> dg.Definitions:
    return definitions(shared_demo)


@pytest.fixture(scope="module")
def repository(defs: dg.Definitions) -> dg.RepositoryDefinition:
    return defs.get_repository_def()


def test_the_assets_are_these_and_no_others(repository: dg.RepositoryDefinition) -> None:
    assert sorted(key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()) == GOLDEN


def test_the_jobs_schedules_and_sensors_are_these(repository: dg.RepositoryDefinition) -> None:
    jobs = {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")}
    assert jobs == {
        "compare_schools",
        "prepare_census",
        "prepare_feeds",
        "prepare_trust",
        "purge",
        "release",
        "release_feeds",
        "forget_old_runs",
    }
    assert {schedule.name for schedule in repository.schedule_defs} == {
        "prepare_what_is_due",
        "capture_census_day",
        "forget_old_runs_weekly",
        "purge_what_is_due",
    }
    assert {sensor.name for sensor in repository.sensor_defs} == {
        "release_what_is_signed",
        "release_feeds_what_is_signed",
        "tell_whoever_is_needed",
    }


def test_only_a_release_job_holds_a_delivery_and_it_holds_nothing_else(repository: dg.RepositoryDefinition) -> None:
    for job in (job for job in repository.get_all_jobs() if not job.name.startswith("__")):
        last = {key.path[-1] for key in job.asset_layer.selected_asset_keys}
        assert (last == {"delivery"}) if job.name.startswith("release") else ("delivery" not in last)


def test_no_condition_starts_anything_and_every_asset_has_its_owners(repository: dg.RepositoryDefinition) -> None:
    nodes = repository.asset_graph.asset_nodes
    assert [node.key for node in nodes if node.automation_condition is not None] == []
    assert [node.key for node in nodes if not node.owners or not node.description] == []


def test_every_asset_goes_through_the_vault(repository: dg.RepositoryDefinition) -> None:
    asset_nodes = repository.asset_graph.asset_nodes
    keys = {node.assets_def.get_io_manager_key_for_asset_key(node.key) for node in asset_nodes}
    assert keys == {"vault"}


def test_dagsters_own_pickling_io_manager_is_nowhere(repository: dg.RepositoryDefinition) -> None:
    for job in repository.get_all_jobs():
        for name in ("vault", "io_manager"):
            if name in job.resource_defs:
                made = job.resource_defs[name].resource_fn(dg.build_init_resource_context())
                assert isinstance(made, VaultIOManager), f"{job.name}: {name}"


def test_no_run_config_can_say_anything_but_how_the_console_logs(repository: dg.RepositoryDefinition) -> None:
    for job in repository.get_all_jobs():
        accepted = {path for path, _ in _accepted(job.run_config_schema.run_config_schema_type)}
        assert accepted <= CONSOLE_LOGGER | (UNSELECTED if job.name == IMPLICIT else set()), job.name


def test_the_walk_sees_a_job_that_could_be_told_something() -> None:
    @dg.op
    def careless() -> None: ...

    @dg.job
    def told() -> None:
        careless()

    paths = dict(_accepted(told.run_config_schema.run_config_schema_type))
    assert paths["ops.careless.config"] is ConfigTypeKind.ANY


def test_no_resource_is_one_that_run_config_fills(defs: dg.Definitions, repository: dg.RepositoryDefinition) -> None:
    resources = [*(defs.resources or {}).values(), *repository.get_top_level_resources().values()]
    assert resources
    assert not [one for one in resources if isinstance(one, dg.ConfigurableResource)]


def test_no_job_has_run_config_or_secret_bearing_tags(repository: dg.RepositoryDefinition) -> None:
    expected = {"prepare_trust": WHOLE_TRUST_TAGS, "release": RELEASE_TAGS, "release_feeds": RELEASE_TAGS}
    for job in repository.get_all_jobs():
        assert not job.run_config, job.name
        ours = {key: value for key, value in job.tags.items() if not key.startswith("dagster/")}
        assert ours == expected.get(job.name, {}), job.name


def test_only_a_lost_preparation_is_begun_again_and_only_reading_is_tried_twice(
    repository: dg.RepositoryDefinition,
) -> None:
    again = {job.name for job in repository.get_all_jobs() if "dagster/max_retries" in job.run_tags}
    assert again == {"prepare_census", "prepare_feeds", "prepare_trust"}
    policies = {
        key.to_user_string()
        for node in repository.asset_graph.asset_nodes
        for key in [node.key]
        if node.assets_def.op.retry_policy is not None
    }
    assert policies == {"census/snapshot", "feeds/snapshot"}


def test_each_recipient_has_a_pool_of_its_own_for_its_deliveries_alone(
    repository: dg.RepositoryDefinition, shared_demo: Deployment,
) -> None:  # fmt: skip
    pools = {node.key.to_user_string(): node.assets_def.op.pool for node in repository.asset_graph.asset_nodes}
    agreements = [one.agreement for one in shared_demo.installation.trust.agreements]
    assert {key: pool for key, pool in pools.items() if pool} == {
        f"{one.id}/delivery": f"recipient_{one.recipient.id}" for one in agreements
    }


def _accepted(kind: ConfigType, path: str = "") -> Iterator[tuple[str, ConfigTypeKind]]:
    """Every leaf of a run config schema that takes a value, and every shape that takes unknown keys."""
    if kind.kind is not ConfigTypeKind.STRICT_SHAPE:
        yield path, kind.kind
    if ConfigTypeKind.has_fields(kind.kind):
        for name, field in kind.fields.items():
            yield from _accepted(field.config_type, f"{path}.{name}" if path else name)


@pytest.fixture(scope="module")
def copied(shared_demo: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """The same installation with a trust folder of its own, to be spoilt."""
    folder = tmp_path_factory.mktemp("trust") / "trust"
    shutil.copytree(shared_demo.settings.trust, folder)
    settings = Settings(shared_demo.settings.home, folder)
    installation = replace(shared_demo.installation, settings=settings)
    return replace(shared_demo, settings=settings, installation=installation)


def _failure(result: dg.ExecuteInProcessResult) -> tuple[str, str]:
    failed = [event for event in result.all_events if event.is_step_failure]
    assert [event.step_key for event in failed] == [failed[0].step_key]
    said = failed[0].step_failure_data.user_failure_data
    return str(said.metadata["code"].value) if "code" in said.metadata else "", said.description


def test_a_broken_agreement_keeps_its_assets_and_they_fail_with_its_faults(copied: Deployment) -> None:
    file = copied.settings.trust / "agreements" / "la_broken.yaml"
    file.write_text("title: Broken\nanybody: may have everything\n", encoding="utf-8")
    try:
        defs = definitions(copied)
        keys = {key.to_user_string() for key in defs.get_repository_def().asset_graph.get_all_asset_keys()}
        assert keys == {*GOLDEN, *(f"la_broken/{step}" for step in ("minimised", "file", "waybill", "delivery"))}
        slot = dg.MultiPartitionKey({"school": LARKFIELD, "period": "2026-10-01"})
        result = run(copied, defs, "release_feeds", slot, dg.AssetKey(["la_broken", "delivery"]))
    finally:
        file.unlink()
    code, why = _failure(result)
    assert code == "agreement_faulty"
    assert "la_broken.yaml line 2: the agreement has no key anybody" in why
    assert "does not say its recipient" in why


def test_a_broken_census_agreement_leaves_the_location_standing(copied: Deployment) -> None:
    file = copied.settings.trust / "agreements" / "dfe_autumn_census.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}anybody: may have everything\n", encoding="utf-8")
    try:
        repository = definitions(copied).get_repository_def()
        keys = sorted(key.to_user_string() for key in repository.asset_graph.get_all_asset_keys())
        trust = run(copied, definitions(copied), "prepare_trust", "feeds-2026-w40")
    finally:
        file.write_text(before, encoding="utf-8")
    assert keys == GOLDEN
    code, why = _failure(trust)
    assert "dfe_autumn_census does not compile" in why, code


def test_an_agreement_edited_after_loading_is_refused_until_the_location_is_loaded_again(copied: Deployment) -> None:
    defs = definitions(copied)
    file = copied.settings.trust / "agreements" / "la_new_pupils.yaml"
    before = file.read_text(encoding="utf-8")
    slot = dg.MultiPartitionKey({"school": LARKFIELD, "period": "2026-10-01"})
    delivery = dg.AssetKey(["la_new_pupils", "delivery"])
    try:
        file.write_text(f"{before}# one comment more\n", encoding="utf-8")
        edited = _failure(run(copied, defs, "release_feeds", slot, delivery))
        file.unlink()
        gone = _failure(run(copied, defs, "release_feeds", slot, delivery))
    finally:
        file.write_text(before, encoding="utf-8")
    assert edited[0] == "agreement_reload_needed"
    assert "Reload the code location" in edited[1]
    assert gone == ("agreement_faulty", gone[1])
    assert "gone from the trust folder" in gone[1]
    assert _failure(run(copied, defs, "release_feeds", slot, delivery))[0] == "nothing_signed"


def test_the_workspace_loads_from_the_environment_of_an_initialised_home(shared_demo: Deployment) -> None:
    program = Path(sys.executable).parent / "dagster"
    done = subprocess.run(
        [program, "definitions", "validate", "-w", "workspace.yaml"],
        cwd=PROJECT, env=environment(shared_demo.settings), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "successful" in (done.stdout + done.stderr)
