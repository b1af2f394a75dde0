"""Delivery over SFTP, with everything about the other side pinned and every wait bounded.

Belongs here: the SSH connection (host key, algorithms, one credential, deadlines) and the order of steps in which a
file comes to lie under its final name. The packets are `exports.transports.sftp_wire`; what an outcome means for the
release is `exports.delivery`. The only module that knows paramiko.

Order: connect; compare the host key before any credential is sent; one authentication attempt; look for the final
name; write to a temporary name; read it back and hash it; rename; look at the final name.
"""

import base64
import datetime as dt
import hashlib
import hmac
import io
import logging
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from exports.parcel import Parcel
from exports.release import Release
from exports.terms import Route
from exports.transports import Finding, Receipt, Sighting, TransportFailure
from exports.transports.sftp_failures import (
    AlgorithmMismatch,
    AuthenticationFailed,
    ConnectionLost,
    ConnectionRefusedByServer,
    ContentDiffers,
    CredentialUnusable,
    HostKeyChanged,
    RemoteNameTaken,
    Timeout,
    declined,
)
from exports.transports.sftp_wire import SftpNonsense, SftpStatus, Status, Wire
from exports.transports.watchdog import Watchdog, Watched
from exports.waybill import remote_name

# Without a handler the library's own log would go to stderr, tracebacks included.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

CIPHERS: Final = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS: Final = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
HOST_KEYS: Final = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
_FINGERPRINT: Final = "SHA256:"


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key in OpenSSH's or PEM form; ed25519, ECDSA or RSA."""

    text: str = field(repr=False)
    passphrase: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Password:
    """A password, for a recipient who takes no keys."""

    text: str = field(repr=False)


Credential: TypeAlias = PrivateKey | Password


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Longest waits, in seconds. A watchdog of ours ends each one, whatever the library is waiting for.

    Attributes:
        connect: for TCP.
        step: for each of key exchange, authentication, and every piece sent or received after that.
        total: for everything after TCP.

    """

    connect: float = 10
    step: float = 30
    total: float = 900


class SftpTransport:
    """Sends releases by SFTP.

    Args:
        credential: finds the credential of a route's `key_ref`; the only secret this class ever sees.
        deadlines: longest waits.

    """

    def __init__(self, credential: Callable[[str], Credential], deadlines: Deadlines | None = None) -> None:
        self._credential = credential
        self._deadlines = deadlines or Deadlines()

    @property
    def longest(self) -> dt.timedelta:
        """After this time an attempt has certainly ended."""
        limits = self._deadlines
        return dt.timedelta(seconds=limits.connect + limits.total + limits.step)

    def send(self, release: Release) -> Receipt:
        """Send the release's bytes; see the module's order of steps.

        Raises:
            TypeError: anything but a Release made by the gate.
            TransportFailure: one of this module's; `payload_began` says whether the recipient may have bytes.

        """
        if type(release) is not Release:
            message = "a transport sends a Release made by exports.release.gate, and nothing else"
            raise TypeError(message)
        places = _Places.of(release.parcel, release.route)
        with self._session(release.route) as session:
            taken = session.look(places, release.parcel, read_back=release.route.read_back)
            if taken.finding is Finding.THERE and taken.receipt is not None:
                return taken.receipt
            if taken.finding is not Finding.ABSENT:
                message = (
                    f"another file already lies under the name {release.parcel.remote_name} at {release.route.host}: "
                    "ask the recipient to remove it, or prepare the next version"
                )
                raise RemoteNameTaken(message, payload_began=False)
            return session.put(places, release.parcel, release.data, read_back=release.route.read_back)

    def look(self, parcel: Parcel, route: Route) -> Sighting:
        """Say what lies at the recipient; removes a part left under the temporary name, and sends none of the file.

        Raises:
            TransportFailure: one of this module's.

        """
        places = _Places.of(parcel, route)
        with self._session(route) as session:
            found = session.look(places, parcel, read_back=route.read_back)
            if found.finding is not Finding.ABSENT or not session.clear(places):
                return found
            # A rename still on its way when the connection broke can only have won before the part was removed.
            found = session.look(places, parcel, read_back=route.read_back)
            return Sighting(Finding.CLEARED) if found.finding is Finding.ABSENT else found

    @contextmanager
    def _session(self, route: Route) -> Generator["_Session"]:
        """Open a connection, translate whatever goes wrong on it, and close it."""
        key = _load(self._credential(route.key_ref), route)
        connection = _connect(route, self._deadlines.connect)
        session = _Session(route)
        watchdog = Watchdog(connection, step=self._deadlines.step, total=self._deadlines.total)
        try:
            with watchdog:
                session.open(connection, key, watchdog)
                yield session
        except (SftpNonsense, SftpStatus, EOFError, OSError, paramiko.SSHException) as cause:
            raise _translated(cause, route, session, timed_out=watchdog.barked) from None
        finally:
            session.close()
            connection.close()


@dataclass(frozen=True, slots=True)
class _Places:
    """The final and the temporary path of one parcel at its recipient."""

    final: str
    part: str

    @classmethod
    def of(cls, parcel: Parcel, route: Route) -> "_Places":
        name = remote_name(parcel.remote_name)
        part = f".{name}.part-{parcel.waybill[:12]}"
        folder = route.directory.rstrip("/")
        prefix = f"{folder}/" if route.directory else ""
        return cls(prefix + name, prefix + part)


class _Session:
    """One connection to one recipient."""

    def __init__(self, route: Route) -> None:
        self.payload_began = False
        self._route = route
        self._ssh: paramiko.Transport | None = None
        self._peer = ""
        self._software = ""

    def open(self, connection: socket.socket, key: paramiko.PKey | str, watchdog: Watchdog) -> None:
        """Exchange keys, compare the server's with the pinned one, and only then authenticate, once."""
        ssh = self._ssh = paramiko.Transport(connection)
        options = ssh.get_security_options()
        options.ciphers, options.digests = CIPHERS, MACS
        options.key_types = _pinned_first(self._route.host_key)
        watchdog.allow_step()
        ssh.start_client()
        offered = ssh.get_remote_server_key()
        self._peer, self._software = _fingerprint(offered), ssh.remote_version
        if not _is_pinned(offered, self._route.host_key):
            raise HostKeyChanged(_host_key_message(self._route, self._peer), payload_began=False)
        watchdog.allow_step()
        if isinstance(key, str):
            ssh.auth_password(self._route.user, key, fallback=False)
        else:
            ssh.auth_publickey(self._route.user, key)
        if not ssh.is_authenticated():
            message = "the server wants a second factor"
            raise paramiko.AuthenticationException(message)
        watchdog.allow_step()
        channel = ssh.open_session()
        channel.invoke_subsystem("sftp")
        self._wire = Wire(Watched(channel, watchdog))

    def look(self, places: _Places, parcel: Parcel, *, read_back: bool) -> Sighting:
        """Say what lies under the final name."""
        try:
            size = self._wire.size(places.final)
            if not read_back:
                return Sighting(Finding.UNREADABLE)
            read = self._wire.sha256(places.final, parcel.length) if size in {None, parcel.length} else None
        except SftpStatus as answer:
            if answer.status == Status.NO_SUCH_FILE or (answer.status == Status.PERMISSION_DENIED and not read_back):
                return Sighting(Finding.ABSENT)
            raise
        if read is None or not hmac.compare_digest(read, parcel.file_sha256):
            return Sighting(Finding.DIFFERENT)
        return Sighting(Finding.THERE, self._receipt(parcel, read, already_there=True))

    def put(self, places: _Places, parcel: Parcel, data: bytes, *, read_back: bool) -> Receipt:
        """Write under the temporary name, verify, rename, and look at the final name."""
        handle = self._wire.create(places.part)
        self.payload_began = True
        self._wire.fill(handle, data)
        read = self._wire.sha256(places.part, parcel.length) if read_back else None
        if (read_back and read != parcel.file_sha256) or self._other_length(places.part, parcel):
            message = f"{self._route.host} holds other bytes than were sent: nothing was renamed. Tell the recipient."
            raise ContentDiffers(message, payload_began=True)
        self._wire.rename(places.part, places.final)
        if self._other_length(places.final, parcel):
            message = f"{self._route.host} shows another length under the final name: tell the recipient"
            raise ContentDiffers(message, payload_began=True)
        return self._receipt(parcel, read, already_there=False)

    def _other_length(self, path: str, parcel: Parcel) -> bool:
        """Say whether the server shows another length; one that may not look, or a file just collected, shows none."""
        try:
            return self._wire.size(path) not in {None, parcel.length}
        except SftpStatus as answer:
            if answer.status in {Status.NO_SUCH_FILE, Status.PERMISSION_DENIED}:
                return False
            raise

    def clear(self, places: _Places) -> bool:
        """Remove the part left under the temporary name; False when there is none."""
        try:
            self._wire.remove(places.part)
        except SftpStatus as answer:
            if answer.status == Status.NO_SUCH_FILE:
                return False
            raise
        return True

    def close(self) -> None:
        """End the connection and wait for its thread."""
        if self._ssh is not None:
            self._ssh.close()

    def _receipt(self, parcel: Parcel, read: str | None, *, already_there: bool) -> Receipt:
        return Receipt(parcel.remote_name, parcel.length, read, self._peer, self._software, already_there)


def _connect(route: Route, seconds: float) -> socket.socket:
    try:
        connection = socket.create_connection((route.host, route.port), timeout=seconds)
    except TimeoutError:
        message = f"{route.host}:{route.port} did not answer in {seconds:g} s: try later, or check the firewall"
        raise Timeout(message, payload_began=False) from None
    except OSError:
        message = f"nobody answers at {route.host}:{route.port}: check the address with the recipient, or try later"
        raise ConnectionRefusedByServer(message, payload_began=False) from None
    # Nagle's algorithm, not the cipher, is what makes many small files slow.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _load(credential: Credential, route: Route) -> paramiko.PKey | str:
    if isinstance(credential, Password):
        return credential.text
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(credential.text), credential.passphrase)
        except (paramiko.SSHException, ValueError):
            continue
    message = f"the key {route.key_ref} is not an ed25519, ECDSA or RSA private key, or its passphrase is wrong"
    raise CredentialUnusable(message, payload_began=False)


def _fingerprint(key: paramiko.PKey) -> str:
    return _FINGERPRINT + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def _is_pinned(offered: paramiko.PKey, pinned: str) -> bool:
    if pinned.startswith(_FINGERPRINT):
        return hmac.compare_digest(_fingerprint(offered), pinned.rstrip("="))
    return hmac.compare_digest(f"{offered.get_name()} {offered.get_base64()}", " ".join(pinned.split()[:2]))


def _pinned_first(pinned: str) -> tuple[str, ...]:
    """Ask for the pinned kind of key first, since a server may hold several."""
    return tuple(sorted(HOST_KEYS, key=lambda kind: kind != pinned.partition(" ")[0]))


def _host_key_message(route: Route, shown: str) -> str:
    return (
        f"{route.host}:{route.port} showed the host key {shown}, not the one in the agreement. Nothing was sent. "
        "Ask the recipient by telephone; if they changed it, change delivery.host_key and have it signed again."
    )


def _translated(cause: Exception, route: Route, session: _Session, *, timed_out: bool) -> TransportFailure:
    """Turn what the library or the server said into one of our failures; the server's own text is dropped."""
    where = f"{route.host}:{route.port}"
    began = session.payload_began
    if timed_out:
        message = f"{where} was too slow: try later; if it stays so, tell the recipient"
        return Timeout(message, payload_began=began)
    if isinstance(cause, IncompatiblePeer):
        message = f"{where} offers only outdated algorithms ({cause}): the recipient must update their server"
        return AlgorithmMismatch(message, payload_began=began)
    if isinstance(cause, paramiko.AuthenticationException):
        message = f"{where} does not accept {route.key_ref} for user {route.user}: check with the recipient, then retry"
        return AuthenticationFailed(message, payload_began=began)
    if isinstance(cause, SftpStatus):
        return declined(cause.status, route, payload_began=began)
    message = f"the connection to {where} broke: try again; what the recipient has is looked up first"
    return ConnectionLost(message, payload_began=began)
