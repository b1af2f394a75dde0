"""The record of processing that Article 30(1) of the UK GDPR asks for, written from agreements and observed flows.

Belongs here: one activity for each agreement and flow, the controller's part, and three forms of the whole: a page, a
workbook, data. What is not written in the trust folder is not in the record: it knows sharings, not what a school does
with data of its own.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Final

from exports import sheets
from exports import vocabularies as words
from exports.controller import Controller
from exports.no_feeds import NoFeed
from exports.observed import MARK, MECHANISMS, Flow
from exports.records import Records
from exports.terms import Agreement, Line, Paperwork, Recipient, Route
from schemas.wording import counted

SENT: Final = "sent by Waybill"
"""How an activity is marked that has an agreement and files."""

_SECURITY_OF_FILES: Final = "signed by {signers}; {way}; {read_back}"


@dataclass(frozen=True, slots=True)
class Activity:
    """One sharing, as Article 30(1) asks for it.

    Attributes:
        how: `SENT`, or the mark of an observed flow and its mechanism.
        subjects: categories of people.
        data: categories of data, by clause of the notice.
        conditions: Article 9 conditions with their paragraph of Schedule 1.
        transfers: country and safeguard, for data that leave the UK.
        gateways: instruments it rests on.
        papers: references of what is filed elsewhere.

    """

    id: str
    title: str
    how: str
    purpose: str
    basis: str
    subjects: tuple[str, ...]
    data: tuple[str, ...]
    conditions: tuple[str, ...]
    recipient: str
    transfers: str
    retention: str
    security: str
    gateways: tuple[str, ...]
    schools: tuple[str, ...]
    since: dt.date
    until: dt.date
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ropa:
    """The whole record, as on a day.

    Attributes:
        broken: agreements and flows with a fault, which are no part of it: nothing can leave under the former, and what
            is said of the latter is incomplete.

    """

    trust: str
    day: dt.date
    notice_version: str
    notice_sha256: str
    controller: Controller
    activities: tuple[Activity, ...]
    no_feeds: tuple[NoFeed, ...]
    broken: tuple[str, ...]


def ropa(records: Records, controller: Controller, day: dt.date) -> Ropa:
    """Make the record; what has ended before the day is left out."""
    sent = [_of_agreement(one, records) for one in records.agreements if one.recipient.ends >= day]
    seen = [_of_flow(one, records) for one in records.flows if one.recipient.ends >= day]
    return Ropa(
        trust=records.trust,
        day=day,
        notice_version=records.notice.version,
        notice_sha256=records.notice.sha256,
        controller=controller,
        activities=(*sent, *seen),
        no_feeds=records.no_feeds,
        broken=(
            *(entry.id for entry in records.compiled if entry.agreement is None),
            *(entry.id for entry in records.observed if entry.flow is None),
        ),
    )


def as_json(record: Ropa) -> str:
    """Return the record as data."""
    return json.dumps(asdict(record), default=_plain, ensure_ascii=False, indent=2) + "\n"


def as_markdown(record: Ropa) -> str:
    """Return the record as a page."""
    return "\n".join(_page(record)) + "\n"


def as_xlsx(record: Ropa, made: dt.datetime) -> bytes:
    """Return the record as a workbook: a row for each activity, the controller's part above."""
    sheet = sheets.Sheet(
        name="Record of processing",
        title=f"Record of processing of {record.trust}, {record.day.isoformat()}",
        notices=tuple(_about_controller(record)),
        columns=tuple(sheets.Column(heading, width) for heading, width in _COLUMNS.items()),
        rows=tuple(tuple(_cells(activity)) for activity in record.activities),
    )
    return sheets.as_xlsx(sheet, made)


def subjects_of(fields: Iterable[str]) -> tuple[str, ...]:
    """Return the categories of people that fields speak of; every dataset is about pupils."""
    listed = tuple(fields)
    others = {"parents and other contacts": ("contact", "parent"), "staff": ("staff", "teacher")}
    return ("pupils", *(who for who, marks in others.items() if any(word in one for one in listed for word in marks)))


def transfers_of(recipient: Recipient, paperwork: Paperwork) -> str:
    """Say whether data leave the UK, and what guards them then."""
    if recipient.country in words.COUNTRIES_OF_THE_UK:
        return "none: the data stay in the UK"
    return f"{recipient.country}: {paperwork.transfer_safeguard}"


def security_of(agreement: Agreement) -> str:
    """Say how the agreement's files are guarded on their way."""
    read_back = "read back after writing" if agreement.delivery.read_back else "not read back"
    signers = " and ".join(words.SIGNING_ROLES[role] for role in agreement.signing)
    if agreement.delivery.seal is not None:
        read_back += f", encrypted to the recipient ({words.SEALS[agreement.delivery.seal.kind]})"
    return _SECURITY_OF_FILES.format(signers=signers, way=_way(agreement.delivery), read_back=read_back)


def _way(route: Route) -> str:
    if route.by_hand is not None:
        return f"laid into a folder of the trust; a person sends it on: {words.CHANNELS[route.by_hand.channel]}"
    return "SFTP to a server whose host key is pinned"


def named(recipient: Recipient) -> str:
    """Name a recipient with its kind and role."""
    return (
        f"{recipient.legal_name} ({recipient.number}), {words.RECIPIENT_KINDS[recipient.kind]}, "
        f"{recipient.role.replace('_', ' ')}"
    )


def papers_of(recipient: Recipient, paperwork: Paperwork) -> tuple[str, ...]:
    """List what is filed elsewhere about a sharing."""
    listed = {
        "sharing": recipient.sharing_reference,
        "impact assessment": f"{paperwork.dpia} of {paperwork.dpia_on.isoformat()}",
        "Article 28 contract": paperwork.article_28,
        "appropriate policy document": paperwork.policy_document,
        "last reviewed": f"{paperwork.reviewed_on.isoformat()} by {paperwork.reviewed_by}",
    }
    return tuple(f"{name}: {text}" for name, text in listed.items() if text)


def _of_agreement(agreement: Agreement, records: Records) -> Activity:
    return Activity(
        id=agreement.id,
        title=agreement.title,
        how=SENT,
        purpose=f"{words.PURPOSES[agreement.purpose]} (clause {agreement.purpose_clause})",
        basis=f"Article {agreement.basis}, {words.ARTICLE_6[agreement.basis]}",
        subjects=subjects_of(agreement.fields),
        data=tuple(_data(agreement.lines)),
        conditions=_conditions((line.article_9, line.schedule_1) for line in agreement.lines),
        recipient=named(agreement.recipient),
        transfers=transfers_of(agreement.recipient, agreement.paperwork),
        retention=f"Waybill's copy of each file: {agreement.retention_days} days",
        security=security_of(agreement),
        gateways=_instruments((line.gateway for line in agreement.lines), records),
        schools=agreement.schools,
        since=agreement.starts,
        until=agreement.recipient.ends,
        papers=papers_of(agreement.recipient, agreement.paperwork),
    )


def _of_flow(flow: Flow, records: Records) -> Activity:
    through = f", through {flow.through}" if flow.through else ""
    return Activity(
        id=flow.id,
        title=flow.title,
        how=f"{MARK} ({MECHANISMS[flow.mechanism]}{through})",
        purpose=f"{words.PURPOSES[flow.purpose]} (clause {flow.purpose_clause})",
        basis=f"Article {flow.basis}, {words.ARTICLE_6[flow.basis]}",
        subjects=subjects_of(flow.fields),
        data=tuple(
            f"{part.category} (clause {part.clause}): {counted(len(part.fields), 'field')}" for part in flow.parts
        ),
        conditions=_conditions((part.article_9, part.schedule_1) for part in flow.parts),
        recipient=named(flow.recipient),
        transfers=transfers_of(flow.recipient, flow.paperwork),
        retention=flow.retention,
        security=flow.security,
        gateways=_instruments((part.gateway for part in flow.parts if part.gateway), records),
        schools=flow.schools,
        since=flow.since,
        until=flow.recipient.ends,
        papers=papers_of(flow.recipient, flow.paperwork),
    )


def _data(lines: Iterable[Line]) -> Iterator[str]:
    """Give the data under each clause that lines cite, each once by its plain name."""
    for clause, cited in groupby(sorted(lines, key=_place), key=lambda line: line.clause):
        names = dict.fromkeys(line.column.replace("_", " ") for line in cited)
        yield f"clause {clause}: {', '.join(names)}"


def _place(line: Line) -> tuple[int, ...]:
    return tuple(int(part) for part in line.clause.split("."))


def _conditions(pairs: Iterable[tuple[str | None, str | None]]) -> tuple[str, ...]:
    named_ones = {
        f"Article {article}" + (f" with Schedule 1 paragraph {paragraph}" if paragraph else "")
        for article, paragraph in pairs
        if article
    }
    return tuple(sorted(named_ones))


def _instruments(gateways: Iterable[str], records: Records) -> tuple[str, ...]:
    """Give each instrument once, with the paragraphs that are cited."""
    paragraphs: dict[str, list[str]] = {}
    for gateway in dict.fromkeys(records.gateways[name] for name in gateways):
        paragraphs.setdefault(gateway.instrument, []).extend([gateway.paragraph] if gateway.paragraph else [])
    return tuple(f"{instrument}: {', '.join(cited)}".removesuffix(": ") for instrument, cited in paragraphs.items())


def _page(record: Ropa) -> Iterator[str]:
    yield f"# Record of processing of {record.trust}"
    yield ""
    yield f"As on {record.day.isoformat()}: agreements and observed flows, as Article 30(1) of the UK GDPR asks."
    yield f"Privacy notice version {record.notice_version}, SHA-256 {record.notice_sha256}."
    yield ""
    yield from (f"- {line}" for line in _about_controller(record))
    for activity in record.activities:
        yield from _section(activity)
    if record.no_feeds:
        yield from ("", "## Not sent to anybody", "")
        yield from (f"- **{one.title}** (clause {one.clause}): {one.reason}" for one in record.no_feeds)
    if record.broken:
        yield from ("", "## Not in this record, because they have faults", "")
        yield from (f"- {name}" for name in record.broken)


def _about_controller(record: Ropa) -> Iterator[str]:
    body, officer = record.controller.body, record.controller.officer
    number = f"{body.number}, registration {body.registration}"
    yield f"Controller: {body.legal_name}, {number}, {body.address}, {body.email}"
    yield f"Data Protection Officer: {officer.name}, {officer.address}, {officer.email}"
    yield from (f"Kept: {one.category}: {one.keep} ({one.source})" for one in record.controller.retention)
    yield from (f"Security: {measure}" for measure in record.controller.security)
    yield "Single disclosures made by hand stand in the ledger, pupil by pupil (waybill disclose record)"


def _section(activity: Activity) -> Iterator[str]:
    yield from ("", f"## {activity.id}", "", f"**{activity.title}**: {activity.how}.", "")
    for heading, value in zip(_COLUMNS, _cells(activity), strict=True):
        if value and heading not in {"id", "title", "how"}:
            yield f"- {heading}: {value}"


_COLUMNS: Final[Mapping[str, int]] = {
    "id": 18, "title": 26, "how": 22, "purpose": 24, "basis": 18, "people": 16, "data": 50, "special category": 22,
    "recipient": 34, "transfers": 22, "kept": 26, "security": 34, "law": 40, "schools": 18, "since": 11, "until": 11,
    "papers": 40,
}  # fmt: skip


def _cells(activity: Activity) -> tuple[str, ...]:
    return tuple(_text(value) for value in asdict(activity).values())


def _text(value: str | dt.date | tuple[str, ...]) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    return "; ".join(value) if isinstance(value, tuple) else value


def _plain(value: Any) -> str:  # noqa: ANN401  json gives whatever it has no form for
    if isinstance(value, dt.date):
        return value.isoformat()
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
