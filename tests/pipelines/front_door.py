"""The `waybill` command as a person at a small trust meets it: a state folder, a clock, a recipient's server.

Two schools' censuses are prepared once for a test process: 900002's is clean, 900003's has errors that block and
queries. Each test gets a copy of that state, so that it may spoil what it likes.
"""

import datetime as dt
import getpass
import io
import json
import shutil
import socket
import sqlite3
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from exports.key_files import new_private_key, read_private_key
from exports.preparation import read_waybill
from exports.signing import public_text
from exports.waybill import Waybill
from ledger.states import State
from pipelines import cli
from pipelines.installation import Installation
from pipelines.settings import Settings
from simulator import sftp as servers
from simulator.deployment import PASSPHRASE, Deployment
from simulator.sftp_embedded import Embedded, embedded

CLEAN, FAULTY = "900002", "900003"
FAULTS = ("upn check letter", "fsm after census day", "surname missing", "plaa residence order")
CENSUS, AUTUMN = "dfe_autumn_census", "2026-autumn"
FOLDER = "census"
EVENING = dt.datetime(2026, 10, 1, 17, 30, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Answer:
    """What a command ended with."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@dataclass
class FrontDoor:
    """The command line at one state folder."""

    home: Path
    port: int
    received: Path
    now: dt.datetime = EVENING

    def run(self, *arguments: str) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            cli.main(list(arguments), lambda: self.now)
        return Answer(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    def done(self, *arguments: str) -> Answer:
        answer = self.run(*arguments)
        assert answer.code == 0, (arguments, answer)
        return answer

    @property
    def trust(self) -> Path:
        return self.home / "trust"

    @property
    def settings(self) -> Settings:
        return Settings(self.home, self.trust)

    def installation(self) -> Installation:
        return Installation.open(self.settings, lambda: self.now)

    def waybill(self, school: str = CLEAN) -> Waybill:
        """The census waybill that stands for a school."""
        here = self.installation()
        found = [
            release
            for release in here.ledger.releases(school=school, agreement=CENSUS)
            if release.state is not State.WITHDRAWN
        ]
        return read_waybill(here.ledger, here.vault, found[-1].waybill)

    def state(self, waybill: Waybill) -> State:
        return self.installation().ledger.release(waybill.sha256).state

    def key(self, person: str) -> str:
        return str(self.home / "signers" / person)

    def sign(self, waybill: Waybill, person: str, role: str, key: str | None = None) -> Answer:
        return self.run(
            "sign", waybill.sha256, "--role", role, "--key", self.key(key or person), "--as", person,
            "--named", waybill.sha256[:8],
        )  # fmt: skip

    def approve(self, school: str = CLEAN) -> Waybill:
        """Two people sign the census of a school."""
        waybill = self.waybill(school)
        for person, role in (("priya", "data_manager"), ("helen", "head")):
            answer = self.sign(waybill, person, role)
            assert answer.code == 0, answer
        return waybill

    def release(self, school: str = CLEAN) -> Answer:
        return self.run("release", CENSUS, school, AUTUMN)

    def tree(self) -> dict[str, bytes]:
        """Every file that a recipient has, under whatever name."""
        files = sorted(path for path in self.received.rglob("*") if path.is_file())
        return {str(path.relative_to(self.received)): path.read_bytes() for path in files}

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file of the trust folder."""
        path = self.trust / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def new_person(self, person: str, roles: list[str]) -> dict[str, object]:
        """An entry for the register, with a key on the person's own device."""
        data = new_private_key(PASSPHRASE)
        (self.home / "signers" / person).write_bytes(data)
        public = public_text(read_private_key(data, PASSPHRASE))
        return {"id": person, "name": f"Person {person}", "roles": roles, "schools": ["*"], "public_key": public}

    def people(self) -> list[dict[str, Any]]:
        return self.done("approvers", "list", "--json").data

    def propose(self, people: list[dict[str, Any]]) -> tuple[Answer, Path]:
        wanted, change = self.home / "wanted.json", self.home / "change.json"
        wanted.write_text(json.dumps(people), encoding="utf-8")
        return self.run("approvers", "propose", str(wanted), str(change)), change

    def change_register(self, people: list[dict[str, Any]]) -> None:
        """Put a register into force, signed by two."""
        proposed, change = self.propose(people)
        assert proposed.code == 0, proposed
        named = next(line.split()[-1] for line in proposed.out.splitlines() if line.startswith("Its hash"))[:8]
        for person, role in (("priya", "data_manager"), ("daniel", "dpo")):
            self.done(
                "approvers", "sign", str(change), "--role", role, "--key", self.key(person), "--as", person,
                "--named", named,
            )  # fmt: skip
        self.done("approvers", "apply", str(change), "--as", "priya")

    @contextmanager
    def recipient(self, accepts: str | None = None) -> Generator[servers.Server]:
        """The recipient's own server: OpenSSH, with the host key that the agreement pins."""
        account = servers.Account(getpass.getuser(), accepts or self._our_key(), (FOLDER,))
        program = servers.Program.OPENSSH
        with servers.serving(self.received, [account], port=self.port, program=program) as server:
            yield server

    @contextmanager
    def impostor(self) -> Generator[Embedded]:
        """Another server at the recipient's address, which would accept our key."""
        (self.received / getpass.getuser() / FOLDER).mkdir(parents=True, exist_ok=True)
        accepted: Mapping[str, str] = {getpass.getuser(): self._our_key()}
        host_key = servers.private_text(servers.demo_user_key())
        with embedded(self.received, accepted, host_key=host_key, port=self.port) as state:
            yield state

    def _our_key(self) -> str:
        return servers.public_text(load_ssh_private_key((self.home / "sftp-key").read_bytes(), None))


@dataclass(frozen=True)
class Prepared:
    """A running deployment whose state has two censuses prepared."""

    demo: Deployment
    port: int
    received: Path


def at(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Let the command line work on one state folder."""
    for name, value in (("HOME", home), ("TRUST", home / "trust"), ("PASSPHRASE", PASSPHRASE)):
        patch.setenv(f"WAYBILL_{name}", str(value))
    patch.setenv("COLUMNS", "80")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepared_once(demo: Deployment) -> Prepared:
    """Point the census at an account of this machine's own user, and prepare two schools."""
    port, received = free_port(), demo.settings.home.parent / "received"
    agreement = demo.settings.trust / "agreements" / f"{CENSUS}.yaml"
    lines = agreement.read_text(encoding="utf-8").splitlines()
    route = {"port": port, "user": getpass.getuser(), "directory": received / getpass.getuser() / FOLDER}
    for number, line in enumerate(lines):
        name, colon, _ = line.strip().partition(":")
        if line.startswith("  ") and colon and name in route:
            lines[number] = f"  {name}: {route[name]}"
    agreement.write_text("\n".join(lines) + "\n", encoding="utf-8")
    door = FrontDoor(demo.settings.home, port, received)
    door.change_register([*door.people(), door.new_person("sam", ["data_manager", "head"])])
    (door.home / "change.json").unlink()
    for school in (CLEAN, FAULTY):
        door.done("prepare", AUTUMN, "--school", school)
    return Prepared(demo, port, received)


def copy_ledger(source: Path, target: Path) -> None:
    """Copy a ledger as a backup program does, or put a backup in its place."""
    held, taken = sqlite3.connect(source), sqlite3.connect(target)
    held.backup(taken)
    held.close()
    taken.close()


def opened(prepared: Prepared, folder: Path) -> Iterator[FrontDoor]:
    """A copy of the prepared state that a test may spoil."""
    home = folder / "home"
    shutil.copytree(prepared.demo.settings.home, home, ignore=shutil.ignore_patterns("recipients"))
    shutil.rmtree(prepared.received, ignore_errors=True)
    yield FrontDoor(home, prepared.port, prepared.received)
