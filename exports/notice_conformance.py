"""The notice against what is done, both ways: each field that leaves has a clause, each sentence is kept by something.

Belongs here: `notice_statements.csv` of the trust folder, which says for each clause what keeps it, and the check that
it is so. What keeps a clause is one or several of

    agreements         every agreement that cites it, at least one
    agreement:ID       that one agreement
    basis:6(1)(e)      every agreement and flow on that basis, or under that condition of Article 9, at least one
    observed           every observed flow that cites it, at least one
    no_feeds           every declaration of no feed that cites it, at least one
    test:PATH::NAME    a test of this project
    outside            nothing here, for the reason given

Does not belong here: what is to be said of the notice's own words (`exports.notice_findings`).
"""

import ast
import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Final

from exports.no_feeds import NoFeed, untrue
from exports.notice import Notice
from exports.observed import Observed
from exports.terms import Agreement, Compiled
from schemas.refusal import Refusal
from schemas.wording import counted

FILE: Final = "notice_statements.csv"
_COLUMNS: Final = ("clause", "kept_by", "reason")


class StatementsUnreadable(Refusal):
    """The table of what keeps each clause is missing, or has other columns."""

    code: ClassVar[str] = "notice_statements_unreadable"


class NoticeNotKept(Refusal):
    """Something leaves without a clause in force, or a clause is kept by nothing."""

    code: ClassVar[str] = "notice_not_kept"


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said to keep one clause; `row` of the file."""

    clause: str
    kept_by: tuple[str, ...]
    reason: str
    row: int


@dataclass(frozen=True, slots=True)
class Emitted:
    """One field of one agreement, and the clause that told families of it before it left."""

    agreement: str
    field: str
    clause: str
    notice_version: str
    notice_sha256: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found to keep one clause: ids of agreements and flows, tests, or `outside` and why."""

    clause: str
    by: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Conformance:
    """Both ways, and everything that does not hold."""

    emitted: tuple[Emitted, ...]
    kept: tuple[Kept, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the trust does and does not do, as its folder says.

    Attributes:
        project: the folder in which named tests are looked for; None where the program has none with it.

    """

    compiled: Sequence[Compiled]
    observed: Sequence[Observed]
    no_feeds: Sequence[NoFeed]
    project: Path | None

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """Every agreement that compiles."""
        return tuple(entry.agreement for entry in self.compiled if entry.agreement is not None)


def read_statements(folder: Path) -> tuple[Statement, ...]:
    """Read a trust folder's table.

    Raises:
        StatementsUnreadable: there is none, or its header is another.

    """
    path = folder / FILE
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != _COLUMNS:
        message = f"{FILE} must be in the trust folder with the header {','.join(_COLUMNS)}"
        raise StatementsUnreadable(message)
    return tuple(
        Statement(row["clause"].strip(), tuple((row["kept_by"] or "").split()), (row["reason"] or "").strip(), number)
        for number, row in enumerate(reader, start=2)
    )


def conformance(notice: Notice, statements: Sequence[Statement], deeds: Deeds, day: dt.date) -> Conformance:
    """Hold the notice against what is done, as on a day."""
    kept = tuple(Kept(each.clause, tuple(_keepers(each, deeds)), each.reason) for each in statements)
    faults = (*_forward(notice, deeds, day), *_backward(notice, statements, deeds))
    return Conformance(tuple(_emitted(notice, deeds.agreements)), kept, faults)


def _emitted(notice: Notice, agreements: Sequence[Agreement]) -> Iterator[Emitted]:
    for agreement in agreements:
        for line in agreement.lines:
            yield Emitted(agreement.id, line.field, line.clause, notice.version, notice.sha256)


def _forward(notice: Notice, deeds: Deeds, day: dt.date) -> Iterator[str]:
    if not notice.in_force(day):
        yield f"version {notice.version} is published on {notice.published}: until then nothing may rest on it"
    for entry in deeds.compiled:
        if entry.agreement is None:
            yield (
                f"agreement {entry.id} does not compile ({counted(len(entry.faults), 'fault')}): see waybill agreements"
            )
    for one in _emitted(notice, deeds.agreements):
        if one.clause not in notice.clauses:
            yield f"agreement {one.agreement}: {one.field} cites clause {one.clause}, which the notice does not have"
    for seen in deeds.observed:
        yield from seen.faults
    yield from untrue(deeds.no_feeds, deeds.agreements)


def _backward(notice: Notice, statements: Sequence[Statement], deeds: Deeds) -> Iterator[str]:
    counted = Counter(statement.clause for statement in statements)
    for clause in notice.clauses:
        if counted[clause] != 1:
            yield f"{FILE}: clause {clause} must have one row and has {counted[clause]}"
    for statement in statements:
        place = f"{FILE} row {statement.row}, clause {statement.clause}"
        if statement.clause not in notice.clauses:
            yield f"{place}: the notice has no such clause"
        yield from (f"{place}: {fault}" for fault in _unkept(statement, deeds))


def _unkept(statement: Statement, deeds: Deeds) -> Iterator[str]:
    if not statement.kept_by:
        yield "nothing is said to keep it: name agreements, flows or tests, or say outside and why"
    if "outside" in statement.kept_by and not statement.reason:
        yield "what is outside this system needs its reason"
    for word in statement.kept_by:
        yield from _unkept_by(word, statement.clause, deeds)


def _unkept_by(word: str, clause: str, deeds: Deeds) -> Iterator[str]:
    kind, _, name = word.partition(":")
    if word in {"agreements", "observed", "no_feeds"}:
        if not _citing(word, clause, deeds):
            yield f"no {_SINGULAR[word]} cites it"
    elif kind == "basis":
        if not _citing(word, clause, deeds):
            yield f"nothing rests on Article {name}"
    elif kind == "agreement":
        if name not in {agreement.id for agreement in deeds.agreements}:
            yield f"there is no agreement {name} that compiles"
    elif kind == "test":
        if deeds.project is not None and not _test_exists(deeds.project, name):
            yield f"there is no test {name}"
    elif word != "outside":
        yield f"{word!r} is not a way to keep a clause"


def _keepers(statement: Statement, deeds: Deeds) -> Iterator[str]:
    for word in statement.kept_by:
        yield from _citing(word, statement.clause, deeds) or (word,)


def _citing(word: str, clause: str, deeds: Deeds) -> tuple[str, ...]:
    """Return the ids of the agreements, flows or declarations that cite a clause, or rest on a basis."""
    flows = [seen.flow for seen in deeds.observed if seen.flow is not None]
    if word.startswith("basis:"):
        basis = word.removeprefix("basis:")
        sent = [one.id for one in deeds.agreements if basis in {one.basis, *(line.article_9 for line in one.lines)}]
        return (*sent, *(flow.id for flow in flows if basis in {flow.basis, *(part.article_9 for part in flow.parts)}))
    if word == "agreements":
        return tuple(agreement.id for agreement in deeds.agreements if clause in clauses_of(agreement))
    if word == "observed":
        return tuple(flow.id for flow in flows if clause in flow.clauses)
    if word == "no_feeds":
        return tuple(one.id for one in deeds.no_feeds if one.clause == clause)
    return ()


def clauses_of(agreement: Agreement) -> frozenset[str]:
    """Return every clause an agreement rests on."""
    cited = {line.clause for line in agreement.lines}
    return frozenset({agreement.recipient.clause, agreement.purpose_clause, *cited})


def _test_exists(project: Path, name: str) -> bool:
    path, _, function = name.partition("::")
    return function in _functions(project / path)


@cache
def _functions(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


_SINGULAR: Final[Mapping[str, str]] = {
    "agreements": "agreement",
    "observed": "observed flow",
    "no_feeds": "declared no feed",
}
