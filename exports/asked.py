"""What must and what may be asked of families, who are told which whenever they are asked.

Belongs here: the list (`data/asked_of_families.csv`), and who of the recipients is told each answer, taken from the
agreements and observed flows. It is not legal advice: each row has a confidence. How the sheet looks in a browser is
`pipelines.reports.asked_page`.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exports.records import Records

DATA: Final = Path(__file__).parent / "data" / "asked_of_families.csv"
PROVISIONAL: Final = "provisional"
"""Marks a row that was not read in the law itself; a trust's own adviser confirms it before the sheet is handed out."""

_NOT_OF_FAMILIES: Final = re.compile(r"(?:school|childcare|\w*_(?:staff|org|class|course|session))\w*\.")
"""Tables that speak of the school, its staff or its lessons."""

ANSWERS: Final = {
    "must": "You must tell us; the law asks it of you or of us.",
    "may": "You may tell us or not. Nothing is held against you or your child if you do not.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that families are asked for.

    Attributes:
        answer: one of `ANSWERS`.
        law: what asks for it, or that nothing does.
        if_declined: what happens then; blank for what must be given.
        told: recipients that are told it, by their legal names.
        clauses: of the notice, under which they are.
        confidence: H read, M second-hand, L from memory.

    """

    item: str
    answer: str
    law: str
    if_declined: str
    told: tuple[str, ...]
    clauses: tuple[str, ...]
    confidence: str

    @property
    def ground(self) -> str:
        """What asks for it, marked where that was not read in the law itself."""
        return self.law if self.confidence == "H" else f"{self.law} ({PROVISIONAL})"


def asked(records: Records) -> tuple[Asked, ...]:
    """Return everything that families are asked for, what must be given first."""
    with DATA.open(encoding="utf-8", newline="") as file:
        found = [_asked(row, records) for row in csv.DictReader(file, strict=True)]
    return tuple(sorted(found, key=lambda one: list(ANSWERS).index(one.answer)))


def as_markdown(records: Records) -> str:
    """Return the sheet as a page."""
    return "\n".join(_page(records)) + "\n"


def _asked(row: Mapping[str, str], records: Records) -> Asked:
    taken = list(_taken(records, re.compile(row["taken_as"])))
    return Asked(
        item=row["item"],
        answer=row["answer"],
        law=row["law"],
        if_declined=row["if_declined"],
        told=tuple(dict.fromkeys(name for name, _ in taken)),
        clauses=tuple(sorted({clause for _, clause in taken})),
        confidence=row["confidence"],
    )


def _taken(records: Records, column: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Give recipient and clause of each field that is the answer."""
    for agreement in records.agreements:
        for line in agreement.lines:
            if column.search(_called(line.field)):
                yield agreement.recipient.legal_name, line.clause
    for flow in records.flows:
        for part in flow.parts:
            if any(column.search(_called(field)) for field in part.fields):
                yield f"{flow.recipient.legal_name} (not sent by Waybill)", part.clause


def _called(field: str) -> str:
    """Name a column as feeds do, where a parent's begin with `contact_`; "" for what no family is asked for."""
    if _NOT_OF_FAMILIES.match(field):
        return ""
    table, _, column = field.partition(".")
    return f"contact_{column}" if table == "contact" else column


def _page(records: Records) -> Iterator[str]:
    yield f"# What {records.trust} asks families for"
    yield ""
    yield f"Goes with the privacy notice, version {records.notice.version} of {records.notice.published.isoformat()}."
    yield f"What is marked {PROVISIONAL} is to be confirmed by the trust's adviser before this sheet is handed out."
    found = asked(records)
    for answer, words in ANSWERS.items():
        yield from ("", f"## {words}", "")
        yield from ("| what | why | if you do not | who is told | notice |", "|---|---|---|---|---|")
        yield from (_row(one) for one in found if one.answer == answer)


def _row(one: Asked) -> str:
    cells = (one.item, one.ground, one.if_declined, "; ".join(one.told) or "nobody outside", ", ".join(one.clauses))
    return f"| {' | '.join(cells)} |"
