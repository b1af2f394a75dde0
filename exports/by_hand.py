"""Single disclosures that a person made by hand: a letter, a telephone call, a file handed over.

Belongs here: what such an entry must say, and keeping it: the ledger has pupils under their references, the fields and
the grounds; to whom exactly, and what was noted, is sealed in the vault. What was done is recorded even where it ought
not to have been done; the concerns are recorded with it. Does not belong here: who may enter one
(`pipelines.actions.disclosing`), or files that Waybill sends.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final

from exports import vocabularies as words
from exports.drafts import TrustSchool
from exports.gateways import Gateway
from exports.notice import Notice
from ledger.store import Event, Ledger
from schemas.canonical import CANONICAL
from schemas.census.tables import CENSUS
from schemas.feeds import FEEDS
from schemas.refusal import Refusal
from schemas.table import Column, Sensitivity
from vault.store import Vault

KIND: Final = "disclosed by hand"
KEEP: Final = dt.timedelta(days=25 * 366)
"""As long as a pupil record at most: until 25 years after birth (IRMS toolkit)."""
METHODS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "post": "by post",
        "email": "by encrypted e-mail",
        "portal": "through the recipient's own portal",
        "telephone": "by telephone, after calling back a known number",
        "in_person": "in person",
    },
)
_NEEDS_CONDITION: Final = frozenset({Sensitivity.SPECIAL, Sensitivity.PROTECTED})


class DisclosureIncomplete(Refusal):
    """The entry does not say enough to stand as a record."""

    code: ClassVar[str] = "disclosure_incomplete"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What one person told one recipient, once.

    Attributes:
        recipient: legal name of the body, or name of the person; sealed.
        to: who there took it; sealed.
        kind: one of `vocabularies.RECIPIENT_KINDS`.
        on: the day it was made.
        fields: `<table>.<column>`, as the MIS, a return or a feed calls them.
        article_9: condition for special category data, and `schedule_1` its paragraph.
        note: why, and anything a later reader needs; sealed.
        withheld: the exemption that keeps it out of the ordinary answer to an access request, "" for none; sealed.
        withheld_until: the last day on which it does; sealed.

    """

    school: str
    recipient: str
    to: str
    kind: str
    on: dt.date
    fields: tuple[str, ...]
    basis: str
    clause: str
    gateway: str
    method: str
    note: str = ""
    article_9: str | None = None
    schedule_1: str | None = None
    withheld: str = ""
    withheld_until: dt.date | None = None

    def kept_back(self, day: dt.date) -> bool:
        """Say whether an ordinary report of that day leaves it out."""
        return self.withheld_until is not None and day <= self.withheld_until


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it was kept; `concerns` are what an agreement would not have compiled with."""

    disclosure: Disclosure
    pupils: int
    by: str
    at: dt.datetime
    notice_version: str
    concerns: tuple[str, ...]


def incomplete(disclosure: Disclosure, notice: Notice, gateways: Mapping[str, Gateway], today: dt.date) -> list[str]:
    """List everything that keeps an entry from being a record."""
    return list(_incomplete(disclosure, notice, gateways, today))


def _incomplete(one: Disclosure, notice: Notice, gateways: Mapping[str, Gateway], today: dt.date) -> Iterator[str]:
    for name in ("recipient", "to"):
        if not getattr(one, name).strip():
            yield f"{name} is blank"
    if one.on > today:
        yield "the day lies in the future"
    if one.clause not in notice.clauses:
        yield f"the notice (version {notice.version}) has no clause {one.clause}"
    if one.gateway not in gateways:
        yield f"there is no gateway {one.gateway} in the register"
    for name, value, known in (
        ("kind", one.kind, words.RECIPIENT_KINDS),
        ("basis", one.basis, words.ARTICLE_6),
        ("method", one.method, METHODS),
        ("article_9", one.article_9, words.ARTICLE_9),
        ("schedule_1", one.schedule_1, words.SCHEDULE_1),
    ):
        if value is not None and value not in known:
            yield f"{name} is none of {', '.join(known)}"
    if bool(one.withheld.strip()) != (one.withheld_until is not None):
        yield "withholding it needs both the exemption and the last day"
    if not one.fields:
        yield "no field is named"
    yield from (f"there is no field {field}; write table.column" for field in one.fields if _column(field) is None)


def concerns(disclosure: Disclosure, gateways: Mapping[str, Gateway], school: TrustSchool) -> tuple[str, ...]:
    """Say what an agreement for the same would not have been allowed."""
    return tuple(_concerns(disclosure, gateways[disclosure.gateway], school))


def _concerns(one: Disclosure, gateway: Gateway, school: TrustSchool) -> Iterator[str]:
    if gateway.kind == "condition":
        yield f"{gateway.id} is a condition for special data and opens nothing"
    elif not gateway.in_force(one.on):
        yield f"{gateway.id} was not in force on the day"
    if gateway.kind == "exemption" and one.kind != "legal":
        yield f"{gateway.id} is an exemption for police and courts"
    if not gateway.binds_establishment(school.establishment):
        yield f"{gateway.id} binds {gateway.binds} schools, and this school is {school.establishment}"
    for field in one.fields:
        column = _column(field)
        if column is not None and column.sensitivity in _NEEDS_CONDITION and one.article_9 is None:
            yield f"{field} is {column.sensitivity.value} data, and no Article 9 condition is given"
        if field.endswith((".upn", ".former_upn")) and one.kind not in words.UPN_RECIPIENTS:
            yield f"{field}: a UPN goes to the Department, a local authority and the next school only"


def record(  # noqa: PLR0913  one entry names all it rests on
    ledger: Ledger, vault: Vault, disclosure: Disclosure, refs: Sequence[bytes],
    *, notice: Notice, noted: Sequence[str], by: str, at: dt.datetime,
) -> Event:  # fmt: skip
    """Enter a disclosure that is complete.

    Args:
        ledger: which holds no name of pupil, recipient or person.
        vault: which seals those.
        disclosure: what was done.
        refs: references of the pupils (`vault.pupils`).
        notice: in force.
        noted: its concerns.
        by: person id of who enters it.
        at: when, aware UTC.

    """
    sealed = {name: getattr(disclosure, name) for name in _SEALED}
    sealed["withheld_until"] = disclosure.withheld_until and disclosure.withheld_until.isoformat()
    address = vault.seal(json.dumps(sealed).encode(), kind=KIND, purge_on=disclosure.on + KEEP).address
    told: dict[str, Any] = {name: value for name, value in asdict(disclosure).items() if name not in _SEALED}
    told |= {"on": disclosure.on.isoformat(), "fields": list(disclosure.fields)}
    body = told | {
        "subjects": sorted(ref.hex() for ref in refs),
        "notice_version": notice.version,
        "notice_sha256": notice.sha256,
        "concerns": list(noted),
        "artefact": address,
        "by": by,
    }
    return ledger.append(KIND, body, at)


def of_pupil(ledger: Ledger, vault: Vault, ref: bytes) -> list[Recorded]:
    """Return what was told of a pupil by hand, oldest first."""
    return [entry for _, entry in numbered(ledger, vault, ref)]


def numbered(ledger: Ledger, vault: Vault, ref: bytes) -> list[tuple[int, Recorded]]:
    """Return the same, each with the number of its event."""
    named = [event for event in ledger.events(KIND) if ref.hex() in event.body["subjects"]]  # type: ignore[operator]
    return [(event.seq, _recorded(event, vault)) for event in sorted(named, key=lambda event: str(event.body["on"]))]


def _recorded(event: Event, vault: Vault) -> Recorded:
    body: Mapping[str, Any] = event.body
    sealed = json.loads(vault.open(body["artefact"]))
    until = sealed["withheld_until"]
    sealed["withheld_until"] = until and dt.date.fromisoformat(until)
    told = {name: body[name] for name in Disclosure.__slots__ if name not in _SEALED}
    told |= {"on": dt.date.fromisoformat(body["on"]), "fields": tuple(body["fields"])}
    return Recorded(
        disclosure=Disclosure(**told, **sealed),
        pupils=len(body["subjects"]),
        by=body["by"],
        at=event.at,
        notice_version=body["notice_version"],
        concerns=tuple(body["concerns"]),
    )


_SEALED: Final = ("recipient", "to", "note", "withheld", "withheld_until")


def _column(field: str) -> Column | None:
    table, _, column = field.partition(".")
    for tables in (CANONICAL, CENSUS, FEEDS):
        if table in tables and column in tables[table]:
            return tables[table][column]
    return None
