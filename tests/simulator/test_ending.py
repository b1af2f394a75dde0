"""A demonstration that is stopped from outside leaves no server behind, and one that cannot begin says why."""

import signal
import socket
import subprocess
import sys

import pytest

from simulator.ending import ADDRESS, PortTakenError, refuse_taken

SERVING = """
import getpass, sys, time
from pathlib import Path
from simulator import sftp
from simulator.ending import ended_by_signals
account = sftp.Account(getpass.getuser(), sftp.public_text(sftp.demo_host_key()))
with ended_by_signals(), sftp.serving(Path(sys.argv[1]), [account]) as server:
    print(server.port, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_whoever_stops_it_the_server_ends_with_it(tmp_path, number):
    command = [sys.executable, "-c", SERVING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
        port = int(program.stdout.readline())
        socket.create_connection((ADDRESS, port), timeout=5).close()
        program.send_signal(number)
        assert program.wait(timeout=20) != 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((ADDRESS, port), timeout=5)


def test_a_port_that_is_taken_is_named_with_what_to_do():
    with socket.create_server((ADDRESS, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"Port {port} .* another demonstration"):
            refuse_taken(0, port)
    refuse_taken(0, port)
