"""`python -m tests.console.pictures`: pictures of every page into docs/images/desk/, on the demonstration.

Belongs here: the order of a year's evening at the desk: returns prepared, one school blocked, some signed and sent. The
pictures show invented people alone.
"""

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from pipelines.actions import preparing
from simulator.demo import BLOCKED_SCHOOL, CENSUS, EVENING, FAULTS
from simulator.deployment import CENSUS_DAY, Deployment, deployed
from simulator.sftp import Program
from simulator.world.faults import with_faults
from simulator.world.schools import Scale
from simulator.world.trust import make_trust
from tests.console.at_the_desk import Moving, sign_with_passkeys
from tests.console.browsing import PHONE, SCREEN, Served, Visitor, served, told_upn

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images" / "desk"
LONGEST, COLOURS = 2600, 64
PAPER = {"width": 794, "height": 1123}
EARLIER = (("surname missing", "forename missing"), ("surname missing",))
"""What was wrong besides when the blocked school's return was prepared before."""
DAY, SCHOOL, HEADS, RETURN = "2026-10-01", "900002", "900004", "dfe_autumn_census"


def main() -> int:
    """Deploy, tell the story up to the evening, and take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        world = with_faults(make_trust(scale=Scale(pupils=120)), BLOCKED_SCHOOL, FAULTS)
        clock, asyncssh = Moving(EVENING), Program.ASYNCSSH
        home = Path(folder) / "home"
        with (
            deployed(home, trust=world, clock=clock, arbor_port=0, sftp_port=0, program=asyncssh) as demo,
            served(demo) as desk,
        ):
            visitors = {person: desk.enrolled(person) for person in ("helen", "priya", "daniel", "amina", "tom")}
            sign_with_passkeys(desk.desk, demo, "helen", "priya")
            tell_the_story(demo, visitors, clock)
            shutil.rmtree(FOLDER, ignore_errors=True)
            FOLDER.mkdir(parents=True)
            take(desk, demo, visitors)
    return 0


def tell_the_story(demo: Deployment, visitors: dict[str, Visitor], clock: Moving) -> None:
    """Prepare every school but one, let two people sign some returns, and send one."""
    today = demo.arbor.trust
    for faults in EARLIER:
        demo.arbor.trust = with_faults(today, BLOCKED_SCHOOL, faults)
        demo.arbor.set_as_of(CENSUS_DAY)
        preparing.prepare(demo.installation, CENSUS, school=BLOCKED_SCHOOL)
        clock.on(minutes=5)
    demo.arbor.trust = today
    demo.arbor.set_as_of(CENSUS_DAY)
    for urn in demo.installation.trust.schools:
        if urn != "900007":
            preparing.prepare(demo.installation, CENSUS, school=urn)
    preparing.prepare(demo.installation, DAY, school="900001")
    for urn in (SCHOOL, "900005"):
        named = waybill(demo, urn)
        for person in ("priya", "helen"):
            sign(visitors[person], named)
    helen = visitors["helen"]
    helen.open(f"/files/{waybill(demo, SCHOOL)}/sign")
    helen.press("Send it now")
    sign(visitors["priya"], waybill(demo, "900001", "la_new_pupils"))
    clock.on(minutes=10)


def waybill(demo: Deployment, school: str, agreement: str = RETURN) -> str:
    """The one file of an agreement and school."""
    (found,) = demo.installation.ledger.releases(school=school, agreement=agreement)
    return found.waybill


def sign(visitor: Visitor, named: str) -> None:
    """Let a person read a file and sign it."""
    visitor.open(f"/files/{named}/sign")
    visitor.press("I have read this")
    visitor.press("Sign with my passkey")
    visitor.page.get_by_text("Your signature is recorded").wait_for()


def take(desk: Served, demo: Deployment, visitors: dict[str, Visitor]) -> None:
    """Take every page, each as somebody who uses it."""
    take_the_entrance(desk)
    take_the_returns(demo, visitors["priya"])
    take_the_signing(demo, visitors["helen"])
    take_the_disclosures(demo, visitors["amina"])
    take_what_is_signed_for_many(visitors)
    take_the_families(demo, visitors["daniel"], visitors["helen"])
    take_the_police(demo, visitors["daniel"])
    take_what_is_followed_up(demo, visitors["daniel"])
    take_the_papers(visitors["daniel"], visitors["priya"])
    shot(visitors["tom"], "deliveries", "/deliveries")
    shot(visitors["priya"], "delivery", f"/deliveries/{waybill(demo, SCHOOL)}")
    shot(visitors["tom"], "denied", "/disclosures")


def take_the_entrance(desk: Served) -> None:
    """Take signing in, and setting up a passkey."""
    stranger = desk.visitor("")
    shot(stranger, "sign-in", "/sign-in")
    shot(stranger, "enrol", "/enrol")
    _continue(stranger, "3fa90-1b77c-d0e42-9a511")
    picture(stranger.page, "enrol-wrong")
    _continue(stranger, desk.desk.store.invite("ruth", desk.desk.now()))
    picture(stranger.page, "enrol-passkey")
    stranger.press("Make a passkey")
    stranger.page.get_by_text("If you sign releases").wait_for()
    picture(stranger.page, "enrolled")


def take_the_returns(demo: Deployment, priya: Visitor) -> None:
    """Take the board and a return, from not started to its totals."""
    blocked = f"/schools/{BLOCKED_SCHOOL}/{CENSUS}"
    shot(priya, "board", "/")
    shot(priya, "return", blocked, _unfold)
    priya.press("Keep the explanation")
    picture(priya.page, "return-faulty")
    priya.open(f"/schools/{SCHOOL}/{CENSUS}")
    priya.page.get_by_label("Unique pupil number").fill(told_upn(demo))
    priya.press("Say why")
    picture(priya.page, "why")
    shot(priya, "return-not-started", f"/schools/900007/{CENSUS}")
    priya.press("Prepare it now")
    picture(priya.page, "run")
    shot(priya, "totals", f"/schools/{SCHOOL}/{CENSUS}/summary")


def take_the_signing(demo: Deployment, helen: Visitor) -> None:
    """Take the page a head reads: on a screen, on a phone and on paper."""
    ready = f"/files/{waybill(demo, HEADS)}/sign"
    shot(helen, "sign", ready)
    helen.press("I have read this")
    picture(helen.page, "sign-passkey")
    helen.page.set_viewport_size(PHONE)
    shot(helen, "sign-phone", ready)
    shot(helen, "board-phone", "/")
    helen.page.set_viewport_size(PAPER)
    shot(helen, "sign-print", ready, lambda page: page.emulate_media(media="print"))


def take_what_is_signed_for_many(visitors: dict[str, Visitor]) -> None:
    """Take what waits, a standing release from its proposal to its signature, standing in, and the register."""
    priya, helen = visitors["priya"], visitors["helen"]
    helen.page.set_viewport_size(SCREEN)
    helen.page.emulate_media(media="screen")
    shot(helen, "signing", "/signing")
    shot(priya, "standing-new", "/standing/new?agreement=supplier_texts")
    for label, value in (("Last day", "2027-07-20"), ("Fewest pupils", "100"), ("Most pupils in a file", "140"),
                         ("Most pupils who were not", "10"), ("Most pupils of the last", "10"),
                         ("Most values", "60")):  # fmt: skip
        priya.page.get_by_label(label).fill(value)
    priya.press("Propose it")
    path = priya.page.url.partition("?")[0]
    for visitor in (priya, helen):
        visitor.open(path)
        visitor.press("I have read this")
        if visitor is priya:
            picture(priya.page, "standing-passkey")
        visitor.press("Sign with my passkey")
        visitor.page.get_by_text("Your signature is recorded").wait_for()
    shot(helen, "standing", path)
    shot(helen, "standings", "/standing")
    shot(helen, "delegation-new", "/delegations/new")
    helen.page.get_by_label("Who stands in for you").select_option("daniel")
    helen.page.get_by_label("Last day").fill("2026-11-06")
    helen.press("Continue")
    helen.press("Lend it with my passkey")
    helen.page.get_by_text("Your role is lent").wait_for()
    shot(helen, "delegations", "/delegations")
    shot(helen, "approver-new", "/approvers/new?person=priya")
    helen.page.get_by_label("safeguarding lead").check()
    helen.press("Enter the change")
    picture(helen.page, "approver-change")
    shot(helen, "approvers", "/approvers")


def take_the_families(demo: Deployment, daniel: Visitor, helen: Visitor) -> None:
    """Take a request from its entry to who must be told, a complaint, a hold, and the protection register."""
    shot(daniel, "request-new", "/requests/new")
    daniel.press("Enter the request")
    picture(daniel.page, "request-faulty")
    paths = []
    for right in ("To see what is held", "To have something put right", "To have data erased"):
        daniel.open("/requests/new")
        daniel.page.get_by_label(right).check()
        daniel.page.get_by_label("Unique pupil number").fill(told_upn(demo))
        for label, value in (("Name of whoever asks", "Rosa Whitlock"), ("Related to the pupil", "mother"),
                             ("Where the answer goes", "12 Orchard Lane, Fernhill"),
                             ("What is asked for, in", "Please send me everything you have.")):  # fmt: skip
            daniel.page.get_by_label(label).fill(value)
        daniel.press("Enter the request")
        daniel.page.get_by_text("Record what was checked").first.click()
        for label, value in (("How you know", "passport seen"), ("Why they may ask", "birth certificate seen"),
                             ("The child's own", "aged six, not asked"), ("Court orders", "none")):  # fmt: skip
            daniel.page.get_by_label(label).fill(value)
        daniel.page.get_by_label("The child does not understand").check()
        daniel.press("Record what was checked")
        paths.append(daniel.page.url.partition("?")[0])
    shot(daniel, "requests", "/requests")
    for path, name in zip(paths, ("request", "request-rectified", "request-erasure"), strict=True):
        shot(daniel, f"{name}-told", f"{path}/told")
    shot(daniel, "request", paths[0])
    daniel.open(f"{paths[1]}/told")
    daniel.press("Find them")
    picture(daniel.page, "request-found")
    shot(daniel, "duties", "/duties")
    daniel.page.get_by_role("rowheader").get_by_role("link").first.click()
    picture(daniel.page, "duty")
    shot(daniel, "complaint-new", "/complaints/new")
    for label, value in (("Name of whoever complains", "Rosa Whitlock"), ("Where the answer goes", "12 Orchard Lane"),
                         ("The complaint", "It took you seven weeks to answer.")):  # fmt: skip
        daniel.page.get_by_label(label).fill(value)
    daniel.press("Enter the complaint")
    picture(daniel.page, "complaint")
    shot(daniel, "complaints", "/complaints")
    shot(daniel, "holds", "/holds")
    shot(helen, "protection-new", "/protection/new")
    helen.page.get_by_label("The pupil's number").fill("2014")
    helen.page.get_by_label("The family objects").check()
    helen.page.get_by_label("Look at it again by").fill("2027-07-20")
    helen.press("Enter the record")
    picture(helen.page, "protection-done")
    shot(helen, "protection", "/protection")


def take_the_police(demo: Deployment, daniel: Visitor) -> None:
    """Take a case of the police from its page to a prepared answer."""
    daniel.open("/cases/case_2026_1")
    daniel.page.get_by_text("Prepare its answer").click()
    daniel.press("Prepare the answer")
    picture(daniel.page, "case-faulty")
    daniel.page.get_by_label("Pupils of").fill(str(demo.arbor.trust.school(HEADS).pupils[0].id))
    daniel.press("Prepare the answer")
    picture(daniel.page, "case")
    shot(daniel, "cases", "/cases")


def take_what_is_followed_up(demo: Deployment, daniel: Visitor) -> None:
    """Take a disclosure by hand, transfer files, deletions, a breach, and a recall."""
    shot(daniel, "by-hand", "/disclosures/new")
    shot(daniel, "transfers", "/transfers")
    shot(daniel, "deletions", "/deletions")
    daniel.open(f"/files/{waybill(demo, SCHOOL)}")
    daniel.page.get_by_text("It may be in the wrong hands").click()
    daniel.page.get_by_label("Pupils of whom").fill(told_upn(demo))
    daniel.press("Show what a report needs")
    picture(daniel.page, "breach")


def take_the_disclosures(demo: Deployment, amina: Visitor) -> None:
    """Take what an auditor looks up."""
    shot(amina, "disclosures", "/disclosures?day=2026-10-01")
    shot(amina, "file", f"/files/{waybill(demo, SCHOOL)}")
    amina.open("/disclosures")
    amina.page.get_by_label("Unique pupil number").fill(told_upn(demo))
    amina.press("Look up the pupil")
    picture(amina.page, "pupil")
    amina.page.get_by_label("Field").select_option("pupil.surname")
    amina.press("Look up")
    picture(amina.page, "who-had")
    amina.open("/record")
    amina.press("Verify every row now")
    while not amina.page.get_by_text("Intact:").count():
        amina.open("/record")
    picture(amina.page, "record")


def take_the_papers(daniel: Visitor, priya: Visitor) -> None:
    """Take agreements, records and the calendar."""
    shot(daniel, "agreements", "/agreements")
    shot(daniel, "agreement", "/agreements/nhs_dental")
    shot(daniel, "agreement-text", "/agreements/nhs_dental/text")
    text = daniel.page.get_by_label("The agreement's text")
    text.fill(re.sub(r"(?m)^title: .*$", "title: Another title", text.input_value()))
    daniel.press("Compare")
    picture(daniel.page, "agreement-text-compared")
    shot(daniel, "agreement-compared", "/agreements/nhs_dental/compare?with=nhs_vision")
    shot(daniel, "records", "/records")
    shot(daniel, "processing", "/records/processing")
    shot(daniel, "notice", "/records/notice")
    shot(daniel, "retention", "/records/retention")
    shot(priya, "calendar", "/calendar")
    shot(priya, "calendar-edit", "/calendar/edit", _spoil)


def shot(visitor: Visitor, name: str, path: str, then: Callable[[Page], None] | None = None) -> None:
    """Open a page, perhaps do something on it, and take its picture."""
    page = visitor.open(path)
    if then:
        then(page)
    picture(page, name)


def picture(page: Page, name: str) -> None:
    """Take the page, as long as a reader would scroll twice, in few colours."""
    taken = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    shown = taken.crop((0, 0, taken.width, min(taken.height, LONGEST))).quantize(COLOURS)
    shown.save(FOLDER / f"{name}.png", optimize=True)


def _continue(stranger: Visitor, code: str) -> None:
    stranger.page.get_by_label("Your code").fill(code)
    stranger.press("Continue")


def _unfold(page: Page) -> None:
    page.get_by_text("It is right as it is: explain it").first.click()


def _spoil(page: Page) -> None:
    table = page.get_by_label("calendar.csv")
    table.fill(table.input_value().replace("2026-12-18", "18 December"))
    page.get_by_role("button", name="Check and save").click()


if __name__ == "__main__":
    sys.exit(main())
