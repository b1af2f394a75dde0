"""Recipients' SFTP servers on the loopback interface: OpenSSH's own if it can be had, otherwise asyncssh's.

Belongs here: starting and stopping a server with a few accounts, and the demonstration's keys. The server inside this
process is `simulator.sftp_embedded`. Nothing here is fit for anything but invented data.

OpenSSH serves accounts of the machine only. As an ordinary user that is one: the user who runs it. As root, where the
kernel allows a private view of the file system, it serves accounts that exist in that view alone, each shut into its
own directory; nothing on the machine is changed.
"""

import getpass
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from simulator.sftp_embedded import embedded

_STOPS_WITHIN: Final = 5
"""Seconds from SIGTERM to SIGKILL."""
SSHD: Final = Path("/usr/sbin/sshd")
ADDRESS: Final = "127.0.0.1"
_SEED: Final = b"waybill demonstration host key: worthless on purpose"
_JAIL: Final = Path("/mnt")  # exists on every Debian; covered in the server's own view only
_ROOT: Final = 0


class Program(StrEnum):
    """Which program answers."""

    OPENSSH = "OpenSSH"
    ASYNCSSH = "asyncssh"


class NoServer(Exception):  # noqa: N818
    """The server program did not start; its own words are in the message."""


@dataclass(frozen=True, slots=True)
class Account:
    """A recipient's account.

    Attributes:
        user: login name.
        public_key: `ssh-ed25519 <base64>` of the one key that may log in.
        directories: made inside the account's own directory, relative to it.

    """

    user: str
    public_key: str
    directories: tuple[str, ...] = ("in",)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens, who it is, and where accounts' files lie (`root / user / directory`)."""

    port: int
    host_key: str
    root: Path
    program: Program


def demo_host_key() -> Ed25519PrivateKey:
    """Return the demonstration server's key: the same everywhere, so that the demo trust's agreements can pin it."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(_SEED).digest())


def demo_user_key() -> Ed25519PrivateKey:
    """Return a new key for a demonstration account: never a known one, since the server gives access to real files."""
    return Ed25519PrivateKey.generate()


def public_text(key: Ed25519PrivateKey) -> str:
    """Write the public half as `ssh-ed25519 <base64>`: what an agreement pins and an account accepts."""
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return key.public_key().public_bytes(encoding, form).decode()


def private_text(key: Ed25519PrivateKey) -> str:
    """Write a key in OpenSSH's private form, not encrypted: for a file with mode 0600."""
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


@contextmanager
def serving(
    root: Path,
    accounts: Sequence[Account],
    *,
    port: int = 0,
    host_key: Ed25519PrivateKey | None = None,
    program: Program | None = None,
    forbidden: Sequence[str] = (),
) -> Generator[Server]:
    """Serve accounts until the block ends.

    Args:
        root: accounts' files; made if missing.
        accounts: who may log in.
        port: 0 for any free one.
        host_key: the server's; the demonstration's if not given.
        program: insist on one; otherwise OpenSSH where it can serve these accounts.
        forbidden: SFTP requests that OpenSSH declines, by its own names (`sftp-server -Q requests`).

    Raises:
        NoServer: the program did not start.

    """
    key = host_key or demo_host_key()
    for account in accounts:
        for directory in ("", *account.directories):
            (root / account.user / directory).mkdir(parents=True, exist_ok=True)
    chosen = program or (Program.OPENSSH if openssh_can_serve(accounts) else Program.ASYNCSSH)
    start = _openssh(root, accounts, port, key, forbidden) if chosen is Program.OPENSSH else None
    with start or _asyncssh(root, accounts, port, key) as listening:
        yield Server(listening, public_text(key), root, chosen)


def openssh_can_serve(accounts: Sequence[Account]) -> bool:
    """Say whether OpenSSH is installed and can serve these accounts here."""
    return SSHD.exists() and (_only_me(accounts) or _private_view())


@contextmanager
def _asyncssh(root: Path, accounts: Sequence[Account], port: int, key: Ed25519PrivateKey) -> Generator[int]:
    keys = {account.user: account.public_key for account in accounts}
    with embedded(root, keys, port=port, host_key=private_text(key)) as server:
        yield server.port


@contextmanager
def _openssh(
    root: Path, accounts: Sequence[Account], port: int, key: Ed25519PrivateKey, forbidden: Sequence[str]
) -> Generator[int]:
    listening = port or _free_port()
    private = not _only_me(accounts)
    with tempfile.TemporaryDirectory(prefix="waybill-sshd-") as made:
        folder = Path(made)
        _write(folder / "host", private_text(key))
        for account in accounts:
            _write(folder / f"{account.user}.keys", account.public_key + "\n", 0o644)
        _write(folder / "config", _config(folder, root, accounts, listening, forbidden))
        command = [str(SSHD), "-D", "-e", "-f", str(folder / "config")]
        if private:
            _give_to_nobody(root, accounts)
            _write(folder / "passwd", Path("/etc/passwd").read_text() + _passwd(accounts), 0o644)
            command = ["unshare", "--mount", "sh", "-c", _VIEW, "sh", str(folder), str(root.resolve()), *command]
        elif os.geteuid() == _ROOT:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603
        try:
            _wait(process)
            yield listening
        finally:
            _stop(process)


def _stop(process: "subprocess.Popen[str]") -> None:
    """End the server and what it began; once in some thousand times it sleeps through a signal that comes early."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.killpg(process.pid, number)
        try:
            process.wait(_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            continue
        return


_VIEW: Final = f"""set -e
folder=$1 root=$2; shift 2
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/sshd /run/keys
cp "$folder"/*.keys /run/keys/
mount --bind "$folder/passwd" /etc/passwd
mount --bind "$root" {_JAIL}
exec "$@"
"""


def _config(folder: Path, root: Path, accounts: Sequence[Account], port: int, forbidden: Sequence[str]) -> str:
    private = not _only_me(accounts)
    service = f"internal-sftp -P {','.join(forbidden)}" if forbidden else "internal-sftp"
    keys = Path("/run/keys") if private else folder
    lines = [
        f"ListenAddress {ADDRESS}:{port}",
        f"HostKey {folder / 'host'}",
        f"AuthorizedKeysFile {keys}/%u.keys",
        "AllowUsers " + " ".join(account.user for account in accounts),
        "PidFile none",
        "UsePAM no",
        "StrictModes no",
        "AuthenticationMethods publickey",
        "PermitRootLogin " + ("no" if private else "prohibit-password"),
        "DisableForwarding yes",
        "MaxStartups 200",
        "Subsystem sftp internal-sftp",
        f"ForceCommand {service} -d {'/' if private else f'{root.resolve()}/%u'}",
    ]
    return "\n".join([*lines, *([f"ChrootDirectory {_JAIL}/%u"] if private else [])]) + "\n"


def _passwd(accounts: Sequence[Account]) -> str:
    nobody = pwd.getpwnam("nobody")
    return "".join(f"{a.user}:*:{nobody.pw_uid}:{nobody.pw_gid}::/:/usr/sbin/nologin\n" for a in accounts)


def _give_to_nobody(root: Path, accounts: Sequence[Account]) -> None:
    """A jail belongs to root and is closed to others' writing; what lies in it belongs to the account."""
    nobody = pwd.getpwnam("nobody")
    root.chmod(0o755)
    for account in accounts:
        (root / account.user).chmod(0o755)
        for directory in account.directories:
            os.chown(root / account.user / directory, nobody.pw_uid, nobody.pw_gid)


def _only_me(accounts: Sequence[Account]) -> bool:
    return [account.user for account in accounts] == [getpass.getuser()]


def _private_view() -> bool:
    if os.geteuid() != _ROOT or not shutil.which("unshare"):
        return False
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", str(_JAIL)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603  our own words


def _wait(process: "subprocess.Popen[str]") -> None:
    """Wait until the server says that it listens, and go on reading so that it never waits for a reader."""
    log = process.stderr
    said = []
    for line in log or ():
        said.append(line)
        if line.startswith("Server listening"):
            threading.Thread(target=_drain, args=(log,), daemon=True).start()
            return
    message = f"sshd did not start: {''.join(said)}"
    raise NoServer(message)


def _drain(log: IO[str]) -> None:
    with log:
        for _ in log:
            pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    path.touch(mode=mode)
    path.chmod(mode)
    path.write_text(text)
