"""`waybill init` asks for a new trust: each answer is judged at once, and what is written is a trust that loads."""

import io
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pipelines.exit_codes import EXIT_CODES
from pipelines.trust import load_trust
from tests.pipelines.front_door import FrontDoor, at

ANSWERS = [
    "Elm Trust", "2026-09-01", "2027-07-21",
    "Elm Primary", "123456", "823", "2001", "PS", "academy", "arbor", "https://elm.example",
    "Oak School", "123457", "823", "4001", "ss", "maintained", "reports", "",
    "",
    "Priya Raman", "priya", "data_manager", "*",
    "Helen Ash", "helen", "head dpo", "*",
    "",
    "trust IT", "file:alerts-it",
    "",
]  # fmt: skip
AFTER = {
    "day": (1, "1 September", "is no day"),
    "year": (2, "2028-07-21", "ends 5 to 12 months later"),
    "urn": (4, "12345", "six digits"),
    "urn twice": (12, "123456", "named already"),
    "authority": (5, "82", "has 3 digits"),
    "establishment": (6, "20011", "has 4 digits"),
    "phase": (7, "primary", "is none of NS, PS"),
    "kind of school": (8, "free", "is none of academy, maintained"),
    "kind of MIS": (9, "sims", "is none of arbor"),
    "address": (10, "http://elm.example", "https://"),
    "a secret in the address": (10, "https://elm:oak@elm.example", "https://"),
    "id": (21, "Priya Raman", "never changes"),
    "role": (22, "manager", "one or more of"),
    "schools": (23, "every one", "URNs of schools"),
    "where alerts go": (30, "it@elm.example", "never here"),
}


@pytest.fixture
def door(tmp_path, monkeypatch) -> FrontDoor:
    at(monkeypatch, tmp_path / "home")
    return FrontDoor(tmp_path / "home", 0, tmp_path)


def told(monkeypatch, lines: list[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_the_answers_become_a_trust_that_loads_and_an_installation(door, monkeypatch):
    told(monkeypatch, ANSWERS)
    answer = door.done("init")
    trust = load_trust(door.trust)
    assert (trust.name, list(trust.schools)) == ("Elm Trust", ["123456", "123457"])
    oak = trust.school("123457")
    assert (oak.phase, oak.establishment, oak.mis.kind, oak.mis.url) == ("SS", "maintained", "reports", "inbox:123457")
    assert (door.settings.keys / "vault-identity").exists()
    assert "still to do: notice.md" in answer.out
    alerts = tomllib.loads((door.trust / "alerts.toml").read_text(encoding="utf-8"))
    assert [one["address"] for one in alerts["route"]] == ["file:alerts-it"]
    assert door.run("agreements", "check").code == 0
    assert "3 collections and feeds" in door.run("calendar", "check").out


@pytest.mark.parametrize("name", AFTER)
def test_an_unfit_answer_is_refused_at_once_and_asked_again(door, monkeypatch, name):
    place, wrong, words = AFTER[name]
    told(monkeypatch, [*ANSWERS[:place], wrong, *ANSWERS[place:]])
    answer = door.done("init")
    assert words in " ".join(answer.err.split())
    assert "oak" not in answer.err
    assert len(load_trust(door.trust).schools) == 2


def test_fewer_than_two_who_decide_for_the_trust_are_asked_for_more(door, monkeypatch):
    alone = [*ANSWERS[:28], *ANSWERS[28:]]
    alone[27] = "123456"
    told(monkeypatch, [*alone[:29], "Daniel Osei", "daniel", "dpo", "*", "", *alone[29:]])
    assert "2 people decide for the whole trust" in " ".join(door.done("init").err.split())
    assert len(tomllib.loads((door.trust / "alerts.toml").read_text(encoding="utf-8"))["route"]) == 1


def test_answers_that_end_too_early_write_nothing(door, monkeypatch):
    told(monkeypatch, ANSWERS[:15])
    answer = door.run("init")
    assert answer.code == EXIT_CODES["trust_folder"]
    assert not door.trust.exists()
    assert not (door.home / "keys").exists()


def test_a_trust_that_is_there_is_not_asked_for_again(door, monkeypatch):
    told(monkeypatch, ANSWERS)
    door.done("init")
    said = (door.trust / "trust.toml").read_bytes()
    told(monkeypatch, [])
    assert "already set up" in " ".join(door.done("init").out.split())
    assert (door.trust / "trust.toml").read_bytes() == said


ANSWERS_FILE = """
name = "Elm Trust"
first_day = 2026-09-01
last_day = 2027-07-21
[[school]]
name = "Elm Primary"
urn = "123456"
la_number = "823"
estab = "2001"
phase = "PS"
establishment = "academy"
mis_kind = "arbor"
mis_url = "https://elm.example"
[[person]]
name = "Priya Raman"
id = "priya"
roles = ["data_manager"]
schools = ["*"]
[[person]]
name = "Helen Ash"
id = "helen"
roles = ["head"]
schools = ["*"]
"""


@pytest.mark.parametrize(
    ("was", "is_now", "fault"),
    [
        ("823", "823", None),
        ("823", "82", "school number 1, la_number: The number of a local authority has 3 digits"),
        ('phase = "PS"', "", "school number 1, phase: An empty answer is none of"),
        ('id = "helen"', 'id = "priya"', "person number 2, id: priya is the id of somebody"),
        ('["head"]', '["head"]\ncolour = "blue"', "person number 2 has colour"),
        ('name = "Elm Trust"', 'name = "Elm Trust"\ncolour = "blue"', "has colour, which nobody asked for"),
        ('schools = ["*"]\n[[person]]', 'schools = ["123456"]\n[[person]]', "2 people decide for the whole trust"),
    ],
    ids=["fit", "digits", "missing", "twice", "unknown", "unknown at the top", "one who decides"],
)
def test_an_answers_file_is_read_without_a_terminal(door, tmp_path, was, is_now, fault):
    file = tmp_path / "answers.toml"
    file.write_text(ANSWERS_FILE.replace(was, is_now, 1), encoding="utf-8")
    answer = door.run("init", "--answers", str(file))
    if fault is None:
        assert (answer.code, list(load_trust(door.trust).schools)) == (0, ["123456"])
        again = door.run("init", "--answers", str(file))
        assert again.code == EXIT_CODES["trust_folder"], "a folder that holds a trust is not written over"
        return
    assert answer.code == EXIT_CODES["trust_folder"]
    assert fault in " ".join(answer.err.split())
    assert not door.trust.exists()


def test_a_person_at_a_terminal_is_asked_and_answered(tmp_path):
    near, far = pty.openpty()
    place = {"WAYBILL_HOME": str(tmp_path / "home"), "WAYBILL_TRUST": str(tmp_path / "trust")}
    program = str(Path(sys.executable).parent / "waybill")
    with subprocess.Popen([program, "init"], stdin=far, stdout=far, stderr=far, env=os.environ | place) as child:
        os.close(far)
        os.write(near, "".join(f"{line}\n" for line in ANSWERS).encode())
        said = b""
        while True:
            try:
                said += os.read(near, 65536)
            except OSError:  # the other end was closed
                break
    os.close(near)
    assert child.returncode == 0, said.decode()
    assert "Name of a school" in said.decode()
    assert list(load_trust(tmp_path / "trust").schools) == ["123456", "123457"]
