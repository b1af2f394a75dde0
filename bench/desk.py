"""`python -m bench.desk [--schools N --pupils N --years N]`: how long each page of the desk takes at a large trust.

Belongs here: a trust of so many schools whose ledger holds years of deliveries (`bench.history`), a census prepared for
each school, and the slowest of several answers of each page. The pages are asked in this process, without a network.
"""

import argparse
import datetime as dt
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from starlette.testclient import TestClient

from bench.history import Size, build, grounded
from bench.trust_run import write_schools
from console import sessions
from console.app import build as application
from console.place import Address, Desk
from exports.approvers import Register, bootstrap, current
from exports.key_files import new_private_key, read_private_key
from exports.signing import public_text
from exports.waybill import Tally, Waybill
from ledger.store import Slot
from pipelines.installation import Installation, initialise
from pipelines.settings import Settings
from simulator.world.schools import Scale, identities

PROJECT: Final = Path(__file__).resolve().parents[1]
NOW: Final = dt.datetime(2026, 10, 1, 17, 30, tzinfo=dt.UTC)
RETURN, AUTUMN, ORIGIN = "dfe_autumn_census", "2026-autumn", "https://desk.test"
TIMES: Final = 7


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the trust and its history, and print a line for each page."""
    parser = argparse.ArgumentParser(prog="python -m bench.desk")
    for name, value in (("--schools", 60), ("--pupils", 1500), ("--years", 5)):
        parser.add_argument(name, type=int, default=value)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        here = _installation(Path(folder), Size(given.years, given.schools, given.pupils))
        print(
            f"{given.schools} schools x {given.pupils} pupils x {given.years} years: {here.ledger.head().seq:,} events"
        )
        browser = TestClient(application(Desk(here, Address(ORIGIN))), base_url=ORIGIN, follow_redirects=False)
        browser.cookies.set(sessions.COOKIE, Desk(here, Address(ORIGIN)).store.open_session("priya", NOW))
        urn = next(iter(here.trust.schools))
        for path in (
            "/", f"/schools/{urn}/2027-spring", "/deliveries", f"/deliveries?school={urn}", "/disclosures",
            "/disclosures?recipient=supplier_roster", "/disclosures?day=2025-03-01", "/disclosures?clause=2.1",
            "/record", "/agreements", f"/agreements/{RETURN}", "/records/processing", "/records/notice",
            "/records/retention", "/calendar",
        ):  # fmt: skip
            print(f"  {path:<45} {_asked(browser, path)}", flush=True)


def _asked(browser: TestClient, path: str) -> str:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = browser.get(path)
        took.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:  # noqa: PLR2004  OK
            message = f"{path} answers {answer.status_code}"
            raise AssertionError(message)
    return f"{statistics.median(took):6.0f} ms, slowest {max(took):6.0f} ms, {len(answer.content) // 1024} KB"


def _installation(folder: Path, size: Size) -> Installation:
    settings = Settings(folder / "home", folder / "trust")
    shutil.copytree(PROJECT / "trusts" / "demo", settings.trust)
    schools = identities(Scale(schools=size.schools))
    write_schools(settings.trust / "trust.toml", schools, "http://127.0.0.1:1")
    initialise(settings, lambda: NOW)
    here = Installation.open(settings, lambda: NOW)
    build(settings.ledger, size, grounded(here.vault)).close()
    _people(here)
    for school in schools:
        _prepared(here, school.urn)
    here.lodged.lodge(NOW)
    return here


def _people(here: Installation) -> None:
    """Two people of the whole trust, who sign nothing here."""
    people = []
    for person, role in (("priya", "data_manager"), ("helen", "head")):
        public = public_text(read_private_key(new_private_key("bench"), "bench"))
        people.append({"id": person, "name": person, "roles": [role], "schools": ["*"], "public_key": public})
    bootstrap(here.ledger, Register.of(1, people), NOW)


def _prepared(here: Installation, school: str) -> None:
    """A return that waits: its waybill is real, what it rests on is not there."""
    any_hash = "0" * 64
    waybill = Waybill(
        school=school, period=AUTUMN, agreement=RETURN, agreement_sha256=any_hash, recipient="dfe", destination="",
        recipient_lock=any_hash, release_version=1, supersedes=None, file_sha256=any_hash, length=1,
        remote_name=f"{school}.xml", content_sha256=any_hash, tally=Tally(1500, 60_000, 3, 3, 12, 5, 0, 128),
        fields=("dfe_autumn_census.pupil.upn",), snapshot_sha256=any_hash, notice_version="3.2", notice_sha256=any_hash,
        findings_sha256=any_hash, approvers_sha256=current(here.ledger).sha256, prepared_at=NOW,
        nonce=f"{int(school):032x}",
    )  # fmt: skip
    sealed = here.vault.seal(waybill.canonical, "waybill", dt.date(2050, 1, 1))
    with here.ledger.transaction() as tx:
        tx.prepare(waybill.sha256, Slot(school, AUTUMN, "dfe", RETURN, 1), NOW, {"waybill": sealed.address})


if __name__ == "__main__":
    main()
