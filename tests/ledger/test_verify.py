import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg2 import extensions

from ledger import statements, states, store, verify
from ledger.head import lodge_head
from ledger.store import Ledger
from ledger.verify_server import Raw, verify_place, verify_server
from tests.ledger.conftest import BOTH
from tests.ledger.histories import NOW, history, seeded
from tests.ledger.tampers import TABLES, TAMPERS, Tamper, apply, flip
from vault.postgres import PostgresConnection, connect

DELIVERIES = 60


@dataclass
class Sound:
    """A sound ledger of some hundred events, and its lodged head; each trial spoils a copy of it."""

    place: Path | str
    head: Path
    folder: Path
    raw: extensions.connection | None = None

    def trial(self, tamper: Tamper, seed: int, *, with_head: bool = True) -> list[str]:
        """Tamper as a seed says; return what the verifier finds."""
        head = self.head if with_head else None
        if isinstance(self.place, Path):
            path = copy(self.place.parent, self.folder)
            apply(path, tamper, seeded(seed))
            return verify.verify(path, head).faults
        self.raw.rollback()  # one transaction holds tampering and checking, and is never committed
        connection = Held(self.raw)
        connection.execute("ALTER TABLE events DISABLE TRIGGER USER")
        tamper(PostgresConnection(self.raw), seeded(seed))
        connection.execute("ALTER TABLE events ENABLE TRIGGER USER")
        return verify_server(connection, head).faults


class Held(Raw):
    """A connection inside a transaction that has begun."""

    def execute(self, sql, parameters=(), /):
        return None if sql == "BEGIN" else super().execute(sql, parameters)


def copy(folder: Path, target: Path) -> Path:
    (target / "ledger.sqlite").unlink(missing_ok=True)
    shutil.copy(folder / "ledger.sqlite", target / "ledger.sqlite")
    return target / "ledger.sqlite"


@pytest.fixture(params=BOTH, scope="module")
def sound(request, tmp_path_factory) -> Sound:
    folder = tmp_path_factory.mktemp("sound")
    server = request.getfixturevalue("server") if request.param == "postgresql" else None
    ledger = history(server.url("sound") if server else folder / "ledger.sqlite", DELIVERIES)
    lodge_head(ledger, Ed25519PrivateKey.generate(), folder / "head.json", NOW)
    ledger.close()
    assert server or sorted(path.name for path in folder.iterdir()) == ["head.json", "ledger.sqlite"]
    (folder / "copies").mkdir()
    made = Sound(ledger.place, folder / "head.json", folder / "copies")
    if server:
        made.raw = connect(ledger.place)
        made.raw.autocommit = False
    yield made
    if server:
        made.raw.close()
        server.forget("sound")


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Sound:
    """A sound ledger in a file, for what only a file can suffer."""
    folder = tmp_path_factory.mktemp("file")
    ledger = history(folder / "ledger.sqlite", DELIVERIES)
    lodge_head(ledger, Ed25519PrivateKey.generate(), folder / "head.json", NOW)
    ledger.close()
    return Sound(folder / "ledger.sqlite", folder / "head.json", folder)


def test_a_sound_ledger_holds(sound):
    report = verify_place(sound.place, sound.head)
    assert report.faults == []
    assert (report.events, report.releases, report.files, report.pupils) == (300, 60, 41, 20)
    ledger = Ledger(sound.place)
    assert report.root == ledger.root(300)
    ledger.close()


def test_the_verifier_knows_the_same_rules_as_the_ledger():
    connection = sqlite3.connect(":memory:")
    for statement in statements.STATEMENTS:
        connection.execute(statement)
    connection.text_factory = bytes
    verify.check_tables(connection)
    connection.close()
    assert {state: frozenset(moves) for state, moves in verify.MOVES.items()} == dict(states.MOVES)
    assert set(verify.SETTLED) == states.SETTLED
    assert set(verify.CONSUMING) == states.CONSUMING
    assert verify.GENESIS == store.GENESIS


@pytest.mark.parametrize("tamper", TAMPERS)
def test_every_tamper_is_found(sound, tamper):
    missed = [seed for seed in range(8) if not sound.trial(TAMPERS[tamper], seed)]
    assert missed == []


@pytest.mark.nightly
@pytest.mark.parametrize("tamper", TAMPERS)
def test_every_tamper_is_found_at_length(sound, tamper):
    missed = [seed for seed in range(1120) if not sound.trial(TAMPERS[tamper], seed)]
    assert missed == []


@pytest.mark.parametrize("seed", range(3))
def test_a_ledger_rolled_back_whole_holds_by_itself_and_not_against_its_head(sound, seed):
    assert sound.trial(TAMPERS["roll_back"], seed, with_head=False) == []
    (fault,) = sound.trial(TAMPERS["roll_back"], seed)
    assert fault.endswith("the end was cut or rolled back")


QUIETER = "UPDATE events SET body = replace(body, 'quota', 'quiet') WHERE seq = 30"


def one_more_cell(connection, _):
    """Repeat a cell of the first subject at its end."""
    first, packed = connection.execute(
        "SELECT first, packed FROM cells WHERE subject = 1 ORDER BY first DESC LIMIT 1"
    ).fetchone()
    connection.execute("UPDATE cells SET packed = ? WHERE subject = 1 AND first = ?", (packed + packed[:20], first))


def one_cell_less(connection, _):
    """Take a cell out of a set."""
    subject, no, members = connection.execute(
        "SELECT subject, no, members FROM sets WHERE length(members) > 0 ORDER BY 1, 2"
    ).fetchone()
    lowest = members[0] & -members[0]
    fewer = (bytes([members[0] ^ lowest]) + members[1:], subject, no)
    connection.execute("UPDATE sets SET members = ? WHERE subject = ? AND no = ?", fewer)


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (QUIETER, "event 30 was changed"),
        ("DELETE FROM events WHERE seq = 17", "event 17 is missing: the next is 18"),
        ("DELETE FROM events WHERE seq > 150", "event 151 is missing: the lodged head is 300; the end was cut"),
        ("UPDATE releases SET state = 'delivered' WHERE state = 'unknown'", "is not what the events add up to"),
        (one_cell_less, "was changed"),
        ("UPDATE checkpoints SET no = 1", "the checkpoint over events 1 to 256 is not what they add up to"),
        ("UPDATE disclosures SET file = file + 100 WHERE file = 1", "belongs to no file"),
        ("UPDATE lines SET line = line || 'x' WHERE no = 1", "was changed"),
        (one_more_cell, "has a cell that no file told"),
        ("DROP INDEX releases_once", "the tables, indexes or triggers are not those of a ledger of this version"),
    ],
)
def test_the_first_bad_entry_is_named(sound, tamper, fault):
    by_sql = tamper if callable(tamper) else lambda connection, _: connection.execute(tamper)
    (found,) = sound.trial(by_sql, 0)
    assert fault in found


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        ("drop_and_close_ranks", "was dropped"),
        ("reorder", "is out of order"),
        ("duplicate", "is a duplicate of"),
        ("rewrite", "forked or written anew"),
    ],
)
def test_the_kind_of_tamper_is_named(sound, tamper, words):
    for seed in range(5):
        (fault,) = sound.trial(TAMPERS[tamper], seed)
        assert words in fault


def logical(path: Path) -> list[object]:
    """Return everything that SQL can see of a file."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.text_factory = bytes
    try:
        names = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
        return [names, *(connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES)]  # noqa: S608
    finally:
        connection.close()


def undetected_flips(file: Sound, tmp_path: Path, seeds: range) -> list[int]:
    """Flip a bit of the file for each seed; return the seeds whose flip changed content and was not found."""
    data = file.place.read_bytes()
    content = logical(file.place)
    missed = []
    for seed in seeds:
        path = copy(file.place.parent, tmp_path)
        path.write_bytes(flip(data, seeded(seed)))
        if not verify.verify(path, file.head).faults and logical(path) != content:
            missed.append(seed)
    return missed


def test_a_flipped_bit_is_found_unless_no_content_holds_it(file, tmp_path):
    assert undetected_flips(file, tmp_path, range(200)) == []


@pytest.mark.nightly
def test_flipped_bits_at_length(file, tmp_path):
    assert undetected_flips(file, tmp_path, range(10_000)) == []


def test_an_end_put_on_another_chain_is_found_without_a_head(sound):
    def graft(connection, _):
        seq, *content, _, _ = connection.execute("SELECT * FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        grafted = (bytes(32), store.event_hash(bytes(32), seq, *content), seq)
        connection.execute("UPDATE events SET prev = ?, hash = ? WHERE seq = ?", grafted)

    (fault,) = sound.trial(graft, 0, with_head=False)
    assert fault == "event 300 does not follow event 299: the ledger was forked or written anew"


def test_a_rolled_back_ledger_is_found(tmp_path):
    ledger = history(tmp_path / "ledger.sqlite", deliveries=3)
    ledger.close()
    backup = (tmp_path / "ledger.sqlite").read_bytes()
    ledger.append("run", {}, NOW)
    lodge_head(ledger, Ed25519PrivateKey.generate(), tmp_path / "head.json", NOW)
    ledger.close()
    assert verify.verify(tmp_path / "ledger.sqlite", tmp_path / "head.json").faults == []
    (tmp_path / "ledger.sqlite").write_bytes(backup)
    assert verify.verify(tmp_path / "ledger.sqlite").faults == []
    (fault,) = verify.verify(tmp_path / "ledger.sqlite", tmp_path / "head.json").faults
    assert fault.endswith("the end was cut or rolled back")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of the verifier alone in an isolated Python that sees no installed package."""
    shutil.copy(verify.__file__, folder / "verify.py")
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_one_file_and_bare_python_are_enough(file, tmp_path):
    done = run(tmp_path, str(file.place), str(file.head))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "HOLDS"
    assert "300 events, 60 releases, 41 files, 20 pupils" in done.stdout


def test_the_command_fails_on_a_broken_ledger(file, tmp_path):
    path = copy(file.place.parent, tmp_path)
    apply(path, TAMPERS["change"], seeded(3))
    done = run(tmp_path, str(path))
    assert done.returncode == 1
    assert "BROKEN: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"), [((), 2), (("a", "b", "c"), 2), (("nowhere.sqlite",), 1), ((verify.__file__,), 1)]
)
def test_the_command_says_when_there_is_nothing_to_check(tmp_path, arguments, code):
    assert run(tmp_path, *arguments).returncode == code
