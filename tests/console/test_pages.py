"""Every page opens for whoever may see it, says nothing of a pupil in its title, and answers what it is asked."""

import re
from dataclasses import replace

import pytest

from console import words
from exports.approvers import current
from exports.purging import Overdue
from tests.console.at_the_desk import AUTUMN, CLEAN, FAULTY
from tests.console.test_who_sees_what import waybill_of

ONE_OF_MANY = re.compile(
    r"(?<![\d,.])1(?:</strong>)? "
    r"(?:errors|queries|findings|files|fields|values|pupils|faults|things|causes|days|paths|wait|sharings|recipients|requests|schools)\b"
)
CENSUS = "dfe_autumn_census"
PAGES = (
    "/", f"/schools/{FAULTY}/{AUTUMN}", f"/schools/{CLEAN}/{AUTUMN}/summary", "/schools/900005/2027-spring",
    "/deliveries", f"/deliveries?school={CLEAN}&state=prepared", "/disclosures", f"/disclosures?agreement={CENSUS}",
    "/disclosures?day=2026-10-01", "/disclosures?clause=5.1", "/record", "/agreements", f"/agreements/{CENSUS}",
    f"/agreements/{CENSUS}/text", f"/agreements/{CENSUS}/compare?with=nhs_dental", "/records", "/records/processing",
    "/records/notice", "/records/retention", "/calendar", "/calendar/edit",
    "/signing", "/standing", "/standing/new", "/standing/new?agreement=supplier_texts", "/delegations",
    "/delegations/new", "/requests", "/requests?all=yes", "/requests/new", "/duties", "/duties?all=yes", "/complaints",
    "/complaints?all=yes", "/complaints/new",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_each_page_opens(shared, path):
    page = shared.enter("priya").get(path)
    assert page.status_code == 200, page.text
    assert page.text.count("<h1>") == 1
    assert "style=" not in page.text
    assert not ONE_OF_MANY.findall(page.text)
    assert not re.search(r"<script(?! src=\"/static/)", page.text)


def test_a_files_pages_open(shared):
    waybill = waybill_of(shared, FAULTY)
    for path in (f"/files/{waybill}", f"/files/{waybill}/sign", f"/deliveries/{waybill}"):
        assert shared.enter("daniel").get(path).status_code == 200
    assert shared.enter("daniel").get(f"/files/{waybill[:12]}/sign").status_code == 404
    assert shared.enter("daniel").post(f"/files/{waybill}/pack").status_code == 409  # it has not left


def test_the_officers_pages_open(shared):
    number = shared.request[CLEAN]
    theirs = (f"/requests/{number}", f"/requests/{number}/told", f"/duties?request={number}")
    for path in (*theirs, "/holds", "/protection", "/protection/new"):
        page = shared.enter("daniel").get(path)
        assert (page.status_code, page.text.count("<h1>")) == (200, 1), path
        assert not ONE_OF_MANY.findall(page.text)


def test_the_safeguarding_leads_pages_open(shared):
    for path in ("/protection", "/protection/new", "/protection/decide"):
        page = shared.enter("ruth").get(path)
        assert (page.status_code, page.text.count("<h1>")) == (200, 1), path
        assert not ONE_OF_MANY.findall(page.text)


def test_a_pupil_stands_in_no_address_and_a_look_up_is_recorded(shared):
    ledger, browser = shared.demo.installation.ledger, shared.enter("daniel")
    upn = "A823900204001"
    answer = browser.post("/disclosures", upn=f" {upn.lower()} ")
    place = answer.headers["location"]
    assert upn not in place
    before = len(ledger.events("looked up"))
    browser.get(place)
    assert len(ledger.events("looked up")) == before + 1
    assert shared.enter("daniel").get(place).status_code == 404  # another sign-in's address
    assert browser.get(place[:-2] + "AA").status_code == 404
    assert "Enter the pupil" in browser.post("/disclosures", upn="../x").text


def test_the_record_is_verified_and_says_so(shared):
    browser = shared.enter("tom")
    assert browser.post("/record").headers["location"] == "/record"
    shared.desk.verifications.finish()
    page = browser.get("/record").text
    assert "Intact:" in page
    assert "Verified for tom" in page
    assert "Intact:" in shared.enter("amina").get("/record").text


def test_what_is_overdue_is_looked_for_when_somebody_asks_and_shown_a_page_at_a_time(shared):
    browser = shared.enter("daniel")
    shared.desk.scans.latest = None
    assert "Nobody has looked" in browser.get("/records/retention").text
    assert browser.post("/records/retention").headers["location"] == "/records/retention"
    found = shared.desk.scans.latest
    assert "Looked for daniel" in shared.enter("tom").get("/records/retention").text
    late = tuple(Overdue("rule", str(number), f"due since {number}.") for number in range(120))
    shared.desk.scans.latest = replace(found, scan=replace(found.scan, overdue=late))
    first, last = (browser.get(f"/records/retention{more}").text for more in ("", "?from=100"))
    assert [("due since 49." in page, "due since 50." in page, "due since 119." in page) for page in (first, last)] == [
        (True, False, False), (False, False, True),
    ]  # fmt: skip
    assert ("The next 50" in first, "The next 50" in last) == (True, False)
    shared.desk.scans.latest = found


def test_the_calendar_names_no_key(shared):
    page = shared.enter("priya").get("/calendar").text
    assert "Feeds, 1 October 2026" in page
    assert "Census, by night, Autumn 2026" in page
    assert not re.search(r"\b(?:feeds|census|nightly)-20\d\d|\b20\d\d-(?:\d\d|w\d\d|[a-z])", page)


def test_a_calendar_with_a_fault_changes_nothing_and_a_good_one_is_recorded(shared):
    browser, file = shared.enter("priya"), shared.demo.settings.trust / "calendar.csv"
    before, ledger = file.read_text(), shared.demo.installation.ledger
    wrong = browser.post("/calendar/edit", text=before.replace("2026-12-18", "18 December"))
    assert wrong.status_code == 422
    assert "write a date as YYYY-MM-DD" in wrong.text
    assert file.read_text() == before
    done = browser.post("/calendar/edit", text=before.replace("2026-12-18", "2026-12-17").replace("\n", "\r\n"))
    assert done.headers["location"] == "/calendar?said=saved"
    assert file.read_text() == before.replace("2026-12-18", "2026-12-17")
    assert ledger.events("calendar changed")[-1].body["by"] == "priya"
    assert browser.post("/calendar/edit", text=before).status_code == 303


def test_what_would_newly_leave_is_shown(shared):
    browser = shared.enter("daniel")
    text = (shared.demo.settings.trust / "agreements" / "nhs_dental.yaml").read_text()
    assert "They say the same" in browser.post("/agreements/nhs_dental/text", text=text).text
    broken = browser.post("/agreements/nhs_dental/text", text="title: <script>x</script>\n")
    assert broken.status_code == 422
    assert "There is a problem" in broken.text
    assert "<script>x" not in broken.text


def test_names_with_markup_are_words(shared):
    page = shared.enter("priya").get("/agreements/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert page.status_code == 404
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"])
def test_only_assets_are_served(shared, path):
    assert shared.enter("priya").get(path).status_code in {303, 404}


def test_titles_name_nobody(shared):
    browser = shared.enter("priya")
    titles = {re.search(r"<title>(.*?)</title>", browser.get(path).text)[1] for path in PAGES}
    people = {person.name for person in current(shared.demo.installation.ledger).people}
    assert not [title for title in titles if any(name in title for name in people) or re.search(r"\d{6}", title)]


@pytest.mark.parametrize(("days", "said"), [(1, "1 day"), (400, "400 days"), (9516, "about 26 years (9,516 days)")])
def test_long_times_are_said_in_years(days, said):
    assert words.lasting(days) == said
