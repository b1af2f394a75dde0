"""The protection register at the desk: entered, seen on the record, taken out, confirmed each term, decided on."""

import pytest

from exports.protection import Flag
from pipelines.actions import protecting
from pipelines.actions.context import Context
from tests.console.at_the_desk import without_servers
from tests.pipelines.front_door import EVENING, at
from tests.pipelines.rights_desk import ME, SCHOOL, UPN, made_office, opened_office

RECORD = {"school": SCHOOL, "pupil": ME[0], "upn": UPN.lower(), "kind": "safe_address", "review": "2027-10-01"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    head = {"id": "there", "name": "Head elsewhere", "roles": ["head"], "schools": ["900005"]}
    return made_office(tmp_path_factory.mktemp("made") / "home", head)


@pytest.fixture
def desk(made, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    office = opened_office(made, tmp_path)
    office.told("la_new_pupils", {ME: {"address.postcode": "ZZ99 1AA", "joiner.surname": "Quillfeather"}})
    here = office.installation()
    return without_servers(here, EVENING)


def held(desk):
    return protecting.protected(Context(desk.demo.installation, "ruth"))


def test_a_record_is_entered_with_what_follows_and_taken_out_as_it_was_put_in(desk):
    ruth, ledger = desk.enter("ruth"), desk.demo.installation.ledger
    done = ruth.post("/protection/new", **RECORD)
    assert "Where the pupil lives must not become known" in done.text
    (record,) = held(desk)
    assert (record.urn, record.pupil_id, record.upn, record.flag) == (SCHOOL, ME[0], UPN, Flag.SAFE_ADDRESS)
    assert "Nothing was changed" in ruth.post("/protection/new", **RECORD).text
    before = len(ledger.events("protection register listed"))
    assert UPN in ruth.get("/protection").text
    assert len(ledger.events("protection register listed")) == before + 1
    assert UPN.encode() not in desk.demo.installation.settings.ledger.read_bytes()
    taken = ruth.post("/protection/remove", **RECORD)
    assert taken.headers["location"] == "/protection?said=recorded"
    assert held(desk) == ()


def test_an_objection_says_what_each_agreement_does_from_now_on(desk):
    done = desk.enter("daniel").post("/protection/new", **RECORD | {"kind": "objection", "about": ""})
    assert "What each agreement does from now on" in done.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"pupil": "", "upn": ""}, "pupil"), ({"kind": "x"}, "kind"), ({"review": "soon"}, "review"),
     ({"review": ""}, "review"), ({"kind": "objection", "about": "tea"}, "about"),
     ({"kind": "consent", "about": "tea"}, "about")],
    ids=["nobody", "no kind", "no such day", "no day to look again", "an unknown purpose",
         "a consent of no agreement"],
)  # fmt: skip
def test_a_record_with_a_fault_comes_back_and_is_not_entered(desk, changes, field):
    page = desk.enter("ruth").post("/protection/new", **RECORD | changes)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert held(desk) == ()


def test_a_head_sees_and_changes_their_own_school_alone(desk):
    desk.enter("ruth").post("/protection/new", **RECORD)
    there = desk.enter("there")
    assert UPN not in there.get("/protection").text
    assert there.post("/protection/new", **RECORD).status_code == 403
    assert there.post("/protection/remove", **RECORD).status_code == 403
    assert len(held(desk)) == 1


def test_the_lead_confirms_the_register_for_the_term(desk):
    ledger = desk.demo.installation.ledger
    assert "gone through it" not in desk.enter("daniel").get("/protection").text
    assert desk.enter("daniel").post("/protection/confirm").status_code == 403
    assert desk.enter("ruth").post("/protection/confirm").headers["location"] == "/protection?said=register"
    assert [event.body["by"] for event in ledger.events("protection confirmed")] == ["ruth"]


def test_a_decision_where_no_file_is_held_is_told_beside_the_field(desk):
    ruth = desk.enter("ruth")
    given = {"agreement": "supplier_texts", "school": SCHOOL, "pupil": ME[0], "ruling": "withhold", "why": "agreed"}
    page = ruth.post("/protection/decide", **given)
    assert page.status_code == 422
    assert '<a href="#pupil">' in page.text
    assert '<a href="#why">' in ruth.post("/protection/decide", **given | {"why": ""}).text
