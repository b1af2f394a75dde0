"""Standing releases: two people let a routine file leave, within limits and until a day; anybody can switch it off.

Belongs here: what a standing release says, proposing, signing and switching it off, and which one holds for a school
now. Each is an event of the ledger; none holds a pupil's value. Whether one file is inside the limits is
`exports.envelope`, and letting it leave `exports.standing_use`. A census, a legal disclosure and the first file of its
kind always have signatures of their own (architecture, decision 8).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar, Final, cast

from exports import authority
from exports.approvers import Register, current
from exports.authority import Subject, complete, refuse_misdirected, refuse_second_role
from exports.case_terms import DATASET as CASE
from exports.envelope import Limits, StandingUnfit
from exports.signing import Act, Role, RoleNotHeld, Signature, Statement, check, signature_from
from exports.terms import Agreement
from exports.waybill import digest, utc_moment, utc_text
from ledger.canonical import Plain
from ledger.states import State
from ledger.store import Ledger, Tx
from schemas.refusal import Refusal

KIND: Final = "standing release"
OFF: Final = "standing release off"
FORMAT_VERSION: Final = 1


class StandingOver(Refusal):
    """The standing release was switched off or has ended."""

    code: ClassVar[str] = "standing_over"


@dataclass(frozen=True)
class Standing:
    """What is signed once for many files.

    Attributes:
        agreement: id, and `agreement_sha256` its text; another text needs another standing release.
        recipient_lock: who receives and by which route.
        schools: whose files may leave; it holds for a school when every role is signed by somebody for that school.
        fields: line ids of the agreement, in file order.
        signing: roles that must sign.
        starts: first day, and `ends` the last, within twelve months.
        proposed_at: aware UTC; two proposals are never the same.

    """

    agreement: str
    agreement_sha256: str
    recipient_lock: str
    notice_version: str
    notice_sha256: str
    schools: tuple[str, ...]
    fields: tuple[str, ...]
    signing: tuple[str, ...]
    starts: dt.date
    ends: dt.date
    limits: Limits
    proposed_at: dt.datetime

    def __post_init__(self) -> None:
        """Refuse one without an end within twelve months, or for no school."""
        if not self.starts <= self.ends < _a_year_after(self.starts):
            message = f"a standing release ends within twelve months: before {_a_year_after(self.starts)}"
            raise StandingUnfit(message)
        if not self.schools:
            message = f"agreement {self.agreement}: name at least one school"
            raise StandingUnfit(message)

    def body(self) -> dict[str, Plain]:
        """The standing release as a JSON object."""
        return {
            "type": KIND,
            "format_version": FORMAT_VERSION,
            "agreement": self.agreement,
            "agreement_sha256": self.agreement_sha256,
            "recipient_lock": self.recipient_lock,
            "notice_version": self.notice_version,
            "notice_sha256": self.notice_sha256,
            "schools": list(self.schools),
            "fields": list(self.fields),
            "signing": list(self.signing),
            "starts": self.starts.isoformat(),
            "ends": self.ends.isoformat(),
            "limits": dict(asdict(self.limits)),
            "proposed_at": utc_text(self.proposed_at),
        }

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of its canonical form: what is signed, and its name everywhere."""
        return digest(self.body())

    @property
    def not_after(self) -> dt.datetime:
        """The moment from which no signature under it holds."""
        return dt.datetime.combine(self.ends + dt.timedelta(days=1), dt.time(), dt.UTC)

    def subject(self, school: str) -> Subject:
        """What its signatures are for, at one school."""
        return Subject(self.sha256, school, f"{self.sha256[:12]} for school {school}")


def signed_singly(agreement: Agreement) -> bool:
    """Say whether each file of an agreement is signed by itself, always."""
    return agreement.dataset in {"census", CASE} or agreement.recipient.kind == "legal"


def proposal(
    agreement: Agreement, *, notice: tuple[str, str], schools: Sequence[str], ends: dt.date, limits: Limits,
    today: dt.date, now: dt.datetime,
) -> Standing:  # fmt: skip
    """Make a standing release of an agreement as it reads now; `notice` is version and hash of the privacy notice.

    Raises StandingUnfit.
    """
    if signed_singly(agreement):
        message = f"{agreement.id}: a census and a legal disclosure are signed for file by file, always"
        raise StandingUnfit(message)
    if unknown := [school for school in schools if not agreement.covers(school)]:
        message = f"{agreement.id} does not cover {', '.join(unknown)}"
        raise StandingUnfit(message)
    if ends > agreement.recipient.ends:
        message = f"{agreement.id} itself ends on {agreement.recipient.ends}: choose that day, or an earlier one"
        raise StandingUnfit(message)
    version, sha256 = notice
    return Standing(
        agreement=agreement.id,
        agreement_sha256=agreement.sha256,
        recipient_lock=agreement.recipient_lock,
        notice_version=version,
        notice_sha256=sha256,
        schools=tuple(sorted(set(schools))),
        fields=tuple(line.id for line in agreement.lines),
        signing=agreement.signing,
        starts=today,
        ends=ends,
        limits=limits,
        proposed_at=now,
    )


def propose(ledger: Ledger, standing: Standing, by: str, now: dt.datetime) -> None:
    """Enter a proposal; it lets nothing leave until it is signed. The same one sent twice is entered once."""
    told = {"standing": standing.sha256, "agreement": standing.agreement, "by": by}
    with ledger.transaction() as tx:
        if not tx.events(KIND, standing=standing.sha256):
            tx.append(KIND, {**told, "release": standing.body()}, now)


def sign_standing(ledger: Ledger, standing: Standing, signature: Signature, now: dt.datetime, today: dt.date) -> None:
    """Check a signature under a standing release and write it down.

    Raises:
        StandingOver: there is nothing left to sign.
        StatementMalformed, SamePersonTwice: as for a waybill.
        Refusal: the signature holds for none of its schools (see `exports.signing.check`).

    """
    with ledger.transaction() as tx:
        _refuse_over(tx, standing, today)
        refuse_misdirected(signature, standing.sha256, standing.signing)
        _check_anywhere(signature, standing, current(tx), now)
        refuse_second_role(signature, signatures(tx, standing))
        told = {"standing": standing.sha256, "act": signature.statement.act.value}
        tx.append(authority.KIND, {**told, **signature.body()}, now)


def switch_off(ledger: Ledger, standing: Standing, by: str, now: dt.datetime) -> int:
    """End a standing release at once and for good; returns how many files wait for people again that it had approved.

    A second time changes nothing.
    """
    with ledger.transaction() as tx:
        if is_off(tx, standing):
            return 0
        tx.append(OFF, {"standing": standing.sha256, "agreement": standing.agreement, "by": by}, now)
        waiting = [
            release.waybill
            for release in tx.releases(agreement=standing.agreement, state=State.APPROVED.value)
            if _rests_on(tx, release.waybill, standing)
        ]
        for waybill in waiting:
            tx.move(waybill, State.PREPARED, now, {"standing_off": standing.sha256})
    return len(waiting)


def _rests_on(tx: Tx, waybill: str, standing: Standing) -> bool:
    """Say whether a file was approved under it, and not by signatures of its own as well."""
    approved = tx.events(State.APPROVED, waybill=waybill)[-1].body["detail"]
    own = {signature_from(one.body).statement.role for one in tx.events(authority.KIND, waybill=waybill)}
    under = isinstance(approved, Mapping) and approved.get("standing") == standing.sha256
    return under and not set(standing.signing) <= own


def is_off(tx: Ledger | Tx, standing: Standing) -> bool:
    """Say whether somebody switched it off."""
    return bool(tx.events(OFF, standing=standing.sha256))


def signatures(tx: Ledger | Tx, standing: Standing) -> list[Signature]:
    """Return its signatures, oldest first, as recorded and not yet judged."""
    found = tx.events(authority.KIND, standing=standing.sha256, act=Act.STANDING.value)
    return [signature_from(event.body) for event in found]


def all_signatures(tx: Ledger | Tx) -> dict[str, list[Signature]]:
    """Return the signatures under every standing release, oldest first, read at once."""
    found: dict[str, list[Signature]] = {}
    for event in tx.events(authority.KIND, act=Act.STANDING.value):
        found.setdefault(str(event.body["standing"]), []).append(signature_from(event.body))
    return found


def statement_of(standing: Standing, role: str, signer: str, now: dt.datetime) -> Statement:
    """What a person signs: it ends when the standing release does."""
    return Statement(Act.STANDING, Role(role), signer, standing.sha256, now, standing.not_after)


def all_standing(tx: Ledger | Tx, agreement: str | None = None) -> list[Standing]:
    """Return every standing release, signed or not, oldest first; of one agreement if given."""
    match = {} if agreement is None else {"agreement": agreement}
    return [_read(cast("Mapping[str, Any]", event.body["release"])) for event in tx.events(KIND, **match)]


def newest(tx: Ledger | Tx, agreement: str, school: str) -> Standing | None:
    """Return the newest that every role has signed for a school, whether it still holds or not; None without one.

    One that was switched off hides those before it: switching off must never bring an older one back.
    """
    for standing in reversed(all_standing(tx, agreement)):
        if school in standing.schools:
            roles = {signature.statement.role for signature in signatures(tx, standing)}
            if set(standing.signing) <= roles:
                return standing
    return None


def in_force(
    tx: Ledger | Tx, standing: Standing, school: str, register: Register, now: dt.datetime, today: dt.date
) -> None:
    """Refuse a standing release that does not hold for a school now.

    Raises:
        StandingOver: switched off, ended, or not begun.
        Refusal: a signature that does not hold for that school (`exports.authority.complete`).

    """
    _refuse_over(tx, standing, today)
    _refuse_unsigned(standing, signatures(tx, standing), school, register, now)


def because(
    tx: Ledger | Tx, standing: Standing, given: Sequence[Signature], register: Register, now: dt.datetime,
    today: dt.date,
) -> dict[str, str]:  # fmt: skip
    """Say for each school what keeps a standing release with these signatures from holding; "" where it holds."""
    try:
        _refuse_over(tx, standing, today)
    except Refusal as refusal:
        return dict.fromkeys(standing.schools, str(refusal))
    return {school: _unsigned(standing, given, school, register, now) for school in standing.schools}


def _unsigned(standing: Standing, given: Sequence[Signature], school: str, register: Register, now: dt.datetime) -> str:
    try:
        _refuse_unsigned(standing, given, school, register, now)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _refuse_unsigned(
    standing: Standing, given: Sequence[Signature], school: str, register: Register, now: dt.datetime
) -> None:
    complete(given, standing.subject(school), Act.STANDING, standing.signing, register, now)


def _refuse_over(tx: Ledger | Tx, standing: Standing, today: dt.date) -> None:
    called = f"standing release {standing.sha256[:12]} of {standing.agreement}"
    if is_off(tx, standing):
        message = f"{called} was switched off: propose another one, or sign the file by itself"
        raise StandingOver(message)
    if not standing.starts <= today <= standing.ends:
        message = f"{called} held from {standing.starts} to {standing.ends}: propose another one"
        raise StandingOver(message)


def _check_anywhere(signature: Signature, standing: Standing, register: Register, now: dt.datetime) -> None:
    """Accept a signature that holds for one of the schools: each head signs for their own."""
    for school in standing.schools[:-1]:
        try:
            check(signature, register, now, school=school)
        except RoleNotHeld:
            continue
        return
    check(signature, register, now, school=standing.schools[-1])


def _read(body: Mapping[str, Any]) -> Standing:
    values = dict(body)
    if values.pop("type") != KIND or values.pop("format_version") != FORMAT_VERSION:
        message = f"this program reads standing releases of version {FORMAT_VERSION} only"
        raise StandingUnfit(message)
    for name in ("schools", "fields", "signing"):
        values[name] = tuple(values[name])
    for name in ("starts", "ends"):
        values[name] = dt.date.fromisoformat(values[name])
    limits, proposed_at = Limits(**values.pop("limits")), utc_moment(values.pop("proposed_at"))
    return Standing(**values, limits=limits, proposed_at=proposed_at)


def _a_year_after(day: dt.date) -> dt.date:
    later = day + dt.timedelta(days=1)
    return day.replace(year=day.year + 1) if (day.month, day.day) != (2, 29) else later.replace(year=day.year + 1)
