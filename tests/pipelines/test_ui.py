"""`make ui`: what it leaves behind, and what it says when it cannot start. (The servers themselves: test_graphql.)"""

import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pipelines.settings import Settings
from simulator import ui
from simulator.arbor import serve

STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
left = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
print(left.pid, flush=True)
left.wait()
"""


def test_a_leader_that_will_not_end_is_stopped_with_all_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui, "_STOPS_WITHIN", 0.2)
    child = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with child:
        left = psutil.Process(int(child.stdout.readline()))
        ui._stop_group(child)
    gone, alive = psutil.wait_procs([left], timeout=10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    assert gone or alive
    assert child.returncode is not None


@pytest.mark.parametrize(
    ("loaded", "refused"), [("RepositoryLocation", False), ("PythonError", True)], ids=["loaded", "not loaded"],
)  # fmt: skip
def test_a_web_server_without_its_code_location_is_not_up(loaded: str, *, refused: bool) -> None:
    def answer(_request: Request) -> JSONResponse:
        entries = [{"locationOrLoadError": {"__typename": loaded}}]
        return JSONResponse({"data": {"workspaceOrError": {"locationEntries": entries}}})

    with serve(Starlette(routes=[Route("/graphql", answer, methods=["POST"])])) as url:
        if refused:
            with pytest.raises(ui.UiDidNotStart, match="could not load"):
                ui._refuse_an_unloaded_location(url)
        else:
            ui._refuse_an_unloaded_location(url)


def test_a_taken_port_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(Settings, "from_environment", lambda _: Settings(tmp_path / "home", tmp_path / "trust"))
    monkeypatch.setattr(ui.signal, "signal", lambda *_: None)
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert ui.main(["--mis-port", str(taken.getsockname()[1]), "--sftp-port", "0"]) == 1
    assert "Nothing is left running." in capsys.readouterr().err
    assert {process.pid for process in psutil.Process().children(recursive=True)} <= before
