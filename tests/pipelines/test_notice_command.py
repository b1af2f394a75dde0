"""`waybill notice`, `ropa` and `dpia` as a Data Protection Officer meets them: from the trust folder alone, no keys."""

import datetime as dt
import http.server
import io
import json
import shutil
import threading
from dataclasses import replace

import openpyxl
import pytest

from exports.notice import NoticeNotInForce
from exports.observed import MARK
from exports.records import load_records
from pipelines.actions.noticing import ask
from pipelines.exit_codes import EXIT_CODES, HELD
from pipelines.installation import Installation
from tests.exports.trust_folder import FOLDER
from tests.pipelines.front_door import FrontDoor, at

MOST_AGREEMENTS = shutil.ignore_patterns("ctf_*", "dfe_*census*", "la_[!f]*", "nhs_[!i]*", "sta_*", "s[!2]*_*", "v*_*")
"""Compiling all of the demo's takes a second each time; most of these tests need two of them."""


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A trust folder of one's own with few agreements, and no state folder: nothing here needs one."""
    home = tmp_path / "home"
    shutil.copytree(FOLDER, home / "trust", ignore=MOST_AGREEMENTS)
    at(monkeypatch, home)
    return FrontDoor(home, 0, tmp_path / "received")


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """The whole trust folder."""
    home = tmp_path / "home"
    shutil.copytree(FOLDER, home / "trust")
    at(monkeypatch, home)
    return FrontDoor(home, 0, tmp_path / "received")


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_the_check_prints_findings_links_and_both_ways_and_waits_for_a_person(whole):
    answer = whole.run("notice", "check")
    assert (answer.code, answer.err) == (HELD, "")
    text = squeezed(answer.out)
    for words in (
        "Privacy notice 3.2, published 2026-09-01", "cites a section of the 2013 Regulations",
        "Rights that no clause names: restriction, portability", "It is observed: dfe_daily_attendance",
        "Links and addresses: 3, something wrong with 0", "dfe_autumn_census:", "What does not hold: 0",
    ):  # fmt: skip
        assert words in text
    assert all(len(line) <= 80 for line in answer.out.splitlines() if " " in line.strip())


def test_a_notice_that_is_not_kept_ends_with_a_code_of_its_own(office):
    office.edit("notice_statements.csv", "5.2,outside,", "5.2,,")
    answer = office.run("notice", "check")
    assert answer.code == EXIT_CODES["notice_not_kept"]
    assert "nothing is said to keep it" in squeezed(answer.out)


def test_the_check_as_data_has_every_field_with_version_and_hash(office):
    data = json.loads(office.run("notice", "check", "--json").out)
    emitted = data["conformance"]["emitted"]
    assert len(emitted) == sum(len(agreement.lines) for agreement in load_records(office.trust).agreements) > 0
    assert {(one["notice_version"], one["notice_sha256"]) for one in emitted} == {("3.2", data["notice"]["sha256"])}


def test_the_words_of_a_notice_not_published_yet_can_be_looked_at(office, tmp_path):
    draft = tmp_path / "draft.md"
    text = (FOLDER / "notice.md").read_text(encoding="utf-8")
    draft.write_text(text.replace("Version: 3.2\nPublished: 2026-09-01\n", ""), encoding="utf-8")
    data = json.loads(office.run("notice", "check", "--notice", str(draft), "--json").out)
    assert {one["number"] for one in data["findings"]} == set(range(1, 12))
    assert data["conformance"] is None


def test_the_fsm_check_does_not_compile_without_its_clause_and_says_which(office):
    office.edit("notice.md", "a parent's National Insurance number or asylum support reference number", "pay")
    answer = office.run("agreements", "check", "--json")
    assert answer.code != 0
    assert "National Insurance number, which clause 2.12 of the notice (version 3.2) does not name" in answer.out


class Page(http.server.BaseHTTPRequestHandler):
    """Answers 200 for one path and 404 for every other."""

    def do_GET(self):
        self.send_response(200 if self.path == "/there" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_link_is_asked_for_and_what_came_back_is_said():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_port}"
        assert ask(f"{here}/there") is None
        assert ask(f"{here}/gone") == "it answers 404"
        server.shutdown()
    assert "cannot be reached" in str(ask(f"{here}/there"))


def test_without_the_option_the_network_is_not_asked(office, monkeypatch):
    def never(address: str) -> str:
        raise AssertionError(address)

    monkeypatch.setattr("pipelines.actions.noticing.ask", never)
    assert "something wrong with 0" in squeezed(office.run("notice", "check").out)
    monkeypatch.setattr("pipelines.actions.noticing.ask", lambda _: "it answers 404")
    assert "something wrong with 2" in squeezed(office.run("notice", "check", "--reach").out)


def test_the_sheet_says_of_each_thing_whether_it_must_be_given(office, tmp_path):
    page = office.done("notice", "sheet").out
    must, may = page.split("## ")[1:]
    assert "You must tell us" in must
    assert "the child's address" in must
    assert "You may tell us or not" in may
    assert "ethnicity" in may
    html, markdown = tmp_path / "sheet.html", tmp_path / "sheet.md"
    office.done("notice", "sheet", "--html", str(html), "--markdown", str(markdown))
    assert markdown.read_text(encoding="utf-8") == page
    written = html.read_text(encoding="utf-8")
    assert written.count("<table>") == 2
    assert "<script" not in written
    assert "http" not in written
    for one in office.done("notice", "sheet", "--json").data:
        assert one["item"] in page
        assert one["item"].replace("'", "&#39;") in written


def test_a_sheet_is_never_written_over_another_file(office, tmp_path):
    there = tmp_path / "there.md"
    there.write_text("mine", encoding="utf-8")
    assert office.run("notice", "sheet", "--markdown", str(there)).code == 2
    assert there.read_text(encoding="utf-8") == "mine"


def test_the_record_of_processing_in_each_form(office, tmp_path):
    page = office.done("ropa").out
    assert page.startswith("# Record of processing of Fernhill Learning Trust")
    assert MARK in page
    data = json.loads(office.done("ropa", "--format", "json").out)
    book = tmp_path / "ropa.xlsx"
    office.done("ropa", "--format", "xlsx", "--to", str(book))
    sheet = openpyxl.load_workbook(io.BytesIO(book.read_bytes())).active
    ids = {str(row[0].value) for row in sheet.iter_rows()}
    assert {one["id"] for one in data["activities"]} <= ids
    assert book.stat().st_mode & 0o077 == 0
    assert office.run("ropa", "--format", "xlsx", "--to", str(book)).code == 2


def test_the_facts_of_an_assessment(office):
    page = office.done("dpia", "nhs_immunisation").out
    assert "# Impact assessment, facts: School-age immunisation class list" in page
    assert office.run("dpia", "nobody").code == EXIT_CODES["no_such_sharing"]


def test_nothing_is_prepared_under_a_notice_before_the_day_it_is_published(office):
    at_midnight = dt.datetime(2026, 8, 31, 23, 0, tzinfo=dt.UTC)  # midnight of 1 September in England
    here = Installation(office.settings, *[None] * 4, clock=lambda: at_midnight)
    assert here.notice().version == "3.2"
    with pytest.raises(NoticeNotInForce):
        replace(here, clock=lambda: at_midnight - dt.timedelta(seconds=1)).notice()
