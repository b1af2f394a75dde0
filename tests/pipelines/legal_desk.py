"""An installation of the demo trust with two cases whose key a test holds, and a MIS of a few hand-made pupils."""

import datetime as dt
import io
import json
import shutil
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
import pytest
from pyrage.x25519 import Identity

from connectors.mis import Snapshot, TornSnapshot
from exports.key_files import new_private_key, read_private_key
from exports.preparation import read_waybill
from exports.signing import public_text
from exports.waybill import Waybill
from ledger.states import State
from pipelines.actions.approving import bootstrap_register
from pipelines.actions.context import Context
from pipelines.installation import Installation, initialise
from simulator.deployment import PASSPHRASE, PEOPLE
from tests.exports.trust_folder import FOLDER
from tests.pipelines.front_door import Answer, FrontDoor, at
from tests.schemas.snapshots import marks, pupil, snapshot

POLICE, COURT = "case_2026_1", "case_2026_2"
FAMILY = "the.family@example.org"
NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)
UPN = "M823490920001"
_DEMO_KEY = "age1s9w3erdfjppcj0ee8qewlaera7pt49vw6f0tvf8ak8y2amkprfwq8425sn"


def someone(number: str, **tables):
    """A pupil with an address, a contact and marks in and around September."""
    return pupil(
        number,
        upn=UPN if number == "1" else None,
        address=[{"line1": f"{number} Old Road", "postcode": "MK40 1AA", "start_date": dt.date(2020, 1, 1)}],
        contact=[
            {"contact_id": f"c{number}", "forename": "Anna", "surname": f"Parent{number}", "phone": "+44 7412 345678",
             "email": FAMILY, "court_order": False},
        ],
        attendance_mark=[*marks("2026-08-31", "/"), *marks("2026-09-01", "/", "\\", "I"), *marks("2026-09-29", "N")],
        suspension=[{"category": "SUSP", "start_date": dt.date(2026, 9, 10), "reason1": "PP"}],
        **tables,
    )  # fmt: skip


@dataclass
class HandMadeMis:
    """A MIS that answers with what it is told, as far as it is asked."""

    urn: str
    frames: dict
    torn: bool = False
    asked: list = field(default_factory=list)

    def snapshot(self, plan, _progress, _now):
        self.asked.append(plan)
        if self.torn:
            raise TornSnapshot(self.urn, ("pupil moved",))
        held = {name: self.frames[name] for name in plan.tables}
        return Snapshot(held, {"stable": True, "rows": {name: len(frame) for name, frame in held.items()}}, ())


@dataclass
class LegalDesk(FrontDoor):
    """The command line with a hand-made MIS for each school."""

    mis: dict = field(default_factory=dict)
    officer: Identity = field(default_factory=Identity.generate)

    def holds(self, urn: str, *pupils) -> None:
        """Let the MIS of a school hold these pupils."""
        self.mis[urn] = HandMadeMis(urn, snapshot(*pupils))

    def prepare(self, case: str = POLICE, *pupils: str, actor: str = "daniel") -> Answer:
        named = pupils or {POLICE: ("900004:1",), COURT: ("900002:1", "900004:2")}[case]
        options = [part for one in named for part in ("--pupil", one)]
        return self.run("legal", "prepare", case, *options, "--as", actor)

    def waybills(self, case: str = POLICE) -> list[Waybill]:
        here = self.installation()
        releases = here.ledger.releases(agreement=case)
        standing = [one for one in releases if one.state is not State.WITHDRAWN]
        return [read_waybill(here.ledger, here.vault, one.waybill) for one in standing]

    def signed(self, case: str = POLICE) -> Waybill:
        (waybill,) = self.waybills(case)
        for person, role in (("helen", "head"), ("daniel", "dpo")):
            assert self.sign(waybill, person, role).code == 0
        return waybill

    def hand_over(self, waybill: Waybill) -> Answer:
        return self.run("release", waybill.agreement, waybill.school, waybill.period)

    def handed_over(self) -> dict[str, bytes]:
        root = self.settings.handed_over
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}

    def opened_by_the_officer(self, sealed: bytes) -> dict[str, str]:
        with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(sealed, [self.officer]))) as package:
            return {name: package.read(name).decode("utf-8-sig") for name in package.namelist()}

    def rewrite(self, case: str, old: str, new: str) -> None:
        self.edit(f"cases/{case}.yaml", old, new)


@contextmanager
def legal_desk(home: Path, *more: dict) -> Generator[LegalDesk]:
    """Set the desk up: no agreement, the demo's people and those named besides, the protection register confirmed."""
    home.mkdir(mode=0o700)
    shutil.copytree(FOLDER, home / "trust", ignore=shutil.ignore_patterns("*.yaml"))  # agreements take time to compile
    shutil.copytree(FOLDER / "cases", home / "trust" / "cases", dirs_exist_ok=True)
    desk = LegalDesk(home, 0, home / "received", NOON)
    for urn in ("900002", "900004"):
        desk.holds(urn, someone("1"), someone("2"))
    for case in (POLICE, COURT):
        desk.rewrite(case, _DEMO_KEY, str(desk.officer.to_public()))
    initialise(desk.settings, lambda: NOON)
    (home / "signers").mkdir()
    bootstrap_register(Context(desk.installation(), "priya"), [_person(home, person) for person in (*PEOPLE, *more)])
    with pytest.MonkeyPatch.context() as patch:
        at(patch, home)
        patch.setattr(Installation, "connect", lambda _self, school, *_: desk.mis[school.urn])
        desk.done("protect", "confirm", "--as", "ruth")
        yield desk


def _person(home: Path, person) -> dict:
    data = new_private_key(PASSPHRASE)
    (home / "signers" / person["id"]).write_bytes(data)
    return {**person, "public_key": public_text(read_private_key(data, PASSPHRASE))}


def index_of(files: dict[str, str]) -> dict:
    return json.loads(files["index.json"])
