"""Nothing that a run writes outside the vault and the recipients' files holds a pupil's value: not on success, not
under dozens of forced failures, not in what it prints. First the search itself is shown to find what was planted."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.nightly import NIGHTLY
from tests.pipelines.canary_run import LINEAGE, canaries, canary_world
from tests.pipelines.leak_scan import Scan, wrappings

PLANTED = "Zq'quorlby"
VALUES = (PLANTED, "Zqéquorlby", "LU5 9QX", "parent1000001.1@example.org")
OTHERS = ("Zq'otherby", "Zqéotherby", "LU6 9QX", "parent1000002.1@example.org")
FORCED_TO_SUCCEED = {"nothing forced", "over HTTP: rows that move"}  # rows that moved once are read again (ADR 0036)
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("wrapping", sorted(wrappings()))
def test_the_search_finds_a_planted_value_however_it_is_wrapped(wrapping, value, tmp_path):
    (tmp_path / "file").write_bytes(b"\x00before " + wrappings()[wrapping](value) + b" after\xff")
    assert Scan([value]).leaks(tmp_path) == {str(tmp_path / "file"): {value}}
    assert Scan(set(OTHERS)).leaks(tmp_path) == {}


def _database(file, *, checkpointed, value):
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, body TEXT)")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("INSERT INTO event (body) VALUES (?)", [value])
    connection.commit()
    if checkpointed:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return connection


@pytest.mark.parametrize(("checkpointed", "where"), [(True, "db"), (False, "db-wal")])
def test_the_search_finds_a_planted_value_in_a_page_and_in_the_write_ahead_log(checkpointed, where, tmp_path):
    connection = _database(tmp_path / "db", checkpointed=checkpointed, value=PLANTED)
    assert str(tmp_path / where) in Scan([PLANTED]).leaks(tmp_path)
    connection.close()


def test_the_search_finds_a_value_that_lies_across_pages(tmp_path):
    for place in range(4090 - 80, 4096 + 40, 9):
        connection = _database(tmp_path / f"{place}", checkpointed=True, value="." * place + PLANTED + "." * 5000)
        connection.close()
    found = Scan([PLANTED]).leaks(tmp_path)
    assert len(found) == len(list(tmp_path.iterdir()))


def test_the_search_finds_a_deleted_row_and_a_file_name(tmp_path):
    connection = _database(tmp_path / "db", checkpointed=True, value="." * 900 + PLANTED)
    connection.execute("PRAGMA secure_delete=OFF")
    connection.execute("DELETE FROM event")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    (tmp_path / f"{PLANTED}.log").write_text("")
    assert set(Scan([PLANTED]).leaks(tmp_path)) == {str(tmp_path / "db"), str(tmp_path / f"{PLANTED}.log")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'"took": 76.3129990000379', False), (b'"took": 76.9990000379', False),
        (b'"number": 9990000379', True), (b"76. 9990000379", True), (b".9990000379", True), (b"12 9990000379.", True),
    ],
)  # fmt: skip
def test_a_number_is_no_part_of_a_durations_fraction(text, found, tmp_path):
    (tmp_path / "file").write_bytes(text)
    assert bool(Scan(["9990000379"]).leaks(tmp_path)) is found


def test_too_short_a_value_is_refused():
    with pytest.raises(ValueError, match="too short"):
        Scan(["Lee"])


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder in which both runs took place, what they printed and left in the temporary folder included."""
    folder = tmp_path_factory.mktemp("canary")
    (folder / "temporary").mkdir()
    environment = {**os.environ, "TMPDIR": str(folder / "temporary"), "PYTHONWARNINGS": "always"}
    with (folder / "stdout").open("wb") as printed, (folder / "stderr").open("wb") as complained:
        done = subprocess.run(
            [sys.executable, "-m", "tests.pipelines.canary_run", folder],
            cwd=ROOT, env=environment, stdout=printed, stderr=complained, check=False, timeout=1200,
        )  # fmt: skip
    assert done.returncode == 0, (folder / "stderr").read_text(encoding="utf-8")[-2000:]
    return folder


@pytest.fixture(scope="module")
def planted():
    values = canaries(canary_world())
    assert len(values) >= 1000
    return Scan(values)


def _said_to_somebody(home):
    """What exists to hold pupils' values: recipients' files, files that come in, the signers' own trust folder."""
    return [home / name for name in ("recipients", "on-the-day", "inbox", "trust")]


@pytest.mark.parametrize("which", ["success", "failure"])
def test_the_runs_wrote_what_is_searched(which, runs):
    home = runs / which
    for name in ("ledger.sqlite", "dagster/history/runs.db", "dagster/history/runs/index.db", "dagster/dagster.yaml"):
        assert (home / name).stat().st_size > 0
    assert any((home / "vault").rglob("*"))
    assert which == "success" or (home / "told").stat().st_size > 100, "a run with trouble is told of"
    assert (runs / "stderr").stat().st_size > 10_000


def test_what_a_catalogue_was_told_is_among_what_is_searched(runs):
    told = (runs / "success" / LINEAGE).read_text(encoding="utf-8").splitlines()
    states = [json.loads(line)["eventType"] for line in told]
    assert states.count("COMPLETE") > (20 if NIGHTLY else 10)
    assert '"columnLineage"' in told[0]


def test_the_values_are_there_to_be_found(runs, planted):
    """The same search over what was delivered finds them: it looks for what the run really held."""
    found = planted.leaks(runs / "success" / "recipients")
    assert len(frozenset[str]().union(*found.values())) > 500


@pytest.mark.parametrize("which", ["success", "failure"])
def test_a_run_leaves_no_value_outside_the_recipients_files(which, runs, planted):
    home = runs / which
    found = planted.leaks(home, exclude=_said_to_somebody(home))
    assert {path: len(values) for path, values in found.items()} == {}


def test_nothing_printed_or_left_in_the_temporary_folder_holds_a_value(runs, planted):
    found = [planted.leaks(runs / name) for name in ("stdout", "stderr", "temporary", "outcomes.json")]
    assert [{path: len(values) for path, values in each.items()} for each in found] == [{}] * 4


def test_everything_that_was_forced_failed_and_nothing_else(runs):
    outcomes = json.loads((runs / "outcomes.json").read_text(encoding="utf-8"))
    assert len(outcomes) >= (36 if NIGHTLY else 24)
    assert {name for name, succeeded in outcomes.items() if succeeded} == FORCED_TO_SUCCEED
