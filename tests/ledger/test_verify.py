import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import statements, states, store, verify
from ledger.head import lodge_head
from tests.ledger.histories import NOW, history, seeded
from tests.ledger.tampers import TABLES, TAMPERS, apply, flip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sound ledger of some hundred events, closed into one file, and its lodged head."""
    folder = tmp_path_factory.mktemp("sound")
    ledger = history(folder / "ledger.sqlite", deliveries=40)
    lodge_head(ledger, Ed25519PrivateKey.generate(), folder / "head.json", NOW)
    ledger.close()
    assert sorted(path.name for path in folder.iterdir()) == ["head.json", "ledger.sqlite"]
    return folder


def copy(sound: Path, tmp_path: Path) -> Path:
    target = tmp_path / "ledger.sqlite"
    for leftover in tmp_path.glob("ledger.sqlite*"):
        leftover.unlink()
    shutil.copy(sound / "ledger.sqlite", target)
    return target


def test_a_sound_ledger_holds(sound):
    report = verify.verify(sound / "ledger.sqlite", sound / "head.json")
    assert report.faults == []
    assert (report.events, report.releases, report.files) == (200, 40, 28)
    assert report.pupils == 20


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


def trial(sound: Path, tmp_path: Path, tamper: str, seed: int) -> list[str]:
    """Tamper with a copy of a ledger as a seed says; return what the verifier finds."""
    path = copy(sound, tmp_path)
    apply(path, TAMPERS[tamper], seeded(seed))
    return verify.verify(path, sound / "head.json").faults


@pytest.mark.parametrize("tamper", TAMPERS)
def test_every_tamper_is_found(sound, tmp_path, tamper):
    missed = [seed for seed in range(40) if not trial(sound, tmp_path, tamper, seed)]
    assert missed == []


@pytest.mark.nightly
@pytest.mark.parametrize("tamper", TAMPERS)
def test_every_tamper_is_found_at_length(sound, tmp_path, tamper):
    missed = [seed for seed in range(1300) if not trial(sound, tmp_path, tamper, seed)]
    assert missed == []


ONE_MORE_CELL = """
    UPDATE cells SET packed = CAST(packed || substr(packed, 1, 20) AS BLOB)
    WHERE subject = 1 AND first = (SELECT max(first) FROM cells WHERE subject = 1)"""
QUIETER = """
    UPDATE events SET body = replace(body, 'quota', 'quiet')
    WHERE seq = (SELECT min(seq) FROM events WHERE body LIKE '%quota%')"""


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (QUIETER, "event 30 was changed"),
        ("DELETE FROM events WHERE seq = 17", "event 17 is missing: the next is 18"),
        ("DELETE FROM events WHERE seq > 150", "event 151 is missing: the lodged head is 200; the end was cut"),
        ("UPDATE releases SET state = 'delivered' WHERE state = 'unknown'", "is not what the events add up to"),
        ("UPDATE sets SET members = x'01' WHERE members <> x'01' AND length(members) = 1", "was changed"),
        ("UPDATE disclosures SET file = file + 100 WHERE file = 1", "belongs to no file"),
        ("UPDATE lines SET line = line || 'x' WHERE no = 1", "was changed"),
        (ONE_MORE_CELL, "has a cell that no file told"),
        ("DROP INDEX releases_once", "the tables, indexes or triggers are not those of a ledger of this version"),
    ],
)
def test_the_first_bad_entry_is_named(sound, tmp_path, tamper, fault):
    path = copy(sound, tmp_path)
    apply(path, lambda connection, _: connection.execute(tamper), seeded(0))
    (found,) = verify.verify(path, sound / "head.json").faults
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
def test_the_kind_of_tamper_is_named(sound, tmp_path, tamper, words):
    for seed in range(5):
        (fault,) = trial(sound, tmp_path, tamper, seed)
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


def undetected_flips(sound: Path, tmp_path: Path, seeds: range) -> list[int]:
    """Flip a bit of the file for each seed; return the seeds whose flip changed content and was not found."""
    data = (sound / "ledger.sqlite").read_bytes()
    content = logical(sound / "ledger.sqlite")
    missed = []
    for seed in seeds:
        path = copy(sound, tmp_path)
        path.write_bytes(flip(data, seeded(seed)))
        if not verify.verify(path, sound / "head.json").faults and logical(path) != content:
            missed.append(seed)
    return missed


def test_a_flipped_bit_is_found_unless_no_content_holds_it(sound, tmp_path):
    assert undetected_flips(sound, tmp_path, range(200)) == []


@pytest.mark.nightly
def test_flipped_bits_at_length(sound, tmp_path):
    assert undetected_flips(sound, tmp_path, range(10_000)) == []


def test_an_end_put_on_another_chain_is_found_without_a_head(sound, tmp_path):
    path = copy(sound, tmp_path)

    def graft(connection, _):
        seq, *content, _, _ = connection.execute("SELECT * FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        grafted = (bytes(32), store.event_hash(bytes(32), seq, *content), seq)
        connection.execute("UPDATE events SET prev = ?, hash = ? WHERE seq = ?", grafted)

    apply(path, graft, seeded(0))
    assert verify.verify(path).faults == ["event 200 does not follow event 199: the ledger was forked or written anew"]


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


def test_one_file_and_bare_python_are_enough(sound, tmp_path):
    done = run(tmp_path, str(sound / "ledger.sqlite"), str(sound / "head.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "HOLDS"
    assert "200 events, 40 releases, 28 files, 20 pupils" in done.stdout


def test_the_command_fails_on_a_broken_ledger(sound, tmp_path):
    path = copy(sound, tmp_path)
    apply(path, TAMPERS["change"], seeded(3))
    done = run(tmp_path, str(path))
    assert done.returncode == 1
    assert "BROKEN: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"), [((), 2), (("a", "b", "c"), 2), (("nowhere.sqlite",), 1), ((verify.__file__,), 1)]
)
def test_the_command_says_when_there_is_nothing_to_check(tmp_path, arguments, code):
    assert run(tmp_path, *arguments).returncode == code
