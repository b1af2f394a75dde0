"""What a person follows up at the desk: disclosures by hand, transfer files, deletions, the steps of a recall."""

import datetime as dt
import shutil

import pytest
from pyrage.x25519 import Identity

from exports import by_hand, handovers
from exports.chasing import COLLECTED
from exports.deletions import KIND as CONFIRMED
from ledger.states import State
from pipelines.actions import following
from pipelines.actions.context import Context
from tests.console.at_the_desk import without_servers
from tests.exports.trust_folder import FOLDER
from tests.pipelines.front_door import EVENING, at
from tests.pipelines.hand_desk import by_hand_text
from tests.pipelines.rights_desk import ME, OTHER, SCHOOL, UPN, made_office, opened_office

BY_MAIL = "supplier_texts"
LEAVERS, TRANSFER = "supplier_texts_leavers", "ctf_next_school"
BY_HAND = {
    "school": SCHOOL, "upn": UPN, "recipient": "Invented Vale Constabulary", "to": "the constable on duty",
    "kind": "legal", "method": "telephone", "on": "2026-09-30", "fields": "pupil.surname\r\naddress.postcode",
    "basis": "6(1)(e)", "clause": "7.5", "gateway": "dpa-2018-sch2-2", "note": "case reference INV-1",
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    head = {"id": "there", "name": "Head elsewhere", "roles": ["head", "data_manager"], "schools": ["900005"]}
    home = made_office(tmp_path_factory.mktemp("made") / "home", head)
    for name in (LEAVERS, TRANSFER):
        shutil.copy(FOLDER / "agreements" / f"{name}.yaml", home / "trust" / "agreements")
    (home / "trust" / "agreements" / f"{BY_MAIL}.yaml").write_text(by_hand_text(Identity.generate()), encoding="utf-8")
    return home


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    return opened_office(made, tmp_path)


@pytest.fixture
def desk(office):
    here = office.installation()
    return without_servers(here, EVENING)


def events(desk, kind):
    return desk.demo.installation.ledger.events(kind)


def test_a_disclosure_by_hand_is_entered_and_sealed(desk):
    priya = desk.enter("priya")
    assert "/disclosures/new" in priya.get("/disclosures").text
    assert "/disclosures/new" not in desk.enter("amina").get("/disclosures").text
    done = priya.post("/disclosures/new", **BY_HAND)
    (event,) = events(desk, by_hand.KIND)
    assert f"event {event.seq} of the ledger, about 1 pupil" in done.text
    assert "Tell the data protection officer" not in done.text
    assert (event.body["by"], event.body["fields"]) == ("priya", ["pupil.surname", "address.postcode"])
    settings = desk.demo.installation.settings
    for word in (UPN, "Constabulary", "constable", "INV-1"):
        assert word.encode() not in settings.ledger.read_bytes() + settings.desk.read_bytes(), word


def test_what_an_agreement_would_not_allow_is_entered_and_said(desk):
    done = desk.enter("priya").post("/disclosures/new", **BY_HAND | {"fields": "pupil.upn"})
    assert "Tell the data protection officer" in done.text
    assert "pupil.upn" in done.text
    assert len(events(desk, by_hand.KIND)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"upn": ""}, "upn"), ({"upn": f"A{UPN[1:]}"}, "upn"), ({"upn": "", "pupil": "mis-99"}, "pupil"),
     ({"recipient": " "}, "recipient"), ({"on": "2026-10-02"}, "on"), ({"fields": "pupil.shoe_size"}, "fields"),
     ({"gateway": ""}, "gateway"), ({"withheld": "paragraph 2"}, "withheld")],
    ids=["nobody", "a wrong letter", "a stranger", "to nobody", "tomorrow", "no such field", "no law", "for ever"],
)  # fmt: skip
def test_a_disclosure_by_hand_with_a_fault_comes_back_with_what_was_typed(desk, changes, field):
    page = desk.enter("priya").post("/disclosures/new", **BY_HAND | changes)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert f'id="{field}-fault"' in page.text
    assert "case reference INV-1" in page.text
    assert events(desk, by_hand.KIND) == []


def test_nobody_enters_a_disclosure_of_another_school(desk):
    assert desk.enter("there").post("/disclosures/new", **BY_HAND).status_code == 403
    assert events(desk, by_hand.KIND) == []


def test_a_transfer_file_waits_until_somebody_says_that_it_was_collected(office, desk):
    told = {ME: {"transfer_pupil.surname": "Quillfeather"}}
    waybill = office.told(TRANSFER, told, state=State.HANDED_OVER, to="next_school-8234001")
    priya = desk.enter("priya")
    assert "/transfers" in priya.get("/deliveries").text
    page = priya.get("/transfers").text
    assert "1 file, the oldest first" in page
    assert '<td data-label="To school">8234001</td>' in page
    assert waybill not in desk.enter("there").get("/transfers").text
    assert desk.enter("there").post(f"/deliveries/{waybill}/collected").status_code == 403
    assert priya.post(f"/deliveries/{waybill}/collected").headers["location"] == "/transfers?said=recorded"
    assert [event.body["by"] for event in events(desk, COLLECTED)] == ["priya"]
    assert waybill not in priya.get("/transfers").text


def test_a_transfer_file_to_no_known_school_says_so(office, desk):
    office.told(TRANSFER, {ME: {"transfer_pupil.surname": "Q"}}, state=State.HANDED_OVER, to="next_school-XXXXXXX")
    assert '<td data-label="To school">not known</td>' in desk.enter("priya").get("/transfers").text


def test_a_file_sent_on_by_a_person_is_recorded_with_day_channel_and_reference(office, desk):
    told = {ME: {"pupil.surname": "Quillfeather"}}
    waybill = office.told(BY_MAIL, told, at=EVENING - dt.timedelta(days=2), state=State.HANDED_OVER)
    here, path, priya = desk.demo.installation, f"/deliveries/{waybill}", desk.enter("priya")
    assert "It goes by encrypted mail, to lists@texts.example.org" in priya.get(path).text
    assert priya.post(f"{path}/sent", on="2026-09-30").status_code == 409  # nothing lies in the outbox
    (agreement,) = [one.agreement for one in here.trust.agreements if one.id == BY_MAIL]
    outbox = here.settings.handed_over / agreement.delivery.directory.strip("/")
    outbox.mkdir(parents=True)
    (outbox / f"{BY_MAIL}_2026-10-01.csv").write_bytes(b'[{"pupil.surname": "Quillfeather"}]')
    for changes, field in (({"on": "2026-10-02"}, "on"), ({"reference": "Ann Example"}, "reference")):
        wrong = priya.post(f"{path}/sent", **{"on": "2026-09-30", "reference": "M-17"} | changes)
        assert (wrong.status_code, f'<a href="#{field}">' in wrong.text) == (422, True), field
    assert events(desk, handovers.SENT_ON) == []
    assert priya.post(f"{path}/sent", on="2026-09-30", reference="M-17").status_code == 303
    (event,) = events(desk, handovers.SENT_ON)
    assert (event.body["channel"], event.body["reference"], event.body["on"], event.body["by"]) == (
        "secure_mail", "M-17", "2026-09-30", "priya"
    )  # fmt: skip
    assert priya.post(f"{path}/confirmed", on="2026-10-01", reference="R/9").status_code == 303
    assert [one.body["reference"] for one in events(desk, handovers.CONFIRMED)] == ["R/9"]


def test_a_supplier_is_asked_to_delete_until_its_confirmation_is_recorded(office, desk):
    waybill = office.told(LEAVERS, {ME: {"former.pupil_id": "mis-1"}}, at=EVENING - dt.timedelta(days=29))
    priya, helen = desk.enter("priya"), desk.enter("helen")
    assert "/deletions" in priya.get("/deliveries").text
    assert "/deletions" not in helen.get("/deliveries").text
    assert "1 request, 1 overdue" in priya.get("/deletions").text
    assert "0 requests" in desk.enter("there").get("/deletions").text
    assert helen.post(f"/deletions/{waybill}", reference="D-7").status_code == 403
    page = priya.post(f"/deletions/{waybill}", reference="from Anna Parent")
    assert page.status_code == 422
    assert f'<a href="#reference-{waybill[:12]}">' in page.text
    assert events(desk, CONFIRMED) == []
    assert priya.post(f"/deletions/{waybill}", reference="D-7").headers["location"] == "/deletions?said=recorded"
    assert [event.body["reference"] for event in events(desk, CONFIRMED)] == ["D-7"]
    assert "None waits" in priya.get("/deletions").text
    assert "D-7, recorded by priya" in priya.get("/deletions?all=yes").text


def test_a_recall_is_followed_until_the_recipient_has_confirmed(office, desk):
    waybill = office.told("la_new_pupils", {ME: {"joiner.surname": "Quillfeather"}})
    path, priya = f"/deliveries/{waybill}", desk.enter("priya")
    assert priya.post(f"{path}/recall/steps", stage="notified", on="2026-10-01").status_code == 409  # not recalled
    priya.post(f"{path}/recall", why="the wrong authority")
    page = priya.get(path).text
    assert "the wrong authority" in page
    assert "We have asked them" in page
    assert "They have confirmed" not in page
    step = {"stage": "notified", "reference": "R/1", "on": "2026-10-01"}
    for changes, field in (
        ({"stage": "x"}, "stage"),
        ({"on": "2026-10-02"}, "on"),
        ({"reference": "Anna P"}, "reference"),
    ):
        wrong = priya.post(f"{path}/recall/steps", **step | changes)
        assert (wrong.status_code, f'<a href="#{field}">' in wrong.text) == (422, True), field
    assert desk.enter("there").post(f"{path}/recall/steps", **step).status_code == 403
    assert not following.recall_of(Context(desk.demo.installation, "priya"), waybill).steps
    for stage in ("notified", "confirmed"):
        assert priya.post(f"{path}/recall/steps", **step | {"stage": stage}).status_code == 303
    page = priya.get(path).text
    assert "confirmed that it is destroyed" in page
    assert "Record the step" not in page
    assert "the wrong authority" not in desk.enter("tom").get(path).text


@pytest.mark.parametrize(
    ("person", "path", "link", "words"),
    [("tom", "/calendar/diary", "/calendar", "BEGIN:VCALENDAR"),
     ("priya", "/records/notice/sheet", "/records", "Article 6"),
     ("daniel", "/agreements/supplier_texts/assessment", "/agreements/supplier_texts", "Invented School Messages Ltd")],
    ids=["the calendar for a diary", "what is asked of families", "an impact assessment"],
)  # fmt: skip
def test_a_paper_is_taken_from_the_page_it_belongs_to(desk, person, path, link, words):
    browser = desk.enter(person)
    assert f'href="{path}"' in browser.get(link).text
    taken = browser.get(path)
    assert "attachment" in taken.headers["content-disposition"]
    assert words in taken.text


def test_what_a_report_of_a_breach_needs_is_for_the_officer_and_recorded(office, desk):
    waybill = office.told("la_new_pupils", {ME: {"joiner.surname": "Quillfeather"}})
    path, daniel = f"/files/{waybill}/breach", desk.enter("daniel")
    assert path in daniel.get(f"/files/{waybill}").text
    assert path not in desk.enter("amina").get(f"/files/{waybill}").text
    before = len(events(desk, "looked up"))
    page = daniel.post(path, upns=f"{UPN}\r\n{OTHER}").text
    assert "1 of 2 are in the file" in page
    assert UPN in page
    assert OTHER not in page
    assert len(events(desk, "looked up")) == before + 1
    assert UPN.encode() not in desk.demo.installation.settings.ledger.read_bytes()
    assert "Pupils asked about" not in daniel.post(path).text
