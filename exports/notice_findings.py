"""What is to be said of a privacy notice as it is written: eleven things, none of them legal advice.

Belongs here: one function for each, in the order in which they are numbered, which looks at clauses, agreements and
schools and says what it saw. Each was checked against public sources. Findings change nothing: a notice may stand as it
is. Whether agreements and notice agree is `exports.notice_conformance`.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from exports.gateways import Gateway
from exports.notice import PARENT_DATA, NoticeText, clauses_naming
from exports.observed import Flow
from exports.terms import Agreement


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the findings are looked for in.

    Attributes:
        establishments: `academy` or `maintained` of each school.
        website: the trust's own.

    """

    notice: NoticeText
    agreements: Sequence[Agreement]
    flows: Sequence[Flow]
    gateways: Mapping[str, Gateway]
    establishments: Sequence[str]
    website: str

    @property
    def clauses(self) -> Mapping[str, str]:
        """Text by number."""
        return self.notice.clauses

    @property
    def recipients_section(self) -> tuple[str, ...]:
        """The clauses of the section in which the recipients stand that agreements and flows name."""
        recipients = [*(one.recipient for one in self.agreements), *(one.recipient for one in self.flows)]
        cited = {recipient.clause.partition(".")[0] for recipient in recipients}
        return tuple(number for number in self.clauses if number.partition(".")[0] in cited)

    def naming(self, pattern: str, within: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return the numbers of the clauses in which a pattern is found, whatever the case of its letters."""
        found = re.compile(pattern, re.IGNORECASE)
        numbers = self.clauses if within is None else within
        return tuple(number for number in numbers if found.search(self.clauses[number]))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    Attributes:
        number: of the eleven.
        clauses: where it was found; empty when it is about what is nowhere.

    """

    number: int
    clauses: tuple[str, ...]
    says: str


Seen: TypeAlias = Iterator[tuple[tuple[str, ...], str]]
_REGULATIONS_2013: Final = r"information about individual pupils"
_REGULATIONS: Final = re.compile(r"Education \(.+?\) \(England\) Regulations \d{4}")
_SPECIAL: Final = r"special categor"
_SPECIAL_WORDS: Final[Mapping[str, str]] = {
    r"ethnic": "ethnicity",
    r"relig|belief": "religion or belief",
    r"biometric|fingerprint": "biometric data",
    r"medical|health": "health",
    r"sexual": "sexual life or orientation",
}
_OPEN_LIST: Final = r"such as|for example|for instance|not only|among others|et cetera|\betc\b|other departments"
_PERIOD: Final = r"\b\d+ (?:year|month|week|day|term)s?\b|date of birth plus|\d+(?:st|nd|rd|th) birthday"
_TRANSFERS: Final = r"outside the (?:uk|united kingdom|eea|european)|international transfer|overseas|abroad"
_WORDS_OF_1998: Final[Mapping[str, str]] = {
    r"damage (?:or|and) distress": "object to processing likely to cause damage or distress",
    r"\bblock(?:ed|ing)": "blocking",
    r"prevent processing": "prevent processing for direct marketing",
}
_RIGHTS_NOW: Final[Mapping[str, str]] = {r"restrict": "restriction", r"portab": "portability"}
_SERVICES: Final[Mapping[str, str]] = {r"text messag|\bsms\b": "text messages", r"cashless": "cashless services"}
_EMAIL: Final = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")


def find(evidence: Evidence) -> tuple[Finding, ...]:
    """Return everything that is to be said of the notice, in order."""
    return tuple(
        Finding(number, clauses, says)
        for number, look in enumerate(FINDINGS, start=1)
        for clauses, says in look(evidence)
    )


def _nationality(evidence: Evidence) -> Seen:
    says = (
        "lists nationality or country of birth. The Department ended that collection in the census in 2018; no "
        "agreement may name them. Say why the trust asks for them, or strike them out."
    )
    if found := evidence.naming(r"nationalit|country of birth"):
        yield found, says


def _section_of_regulations(evidence: Evidence) -> Seen:
    says = (
        "cites a section of the 2013 Regulations. Statutory instruments have regulations; regulation 3 is the duty of "
        "a maintained school to its local authority."
    )
    if found := evidence.naming(rf"\bsections?\s+\d+\w*\s+of\s+(?:the\s+)?education\s+\({_REGULATIONS_2013}"):
        yield found, says
    academies = evidence.establishments.count("academy")
    alone = (
        f"gives the 2013 Regulations alone as the ground of the census. For the trust's {academies} academies it rests "
        "on section 537A of the Education Act 1996 and the regulation that binds academy proprietors (regulation 5 as "
        "made: check); regulation 5A is daily attendance."
    )
    found = evidence.naming(_REGULATIONS_2013)
    if academies and found and not evidence.naming(r"537A|\bregulation 5\b"):
        yield found, alone


def _binds_maintained_only(evidence: Evidence) -> Seen:
    academies = evidence.establishments.count("academy")
    binding: dict[str, set[str]] = {}
    for gateway in evidence.gateways.values():
        if named := _REGULATIONS.search(gateway.instrument):
            binding.setdefault(named[0], set()).add(gateway.binds)
    for title, binds in binding.items():
        says = (
            f"relies on the {title}, which bind maintained schools. What the trust's {academies} academies promise "
            "under them, such as the educational record, is the trust's policy and not a duty: say so."
        )
        if academies and binds == {"maintained"} and (found := evidence.naming(re.escape(title))):
            yield found, says


def _left_out_of_special(evidence: Evidence) -> Seen:
    special = evidence.naming(_SPECIAL)
    where = f"clause {', '.join(special)} on such data leaves it out" if special else "no clause is on such data"
    for pattern, name in _SPECIAL_WORDS.items():
        found = evidence.naming(pattern)
        if found and not set(found) & set(special):
            yield found, f"holds {name}, which is special category data, and {where}."


def _what_article_13_asks(evidence: Evidence) -> Seen:
    if not evidence.naming(r"article 9\b|\b9\(2\)"):
        yield (), "No clause names a condition of Article 9 for special category data."
    if not evidence.naming(_PERIOD):
        yield (
            evidence.naming(r"toolkit|retention|keep records"),
            "No retention period is given; a reference to a toolkit is not one.",
        )
    for number in evidence.naming(_OPEN_LIST, evidence.recipients_section):
        yield (number,), "names recipients by an open list or as 'other': families cannot tell who they are."
    if not evidence.naming(_TRANSFERS):
        abroad = sorted({flow.recipient.legal_name for flow in evidence.flows if flow.recipient.country != "GB"})
        known = f" Data go abroad to: {', '.join(abroad)}." if abroad else ""
        yield (), f"Nothing is said on transfers to other countries.{known}"


def _rights_of_1998(evidence: Evidence) -> Seen:
    for pattern, words in _WORDS_OF_1998.items():
        if found := evidence.naming(pattern):
            yield found, f"words a right as the Data Protection Act 1998 did: {words}."
    missing = [name for pattern, name in _RIGHTS_NOW.items() if not evidence.naming(pattern)]
    if missing:
        yield (), f"Rights that no clause names: {', '.join(missing)}."


def _domain_of_officer(evidence: Evidence) -> Seen:
    own = (urlsplit(evidence.website).hostname or "").removeprefix("www.")
    for number in evidence.naming(r"data protection (?:officer|lead)"):
        for domain in _EMAIL.findall(evidence.clauses[number]):
            if domain != own and not domain.endswith(f".{own}"):
                yield (number,), f"gives an address at {domain}, and the trust's own domain is {own}: confirm it."


def _purposes_without_recipient(evidence: Evidence) -> Seen:
    named = evidence.recipients_section
    for pattern, service in _SERVICES.items():
        found = evidence.naming(pattern)
        if found and not set(found) & set(named):
            yield found, f"tells of {service}, and no clause on recipients says who provides them."


def _early_years_basis(evidence: Evidence) -> Seen:
    found = evidence.naming("early years census")
    if found and not evidence.naming("Childcare Act 2006"):
        yield found, "mentions the early years census, which also rests on section 99 of the Childcare Act 2006."


def _not_described(evidence: Evidence) -> Seen:
    if not evidence.naming(r"\bdaily\b.*attendance|attendance.*\b(?:daily|each day|every day)\b|\b5A\b"):
        known = [flow.id for flow in evidence.flows if "si-2013-2094-reg-5a" in {part.gateway for part in flow.parts}]
        flows = f" It is observed: {', '.join(known)}." if known else ""
        yield (), f"Daily attendance sharing (2013 Regulations, regulation 5A and Schedule 1A) is not described.{flows}"
    for item in PARENT_DATA:
        if not clauses_naming(evidence.clauses, item):
            yield (), f"No clause names {item.words}, which a check of free school meals needs."


def _undated(evidence: Evidence) -> Seen:
    header = evidence.notice.header
    missing = [name for name in ("Version", "Published") if name not in header]
    if "Published" in header and not _is_day(header["Published"]):
        missing.append("Published")
    says = (
        f"The notice does not say: {', '.join(missing)}. Which clause was in force on a day cannot be proved; keep its "
        f"SHA-256 ({evidence.notice.sha256}) with the day it was taken."
    )
    if missing:
        yield (), says


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


FINDINGS: Final[tuple[Callable[[Evidence], Seen], ...]] = (
    _nationality, _section_of_regulations, _binds_maintained_only, _left_out_of_special, _what_article_13_asks,
    _rights_of_1998, _domain_of_officer, _purposes_without_recipient, _early_years_basis, _not_described, _undated,
)  # fmt: skip
