"""What several machines of a trust run, as processes of this one: PostgreSQL, Redis, Dagster's daemon and workers.

Belongs here: starting each from `deploy/workers/`, killing a worker as a power cut does, and ending all of it.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import yaml

from pipelines.dagster_instance import instance_of
from pipelines.installation import Installation
from simulator import deployment
from simulator.deployment import Deployment, deployed
from simulator.ui import environment
from simulator.world.schools import Scale
from simulator.world.trust import make_trust
from tests import postgres_server

PROJECT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent


@dataclass
class Machines:
    """The running machines of one trust."""

    demo: Deployment
    here: Installation
    daemon: subprocess.Popen[bytes] = field(init=False)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_worker(self, name: str) -> None:
        celery = [str(PROGRAMS / "celery"), "-A", "pipelines.worker_app", "worker", "-Q", "dagster", "-c", "1"]
        self.workers[name] = self._child(name, [*celery, "-n", f"{name}@%h", "--without-mingle", "--without-gossip"])

    def start_daemon(self) -> None:
        self.daemon = self._child(
            "daemon", [str(PROGRAMS / "dagster-daemon"), "run", "-w", str(PROJECT / "workspace.yaml")]
        )

    def await_workers(self, instance: dg.DagsterInstance) -> None:
        deadline = time.monotonic() + 120
        while len(instance.run_launcher.celery.control.ping(timeout=1) or []) < len(self.workers):
            assert time.monotonic() < deadline, "a worker does not answer"
            assert not [name for name, child in self.workers.items() if child.poll() is not None]

    def carries(self, instance: dg.DagsterInstance, run: dg.DagsterRun, name: str) -> bool:
        """Say whether it is this worker that carries out a run."""
        started = instance.run_launcher.celery.AsyncResult(run.tags["dagster-celery/task_id"]).info
        return isinstance(started, dict) and str(started.get("hostname", "")).startswith(f"{name}@")

    def kill(self, name: str) -> None:
        """Kill a worker and all that it has forked, at once."""
        os.killpg(self.workers[name].pid, signal.SIGKILL)
        self.workers.pop(name).wait()

    def cpu(self) -> float:
        """Seconds of CPU of the daemon and the workers, what they have forked included."""
        return sum(_cpu(psutil.Process(child.pid)) for child in (self.daemon, *self.workers.values()))

    def logs(self) -> str:
        return "\n".join(file.read_text(errors="replace") for file in self.here.settings.dagster.glob("*.log"))

    def _child(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.here.settings.dagster / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=PROJECT, env=environment(self.here.settings), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip


@contextlib.contextmanager
def several_machines(home: Path, scale: Scale, workers: tuple[str, ...], patch: Any) -> Iterator[Machines]:
    """Run a trust of that scale whose ledger, vault, keys and runs lie where several machines reach them."""
    from bench.trust_run import of_scale  # noqa: PLC0415  it measures what this only borrows

    with postgres_server.serving() as postgres, redis_serving() as broker:
        patch.setattr(deployment, "FOLDER", _trust_folder(home.parent / "shared-trust", postgres, home.parent))
        with deployed(home, trust=make_trust(scale=scale), arbor_port=0, sftp_port=0) as demo:
            here = of_scale(demo, scale)
            for name, value in _addresses(postgres, broker).items():
                patch.setenv(name, value)
            patch.setenv("DAGSTER_HOME", str(here.settings.dagster))
            _settings(here, postgres, len(workers))
            machines = Machines(demo, here)
            with instance_of(here):
                pass  # Dagster's tables are made by one process alone
            machines.start_daemon()
            try:
                for name in workers:
                    machines.start_worker(name)
                yield machines
            finally:
                for child in (machines.daemon, *machines.workers.values()):
                    _stop_group(child)


@contextlib.contextmanager
def redis_serving() -> Iterator[str]:
    """Run Debian's redis-server on a free port of loopback, with nothing on the disk."""
    program = shutil.which("redis-server")
    assert program, "install Debian's package redis-server; .ci/run does"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        child = subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 30
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                assert child.poll() is None and time.monotonic() < deadline, "redis-server does not answer"  # noqa: PT018
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            child.terminate()
            child.wait()


def _trust_folder(folder: Path, postgres: postgres_server.Server, shared: Path) -> Path:
    """The demonstration's trust folder with what `deploy/workers/trust.toml` has, its addresses those of here."""
    shutil.copytree(PROJECT / "trusts" / "demo", folder)
    text = (PROJECT / "deploy" / "workers" / "trust.toml").read_text(encoding="utf-8")
    for schema in ("ledger", "vault", "pupil_keys"):
        there = f"postgresql://waybill@db.example/waybill?options=-csearch_path%3D{schema}"
        assert there in text
        text = text.replace(there, postgres.url(schema))
    text = text.replace("s3://waybill-vault/artefacts", f"file://{shared}/artefacts")
    text = text.replace("/srv/lodged", f"{shared}/lodged")
    (shared / "lodged").mkdir()
    toml = folder / "trust.toml"
    head, school, rest = toml.read_text(encoding="utf-8").partition("[[school]]")
    toml.write_text(f"{head}{text}\n{school}{rest}", encoding="utf-8")
    return folder


def _addresses(postgres: postgres_server.Server, broker: str) -> dict[str, str]:
    postgres.database("dagster")
    return {
        "WAYBILL_DAGSTER_DATABASE_HOST": "",
        "WAYBILL_DAGSTER_DATABASE_PASSWORD": "",
        "WAYBILL_BROKER": broker,
    }


def _settings(here: Installation, postgres: postgres_server.Server, workers: int) -> None:
    """`deploy/workers/dagster.yaml` as it stands, but for a socket, how often it looks and how many workers it has."""
    said = yaml.safe_load((PROJECT / "deploy" / "workers" / "dagster.yaml").read_text(encoding="utf-8"))
    said["storage"]["postgres"]["postgres_db"]["params"] = {"host": str(postgres.folder)}
    said["run_monitoring"]["poll_interval_seconds"] = 1
    said["concurrency"]["runs"]["max_concurrent_runs"] = 2 * workers + 1
    (here.settings.dagster / "dagster.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")


def _cpu(process: psutil.Process) -> float:
    """Of a process, of those it forked and which have ended, and of those that go on."""
    used = process.cpu_times()
    return (
        used.user
        + used.system
        + used.children_user
        + used.children_system
        + sum(_cpu(child) for child in process.children())
    )


def _stop_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
        child.terminate()
        child.wait(15)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
