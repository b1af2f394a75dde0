"""The recipes of `deploy/`: they name what exists, and only the code location is given the keys."""

import configparser
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAMS = Path(sys.executable).parent
HOLDS_KEYS = {"waybill-code", "waybill-alerts"}


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
