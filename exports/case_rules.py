"""What a case may not be: each rule looks at one drafted case and says, in plain English, what is wrong.

Belongs here: the rules. Sources: Data Protection Act 2018 Schedule 2 paragraphs 2 and 5, Schedule 1 and section 10;
UK GDPR Articles 9, 10 and 15 (facts: oneroster/oneroster_and_vendors.md, police; law/data_protection.md). A value that
could not be read is empty in the draft and has its own fault already, so each rule passes over it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from exports import vocabularies as words
from exports.case_tables import dated
from exports.case_terms import Case
from exports.drafts import TrustSchool
from exports.gateways import Gateway
from exports.notice import Notice
from exports.terms import Line
from exports.yaml_file import NO_DATE, Fault
from schemas.canonical import CANONICAL
from schemas.table import Sensitivity
from vault.identity import IdentityUnfit, recipient

Schools: TypeAlias = Mapping[str, TrustSchool]
Gateways: TypeAlias = Mapping[str, Gateway]

EXEMPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"police": "dpa-2018-sch2-2", "court": "dpa-2018-sch2-5", "tribunal": "dpa-2018-sch2-5"},
)
"""Crime and taxation (paragraph 2); legal proceedings and orders (paragraph 5)."""
BASES: Final = ("6(1)(c)", "6(1)(e)")
_CRIME: Final = "dpa-2018-sch2-2"
_OFFENCES: Final = frozenset({"10", "18"})
_CONDITIONS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = MappingProxyType(
    {
        "police": {"9(2)(g)": frozenset({"10", "18"})},
        "court": {"9(2)(f)": frozenset()},
        "tribunal": {"9(2)(f)": frozenset()},
    },
)
"""Article 9 conditions, with their Schedule 1 paragraphs, that fit each kind of requester."""
_NEEDS_CONDITION: Final = frozenset({Sensitivity.SPECIAL, Sensitivity.PROTECTED})
_TWO: Final = 2


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A case before it is judged; a value that could not be read is empty.

    Attributes:
        places: line of the file by key; a key of a part is `asked_by.<key>` or `law.<key>`.
        line_at: line of the file of each field.

    """

    case: Case
    places: Mapping[str, int]
    line_at: tuple[int, ...]

    def at(self, key: str) -> int:
        """Return the line of the file that a key stands on."""
        return self.places[key]

    def placed(self) -> Iterator[tuple[int, Line]]:
        """Yield each field that could be read with its line of the file."""
        lines = zip(self.line_at, self.case.agreement.lines, strict=True)
        return ((at, line) for at, line in lines if line.field)


Rule: TypeAlias = Callable[[CaseDraft, Notice, Gateways, Schools], Iterator[Fault]]


def broken_rules(draft: CaseDraft, notice: Notice, gateways: Gateways, schools: Schools) -> list[Fault]:
    """Return every fault of a drafted case."""
    return [fault for rule in RULES for fault in rule(draft, notice, gateways, schools)]


def _schools(draft: CaseDraft, _notice: Notice, _gateways: Gateways, schools: Schools) -> Iterator[Fault]:
    for urn in draft.case.agreement.schools:
        if urn not in schools:
            yield draft.at("schools"), f"the trust has no school with URN {urn}"


def _clause(draft: CaseDraft, notice: Notice, *_: object) -> Iterator[Fault]:
    clause = draft.case.agreement.recipient.clause
    if clause and clause not in notice.clauses:
        yield draft.at("asked_by.clause"), f"the notice (version {notice.version}) has no clause {clause}"


def _dates(draft: CaseDraft, *_: object) -> Iterator[Fault]:
    agreement, span = draft.case.agreement, draft.case.span
    asked, due, decided = agreement.starts, agreement.recipient.ends, agreement.paperwork.reviewed_on
    if NO_DATE not in {asked, due} and due < asked:
        yield draft.at("answer_by"), "the answer is due before the request came"
    if NO_DATE not in {asked, decided} and decided < asked:
        yield draft.at("decision"), "the decision was taken before the request came"
    if span is not None and NO_DATE not in {span.first, span.last} and span.last < span.first:
        yield draft.at("span"), "the span ends before it begins"


def _requester(draft: CaseDraft, *_: object) -> Iterator[Fault]:
    request = draft.case.request
    if request.kind == "police" and request.authorised_by is None:
        yield draft.at("asked_by"), "a police request needs authorised_by: the inspector, or above, who authorised it"
    if request.public_key:
        try:
            recipient(request.public_key)
        except IdentityUnfit:
            yield draft.at("asked_by.public_key"), "public_key is not an age public key (age1...): ask for it again"


def _law(draft: CaseDraft, _notice: Notice, gateways: Gateways, _schools: Schools) -> Iterator[Fault]:
    agreement, kind = draft.case.agreement, draft.case.request.kind
    if agreement.basis not in {"", *BASES}:
        yield draft.at("law.basis"), f"a disclosure to police or courts rests on {' or '.join(BASES)}"
    cited = next((line.gateway for line in agreement.lines), "")
    if cited and kind and cited != EXEMPTIONS[kind]:
        yield draft.at("law.exemption"), f"for {kind} the exemption is {EXEMPTIONS[kind]}, not {cited}"
    if cited and (cited not in gateways or gateways[cited].kind != "exemption"):
        yield draft.at("law.exemption"), f"the register of gateways has no exemption {cited}"


def _offences(draft: CaseDraft, *_: object) -> Iterator[Fault]:
    case = draft.case
    if case.article_10 and case.article_10 not in _OFFENCES:
        yield draft.at("law.article_10"), "data of offences leave under Schedule 1 paragraph 10 or 18 only"
    paragraphs = {line.schedule_1 for line in case.agreement.lines} | {case.article_10}
    needed = sorted({paragraph for paragraph in paragraphs if paragraph} & words.POLICY_DOCUMENT_NEEDED)
    if needed and case.agreement.paperwork.policy_document is None:
        yield draft.at("law"), f"Schedule 1 paragraph {', '.join(needed)} needs policy_document"


def _fields(draft: CaseDraft, *_: object) -> Iterator[Fault]:
    seen: set[str] = set()
    for at, line in draft.placed():
        table = CANONICAL.get(line.table)
        if table is None or line.column not in table or "pupil_id" not in table:
            yield at, f"there is no field {line.field} about a pupil in the MIS"
        elif line.column in {"pupil_id", "source"}:
            yield at, f"{line.field} is the MIS's own reference: the bundle numbers the pupils itself"
        elif line.table == "upn" or line.column in {"upn", "former_upn"}:
            yield at, f"{line.field}: a UPN goes to the Department, a local authority and the next school only"
        elif line.field not in draft.case.asked:
            yield at, f"{line.field} was not asked for, so it does not leave"
        if line.field in seen:
            yield at, f"{line.field} is there twice"
        seen.add(line.field)


def _asked(draft: CaseDraft, *_: object) -> Iterator[Fault]:
    case = draft.case
    kept_back = [field for field in case.asked if field not in case.agreement.fields]
    if kept_back and case.not_released is None:
        yield draft.at("asked"), f"{', '.join(kept_back)} do not leave, so the case needs not_released: why not"
    if not kept_back and case.not_released is not None:
        yield draft.at("not_released"), "everything that was asked for leaves, so there is nothing not released"


def _conditions(draft: CaseDraft, *_: object) -> Iterator[Fault]:
    fitting = _CONDITIONS.get(draft.case.request.kind)
    if fitting is None:
        return
    for at, line in draft.placed():
        if line.sensitivity not in _NEEDS_CONDITION and line.article_9 is None:
            continue
        carriers = fitting.get(line.article_9 or "")
        if carriers is None:
            listed = " or ".join(fitting)
            yield at, f"{line.field} is {line.sensitivity.value} data: its group needs article_9 {listed}"
        elif carriers and line.schedule_1 not in carriers:
            yield at, f"{line.field}: {line.article_9} is carried by schedule_1 {' or '.join(sorted(carriers))}"


def _span(draft: CaseDraft, *_: object) -> Iterator[Fault]:
    tables = [table for table in draft.case.agreement.tables if table in CANONICAL and dated(CANONICAL[table])]
    if tables and draft.case.span is None:
        yield draft.at("span"), f"{', '.join(tables)} are dated, so the case needs span: the first and last day asked"
    if not tables and draft.case.span is not None:
        yield draft.at("span"), "no table of the case is dated, so a span means nothing"


def _told(draft: CaseDraft, *_: object) -> Iterator[Fault]:
    case = draft.case
    if not case.informed.told and case.informed.why is None:
        yield draft.at("subject_informed"), "the family was not told, so subject_informed needs its why"
    if case.withheld is None:
        return
    at = draft.at("withheld_from_access")
    if case.informed.told:
        yield at, "the family was told of the disclosure, so it cannot be withheld from their access report"
    if any(line.gateway != _CRIME for line in case.agreement.lines):
        yield at, f"a disclosure is withheld from an access report only under {_CRIME} (Article 15, prejudice to crime)"
    if NO_DATE not in {case.withheld.review_on, case.agreement.starts} and case.withheld.review_on <= (
        case.agreement.starts
    ):
        yield at, "review_on must lie after the day of the request"


def _signing(draft: CaseDraft, *_: object) -> Iterator[Fault]:
    roles = draft.case.agreement.signing
    if len(set(roles)) < _TWO or len(set(roles)) < len(roles):
        yield draft.at("signing"), "two different roles, at least, must sign"
    elif "dpo" not in roles:
        yield draft.at("signing"), "the data protection officer is one of those who sign"


RULES: Final[tuple[Rule, ...]] = (
    _schools, _clause, _dates, _requester, _law, _offences, _fields, _asked, _conditions, _span, _told, _signing,
)  # fmt: skip
