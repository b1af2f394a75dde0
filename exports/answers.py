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
from typing import ClassVar, Final

from exports.preparation import KEEP_GROUNDS, artefact, read_waybill
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
class Answer:
    """What came back for one file.

    Attributes:
        kind: `errors` (a row each), `counts` (a row a rule) or `acknowledgement`.
        lines: every count, theirs and ours.
        unread: rows in which no count was found.

    """

    waybill: str
    kind: str
    lines: tuple[Line, ...]
    unread: int

    @property
    def differences(self) -> tuple[Line, ...]:
        """The counts that are not the same."""
        return tuple(line for line in self.lines if line.ours != line.theirs)


@dataclass(frozen=True, slots=True)
class _Read:
    kind: str
    counts: Mapping[str, int]
    unread: int


def take(ledger: Ledger, vault: Vault, release: Release, data: bytes, by: str, now: dt.datetime) -> Answer:
    """Read an answer to a file, hold it against what we had, seal it and record that it came.

    Raises AnswerUnreadable.
    """
    read = _read(data)
    ours = _ours(ledger, vault, release, read.kind)
    every = sorted(read.counts) if read.kind == ACKNOWLEDGEMENT else sorted({*read.counts, *ours})
    lines = tuple(Line(what, ours.get(what, 0), read.counts.get(what, 0)) for what in every)
    answer = Answer(release.waybill, read.kind, lines, read.unread)
    sealed = vault.seal(data, kind=KIND, purge_on=now.date() + KEEP_GROUNDS)
    told = {"waybill": release.waybill, "kind": read.kind, "by": by, "artefact": sealed.address}
    counted = {line.what: line.theirs for line in lines}
    ledger.append(KIND, {**told, "theirs": counted, "differences": len(answer.differences)}, now)
    return answer


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
        names = [re.sub(r"[^a-z]", "", cell.casefold()) for cell in row]
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


def _of_rules(rows: Sequence[Sequence[str]], rule: int, count: int | None) -> _Read:
    counts: Counter[str] = Counter()
    unread = 0
    for row in rows:
        number = row[rule].strip().upper() if rule < len(row) else ""
        told = "1" if count is None else row[count].strip() if count < len(row) else ""
        if _NUMBER.fullmatch(number) and told.isascii() and told.isdigit():
            counts[number] += int(told)
        elif any(cell.strip() for cell in row):
            unread += 1
    if not counts and unread:
        message = f"{counted(unread, 'row')} and no rule's number in any: this is not COLLECT's list of errors"
        raise AnswerUnreadable(message)
    return _Read("errors" if count is None else "counts", counts, unread)


def _acknowledged(rows: Sequence[Sequence[str]], names: Sequence[str]) -> _Read:
    told: dict[str, int] = {}
    unread = 0
    for what, known in (("received", _RECEIVED), ("accepted", _ACCEPTED), ("rejected", _REFUSED)):
        column = _column(names, known)
        cells = [row[column].strip() for row in rows if column is not None and column < len(row)]
        unread += sum(bool(cell) and not (cell.isascii() and cell.isdigit()) for cell in cells)
        numbers = [int(cell) for cell in cells if cell.isascii() and cell.isdigit()]
        if numbers:
            told[what] = sum(numbers)
    if not told:
        message = "no row of the acknowledgement has a number in it"
        raise AnswerUnreadable(message)
    return _Read(ACKNOWLEDGEMENT, told, unread)


def _column(names: Sequence[str], known: frozenset[str]) -> int | None:
    return next((at for at, name in enumerate(names) if name in known), None)


def _rows(data: bytes) -> list[list[str]]:
    if len(data) > _LONGEST:
        message = f"the file is longer than {_LONGEST // 1024 // 1024} MB"
        raise AnswerUnreadable(message)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=False))
    except csv.Error:
        message = "the file is not comma-separated values"
        raise AnswerUnreadable(message) from None
