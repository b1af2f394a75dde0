"""The terms of one agreement, as the rest of the system reads them: frozen types and nothing else.

Belongs here: what an agreement says once it has compiled. How it is read from YAML is `exports.agreements`,
what is refused is `exports.agreement_rules`.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from string import Formatter

from schemas.table import Sensitivity


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who receives, fixed by the recipient lock.

    Attributes:
        number: the body's own register number (local authority number, ODS code, UKPRN ...).
        kind: one of `vocabularies.RECIPIENT_KINDS`.
        role: one of `vocabularies.ROLES`.
        country: two-letter code of where the data goes.
        clause: notice clause that names this recipient.
        sharing_reference: reference of the signed sharing agreement.
        ends: last day the sharing agreement holds.

    """

    id: str
    legal_name: str
    number: str
    kind: str
    role: str
    country: str
    clause: str
    sharing_reference: str
    ends: dt.date


@dataclass(frozen=True, slots=True)
class Legacy:
    """Outdated algorithms that one recipient still needs, and how long we put up with it.

    Attributes:
        algorithms: of `vocabularies.LEGACY_ALGORITHMS`; offered after every modern one.
        until: last day; from the next day on only modern ones are offered.
        why: what stops the recipient from updating.

    """

    algorithms: tuple[str, ...]
    until: dt.date
    why: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """A way on which a person does the sending.

    Attributes:
        channel: one of `vocabularies.CHANNELS`.
        address: where on it: a mailbox, the page of a portal.
        confirm_within_days: by when the other side should have confirmed the file.

    """

    channel: str
    address: str
    confirm_within_days: int


@dataclass(frozen=True, slots=True)
class Seal:
    """Encryption to the recipient.

    Attributes:
        kind: one of `vocabularies.SEALS`.
        key: their public key: `age1...`, or an armored OpenPGP certificate.

    """

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Route:
    """Where the file goes. Every part is pinned; what has a default is what a recipient has to ask for.

    Attributes:
        key_ref: reference of the private key (`env:NAME` or `file:PATH`), never the key.
        host_key: `ssh-ed25519 <base64>` or `SHA256:<fingerprint>`.
        filename: template; `placeholders` of `remote_name` only.
        read_back: the recipient lets the file be read back after writing.
        ends_as: `delivered` or `handed over`.
        next_host_key: the key the server will change to; while both are named either is accepted.
        placing: how the file comes to lie under its final name, one of `vocabularies.PLACING`.
        staging: where it is written before it is renamed, for a recipient who watches `directory`.
        trigger: ending of an empty file beside it that says it is whole, for a recipient who waits for one.
        legacy: outdated algorithms, with their end.
        seal: encryption to the recipient; None sends the file as it was signed.
        by_hand: a person does the sending, from a folder of this installation; no server is named then.

    """

    host: str
    port: int
    user: str
    key_ref: str
    host_key: str
    directory: str
    filename: str
    read_back: bool
    ends_as: str
    next_host_key: str | None = None
    placing: str = "renamed"
    staging: str | None = None
    trigger: str | None = None
    legacy: Legacy | None = None
    seal: Seal | None = None
    by_hand: ByHand | None = None

    @property
    def account(self) -> str:
        """Name the account at the recipient's server: what a refused login is counted by."""
        return f"{self.user}@{self.host}:{self.port}"

    def as_of(self, day: dt.date) -> "Route":
        """Return the route as it holds on a day: without outdated algorithms whose end has passed."""
        over = self.legacy is not None and day > self.legacy.until
        return replace(self, legacy=None) if over else self

    def remote_name(
        self, *, la: str, estab: str, urn: str, period: str, version: int, dest: str = "", serial: int = 1
    ) -> str:
        """Return the remote file name of one release; it says nothing of a pupil. `yy` is the period's year."""
        return self.filename.format(
            la=la, estab=estab, urn=urn, period=period, yy=period[2:4], version=version, dest=dest, serial=serial
        )


FILENAME_PLACEHOLDERS = frozenset({"la", "estab", "urn", "period", "yy", "version", "dest", "serial"})


def placeholders(template: str) -> frozenset[str]:
    """Return the names in braces of a file name template; ValueError when its braces do not match."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written. `sort` is fields (`table.column`); ties fall to the pupil's id."""

    encoding: str
    newline: str
    quoting: str
    formula: str
    sort: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Predicate:
    """One condition on the rows: a name of `vocabularies.POPULATIONS` and its values, where it takes any."""

    name: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of a pupil under one kind of protection: one of `vocabularies.EFFECTS`, with `why` for `sent`."""

    name: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One field that may leave, and why it may.

    Attributes:
        id: `<agreement>.<table>.<column>`, unique.
        field: `<table>.<column>`.
        output: column of the CSV file; None in a format that names its own elements.
        transform: one of `vocabularies.TRANSFORMS`.
        clause: notice clause that tells families of it.
        gateway: id in the gateway register.
        sensitivity: of the column.
        article_9: Article 9 condition, for a special or protected column.
        schedule_1: paragraph of the Data Protection Act 2018 Schedule 1.

    """

    id: str
    field: str
    output: str | None
    transform: str
    clause: str
    gateway: str
    why: str
    sensitivity: Sensitivity
    article_9: str | None = None
    schedule_1: str | None = None

    @property
    def table(self) -> str:
        """Name of the table the field is in."""
        return self.field.partition(".")[0]

    @property
    def column(self) -> str:
        """Name of the column."""
        return self.field.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Paperwork:
    """What the trust's own records hold of this sharing.

    Attributes:
        reviewed_by: who last read the whole agreement, and `reviewed_on` when.
        dpia: reference of the data protection impact assessment, and `dpia_on` its date.
        article_28: reference of the processor contract, for a processor.
        policy_document: reference of the appropriate policy document, where Schedule 1 Part 2 asks for one.
        transfer_safeguard: what protects data that leave the UK.
        parent_means: who counts as a parent, where the file holds a parent.

    """

    reviewed_by: str
    reviewed_on: dt.date
    dpia: str
    dpia_on: dt.date
    article_28: str | None = None
    policy_document: str | None = None
    transfer_safeguard: str | None = None
    parent_means: str | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """One sharing with one recipient for one purpose, compiled without a fault.

    Attributes:
        starts: first day it holds; the last is `recipient.ends`.
        schools: URN of every school it covers.
        basis: Article 6 basis.
        terms: census terms it covers; empty when the cadence is not `collection`.
        profile: checks of the recipient's own software to run before sending, or None.
        signing: roles that must sign, at least two.
        protection: the effect of every kind of `vocabularies.PROTECTION`.
        consent_purpose: what families consented to, where the sharing rests on consent; else None.
        sha256: of the file's bytes, in hexadecimal.
        withheld: why what it told is left out of an answer to the family's access request; None is not left out.

    """

    id: str
    title: str
    version: str
    starts: dt.date
    schools: tuple[str, ...]
    recipient: Recipient
    purpose: str
    purpose_clause: str
    basis: str
    cadence: str
    terms: tuple[str, ...]
    dataset: str
    format: str
    dialect: Dialect | None
    profile: str | None
    lines: tuple[Line, ...]
    population: tuple[Predicate, ...]
    protection: Mapping[str, Effect] = field(hash=False)  # a mapping has no hash; equality still compares it
    consent_purpose: str | None
    when_empty: str
    delivery: Route
    signing: tuple[str, ...]
    retention_days: int
    paperwork: Paperwork
    sha256: str
    withheld: str | None = None

    def in_force(self, today: dt.date) -> bool:
        """Say whether the agreement holds on that day, both ends included."""
        return self.starts <= today <= self.recipient.ends

    def covers(self, urn: str) -> bool:
        """Say whether the agreement covers that school."""
        return urn in self.schools

    def line(self, field: str) -> Line:
        """Return the line of a field; KeyError for a field the agreement does not name."""
        for line in self.lines:
            if line.field == field:
                return line
        message = f"agreement {self.id} does not name {field}"
        raise KeyError(message)

    @property
    def is_return(self) -> bool:
        """Say whether this is the Department's own census return, not a copy of it for somebody else."""
        return self.dataset == "census" and self.recipient.kind == "dfe"

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that may leave, in order."""
        return tuple(line.field for line in self.lines)

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table with a field that may leave, in the order first named."""
        return tuple(dict.fromkeys(line.table for line in self.lines))

    @property
    def outputs(self) -> tuple[str, ...]:
        """CSV columns in order, each once."""
        return tuple(dict.fromkeys(line.output for line in self.lines if line.output is not None))

    def recipient_at(self, destination: str) -> str:
        """Return the id of who receives the file for one destination; "" is an agreement with a single recipient."""
        return f"{self.recipient.id}-{destination}" if destination else self.recipient.id

    def lock_at(self, destination: str) -> str:
        """Return the recipient lock of the file for one destination."""
        locked = f"{self.recipient_lock}-{destination}" if destination else ""
        return hashlib.sha256(locked.encode()).hexdigest() if locked else self.recipient_lock

    @property
    def recipient_lock(self) -> str:
        """SHA-256 over who receives and by which route: a change to either voids what was signed before it."""
        locked = {"recipient": asdict(self.recipient), "route": asdict(self.delivery)}
        text = json.dumps(locked, default=dt.date.isoformat, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of one agreement file: an agreement, or every fault that stops it from being one.

    Attributes:
        id: the file's stem.
        sha256: of the file's bytes, in hexadecimal.

    """

    id: str
    sha256: str
    agreement: Agreement | None
    faults: tuple[str, ...]
