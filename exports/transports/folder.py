"""Handing over: the file is laid into a folder of this machine, from where a person takes it to whoever asked.

Belongs here: writing once, whole and never over another file, and reading it back. The folder is the installation's
own; no agreement and no case can name another. What an outcome means for the release is `exports.delivery`.
"""

import datetime as dt
import hashlib
import os
from pathlib import Path
from typing import ClassVar, Final

from exports.parcel import Parcel
from exports.release import Release
from exports.terms import Route
from exports.transports import Finding, Receipt, Sighting, TransportFailure
from exports.waybill import remote_name

_LONGEST: Final = dt.timedelta(minutes=1)
_PART: Final = ".part"


class HandingOverFailed(TransportFailure):
    """The file could not be laid into the folder, or lies there with other bytes."""

    code: ClassVar[str] = "handing_over_failed"


class FolderTransport:
    """Lays files under one root, each route's in the directory it names."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def longest(self) -> dt.timedelta:
        """After this time an attempt has certainly ended."""
        return _LONGEST

    def send(self, release: Release) -> Receipt:
        """Write the release's bytes to their final name, whole or not at all.

        Raises HandingOverFailed.
        """
        place = self._place(release.parcel, release.route)
        there = place.exists()
        try:
            if not there:
                _write(place, release.data)
            receipt = _receipt(place, already_there=there)
        except OSError as error:
            message = f"{place.name} could not be written to {place.parent}: {error.strerror}"
            raise HandingOverFailed(message, payload_began=False) from None
        if receipt.read_back_sha256 != release.parcel.file_sha256:
            message = f"another file lies in {place.parent} as {place.name}: nothing was written over it"
            raise HandingOverFailed(message, payload_began=not there)
        return receipt

    def look(self, parcel: Parcel, route: Route) -> Sighting:
        """Say what lies in the folder. Raises HandingOverFailed."""
        place = self._place(parcel, route)
        part = place.with_name(place.name + _PART)
        try:
            if place.exists():
                receipt = _receipt(place, already_there=True)
                same = receipt.read_back_sha256 == parcel.file_sha256
                return Sighting(Finding.THERE, receipt) if same else Sighting(Finding.DIFFERENT)
            if part.exists():
                part.unlink()
                return Sighting(Finding.CLEARED)
        except OSError as error:
            message = f"{place.parent} could not be read: {error.strerror}"
            raise HandingOverFailed(message, payload_began=True) from None
        return Sighting(Finding.ABSENT)

    def forget(self, parcel: Parcel, route: Route) -> bool:
        """Remove a file that the other side has confirmed; False when it lies there no more."""
        place = self._place(parcel, route)
        try:
            place.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            message = f"{place} could not be removed: {error.strerror}"
            raise HandingOverFailed(message, payload_began=True) from None
        return True

    def _place(self, parcel: Parcel, route: Route) -> Path:
        return self._root / route.directory.strip("/") / remote_name(parcel.remote_name)


def _write(place: Path, data: bytes) -> None:
    """Write beside the final name, to the disk, and then link: a name that exists is never written over."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = place.with_name(place.name + _PART)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.link(part, place)
    part.unlink()


def _receipt(place: Path, *, already_there: bool) -> Receipt:
    data = place.read_bytes()
    return Receipt(
        remote_name=place.name,
        length=len(data),
        read_back_sha256=hashlib.sha256(data).hexdigest(),
        peer="a folder of this machine",
        software="",
        already_there=already_there,
    )
