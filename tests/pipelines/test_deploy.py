"""The recipes of `deploy/`: they name what exists, and only the code location is given the keys."""

import configparser
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines.dagster_instance import instance_of
from pipelines.workers import WatchedCeleryRunLauncher
from simulator.deployment import Deployment
from tests import postgres_server
from tests.pipelines.whole_run import definitions, run

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAMS = Path(sys.executable).parent
HOLDS_KEYS = {"waybill-code", "waybill-alerts", "waybill-worker"}


def service(unit: Path) -> dict[str, str]:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read_string(unit.read_text(encoding="utf-8"))
    return dict(read["Service"])


@pytest.mark.parametrize("unit", SERVICES, ids=[unit.stem for unit in SERVICES])
def test_a_unit_starts_a_program_there_is_as_a_user_of_its_own(unit: Path) -> None:
    said = service(unit)
    assert (PROGRAMS / Path(said["ExecStart"].split()[0]).name).exists()
    assert said["User"] not in {"root", ""}
    assert (said["UMask"], said["LimitCORE"], said["NoNewPrivileges"]) == ("0077", "0", "yes")


@pytest.mark.parametrize("unit", SERVICES, ids=[unit.stem for unit in SERVICES])
def test_only_what_must_hold_keys_has_their_user_and_environment(unit: Path) -> None:
    said = service(unit)
    holds = said["User"] == "waybill", said["EnvironmentFile"] == "/etc/waybill/waybill.env"
    assert holds == (unit.stem in HOLDS_KEYS,) * 2


def test_whatever_listens_listens_on_loopback_and_staff_get_the_read_only_server() -> None:
    started = {unit.stem: service(unit)["ExecStart"] for unit in SERVICES}
    assert "--host 127.0.0.1" in started["waybill-code"]
    assert all(" -h 127.0.0.1 " in started[name] for name in ("waybill-web", "waybill-launch"))
    assert ("--read-only" in started["waybill-web"], "--read-only" in started["waybill-launch"]) == (True, False)
    assert "[Install]" not in (DEPLOY / "systemd" / "waybill-launch.service").read_text(encoding="utf-8")


def test_the_workspace_asks_the_code_location_by_its_port() -> None:
    (server,) = yaml.safe_load((DEPLOY / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    assert server["grpc_server"]["host"] == "127.0.0.1"
    assert (
        f"--port {server['grpc_server']['port']}" in service(DEPLOY / "systemd" / "waybill-code.service")["ExecStart"]
    )


def test_dagster_takes_its_settings(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        limits = instance.get_concurrency_config().run_queue_config.tag_concurrency_limits
        assert [limit["key"] for limit in limits] == ["waybill/return", "waybill/release"]
        assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"
        assert not instance.telemetry_enabled


def test_the_settings_of_workers_launch_by_celery_and_begin_a_lost_preparation_again_and_no_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("BROKER", "DAGSTER_DATABASE_HOST", "DAGSTER_DATABASE_PASSWORD"):
        monkeypatch.setenv(f"WAYBILL_{name}", "redis://127.0.0.1:1/0")
    said = yaml.safe_load((DEPLOY / "workers" / "dagster.yaml").read_text(encoding="utf-8"))
    del said["storage"]  # reading it asks the server
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert type(instance.run_launcher) is WatchedCeleryRunLauncher
        assert instance.run_launcher.celery.conf.worker_disable_prefetch
        assert instance.run_monitoring_enabled
        assert instance.run_retries_max_retries == 0
        assert not instance.run_retries_retry_on_asset_or_op_failure
        assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"


@pytest.mark.server
def test_one_machine_keeps_dagsters_own_state_on_postgresql(demo: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = demo.settings.dagster / "dagster.yaml"
    said = yaml.safe_load((DEPLOY / "dagster-postgres.yaml").read_text(encoding="utf-8"))
    there = said["storage"]["postgres"]["postgres_db"]
    monkeypatch.setenv(there["password"]["env"], "")
    with postgres_server.serving() as server:
        server.database("dagster")
        there |= {"hostname": "", "params": {"host": str(server.folder)}}
        settings.write_text(yaml.safe_dump(said) + settings.read_text(encoding="utf-8"), encoding="utf-8")
        assert run(demo, definitions(demo), "prepare_trust", "feeds-2026-w40").success
        with instance_of(demo.installation) as instance:
            assert type(instance.run_storage).__name__ == "PostgresRunStorage"
            assert [one.job_name for one in instance.get_runs()] == ["prepare_trust"]
    assert not (demo.settings.dagster / "history").exists()
