"""The page of recipients: what leaves, to whom, why and until when, written from the agreements themselves.

Belongs here: the Markdown text. `python -m exports.recipients_page trusts/demo docs/recipients.md` writes it for
one trust folder; a test fails when the committed page is stale.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from exports import vocabularies as words
from exports.agreements import compile_folder
from exports.gateways import Gateway, load_gateways
from exports.notice import Notice, load_notice
from exports.terms import Agreement, Compiled, Line


@dataclass(frozen=True, slots=True)
class PageSchool:
    """What the page needs to know of one school: enough to compile its agreements."""

    la_number: str
    establishment: str


def page_of_folder(folder: Path) -> str:
    """Return the page of one trust folder."""
    trust = tomllib.loads((folder / "trust.toml").read_text(encoding="utf-8"))
    schools = {row["urn"]: PageSchool(row["la_number"], row["establishment"]) for row in trust["school"]}
    notice = load_notice(folder / "notice.md")
    gateways = load_gateways()
    compiled = compile_folder(folder / "agreements", notice, gateways, schools)
    return recipients_page(trust["name"], compiled, notice, gateways)


def recipients_page(
    trust: str, compiled: Sequence[Compiled], notice: Notice, gateways: Mapping[str, Gateway],
) -> str:  # fmt: skip
    """Return the page in Markdown; an agreement that does not compile is listed with its faults."""
    return "\n".join(_page(trust, compiled, notice, gateways)) + "\n"


def _page(
    trust: str, compiled: Sequence[Compiled], notice: Notice, gateways: Mapping[str, Gateway],
) -> Iterator[str]:  # fmt: skip
    yield f"# Recipients of {trust}"
    yield ""
    yield "Written from the agreements by `python -m exports.recipients_page`; change an agreement, not this page."
    yield f"Privacy notice version {notice.version}, published {notice.published.isoformat()}."
    yield ""
    yield "| agreement | recipient | what | how often | until | fields |"
    yield "|---|---|---|---|---|---|"
    for agreement in (entry.agreement for entry in compiled if entry.agreement is not None):
        yield _summary(agreement)
    for entry in compiled:
        yield from _section(entry, notice, gateways)


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
    yield f"- court orders: {words.COURT_ORDER[agreement.court_order]}"
    yield f"- in force: {agreement.starts.isoformat()} to {recipient.ends.isoformat()}"
    yield f"- signed by: {', '.join(words.SIGNING_ROLES[role] for role in agreement.signing)}"
    yield f"- ends as: {route.ends_as} ({words.ENDS_AS[route.ends_as]})"
    yield f"- kept for {agreement.retention_days} days; impact assessment {agreement.paperwork.dpia}"


def _population(agreement: Agreement) -> Iterator[str]:
    for predicate in agreement.population:
        values = f" ({', '.join(predicate.values)})" if predicate.values else ""
        yield words.POPULATIONS[predicate.name] + values


def _shared(line: Line) -> tuple[str, ...]:
    return (line.clause, line.gateway, line.why, line.article_9 or "", line.schedule_1 or "")


def _group(lines: Sequence[Line], gateways: Mapping[str, Gateway]) -> str:
    first = lines[0]
    gateway = gateways[first.gateway]
    law = f"{gateway.instrument}, {gateway.paragraph} ({gateway.confidence})"
    special = f"; Article {first.article_9}, Schedule 1 paragraph {first.schedule_1}" if first.article_9 else ""
    fields = ", ".join(f"`{line.field}`" for line in lines)
    return f"| {fields} | {first.clause} | {law}{special} | {first.why} |"


def main(arguments: Sequence[str]) -> None:
    """Write the page of a trust folder to a file."""
    folder, target = (Path(argument) for argument in arguments)
    target.write_text(page_of_folder(folder), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
