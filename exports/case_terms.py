"""The terms of one case: what was asked by the police, a court or a tribunal, and what the trust decided.

Belongs here: frozen types and nothing else. How a case file is read is `exports.cases`, what is refused
`exports.case_rules`. No pupil is in a case: whom the answer is about is said when it is prepared.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from exports.terms import Agreement

DATASET: Final = "case"
"""No agreement can name it: it is no entry of the registry of datasets, so no calendar and no job can take it."""
FORMAT: Final = "bundle"
KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"police": "a police force", "court": "a court", "tribunal": "a tribunal"},
)


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, for what, by which power.

    Attributes:
        kind: one of `KINDS`.
        officer: name of who asks, and `rank` their rank or office.
        authorised_by: name and rank of who authorised the request; the police's requests only.
        reference: the requester's own.
        form: how it was asked, such as the national form or an order's date.
        power: the statutory power or order it names.
        public_key: age public key (`age1...`) that the answer is sealed to.

    """

    kind: str
    officer: str
    rank: str
    authorised_by: str | None
    reference: str
    form: str
    power: str
    public_key: str


@dataclass(frozen=True, slots=True)
class Informed:
    """Whether the family was told of the disclosure, and why not where it was not."""

    told: bool
    why: str | None


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why the disclosure is left out of an answer to the family's access request, and when that is looked at again."""

    reason: str
    review_on: dt.date


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day of what was asked, both inside."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Case:
    """One request and the decision on it, compiled without a fault.

    Attributes:
        agreement: the same for the gate: recipient, fields with their grounds, signers, retention.
        pupils: how many pupils it is about; preparing it for another number is refused.
        necessity: why nothing less would do.
        asked: fields asked for (`table.column`).
        not_released: why some of them do not leave; None when all do.
        span: of which days dated rows are told; None when no table of it is dated.
        article_10: Schedule 1 paragraph under which data of criminal offences leave, if any do.

    """

    agreement: Agreement
    request: Request
    pupils: int
    necessity: str
    asked: tuple[str, ...]
    not_released: str | None
    span: Span | None
    informed: Informed
    withheld: Withheld | None
    article_10: str | None

    @property
    def id(self) -> str:
        """The case file's stem."""
        return self.agreement.id

    @property
    def period(self) -> str:
        """What stands for the period of a feed: the day the request came."""
        return self.agreement.starts.isoformat()


@dataclass(frozen=True, slots=True)
class CompiledCase:
    """What became of one case file: a case, or every fault that stops it from being one."""

    id: str
    sha256: str
    case: Case | None
    faults: tuple[str, ...]
