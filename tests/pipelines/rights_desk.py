"""A trust's office with an approver register, in whose ledger pupils have been told of without a MIS or a server."""

import datetime as dt
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports import grounds
from exports.notice import Notice
from exports.signing import public_text
from exports.terms import Agreement
from exports.waybill import Tally, Waybill, sha256
from ledger.copying import copy
from ledger.disclosures import CellColumn, digests
from ledger.states import State
from ledger.store import Ledger, Slot
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


def laid_out(home: Path) -> Settings:
    """Lay out a state folder with keys and a few agreements, whose approver register is empty."""
    shutil.copytree(FOLDER, home / "trust")
    for path in (home / "trust" / "agreements").glob("*.yaml"):
        if path.name not in KEPT:
            path.unlink()
    settings = Settings(home, home / "trust")
    initialise(settings, lambda: EVENING)
    return settings


def made_office(home: Path, *more: Mapping[str, object]) -> Path:
    """Make a state folder with keys, a few agreements and an approver register, and nothing prepared.

    More people than the demonstration's come into the register where they are given.
    """
    settings = laid_out(home)
    people = [{"public_key": public_text(Ed25519PrivateKey.generate()), **person} for person in (*PEOPLE, *more)]
    approving.bootstrap_register(Context(Installation.open(settings, lambda: EVENING), "priya"), people)
    return home


@dataclass
class Office(FrontDoor):
    """The same, at which files can be said to have left."""

    def told(  # noqa: PLR0913  each is a fact about the file
        self, agreement_id: str, pupils: Mapping[tuple[str, str], Mapping[str, str]], *, period: str = "2026-10-01",
        at: dt.datetime = EVENING, version: int = 1, school: str = SCHOOL, state: State = State.DELIVERED, to: str = "",
    ) -> str:  # fmt: skip
        """Let a file have arrived, or wait; `pupils` has texts by field of each (MIS id, UPN). Returns its waybill."""
        here = self.installation()
        agreement = next(one.agreement for one in here.trust.agreements if one.id == agreement_id)
        data = json.dumps([*pupils.values()]).encode()
        waybill = _waybill(agreement, here.trust.notice, data, school=school, period=period, version=version, at=at)
        name = waybill.sha256
        keys = here.pupils.pupils(school, [one for one, _ in pupils], [one for _, one in pupils])
        columns = [
            CellColumn(f"{agreement_id}.{field}", [owner], [text])
            for owner, texts in enumerate(pupils.values())
            for field, text in texts.items()
        ]
        until = at.date() + dt.timedelta(days=9000)
        parts = {
            "waybill": waybill.canonical,
            "grounds": grounds.write(grounds.grounds_of(agreement)),
            "file": data,
        }
        sealed = {part: here.vault.seal(data, part, until).address for part, data in parts.items()}
        slot = Slot(school, period, to or agreement.recipient.id, agreement_id, version)
        with here.ledger.transaction() as tx:
            tx.prepare(name, slot, at, sealed)
            if state is not State.PREPARED:
                tx.move(name, State.APPROVED, at, {})
                tx.claim(name, at, {"remote_name": waybill.remote_name})
                tx.settle(name, state, at, digests(columns, keys), {})
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


def _waybill(
    agreement: Agreement, notice: Notice, data: bytes, *, school: str, period: str, version: int, at: dt.datetime
) -> Waybill:
    """Give the waybill of a file about which nothing matters but whom it told of."""
    nothing = sha256(b"")
    return Waybill(
        school=school, period=period, agreement=agreement.id, agreement_sha256=agreement.sha256,
        recipient=agreement.recipient.id, destination="", recipient_lock=agreement.recipient_lock,
        release_version=version, supersedes=None, file_sha256=sha256(data), length=len(data),
        remote_name=f"{agreement.id}_{period}.csv", content_sha256=sha256(data), tally=Tally(1, 1, 0, 0, 0, 0, 0, 0),
        fields=tuple(line.id for line in agreement.lines), snapshot_sha256=nothing, notice_version=notice.version,
        notice_sha256=notice.sha256, findings_sha256=nothing, approvers_sha256=nothing, prepared_at=at,
        nonce=sha256(f"{school}{period}{version}".encode())[:32],
    )  # fmt: skip


def opened_office(made: Path, folder: Path, database: str = "") -> Office:
    """Copy the office as made to a folder that a test may spoil, its ledger to a database server if one is named."""
    shutil.copytree(made, folder / "home")
    office = Office(folder / "home", 0, folder / "received")
    if database:
        held, target = Ledger(office.settings.ledger), Ledger(database)
        copy(held, target)
        held.close()
        target.close()
        for file in office.home.glob("ledger.sqlite*"):
            file.unlink()
        keep_ledger_at(office.trust, database)
    return office


def keep_ledger_at(trust: Path, database: str) -> None:
    """Name the ledger's database in trust.toml, in place of another."""
    toml = trust / "trust.toml"
    said, _, _ = toml.read_text(encoding="utf-8").partition("\n[ledger]\n")
    toml.write_text(f'{said}\n[ledger]\ndatabase = "{database}"\n', encoding="utf-8")
