"""The head's page stands alone, is the same each time it is made, and says what must be known before it is believed."""

import datetime as dt
import re
from dataclasses import replace

import pytest

from exports.waybill import Tally
from ledger.states import State
from pipelines.actions.summarising import Report, ReportSection, Row
from pipelines.reports import summary_page

READY = Tally(
    pupils=3, cells=90, blocking=0, errors=0, queries=0, unexplained=0, not_evaluated=0, unverified_paths=0
)  # fmt: skip
REPORT = Report(
    school="St Oswin's & <All> Saints", urn="900002", period="2027-spring", census_day=dt.date(2027, 1, 21),
    waybill="ab12" * 16, state=State.PREPARED, tally=READY, before="2026-autumn", why_alone="",
    sections=(ReportSection("Sex", "pupils on roll", (Row("Girls", 1203, 0.75, 1190), Row("Boys", 401, 0.25, None))),),
    made_at=dt.datetime(2027, 1, 22, 9, 30, tzinfo=dt.UTC),
)  # fmt: skip


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
        ({"tally": replace(READY, blocking=2)}, "2 blocking errors"),
        ({"tally": replace(READY, unexplained=3)}, "3 queries without an explanation"),
        ({"tally": replace(READY, not_evaluated=1)}, "1 rules that could not be evaluated"),
        ({"tally": replace(READY, unverified_paths=215)}, "UNVERIFIED LAYOUT: 215 paths"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_must_be_known_before_the_figures_are_believed_is_said(change, said):
    assert said not in " ".join(summary_page.notes(REPORT))
    assert said in " ".join(summary_page.notes(replace(REPORT, **change)))
