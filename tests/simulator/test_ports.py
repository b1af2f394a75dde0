"""A demonstration that cannot begin says why, and what to do."""

import socket

import pytest

from simulator.ports import PortTakenError, refuse_taken
from simulator.sftp import ADDRESS


def test_a_port_that_is_taken_is_named_with_what_to_do():
    with socket.create_server((ADDRESS, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"Port {port} .* another demonstration"):
            refuse_taken(0, port)
    refuse_taken(0, port)
