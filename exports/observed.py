"""Observed flows: what a recipient gets of our pupils by another way than a file of ours.

Belongs here: their form (`observed/*.yaml` in the trust folder), their types, and what is wrong with one. A flow has
everything an agreement has but a file: nothing is made, signed or sent for it. These data move whether or not somebody
writes it down; what is missing is a fault all the same, and a flow with a fault is shown as one.
Does not belong here: who shows them (`exports.ropa`, `exports.recipients_page`, a trace).
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exports import vocabularies as words
from exports.drafts import TrustSchool
from exports.gateways import Gateway
from exports.notice import Notice, unnamed_parent_data
from exports.parties import read_paperwork, read_recipient
from exports.terms import Paperwork, Recipient
from exports.yaml_file import NO_DATE, Entry, Fault, Section, read_yaml
from schemas.canonical import CANONICAL
from schemas.table import Column, Sensitivity

OBSERVED: Final = "observed"
"""The folder of a trust folder in which flows stand."""

MARK: Final = "observed: not sent by Waybill"
"""How every report marks such a flow."""

MECHANISMS: Final[Mapping[str, str]] = {
    "mis_supplier": "the supplier of the MIS holds it, as the trust's processor",
    "broker": "a broker reads it from the MIS and passes it on",
    "direct_access": "the recipient, or its agent, reads it from the MIS with access that the trust granted",
    "s2s_from_mis": "the MIS itself places the file on the Department's school to school system (S2S)",
}
_ID: Final = re.compile(r"[a-z][a-z0-9_]*")
_KEYS: Final = frozenset(
    {
        "title", "since", "until", "schools", "recipient", "purpose", "purpose_clause", "basis", "mechanism", "through",
        "population", "retention", "security", "known_from", "paperwork", "fields",
    },
)  # fmt: skip
_GROUP_KEYS: Final = frozenset({"category", "clause", "gateway", "why", "article_9", "schedule_1", "items"})
_NEEDS_CONDITION: Final = frozenset({Sensitivity.SPECIAL, Sensitivity.PROTECTED})


@dataclass(frozen=True, slots=True)
class Part:
    """Fields of one category that go for one reason.

    Attributes:
        category: in words, for families.
        fields: `<table>.<column>` of what the MIS holds (`schemas.canonical`).
        gateway: id in the gateway register; None where a processor needs none.

    """

    category: str
    fields: tuple[str, ...]
    clause: str
    gateway: str | None
    why: str
    article_9: str | None
    schedule_1: str | None


@dataclass(frozen=True, slots=True)
class Flow:
    """One observed flow.

    Attributes:
        since: first day it was known to run; `recipient.ends` is the last one agreed.
        mechanism: one of `MECHANISMS`.
        through: legal name of whoever passes it on, where somebody does.
        population: whose data, in words.
        known_from: how the trust knows, for nothing here sees it.

    """

    id: str
    title: str
    since: dt.date
    schools: tuple[str, ...]
    recipient: Recipient
    purpose: str
    purpose_clause: str
    basis: str
    mechanism: str
    through: str | None
    population: str
    retention: str
    security: str
    known_from: str
    parts: tuple[Part, ...]
    paperwork: Paperwork
    sha256: str

    def runs(self, day: dt.date) -> bool:
        """Say whether it runs on that day, as far as is known."""
        return self.since <= day <= self.recipient.ends

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that goes, in order."""
        return tuple(field for part in self.parts for field in part.fields)

    @property
    def clauses(self) -> frozenset[str]:
        """Every clause of the notice that it rests on."""
        return frozenset({self.recipient.clause, self.purpose_clause, *(part.clause for part in self.parts)})


@dataclass(frozen=True, slots=True)
class Observed:
    """What became of one file: a flow, or every fault of it."""

    id: str
    flow: Flow | None
    faults: tuple[str, ...]


def observe_folder(
    folder: Path, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> tuple[Observed, ...]:  # fmt: skip
    """Read every flow of a trust folder's `observed`, by name; a folder that is not there has none."""
    files = sorted(each for each in folder.glob("*") if not each.name.startswith("."))
    return tuple(_file(path, notice, gateways, schools) for path in files)


def observe_text(
    data: bytes, name: str, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> Observed:  # fmt: skip
    """Read the bytes of one flow; `name` is its id and stands in every fault."""
    try:
        entry, faults = read_yaml(data.decode("utf-8"))
    except UnicodeDecodeError:
        return Observed(name, None, (f"{name}.yaml: the file is not UTF-8 text",))
    if entry is None:
        return Observed(name, None, _sentences(name, faults))
    top = Section(entry, "the flow", _KEYS, faults)
    flow = _flow(name, hashlib.sha256(data).hexdigest(), top, faults)
    faults.extend((top.at(key), message) for key, message in _broken(flow, notice, gateways, schools))
    return Observed(name, None if faults else flow, _sentences(name, faults))


def _file(
    path: Path, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> Observed:  # fmt: skip
    if path.suffix != ".yaml" or not _ID.fullmatch(path.stem):
        fault = f"{path.name}: the name must be small letters, digits and underscores, a letter first, and end in .yaml"
        return Observed(path.stem, None, (fault,))
    return observe_text(path.read_bytes(), path.stem, notice, gateways, schools)


def _sentences(name: str, faults: list[Fault]) -> tuple[str, ...]:
    return tuple(f"{name}.yaml line {line}: {message}" for line, message in sorted(dict.fromkeys(faults)))


def _flow(name: str, sha256: str, top: Section, faults: list[Fault]) -> Flow:
    return Flow(
        id=name,
        title=top.text("title"),
        since=top.day("since"),
        schools=top.words("schools"),
        recipient=read_recipient(top, faults, until="until"),
        purpose=top.choice("purpose", words.PURPOSES),
        purpose_clause=top.text("purpose_clause"),
        basis=top.choice("basis", words.ARTICLE_6),
        mechanism=top.choice("mechanism", MECHANISMS),
        through=top.optional("through"),
        population=top.text("population"),
        retention=top.text("retention"),
        security=top.text("security"),
        known_from=top.text("known_from"),
        parts=tuple(_part(each, faults) for each in top.items("fields")),
        paperwork=read_paperwork(top, faults),
        sha256=sha256,
    )


def _part(entry: Entry, faults: list[Fault]) -> Part:
    group = Section(entry, "a group of fields", _GROUP_KEYS, faults)
    return Part(
        category=group.text("category"),
        fields=tuple(field for item in group.words("items") for field in _fields(item)),
        clause=group.text("clause"),
        gateway=group.optional("gateway"),
        why=group.text("why"),
        article_9=group.optional_choice("article_9", words.ARTICLE_9),
        schedule_1=group.optional_choice("schedule_1", words.SCHEDULE_1),
    )


def _fields(item: str) -> tuple[str, ...]:
    """Return the fields an item stands for: itself, or each column of a table that says something of a person."""
    table = CANONICAL.get(item)
    if table is None:
        return (item,)
    return tuple(f"{item}.{column.name}" for column in table.columns if column.sensitivity is not Sensitivity.REFERENCE)


def _column(field: str) -> Column | None:
    table, _, column = field.partition(".")
    declared = CANONICAL.get(table)
    return declared[column] if declared is not None and column in declared else None


def _broken(
    flow: Flow, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Give what is wrong with a flow, each with the key it stands under."""
    for urn in flow.schools:
        if urn not in schools:
            yield "schools", f"the trust has no school with URN {urn}"
    for place, clause in (("recipient", flow.recipient.clause), ("purpose_clause", flow.purpose_clause)):
        if clause and clause not in notice.clauses:
            yield place, f"the notice (version {notice.version}) has no clause {clause}"
    if NO_DATE not in {flow.since, flow.recipient.ends} and flow.recipient.ends < flow.since:
        yield "until", "the flow ends before it begins"
    if flow.mechanism == "broker" and flow.through is None:
        yield "mechanism", "a flow through a broker names it: through"
    yield from _missing_paperwork(flow)
    for part in flow.parts:
        yield from (("fields", fault) for fault in _broken_part(part, flow, notice, gateways, schools))


def _missing_paperwork(flow: Flow) -> Iterator[tuple[str, str]]:
    who, papers = flow.recipient, flow.paperwork
    if who.role == "processor" and papers.article_28 is None:
        yield "paperwork", "a processor needs the reference of its Article 28 contract: article_28"
    if who.country and who.country not in words.COUNTRIES_OF_THE_UK and papers.transfer_safeguard is None:
        yield "paperwork", f"data go to {who.country}, so the paperwork needs its transfer_safeguard"
    policies = {part.schedule_1 for part in flow.parts if part.schedule_1} & words.POLICY_DOCUMENT_NEEDED
    if policies and papers.policy_document is None:
        numbers = ", ".join(sorted(policies))
        yield "paperwork", f"Schedule 1 paragraph {numbers} needs an appropriate policy document: policy_document"


def _broken_part(
    part: Part, flow: Flow, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> Iterator[str]:  # fmt: skip
    if part.clause and part.clause not in notice.clauses:
        yield f"{part.category}: the notice (version {notice.version}) has no clause {part.clause}"
    yield from (f"{part.category}: {fault}" for fault in _gateway_faults(part, flow, gateways, schools))
    carriers = words.PARAGRAPHS_OF.get(part.article_9 or "")
    if carriers is not None and part.schedule_1 not in carriers:
        yield f"{part.category}: {part.article_9} needs a paragraph of Schedule 1 that carries it"
    for field in part.fields:
        column = _column(field)
        if column is None:
            yield f"the MIS holds no {field}: name a table or table.column of what is read from it"
        elif column.sensitivity in _NEEDS_CONDITION and part.article_9 is None:
            yield f"{field} is {column.sensitivity.value} data: its group needs article_9"
        if part.clause in notice.clauses:
            yield from unnamed_parent_data(field, part.clause, notice)


def _gateway_faults(
    part: Part, flow: Flow, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> Iterator[str]:  # fmt: skip
    if part.gateway is None:
        if flow.recipient.role not in {"", "processor"}:
            yield "only a processor needs no gateway: name the one that lets a controller have it"
        return
    gateway = gateways.get(part.gateway)
    if gateway is None or gateway.kind == "condition":
        yield f"there is no gateway {part.gateway} in the register"
        return
    if flow.since != NO_DATE and not gateway.overlaps(flow.since, flow.recipient.ends):
        yield f"{gateway.id} is in force on no day of the flow"
    for urn in flow.schools:
        if urn in schools and not gateway.binds_establishment(schools[urn].establishment):
            yield f"{gateway.id} binds {gateway.binds} schools, and school {urn} is {schools[urn].establishment}"
