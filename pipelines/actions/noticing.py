"""The notice and the record of processing: the verbs `check_notice` and `record_of_processing`.

Belongs here: what is put together for each from the trust folder, which needs no keys and no state. What is found is
the `exports` modules' that each names. Reaching the links of a notice asks the network; it is done here, on request.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from exports.controller import load_controller
from exports.notice import NoticeText, load_notice, read_notice
from exports.notice_conformance import Conformance, Deeds, conformance, read_statements
from exports.notice_findings import Evidence, Finding, find
from exports.notice_links import Link, check_links
from exports.records import Records, load_records
from exports.ropa import Ropa, ropa

_PROJECT: Final = Path(__file__).resolve().parent.parent.parent
_PATIENCE: Final = 10.0
"""Seconds that a link may take to answer."""
_NOT_THERE: Final = 400


@dataclass(frozen=True, slots=True)
class NoticeReport:
    """What a check of the notice found.

    Attributes:
        findings: what is to be said of its words.
        links: every one of it; `wrong` where something is.
        conformance: both ways; None for a notice that is not the trust's own.

    """

    notice: NoticeText
    findings: tuple[Finding, ...]
    links: tuple[Link, ...]
    conformance: Conformance | None


def check_notice(folder: Path, day: dt.date, other: Path | None = None, *, reach: bool = False) -> NoticeReport:
    """Check the trust's notice, or the words of another one that has not been published yet.

    Args:
        folder: the trust folder.
        day: on which the clauses must be in force.
        other: a notice to look at in place of the trust's; nothing rests on it, so its words and links alone are.
        reach: ask the network whether each link leads anywhere.

    """
    records = load_records(folder)
    text = read_notice(other or folder / "notice.md")
    evidence = Evidence(
        notice=text,
        agreements=records.agreements,
        flows=records.flows,
        gateways=records.gateways,
        establishments=[school.establishment for school in records.schools.values()],
        website=load_controller(folder).body.website,
    )
    return NoticeReport(
        notice=text,
        findings=find(evidence),
        links=check_links(text.text, ask if reach else None),
        conformance=None if other else _conformance(folder, records, day),
    )


def record_of_processing(folder: Path, day: dt.date) -> Ropa:
    """Make the record of Article 30(1) as on a day."""
    return ropa(load_records(folder), load_controller(folder), day)


def ask(address: str) -> str | None:
    """Say what came back from an address when it was not a page; None when it was."""
    try:
        answer = httpx.get(address, timeout=_PATIENCE, follow_redirects=True)
    except httpx.HTTPError as error:
        return f"it cannot be reached ({type(error).__name__})"
    return f"it answers {answer.status_code}" if answer.status_code >= _NOT_THERE else None


def _conformance(folder: Path, records: Records, day: dt.date) -> Conformance:
    project = _PROJECT if (_PROJECT / "tests").is_dir() else None
    deeds = Deeds(records.compiled, records.observed, records.no_feeds, project)
    return conformance(load_notice(folder / "notice.md"), read_statements(folder), deeds, day)
