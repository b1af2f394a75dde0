"""The waybill: the manifest that goes with every file, and what the signers sign.

Belongs here: the `Waybill` value, its canonical bytes (RFC 8785 JSON) and reading them back. Who signed it is
`exports.signing`; whether it may go is `exports.release`. It holds counts, names of fields and hashes, never a value
of a pupil; it is still sealed in the vault, because a hash of a one-pupil file would allow guess-and-confirm (that is
why it carries a random nonce).
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Final

import rfc8785

from schemas.refusal import Refusal

TYPE: Final = "waybill"
FORMAT_VERSION: Final = 1

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_NONCE: Final = re.compile(r"[0-9a-f]{32}")
_REMOTE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\.[A-Za-z0-9_-]{1,20}){0,3}")
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


class WaybillMalformed(Refusal):
    """The bytes or values do not make a waybill of this format."""

    code = "waybill_malformed"


class RemoteNameRefused(Refusal):
    """The name for the remote file is outside the closed alphabet."""

    code = "remote_name_refused"


def is_increment(certificate: Mapping[str, Any]) -> bool:
    """Say whether a snapshot rests on an earlier one and the MIS's change log, by its certificate."""
    return certificate.get("reading") == "increment"


def digest(value: object) -> str:
    """SHA-256, in hex, of a JSON-like value in canonical form (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()  # type: ignore[arg-type]


def sha256(data: bytes) -> str:
    """SHA-256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def utc_text(moment: dt.datetime) -> str:
    """Write an aware moment as RFC 3339 in UTC, to the second: the one spelling in waybills and statements."""
    if moment.tzinfo is None:
        message = "a moment without a time zone cannot be written: pass an aware UTC datetime"
        raise WaybillMalformed(message)
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_moment(text: str) -> dt.datetime:
    """Read back what `utc_text` wrote."""
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)


def remote_name(name: str) -> str:
    """Return the name unchanged if every system can hold it and none can misread it.

    Letters, digits, `_`, `-` and dots between parts; begins with a letter or digit; no Windows device name.

    Raises:
        RemoteNameRefused: otherwise; the name itself is not repeated.

    """
    if not _REMOTE_NAME.fullmatch(name) or _DEVICE.fullmatch(name):
        message = (
            "the remote file name is not allowed: use letters, digits, '-' and '_', at most three dots between them, "
            "and no name of a Windows device. Change the agreement's delivery.filename."
        )
        raise RemoteNameRefused(message)
    return name


@dataclass(frozen=True, slots=True)
class Tally:
    """How much a file holds and how its findings stood when it was prepared.

    Attributes:
        pupils: number of pupils named in the file.
        cells: number of values in the file.
        blocking: blocking findings open.
        errors: findings of severity error, blocking or not.
        queries: findings that ask for an explanation.
        unexplained: queries without one.
        not_evaluated: checks that could not be made.
        unverified_paths: emitted paths whose layout nobody has confirmed (architecture decision 5).

    """

    pupils: int
    cells: int
    blocking: int
    errors: int
    queries: int
    unexplained: int
    not_evaluated: int
    unverified_paths: int


@dataclass(frozen=True)
class Waybill:
    """One file for one recipient, named exactly. Every hash is SHA-256 in hex.

    Attributes:
        school: URN.
        period: collection key, or the date, week, month or term of a feed.
        agreement: agreement id.
        agreement_sha256: of the agreement file's bytes.
        recipient: recipient id.
        destination: where an agreement with several destinations sends this file; "" for one with a single recipient.
        recipient_lock: of the recipient's identity, route and destination (`Agreement.lock_at`).
        release_version: 1 for the first file of this school, period and recipient; one more each time it is replaced.
        supersedes: hash of the waybill that this one replaces, or null.
        file_sha256: of the bytes to be sent.
        length: number of those bytes.
        remote_name: name at the recipient, in the closed alphabet.
        content_sha256: as `file_sha256` without the header's DateTime and SerialNo, to recognise an unchanged return.
        tally: counts.
        fields: line ids of the agreement, in file order.
        snapshot_sha256: of the snapshot certificate, canonical.
        notice_version: version of the privacy notice.
        notice_sha256: of the notice's bytes.
        findings_sha256: of the findings, explanations included.
        approvers_sha256: of the approver register.
        prepared_at: aware UTC.
        nonce: 128 random bits in hex.

    """

    school: str
    period: str
    agreement: str
    agreement_sha256: str
    recipient: str
    destination: str
    recipient_lock: str
    release_version: int
    supersedes: str | None
    file_sha256: str
    length: int
    remote_name: str
    content_sha256: str
    tally: Tally
    fields: tuple[str, ...]
    snapshot_sha256: str
    notice_version: str
    notice_sha256: str
    findings_sha256: str
    approvers_sha256: str
    prepared_at: dt.datetime
    nonce: str

    HASHES: ClassVar[tuple[str, ...]] = (
        "agreement_sha256",
        "recipient_lock",
        "file_sha256",
        "content_sha256",
        "snapshot_sha256",
        "notice_sha256",
        "findings_sha256",
        "approvers_sha256",
    )

    def __post_init__(self) -> None:
        """Refuse what could not be compared exactly later."""
        remote_name(self.remote_name)
        wrong = [name for name in self.HASHES if not _HASH.fullmatch(getattr(self, name))]
        if self.supersedes is not None and not _HASH.fullmatch(self.supersedes):
            wrong.append("supersedes")
        if not _NONCE.fullmatch(self.nonce):
            wrong.append("nonce")
        if self.release_version < 1 or (self.supersedes is not None and self.release_version == 1):
            wrong.append("release_version")
        if self.length < 1:
            wrong.append("length")
        if wrong:
            message = f"waybill of agreement {self.agreement}: not well formed: {', '.join(wrong)}. Prepare it again."
            raise WaybillMalformed(message)

    @cached_property
    def canonical(self) -> bytes:
        """The RFC 8785 bytes that are hashed, sealed and signed for."""
        body = asdict(self) | {
            "type": TYPE,
            "format_version": FORMAT_VERSION,
            "fields": list(self.fields),
            "prepared_at": utc_text(self.prepared_at),
        }
        return rfc8785.dumps(body)

    @cached_property
    def sha256(self) -> str:
        """The waybill's name everywhere: SHA-256 of its canonical bytes, in hex."""
        return sha256(self.canonical)


def parse(data: bytes) -> Waybill:
    """Read a waybill from its canonical bytes.

    Raises:
        WaybillMalformed: not JSON, another type or format version, a member missing or unknown, or not canonical.

    """
    try:
        body = json.loads(data)
        waybill = _from_body(body)
    except (ValueError, KeyError, TypeError, AttributeError):
        message = "this is not a waybill of format 1: prepare the return again with this version of the program"
        raise WaybillMalformed(message) from None
    if waybill.canonical != data:
        message = "the waybill is not in canonical form: it was changed after it was written"
        raise WaybillMalformed(message)
    return waybill


def _from_body(body: Mapping[str, Any]) -> Waybill:
    values = dict(body)
    if values.pop("type") != TYPE or values.pop("format_version") != FORMAT_VERSION:
        message = "type or format_version"
        raise ValueError(message)
    tally = Tally(**values.pop("tally"))
    lines = tuple(values.pop("fields"))
    prepared_at = utc_moment(str(values.pop("prepared_at")))
    if set(values) != {field.name for field in fields(Waybill)} - {"tally", "fields", "prepared_at"}:
        message = "members"
        raise ValueError(message)
    return Waybill(**values, tally=tally, fields=lines, prepared_at=prepared_at)
