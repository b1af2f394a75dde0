"""The factual part of a data protection impact assessment (UK GDPR Article 35(7)(a)) for one sharing, as a page.

Belongs here: what agreement, notice and register say, laid out as an assessment begins. What is for a person to judge
(necessity, risks, measures, the decision) is asked for and never answered here.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

from exports import vocabularies as words
from exports.gateways import Gateway
from exports.observed import MARK, MECHANISMS, Flow, Part
from exports.records import Records
from exports.ropa import named, papers_of, security_of, subjects_of, transfers_of
from exports.terms import Agreement, Line, Predicate
from schemas.census.tables import CENSUS
from schemas.feeds import DATASETS
from schemas.refusal import Refusal

_TO_JUDGE: Final = (
    "Is each field necessary for the purpose, and is there a way that shares less?",
    "Who was asked: pupils, parents, staff, the recipient? If nobody, why?",
    "What could go wrong for a child (a wrong recipient, a hidden address found, a wrong value acted on), and how bad?",
    "What reduces each risk, who does it, and what risk is left?",
    "Advice of the Data Protection Officer, and the decision, with name and date",
)


class NoSuchSharing(Refusal):
    """There is no agreement and no observed flow of that name that could be assessed."""

    code: ClassVar[str] = "no_such_sharing"


def dpia(records: Records, name: str) -> str:
    """Return the page of an agreement or an observed flow.

    Raises:
        NoSuchSharing: nothing without a fault has that id.

    """
    for agreement in records.agreements:
        if agreement.id == name:
            return "\n".join(_of_agreement(agreement, records)) + "\n"
    for flow in records.flows:
        if flow.id == name:
            return "\n".join(_of_flow(flow, records)) + "\n"
    known = ", ".join([*(one.id for one in records.agreements), *(flow.id for flow in records.flows)])
    message = f"{name} is no agreement or observed flow that compiles. There are: {known}."
    raise NoSuchSharing(message)


def _of_agreement(agreement: Agreement, records: Records) -> Iterator[str]:
    recipient, route = agreement.recipient, agreement.delivery
    yield from _head(agreement.title, agreement.id, agreement.sha256, records)
    yield from _heading("What is done, for whom and why")
    yield f"- what: {words.DATASETS[agreement.dataset]}, {words.CADENCES[agreement.cadence]}, as {agreement.format}"
    yield f"- purpose: {words.PURPOSES[agreement.purpose]} (notice clause {agreement.purpose_clause})"
    yield f"- recipient: {named(recipient)}; named in the notice in clause {recipient.clause}"
    yield f"- schools: {', '.join(agreement.schools)}; from {agreement.starts} to {recipient.ends}"
    yield f"- people: {', '.join(subjects_of(agreement.fields))}"
    yield f"- which pupils: {'; '.join(_population(one) for one in agreement.population)}"
    yield from _heading("The law")
    yield f"- basis: Article {agreement.basis}, {words.ARTICLE_6[agreement.basis]}"
    yield from _consent(agreement)
    yield from _heading("The data, and why each is needed")
    yield from _table(_line_row(line, records.gateways[line.gateway]) for line in agreement.lines)
    yield ""
    yield _left_behind(agreement)
    yield from _heading("Pupils who are protected")
    for kind, effect in agreement.protection.items():
        why = f", because {effect.why}" if effect.why else ""
        yield f"- {words.PROTECTION[kind]}: {words.EFFECTS[effect.name]}{why}"
    yield from _heading("How it travels, and how long it is kept")
    yield f"- way: {security_of(agreement)}; it ends as {route.ends_as}: {words.ENDS_AS[route.ends_as]}"
    yield f"- transfers: {transfers_of(recipient, agreement.paperwork)}"
    yield f"- kept: Waybill's copy of a file for {agreement.retention_days} days; the recipient's copy by its own rules"
    yield from (f"- {paper}" for paper in papers_of(recipient, agreement.paperwork))
    yield from _rights("recorded in the protection register; what then leaves is said above")
    yield from _to_judge()


def _of_flow(flow: Flow, records: Records) -> Iterator[str]:
    through = f", through {flow.through}" if flow.through else ""
    yield from _head(flow.title, flow.id, flow.sha256, records)
    yield ""
    yield f"**{MARK}.** {MECHANISMS[flow.mechanism]}{through}. Known from: {flow.known_from}."
    yield from _heading("What is done, for whom and why")
    yield f"- purpose: {words.PURPOSES[flow.purpose]} (notice clause {flow.purpose_clause})"
    yield f"- recipient: {named(flow.recipient)}; named in the notice in clause {flow.recipient.clause}"
    yield f"- schools: {', '.join(flow.schools)}; from {flow.since} to {flow.recipient.ends}"
    yield f"- people: {', '.join(subjects_of(flow.fields))}; {flow.population}"
    yield from _heading("The law")
    yield f"- basis: Article {flow.basis}, {words.ARTICLE_6[flow.basis]}"
    yield from _heading("The data, and why each is needed")
    yield from _table(_part_row(part, records) for part in flow.parts)
    yield from _heading("How it travels, and how long it is kept")
    yield f"- way: {flow.security}"
    yield f"- transfers: {transfers_of(flow.recipient, flow.paperwork)}"
    yield f"- kept: {flow.retention}"
    yield from (f"- {paper}" for paper in papers_of(flow.recipient, flow.paperwork))
    yield from _rights("nothing here can hold it back: it is carried out in the MIS and with the recipient")
    yield from _to_judge()


def _head(title: str, name: str, sha256: str, records: Records) -> Iterator[str]:
    notice = records.notice
    yield f"# Impact assessment, facts: {title}"
    yield ""
    yield f"Written from `{name}` (SHA-256 {sha256})."
    yield f"Controller: {records.trust}. Privacy notice version {notice.version}, SHA-256 {notice.sha256}."


def _heading(text: str) -> Iterator[str]:
    yield from ("", f"## {text}", "")


def _population(predicate: Predicate) -> str:
    values = f" ({', '.join(predicate.values)})" if predicate.values else ""
    return words.POPULATIONS[predicate.name] + values


def _consent(agreement: Agreement) -> Iterator[str]:
    if agreement.consent_purpose:
        yield f"- consent: rows leave only with a consent to {agreement.consent_purpose}, given and not withdrawn"


def _table(rows: Iterator[str]) -> Iterator[str]:
    yield "| data | kind | notice clause | law | why |"
    yield "|---|---|---|---|---|"
    yield from rows


def _line_row(line: Line, gateway: Gateway) -> str:
    special = f", Article {line.article_9}" if line.article_9 else ""
    paragraph = f" with Schedule 1 paragraph {line.schedule_1}" if line.schedule_1 else ""
    kind = f"{line.sensitivity.value}{special}{paragraph}"
    return f"| `{line.field}` | {kind} | {line.clause} | {_law(gateway)} | {line.why} |"


def _part_row(part: Part, records: Records) -> str:
    special = f"Article {part.article_9}" if part.article_9 else "personal"
    paragraph = f" with Schedule 1 paragraph {part.schedule_1}" if part.schedule_1 else ""
    law = _law(records.gateways[part.gateway]) if part.gateway else "none needed: a processor acts for the trust"
    fields = ", ".join(f"`{field}`" for field in part.fields)
    return f"| {part.category}: {fields} | {special}{paragraph} | {part.clause} | {law} | {part.why} |"


def _law(gateway: Gateway) -> str:
    review = f"reviewed by {gateway.reviewed_by}" if gateway.reviewed_by else "not reviewed by an adviser"
    paragraph = f", {gateway.paragraph}" if gateway.paragraph else ""
    return f"{gateway.instrument}{paragraph} (confidence {gateway.confidence}, {review})"


def _left_behind(agreement: Agreement) -> str:
    tables = CENSUS if agreement.dataset == "census" else {one.name: one for one in DATASETS[agreement.dataset].tables}
    offered = sum(len(table.columns) for table in tables.values())
    return (
        f"Of the {offered} columns that the dataset offers, {len(agreement.lines)} are taken; the others cannot leave."
    )


def _rights(objection: str) -> Iterator[str]:
    yield from _heading("Rights")
    yield "- access and recipients: `waybill trace UPN` lists each file, each disclosure by hand and each observed flow"
    yield "- rectification: the MIS is corrected and the file prepared again; who has the old value is in the ledger"
    yield f"- objection and restriction: {objection}"


def _to_judge() -> Iterator[str]:
    yield from _heading("For a person to judge")
    for question in _TO_JUDGE:
        yield from (f"- [ ] {question}", "")
