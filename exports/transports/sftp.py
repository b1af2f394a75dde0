"""Delivery over SFTP: one attempt, over at most three connections.

Belongs here: the transport, and when an attempt goes on over a new connection. What is done on a connection is
`exports.transports.sftp_steps`; what an outcome means for the release is `exports.delivery`.

A connection that is lost while the file is being written under its temporary name has left nothing that anybody takes
for the file, so the attempt goes on: it reads back and hashes the part that lies there, and sends the rest. Once the
rename has been asked for, a loss ends the attempt, and only looking can tell what came of it. A timeout ends it too: a
server that does not answer is not asked again.
"""

import datetime as dt
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from exports.parcel import Parcel
from exports.release import Release
from exports.terms import Route
from exports.transports import Receipt, Sighting
from exports.transports.sftp_connection import (
    Credential,
    Deadlines,
    Finder,
    Password,
    Peer,
    PrivateKey,
    Progress,
    connected,
)
from exports.transports.sftp_failures import ConnectionLost
from exports.transports.sftp_steps import Places, Steps

__all__ = ["Credential", "Deadlines", "Greeting", "Password", "PrivateKey", "SftpTransport"]

CONNECTIONS: Final = 3
"""Connections, and so attempts to authenticate, that one delivery may take."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """Who answers at a route, and whether the directory is there; nothing was written."""

    fingerprint: str
    software: str
    directory: bool


class SftpTransport:
    """Sends releases by SFTP.

    Args:
        credential: finds the credential of a route's `key_ref`; the only secret this class ever sees.
        deadlines: longest waits.

    """

    def __init__(self, credential: Finder, deadlines: Deadlines | None = None) -> None:
        self._credential = credential
        self._deadlines = deadlines or Deadlines()

    @property
    def longest(self) -> dt.timedelta:
        """After this time an attempt has certainly ended."""
        limits = self._deadlines
        return dt.timedelta(seconds=CONNECTIONS * limits.connect + limits.total + limits.step)

    def send(self, release: Release) -> Receipt:
        """Send the release's bytes.

        Raises:
            TypeError: anything but a Release made by the gate.
            TransportFailure: one of `sftp_failures`; `payload_began` says whether the recipient may have bytes.

        """
        if type(release) is not Release:
            message = "a transport sends a Release made by exports.release.gate, and nothing else"
            raise TypeError(message)
        places, progress, began = Places.of(release.parcel, release.route), Progress(), time.monotonic()
        connections = 0
        while True:
            connections += 1
            try:
                with self._connected(release.route, progress, began) as peer:
                    return Steps(peer, release.parcel, release.route, progress, places).deliver(release.data)
            except ConnectionLost:
                if connections == CONNECTIONS or not progress.resumable:
                    raise

    def look(self, parcel: Parcel, route: Route) -> Sighting:
        """Say what lies at the recipient; removes a part left under the temporary name, and sends none of the file.

        Raises:
            TransportFailure: one of `sftp_failures`.

        """
        places, progress = Places.of(parcel, route), Progress()
        with self._connected(route, progress, time.monotonic()) as peer:
            return Steps(peer, parcel, route, progress, places).look()

    def greet(self, route: Route) -> Greeting:
        """Log in, look for the route's directory and leave: what a drill does before anything depends on it.

        Raises:
            TransportFailure: one of `sftp_failures`.

        """
        with self._connected(route, Progress(), time.monotonic()) as peer:
            return Greeting(peer.fingerprint, peer.software, peer.wire.is_there(route.directory or "."))

    @contextmanager
    def _connected(self, route: Route, progress: Progress, began: float) -> Generator[Peer]:
        left = self._deadlines.total - (time.monotonic() - began)
        limits = replace(self._deadlines, total=max(left, 0))
        with connected(route, self._credential, limits, progress) as peer:
            yield peer
