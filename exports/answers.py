"""What the other side said of a file: COLLECT's list of errors or counts, or a recipient's acknowledgement, as CSV.

Belongs here: reading such a file by its headings, holding its counts against ours, and recording that it came. Its rows
may hold pupils, so the file is sealed and the ledger has counts alone. That its layout is not published is why columns
are found by name (`docs/known-limits.md`); a file in which none is found is refused.
"""

import csv
import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from exports.preparation import KEEP_GROUNDS, artefact, read_waybill
from ledger.canonical import Plain
from ledger.store import Ledger, Release
from schemas.census.findings import FINDING
from schemas.refusal import Refusal
from schemas.wording import counted
from vault.frames import unpack
from vault.store import Vault

KIND: Final = "answer"
ACKNOWLEDGEMENT: Final = "acknowledgement"
_RULE: Final = frozenset({"rule", "rulenumber", "ruleno", "errornumber", "errorno", "errorcode", "validationrule"})
_COUNT: Final = frozenset({"count", "total", "numberoferrors", "occurrences", "number", "errors"})
_RECEIVED: Final = frozenset({"received", "records", "recordsreceived", "rows", "rowsreceived", "pupils"})
_REFUSED: Final = frozenset({"rejected", "refused", "rowsrejected", "recordsrejected", "failed"})
_ACCEPTED: Final = frozenset({"accepted", "imported", "loaded", "rowsaccepted", "recordsaccepted"})
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How a file of a spreadsheet program begins, newer and older."""
_FIGURE: Final = re.compile(r"[0-9]{1,7}")
_SPOTS: Final = 20
_NUMBER: Final = re.compile(r"\d{3,5}Q?")
_LONGEST: Final = 20 * 1024 * 1024
_HEADINGS_WITHIN: Final = 40


class AnswerUnreadable(Refusal):
    """The file is not a list, a count or an acknowledgement that can be read."""

    code: ClassVar[str] = "answer_unreadable"


@dataclass(frozen=True, slots=True)
class Line:
    """One count of theirs beside ours; `what` is a rule's number, or what an acknowledgement counts."""

    what: str
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell in which something else stands than what its column is for; both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one file.

    Attributes:
        kind: `errors` (a row each), `counts` (a row a rule) or `acknowledgement`.
        lines: every count, theirs and ours.
        unread: rows in which no count was found, or cells of an acknowledgement.
        spots: where the first of them are.

    """

    waybill: str
    kind: str
    lines: tuple[Line, ...]
    unread: int
    spots: tuple[Spot, ...]

    @property
    def differences(self) -> tuple[Line, ...]:
        """The counts that are not the same."""
        return tuple(line for line in self.lines if line.ours != line.theirs)


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer as the ledger has it: who took it in, and when."""

    answer: Answer
    by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Sequence[str]

    def __getitem__(self, at: int) -> str:
        return self.cells[at].strip() if at < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class _Read:
    kind: str
    counts: Mapping[str, int]
    unread: Sequence[Spot]


def take(ledger: Ledger, vault: Vault, release: Release, data: bytes, by: str, now: dt.datetime) -> Answer:
    """Read an answer to a file, hold it against what we had, seal it and record that it came.

    Raises AnswerUnreadable, naming line and column and nothing that stands there.
    """
    read = _read(data)
    ours = _ours(ledger, vault, release, read.kind)
    every = sorted(read.counts) if read.kind == ACKNOWLEDGEMENT else sorted({*read.counts, *ours})
    lines = tuple(Line(what, ours.get(what, 0), read.counts.get(what, 0)) for what in every)
    answer = Answer(release.waybill, read.kind, lines, len(read.unread), tuple(read.unread[:_SPOTS]))
    sealed = vault.seal(data, kind=KIND, purge_on=now.date() + KEEP_GROUNDS)
    ledger.append(KIND, {"by": by, "artefact": sealed.address, **_body(answer)}, now)
    return answer


def taken(ledger: Ledger, waybill: str) -> tuple[Taken, ...]:
    """Return what came back for a file, the oldest first, as it compared then."""
    return tuple(Taken(_answer(e.body), str(e.body["by"]), e.at) for e in ledger.events(KIND, waybill=waybill))


def _body(answer: Answer) -> dict[str, Plain]:
    return {
        "waybill": answer.waybill,
        "kind": answer.kind,
        "theirs": {line.what: line.theirs for line in answer.lines},
        "ours": {line.what: line.ours for line in answer.lines},
        "differences": len(answer.differences),
        "unread": answer.unread,
        "spots": [[spot.line, spot.column] for spot in answer.spots],
    }


def _answer(body: Mapping[str, Any]) -> Answer:
    lines = tuple(Line(what, body["ours"][what], theirs) for what, theirs in body["theirs"].items())
    return Answer(body["waybill"], body["kind"], lines, body["unread"], tuple(Spot(*at) for at in body["spots"]))


def _ours(ledger: Ledger, vault: Vault, release: Release, kind: str) -> Mapping[str, int]:
    if kind == ACKNOWLEDGEMENT:
        pupils = read_waybill(ledger, vault, release.waybill).tally.pupils
        return {"received": pupils, "accepted": pupils, "rejected": 0}
    findings = unpack(vault.open(artefact(ledger, release.waybill, "findings")))[0][FINDING.name]
    found = findings[findings["evaluated"].astype(bool) & findings["rule"].str.fullmatch(_NUMBER.pattern)]
    return Counter(map(str, found["rule"]))


def _read(data: bytes) -> _Read:
    rows = _rows(data)
    for at, row in enumerate(rows[:_HEADINGS_WITHIN]):
        names = [re.sub(r"[^a-z]", "", cell.casefold()) for cell in row.cells]
        rule, count = _column(names, _RULE), _column(names, _COUNT)
        if rule is not None:
            return _of_rules(rows[at + 1 :], rule, count)
        if any(_column(names, known) is not None for known in (_RECEIVED, _ACCEPTED, _REFUSED)):
            return _acknowledged(rows[at + 1 :], names)
    message = (
        f"none of the first {_HEADINGS_WITHIN} rows has a heading for a rule's number, or for rows received, accepted "
        "or rejected: export the list from the other side again, as CSV"
    )
    raise AnswerUnreadable(message)


def _of_rules(rows: Sequence[_Row], rule: int, count: int | None) -> _Read:
    counts: Counter[str] = Counter()
    unread: list[Spot] = []
    for row in rows:
        number, told = row[rule].upper(), "1" if count is None else row[count]
        known = bool(_NUMBER.fullmatch(number))
        if known and _FIGURE.fullmatch(told):
            counts[number] += int(told)
        elif any(cell.strip() for cell in row.cells):
            unread.append(Spot(row.line, (count if known and count is not None else rule) + 1))
    if not counts and unread:
        message = (
            f"{_first(unread)} a rule's number and its count should stand, and do in none of "
            f"{counted(len(unread), 'row')}: this is not COLLECT's list of errors"
        )
        raise AnswerUnreadable(message)
    return _Read("errors" if count is None else "counts", counts, unread)


def _acknowledged(rows: Sequence[_Row], names: Sequence[str]) -> _Read:
    told: dict[str, int] = {}
    unread: list[Spot] = []
    for what, known in (("received", _RECEIVED), ("accepted", _ACCEPTED), ("rejected", _REFUSED)):
        column = _column(names, known)
        if column is None:
            continue
        unread += [Spot(row.line, column + 1) for row in rows if row[column] and not _FIGURE.fullmatch(row[column])]
        numbers = [int(row[column]) for row in rows if _FIGURE.fullmatch(row[column])]
        if numbers:
            told[what] = sum(numbers)
    if not told:
        where = f"{_first(unread)} a number should stand" if unread else "it ends with its headings"
        message = f"no row of the acknowledgement has a number in it: {where}"
        raise AnswerUnreadable(message)
    return _Read(ACKNOWLEDGEMENT, told, sorted(unread, key=lambda spot: (spot.line, spot.column)))


def _first(spots: Sequence[Spot]) -> str:
    return f"in line {spots[0].line}, column {spots[0].column},"


def _column(names: Sequence[str], known: frozenset[str]) -> int | None:
    return next((at for at, name in enumerate(names) if name in known), None)


def _rows(data: bytes) -> list[_Row]:
    if len(data) > _LONGEST:
        message = f"the file is longer than {_LONGEST // 1024 // 1024} MB"
        raise AnswerUnreadable(message)
    if data.startswith(_WORKBOOKS):
        message = "the file is a workbook: save its list as CSV (comma-separated values) and take that in"
        raise AnswerUnreadable(message)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    reader, rows, ended = csv.reader(io.StringIO(text, newline=""), strict=False), list[_Row](), 0
    try:
        for cells in reader:
            rows.append(_Row(ended + 1, cells))
            ended = reader.line_num
    except csv.Error:
        message = f"from line {ended + 1} on the file is not comma-separated values"
        raise AnswerUnreadable(message) from None
    return rows
