"""The desk in Chromium: people with passkeys, a return from errors to the recipient, and no barrier on any page."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe

from exports import check_evidence
from simulator.deployment import CENSUS_DAY, Deployment, deployed
from simulator.sftp import Program
from simulator.world.faults import with_faults
from simulator.world.schools import TINY
from simulator.world.trust import make_trust
from tests.console.at_the_desk import AUTUMN, FAULTY, Moving, sign_with_passkeys
from tests.console.browsing import PHONE, Served, Visitor, served, told_upn
from tests.console.conftest import EVENING

pytestmark = pytest.mark.server
CENSUS, SLOW = "dfe_autumn_census", 240_000
AXE, VIOLATIONS = Axe(), {"resultTypes": ["violations"]}
RETURN = f"/schools/{FAULTY}/{AUTUMN}"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    world = with_faults(make_trust(scale=TINY), FAULTY, ("upn check letter", "surname missing"))
    asyncssh, clock = Program.ASYNCSSH, Moving(EVENING)
    home = tmp_path_factory.mktemp("browser") / "home"
    with deployed(home, trust=world, clock=clock, arbor_port=0, sftp_port=0, program=asyncssh) as running:
        yield running


@pytest.fixture(scope="module")
def desk(demo: Deployment) -> Iterator[Served]:
    with served(demo) as running:
        yield running


@pytest.fixture(scope="module")
def people(desk: Served, demo: Deployment) -> dict[str, Visitor]:
    """A data manager and a head who sign with their passkeys, and an auditor; the head comes on a telephone."""
    found = {"priya": desk.enrolled("priya"), "helen": desk.enrolled("helen", PHONE), "amina": desk.enrolled("amina")}
    sign_with_passkeys(desk.desk, demo, "priya", "helen")
    return found


@pytest.fixture(scope="module")
def barriers() -> dict[tuple[str, str], list[str]]:
    """What axe found on pages that are only there for a moment of the story."""
    return {}


@pytest.fixture(scope="module")
def delivered(demo: Deployment, people: dict[str, Visitor], barriers: dict[tuple[str, str], list[str]]) -> str:
    """A data manager takes a blocked school to ready, two people sign, the file is sent; returns its waybill."""
    priya, helen = people["priya"], people["helen"]
    priya.open(RETURN)
    priya.press("Prepare it now")
    barriers["priya", "run"] = _barriers(priya)
    priya.page.wait_for_url(f"**{RETURN}", timeout=SLOW)
    assert "1\nerror blocks" in priya.page.locator(".figures").inner_text()
    assert "What blocks is corrected in the MIS" in priya.page.inner_text("main")
    barriers["priya", "override, faulty"] = _override_faulty(priya)
    demo.arbor.trust = with_faults(make_trust(scale=TINY), FAULTY, ("surname missing",))  # the office corrects it
    demo.arbor.set_as_of(CENSUS_DAY)
    _run(priya, demo, "Run again now")
    assert "Nothing blocks" in priya.page.inner_text("main")
    assert "Errors that block went from 1 to 0" in priya.page.locator("figure.trend title").text_content()
    priya.page.get_by_text("It is right as it is: explain it").first.click()
    priya.page.get_by_label("Why it is right").first.fill("The name is being looked up with the registrar")
    priya.press("Keep the explanation")
    assert "Your explanation is kept" in priya.page.get_by_role("status").inner_text()
    _run(priya, demo, "Run again now")
    assert "Nothing holds this return" in priya.page.inner_text("main")
    (waybill,) = [
        one.waybill
        for one in demo.installation.ledger.releases(school=FAULTY, agreement=CENSUS)
        if one.state != "withdrawn"
    ]
    for person in (helen, priya):
        person.open(f"/files/{waybill}/sign")
        person.press("I have read this")
        barriers[person.id, "confirm with a passkey"] = _barriers(person)
        person.press("Sign with my passkey")
        assert "Your signature is recorded" in person.page.get_by_role("status").inner_text()
    helen.open(f"/files/{waybill}/sign")
    helen.press("Send it now")
    assert "The file has been sent" in helen.page.get_by_role("status").inner_text()
    return waybill


def _override_faulty(priya: Visitor) -> list[str]:
    """What blocks is let stand with no reason given: the page leads to the field."""
    priya.page.get_by_role("link", name="Read what it discloses").first.click()
    priya.page.get_by_label("The helpdesk's reference").fill("CS-1234")
    priya.press("I have read what blocks it")
    priya.page.get_by_role("alert").get_by_role("link").click()
    assert priya.page.evaluate("document.activeElement.id") == "reason"
    found = _barriers(priya)
    priya.open(RETURN)
    return found


def _run(visitor: Visitor, demo: Deployment, words: str) -> None:
    """Prepare again, later than before: of two readings of one moment neither is the newer."""
    clock = demo.installation.clock
    assert isinstance(clock, Moving)
    clock.on(minutes=1)
    visitor.press(words)
    visitor.page.wait_for_url(f"**{RETURN}", timeout=SLOW)


def test_an_auditor_finds_the_file_and_verifies_its_pack(delivered, people, tmp_path):
    amina = people["amina"]
    amina.open("/disclosures")
    amina.page.get_by_label("Day").fill("2026-10-01")
    amina.press("Search")
    amina.page.get_by_role("rowheader").get_by_role("link").first.click()
    assert "handed over" in amina.page.inner_text("main")
    with amina.page.expect_download() as started:
        amina.press("Download the evidence pack")
    pack = tmp_path / "pack.zip"
    started.value.save_as(pack)
    script = check_evidence.__file__
    done = subprocess.run([sys.executable, script, str(pack)], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "HOLDS", done.stdout
    assert "signed by helen as head (webauthn)" in done.stdout
    assert delivered in done.stdout


def test_no_page_has_a_barrier_and_the_browser_complains_of_none(delivered, desk, people, demo, barriers):
    pages = (
        "/", RETURN, f"{RETURN}/summary", f"/schools/900007/{AUTUMN}", f"/files/{delivered}/sign",
        f"/files/{delivered}", "/deliveries", f"/deliveries/{delivered}", "/disclosures", "/disclosures?clause=5.1",
        "/record", "/agreements", f"/agreements/{CENSUS}", f"/agreements/{CENSUS}/text",
        f"/agreements/{CENSUS}/compare?with=nhs_dental", "/records", "/records/processing", "/records/notice",
        "/records/retention", "/calendar", "/calendar/edit", "/nowhere", "/signing", "/standing/new", "/delegations",
        "/requests", "/duties", "/complaints", "/approvers", "/transfers", "/deletions",
    )  # fmt: skip
    found = {("priya", path): _barriers(people["priya"], path) for path in pages}
    for path in ("/", RETURN, f"/files/{delivered}/sign"):  # helen has a telephone
        found["helen", path] = _barriers(people["helen"], path)
    stranger = desk.visitor("")
    for path in ("/sign-in", "/enrol"):
        found["", path] = _barriers(stranger, path)
    amina = people["amina"]
    amina.open("/disclosures")
    upn = told_upn(demo)
    amina.page.get_by_label("Unique pupil number").fill(upn)
    amina.press("Look up the pupil")
    assert upn not in amina.page.url + amina.page.title()
    found["amina", "pupil"] = _barriers(amina)
    amina.press("Look up")
    found["amina", "who had"] = _barriers(amina)
    found |= barriers | _after_forms(people["priya"], upn) | _setting_up(desk)
    found |= _signed_for_many(people["priya"], people["helen"]) | _lent(people["helen"])
    daniel = desk.enrolled("daniel")
    found |= _of_families(daniel, upn) | _protected(people["helen"]) | _of_police(daniel) | _by_hand(daniel, upn)
    found |= _changing_the_register(people["helen"])
    daniel.open("/records/retention")
    daniel.press("Look for what is overdue")
    assert "Looked for" in daniel.page.inner_text("main")
    found["daniel", "retention, looked"] = _barriers(daniel)
    found |= _answered(people["priya"], f"/deliveries/{delivered}") | _breached(daniel, delivered)
    assert {("helen", "confirm with a passkey"), ("priya", "override, faulty")} <= set(found)
    assert {page: seen for page, seen in found.items() if seen} == {}
    refused = [said for said in desk.faults if not re.search(r"\b(401|403|404|409|422)\b", said)]
    assert refused == []


def _after_forms(priya: Visitor, upn: str) -> dict[tuple[str, str], list[str]]:
    """Pages that answer a form: why a child is in a return, texts compared, and forms with a fault."""
    found = {}
    priya.open(RETURN)
    priya.page.get_by_label("Unique pupil number").fill(upn)
    priya.press("Say why")
    assert "What leaves" in priya.page.inner_text("main")
    found["priya", "why"] = _barriers(priya)
    priya.open("/agreements/nhs_dental/text")
    words = priya.page.get_by_label("The agreement's text").input_value()
    for name, text in (
        ("compared", words.replace("retention_days: ", "retention_days: 1")),
        ("text faulty", "title: x"),
    ):
        priya.open("/agreements/nhs_dental/text")
        priya.page.get_by_label("The agreement's text").fill(text)
        priya.press("Compare")
        found["priya", name] = _barriers(priya)
    priya.open("/calendar/edit")
    priya.page.get_by_label("calendar.csv").fill("kind,what\nx,y")
    priya.press("Check and save")
    found["priya", "calendar faulty"] = _barriers(priya)
    for path, button in (("/disclosures", "Look up the pupil"), (RETURN, "Say why")):
        priya.open(path)
        priya.page.get_by_label("Unique pupil number").fill("not a UPN")
        priya.press(button)
        found["priya", f"{button}, faulty"] = _barriers(priya)
    return found


def _signed_for_many(priya: Visitor, helen: Visitor) -> dict[tuple[str, str], list[str]]:
    """A standing release: proposed with a fault, then without, signed by two people, in force, switched off."""
    found = {}
    priya.open("/standing/new")
    priya.page.get_by_label("Of which agreement").select_option("supplier_texts")
    priya.press("Continue")
    for name, most in (("proposal, faulty", ""), ("proposal", "60")):
        priya.page.get_by_label("Last day").fill("2027-07-20")
        priya.page.get_by_label("Fewest pupils").fill("1")
        priya.page.get_by_label("Most pupils in a file").fill(most)
        priya.press("Propose it")
        found["priya", name] = _barriers(priya)
    assert "It allows nothing until it is signed" in priya.page.get_by_role("status").inner_text()
    path = priya.page.url.partition("?")[0]
    for person in (priya, helen):
        person.open(path)
        person.press("I have read this")
        found[person.id, "sign for many"] = _barriers(person)
        person.press("Sign with my passkey")
        assert "Your signature is recorded" in person.page.get_by_role("status").inner_text()
    assert "in force" in helen.page.inner_text("main")
    found["helen", "standing release"] = _barriers(helen)
    helen.press("Switch it off")
    assert "Switched off by helen" in helen.page.inner_text("main")
    found["helen", "standing releases"] = _barriers(helen, "/standing")
    return found


def _lent(helen: Visitor) -> dict[tuple[str, str], list[str]]:
    """A role lent with a passkey, first without a day, and taken back."""
    found = {}
    helen.open("/delegations/new")
    for name, day in (("lend, faulty", ""), ("lend", "2026-11-06")):
        helen.page.get_by_label("Who stands in for you").select_option("priya")
        helen.page.get_by_label("Last day").fill(day)
        helen.press("Continue")
        found["helen", name] = _barriers(helen)
    helen.press("Lend it with my passkey")
    helen.page.get_by_role("status").wait_for()
    found["helen", "lent"] = _barriers(helen)
    helen.press("End it now")
    assert "Nobody stands in" in helen.page.inner_text("main")
    return found


def _of_families(daniel: Visitor, upn: str) -> dict[tuple[str, str], list[str]]:
    """A request from its entry to a recipient that must act; a complaint; a hold."""
    found = {}
    for right, name in (("To see what is held", "access"), ("To have something put right", "rectification"),
                        ("To have data erased", "erasure")):  # fmt: skip
        daniel.open("/requests/new")
        if not found:
            daniel.press("Enter the request")
            found["daniel", "request, faulty"] = _barriers(daniel)
        daniel.page.get_by_label(right).check()
        daniel.page.get_by_label("Unique pupil number").fill(upn)
        for label in ("Name of whoever asks", "Related to the pupil", "Where the answer goes", "What is asked for, in"):
            daniel.page.get_by_label(label).fill("A parent, invented")
        daniel.press("Enter the request")
        path = daniel.page.url.partition("?")[0]
        daniel.page.get_by_text("Record what was checked").first.click()
        for label in ("How you know", "Why they may ask", "The child's own", "Court orders"):
            daniel.page.get_by_label(label).fill("none")
        daniel.page.get_by_label("The child does not understand").check()
        daniel.press("Record what was checked")
        found["daniel", name] = _barriers(daniel)
        assert upn not in daniel.page.url + daniel.page.title()
        found["daniel", f"{name}, told"] = _barriers(daniel, f"{path}/told")
        if name == "rectification":
            daniel.press("Find them")
            found["daniel", "found"] = _barriers(daniel)
    found["daniel", "duties"] = _barriers(daniel, "/duties")
    daniel.page.get_by_role("rowheader").get_by_role("link").first.click()
    found["daniel", "duty"] = _barriers(daniel)
    daniel.open("/complaints/new")
    for label in ("Name of whoever complains", "Where the answer goes", "The complaint"):
        daniel.page.get_by_label(label).fill("A parent, invented")
    daniel.press("Enter the complaint")
    found["daniel", "complaint"] = _barriers(daniel)
    found["daniel", "holds"] = _barriers(daniel, "/holds")
    return found


def _of_police(daniel: Visitor) -> dict[tuple[str, str], list[str]]:
    """A request of the police: prepared with a pupil too many, refused without a reason, then with one."""
    found = {("daniel", "cases"): _barriers(daniel, "/cases")}
    daniel.follow("case_2026_1")
    found["daniel", "case"] = _barriers(daniel)
    daniel.page.get_by_label("Pupils of").fill("1 2")
    daniel.press("Prepare the answer")
    found["daniel", "case, faulty"] = _barriers(daniel)
    daniel.press("Refuse the request")
    found["daniel", "refusal, faulty"] = _barriers(daniel)
    daniel.page.get_by_label("Why it is refused").fill("It asks for too much")
    daniel.press("Refuse the request")
    assert "Recorded as refused" in daniel.page.get_by_role("status").inner_text()
    found["daniel", "case, refused"] = _barriers(daniel)
    return found


def _by_hand(daniel: Visitor, upn: str) -> dict[tuple[str, str], list[str]]:
    """A telephone call entered, first with nothing said of it."""
    found = {("daniel", "by hand"): _barriers(daniel, "/disclosures/new")}
    daniel.press("Enter the disclosure")
    found["daniel", "by hand, faulty"] = _barriers(daniel)
    page = daniel.page
    for label, value in (("Unique pupil numbers", upn), ("Who was told", "Invented Vale Constabulary"),
                         ("Who there took it", "the constable on duty"), ("What was told", "pupil.upn")):  # fmt: skip
        page.get_by_label(label).first.fill(value)
    for name, value in (("kind", "legal"), ("method", "telephone"), ("basis", "6(1)(e)"), ("clause", "7.5"),
                        ("gateway", "dpa-2018-sch2-2")):  # fmt: skip
        page.locator(f"#{name}").select_option(value)
    daniel.press("Enter the disclosure")
    page.get_by_role("heading", name="The disclosure is entered").wait_for()
    found["daniel", "by hand, entered"] = _barriers(daniel)
    return found


def _changing_the_register(helen: Visitor) -> dict[tuple[str, str], list[str]]:
    """A change of the approver register, from its form to the page that waits for two."""
    found = {("helen", "somebody new"): _barriers(helen, "/approvers/new")}
    helen.press("Enter the change")
    assert helen.page.get_by_role("alert").count()
    found["helen", "approver, faulty"] = _barriers(helen)
    found["helen", "approver"] = _barriers(helen, "/approvers/new?person=amina")
    helen.page.get_by_label("safeguarding lead").check()
    helen.press("Enter the change")
    assert "/approvers/changes/" in helen.page.url
    found["helen", "change of approvers"] = _barriers(helen)
    return found


def _breached(daniel: Visitor, waybill: str) -> dict[tuple[str, str], list[str]]:
    """A file that may be in the wrong hands, then recalled, and a step of that without a choice."""
    found = {}
    daniel.open(f"/files/{waybill}")
    daniel.page.get_by_text("It may be in the wrong hands").click()
    daniel.press("Show what a report needs")
    found["daniel", "breach"] = _barriers(daniel)
    daniel.open(f"/deliveries/{waybill}")
    daniel.page.get_by_text("It should not have left").click()
    daniel.page.get_by_label("Why").fill("Another return was meant")
    daniel.press("Recall the file")
    found["daniel", "recalled"] = _barriers(daniel)
    for name, reference in (("recall, faulty", "from Anna P"), ("recall, asked", "R/1")):
        daniel.page.get_by_label("The other side's reference").fill(reference)
        daniel.press("Record the step")
        found["daniel", name] = _barriers(daniel)
    assert "Recorded in your name" in daniel.page.get_by_role("status").inner_text()
    return found


def _protected(helen: Visitor) -> dict[tuple[str, str], list[str]]:
    """A record of the protection register, first without a pupil."""
    found = {}
    helen.open("/protection/new")
    for name, pupil in (("record, faulty", ""), ("record", "12345")):
        helen.page.get_by_label("The pupil's number").fill(pupil)
        helen.page.get_by_label("Where the pupil lives").check()
        helen.page.get_by_label("Look at it again by").fill("2027-07-20")
        helen.press("Enter the record")
        found["helen", name] = _barriers(helen)
    found["helen", "protection"] = _barriers(helen, "/protection")
    return found


def _answered(priya: Visitor, path: str) -> dict[tuple[str, str], list[str]]:
    """What the other side said, as a file with a fault and one whose counts are others."""
    found = {}
    for name, rows, words in (
        ("answer, faulty", b"Rule,Count\r\nx,y\r\n", "in line 2, column 1,"),
        ("answer", b"Rule,Count\r\n1510,70\r\n", "not ours"),
    ):
        priya.open(path)
        priya.page.get_by_label("Take in what they gave you").set_input_files(
            {"name": 'their "list".csv', "mimeType": "text/csv", "buffer": rows}
        )
        priya.press("Compare with ours")
        priya.page.get_by_text(words).first.wait_for()
        found["priya", name] = _barriers(priya)
    return found


def _setting_up(desk: Served) -> dict[tuple[str, str], list[str]]:
    """A stranger with a wrong code, then somebody with a right one."""
    found, ruth = {}, desk.visitor("ruth")
    for name, code in (
        ("wrong code", "aaaaa-aaaaa-aaaaa-aaaaa"),
        ("make a passkey", desk.desk.store.invite("ruth", desk.desk.now())),
    ):
        ruth.open("/enrol")
        ruth.page.get_by_label("Your code").fill(code)
        ruth.press("Continue")
        found["ruth", name] = _barriers(ruth)
    ruth.press("Make a passkey")
    ruth.page.get_by_role("heading", name="Your passkey is set up").wait_for()
    found["ruth", "enrolled"] = _barriers(ruth)
    return found


def _barriers(visitor: Visitor, path: str = "") -> list[str]:
    """What axe finds on a page, every rule of WCAG 2.2 AA and its good practice."""
    if path:
        visitor.open(path)
    visitor.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    found = AXE.run(visitor.page, options=VIOLATIONS).response["violations"]
    return [f"{one['id']}: {json.dumps([node['target'] for node in one['nodes']][:3])}" for one in found]


def test_a_page_can_be_used_by_the_keyboard_alone(people):
    priya = people["priya"]
    page = priya.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_phone_shows_no_page_wider_than_itself(delivered, people):
    helen = people["helen"]
    for path in ("/", RETURN, f"/files/{delivered}/sign", f"/files/{delivered}", "/agreements", "/records/retention"):
        page = helen.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def test_the_page_to_sign_prints_every_field_and_no_button(delivered, people):
    page = people["priya"].open(f"/files/{delivered}/sign")
    fields = page.locator(".card details .mono")
    assert not fields.first.is_visible()
    page.emulate_media(media="print")
    assert all(each.is_visible() for each in fields.all())
    assert not page.locator(".top").is_visible()
    assert not [each for each in page.locator("button").all() if each.is_visible()]
    page.emulate_media(media="screen")
