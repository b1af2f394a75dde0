"""Requests of police and courts at the desk: read, prepared, opened, refused; when access reports tell of them."""

import io
import shutil
import zipfile

import pytest

from exports.withholding import ENDED
from pipelines.actions.legal import OPENED, PREPARED, REFUSED
from tests.console.at_the_desk import without_servers
from tests.pipelines.legal_desk import COURT, NOON, POLICE, UPN, legal_desk, someone

PATH = f"/cases/{POLICE}"
ELSEWHERE = {"id": "there", "name": "Head elsewhere", "roles": ["head"], "schools": ["900005"]}
AT_ONE = {"id": "beside", "name": "Head of one school", "roles": ["head"], "schools": ["900002"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("cases") / "home"
    with legal_desk(home, ELSEWHERE, AT_ONE) as legal:
        yield legal, shutil.copytree(home, home.parent / "as-made")


@pytest.fixture
def legal(made):
    found, as_made = made
    shutil.rmtree(found.home)
    shutil.copytree(as_made, found.home)
    for urn in ("900002", "900004"):
        found.holds(urn, someone("1"), someone("2"))
    return found


@pytest.fixture
def desk(legal):
    here = legal.installation()
    return without_servers(here, NOON)


def events(desk, kind):
    return desk.demo.installation.ledger.events(kind)


def test_a_case_says_what_would_leave_and_who_decided(desk):
    page = desk.enter("daniel").get(PATH).text
    for words in ("Invented Vale Constabulary", "Robin Sample", "12 October 2026", "1 pupil", "attendance_mark.code",
                  "suspension.reason1</span>. The reason of a suspension has no bearing", "Morwenna Ashby",
                  "Nothing is prepared"):  # fmt: skip
        assert words in page, words
    assert PATH in desk.enter("helen").get("/cases").text
    assert 'href="/cases"' in desk.enter("helen").get("/requests").text
    assert 'href="/cases"' not in desk.enter("priya").get("/requests").text


def test_a_head_reads_the_cases_of_their_schools_and_refuses_none_of_others_besides(desk):
    there, beside = desk.enter("there"), desk.enter("beside")
    assert "None." in there.get("/cases").text
    assert there.get(PATH).status_code == beside.get(PATH).status_code == 403
    page = beside.get(f"/cases/{COURT}").text
    assert "Refuse the request" not in page
    assert beside.post(f"/cases/{COURT}/refuse", why="too much").status_code == 403
    assert "Refuse the request" in desk.enter("helen").get(f"/cases/{COURT}").text
    assert events(desk, REFUSED) == []


def test_an_answer_is_prepared_opened_by_who_signs_it_and_named_in_no_address(desk):
    daniel = desk.enter("daniel")
    done = daniel.post(f"{PATH}/prepare", pupils900004="1")
    assert "1 pupil, " in done.text
    assert "It waits for signatures" in done.text
    assert len(events(desk, PREPARED)) == 1
    (release,) = desk.demo.installation.ledger.releases(agreement=POLICE)
    page = daniel.get(PATH).text
    assert f"/files/{release.waybill}/sign" in page
    assert "left out of access reports" in page
    assert "Whereabouts and contacts of one pupil" in daniel.get(f"/files/{release.waybill}/sign").text
    assert f'<a href="{PATH}">' in daniel.get(f"/files/{release.waybill}").text
    assert desk.enter("priya").post(f"/files/{release.waybill}/bundle").status_code == 404
    assert events(desk, OPENED) == []
    sealed = daniel.post(f"/files/{release.waybill}/bundle")
    assert f'filename="{POLICE}.zip"' in sealed.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(sealed.content)) as package:
        assert "Old Road" in "".join(package.read(name).decode("utf-8-sig") for name in package.namelist())
    assert [event.body["by"] for event in events(desk, OPENED)] == ["daniel"]
    assert UPN.encode() not in desk.demo.installation.settings.desk.read_bytes()


@pytest.mark.parametrize("person", ["daniel", "helen", "amina", "priya", "ruth", "tom"])
def test_that_there_is_a_file_for_the_police_shows_to_those_who_decide_and_audit_it(desk, person):
    desk.enter("daniel").post(f"{PATH}/prepare", pupils900004="1")
    (release,) = desk.demo.installation.ledger.releases(agreement=POLICE)
    visitor = desk.enter(person)
    pages = ("/deliveries", "/deliveries?school=900004", f"/deliveries?agreement={POLICE}")
    shown = {release.waybill in visitor.get(page).text for page in pages}
    answers = {visitor.get(f"/{place}/{release.waybill}").status_code for place in ("deliveries", "files")}
    told = person in {"daniel", "helen", "amina"}
    assert (shown, answers) == ({told}, {200 if told else 404})


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "Enter the pupils"), ("1 2", "2 named"), ("77", "not in the MIS")],
    ids=["nobody", "one too many", "a stranger"],
)
def test_an_answer_about_other_pupils_than_the_case_says_is_not_prepared(desk, typed, words):
    page = desk.enter("daniel").post(f"{PATH}/prepare", pupils900004=typed)
    assert page.status_code == 422
    assert '<a href="#pupils900004">' in page.text
    assert words in page.text
    assert events(desk, PREPARED) == []


def test_a_refused_request_is_called_off_and_its_reason_is_sealed(desk):
    daniel = desk.enter("daniel")
    daniel.post(f"{PATH}/prepare", pupils900004="1")
    assert daniel.post(f"{PATH}/refuse", why=" ").status_code == 422
    assert desk.enter("priya").post(f"{PATH}/refuse", why="too much").status_code == 403
    assert daniel.post(f"{PATH}/refuse", why="It asks for a whole street").headers["location"] == f"{PATH}?said=refused"
    (event,) = events(desk, REFUSED)
    assert desk.demo.installation.vault.open(str(event.body["artefact"])).decode() == "It asks for a whole street"
    page = daniel.get(PATH).text
    assert "Nothing is prepared" in page
    assert "Refuse the request" not in page
    assert daniel.post(f"{PATH}/prepare", pupils900004="1").status_code == 409


def test_only_the_officer_ends_the_withholding_and_knows_that_it_is_for_good(desk):
    daniel = desk.enter("daniel")
    daniel.post(f"{PATH}/prepare", pupils900004="1")
    assert desk.enter("helen").post(f"{PATH}/tell", sure="yes").status_code == 403
    assert daniel.post(f"{PATH}/tell").status_code == 422
    assert daniel.post(f"{PATH}/tell", sure="yes").status_code == 303
    assert len(events(desk, ENDED)) == 1
    assert "left out of access reports" not in daniel.get("/cases").text


def test_a_case_with_faults_is_listed_with_them_and_can_be_refused_by_the_whole_trust(legal, desk):
    legal.rewrite(POLICE, "authorised_by: Inspector Alex Example", "")
    helen = desk.enter("helen")
    assert "does not hold together" in helen.get("/cases").text
    assert "authorised" in helen.get(PATH).text
    assert helen.post(f"{PATH}/prepare", pupils900004="1").status_code == 409
    assert desk.enter("beside").get(PATH).status_code == 403
    assert helen.post(f"{PATH}/refuse", why="nobody authorised it").status_code == 303
    assert helen.get("/cases/case_2026_99").status_code == 404
