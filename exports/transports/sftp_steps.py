"""The order of steps in which a file comes to lie under its final name at an SFTP server.

Belongs here: names, and what is done on an open connection, in order, with the alternatives that an agreement may
declare. The connection is `exports.transports.sftp_connection`; how many of them one attempt may take is
`exports.transports.sftp`.

Order: look for the final name; write to a temporary name; read it back and hash it; rename; look at the final name;
lay the trigger file. Where the recipient forbids renaming, the file is written under its final name at once, and only
the trigger file, which comes last, says that it is whole.
"""

import hashlib
import hmac
from dataclasses import dataclass

from exports.parcel import Parcel
from exports.terms import Route
from exports.transports import Finding, Receipt, Sighting
from exports.transports.sftp_connection import Peer, Progress
from exports.transports.sftp_failures import ContentDiffers, RemoteNameTaken
from exports.transports.sftp_wire import SftpStatus, Status
from exports.waybill import remote_name


@dataclass(frozen=True, slots=True)
class Places:
    """Where one parcel lies at its recipient: final path, the path it is written to, and its trigger's."""

    final: str
    part: str
    trigger: str | None

    @classmethod
    def of(cls, parcel: Parcel, route: Route) -> "Places":
        """Work the paths out. Raises RemoteNameRefused for a name outside the closed alphabet."""
        name = remote_name(parcel.remote_name)
        final = _within(route.directory, name)
        part = _within(route.staging or route.directory, f".{name}.part-{parcel.waybill[:12]}")
        trigger = route.trigger and _within(route.directory, remote_name(name + route.trigger))
        return cls(final, final if route.placing == "direct" else part, trigger)


@dataclass(frozen=True, slots=True)
class Steps:
    """What is done with one parcel on one connection."""

    peer: Peer
    parcel: Parcel
    route: Route
    progress: Progress
    places: Places

    def deliver(self, data: bytes) -> Receipt:
        """Bring the bytes under the final name, unless they lie there; never over another file."""
        taken = self._at_final()
        if taken.receipt is not None:
            self._announce_once()
            return taken.receipt
        announced = self.places.trigger is not None and self.peer.wire.is_there(self.places.trigger)
        if taken.finding is not Finding.ABSENT or announced:
            message = (
                f"another file already lies under the name {self.parcel.remote_name}, or its trigger's, at "
                f"{self.route.host}: ask the recipient to remove it, or prepare the next version"
            )
            raise RemoteNameTaken(message, payload_began=self.progress.payload_began)
        self._write(data)
        read = self._verified()
        self._place()
        self._announce()
        return self._receipt(read, already_there=False)

    def look(self) -> Sighting:
        """Say what lies there; a part left under the temporary name is removed, and nothing else is touched."""
        found = self._announced()
        if found.finding is not Finding.ABSENT or not self._clear():
            return found
        # A rename still on its way when the connection broke can only have won before the part was removed.
        found = self._announced()
        return Sighting(Finding.CLEARED) if found.finding is Finding.ABSENT else found

    def _announced(self) -> Sighting:
        found = self._at_final()
        if found.finding is Finding.THERE and self.places.trigger and not self.peer.wire.is_there(self.places.trigger):
            return Sighting(Finding.UNANNOUNCED)
        return found

    def _at_final(self) -> Sighting:
        """Say what lies under the final name."""
        wire, parcel, read_back = self.peer.wire, self.parcel, self.route.read_back
        try:
            size = wire.size(self.places.final)
            if not read_back:
                return Sighting(Finding.UNREADABLE)
            read = wire.sha256(self.places.final, parcel.length) if size in {None, parcel.length} else None
        except SftpStatus as answer:
            if answer.status == Status.NO_SUCH_FILE or (answer.status == Status.PERMISSION_DENIED and not read_back):
                return Sighting(Finding.ABSENT)
            raise
        if read is None or not hmac.compare_digest(read, parcel.file_sha256):
            return Sighting(Finding.DIFFERENT)
        return Sighting(Finding.THERE, self._receipt(read, already_there=True))

    def _write(self, data: bytes) -> None:
        """Write the whole file to its part, going on from what an earlier connection of this attempt left there."""
        wire, part = self.peer.wire, self.places.part
        held = self._held(data) if self.progress.resumable else 0
        handle = wire.reopen(part) if held else self._created()
        self.progress.payload_began = True
        wire.fill(handle, data, held)

    def _created(self) -> bytes:
        """Open the part, empty. Under the final name even an empty file counts, unless the server declines it."""
        if self.places.part != self.places.final:
            return self.peer.wire.create(self.places.part)
        self.progress.placed = self.progress.payload_began = True
        try:
            return self.peer.wire.create(self.places.final, only_new=True)
        except SftpStatus:
            self.progress.payload_began = False
            raise

    def _held(self, data: bytes) -> int:
        """Return how many bytes of the part are known to be ours, by reading them back; 0 when it must begin anew."""
        wire, part = self.peer.wire, self.places.part
        try:
            size = wire.size(part) or 0
            if not self.route.read_back or not 0 < size <= len(data):
                return 0
            read = wire.sha256(part, size)
        except SftpStatus as answer:
            if answer.status == Status.NO_SUCH_FILE:
                return 0
            raise
        ours = hashlib.sha256(memoryview(data)[:size]).hexdigest()
        return size if read is not None and hmac.compare_digest(read, ours) else 0

    def _verified(self) -> str | None:
        """Read the part back and return its hash; None where the recipient forbids reading."""
        read = self.peer.wire.sha256(self.places.part, self.parcel.length) if self.route.read_back else None
        wrong = self.route.read_back and (read is None or not hmac.compare_digest(read, self.parcel.file_sha256))
        if wrong or self._other_length(self.places.part):
            message = f"{self.route.host} holds other bytes than were sent: nothing was renamed. Tell the recipient."
            raise ContentDiffers(message, payload_began=True)
        return read

    def _place(self) -> None:
        if self.places.part == self.places.final:
            return
        self.progress.placed = True
        self.peer.wire.rename(self.places.part, self.places.final)
        if self._other_length(self.places.final):
            message = f"{self.route.host} shows another length under the final name: tell the recipient"
            raise ContentDiffers(message, payload_began=True)

    def _announce(self) -> None:
        if self.places.trigger is not None:
            self.peer.wire.fill(self.peer.wire.create(self.places.trigger, only_new=True), b"")

    def _announce_once(self) -> None:
        if self.places.trigger is not None and not self.peer.wire.is_there(self.places.trigger):
            self._announce()

    def _other_length(self, path: str) -> bool:
        """Say whether the server shows another length; one that may not look, or a file just collected, shows none."""
        try:
            return self.peer.wire.size(path) not in {None, self.parcel.length}
        except SftpStatus as answer:
            if answer.status in {Status.NO_SUCH_FILE, Status.PERMISSION_DENIED}:
                return False
            raise

    def _clear(self) -> bool:
        """Remove the part left under the temporary name; False when there is none, or no such name."""
        if self.places.part == self.places.final:
            return False
        try:
            self.peer.wire.remove(self.places.part)
        except SftpStatus as answer:
            if answer.status == Status.NO_SUCH_FILE:
                return False
            raise
        return True

    def _receipt(self, read: str | None, *, already_there: bool) -> Receipt:
        parcel, peer = self.parcel, self.peer
        return Receipt(parcel.remote_name, parcel.length, read, peer.fingerprint, peer.software, already_there)


def _within(directory: str, name: str) -> str:
    return f"{directory.rstrip('/')}/{name}" if directory else name
