"""`python -m tests.pipelines.dagster_pictures`: Dagster's UI on the demonstration, as pictures in docs/images/dagster/.

Belongs here: which pages trust IT is shown, in the state of a census morning: every school prepared, one of them red,
one held back by what was found. The pictures show invented people's counts alone.
"""

import datetime as dt
import io
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from unittest.mock import patch

import dagster as dg
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from pipelines.actions.preparing import prepare
from pipelines.dagster_instance import instance_of
from pipelines.jobs import CENSUS_JOB, TRUST_JOB
from simulator.demo import EVENING
from simulator.deployment import Deployment, deployed
from simulator.sftp import Program
from simulator.ui import running_ui
from simulator.world.faults import with_faults
from simulator.world.schools import TINY
from simulator.world.trust import make_trust
from tests.pipelines.front_door import FAULTS, FAULTY

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "images" / "dagster"
CHROMIUM: Final = "/usr/bin/chromium"
AUTUMN, RED = "2026-autumn", "900004"
SCREEN: Final = {"width": 1400, "height": 860}
COLOURS: Final = 96
_LOADS_WITHIN: Final = 60_000
_PROJECT: Final = str(Path(__file__).resolve().parents[2])
_AS_INSTALLED: Final = """([here, there]) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) { texts.currentNode.data = texts.currentNode.data.replaceAll(here, there); }
}"""
"""A stack trace names the folder of whoever took the pictures; a reader's is that of docs/production.md."""


@contextmanager
def a_census_morning(home: Path) -> Iterator[tuple[Deployment, str]]:
    """Serve Dagster's UI of a trust whose schools are prepared but one, whose MIS turns us away."""
    world = with_faults(make_trust(scale=TINY), FAULTY, FAULTS)
    began = time.monotonic()

    def clock() -> dt.datetime:
        return EVENING + dt.timedelta(seconds=time.monotonic() - began)

    with deployed(home, trust=world, clock=clock, arbor_port=0, sftp_port=0, program=Program.ASYNCSSH) as demo:
        with patch.dict(os.environ, {f"WAYBILL_MIS_{RED}": "not the secret"}):
            prepare(demo.installation, AUTUMN)
        prepare(demo.installation, AUTUMN, school=FAULTY)  # the check shows the school that was prepared last
        with running_ui(demo) as url:
            yield demo, url


@contextmanager
def browser(url: str) -> Iterator[Page]:
    """A page of Chromium at the UI."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = started.new_context(base_url=url, viewport=SCREEN, locale="en-GB").new_page()
        page.set_default_timeout(_LOADS_WITHIN)
        yield page
        started.close()


def pages(demo: Deployment) -> dict[str, tuple[str, str]]:
    """The pages: where each is, and words that are on it when it is there."""
    with instance_of(demo.installation) as instance:
        (outer,) = instance.get_runs(dg.RunsFilter(job_name=TRUST_JOB))
        children = instance.get_runs(dg.RunsFilter(job_name=CENSUS_JOB))
        red = next(run for run in children if not run.is_success)
    findings = "/assets/census/findings"
    return {
        "graph": (f"/locations/__repository__@waybill/jobs/{CENSUS_JOB}", "dfe_autumn_census"),
        "asset": ("/assets/census/snapshot?view=overview", "Everything the census needs"),
        "partitions": (f"/assets/census/findings?view=partitions&default_range={AUTUMN}", FAULTY),
        "check": (f"{findings}?view=checks", "Correct in the MIS and prepare again"),
        "trust-run": (f"/runs/{outer.run_id}", "1 of 7 schools failed"),
        "red-school": (f"/runs/{red.run_id}", "snapshot"),
        "runs": ("/runs", CENSUS_JOB),
        "automation": ("/automation", "prepare_what_is_due"),
    }


def shown(page: Page, path: str, words: str) -> None:
    """Open a page and wait until the words are on it."""
    page.goto(path)
    page.get_by_text(words).first.wait_for()
    page.wait_for_timeout(2500)  # what is drawn after the words: the graph's layout, the matrix


def main() -> int:
    """Take the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        a_census_morning(Path(folder) / "home") as (demo, url),
        browser(url) as page,
    ):
        for name, (path, words) in pages(demo).items():
            shown(page, path, words)
            page.evaluate(_AS_INSTALLED, [_PROJECT, "/opt/waybill"])
            taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            taken.quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
