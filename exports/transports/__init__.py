"""What every way of sending has in common.

Belongs here: the `Transport` protocol, the receipt, and how a failure says whether the recipient may have the bytes.
Each way of sending is a module of its own. A transport takes a `Release`, made by the gate, and nothing else.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from exports.parcel import Parcel
from exports.release import Release
from exports.terms import Route
from schemas.refusal import Refusal


class TransportFailure(Refusal):
    """Sending or looking failed.

    Attributes:
        payload_began: a byte of the file may have left, so only reading back can say what the recipient has.

    """

    code = "transport_failure"

    def __init__(self, message: str, *, payload_began: bool) -> None:
        super().__init__(message)
        self.payload_began = payload_began


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other side showed after a file was sent, or found to be there.

    Attributes:
        remote_name: name under which the file lies in the route's directory.
        length: bytes in the file.
        read_back_sha256: of the bytes read back from the recipient; None where reading is not allowed.
        peer: who answered, in the transport's own terms (for SFTP the host key's fingerprint).
        software: what the other side calls itself.
        already_there: the same bytes lay there under the final name, and none were sent.

    """

    remote_name: str
    length: int
    read_back_sha256: str | None
    peer: str
    software: str
    already_there: bool


class Finding(StrEnum):
    """What looking for a file found."""

    THERE = "there"  # final name, and the hash is the waybill's
    CLEARED = "cleared"  # it had not reached its final name; the part that lay there was removed
    ABSENT = "absent"  # neither name: never arrived, or was already collected
    DIFFERENT = "different"  # other bytes under the final name
    UNANNOUNCED = "unannounced"  # the parcel under the final name, without its trigger file
    UNREADABLE = "unreadable"  # something under the final name that may not be read


@dataclass(frozen=True, slots=True)
class Sighting:
    """The answer to `Transport.look`; the receipt is there when the file is."""

    finding: Finding
    receipt: Receipt | None = None


class Transport(Protocol):
    """One way of sending."""

    @property
    def longest(self) -> dt.timedelta:
        """After this time an attempt has certainly ended, whatever the other side does."""

    def send(self, release: Release) -> Receipt:
        """Send the release's bytes; raises TransportFailure."""

    def look(self, parcel: Parcel, route: Route) -> Sighting:
        """Say what lies at the recipient, sending none of the file; raises TransportFailure."""
