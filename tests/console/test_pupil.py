"""One pupil at the desk: every file that told of them, a page at a time, and what recipients still owe."""

import re

import pytest

from console.pages import disclosures
from pipelines.actions import recipients
from pipelines.actions.context import Context
from pipelines.actions.recipients import Field
from tests.console.at_the_desk import without_servers
from tests.pipelines.front_door import EVENING, at
from tests.pipelines.rights_desk import ME, SCHOOL, UPN, made_office, opened_office
from tests.pipelines.test_recipients import DAY

ELSEWHERE = "900005"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    heads = [
        {"id": person, "name": f"Head {person}", "roles": ["head"], "schools": [school]}
        for person, school in (("here", SCHOOL), ("there", ELSEWHERE))
    ]
    return made_office(tmp_path_factory.mktemp("made") / "home", *heads)


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    return opened_office(made, tmp_path)


@pytest.fixture
def desk(office):
    here = office.installation()
    return without_servers(here, EVENING)


def pupil(browser):
    """Where the desk shows the pupil."""
    return browser.post("/disclosures", upn=UPN).headers["location"]


def shown(page):
    return re.findall(r'href="/files/([0-9a-f]{64})"', page.text)


def test_files_are_shown_a_page_at_a_time_the_latest_first(office, desk, monkeypatch):
    monkeypatch.setattr(disclosures, "AT_ONCE", 2)
    told = []
    for day in (9, 8, 7):
        said = {ME: {"roll.surname": f"Quill {day}"}}
        told.append(office.told("supplier_texts", said, period=f"2026-09-{day:02}", at=EVENING - day * DAY))
    browser = desk.enter("daniel")
    first = browser.get(pupil(browser))
    assert (shown(first), "1 to 2 of 3" in first.text) == ([told[2], told[1]], True)
    earlier = re.search(r'href="([^"]+)">Earlier files', first.text)[1]
    second = browser.get(earlier)
    assert (shown(second), "Earlier files" in second.text) == ([told[0]], False)
    assert "roll.surname" in second.text  # every field may be asked about, on whichever page
    assert browser.get(f"{pupil(browser)}?from=9" + "9" * 400).status_code == 200


def test_what_recipients_owe_is_shown_and_what_a_later_file_put_right(office, desk):
    office.told("supplier_texts", {ME: {"roll.surname": "Quillfeather"}}, period="2026-09-01", at=EVENING - 9 * DAY)
    number = office.asked("rectification")
    office.checked(number)
    ctx = Context(desk.demo.installation, "daniel")
    recipients.recall(ctx, number, Field("surname"))
    browser = desk.enter("daniel")
    before = browser.get(pupil(browser)).text
    assert "put the value right" in before
    assert "a later file has corrected it" not in before
    office.told("supplier_texts", {ME: {"roll.surname": "Penhaligon"}}, period="2026-09-02", at=EVENING - 7 * DAY)
    assert "a later file has corrected it" in browser.get(pupil(browser)).text


def test_whoever_reads_for_one_school_sees_what_left_about_it_alone(office, desk):
    mine = office.told("supplier_texts", {ME: {"roll.surname": "Quill"}}, period="2026-09-01", at=EVENING - 9 * DAY)
    theirs = office.told(
        "supplier_texts", {ME: {"roll.surname": "Quill"}}, period="2026-09-02", at=EVENING - 8 * DAY, school=ELSEWHERE
    )
    for person, seen, hidden in (("here", mine, theirs), ("there", theirs, mine), ("daniel", mine, None)):
        browser = desk.enter(person)
        searches = ("?agreement=supplier_texts", "?clause=2.1", f"?school={SCHOOL}", f"?school={ELSEWHERE}")
        pages = [browser.get(f"/disclosures{search}") for search in searches]
        pages += [browser.get(pupil(browser)), browser.post(f"{pupil(browser)}/who-had", field="roll.surname")]
        assert {page.status_code for page in pages} == {200}
        found = {name for page in pages for name in shown(page)}
        assert seen in found
        assert hidden not in found
        assert browser.get(f"/files/{seen}").status_code == 200
        if hidden:
            assert browser.get(f"/files/{hidden}").status_code == 403
            assert "You see what left about" in pages[0].text


def test_a_pupil_of_another_school_is_nobody_to_whoever_reads_for_one(office, desk):
    office.told("supplier_texts", {ME: {"roll.surname": "Quill"}}, period="2026-09-02", school=ELSEWHERE)
    for person, status in (("there", 200), ("here", 404)):
        browser = desk.enter(person)
        assert browser.get(pupil(browser)).status_code == status
        assert browser.post(f"{pupil(browser)}/who-had", field="roll.surname").status_code == status
    browser = desk.enter("here")
    assert browser.post(f"{pupil(browser)}/pack").status_code == 404
    looked = [event.body["by"] for event in desk.demo.installation.ledger.events("looked up")]
    assert looked.count("here") > 0  # asking is recorded, whatever was found
