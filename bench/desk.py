"""`python -m bench.desk [--schools N --pupils N --years N]`: how long each page of the desk takes at a large trust.

Belongs here: which pages are asked for, as whom, and the median and slowest of several answers. The trust is
`bench.large_trust`; the pages are asked in this process, without a network.
"""

import argparse
import html
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from starlette.testclient import TestClient

from bench.history import Size, first
from bench.large_trust import AUTUMN, NOW, RETURN, large_trust
from console import sessions
from console.app import build as application
from console.place import Address, Desk
from ledger.latest import latest_settled
from pipelines.installation import Installation

ORIGIN: Final = "https://desk.test"
TIMES: Final = 7
GOAL: Final = 300
"""Milliseconds at the median."""
_OK: Final = 200


@dataclass(frozen=True)
class Asked:
    """One page: what to call it, and how to ask for it."""

    name: str
    ask: Callable[[], httpx.Response]


@dataclass
class Browser:
    """Somebody at the desk, without a screen."""

    client: TestClient
    csrf: str

    @classmethod
    def of(cls, desk: Desk, person: str) -> "Browser":
        """Sign somebody in."""
        token = desk.store.open_session(person, NOW)
        client = TestClient(application(desk), base_url=ORIGIN, follow_redirects=False)
        client.cookies.set(sessions.COOKIE, token)
        return cls(client, sessions.SignedIn("", token).csrf)

    def page(self, path: str) -> Asked:
        """Ask for a page."""
        return Asked(path, lambda: self.client.get(path))

    def form(self, name: str, path: str, **fields: str) -> Asked:
        """Send a form that changes nothing."""
        sent = {"csrf": self.csrf, **fields}
        return Asked(name, lambda: self.client.post(path, data=sent, headers={"Origin": ORIGIN}))


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the trust, or take the one that a folder holds, and print a line for each page."""
    parser = argparse.ArgumentParser(prog="python -m bench.desk")
    for name, value in (("--schools", 60), ("--pupils", 1500), ("--years", 5)):
        parser.add_argument(name, type=int, default=value)
    parser.add_argument("--keep", type=Path, help="a folder for the trust, used again when it is there")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        here = large_trust(given.keep or Path(folder), Size(given.years, given.schools, given.pupils))
        _told(here, given)
        slow = [name for name, took in measured(here) if took > GOAL]
    print(f"over {GOAL} ms at the median: {', '.join(slow) or 'no page'}")


def _told(here: Installation, given: argparse.Namespace) -> None:
    with here.ledger.reading() as connection:
        rows = connection.execute("SELECT count(*) FROM disclosures").fetchone()[0]
    length = sum(path.stat().st_size for path in here.settings.home.glob("ledger.sqlite*"))
    print(
        f"{given.schools} schools x {given.pupils} pupils x {given.years} years: {here.ledger.head().seq:,} events, "
        f"{rows:,} rows of pupils told of, {length / 1e9:.2f} GB"
    )


def measured(here: Installation) -> Iterator[tuple[str, float]]:
    """Ask each page several times; give its name and the median in milliseconds."""
    desk = Desk(here, Address(ORIGIN))
    for asked in pages(here, desk):
        took = []
        for _ in range(TIMES):
            began = time.perf_counter()
            answer = asked.ask()
            took.append(1000 * (time.perf_counter() - began))
            if answer.status_code != _OK:
                message = f"{asked.name} answers {answer.status_code}"
                raise AssertionError(message)
        middle = statistics.median(took)
        kilobytes = len(answer.content) // 1024
        print(f"  {asked.name:<52} {middle:6.0f} ms, slowest {max(took):6.0f} ms, {kilobytes:>5} KB", flush=True)
        yield asked.name, middle
    desk.ahead.stop()  # it works in the folder that is about to go


def pages(here: Installation, desk: Desk) -> Iterator[Asked]:
    """Every page that shows something, and every search by each of its keys."""
    priya, daniel, head = (Browser.of(desk, person) for person in ("priya", "daniel", "one-head"))
    urn, other = list(here.trust.schools)[:2]
    waiting, other_waiting = (
        here.ledger.releases(school=one, agreement=RETURN, state="prepared")[0].waybill for one in (urn, other)
    )
    left = latest_settled(here.ledger, 1, school=urn, agreement="supplier_roster")[0].waybill
    period = latest_settled(here.ledger, 1)[0].slot.period
    yield _named("/ (while returns are worked out ahead)", priya.page("/"))
    desk.ahead.finish()
    yield priya.page("/")
    yield priya.page(f"/schools/{urn}/2027-spring")
    for one in (urn, other):
        yield priya.page(f"/schools/{one}/{AUTUMN}")
    yield priya.page(f"/schools/{other}/{AUTUMN}?kind=blocks")
    yield priya.page(f"/schools/{urn}/{AUTUMN}/summary")
    upn = _upn(priya, f"/schools/{urn}/{AUTUMN}")
    yield priya.form("why a child is in a return", f"/schools/{urn}/{AUTUMN}/why", upn=upn)
    yield priya.form("list of findings, xlsx", f"/schools/{other}/{AUTUMN}/list", what="findings", form="xlsx")
    for name, waybill in (("corrected", waiting), ("first", other_waiting)):
        yield _named(f"read and sign ({name} return)", priya.page(f"/files/{waybill}/sign"))
    for path in ("/deliveries", f"/deliveries?school={urn}", "/deliveries?agreement=supplier_roster",
                 "/deliveries?state=delivered"):  # fmt: skip
        yield priya.page(path)
    yield _named("deliveries, the head of one school", head.page("/deliveries"))
    for name, waybill in (("waits", waiting), ("left", left)):
        yield _named(f"delivery ({name})", priya.page(f"/deliveries/{waybill}"))
    yield daniel.page("/disclosures")
    for key, value in (("recipient", "supplier_roster"), ("school", urn), ("agreement", "la_attendance"),
                       ("period", period), ("day", "2025-03-01"), ("day", "2021-09-01"), ("clause", "2.1"),
                       ("clause", "9.9")):  # fmt: skip
        yield daniel.page(f"/disclosures?{key}={value}")
    yield _named("a file's story", daniel.page(f"/files/{left}"))
    place = _place(daniel, first(urn, 0))
    yield _named("a pupil of five years", daniel.page(place))
    yield daniel.form("who had a field", f"{place}/who-had", field="pupil.address")
    yield daniel.form("who had a value", f"{place}/who-had", field="pupil.address", value="1 High Street")
    yield Asked("asking to verify the record", _verified(priya))
    yield head.page("/signing")
    yield _named("what waits for the whole trust", priya.page("/signing"))
    for path in ("/standing", "/standing/new?agreement=supplier_texts", "/delegations", "/approvers", "/requests",
                 "/duties", "/complaints", "/protection"):  # fmt: skip
        yield daniel.page(path)
    for path in ("/record", "/agreements", f"/agreements/{RETURN}", f"/agreements/{RETURN}/text",
                 f"/agreements/{RETURN}/compare?with=nhs_dental", "/records", "/records/processing",
                 "/records/notice", "/records/retention", "/calendar", "/calendar/edit"):  # fmt: skip
        yield priya.page(path)


def _verified(browser: Browser) -> Callable[[], httpx.Response]:
    """Ask to verify, follow to the page, and only time that; the verification itself ends on its own."""

    def ask() -> httpx.Response:
        browser.form("", "/record").ask()
        return browser.client.get("/record")

    return ask


def _named(name: str, asked: Asked) -> Asked:
    return Asked(name, asked.ask)


def _upn(browser: Browser, path: str) -> str:
    """The UPN of a pupil with a finding."""
    found = re.search(r"\b[A-Z]\d{11}[0-9A-Z]\b", html.unescape(browser.client.get(path).text))
    if found is None:
        message = f"{path} names no pupil"
        raise AssertionError(message)
    return found[0]


def _place(browser: Browser, upn: str) -> str:
    """Where the desk shows a pupil of a UPN."""
    answer = browser.form("", "/disclosures", upn=upn).ask()
    return answer.headers["location"]


if __name__ == "__main__":
    main()
