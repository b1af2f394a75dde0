"""`python -m tests.console.pictures`: pictures of every page into docs/images/desk/, on the demonstration.

Belongs here: the order of a year's evening at the desk: returns prepared, one school blocked, some signed and sent. The
pictures show invented people alone.
"""

import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from pipelines.actions import preparing
from simulator.demo import BLOCKED_SCHOOL, CENSUS, EVENING, FAULTS
from simulator.deployment import Deployment, deployed
from simulator.sftp import Program
from simulator.world.faults import with_faults
from simulator.world.schools import Scale
from simulator.world.trust import make_trust
from tests.console.at_the_desk import Moving, sign_with_passkeys
from tests.console.browsing import PHONE, Served, Visitor, served, told_upn

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images" / "desk"
LONGEST, COLOURS = 2600, 64
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
    clock.on(minutes=20)


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
    """Take every page, each as somebody who uses it; the head's on a phone too."""
    priya, helen, daniel, amina, tom = (visitors[one] for one in ("priya", "helen", "daniel", "amina", "tom"))
    ready, done = waybill(demo, HEADS), waybill(demo, SCHOOL)
    stranger = desk.visitor("")
    shot(stranger, "sign-in", "/sign-in")
    shot(stranger, "enrol", "/enrol")
    shot(priya, "board", "/")
    shot(priya, "return", f"/schools/{BLOCKED_SCHOOL}/{CENSUS}", _unfold)
    priya.page.get_by_label("Unique pupil number").fill(told_upn(demo))
    priya.press("Say why")
    picture(priya.page, "why")
    shot(priya, "return-not-started", f"/schools/900007/{CENSUS}")
    shot(priya, "totals", f"/schools/{SCHOOL}/{CENSUS}/summary")
    shot(helen, "sign", f"/files/{ready}/sign")
    helen.press("I have read this")
    picture(helen.page, "sign-passkey")
    phone = helen
    phone.page.set_viewport_size(PHONE)
    shot(phone, "sign-phone", f"/files/{ready}/sign")
    shot(phone, "board-phone", "/")
    shot(amina, "disclosures", "/disclosures?day=2026-10-01")
    shot(amina, "file", f"/files/{done}")
    amina.open("/disclosures")
    amina.page.get_by_label("Unique pupil number").fill(told_upn(demo))
    amina.press("Look up the pupil")
    picture(amina.page, "pupil")
    amina.page.get_by_label("Field").select_option("pupil.surname")
    amina.press("Look up")
    picture(amina.page, "who-had")
    amina.open("/record")
    amina.press("Verify every row now")
    picture(amina.page, "record")
    shot(daniel, "agreements", "/agreements")
    shot(daniel, "agreement", "/agreements/nhs_dental")
    shot(daniel, "agreement-text", "/agreements/nhs_dental/text")
    shot(daniel, "agreement-compared", "/agreements/nhs_dental/compare?with=nhs_vision")
    shot(daniel, "records", "/records")
    shot(daniel, "processing", "/records/processing")
    shot(daniel, "notice", "/records/notice")
    shot(daniel, "retention", "/records/retention")
    shot(priya, "calendar", "/calendar")
    shot(priya, "calendar-edit", "/calendar/edit", _spoil)
    shot(tom, "deliveries", "/deliveries")
    shot(priya, "delivery", f"/deliveries/{done}")
    shot(tom, "denied", "/disclosures")


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


def _unfold(page: Page) -> None:
    page.get_by_text("It is right as it is: explain it").first.click()


def _spoil(page: Page) -> None:
    table = page.get_by_label("calendar.csv")
    table.fill(table.input_value().replace("2026-12-18", "18 December"))
    page.get_by_role("button", name="Check and save").click()


if __name__ == "__main__":
    sys.exit(main())
