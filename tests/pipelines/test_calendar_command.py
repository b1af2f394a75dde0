"""`waybill calendar`: what it says of the demonstration's year, and the reminders that come from it."""

import datetime as dt
import itertools
import json
import shutil
from pathlib import Path

import pytest

from pipelines import cli
from pipelines.due import reminders_on
from pipelines.exit_codes import EXIT_CODES, HELD
from pipelines.trust import load_trust
from schemas.census.collection import COLLECTIONS
from simulator.deployment import FOLDER

MORNING = dt.datetime(2026, 9, 30, 7, tzinfo=dt.UTC)


@pytest.fixture
def trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demonstration's trust folder, on a machine that has no state folder."""
    folder = tmp_path / "trust"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setenv("WAYBILL_TRUST", str(folder))
    monkeypatch.setenv("WAYBILL_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("COLUMNS", "200")
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["calendar", *words], clock=lambda: MORNING)
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


def test_the_demonstrations_calendar_is_whole(trust: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trust.is_dir()
    code, said = run(capsys, "check")
    assert (code, "Gaps: 0." in said) == (0, True)


GAPS = (
    ("an agreement without a row", "feed,nhs_vision", "no row of kind feed for the agreement nhs_vision"),
    ("a collection left out", "collection,2027-spring", "no row of kind collection for 2027-spring"),
    ("no terms", "term,", "no rows of kind term"),
)


@pytest.mark.parametrize(("start", "says"), [row[1:] for row in GAPS], ids=[row[0] for row in GAPS])
def test_a_gap_is_named_and_waits_for_a_person(
    trust: Path, capsys: pytest.CaptureFixture[str], start: str, says: str,
) -> None:  # fmt: skip
    file = trust / "calendar.csv"
    of_it = start.split(",")[1] if start != "term," else "every-term"
    kept = [
        line.replace("every-term", "2026-autumn-term") if start == "term," else line
        for line in file.read_text(encoding="utf-8").splitlines()
        if not line.startswith(start)
        and not (start == "term," and line.startswith("half-term"))
        and not (start.startswith("collection") and f",{of_it}," in f",{line}," and "deadline" in line)
        and not (start.startswith("collection") and line.startswith(f"familiarisation,{of_it}"))
    ]
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    code, said = run(capsys, "check")
    assert (code, says in said) == (HELD, True), said


def test_a_row_of_no_agreement_is_a_gap(trust: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (trust / "agreements" / "nhs_vision.yaml").unlink()
    code, said = run(capsys, "check")
    assert code == HELD
    assert "the row of nhs_vision names no agreement" in said


def test_a_faulty_calendar_says_row_and_column(trust: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = trust / "calendar.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("2026-09-02,2026-12-18", "2/9/26,2026-12-18"))
    code, said = run(capsys, "check")
    assert code == EXIT_CODES["calendar_faulty"]
    assert "row 2, column opens: write a date as YYYY-MM-DD" in " ".join(said.split())


def test_show_lists_runs_and_what_people_do(trust: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trust.is_dir()
    _, said = run(capsys, "show", "--days", "2", "--json")
    found = [(entry["day"], entry["subject"], entry["run"]) for entry in json.loads(said)]
    assert ("2026-09-30", "nightly-2026-autumn", True) in found
    assert ("2026-10-01", "census-2026-autumn", True) in found
    assert ("2026-09-30", "2026-autumn", False) in found
    assert run(capsys, "show")[0] == 0


def test_the_diary_is_icalendar(trust: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trust.is_dir()
    code, _ = run(capsys, "ics", str(tmp_path / "year.ics"))
    assert code == 0
    data = (tmp_path / "year.ics").read_bytes()
    lines = data.split(b"\r\n")
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert not data.replace(b"\r\n", b"").count(b"\n")
    assert max(len(line) for line in lines) <= 75
    unfolded = data.replace(b"\r\n ", b"").decode().split("\r\n")
    begun = list(itertools.accumulate((line == "BEGIN:VEVENT") - (line == "END:VEVENT") for line in unfolded))
    assert set(begun) == {0, 1}
    own = [line for line in unfolded if line.startswith("UID:")]
    assert len(own) == len(set(own)) == unfolded.count("BEGIN:VEVENT") > 30
    assert "SUMMARY:2026-autumn: the Department's deadline" in unfolded
    assert "DTSTART;VALUE=DATE:20261104" in unfolded


def test_reminders_come_on_their_days_and_no_other() -> None:
    found = load_trust(FOLDER)
    told: dict[str, list[str]] = {}
    day = dt.date(2026, 9, 1)
    while day <= dt.date(2026, 11, 30):
        for one in reminders_on(found.calendar, COLLECTIONS, found.schools, day):
            told.setdefault(one.what.partition(":")[0].partition(";")[0], []).append(f"{day:%m-%d} {len(one.schools)}")
        day += dt.timedelta(days=1)
    assert told == {
        "familiarisation begins": ["09-07 7"],
        "dry runs begin tonight": ["09-17 7"],
        "census day is in 10 days": ["09-21 7"],
        "familiarisation ends today": ["09-25 7"],
        "census day is tomorrow": ["09-30 7"],
        "census day is today": ["10-01 7"],
        "the local authority's deadline is in 7 days": ["10-02 1"],
        "the local authority's deadline is in 3 days": ["10-06 1"],
        "the local authority's deadline is tomorrow": ["10-08 1"],
        "the local authority's deadline is today": ["10-09 1"],
        "the Department's deadline is in 7 days": ["10-21 6", "10-28 1"],
        "the Department's deadline is in 3 days": ["10-25 6", "11-01 1"],
        "the Department's deadline is tomorrow": ["10-27 6", "11-03 1"],
        "the Department's deadline is today": ["10-28 6", "11-04 1"],
    }
