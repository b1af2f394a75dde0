"""The page of recipients: what leaves, to whom, why and until when, written from the trust folder itself.

Belongs here: the Markdown text: agreements, observed flows, and what is declared to be sent to nobody.
`python -m exports.recipients_page trusts/demo docs/recipients.md` writes it for one trust folder; a test fails when the
committed page is stale.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from exports import vocabularies as words
from exports.gateways import Gateway
from exports.no_feeds import NoFeed
from exports.notice import Notice
from exports.observed import MARK, MECHANISMS, Flow, Observed, Part
from exports.records import Records, load_records
from exports.terms import Agreement, Compiled, Effect, Line


def page_of_folder(folder: Path) -> str:
    """Return the page of one trust folder."""
    return recipients_page(load_records(folder))


def recipients_page(records: Records) -> str:
    """Return the page in Markdown; an agreement or flow with faults is listed with them."""
    return "\n".join(_page(records)) + "\n"


def _page(records: Records) -> Iterator[str]:
    notice, gateways = records.notice, records.gateways
    yield f"# Recipients of {records.trust}"
    yield ""
    yield "Written from the agreements by `python -m exports.recipients_page`; change an agreement, not this page."
    yield f"Privacy notice version {notice.version}, published {notice.published.isoformat()}."
    yield ""
    yield "| agreement | recipient | what | how often | until | fields |"
    yield "|---|---|---|---|---|---|"
    yield from (_summary(agreement) for agreement in records.agreements)
    yield from (_summary_observed(flow) for flow in records.flows)
    for entry in records.compiled:
        yield from _section(entry, notice, gateways)
    for seen in records.observed:
        yield from _observed(seen, notice, gateways)
    yield from _not_sent(records.no_feeds)


def _summary(agreement: Agreement) -> str:
    cells = (
        f"[{agreement.id}](#{agreement.id})",
        agreement.recipient.legal_name,
        words.DATASETS[agreement.dataset],
        words.CADENCES[agreement.cadence],
        agreement.recipient.ends.isoformat(),
        str(len(agreement.lines)),
    )
    return f"| {' | '.join(cells)} |"


def _summary_observed(flow: Flow) -> str:
    cells = (
        f"[{flow.id}](#{flow.id})",
        flow.recipient.legal_name,
        flow.title,
        MARK,
        flow.recipient.ends.isoformat(),
        str(len(flow.fields)),
    )
    return f"| {' | '.join(cells)} |"


def _section(entry: Compiled, notice: Notice, gateways: Mapping[str, Gateway]) -> Iterator[str]:
    yield ""
    yield f"## {entry.id}"
    yield ""
    if entry.agreement is None:
        yield "Does not compile, so nothing can leave under it:"
        yield ""
        yield from (f"- {fault}" for fault in entry.faults)
        return
    yield from _terms(entry.agreement, notice)
    yield ""
    yield "| fields | notice clause | gateway | why |"
    yield "|---|---|---|---|"
    yield from (_group(list(lines), gateways) for _, lines in groupby(entry.agreement.lines, key=_shared))


def _terms(agreement: Agreement, notice: Notice) -> Iterator[str]:
    recipient, route = agreement.recipient, agreement.delivery
    named = notice.clauses[recipient.clause].rstrip(".")
    yield f"**{agreement.title}**, version {agreement.version}."
    yield ""
    yield f"- recipient: {recipient.legal_name} ({recipient.number}), {recipient.role}: {words.ROLES[recipient.role]}"
    yield f"- named in the notice: clause {recipient.clause}, {named}"
    yield f"- purpose: {words.PURPOSES[agreement.purpose]} (clause {agreement.purpose_clause})"
    yield f"- basis: Article {agreement.basis}, {words.ARTICLE_6[agreement.basis]}"
    yield f"- schools: {', '.join(agreement.schools)}"
    yield f"- pupils: {'; '.join(_population(agreement))}"
    yield from (f"- {kind}: {_effect(effect)}" for kind, effect in agreement.protection.items())
    yield f"- in force: {agreement.starts.isoformat()} to {recipient.ends.isoformat()}"
    yield f"- signed by: {', '.join(words.SIGNING_ROLES[role] for role in agreement.signing)}"
    if route.by_hand is not None:
        yield f"- a person sends it: {words.CHANNELS[route.by_hand.channel]}, {route.by_hand.address}"
    if route.seal is not None:
        yield f"- sealed to the recipient: {words.SEALS[route.seal.kind]}"
    yield f"- ends as: {route.ends_as} ({words.ENDS_AS[route.ends_as]})"
    yield f"- kept for {agreement.retention_days} days; impact assessment {agreement.paperwork.dpia}"


def _population(agreement: Agreement) -> Iterator[str]:
    for predicate in agreement.population:
        values = f" ({', '.join(predicate.values)})" if predicate.values else ""
        yield words.POPULATIONS[predicate.name] + values


def _effect(effect: Effect) -> str:
    return words.EFFECTS[effect.name] if effect.why is None else f"{words.EFFECTS[effect.name]}: {effect.why}"


def _shared(line: Line) -> tuple[str, ...]:
    return (line.clause, line.gateway, line.why, line.article_9 or "", line.schedule_1 or "")


def _group(lines: Sequence[Line], gateways: Mapping[str, Gateway]) -> str:
    first = lines[0]
    fields = ", ".join(f"`{line.field}`" for line in lines)
    return f"| {fields} | {first.clause} | {_law(gateways[first.gateway])}{_special(first)} | {first.why} |"


def _law(gateway: Gateway) -> str:
    return f"{gateway.instrument}, {gateway.paragraph} ({gateway.confidence})"


def _special(group: Line | Part) -> str:
    if group.article_9 is None:
        return ""
    paragraph = f", Schedule 1 paragraph {group.schedule_1}" if group.schedule_1 else ""
    return f"; Article {group.article_9}{paragraph}"


def _observed(seen: Observed, notice: Notice, gateways: Mapping[str, Gateway]) -> Iterator[str]:
    yield from ("", f"## {seen.id}", "")
    if seen.flow is None:
        yield from (f"**{MARK}**, and not described as it must be:", "")
        yield from (f"- {fault}" for fault in seen.faults)
        return
    yield from _observed_terms(seen.flow, notice)
    yield ""
    yield "| fields | notice clause | gateway | why |"
    yield "|---|---|---|---|"
    yield from (_part(part, gateways) for part in seen.flow.parts)


def _observed_terms(flow: Flow, notice: Notice) -> Iterator[str]:
    recipient = flow.recipient
    through = f", through {flow.through}" if flow.through else ""
    yield f"**{flow.title}**, {MARK}."
    yield ""
    yield f"- recipient: {recipient.legal_name} ({recipient.number}), {recipient.role}: {words.ROLES[recipient.role]}"
    yield f"- named in the notice: clause {recipient.clause}, {notice.clauses[recipient.clause].rstrip('.')}"
    yield f"- how: {MECHANISMS[flow.mechanism]}{through}; known from {flow.known_from}"
    yield f"- purpose: {words.PURPOSES[flow.purpose]} (clause {flow.purpose_clause})"
    yield f"- basis: Article {flow.basis}, {words.ARTICLE_6[flow.basis]}"
    yield f"- schools: {', '.join(flow.schools)}"
    yield f"- people: {flow.population}"
    yield f"- since {flow.since.isoformat()}, agreed until {recipient.ends.isoformat()}"
    if flow.paperwork.transfer_safeguard:
        yield f"- data leave the UK to {recipient.country}: {flow.paperwork.transfer_safeguard}"
    yield f"- kept {flow.retention}; impact assessment {flow.paperwork.dpia}"


def _part(part: Part, gateways: Mapping[str, Gateway]) -> str:
    law = _law(gateways[part.gateway]) if part.gateway else "none needed: a processor acts for the trust"
    fields = ", ".join(f"`{field}`" for field in part.fields)
    return f"| {part.category}: {fields} | {part.clause} | {law}{_special(part)} | {part.why} |"


def _not_sent(no_feeds: Sequence[NoFeed]) -> Iterator[str]:
    if not no_feeds:
        return
    yield from ("", "## Sent to nobody", "")
    yield "What the trust declares not to send; `waybill notice check` finds an agreement that says otherwise."
    yield ""
    for one in no_feeds:
        yield f"- **{one.title}** (to {one.to}; clause {one.clause}): {one.reason} It would be sent if {one.unless}."


def main(arguments: Sequence[str]) -> None:
    """Write the page of a trust folder to a file."""
    folder, target = (Path(argument) for argument in arguments)
    target.write_text(page_of_folder(folder), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
