"""The head's page stands alone, is the same each time it is made, and says what must be known before it is believed."""

import datetime as dt
import re
import stat
from dataclasses import replace
from html import unescape

import pytest

from exports.preparation import artefact
from exports.waybill import Tally
from ledger.states import State
from pipelines.actions import summarising
from pipelines.actions.summarising import Report, ReportSection, Row
from pipelines.exit_codes import USAGE
from pipelines.reports import summary_page
from schemas.census.summary import Figure, Section
from tests.pipelines.front_door import AUTUMN, CLEAN

READY = Tally(
    pupils=3, cells=90, blocking=0, errors=0, queries=0, unexplained=0, not_evaluated=0, unverified_paths=0
)  # fmt: skip
REPORT = Report(
    school="St Oswin's & <All> Saints", urn="900002", period="2027-spring", census_day=dt.date(2027, 1, 21),
    waybill="ab12" * 16, state=State.PREPARED, tally=READY, unverified=(), before="2026-autumn", why_alone="",
    sections=(ReportSection("Sex", "pupils on roll", (Row("Girls", 1203, 0.75, 1190), Row("Boys", 401, 0.25, None))),),
    made_at=dt.datetime(2027, 1, 22, 9, 30, tzinfo=dt.UTC),
)  # fmt: skip


def html_text(page):
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))


def test_the_page_asks_for_nothing_from_outside_and_runs_nothing():
    page = summary_page.html(REPORT)
    assert not re.search(r"(?i)https?:|<script|src=|href=|@import|url\(", page)
    assert "default-src 'none'" in page


def test_the_school_s_name_is_text_and_never_markup():
    page = summary_page.html(REPORT)
    assert "St Oswin&#39;s &amp; &lt;All&gt; Saints" in page
    assert "<All>" not in page


def test_each_figure_stands_beside_last_term_s_with_a_bar_of_its_length():
    page = summary_page.html(REPORT)
    assert re.search(
        r"Girls</th><td class=\"n\">1,203</td>\s*<td class=\"n\">75.0%</td>\s*<td class=\"n\">1,190</td>", page
    )
    assert re.findall(r"width:([\d.]+)%\"></span>", page) == ["100.0", "98.9", "33.3"]


def test_the_pdf_is_the_same_each_time():
    made = summary_page.pdf(REPORT)
    assert made.startswith(b"%PDF-")
    assert made == summary_page.pdf(REPORT)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"before": None, "why_alone": "no return of 2026-autumn left from here"}, "no return of 2026-autumn left"),
        ({"tally": replace(READY, blocking=2)}, "Blocking errors: 2"),
        ({"tally": replace(READY, unexplained=3)}, "Queries without an explanation: 3"),
        ({"tally": replace(READY, not_evaluated=1)}, "could not be evaluated: 1"),
        ({"unverified": ("UNVERIFIED LAYOUT: 1 path.", "Message/School/Phase")}, "UNVERIFIED LAYOUT: 1 path."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_must_be_known_before_the_figures_are_believed_is_said(change, said):
    assert said not in " ".join(summary_page.notes(REPORT))
    assert said in " ".join(summary_page.notes(replace(REPORT, **change)))


def test_a_label_that_only_last_term_had_is_shown_with_nothing_now():
    now = Section("Year group", "pupils on roll", (Figure("Year 7", 5, 5),))
    then = Section("Year group", "pupils on roll", (Figure("Year 7", 4, 6), Figure("Year 11", 2, 6)))
    (section,) = summarising.beside([now], [then])
    assert section.rows == (Row("Year 7", 5, 1.0, 4), Row("Year 11", 0, None, 2))


def test_without_last_term_no_figure_stands_beside():
    (section,) = summarising.beside([Section("Sex", "pupils on roll", (Figure("Girls", 5, 5),))], [])
    assert section.rows == (Row("Girls", 5, 1.0, None),)


def test_the_command_writes_a_page_that_names_no_pupil(door, tmp_path):
    page, paper = tmp_path / "summary.html", tmp_path / "summary.pdf"
    door.done("summary", CLEAN, AUTUMN, "--html", str(page), "--pdf", str(paper), "--as", "helen")
    assert stat.S_IMODE(page.stat().st_mode) == stat.S_IMODE(paper.stat().st_mode) == 0o600
    here = door.installation()
    file = here.vault.open(artefact(here.ledger, door.waybill().sha256, "file")).decode()
    said = html_text(page.read_text(encoding="utf-8"))
    for element in ("UPN", "Surname", "Forename", "PostCode"):
        values = {value for value in re.findall(f"<{element}>([^<]+)</{element}>", file) if len(value) > len("May")}
        assert values
        assert not any(re.search(rf"\b{re.escape(value)}\b", said) for value in values), element
    on_roll = file.count("<PupilOnRoll>")
    figures = door.done("summary", CLEAN, AUTUMN, "--as", "helen", "--json").data["sections"][0]["rows"]
    assert (figures[0]["label"], figures[0]["count"]) == ("On roll", on_roll)


def test_a_page_is_never_written_over_another(door, tmp_path):
    page = tmp_path / "summary.html"
    page.write_text("mine")
    assert door.run("summary", CLEAN, AUTUMN, "--html", str(page), "--as", "helen").code == USAGE
    assert page.read_text() == "mine"
