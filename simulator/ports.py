"""The ports that a demonstration needs, which may be another one's.

Belongs here: asking the machine before anything is begun. The servers themselves are `simulator.arbor` and
`simulator.sftp`.
"""

import socket

from simulator.sftp import ADDRESS


class PortTakenError(OSError):
    """Something listens on a port that the demonstration needs."""


def refuse_taken(*ports: int) -> None:
    """Refuse to begin where something listens on one of these ports; 0 is any free one. Raises PortTakenError."""
    for port in filter(None, ports):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((ADDRESS, port))
            except OSError as error:
                message = (
                    f"Port {port} of {ADDRESS} cannot be used ({error.strerror}): perhaps another demonstration still "
                    "runs. Stop it, or wait for it to end, and try again."
                )
                raise PortTakenError(message) from None
