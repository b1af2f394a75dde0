"""Dagster's web server and daemon on the demo's own state, so that its runs show and a launched run finishes.

Belongs here: two child processes and their ends. Each has a session of its own and is stopped with everything it has
started. Unlike the demo's, their clock is the real one: they build the code location from the environment, as in
production.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final

import httpx

from pipelines.dagster_instance import instance_of
from pipelines.settings import HOME_VARIABLE, TRUST_VARIABLE, Settings
from simulator.demo import BLOCKED_SCHOOL, FAULTS
from simulator.deployment import ARBOR_PORT, SFTP_PORT, Deployment, deployed
from simulator.world.faults import with_faults
from simulator.world.trust import make_trust

PORT: Final = 3000
HOST: Final = "127.0.0.1"
_PROJECT: Final = Path(__file__).resolve().parent.parent
_WORKSPACE: Final = _PROJECT / "workspace.yaml"
_ANSWERS_WITHIN, _STOPS_WITHIN, _ASK_EVERY = 240.0, 15.0, 0.25
"""Seconds: the web server needs about half a minute on two cores."""


class UiDidNotStart(Exception):  # noqa: N818  what a person reads on the console
    """The web server or the daemon ended, or nothing answered in time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    asked = _parser().parse_args(arguments)
    home = Settings.from_environment({}).home
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    print("Starting the demo's servers, Dagster's web server and its daemon: about half a minute ...", flush=True)
    try:
        world = with_faults(make_trust(), BLOCKED_SCHOOL, FAULTS)
        with (
            deployed(home, trust=world, arbor_port=asked.mis_port, sftp_port=asked.sftp_port) as demo,
            running_ui(demo, asked.port, ended) as url,
        ):
            print(f"{url}  shows the demo's runs; its state is {home}. Stop with Ctrl-C.", flush=True)
            ended.wait()
            print("Stopping ...", flush=True)
    except (UiDidNotStart, OSError) as error:
        print(f"{error}\nNothing is left running.", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def running_ui(demo: Deployment, port: int = 0, ended: threading.Event | None = None) -> Generator[str]:
    """Run the web server and the daemon of a deployment; yield the web server's address.

    Args:
        demo: running; its MIS secrets are in the environment.
        port: 0 for a free one.
        ended: set by a signal; waiting for the first answer then ends too.

    Raises:
        UiDidNotStart: with the name of the log that says why.

    """
    with instance_of(demo.installation):
        pass  # Dagster's database is made here: two processes that both find none break each other's
    url = f"http://{HOST}:{port or _free_port()}"
    web = ("dagster-webserver", "-h", HOST, "-p", url.rpartition(":")[2])
    with _child(demo.settings, "daemon", "dagster-daemon", "run"), _child(demo.settings, "webserver", *web) as server:
        _wait_until_it_answers(url, server, demo.settings.dagster / "webserver.log", ended or threading.Event())
        _refuse_an_unloaded_location(url)
        yield url


@contextlib.contextmanager
def read_only(demo: Deployment) -> Generator[str]:
    """Run a second web server that changes nothing, beside `running_ui`; yield its address."""
    url = f"http://{HOST}:{_free_port()}"
    web = ("dagster-webserver", "--read-only", "-h", HOST, "-p", url.rpartition(":")[2])
    with _child(demo.settings, "read-only", *web) as server:
        _wait_until_it_answers(url, server, demo.settings.dagster / "read-only.log", threading.Event())
        yield url


def environment(settings: Settings) -> dict[str, str]:
    """What the children are told: where state and trust folder are. Secrets are passed on as they stand."""
    return os.environ | {
        "DAGSTER_HOME": str(settings.dagster),
        HOME_VARIABLE: str(settings.home),
        TRUST_VARIABLE: str(settings.trust),
    }


@contextlib.contextmanager
def _child(settings: Settings, name: str, program: str, *arguments: str) -> Generator[subprocess.Popen[bytes]]:
    command = [str(Path(sys.executable).parent / program), *arguments, "-w", str(_WORKSPACE)]
    with (settings.dagster / f"{name}.log").open("ab") as log:
        child = subprocess.Popen(  # noqa: S603  our own programs
            command,
            cwd=_PROJECT,
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        _stop_group(child)


def _stop_group(child: subprocess.Popen[bytes]) -> None:
    """Stop the leader kindly, then whatever it has left: code servers outlive a leader that was told to end."""
    with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
        child.terminate()
        child.wait(_STOPS_WITHIN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _wait_until_it_answers(url: str, server: subprocess.Popen[bytes], log: Path, ended: threading.Event) -> None:
    deadline = time.monotonic() + _ANSWERS_WITHIN
    while time.monotonic() < deadline and server.poll() is None and not ended.wait(_ASK_EVERY):
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/server_info", timeout=5).is_success:
                return
    if not ended.is_set():
        message = f"The web server does not answer at {url}: see {log}. Is the port taken? Choose another with --port."
        raise UiDidNotStart(message)


def _refuse_an_unloaded_location(url: str) -> None:
    """A web server whose code did not load answers just as well, and shows nothing."""
    query = "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }"
    answer = httpx.post(f"{url}/graphql", json={"query": query}, timeout=_ANSWERS_WITHIN).raise_for_status().json()
    entries = answer["data"]["workspaceOrError"]["locationEntries"]
    if [entry["locationOrLoadError"]["__typename"] for entry in entries] != ["RepositoryLocation"]:
        message = "Dagster's web server could not load pipelines.definitions. Look with: dagster definitions validate"
        raise UiDidNotStart(message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make ui", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="of the web server")
    parser.add_argument("--mis-port", type=int, default=ARBOR_PORT, help="of the invented MIS")
    parser.add_argument("--sftp-port", type=int, default=SFTP_PORT, help="of the recipients' SFTP server")
    return parser


if __name__ == "__main__":
    sys.exit(main())
