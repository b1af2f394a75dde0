"""A small trust that has sent files of every kind a day knows, for tests that ask the record about them."""

import csv
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.actions import preparing, releasing
from pipelines.actions.releasing import ReleaseRequest
from simulator.deployment import Deployment, deployed
from simulator.sftp import Program
from simulator.world.trust import Trust
from tests.pipelines.front_door import FrontDoor
from tests.pipelines.whole_run import sign_everything

DAY, SCHOOL, JOINERS = "2026-10-01", "900001", "la_new_pupils"


@dataclass(frozen=True)
class Audited:
    """The deployment and its command line."""

    demo: Deployment
    door: FrontDoor

    @property
    def joiners(self) -> str:
        """The waybill of one school's joiner return."""
        (release,) = self.demo.installation.ledger.releases(school=SCHOOL, agreement=JOINERS)
        return release.waybill

    @property
    def rows(self) -> list[dict[str, str]]:
        """The same file as it lies with its recipient."""
        (file,) = self.demo.received.rglob(f"{SCHOOL}_new_pupils_*.csv")
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    def data(self, *arguments: str) -> Any:
        """What a command says as data, to the data protection officer."""
        return self.door.done(*arguments, "--as", "daniel", "--json").data


@contextmanager
def released_trust(home: Path, world: Trust, now: dt.datetime) -> Iterator[Audited]:
    """Prepare a day's feeds of one school, let two people sign, and send everything."""
    with deployed(home, trust=world, clock=lambda: now, arbor_port=0, sftp_port=0, program=Program.ASYNCSSH) as demo:
        assert not preparing.prepare(demo.installation, DAY, school=SCHOOL).failures
        for waybill in sign_everything(demo):
            request = ReleaseRequest(waybill.agreement, waybill.school, waybill.period)
            releasing.release(demo.acting("daniel"), request)
        yield Audited(demo, FrontDoor(home, 0, demo.received, now))
