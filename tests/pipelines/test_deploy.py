"""The recipes of `deploy/`: they name what exists, and only the code location is given the keys."""

import configparser
import re
import sys
import tomllib
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


COMPOSE = yaml.safe_load((DEPLOY / "image" / "compose.yaml").read_text(encoding="utf-8"))
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"] == "waybill"}
KNOWN = {
    "image", "restart", "read_only", "cap_drop", "security_opt", "pids_limit", "networks", "depends_on", "user",
    "command", "env_file", "tmpfs", "volumes", "ports",
}  # fmt: skip


def mounts(service: dict) -> dict[str, str]:
    return {one["target"]: one["source"] for one in service["volumes"]}


def test_what_reads_what_sends_and_what_shows_are_users_of_their_own() -> None:
    users = {name: OURS[name]["user"].partition(":")[0] for name in ("extract", "release", "read")}
    assert len(set(users.values())) == 3
    image = (DEPLOY / "image" / "Dockerfile").read_text(encoding="utf-8")
    assert all(f"{name}:{user}" in image for name, user in users.items())
    assert re.findall(r"^USER (\d+)", image, re.MULTILINE)[-1] not in {"0", "root"}


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_is_not_privileged_and_shows_no_port_but_on_loopback(name: str) -> None:
    service = COMPOSE["services"][name]
    assert set(service) <= KNOWN, "nothing that gives it more: privileged, cap_add, devices, host networks"
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    if name in OURS:
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["user"].partition(":")[0] not in {"0", "root"}


def test_each_service_has_its_own_keys_and_secrets_and_what_people_reach_has_none() -> None:
    keys = {name: mounts(service).get("/state/keys") for name, service in OURS.items()}
    assert keys == {
        "extract": "./keys-extract", "code": "./keys-extract", "release": "./keys-release",
        "daemon": None, "read": None,
    }  # fmt: skip
    told = {name: service["env_file"] for name, service in OURS.items()}
    assert told == {
        "extract": ["extract.env"], "code": ["extract.env"], "release": ["release.env"], "daemon": ["read.env"],
        "read": ["read.env"],
    }  # fmt: skip
    assert "--read-only" in OURS["read"]["command"]
    assert not {"/trust", "/srv/artefacts"} & mounts(OURS["read"]).keys()


def test_each_container_starts_a_program_there_is_and_every_queue_has_its_worker() -> None:
    for service in OURS.values():
        assert (PROGRAMS / service["command"][0]).exists()
    queues = ",".join(one["command"][one["command"].index("-Q") + 1] for one in OURS.values() if "-Q" in one["command"])
    assert set(queues.split(",")) == {"dagster", "whole-trust", "release"}
    (server,) = yaml.safe_load((DEPLOY / "image" / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    assert server["grpc_server"]["host"] in OURS
    assert str(server["grpc_server"]["port"]) in OURS["code"]["command"]


def test_the_image_is_made_of_what_the_project_has() -> None:
    image = (DEPLOY / "image" / "Dockerfile").read_text(encoding="utf-8")
    for path in re.findall(r"requirements/\w+\.lock", image):
        assert (DEPLOY.parent / path).is_file()
    left_out = re.search(r"rm -rf ([a-z .]+)$", image, re.MULTILINE)[1].split()
    packages = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert {"simulator"} == set(left_out) & set(packages["root_packages"])
