"""How a check of the privacy notice looks on a terminal of eighty columns.

Belongs here: words and layout. What was found is `pipelines.actions.noticing`.
"""

from collections.abc import Sequence
from itertools import groupby

from exports.notice_conformance import Conformance, Emitted, Kept
from exports.notice_findings import Finding
from exports.notice_links import Link
from pipelines.actions.noticing import NoticeReport
from pipelines.screen import say
from schemas.wording import counted


def say_notice(report: NoticeReport) -> None:
    """The notice, what is to be said of its words, its links, and both ways of conformance."""
    header = report.notice.header
    version, published = header.get("Version", "without a version"), header.get("Published", "undated")
    say(f"Privacy notice {version}, published {published}", strong=True)
    say(f"SHA-256 {report.notice.sha256}", 2)
    _say_findings(report.findings)
    _say_links(report.links)
    if report.conformance is not None:
        _say_conformance(report.conformance)


def _say_findings(findings: Sequence[Finding]) -> None:
    say(f"To be said of its words: {len(findings)} things. None of it is legal advice.", strong=True)
    for number, found in groupby(findings, key=lambda finding: finding.number):
        for finding in found:
            where = f"clause {', '.join(finding.clauses)}: " if finding.clauses else ""
            say(f"{number:>2}  {where}{finding.says}", 2)


def _say_links(links: Sequence[Link]) -> None:
    wrong = [link for link in links if link.wrong]
    say(f"Links and addresses: {len(links)}, something wrong with {len(wrong)}.", strong=True)
    for link in wrong:
        say(f"line {link.line}: {link.address}: {link.wrong}", 2)


def _say_conformance(conformance: Conformance) -> None:
    say(f"Each field that leaves has a clause: {counted(len(conformance.emitted), 'field')}.", strong=True)
    for agreement, found in groupby(conformance.emitted, key=lambda one: one.agreement):
        fields = list(found)
        say(f"{agreement}: {counted(len(fields), 'field')} under {_clauses(fields)}", 2)
    say(f"Each clause is kept by something: {len(conformance.kept)} clauses.", strong=True)
    for kept in conformance.kept:
        say(f"{kept.clause:<5} {_keepers(kept)}", 2)
    say(f"What does not hold: {len(conformance.faults)}.", strong=True)
    for fault in conformance.faults:
        say(fault, 2)


def _clauses(fields: Sequence[Emitted]) -> str:
    return ", ".join(dict.fromkeys(one.clause for one in fields))


def _keepers(kept: Kept) -> str:
    by = ", ".join(name.rpartition("::")[2] for name in kept.by)
    return f"{by}: {kept.reason}" if kept.reason else by
