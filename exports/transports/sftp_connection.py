"""One SSH connection to one recipient, with everything about the other side pinned and every wait bounded.

Belongs here: algorithms, the pinned host key, the one credential, deadlines, and what it means when the connection
ends. The order of steps on it is `exports.transports.sftp_steps`; the packets are `exports.transports.sftp_wire`. The
only module that knows paramiko. It uses the library's bare transport, which looks for no agent, no key file and no
list of known hosts.
"""

import base64
import hashlib
import hmac
import io
import logging
import socket
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from exports.terms import Route
from exports.transports import TransportFailure
from exports.transports.sftp_failures import (
    AlgorithmMismatch,
    AuthenticationFailed,
    ConnectionLost,
    ConnectionRefusedByServer,
    CredentialUnusable,
    HostKeyChanged,
    Timeout,
    declined,
)
from exports.transports.sftp_wire import SftpNonsense, SftpStatus, Wire
from exports.transports.watchdog import Watchdog, Watched, within

# Without a handler the library's own log would go to stderr, tracebacks included.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

KEY_EXCHANGES: Final = (
    "mlkem768x25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
)
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
Finder: TypeAlias = Callable[[str], Credential]
"""Finds the credential of a route's `key_ref`; the only secret a transport ever sees."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Longest waits, in seconds. A watchdog of ours ends each one, whatever the library is waiting for.

    Attributes:
        connect: for finding the address and for TCP.
        step: for each of key exchange, authentication, and every piece sent or received after that.
        total: for everything after TCP, reconnections included.

    """

    connect: float = 10
    step: float = 30
    total: float = 900


@dataclass(slots=True)
class Progress:
    """How far an attempt has come, over all its connections: what a failure means depends on it.

    Attributes:
        payload_began: a byte of the file may have left.
        placed: something may lie under the final name.

    """

    payload_began: bool = False
    placed: bool = False

    @property
    def resumable(self) -> bool:
        """Nothing but a part under the temporary name can have come of it, so the attempt may go on from there."""
        return self.payload_began and not self.placed


@dataclass(frozen=True, slots=True)
class Peer:
    """Who answered: the conversation with it, its host key's fingerprint, and what it calls itself."""

    wire: Wire
    fingerprint: str
    software: str


@contextmanager
def connected(route: Route, credential: Finder, limits: Deadlines, progress: Progress) -> Generator[Peer]:
    """Open a connection, translate whatever goes wrong on it, and close it.

    Raises:
        TransportFailure: one of `sftp_failures`; whether the payload began is what `progress` says by then.

    """
    key = _load(credential(route.key_ref), route, progress)
    connection = _connect(route, limits.connect, progress)
    watchdog = Watchdog(connection, step=limits.step, total=limits.total)
    try:
        with watchdog, closing(paramiko.Transport(connection)) as ssh:
            yield _opened(ssh, route, key, watchdog, progress)
    except (SftpNonsense, SftpStatus, EOFError, OSError, paramiko.SSHException) as cause:
        raise _translated(cause, route, progress, timed_out=watchdog.barked) from None
    finally:
        connection.close()


def _opened(
    ssh: paramiko.Transport, route: Route, key: paramiko.PKey | str, watchdog: Watchdog, progress: Progress
) -> Peer:
    """Exchange keys, compare the server's with the pinned one, and only then authenticate, once."""
    _offer(ssh, route)
    watchdog.allow_step()
    ssh.start_client()
    offered = ssh.get_remote_server_key()
    shown = _fingerprint(offered)
    if not _is_pinned(offered, route):
        raise HostKeyChanged(_host_key_message(route, shown), payload_began=progress.payload_began)
    watchdog.allow_step()
    if isinstance(key, str):
        ssh.auth_password(route.user, key, fallback=False)
    else:
        ssh.auth_publickey(route.user, key)
    if not ssh.is_authenticated():
        message = "the server wants a second factor"
        raise paramiko.AuthenticationException(message)
    watchdog.allow_step()
    channel = ssh.open_session()
    channel.invoke_subsystem("sftp")
    return Peer(Wire(Watched(channel, watchdog)), shown, ssh.remote_version)


def _offer(ssh: paramiko.Transport, route: Route) -> None:
    """Offer modern algorithms, then those outdated ones that the agreement still allows; nothing else."""
    outdated = route.legacy.algorithms if route.legacy is not None else ()
    options = ssh.get_security_options()
    options.kex = KEY_EXCHANGES
    options.ciphers = (*CIPHERS, *(name for name in outdated if name.endswith("-cbc")))
    options.digests = (*MACS, *(name for name in outdated if name.startswith("hmac-")))
    # A server may hold several keys: ask for the pinned kind first.
    options.key_types = tuple(sorted(HOST_KEYS, key=lambda kind: kind != route.host_key.partition(" ")[0]))


def _connect(route: Route, seconds: float, progress: Progress) -> socket.socket:
    where = f"{route.host}:{route.port}"
    try:
        connection = within(seconds, lambda: socket.create_connection((route.host, route.port), timeout=seconds))
    except TimeoutError:
        message = f"{where} did not answer in {seconds:g} s: try later, or check the firewall"
        raise Timeout(message, payload_began=progress.payload_began) from None
    except OSError:
        message = f"nobody answers at {where}: check the address with the recipient, or try later"
        raise ConnectionRefusedByServer(message, payload_began=progress.payload_began) from None
    # Nagle's algorithm, not the cipher, is what makes many small files slow.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _load(credential: Credential, route: Route, progress: Progress) -> paramiko.PKey | str:
    if isinstance(credential, Password):
        return credential.text
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(credential.text), credential.passphrase)
        except (paramiko.SSHException, ValueError):
            continue
    message = f"the key {route.key_ref} is not an ed25519, ECDSA or RSA private key, or its passphrase is wrong"
    raise CredentialUnusable(message, payload_began=progress.payload_began)


def _fingerprint(key: paramiko.PKey) -> str:
    return _FINGERPRINT + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def _is_pinned(offered: paramiko.PKey, route: Route) -> bool:
    pinned = [route.host_key] if route.next_host_key is None else [route.host_key, route.next_host_key]
    return any(_is_key(offered, one) for one in pinned)


def _is_key(offered: paramiko.PKey, pinned: str) -> bool:
    if pinned.startswith(_FINGERPRINT):
        return hmac.compare_digest(_fingerprint(offered), pinned.rstrip("="))
    return hmac.compare_digest(f"{offered.get_name()} {offered.get_base64()}", " ".join(pinned.split()[:2]))


def _host_key_message(route: Route, shown: str) -> str:
    return (
        f"{route.host}:{route.port} showed the host key {shown}, not the one in the agreement. Nothing was sent to it. "
        "Ask the recipient by telephone; if they changed it, change delivery.host_key and have it signed again."
    )


def _translated(cause: Exception, route: Route, progress: Progress, *, timed_out: bool) -> TransportFailure:
    """Turn what the library or the server said into one of our failures; the server's own text is dropped."""
    where = f"{route.host}:{route.port}"
    began = progress.payload_began
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
