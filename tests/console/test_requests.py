"""Requests of families at the desk: entered, checked, answered; who must be told; erasure, holds and complaints."""

import json
import re

import pytest

from exports.holders import Known
from pipelines.actions import complaining, erasing, recipients, rights
from pipelines.actions.context import Context
from tests.console.at_the_desk import without_servers
from tests.pipelines.front_door import EVENING, at
from tests.pipelines.rights_desk import ME, SCHOOL, UPN, made_office, opened_office

ASKED = {
    "right": "access", "school": SCHOOL, "upn": UPN, "requester": "Parent Quillfeather", "relation": "aunt",
    "contact": "12 Canary Wharf Mews", "words": "everything\r\nyou have", "received": "2026-10-01",
}  # fmt: skip
CHECKED = {"identity": "passport seen", "authority": "certificate seen", "capacity": "not_able", "views": "aged six",
           "orders": "none"}  # fmt: skip
COMPLAINT = {"school": SCHOOL, "complainant": "Parent Quillfeather", "contact": "12 Canary Wharf Mews",
             "words": "It took too long", "received": "2026-10-01"}  # fmt: skip
CANARIES = (b"Quillfeather", b"Canary Wharf", b"passport seen", b"aged six", b"took too long")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    head = {"id": "there", "name": "Head elsewhere", "roles": ["head"], "schools": ["900005"]}
    return made_office(tmp_path_factory.mktemp("made") / "home", head)


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    return opened_office(made, tmp_path)


@pytest.fixture
def desk(office):
    office.told("la_new_pupils", {ME: {"joiner.surname": "Quillfeather"}})
    here = office.installation()
    return without_servers(here, EVENING)


def acting(desk, person="daniel"):
    return Context(desk.demo.installation, person)


def entered(desk, **changes):
    """A request that a data manager has entered; its address."""
    return desk.enter("priya").post("/requests/new", **ASKED | changes).headers["location"].partition("?")[0]


def checked(desk, path, **changes):
    assert desk.enter("priya").post(f"{path}/checks", **CHECKED | changes).status_code == 303
    return path


def test_a_request_is_entered_checked_and_answered(desk):
    path, daniel = entered(desk), desk.enter("daniel")
    page = daniel.get(path).text
    assert "everything\nyou have" in page
    assert "1 November 2026" in page
    assert "nothing may be answered" in page
    assert "Answered" not in page
    assert daniel.post(f"{path}/report", form="html").status_code == 409
    checked(desk, path)
    assert "certificate seen" in daniel.get(path).text
    made = daniel.post(f"{path}/report", form="json")
    assert "attachment" in made.headers["content-disposition"]
    assert any("authority" in one["kind"] for one in made.json()["tellings"])
    assert daniel.post(f"{path}/report", form="pdf").content.startswith(b"%PDF")
    done = daniel.post(f"{path}/steps", step="answered", why="", on="2026-10-01")
    assert done.headers["location"] == f"{path}?said=recorded"
    assert "None is open" in daniel.get("/requests").text
    assert path in daniel.get("/requests?all=yes").text
    assert "Record a step" not in daniel.get(path).text


def test_the_record_and_the_desks_own_database_have_no_word_of_it(desk):
    path = checked(desk, entered(desk))
    desk.enter("priya").post("/complaints/new", **COMPLAINT)
    desk.enter("daniel").get(path)
    settings = desk.demo.installation.settings
    kept = [settings.ledger, settings.desk]
    assert [(file.name, word) for file in kept for word in CANARIES if word in file.read_bytes()] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"right": "everything"}, "right"), ({"upn": ""}, "upn"), ({"requester": " "}, "requester"),
     ({"received": "2026-10-02"}, "received"), ({"words": ""}, "words")],
    ids=["no right", "no pupil", "nobody asks", "tomorrow", "nothing asked"],
)  # fmt: skip
def test_a_request_with_a_fault_comes_back_with_what_was_typed(desk, changes, field):
    page = desk.enter("priya").post("/requests/new", **ASKED | changes)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert f'id="{field}"' in page.text
    assert "12 Canary Wharf Mews" in page.text
    assert rights.standings(acting(desk)) == ()


def test_only_the_officer_ends_or_answers_a_request(desk):
    path = checked(desk, entered(desk))
    priya = desk.enter("priya")
    assert "Answered" not in priya.get(path).text
    assert "Answered" in desk.enter("daniel").get(path).text
    assert priya.post(f"{path}/steps", step="answered", why="x", on="2026-10-01").status_code == 403
    assert priya.get(f"{path}/told").status_code == 403


def test_a_step_out_of_order_or_without_its_reason_is_told_beside_the_field(desk):
    path, daniel = checked(desk, entered(desk)), desk.enter("daniel")
    for step, words in (
        ("refused", "needs its reason"),
        ("identity proved", "nothing to follow"),
        ("x", "Choose what"),
    ):
        page = daniel.post(f"{path}/steps", step=step, why="", on="2026-10-01")
        assert (page.status_code, words in page.text, "--why" in page.text) == (422, True, False), step


def test_a_head_of_another_school_finds_nothing(desk):
    path, there = entered(desk), desk.enter("there")
    assert there.get(path).status_code == 403
    assert path not in there.get("/requests").text
    assert there.post("/requests/new", **ASKED).status_code == 403
    assert desk.enter("helen").get(path).status_code == 200


def test_looking_at_who_was_told_is_recorded_and_what_is_left_out_is_not_in_the_report(desk):
    path, daniel, ledger = checked(desk, entered(desk)), desk.enter("daniel"), desk.demo.installation.ledger
    before = len(ledger.events("looked up"))
    (named,) = re.findall(r'<option value="([0-9a-f]{64})">', daniel.get(f"{path}/told").text)
    assert len(ledger.events("looked up")) == before + 1
    assert daniel.post(f"{path}/exempt", named=named, why="").status_code == 422
    assert daniel.post(f"{path}/exempt", named=named, why="crime prevention").status_code == 303
    assert "left out" in daniel.get(f"{path}/told").text
    told = daniel.post(f"{path}/report", form="json").json()["tellings"]
    assert not [one for one in told if one["known"].startswith("proved")]


def test_a_protected_pupils_report_waits_until_the_officer_has_considered_it(desk):
    path, daniel = checked(desk, entered(desk), orders="no contact with father"), desk.enter("daniel")
    held = daniel.post(f"{path}/report", form="json")
    assert held.status_code == 409
    assert '<a href="#considered">' in held.text
    assert "--protection" not in held.text
    assert daniel.post(f"{path}/report", form="json", considered="yes").status_code == 200


def test_whoever_had_a_value_must_be_told_until_it_has_confirmed(desk):
    path, daniel = checked(desk, entered(desk, right="rectification")), desk.enter("daniel")
    assert daniel.post(f"{path}/recipients", value="Quillfeather").status_code == 422
    found = daniel.post(f"{path}/recipients", field="surname", value="Quillfeather")
    assert "3 recipients entered" in found.text
    assert "0 recipients entered" in daniel.post(f"{path}/recipients", field="surname", value="Quillfeather").text
    (duty,) = [one for one in recipients.standing(acting(desk)) if one.duty.known is Known.FILE]
    place = f"/duties/{duty.duty.number}"
    assert place in daniel.get(f"/duties?request={path.rpartition('/')[2]}").text
    assert "1 overdue" not in daniel.get("/duties").text
    letter = daniel.post(f"{place}/letter", called="the child born on 1 May")
    assert "the child born on 1 May" in letter.text
    assert "attachment" in letter.headers["content-disposition"]
    assert daniel.post(place, to="confirmed", how="by telephone", on="2026-10-01").status_code == 409  # not told yet
    assert daniel.post(place, to="notified", how="", on="2026-10-01").status_code == 422
    for to in ("notified", "confirmed"):
        assert desk.enter("priya").post(place, to=to, how="by post", on="2026-10-01").status_code == 303
    assert place not in daniel.get("/duties").text
    assert place in daniel.get("/duties?all=yes").text


def test_nobody_but_the_officer_waives_or_writes(desk):
    path = checked(desk, entered(desk, right="rectification"))
    desk.enter("daniel").post(f"{path}/recipients")
    duty = recipients.standing(acting(desk))[0].duty
    priya, place = desk.enter("priya"), f"/duties/{duty.number}"
    assert "out of proportion" not in priya.get(place).text
    assert "out of proportion" in desk.enter("daniel").get(place).text
    assert priya.post(place, to="waived", how="too many", on="2026-10-01").status_code == 403
    assert priya.post(f"{place}/letter", called="x").status_code == 403


def test_a_key_is_destroyed_when_all_is_decided_and_confirmed(desk):
    path, daniel = checked(desk, entered(desk, right="erasure")), desk.enter("daniel")
    assert "3 sharings, 3 without a decision" in daniel.get(f"{path}/told").text
    assert daniel.post(f"{path}/erase", sure="yes").status_code == 409
    for decision in erasing.to_decide(acting(desk), int(path.rpartition("/")[2])):
        named = decision.told.named
        assert daniel.post(f"{path}/decisions", named=named, ruling="refuse", why="law", ground="").status_code == 422
        asked = {"named": named, "ruling": "erase", "why": "no need"}
        assert daniel.post(f"{path}/decisions", **asked).status_code == 303
    for told in recipients.standing(acting(desk)):
        for to in ("notified", "confirmed"):
            daniel.post(f"/duties/{told.duty.number}", to=to, how="by post", on="2026-10-01")
    assert daniel.post(f"{path}/erase").status_code == 422
    assert daniel.post(f"{path}/erase", sure="yes").headers["location"] == f"{path}?said=erased"
    assert acting(desk).installation.pupils.by_upn(UPN) == ()


def test_a_hold_stands_until_it_is_lifted(desk):
    daniel = desk.enter("daniel")
    given = {"school": SCHOOL, "upn": UPN, "why": "a claim", "review": "2027-10-01"}
    for changes, field in (({"why": ""}, "why"), ({"review": "2026-10-01"}, "review"), ({"upn": ""}, "school")):
        page = daniel.post("/holds", **given | changes)
        assert (page.status_code, f'<a href="#{field}">' in page.text) == (422, True)
    assert daniel.post("/holds", **given).status_code == 303
    (hold,) = erasing.standing_holds(acting(desk))
    assert "1 hold stands" in daniel.get("/holds").text
    assert daniel.post("/holds/lift", hold=str(hold.number), lifted="").status_code == 422
    assert daniel.post("/holds/lift", hold=str(hold.number), lifted="settled").status_code == 303
    assert erasing.standing_holds(acting(desk)) == ()
    assert desk.enter("priya").get("/holds").status_code == 403


def test_a_complaint_is_acknowledged_then_answered_by_head_or_officer(desk):
    priya = desk.enter("priya")
    assert priya.post("/complaints/new", **COMPLAINT | {"words": ""}).status_code == 422
    place = priya.post("/complaints/new", **COMPLAINT).headers["location"].partition("?")[0]
    assert "31 October 2026" in priya.get(place).text
    given = {"what": "a letter", "on": "2026-10-01"}
    assert priya.post(place, step="acknowledged", what="", on="2026-10-01").status_code == 422
    assert desk.enter("helen").post(place, step="outcome given", **given).status_code == 422  # not acknowledged
    assert priya.post(place, step="acknowledged", **given).status_code == 303
    assert priya.post(place, step="outcome given", **given).status_code == 403
    assert desk.enter("helen").post(place, step="outcome given", **given).status_code == 303
    assert complaining.standing(acting(desk)) == ()
    assert "answered" in priya.get("/complaints?all=yes").text
    assert json.dumps(place) not in priya.get("/complaints").text
