"""A trust's desk in miniature: one agreement, one school, three people with keys, a ledger and a file to send."""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports import approvers, authority
from exports.delivery import deliver
from exports.release import Present, Release, gate, slot
from exports.signing import Act, Role, Signature, Statement, public_text, sign
from exports.terms import Agreement, Effect, Paperwork, Recipient, Route
from exports.transports.sftp import Credential, Deadlines, PrivateKey, SftpTransport
from exports.vocabularies import PROTECTION
from exports.waybill import Tally, Waybill, digest, sha256
from ledger.disclosures import Batch
from ledger.states import State
from ledger.store import Ledger
from ledger.verify import verify
from schemas.census.findings import Verdict
from schemas.refusal import Refusal
from simulator import sftp as servers

NOW = dt.datetime(2026, 10, 20, 9, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 10, 20)
SCHOOL = "149001"
CLEAN = Verdict(blocking_open=0, errors=0, queries=3, unexplained=0, not_evaluated=0)
FILE = b"invented,file\r\n" * 3000
ROLES = ("data_manager", "head")


def key_of(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def entry(person: str, roles: list[str], schools: list[str], key: str | None = None) -> dict:
    return {
        "id": person,
        "name": f"Person {person}",
        "roles": roles,
        "schools": schools,
        "public_key": public_text(key_of(key or person)),
    }


PEOPLE = (
    entry("dm", ["data_manager", "head"], ["*"]),
    entry("head", ["head"], [SCHOOL]),
    entry("dpo", ["dpo"], ["*"]),
)

ROUTE = Route(
    host="127.0.0.1",
    port=1,
    user="nobody",
    key_ref="file:recipient",
    host_key=servers.public_text(servers.demo_host_key()),
    directory="in",
    filename="{urn}_{period}_{version:03d}.csv",
    read_back=True,
    ends_as="delivered",
)

AGREEMENT = Agreement(
    id="la_joiners",
    title="Joiners",
    version="1",
    starts=dt.date(2026, 9, 1),
    recipient=Recipient(
        "la", "An invented council", "823", "local_authority", "controller", "GB", "4", "DSA 1", dt.date(2027, 8, 31)
    ),
    purpose="register",
    purpose_clause="4",
    basis="6(1)(e)",
    cadence="day",
    terms=(),
    schools=(SCHOOL,),
    dataset="joiner",
    format="csv",
    dialect=None,
    profile=None,
    lines=(),
    population=(),
    protection=MappingProxyType(dict.fromkeys(PROTECTION, Effect("contacts_withheld"))),
    consent_purpose=None,
    when_empty="nil",
    delivery=ROUTE,
    signing=ROLES,
    retention_days=30,
    paperwork=Paperwork("A Person", dt.date(2026, 8, 1), "DPIA 1", dt.date(2026, 8, 1)),
    sha256=sha256(b"agreement"),
)


@dataclass
class Desk:
    ledger: Ledger
    register: approvers.Register
    agreement: Agreement = AGREEMENT
    certificate: dict = field(default_factory=lambda: {"stable": True, "rows": {"pupil": 2}})
    verdict: Verdict = CLEAN
    unverified: int = 0
    demonstration: bool = False
    data: bytes = FILE
    batch: Batch = field(default_factory=lambda: Batch((b"a" * 16, b"b" * 16), ([b"l\x1f" + b"1" * 16], [])))

    def present(self) -> Present:
        return Present(
            agreement=self.agreement,
            notice_sha256=sha256(b"notice"),
            certificate=self.certificate,
            findings_sha256=sha256(b"findings"),
            verdict=self.verdict,
            unverified=self.unverified,
            demonstration=self.demonstration,
        )

    def waybill(self, **changes) -> Waybill:
        told = {
            "school": SCHOOL,
            "period": "2026-10-20",
            "agreement": self.agreement.id,
            "agreement_sha256": self.agreement.sha256,
            "recipient": self.agreement.recipient.id,
            "destination": "",
            "recipient_lock": self.agreement.recipient_lock,
            "release_version": 1,
            "supersedes": None,
            "file_sha256": sha256(self.data),
            "length": len(self.data),
            "remote_name": "149001_2026-10-20_001.csv",
            "content_sha256": sha256(self.data),
            "tally": Tally(2, 12, 0, 0, 3, 0, 0, 0),
            "fields": ("la_joiners.roll.upn",),
            "snapshot_sha256": digest(self.certificate),
            "notice_version": "3",
            "notice_sha256": sha256(b"notice"),
            "findings_sha256": sha256(b"findings"),
            "approvers_sha256": self.register.sha256,
            "prepared_at": NOW - dt.timedelta(hours=1),
            "nonce": "0123456789abcdef" * 2,
        }
        return Waybill(**(told | changes))

    def statement(self, waybill: Waybill, person: str, role: str, **changes) -> Statement:
        told = {
            "act": Act.RELEASE,
            "role": Role(role),
            "signer": person,
            "subject": waybill.sha256,
            "signed_at": NOW - dt.timedelta(minutes=5),
            "not_after": NOW + dt.timedelta(days=7),
        }
        return Statement(**(told | changes))

    def signature(self, waybill: Waybill, person: str, role: str, key: str | None = None, **changes) -> Signature:
        return sign(self.statement(waybill, person, role, **changes), key_of(key or person))

    def enter(self, **changes) -> Waybill:
        waybill = self.waybill(**changes)
        with self.ledger.transaction() as tx:
            tx.prepare(waybill.sha256, slot(waybill), NOW, {})
        return waybill

    def approve(self, waybill: Waybill) -> Waybill:
        for person, role in (("dm", "data_manager"), ("head", "head")):
            authority.record(self.ledger, waybill, self.signature(waybill, person, role), ROLES, NOW)
        return waybill

    def plant(self, waybill: Waybill, *signatures: Signature) -> Waybill:
        """Put signatures into the ledger past every check of recording, as an intruder at the database would."""
        with self.ledger.transaction() as tx:
            for one in signatures:
                body = {"waybill": waybill.sha256, "act": one.statement.act.value, **one.body()}
                tx.append(authority.KIND, body, NOW)
            tx.move(waybill.sha256, State.APPROVED, NOW, {})
        return waybill

    def gate(self, waybill: Waybill, **changes) -> Release:
        told = {"data": self.data, "disclosures": self.batch, "present": self.present, "now": NOW, "today": TODAY}
        return gate(self.ledger, waybill=waybill, **(told | changes))

    def send(self, waybill: Waybill, transport, **changes) -> State:
        return deliver(self.ledger, self.gate(waybill, **changes), transport, lambda: NOW)

    def state(self, waybill: Waybill) -> State:
        return self.ledger.release(waybill.sha256).state

    def towards(self, **changes) -> None:
        """Change the agreement's route."""
        self.agreement = replace(self.agreement, delivery=replace(self.agreement.delivery, **changes))


@dataclass
class Place:
    """A recipient's account on a running server."""

    port: int
    user: str
    folder: Path
    key: str
    host_key: str

    def transport(self, **deadlines) -> SftpTransport:
        return SftpTransport(lambda _: PrivateKey(self.key), Deadlines(**deadlines))

    def between(self, happens: Callable[[], object]) -> SftpTransport:
        """A transport before whose second connection something happens, which may be another credential."""
        asked = []

        def credential(reference: str) -> Credential:
            asked.append(reference)
            other = happens() if len(asked) == 2 else None
            return other if isinstance(other, PrivateKey) else PrivateKey(self.key)

        return SftpTransport(credential)

    def part(self, waybill: Waybill) -> Path:
        return self.folder / f".{waybill.remote_name}.part-{waybill.sha256[:12]}"

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def route(self) -> dict:
        return {"port": self.port, "user": self.user, "host_key": self.host_key}


class NeverCalled:
    """A transport that must not be reached."""

    longest = dt.timedelta(minutes=1)

    def send(self, release):
        raise AssertionError(release.waybill.sha256)


def refused(desk, waybill, refusal, **changes):
    """Assert that the release is refused in exactly that way, before the transport, and that nothing changed."""
    state, events = desk.state(waybill), desk.ledger.head()
    with pytest.raises(Refusal) as caught:
        desk.send(waybill, NeverCalled(), **changes)
    assert type(caught.value) is refusal
    assert caught.value.code == refusal.code
    assert (desk.state(waybill), desk.ledger.head()) == (state, events)
    assert verify(desk.ledger.place).faults == []
