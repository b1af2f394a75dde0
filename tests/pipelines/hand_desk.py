"""A trust whose one agreement goes by hand, sealed: prepared from a hand-made MIS, sent on from the outbox."""

import datetime as dt
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyrage
import pytest
from pyrage.x25519 import Identity

from exports.key_files import new_private_key, read_private_key
from exports.signing import public_text
from ledger.states import State
from ledger.store import Release
from pipelines.actions.approving import bootstrap_register
from pipelines.actions.context import Context
from pipelines.installation import Installation, initialise
from simulator.deployment import PASSPHRASE
from tests.exports.trust_folder import FOLDER, text_of
from tests.pipelines.front_door import FrontDoor, at
from tests.pipelines.legal_desk import HandMadeMis, someone
from tests.schemas.snapshots import snapshot

AGREEMENT, SCHOOL, LOST = "supplier_texts", "900004", "M823490920001"
MONTHS = ("2026-09", "2026-10", "2026-11")
PEOPLE = (("priya", ["data_manager"], ["*"]), ("helen", ["head"], [SCHOOL]), ("ruth", ["safeguarding_lead"], ["*"]))
FIRST = dt.datetime(2026, 9, 1, 6, tzinfo=dt.UTC)


class Certified(HandMadeMis):
    """With the certificate that a whole preparation asks for."""

    def snapshot(self, plan, progress, now):
        found = super().snapshot(plan, progress, now)
        certificate = {**found.certificate, "resources": {}, "ended": now().isoformat()}
        return replace(found, certificate=certificate)


@dataclass
class HandDesk(FrontDoor):
    """The command line, the MIS behind it and the recipient's key."""

    mis: dict = field(default_factory=dict)
    recipient_key: Identity = field(default_factory=Identity.generate)

    def holds(self, *numbers: int) -> None:
        """Let the MIS hold these pupils."""
        frames = snapshot(*(someone(str(number)) for number in numbers))
        school = frames["school"]
        frames["school"] = school.assign(urn=school["urn"].str.replace("123456", SCHOOL))
        self.mis[SCHOOL] = Certified(SCHOOL, frames)

    def prepared(self, month: str) -> Release:
        """Prepare a month and return what stands for it."""
        self.now = dt.datetime.fromisoformat(f"{month}-01T06:00:00+00:00")
        self.done("prepare", month, "--school", SCHOOL)
        found = self.installation().ledger.releases(school=SCHOOL, period=month)
        return [one for one in found if one.state is not State.WITHDRAWN][-1]

    def signed_by_all(self) -> None:
        """Two people sign whatever waits for them."""
        for person, role in (("priya", "data_manager"), ("helen", "head")):
            waiting = self.installation().ledger.releases(state=State.PREPARED.value)
            named = [part for one in waiting for part in ("--named", one.waybill[:8])]
            self.done("sign", "--waiting", "--role", role, "--key", self.key(person), "--as", person, *named)

    def released(self, month: str) -> None:
        self.done("release", AGREEMENT, SCHOOL, month, "--as", "priya")

    def outbox(self) -> dict[str, bytes]:
        root = self.settings.handed_over
        return {path.name: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}

    def opened(self, name: str) -> str:
        return pyrage.decrypt(self.outbox()[name], [self.recipient_key]).decode("utf-8-sig")


@contextmanager
def hand_desk(home: Path) -> Generator[HandDesk]:
    home.mkdir(mode=0o700)
    desk = HandDesk(home, 0, home / "received", FIRST)
    shutil.copytree(FOLDER, home / "trust", ignore=shutil.ignore_patterns("agreements", "cases", "observed"))
    (home / "trust" / "agreements").mkdir()
    (home / "trust" / "agreements" / f"{AGREEMENT}.yaml").write_text(by_hand_text(desk.recipient_key), encoding="utf-8")
    rows = [f"feed,{AGREEMENT},,{month},{month}-01,{month}-01,{month}-01,{month}-15," for month in MONTHS]
    header = "kind,subject,schools,period,as_at,window_start,opens,due,note"
    (home / "trust" / "calendar.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    desk.holds(1, 2, 3)
    initialise(desk.settings, lambda: desk.now)
    (home / "signers").mkdir()
    bootstrap_register(Context(desk.installation(), "priya"), [_person(home, *person) for person in PEOPLE])
    with pytest.MonkeyPatch.context() as patch:
        at(patch, home)
        patch.setattr(Installation, "connect", lambda _self, school, *_: desk.mis[school.urn])
        desk.done("protect", "confirm", "--as", "ruth")
        yield desk


def by_hand_text(key: Identity) -> str:
    """The demo's agreement, with a mailbox and a key in place of a server."""
    delivery = f"""delivery:
  by_hand: {{channel: secure_mail, address: lists@texts.example.org, confirm_within_days: 5}}
  filename: "{{urn}}_contacts_{{period}}_{{version:03d}}.csv.age"
  seal: {{kind: age, key: {key.to_public()}}}

"""
    text = text_of(AGREEMENT).replace("cadence: term", "cadence: month")
    return re.sub(r"delivery:\n.*?\n\n", lambda _: delivery, text, flags=re.DOTALL)


def _person(home: Path, person: str, roles: list[str], schools: list[str]) -> dict[str, object]:
    data = new_private_key(PASSPHRASE)
    (home / "signers" / person).write_bytes(data)
    public = public_text(read_private_key(data, PASSPHRASE))
    return {"id": person, "name": person, "roles": roles, "schools": schools, "public_key": public}
