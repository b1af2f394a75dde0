"""Chromium at a desk that is really served: one browser context a person, each with a passkey of its own."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from console.app import server
from console.place import Desk
from pipelines.desk_address import Address
from simulator.deployment import Deployment
from tests.pipelines.front_door import free_port

CHROMIUM = "/usr/bin/chromium"
PHONE = {"width": 390, "height": 844}
SCREEN = {"width": 1280, "height": 900}
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@dataclass
class Visitor:
    """A person with a browser and a device of their own."""

    id: str
    page: Page
    context: BrowserContext

    def open(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words).first.click()

    def follow(self, words: str) -> None:
        self.page.get_by_role("link", name=words).first.click()

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()


@dataclass
class Served:
    """A served desk, and the browser that its visitors use."""

    desk: Desk
    browser: Browser
    faults: list[str] = field(default_factory=list)

    def visitor(self, person: str, viewport: dict[str, int] | None = None) -> Visitor:
        """A person's browser with a virtual authenticator, told of everything the browser complains about."""
        context = self.browser.new_context(
            base_url=self.desk.address.origin, viewport=viewport or SCREEN, locale="en-GB", accept_downloads=True
        )
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return Visitor(person, page, context)

    def enrolled(self, person: str, viewport: dict[str, int] | None = None) -> Visitor:
        """A person who has set up a passkey with a code, and signed in with it."""
        visitor = self.visitor(person, viewport)
        visitor.open("/enrol")
        visitor.page.get_by_label("Your code").fill(self.desk.store.invite(person, self.desk.now()))
        visitor.press("Continue")
        visitor.press("Make a passkey")
        visitor.page.get_by_role("link", name="Sign in with it").click()
        visitor.press("Sign in with a passkey")
        visitor.page.wait_for_url("**/")
        return visitor


def told_upn(demo: Deployment) -> str:
    """The UPN of a pupil whom a return that has landed told of."""
    landed = next(path for path in sorted(demo.received.rglob("*_SC_*.xml")) if path.is_file())
    return re.search(r"<UPN>(\w+)</UPN>", landed.read_text(encoding="utf-8"))[1]


@contextmanager
def served(demo: Deployment) -> Iterator[Served]:
    """Serve a deployment's desk on a free port, and start Chromium."""
    port = free_port()
    desk = Desk(demo.installation, Address(f"http://localhost:{port}", port=port))
    running = server(desk)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        while not running.started:
            time.sleep(0.02)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            yield Served(desk, browser)
            browser.close()
    finally:
        running.should_exit = True
        thread.join()
        desk.runs.wait()
