"""An SFTP server inside this process, on asyncssh: for machines without OpenSSH, and for servers that misbehave.

Belongs here: the server, what it remembers of who tried to log in, and a door for tests to put in a file service that
lies or fails. Which server a demonstration uses is `simulator.sftp`.
"""

import asyncio
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncssh

ADDRESS: Final = "127.0.0.1"


@dataclass(slots=True)
class Embedded:
    """A running server and its memory.

    Attributes:
        port: where it listens.
        root: accounts' files: `root / user`.
        connections: all that were made, closed or not.
        logins: users who began to log in, in order, accepted or not.
        passwords_tried: how many passwords were offered.
        opened: every file that was opened, closed or not.

    """

    root: Path
    port: int = 0
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    passwords_tried: int = 0
    opened: list[Any] = field(default_factory=list)


class _Door(asyncssh.SSHServer):
    """Accepts one key, and perhaps a password, for each account."""

    def __init__(self, state: Embedded, keys: Mapping[str, str], passwords: Mapping[str, str]) -> None:
        self._state = state
        self._keys = keys
        self._passwords = passwords

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection."""
        self._state.connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        """Remember who began to log in; everybody must."""
        self._state.logins.append(username)
        return True

    def public_key_auth_supported(self) -> bool:
        """Keys are accepted."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Accept the account's key, or one of its keys while they change."""
        return key.export_public_key().decode().strip() in self._keys.get(username, "").splitlines()

    def password_auth_supported(self) -> bool:
        """Passwords are accepted when there are any."""
        return bool(self._passwords)

    def validate_password(self, username: str, password: str) -> bool:
        """Accept the account's password."""
        self._state.passwords_tried += 1
        return self._passwords.get(username) == password


class Files(asyncssh.SFTPServer):
    """Serves each account its own directory and nothing above it."""

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes], state: Embedded) -> None:
        super().__init__(chan, chroot=str(state.root / chan.get_extra_info("username")).encode())
        self._state = state

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file, and remember it: a connection that is cut off leaves it open."""
        opened = super().open(path, pflags, attrs)
        self._state.opened.append(opened)
        return opened


@contextmanager
def embedded(
    root: Path,
    keys: Mapping[str, str],
    *,
    host_key: str,
    port: int = 0,
    passwords: Mapping[str, str] | None = None,
    files: Callable[[Any, Embedded], asyncssh.SFTPServer] = Files,
    **options: Any,  # noqa: ANN401  passed to asyncssh as they are
) -> Generator[Embedded]:
    """Serve accounts from a thread of this process until the block ends.

    Args:
        root: accounts' files, `root / user`.
        keys: public key text by user; several, a line each, while they change.
        host_key: private key text.
        port: 0 for any free one.
        passwords: by user.
        files: makes the file service of one connection; a test's may fail or lie.
        options: further arguments of `asyncssh.listen`, for instance algorithms.

    """
    state = Embedded(root)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sftp-server", daemon=True)
    thread.start()
    listening = asyncssh.listen(
        ADDRESS,
        port,
        server_host_keys=[asyncssh.import_private_key(host_key)],
        server_factory=lambda: _Door(state, keys, passwords or {}),
        sftp_factory=lambda chan: files(chan, state),
        **options,
    )
    acceptor = asyncio.run_coroutine_threadsafe(_awaited(listening), loop).result()
    state.port = acceptor.get_port()
    try:
        yield state
    finally:
        asyncio.run_coroutine_threadsafe(_closed(acceptor, state), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _awaited(listening: Any) -> asyncssh.SSHAcceptor:  # noqa: ANN401  an awaitable of asyncssh's own kind
    return await listening


async def _closed(acceptor: asyncssh.SSHAcceptor, state: Embedded) -> None:
    acceptor.close()
    for connection in state.connections:
        connection.abort()
        await connection.wait_closed()
    await acceptor.wait_closed()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    for opened in state.opened:
        opened.close()
