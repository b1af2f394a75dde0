"""A trust's office with an approver register, in whose ledger pupils have been told of without a MIS or a server."""

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports import grounds
from exports.signing import public_text
from ledger.disclosures import CellColumn, digests
from ledger.states import State
from ledger.store import Slot
from pipelines.actions import approving
from pipelines.actions.context import Context
from pipelines.installation import Installation, initialise
from pipelines.settings import Settings
from schemas.identifiers import upn_check_letter
from simulator.deployment import PEOPLE
from tests.exports.trust_folder import FOLDER
from tests.pipelines.front_door import EVENING, FrontDoor

SCHOOL = "900004"
KEPT = {"dfe_autumn_census.yaml", "la_new_pupils.yaml", "supplier_texts.yaml"}


def upn(number: int) -> str:
    """Give a UPN that follows from a number."""
    body = f"8234909{number:05d}"
    return upn_check_letter(body) + body


UPN, OTHER = upn(25001), upn(25002)
ME, SIBLING = ("mis-1", UPN), ("mis-2", OTHER)


def made_office(home: Path) -> Path:
    """Make a state folder with keys, a few agreements and an approver register, and nothing prepared."""
    shutil.copytree(FOLDER, home / "trust")
    for path in (home / "trust" / "agreements").glob("*.yaml"):
        if path.name not in KEPT:
            path.unlink()
    settings = Settings(home, home / "trust")
    initialise(settings, lambda: EVENING)
    people = [{**person, "public_key": public_text(Ed25519PrivateKey.generate())} for person in PEOPLE]
    approving.bootstrap_register(Context(Installation.open(settings, lambda: EVENING), "priya"), people)
    return home


@dataclass
class Office(FrontDoor):
    """The same, at which files can be said to have left."""

    def told(
        self, agreement_id: str, pupils: Mapping[tuple[str, str], Mapping[str, str]], *, period: str = "2026-10-01",
        at: dt.datetime = EVENING, version: int = 1, school: str = SCHOOL,
    ) -> str:  # fmt: skip
        """Let a file have arrived; `pupils` gives the texts by field of each (MIS id, UPN). Returns its waybill."""
        here = self.installation()
        agreement = next(one.agreement for one in here.trust.agreements if one.id == agreement_id)
        name = hashlib.sha256(f"{agreement_id}{period}{version}{school}".encode()).hexdigest()
        keys = here.pupils.pupils(school, [one for one, _ in pupils], [one for _, one in pupils])
        columns = [
            CellColumn(f"{agreement_id}.{field}", [owner], [text])
            for owner, texts in enumerate(pupils.values())
            for field, text in texts.items()
        ]
        until = at.date() + dt.timedelta(days=9000)
        parts = {
            "grounds": grounds.write(grounds.grounds_of(agreement)),
            "file": json.dumps([*pupils.values()]).encode(),
        }
        sealed = {part: here.vault.seal(data, part, until).address for part, data in parts.items()}
        slot = Slot(school, period, agreement.recipient.id, agreement_id, version)
        with here.ledger.transaction() as tx:
            tx.prepare(name, slot, at, sealed)
            tx.move(name, State.APPROVED, at, {})
            tx.claim(name, at, {"remote_name": f"{agreement_id}_{period}.csv"})
            tx.settle(name, State.DELIVERED, at, digests(columns, keys), {})
        here.lodged.lodge(at)
        return name

    def asked(self, right: str, *more: str, who: str = "priya", pupil: str = UPN) -> int:
        """Enter a request about a pupil; returns its number."""
        answer = self.done(
            "rights", "open", right, SCHOOL, "--upn", pupil, "--requester", "Parent Quillfeather", "--relation", "aunt",
            "--contact", "12 Canary Wharf Mews", "--asked", "everything", *more, "--as", who,
        )  # fmt: skip
        return int(answer.out.split()[1].rstrip(":"))

    def checked(self, number: int, *, orders: str = "none") -> None:
        """Record that everything was checked."""
        self.done(
            "rights", "check", str(number), "--identity", "passport seen", "--authority", "birth certificate seen",
            "--capacity", "not_able", "--views", "aged six, not asked", "--court-orders", orders, "--as", "daniel",
        )  # fmt: skip


def opened_office(made: Path, folder: Path) -> Office:
    """Copy the office as made to a folder that a test may spoil."""
    shutil.copytree(made, folder / "home")
    return Office(folder / "home", 0, folder / "received")
