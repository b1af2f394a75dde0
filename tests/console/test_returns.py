"""A data manager at the desk: the board, a return's findings, explaining them, lists, and running it again."""

import csv
import io
import re
import time

from openpyxl import load_workbook

from exports.preparation import read_waybill
from tests.console.at_the_desk import AUTUMN, CLEAN, FAULTY

RETURN = f"/schools/{FAULTY}/{AUTUMN}"


def test_the_board_forgets_no_school(shared):
    page = shared.enter("amina").get("/").text
    for urn, school in shared.demo.installation.trust.schools.items():
        assert school.name in page
        assert f"/schools/{urn}/{AUTUMN}" in page
    assert page.count(">not started<") == 7 * 3 - 2 - _settled(page)
    assert "27 days left" in page
    assert "(authority 9 October 2026)" in page


def _settled(page: str) -> int:
    """Cells of the two schools that are prepared, and of schools without an agreement."""
    return page.count("No agreement covers it")


def test_the_return_names_pupils_to_the_desk_alone(shared):
    ours, theirs = (shared.enter(person).get(RETURN).text for person in ("priya", "amina"))
    assert "errors block" in ours
    shown = set(re.findall(r"[A-Z]\d{11}[0-9A-Z]", ours))
    assert shown
    assert not re.findall(r"[A-Z]\d{11}[0-9A-Z]", theirs)
    assert "Names are shown to" in theirs
    assert "explain" not in theirs.lower().split("<h2", 1)[1].replace("explained", "").replace("an explanation", "")


def test_a_query_is_explained_in_words_or_by_the_library(shared):
    browser = shared.enter("priya")
    page = browser.get(f"{RETURN}?kind=local%20check").text
    rule = re.search(r'name="rule" value="([^"]+)"', page)[1]
    missing = browser.post(f"{RETURN}/explain", rule=rule, words="  ")
    assert missing.status_code == 422
    assert "There is a problem" in missing.text
    answer = browser.post(f"{RETURN}/explain", rule=rule, words="<b>Right</b> as it stands")
    assert answer.headers["location"] == f"{RETURN}?said=explained"
    page = browser.get(f"{RETURN}?said=explained").text
    assert "&lt;b&gt;Right&lt;/b&gt; as it stands" in page
    assert "Your explanation is kept" in page


def test_a_pupil_of_an_earlier_sign_in_is_not_explained(shared):
    browser = shared.enter("priya")
    assert browser.post(f"{RETURN}/explain", rule="1", words="x", pupil="AAAA").status_code == 409


def test_lists_are_taken_out_and_recorded(shared):
    browser, ledger = shared.enter("priya"), shared.demo.installation.ledger
    before = len(ledger.events("list taken out"))
    workbook = browser.post(f"{RETURN}/list", what="findings", form="xlsx")
    assert "Findings" in load_workbook(io.BytesIO(workbook.content)).sheetnames
    listed = browser.post(f"{RETURN}/list", what="findings", form="csv")
    assert listed.headers["content-disposition"] == f'attachment; filename="findings-{FAULTY}-{AUTUMN}.csv"'
    rows = list(csv.reader(io.StringIO(listed.content.decode("utf-8-sig"))))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    assert len(ledger.events("list taken out")) == before + 2
    assert browser.post(f"{RETURN}/list", what="everything", form="csv").status_code == 404


def test_totals_stand_beside_last_terms(shared):
    page = shared.enter("helen").get(f"/schools/{CLEAN}/{AUTUMN}/summary").text
    assert "<h1>" in page
    assert "There is nothing to compare with" in page
    assert "<svg" in page


def test_a_return_is_run_again_with_progress(shared):
    browser, here = shared.enter("priya"), shared.demo.installation
    path = f"/schools/900001/{AUTUMN}"
    assert "Nothing has been prepared yet" in browser.get(path).text
    assert browser.post(f"{path}/run").headers["location"] == f"{path}/run"
    seen = []
    for _ in range(600):
        told = browser.get(f"{path}/run/state").json()
        seen.append((told["done"], told["steps"]))
        if told["at"] in {"done", "failed"}:
            break
        time.sleep(0.1)
    assert told["at"] == "done", told
    assert max(steps for _, steps in seen) > 3
    assert browser.get(f"{path}/run").headers["location"] == path
    found = here.ledger.releases(school="900001", period=AUTUMN)
    assert read_waybill(here.ledger, here.vault, found[0].waybill).school == "900001"


def test_why_a_child_is_in_the_return_is_said_and_recorded(shared):
    browser, ledger = shared.enter("priya"), shared.demo.installation.ledger
    upn = re.search(r"[A-Z]\d{12}", browser.get(RETURN).text)[0]
    before = len(ledger.events("looked up"))
    page = browser.post(f"{RETURN}/why", upn=upn)
    assert "in the return, on roll" in page.text
    assert upn not in page.url.path
    assert len(ledger.events("looked up")) == before + 1
    assert browser.post(f"{RETURN}/why", upn="A000000000000").status_code == 404


def test_an_unknown_school_or_period_is_refused(shared):
    browser = shared.enter("priya")
    assert browser.get("/schools/999999/2026-autumn").status_code == 404
    assert browser.get("/schools/900002/2026-autumm").status_code == 200
    assert browser.post("/schools/900002/..%2F..%2Fetc/run").status_code in {303, 404}
