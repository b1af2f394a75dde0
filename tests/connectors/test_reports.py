"""Reports as a source: whole, of one moment, each cell as its column must be; or a refusal by name."""

import datetime as dt
import re

import pytest
from openpyxl import load_workbook

from connectors.mapping import read_mapping
from connectors.mis import MisAnswerUnreadable, MisLacks, MisUnavailable, Plan, TornSnapshot
from tests.connectors.sources import reports


@pytest.fixture
def source(stage, tmp_path):
    with reports(stage, tmp_path) as made:
        yield made


def rewrite(source, file, old, new, count=1):
    path = source.settings.folder / file
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8-sig")


def lines(source, file):
    return (source.settings.folder / file).read_text(encoding="utf-8-sig").splitlines()


def other_form(line):
    day = re.search(r"(\d\d)/(\d\d)/(\d{4})", line)
    return day[0], f"{day[1]}.{day[2]}.{day[3]}"


REFUSED = {
    "a report that was cut short": (
        lambda s: rewrite(s, "upn.csv", lines(s, "upn.csv")[-1] + "\n", ""), TornSnapshot, "in the manifest",
    ),
    "a heading that was renamed": (
        lambda s: rewrite(s, "upn.csv", "Pupil number", "Student number"), MisAnswerUnreadable, "headed Pupil number",
    ),
    "a day in another form": (
        lambda s: rewrite(s, "upn.csv", *other_form(lines(s, "upn.csv")[1])),
        MisAnswerUnreadable, "Start date has a value that is no date",
    ),
    "a row with a cell too many": (
        lambda s: rewrite(s, "upn.csv", lines(s, "upn.csv")[1], f"{lines(s, 'upn.csv')[1]},x"),
        MisAnswerUnreadable, "fewer cells",
    ),
    "a report that is not there": (
        lambda s: (s.settings.folder / "upn.csv").unlink(), MisUnavailable, "it is not in inbox",
    ),
    "no manifest": (lambda s: (s.settings.folder / "manifest.csv").unlink(), MisUnavailable, "manifest.csv"),
    "a manifest without an offset": (
        lambda s: rewrite(s, "manifest.csv", "+00:00", "", 99), MisAnswerUnreadable, "no offset",
    ),
    "reports of two days": (
        lambda s: rewrite(s, "manifest.csv", "2026-10-01T11", "2026-09-30T11"), TornSnapshot, "hours apart",
    ),
    "reports that are too old": (
        lambda s: s.settings.mapping.write_text(s.settings.mapping.read_text().replace("9000", "0")),
        TornSnapshot, "ago",
    ),
    "pupils that no pupil report has": (
        lambda s: rewrite(s, "upn.csv", "\n", "\n9", 1), TornSnapshot, "in no pupil report",
    ),
    "an old spreadsheet under a new name": (
        lambda s: (s.settings.folder / "sen.xlsx").write_bytes(b"PK not really"), MisAnswerUnreadable, "no XLSX",
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", sorted(REFUSED))
def test_refused_by_name(source, why):
    spoil, refusal, words = REFUSED[why]
    source.snapshot()
    spoil(source)
    with pytest.raises(refusal, match=words):
        source.snapshot()


def test_a_table_with_no_report_is_refused_unless_somebody_says_that_there_is_none(source):
    text = source.settings.mapping.read_text(encoding="utf-8")
    start = text.index('[[table]]\ntable = "boarding"')
    without = text[:start] + text[text.index("[[table]]", start + 1) :]
    source.settings.mapping.write_text(without, encoding="utf-8")
    wanted = Plan({"boarding": frozenset({"boarder"})})
    with pytest.raises(MisLacks, match="boarding"):
        source.snapshot(wanted)
    source.settings.mapping.write_text(without.replace("none = []", 'none = ["boarding"]'), encoding="utf-8")
    snapshot = source.snapshot(wanted)
    assert len(snapshot.frames["boarding"]) == 0
    assert [(one.name, one.table) for one in snapshot.defaults] == [("none-declared", "boarding")]


def test_a_column_without_a_heading_stays_empty_and_is_told(source):
    text = source.settings.mapping.read_text(encoding="utf-8")
    source.settings.mapping.write_text(text.replace('uln = "ULN"\n', ""), encoding="utf-8")
    told = [(one.name, one.column) for one in source.snapshot(Plan({"pupil": frozenset({"uln"})})).defaults]
    assert told == [("not-in-report", "uln")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("table = 7 = 8", "cannot be read"), ('[[table]]\nfile = "a.csv"\n', "lacks 'table'"),
        ('[[table]]\ntable = "moon"\nfile = "a.csv"\n[table.columns]\n', "moon"),
        ('[[table]]\ntable = "upn"\nfile = "../a.csv"\n[table.columns]\n', "file of the school"),
        ('[[table]]\ntable = "upn"\nfile = "a.csv"\n[table.columns]\ncheese = "X"\n', "cheese"),
        ('none = ["moon"]', "moon"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_used_is_refused_with_its_place(tmp_path, text, words):
    file = tmp_path / "900002.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MisLacks, match=words):
        read_mapping(file, "900002")


def test_days_of_a_spreadsheet_are_days(source):
    book = load_workbook(source.settings.folder / "sen.xlsx")
    assert book.sheetnames == ["Provision", "Needs"]
    frame = source.snapshot(Plan({"sen_status": frozenset({"start_date"})})).frames["sen_status"]
    assert isinstance(frame["start_date"].dropna().iloc[0], dt.date)
