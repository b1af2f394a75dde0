"""A PostgreSQL server of our own, from Debian's package, for as long as a test process runs.

It listens on a socket in its own folder only, so that tests of several processes never meet.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg2

_NOBODY_ELSE = 0o700


@dataclass
class Server:
    """A running server; `url` names a schema of it, made on first mention."""

    folder: Path
    process: subprocess.Popen[bytes]
    names: Iterator[int] = field(default_factory=count)

    @property
    def root(self) -> str:
        return f"postgresql://{_user()}@/postgres?host={quote(str(self.folder))}"

    def url(self, schema: str) -> str:
        raw = psycopg2.connect(self.root)
        raw.autocommit = True
        raw.cursor().execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        raw.close()
        return f"{self.root}&options={quote(f'-csearch_path={schema}')}"

    def database(self, name: str) -> None:
        """Make a database and its owner, both of one name."""
        raw = psycopg2.connect(self.root)
        raw.autocommit = True
        raw.cursor().execute(f"CREATE ROLE {name} LOGIN")
        raw.cursor().execute(f"CREATE DATABASE {name} OWNER {name}")
        raw.close()

    def forget(self, schema: str) -> None:
        raw = psycopg2.connect(self.root)
        raw.autocommit = True
        raw.cursor().execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        raw.close()

    def crash(self) -> None:
        """Kill the whole server at once, as a power cut does, and start it again."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=60)
        self.process = _start(self.folder)


@contextmanager
def serving() -> Iterator[Server]:
    """Make a cluster and run it; stop it and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="waybill-postgres-"))
    folder.chmod(_NOBODY_ELSE)
    if os.geteuid() == 0:
        shutil.chown(folder, _user())
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync", "--no-instructions"]
    subprocess.run([_program("initdb"), "-D", str(folder / "data"), *options], check=True, capture_output=True, **_as())
    server = Server(folder, _start(folder))
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGQUIT)
        server.process.wait(timeout=60)
        shutil.rmtree(folder)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    command = [
        _program("postgres"), "-D", str(folder / "data"), "-k", str(folder), "-h", "", "-c", "fsync=off",
        "-c", "max_connections=200", "-c", "shared_buffers=64MB",
    ]  # fmt: skip
    log = (folder / "log").open("ab")
    process = subprocess.Popen(command, stdout=log, stderr=log, **_as())
    log.close()
    asking = [_program("pg_isready"), "-q", "-h", str(folder)]
    while subprocess.run(asking, check=False).returncode:
        assert process.poll() is None, (folder / "log").read_text()
    return process


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    assert found, "install Debian's package postgresql; .ci/run does"
    return str(found[-1])


def _user() -> str:
    return "postgres" if os.geteuid() == 0 else os.environ.get("USER", "nobody")


def _as() -> dict[str, object]:
    """Run as the package's own user where we are root: the server refuses to run as that."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
