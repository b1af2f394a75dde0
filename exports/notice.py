"""The trust's published privacy notice: numbered clauses that every field of every agreement must cite.

Belongs here: reading `notice.md`, and which data of parents a clause must name before an agreement may cite it. A
clause is a line that starts with its number (`7.` or `**7.2**`) and the lines under it up to the next clause, heading
or blank line. `Version:` and `Published:` stand above the first clause. Does not belong here: what else an agreement
may do with a clause (`exports.agreement_rules`), and what is to be said of the notice (`exports.notice_findings`).
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Final

from schemas.refusal import Refusal

_CLAUSE: Final = re.compile(r"^\s*(?:[-*]\s+)?(?:\*\*)?(\d{1,2}(?:\.\d{1,2})?)\.?(?:\*\*)?\s+(\S.*)$")
_HEADER: Final = re.compile(r"^(Version|Published):\s*(\S.*?)\s*$")


class NoticeUnreadable(Refusal):
    """The notice cannot be cited: it has no version, no date, or a clause number twice."""

    code: ClassVar[str] = "notice_unreadable"


class NoticeNotInForce(Refusal):
    """The notice in the trust folder is not published yet, so no field can rest on its clauses."""

    code: ClassVar[str] = "notice_not_in_force"


@dataclass(frozen=True, slots=True)
class Notice:
    """One published version of the privacy notice.

    Attributes:
        sha256: of the file's bytes, in hexadecimal.
        clauses: text by number, in the notice's order.

    """

    version: str
    published: dt.date
    sha256: str
    clauses: Mapping[str, str]

    def in_force(self, day: dt.date) -> bool:
        """Say whether this version was published by that day."""
        return self.published <= day

    def refuse_before(self, day: dt.date) -> None:
        """Refuse to be relied on before the day it is published. Raises NoticeNotInForce."""
        if not self.in_force(day):
            message = (
                f"version {self.version} of the privacy notice is published on {self.published.isoformat()}: until "
                "then nothing may rest on it. Put back the version in force."
            )
            raise NoticeNotInForce(message)


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What a notice's file says, whether or not it can be cited.

    Attributes:
        header: `Version` and `Published` as they are written, where they are.
        text: the whole file, for what stands outside the clauses.

    """

    name: str
    sha256: str
    header: Mapping[str, str]
    clauses: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class ParentData:
    """Data of a parent that no clause on contacts covers.

    Attributes:
        words: what it is.
        field: the fields (`table.column`) that hold it.
        named: how a clause that tells families of it reads.

    """

    words: str
    field: re.Pattern[str]
    named: re.Pattern[str]


PARENT_DATA: Final = (
    ParentData(
        "a parent's National Insurance number",
        re.compile(r"[._]nino$"),
        re.compile(r"national insurance", re.IGNORECASE),
    ),
    ParentData(
        "a parent's asylum support reference number",
        re.compile(r"[._]nass$"),
        re.compile(r"\basylum|home office reference", re.IGNORECASE),
    ),
    ParentData(
        "a parent's date of birth",
        re.compile(r"(?:^contact\.|[._](?:parent|contact)\d?_)(?:dob|date_of_birth)$"),
        re.compile(
            r"\b(?:parent|carer|famil).*\bdates? of birth|\bdates? of birth of (?:a |the )?(?:parent|carer)",
            re.IGNORECASE,
        ),
    ),
)
"""What a check of free school meals needs of a parent, who is a data subject of their own (facts: la_feeds 6)."""


def load_notice(path: Path) -> Notice:
    """Read a notice that can be cited.

    Raises:
        NoticeUnreadable: version or date missing, a clause number used twice, or no clause at all.

    """
    found = read_notice(path)
    return Notice(
        version=_header(found.header, "Version", path),
        published=_published(_header(found.header, "Published", path), path),
        sha256=found.sha256,
        clauses=found.clauses,
    )


def read_notice(path: Path) -> NoticeText:
    """Read whatever a notice says, also one without version or date.

    Raises:
        NoticeUnreadable: a clause number used twice, or no clause at all.

    """
    data = path.read_bytes()
    text = data.decode("utf-8")
    header: dict[str, str] = {}
    clauses: dict[str, str] = {}
    current: str | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if (found := _HEADER.match(line)) and not clauses:
            header[found[1]] = found[2]
        elif clause := _CLAUSE.match(line):
            current = _new_clause(clauses, clause, f"{path.name}:{number}")
        elif not line.strip() or line.startswith("#"):
            current = None
        elif current is not None:
            clauses[current] += " " + line.strip()
    if not clauses:
        message = f"{path.name} has no numbered clause"
        raise NoticeUnreadable(message)
    return NoticeText(
        name=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        header=MappingProxyType(header),
        clauses=MappingProxyType(clauses),
        text=text,
    )


def clauses_naming(clauses: Mapping[str, str], item: ParentData) -> tuple[str, ...]:
    """Return the numbers of the clauses that tell families of that item."""
    return tuple(number for number, text in clauses.items() if item.named.search(text))


def unnamed_parent_data(field: str, clause: str, notice: Notice) -> Iterator[str]:
    """Say what a field holds of a parent that the clause it cites does not name, and which clause would do."""
    for item in PARENT_DATA:
        if not item.field.search(field) or item.named.search(notice.clauses.get(clause, "")):
            continue
        others = clauses_naming(notice.clauses, item)
        instead = f"cite clause {others[0]}" if others else f"publish a notice with a clause that names {item.words}"
        yield (
            f"{field} is {item.words}, which clause {clause} of the notice (version {notice.version}) does not name: "
            f"{instead}"
        )


def _new_clause(clauses: dict[str, str], found: re.Match[str], place: str) -> str:
    number = found[1]
    if number in clauses:
        message = f"{place}: clause {number} is there twice; number each clause once"
        raise NoticeUnreadable(message)
    clauses[number] = found[2].strip()
    return number


def _header(header: Mapping[str, str], name: str, path: Path) -> str:
    if name not in header:
        message = f"{path.name} has no line '{name}: ...' above its first clause"
        raise NoticeUnreadable(message)
    return header[name]


def _published(text: str, path: Path) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = f"{path.name}: 'Published:' must be a date written YYYY-MM-DD"
        raise NoticeUnreadable(message) from None
