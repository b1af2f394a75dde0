"""What an agreement may not be: each rule looks at one drafted agreement and says, in plain English, what is wrong.

Belongs here: the rules about the whole agreement (who, why, when, where). Rules about single fields are
`exports.line_rules`, those about the way to the recipient `exports.route_rules`. Does not belong here: how the file is
read (`exports.agreements`), the clock. A value that could not be read is empty in the draft and has its own fault
already, so each rule passes over it.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from exports import vocabularies as words
from exports.drafts import Draft, TrustSchool
from exports.formats import FORMATS
from exports.formats.profiles import PROFILES
from exports.gateways import Gateway
from exports.line_rules import LINE_RULES
from exports.notice import Notice
from exports.protection_rules import consent, protection
from exports.route_rules import ROUTE_RULES
from exports.yaml_file import NO_DATE, Fault
from schemas.table import Sensitivity

Schools: TypeAlias = Mapping[str, TrustSchool]
Rule: TypeAlias = Callable[[Draft, Notice, Schools], Iterator[Fault]]

_WILDCARD: Final = re.compile(r"\b(other|any|all|various|et cetera|etc|such as)\b", re.IGNORECASE)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_PARENT: Final = re.compile(r"(?:^|_)(?:contact|parent|carer)")
_LAST_DAY_OF_NHS_YEAR: Final = (8, 31)


def broken_rules(
    draft: Draft, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> list[Fault]:  # fmt: skip
    """Return every fault of a draft, the whole agreement's and each field's."""
    whole = [fault for rule in RULES for fault in rule(draft, notice, schools)]
    return whole + [fault for rule in LINE_RULES for fault in rule(draft, notice, gateways, schools)]


def _schools(draft: Draft, _notice: Notice, schools: Schools) -> Iterator[Fault]:
    for urn in draft.agreement.schools:
        if urn not in schools:
            yield draft.at("schools"), f"the trust has no school with URN {urn}"
    if len(set(draft.agreement.schools)) < len(draft.agreement.schools):
        yield draft.at("schools"), "a school is listed twice"


def _local_authority(draft: Draft, _notice: Notice, schools: Schools) -> Iterator[Fault]:
    recipient = draft.agreement.recipient
    if recipient.kind != "local_authority":
        return
    for urn in draft.agreement.schools:
        if urn in schools and schools[urn].la_number != recipient.number:
            yield (
                draft.at("recipient.number"),
                f"school {urn} is in authority {schools[urn].la_number}, the recipient is authority {recipient.number}",
            )


def _recipient_named(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    if _WILDCARD.search(draft.agreement.recipient.legal_name):
        yield (
            draft.at("recipient.legal_name"),
            "the recipient's legal name must be one body; words such as 'other departments' name nobody",
        )


def _not_on_schedule(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    if draft.agreement.recipient.kind == "legal":
        yield (
            draft.at("recipient.kind"),
            "police, courts and tribunals have no standing agreement: each request is a case (waybill legal)",
        )


def _clauses(draft: Draft, notice: Notice, _schools: Schools) -> Iterator[Fault]:
    agreement = draft.agreement
    cited = {"recipient.clause": agreement.recipient.clause, "purpose_clause": agreement.purpose_clause}
    for place, clause in cited.items():
        if clause and clause not in notice.clauses:
            yield draft.at(place), f"the notice (version {notice.version}) has no clause {clause}"


def _dates(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    agreement = draft.agreement
    starts, ends = agreement.starts, agreement.recipient.ends
    if NO_DATE in {starts, ends}:
        return
    if ends < starts:
        yield draft.at("recipient.ends"), "the agreement ends before it starts"
    for name, day in (("reviewed_on", agreement.paperwork.reviewed_on), ("dpia_on", agreement.paperwork.dpia_on)):
        if day != NO_DATE and day > ends:
            yield draft.at(f"paperwork.{name}"), f"{name} lies after the agreement's last day"
    if agreement.recipient.kind.startswith("nhs_") and ends > _next_31_august(starts):
        yield (
            draft.at("recipient.ends"),
            f"a health agreement ends by the next 31 August, which is {_next_31_august(starts).isoformat()}",
        )


def _next_31_august(day: dt.date) -> dt.date:
    this_year = dt.date(day.year, *_LAST_DAY_OF_NHS_YEAR)
    return this_year if day <= this_year else this_year.replace(year=day.year + 1)


def _basis(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    agreement = draft.agreement
    if agreement.purpose == "legal_duty" and agreement.basis not in {"", "6(1)(c)"}:
        yield draft.at("basis"), f"the purpose is a legal duty, so the basis is 6(1)(c), not {agreement.basis}"


def _paperwork(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    agreement, at = draft.agreement, draft.at("paperwork")
    recipient, held = agreement.recipient, agreement.paperwork
    if recipient.role == "processor" and held.article_28 is None:
        yield at, "the recipient is a processor, so the paperwork needs article_28, the reference of its contract"
    if recipient.role in {"controller", "joint_controller"} and held.article_28 is not None:
        yield draft.at("paperwork.article_28"), "article_28 is given, but the recipient is not a processor"
    abroad = _COUNTRY.fullmatch(recipient.country) and recipient.country not in words.COUNTRIES_OF_THE_UK
    if abroad and held.transfer_safeguard is None:
        yield at, "the data leave the United Kingdom, so the paperwork needs transfer_safeguard"
    paragraphs = {line.schedule_1 for line in agreement.lines if line.schedule_1 is not None}
    needs_policy = sorted(paragraphs & words.POLICY_DOCUMENT_NEEDED)
    if needs_policy and held.policy_document is None:
        yield at, f"Schedule 1 paragraph {', '.join(needs_policy)} needs policy_document in the paperwork"
    if holds_parents(draft) and held.parent_means is None:
        yield at, "the file holds parents, so the paperwork needs parent_means: who counts as a parent"


def holds_parents(draft: Draft) -> bool:
    """Say whether any field is of a parent or another contact: by its column, or by a table with a contact a row."""
    told = [line for line in draft.agreement.lines if line.sensitivity is Sensitivity.CONTACT]
    return any(_PARENT.search(name) for line in told for name in (line.table, line.column))


def _country(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    country = draft.agreement.recipient.country
    if country and not _COUNTRY.fullmatch(country):
        yield draft.at("recipient.country"), "the country is its two-letter code, such as GB"


def _what_and_how(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    agreement = draft.agreement
    kind = FORMATS.get(agreement.format)
    if kind is not None:
        if agreement.dataset and agreement.dataset not in kind.datasets:
            fitting = ", ".join(name for name, each in FORMATS.items() if agreement.dataset in each.datasets)
            yield draft.at("format"), f"the dataset {agreement.dataset} is sent as {fitting}, not as {agreement.format}"
        yield from ((draft.at("format"), message) for message in kind.mismatches(agreement))
    if agreement.dataset == "census" and agreement.recipient.kind not in {"", "dfe", "local_authority"}:
        yield draft.at("recipient.kind"), "a census return goes to the Department or a local authority only"


def _when(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    agreement = draft.agreement
    if not agreement.cadence or not agreement.dataset:
        return
    if (agreement.cadence == "collection") != (agreement.dataset == "census"):
        yield draft.at("cadence"), "the cadence collection belongs to the dataset census, and to no other"
    if agreement.cadence == "collection" and not agreement.terms:
        yield draft.at("cadence"), "a collection needs terms: AUT, SPR or SUM"
    if agreement.cadence != "collection" and agreement.terms:
        yield draft.at("terms"), "terms belong to the cadence collection only"


def _population(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    names = [predicate.name for predicate in draft.agreement.population if predicate.name]
    if "whole_roll" in names and len(names) > 1:
        yield draft.at("population"), "whole_roll leaves nobody out, so no other population can stand beside it"
    if len(set(names)) < len(names):
        yield draft.at("population"), "a population is named twice"
    if draft.agreement.dataset == "census" and names and names != ["whole_roll"]:
        yield draft.at("population"), "a census return is whole: its population is whole_roll"


def _signing(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    roles = draft.agreement.signing
    if len(set(roles)) < 2:  # noqa: PLR2004 - two people, always (architecture, decision 8)
        yield draft.at("signing"), "at least two different roles must sign"
    elif len(set(roles)) < len(roles):
        yield draft.at("signing"), "a role is listed twice in signing"


def _profile(draft: Draft, _notice: Notice, _schools: Schools) -> Iterator[Fault]:
    name = draft.agreement.profile
    if name:
        yield from ((draft.at("profile"), message) for message in PROFILES[name].mismatches(draft.agreement))


RULES: Final[tuple[Rule, ...]] = (
    _schools, _local_authority, _recipient_named, _not_on_schedule, _clauses, _dates, _basis, _paperwork, _country,
    _what_and_how, _when, _population, protection, consent, _signing, *ROUTE_RULES, _profile,
)  # fmt: skip
