"""The lines of docs/how-to/run-the-drills.md, run as they stand."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.front_door import CLEAN, FrontDoor

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "how-to" / "run-the-drills.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^## (.+?)\n.*?```sh\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
REFUSED = re.compile(r"\s+# refused: (\w+)$")


def run(door: FrontDoor, block: str, words: Callable[[str], dict[str, str]]) -> list[str]:
    """Run each line; returns what each said. `words` is asked before each for what stands for the capitals."""
    said: list[str] = []
    for line in BLOCKS[block].splitlines():
        refused = REFUSED.search(line)
        known = words(said[-1] if said else "")
        if line.startswith("#"):
            continue
        text = re.sub(r"\$([A-Z]+)", lambda found, known=known: known[found[1]], REFUSED.sub("", line))
        text = re.sub(r"\b(people|change)\.json", lambda found: str(door.home / found[0]), text)
        program, *arguments = shlex.split(text)
        if program == "python":
            done = subprocess.run(
                [sys.executable, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
            )
            code, out = done.returncode, done.stdout
        else:
            answer = door.run(*arguments)
            code, out = answer.code, answer.out + answer.err
        assert code == (EXIT_CODES[refused[1]] if refused else 0), (line, out)
        said.append(out)
    return said


def test_the_page_has_three_drills():
    assert len(BLOCKS) == 3


@pytest.fixture
def backup(door, tmp_path) -> dict[str, str]:
    """Last night's backup, its keys in another folder, and an empty one."""
    for name in ("data", "keys"):
        assert not (tmp_path / name).exists()
    door.done("backup", "--to", str(tmp_path / "data"), "--keys-to", str(tmp_path / "keys"))
    (tmp_path / "none").mkdir()
    return {"BACKUP": str(tmp_path / "data"), "KEYS": str(tmp_path / "keys"), "NOKEYS": str(tmp_path / "none")}


def _clean(door: FrontDoor, folder: Path) -> FrontDoor:
    """A clean machine that has the trust folder and reaches the folder of the lodged head."""
    new = folder / "clean"
    new.mkdir()
    for kept in ("trust", "lodged"):
        shutil.copytree(door.home / kept, new / kept)
    return FrontDoor(new, door.port, door.received)


def test_a_lost_server_is_put_back_from_last_nights_backup(door, backup, tmp_path, monkeypatch):
    before = door.installation().ledger.head().seq
    clean = _clean(door, tmp_path)
    monkeypatch.setenv("WAYBILL_HOME", str(clean.home))
    monkeypatch.setenv("WAYBILL_TRUST", str(clean.home / "trust"))
    drill, restored, *_ = run(clean, "The server is lost", lambda _: backup)
    for said in (drill, restored):
        seconds = re.search(r"in (\d+\.\d) s: ([\d,]+) events", said)
        assert seconds is not None, said
        assert int(seconds[2].replace(",", "")) == before
    assert clean.installation().ledger.head().seq > before
    assert clean.waybill(CLEAN) == door.waybill(CLEAN)


def test_a_lost_signers_key_is_replaced_by_two_others_and_signs_nothing_more(door):
    people = door.people()
    new = door.home / "signers" / "helen-again"

    def words(said: str) -> dict[str, str]:
        if "public_key" in said and new.exists() and not (door.home / "people.json").exists():
            listed = json.loads(said)
            if isinstance(listed, dict):
                helen = next(one for one in people if one["id"] == "helen")
                helen["public_key"] = listed["public_key"]
            else:
                (door.home / "people.json").write_text(json.dumps(people), encoding="utf-8")
        change = door.home / "change.json"
        proposed = re.search(r"Its hash: (\w+)", said)
        known.update({"HASH": proposed[1][:8]} if proposed and change.exists() else {})
        if "In force" in said or "WAYBILL" in known or "2026-autumn" in said:
            waybill = door.waybill(CLEAN).sha256
            known.update(WAYBILL=waybill, NAMED=waybill[:8])
        return known

    known = {
        "NEWKEY": str(new), "SCHOOL": CLEAN, "PRIYA": door.key("priya"), "DANIEL": door.key("daniel"),
        "LOST": door.key("helen"),
    }  # fmt: skip
    run(door, "A signer's key is lost in census week", words)
    (kept,) = [one for one in door.people() if one["id"] == "helen"]
    assert kept["public_key"] == next(one for one in people if one["id"] == "helen")["public_key"]


def test_without_keys_the_ledger_still_verifies_and_nothing_is_opened(door, backup, tmp_path, monkeypatch):
    clean = _clean(door, tmp_path)
    monkeypatch.setenv("WAYBILL_HOME", str(clean.home))
    monkeypatch.setenv("WAYBILL_TRUST", str(clean.home / "trust"))
    verified, _ = run(clean, "Both holders of the keys are gone, and the machine too", lambda _: backup)
    assert f"{door.installation().ledger.head().seq} events, 4 releases" in verified
