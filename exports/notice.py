"""The trust's published privacy notice: numbered clauses that every field of every agreement must cite.

Belongs here: reading `notice.md`. A clause is a line that starts with its number (`7.` or `**7.2**`) and the lines
under it up to the next clause, heading or blank line. `Version:` and `Published:` stand above the first clause.
Does not belong here: what an agreement may do with a clause (`exports.agreement_rules`).
"""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
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


def load_notice(path: Path) -> Notice:
    """Read a notice.

    Raises:
        NoticeUnreadable: version or date missing, a clause number used twice, or no clause at all.

    """
    data = path.read_bytes()
    header: dict[str, str] = {}
    clauses: dict[str, str] = {}
    current: str | None = None
    for number, line in enumerate(data.decode("utf-8").splitlines(), start=1):
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
    return Notice(
        version=_header(header, "Version", path),
        published=_published(_header(header, "Published", path), path),
        sha256=hashlib.sha256(data).hexdigest(),
        clauses=MappingProxyType(clauses),
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
