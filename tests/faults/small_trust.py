"""A trust in miniature in which everything is real but the MIS: stores on disk, people with keys, an SFTP account.

Belongs here: the verbs that faults are thrown at, each as the product does it, from tables to a purged vault. A new
`SmallTrust` over the same folder is a restart. Which faults there are is each test's affair.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage.x25519 import Identity

from exports import approvers, authority, protection, protection_log
from exports.formats import FORMATS, verified
from exports.minimise import minimised
from exports.preparation import Draft, Prepared, prepare, read_waybill
from exports.protection import Flag, Record
from exports.protection_standing import standing
from exports.sending import Doors, Sent, resolve_unknown, send_signed
from exports.signing import Act, Role, Statement, sign
from exports.terms import Agreement, Predicate
from exports.transports import Transport
from ledger.head import LodgedHead
from ledger.store import Ledger
from ledger.verify import verify
from schemas.census.findings import FINDING
from schemas.census.spec import NOTHING
from schemas.mis_flags import Said
from tests.exports.desk import PEOPLE, entry, key_of
from tests.exports.trust_folder import agreement, feed, notice, schools
from vault.pupils import PupilKeys
from vault.store import Vault

URN, PERIOD = "900004", "2026-autumn-term"
PURPOSE = "text_messages"
NOW = dt.datetime(2026, 10, 20, 9, 0, tzinfo=dt.UTC)
SIGNERS = (("dm", Role.DATA_MANAGER), ("head", Role.HEAD))

_BLOCKING = {
    "rule": ["1"], "severity": ["error"], "blocking": [True], "level": ["school"], "table": ["roll"],
    "pupil_id": [None], "row_key": [None], "fields": ["roll.forename"], "message": ["invented"], "evaluated": [True],
}  # fmt: skip

Rows = tuple[dict[str, object], ...]


def rows(count: int, mark: str = "") -> Rows:
    """Invented pupils; a mark makes the file another."""
    return tuple({"forename": f"Invented {mark}{number}", "registration_group": "8T5"} for number in range(count))


def pupil_ids(mis: Rows) -> list[str]:
    return [str(number) for number in range(1, len(mis) + 1)]


def terms(**route: object) -> Agreement:
    """An agreement that rests on consent, with its own route."""
    base = agreement("supplier_texts")
    return replace(
        base,
        consent_purpose=PURPOSE,
        population=(Predicate("consented"),),
        delivery=replace(base.delivery, **route),  # type: ignore[arg-type]
    )


@dataclass
class SmallTrust:
    """One installation, opened over a folder."""

    home: Path
    agreement: Agreement
    transport: Transport
    now: dt.datetime = NOW
    head_key: Ed25519PrivateKey = field(default_factory=lambda: key_of("ledger head"))
    blocking: bool = False

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.home / "ledger.sqlite")
        self.vault = Vault(self.home / "vault", _identity(self.home))
        self.pupils = PupilKeys(self.home / "pupils.sqlite", hashlib.sha256(b"kek").digest())
        self.lodged = LodgedHead(self.ledger, self.head_key, self.home / "lodged" / "head.json")

    def found(self) -> None:
        """Set the installation up: approvers, the term's confirmation, the lodged head."""
        (self.home / "lodged").mkdir(parents=True)
        people = [*PEOPLE[:1], entry("head", ["head"], [URN]), *PEOPLE[2:]]
        approvers.bootstrap(self.ledger, approvers.Register.of(1, people), self.now)
        protection_log.confirm(self.ledger, schools=[URN], records=0, by="lead", at=self.now, day=self.now.date())
        self.lodged.lodge_anew(self.now)

    def close(self) -> None:
        for store in (self.ledger, self.vault, self.pupils):
            store.close()

    def consent(self, pupil: str, *, given: bool) -> None:
        """A family gives or withdraws consent."""
        flag = Flag.CONSENT if given else Flag.CONSENT_WITHDRAWN
        protection.add(self.ledger, self.vault, self.pupils, Record(URN, pupil, None, "lead", self.now, flag, PURPOSE))
        self.lodged.lodge(self.now)

    def prepare(self, mis: Rows, nonce: str = "0" * 32, consenting: frozenset[str] = frozenset()) -> Prepared:
        """Extract, minimise, render, read back, seal and enter; the MIS may know of consents itself."""
        seq = self.ledger.head().seq
        said = Said(consenting={PURPOSE: consenting})
        protects = standing(self.ledger, self.vault, self.pupils, self.agreement, URN, said, seq)
        taken = minimised(feed("roll", *mis), self.agreement, as_at=self.now.date(), standing=protects)
        data = FORMATS[self.agreement.format].render(taken.frames, self.agreement)
        school = schools()[URN]
        draft = Draft(
            school=SimpleNamespace(urn=URN, la_number=school.la_number, estab=school.estab),  # type: ignore[arg-type]
            period=PERIOD,
            agreement=self.agreement,
            notice=notice(),
            data=data,
            facts=verified(data, taken.frames, self.agreement),
            frames=taken.frames,
            upns=dict.fromkeys(pupil_ids(mis)),
            findings=FINDING.frame(_BLOCKING) if self.blocking else FINDING.empty(),
            certificate={"stable": True, "rows": {"roll": len(mis)}},
            applied=taken.applied,
        )
        prepared = prepare(self.ledger, self.vault, self.pupils, draft, self.now, nonce)
        self.lodged.lodge(self.now)
        return prepared

    def sign(self, waybill: str, signers: tuple[tuple[str, Role], ...] = SIGNERS) -> None:
        """Let people sign, each with their own key."""
        found = read_waybill(self.ledger, self.vault, waybill)
        for person, role in signers:
            self._record(found.sha256, person, role, Act.RELEASE)
        self.lodged.lodge(self.now)

    def revoke(self, waybill: str) -> None:
        """The head calls a file off."""
        self._record(waybill, "head", Role.HEAD, Act.REVOKE)
        self.lodged.lodge(self.now)

    def send(self) -> tuple[Sent, ...]:
        """Send what is signed for the slot."""
        return send_signed(self._doors(), URN, PERIOD, self.agreement.id, self.transport)

    def resolve(self, waybill: str) -> Sent:
        """Find out what became of an attempt, after its longest time."""
        self.now += self.transport.longest
        return resolve_unknown(self._doors(), waybill, self.transport)

    def purge(self) -> int:
        """Remove what is past its day."""
        due = self.vault.overdue(self.now.date())
        for artefact in due:
            self.vault.drop(artefact.address, self.now.date())
        return len(due)

    def faults(self) -> list[str]:
        """What the verifier says, the lodged head held against it."""
        return verify(self.ledger.place, self.lodged.path).faults

    def _record(self, waybill: str, person: str, role: Role, act: Act) -> None:
        found = read_waybill(self.ledger, self.vault, waybill)
        statement = Statement(
            act=act, role=role, signer=person, subject=waybill, signed_at=self.now - dt.timedelta(minutes=1),
            not_after=self.now + dt.timedelta(days=7),
        )  # fmt: skip
        authority.record(self.ledger, found, sign(statement, key_of(person)), self.agreement.signing, self.now)

    def _doors(self) -> Doors:
        return Doors(
            ledger=self.ledger,
            lodged=self.lodged,
            vault=self.vault,
            pupils=self.pupils,
            notice=notice,
            reread=lambda: self.agreement,
            confirmed=lambda _: NOTHING,
            demonstration=False,
            now=lambda: self.now,
            today=lambda: self.now.date(),  # noqa: PLW0108  the day moves
        )


def _identity(home: Path) -> Identity:
    path = home / "identity"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        path.write_text(str(Identity.generate()))
    return Identity.from_str(path.read_text())
