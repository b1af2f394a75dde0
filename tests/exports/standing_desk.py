"""A trust's desk with a ledger, a vault and pupil keys: real files of one agreement, prepared from a roll of pupils."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from exports import authority, protection_log
from exports.approvers import Register, bootstrap, change, current
from exports.delivery import deliver
from exports.envelope import Limits
from exports.evidence import Shelf, pack
from exports.formats import FORMATS, verified
from exports.minimise import minimised
from exports.notes import explain
from exports.preparation import Draft, Prepared, artefact, open_batch, prepare
from exports.protection import Flag, Record
from exports.protection_standing import standing as protected
from exports.release import Release, gate
from exports.sending import Doors, present
from exports.signing import Act, Role, Statement, sign
from exports.standing import Standing, proposal, propose, sign_standing, statement_of
from exports.standing_use import Here, Judgement, put_under
from exports.terms import Agreement
from exports.transports.folder import FolderTransport
from exports.waybill import Waybill
from ledger.head import LodgedHead, lodge_head
from ledger.states import State
from schemas.census.findings import FINDING
from schemas.census.spec import NOTHING
from schemas.deployment import MisReference, School
from schemas.mis_flags import Said
from tests.exports.desk import entry, key_of
from tests.exports.protection_state import State as Stores
from tests.exports.protection_state import opened
from tests.exports.trust_folder import agreement, feed, notice

SCHOOL, ELSEWHERE = "900004", "900002"
START = dt.datetime(2026, 9, 7, 8, tzinfo=dt.UTC)
HEAD_KEY = key_of("the head of the ledger")
LIMITS = Limits(
    pupils_least=3, pupils_most=6, joined_most=2, left_most=1, changed_most=2, errors_most=1, queries_most=1
)
PEOPLE = (
    entry("dm", ["data_manager"], ["*"]),
    entry("head", ["head"], [SCHOOL]),
    entry("dpo", ["dpo", "head"], ["*"]),
    entry("deputy", ["data_manager", "head"], [SCHOOL]),
)
TERMS = replace(agreement("supplier_texts"), retention_days=90)
FIVE = tuple(
    {"surname": f"Name {number}", "contact1_phone": f"0741234560{number}", "contact2_phone": None}
    for number in range(1, 6)
)


@dataclass
class StandingDesk:
    """One agreement, as it reads now, and the hands of the people around it."""

    stores: Stores
    folder: Path
    agreement: Agreement = TERMS
    notice_sha256: str = notice().sha256
    now: dt.datetime = START
    said: Said = field(default_factory=lambda: Said({}))
    table: str = "roll"
    explaining: bool = False
    kept: dict = field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        return self.now.date()

    @property
    def here(self) -> Here:
        return Here(self.agreement, self.notice_sha256, self.now, self.today)

    def prepared(
        self, pupils: Sequence[dict] = FIVE, *, findings: Sequence[dict] = (), school: str = SCHOOL
    ) -> Waybill:
        """Prepare today's file of a school from its roll."""
        found = self.prepare(pupils, findings=findings, school=school).waybill
        assert found is not None
        return found

    def prepare(
        self, pupils: Sequence[dict] = FIVE, *, findings: Sequence[dict] = (), school: str = SCHOOL
    ) -> Prepared:
        frames = feed(self.table, *({"urn": school, **pupil} for pupil in pupils))
        upns = {str(number): f"A{number:012d}" for number in range(1, len(pupils) + 1)}
        said = replace(self.said, upns={upn: pupil for pupil, upn in upns.items()})
        stores = self.stores
        seq = stores.ledger.head().seq
        standing = protected(stores.ledger, stores.vault, stores.pupils, self.agreement, school, said, seq)
        taken = minimised(frames, self.agreement, as_at=self.today, standing=standing)
        data = FORMATS[self.agreement.format].render(taken.frames, self.agreement)
        draft = Draft(
            school=School(school, "823", "4004", "A school", "SS", "academy", (), MisReference("arbor", "", "", "")),
            period=self.today.isoformat(),
            agreement=self.agreement,
            notice=replace(notice(), sha256=self.notice_sha256),
            data=data,
            facts=verified(data, taken.frames, self.agreement),
            frames=taken.frames,
            upns=upns,
            findings=FINDING.frame(
                {name: [row.get(name) for row in map(_finding, findings)] for name in FINDING.names}
            ),
            certificate={"stable": True, "day": self.today.isoformat()},
            confirmed=NOTHING,
            applied=taken.applied,
        )
        if self.explaining:
            explain(
                stores.ledger, stores.vault, stores.pupils, school=school, period=draft.period, findings=draft.findings,
                text="It is so.", author="dm", at=self.now,
            )  # fmt: skip
        nonce = f"{self.now:%Y%m%d%H%M%S}".rjust(32, "0")
        return prepare(stores.ledger, stores.vault, stores.pupils, draft, self.now, nonce)

    def put_under(self, waybill: Waybill) -> Judgement | None:
        return put_under(self.stores.ledger, self.stores.vault, self.stores.pupils, waybill, self.here)

    def sign(self, waybill: Waybill, *people: tuple[str, str]) -> None:
        """Let people sign one file by itself."""
        for person, role in people or (("dm", "data_manager"), ("head", "head")):
            self.record(waybill, Act.RELEASE, person, role)

    def record(self, waybill: Waybill, act: Act, person: str, role: str, *reason: str) -> None:
        statement = Statement(act, Role(role), person, waybill.sha256, self.now, self.now + dt.timedelta(7), *reason)
        signature = sign(statement, key_of(person))
        authority.record(self.stores.ledger, waybill, signature, self.agreement.signing, self.now)

    def gate(self, waybill: Waybill) -> Release:
        """Go through the gate, as the release job does; what is not sent afterwards stays on its way."""
        ledger, vault = self.stores.ledger, self.stores.vault
        parts = {name: vault.open(artefact(ledger, waybill.sha256, name)) for name in ("file", "cells")}
        return gate(
            ledger, waybill=waybill, data=parts["file"], disclosures=open_batch(parts["cells"]),
            present=lambda: present(self.doors, waybill), now=self.now, today=self.today,
        )  # fmt: skip

    def send(self, waybill: Waybill) -> State:
        return self.deliver(self.gate(waybill))

    def deliver(self, release: Release) -> State:
        return deliver(self.stores.ledger, release, FolderTransport(self.folder), lambda: self.now)

    def recall(self, waybill: Waybill) -> None:
        with self.stores.ledger.transaction() as tx:
            tx.move(waybill.sha256, State.RECALLED, self.now, {})

    def pack(self, *waybills: Waybill) -> dict[str, Any]:
        """The evidence of files that left, as it is handed over, under a head lodged now."""
        head = LodgedHead(self.stores.ledger, HEAD_KEY, self.folder / "head.json")
        lodge_head(head.ledger, head.key, head.path, self.now)
        return pack(Shelf(head, self.stores.vault, {}), "some files", [one.sha256 for one in waybills])

    def forget(self, waybill: Waybill) -> None:
        """Let the retention of a file's digests end."""
        self.stores.vault.drop(artefact(self.stores.ledger, waybill.sha256, "cells"), self.today)

    def change_register(self, *people: dict) -> None:
        """Put another register into force, signed by two current approvers."""
        ledger = self.stores.ledger
        wanted = Register.of(current(ledger).version + 1, people)
        told = (Role.DATA_MANAGER, "dm"), (Role.DPO, "dpo")
        until = self.now + dt.timedelta(1)
        signed = [
            sign(Statement(Act.APPROVER_CHANGE, role, person, wanted.sha256, self.now, until), key_of(person))
            for role, person in told
        ]
        change(ledger, wanted, signed, self.now)

    @property
    def doors(self) -> Doors:
        return Doors(
            ledger=self.stores.ledger,
            lodged=None,  # type: ignore[arg-type]  the gate reads no head
            vault=self.stores.vault,
            pupils=self.stores.pupils,
            notice=lambda: replace(notice(), sha256=self.notice_sha256),
            reread=lambda: self.agreement,
            confirmed=lambda _: NOTHING,
            demonstration=False,
            now=lambda: self.now,
            today=lambda: self.today,
        )

    def left(self, pupils: Sequence[dict] = FIVE, **options) -> Waybill:
        """Prepare, sign and send a file by hand, and let a week go by."""
        waybill = self.prepared(pupils, **options)
        self.sign(waybill)
        self.send(waybill)
        self.later()
        return waybill

    def later(self, days: int = 7) -> None:
        self.now += dt.timedelta(days)

    def stand(
        self, limits: Limits = LIMITS, *, ends: dt.date = dt.date(2027, 7, 20), sign_it: bool = True,
        schools: Sequence[str] = (SCHOOL,),
    ) -> Standing:  # fmt: skip
        """Propose a standing release of the agreement for schools, and let two people of the first sign it."""
        told = {"notice": (notice().version, self.notice_sha256), "today": self.today, "now": self.now}
        made = proposal(self.agreement, schools=schools, ends=ends, limits=limits, **told)
        propose(self.stores.ledger, made, "dm", self.now)
        for person, role in (("dm", "data_manager"), ("head", "head")) if sign_it else ():
            self.sign_standing(made, person, role)
        return made

    def sign_standing(self, made: Standing, person: str, role: str) -> None:
        signature = sign(statement_of(made, role, person, self.now), key_of(person))
        sign_standing(self.stores.ledger, made, signature, self.now, self.today)

    def state(self, waybill: Waybill) -> State:
        return self.stores.ledger.release(waybill.sha256).state

    def flag(self, upn: str, school: str = SCHOOL) -> Record:
        record = Record(school, "1", upn, "lead", self.now, Flag.SAFE_ADDRESS, None, dt.date(2027, 7, 1))
        assert self.stores.add(record)
        return record


def _findings(changes: Sequence[dict]) -> pd.DataFrame:
    rows = [_finding(change) for change in changes]
    return FINDING.frame({name: [row[name] for row in rows] for name in FINDING.names})


def _finding(changes: dict) -> dict:
    return {
        "rule": "supplier_texts.1", "severity": "query", "blocking": False, "level": "pupil", "table": "roll",
        "pupil_id": "1", "row_key": None, "fields": "roll.surname", "message": "look", "evaluated": True,
    } | changes  # fmt: skip


@contextmanager
def standing_desk(folder: Path) -> Iterator[StandingDesk]:
    with opened(folder) as stores:
        bootstrap(stores.ledger, Register.of(1, PEOPLE), START)
        protection_log.confirm(
            stores.ledger, schools=(SCHOOL, ELSEWHERE), records=0, by="lead", at=START, day=START.date()
        )
        yield StandingDesk(stores, folder / "outbox")
