"""`waybill verify` holds the ledger against the signed head lodged outside; `python -m ledger.verify` agrees."""

import shutil
import stat
import subprocess
import sys

import pytest

from ledger.head import HeadMismatch, create_head_key
from pipelines.exit_codes import EXIT_CODES
from pipelines.installation import Installation, initialise
from pipelines.settings import Settings
from simulator.deployment import FOLDER
from tests.ledger import tampers
from tests.ledger.histories import NOW, history, seeded
from tests.pipelines.front_door import FrontDoor, at, copy_ledger


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """A state folder whose ledger has a history, an earlier backup of it, and its head lodged."""
    home = tmp_path_factory.mktemp("recorded") / "home"
    shutil.copytree(FOLDER, home / "trust")
    settings = Settings(home, home / "trust")
    initialise(settings, lambda: NOW)
    history(settings.ledger, 6).close()
    copy_ledger(settings.ledger, home / "backup.sqlite")
    here = Installation.open(settings, lambda: NOW)
    for _ in range(3):
        here.ledger.append("looked up", {}, NOW)
    here.lodged.lodge(NOW)
    here.ledger.close()
    here.pupils.close()
    return home


@pytest.fixture
def door(recorded, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    shutil.copytree(recorded, tmp_path / "home")
    return FrontDoor(tmp_path / "home", 0, tmp_path)


def events(connection) -> int:
    return int(connection.execute("SELECT max(seq) FROM events").fetchone()[0])


def change(connection):
    connection.execute("UPDATE events SET body = '{}' WHERE seq = 5")


def change_the_lodged(connection):
    connection.execute("UPDATE events SET at = '2026-10-02' WHERE seq = ?", (events(connection),))


def drop(connection):
    connection.execute("DELETE FROM events WHERE seq = 5")


def drop_and_close_ranks(connection):
    connection.execute("DELETE FROM events WHERE seq = 5")
    tampers._shift(connection, 5, -1)


def reorder(connection):
    for old, new in ((5, 0), (6, 5), (0, 6)):
        connection.execute("UPDATE events SET seq = ? WHERE seq = ?", (new, old))


def duplicate(connection):
    tampers._shift(connection, 5, 1)
    connection.execute("INSERT INTO events SELECT 6, at, kind, body, prev, hash FROM events WHERE seq = 5")


def cut(connection):
    connection.execute("DELETE FROM events WHERE seq > 9")


def cut_the_last(connection):
    connection.execute("DELETE FROM events WHERE seq = ?", (events(connection),))


def rewrite(connection):
    tampers.rewrite(connection, seeded(1))


ROWS = {
    "changed": (change, "ledger_does_not_verify", "event 5 was changed"),
    "the last changed": (change_the_lodged, "ledger_does_not_verify", "was changed"),
    "dropped": (drop, "ledger_does_not_verify", "event 5 is missing"),
    "dropped, ranks closed": (drop_and_close_ranks, "ledger_does_not_verify", "event 5 was dropped"),
    "reordered": (reorder, "ledger_does_not_verify", "event 5 is out of order"),
    "duplicated": (duplicate, "ledger_does_not_verify", "event 6 is a duplicate of event 5"),
    "truncated": (cut, "head_mismatch", "event 10 is missing"),
    "truncated by one": (cut_the_last, "head_mismatch", "is missing, cut or rolled back"),
    "written anew": (rewrite, "head_mismatch", "written anew"),
}


def bare(door):
    """The verifier that needs the standard library only, on the same files."""
    head = door.settings.lodged / "ledger-head.json"
    command = [sys.executable, "-m", "ledger.verify", str(door.settings.ledger), str(head)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_tampered_ledger_is_found_and_its_first_bad_entry_named(door, name):
    tamper, code, words = ROWS[name]
    tampers.apply(door.settings.ledger, lambda connection, _: tamper(connection), seeded(3))
    answer = door.run("verify")
    assert answer.code == EXIT_CODES[code]
    assert words in " ".join(answer.err.split())
    assert "The ledger is intact" not in answer.out
    assert bare(door).returncode == 1


def test_a_whole_ledger_verifies_and_the_bare_verifier_agrees(door):
    assert "The ledger is intact" in door.done("verify").out
    assert bare(door).returncode == 0


def test_a_rollback_is_found_although_every_row_of_it_holds(door):
    copy_ledger(door.home / "backup.sqlite", door.settings.ledger)
    answer = door.run("verify")
    assert answer.code == EXIT_CODES["head_mismatch"]
    assert "cut or rolled back" in " ".join(answer.err.split())
    assert "BROKEN" in bare(door).stdout


def test_a_rolled_back_ledger_does_not_get_its_head_lodged(door):
    copy_ledger(door.home / "backup.sqlite", door.settings.ledger)
    head = door.settings.lodged / "ledger-head.json"
    lodged = head.read_bytes()
    with pytest.raises(HeadMismatch):
        door.installation().lodged.lodge(NOW)
    assert head.read_bytes() == lodged


def test_a_new_ledger_in_place_of_the_old_is_found(door):
    for part in door.home.glob("ledger.sqlite*"):
        part.unlink()
    answer = door.run("verify")
    assert answer.code == EXIT_CODES["head_mismatch"]
    assert "at event 0" in " ".join(answer.err.split())


def test_a_head_that_another_key_signed_is_refused(door):
    here = door.installation()
    key = create_head_key(door.home / "other")
    type(here.lodged)(here.ledger, key, door.home / "forged.json").lodge_anew(NOW)
    assert door.run("verify", "--head", str(door.home / "forged.json")).code == EXIT_CODES["head_unsigned"]
    other = str(door.home / "other.pub")
    door.done("verify", "--head", str(door.home / "forged.json"), "--key", other)
    assert door.run("verify", "--key", other).code == EXIT_CODES["head_unsigned"]
    assert door.run("verify", "--key", str(door.home / "forged.json")).code == EXIT_CODES["head_unreachable"]


def test_a_missing_head_is_not_a_passing_one(door):
    head = door.settings.lodged / "ledger-head.json"
    head.unlink()
    assert door.run("verify").code == EXIT_CODES["head_unreachable"]
    assert door.run("lodge").code != 0  # nobody in the register


def test_the_head_key_is_its_owner_s_alone_and_its_public_half_lies_beside_it(door):
    key = door.settings.keys / "ledger-head"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert (door.settings.keys / "ledger-head.pub").read_text().startswith("ssh-ed25519 ")


def test_the_trust_folder_says_where_the_head_is_lodged(tmp_path, monkeypatch):
    trust, elsewhere = tmp_path / "trust", tmp_path / "elsewhere"
    shutil.copytree(FOLDER, trust)
    elsewhere.mkdir()
    toml = trust / "trust.toml"
    toml.write_text(f'{toml.read_text(encoding="utf-8")}\n[ledger]\nlodge_in = "{elsewhere}"\n', encoding="utf-8")
    at(monkeypatch, tmp_path / "home")
    monkeypatch.setenv("WAYBILL_TRUST", str(trust))
    door = FrontDoor(tmp_path / "home", 0, tmp_path)
    door.done("init")
    assert (elsewhere / "ledger-head.json").is_file()
    door.done("verify")
