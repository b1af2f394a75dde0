"""The part of an answer to an access request that says who was told: who, when, what, why, from where, how long kept.

Belongs here: putting it together from ledger, vault and trust folder, in words for a family. No value of anybody is in
it, and nobody's name but the bodies that were told: not who signed, not who took a call, not another pupil. What an
exemption keeps from the family is left out. How it looks is `pipelines.reports.access_page`; whether a request may be
answered, `exports.rights`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Final, NamedTuple

from exports import by_hand
from exports import vocabularies as words
from exports.controller import Controller
from exports.gateways import Gateway
from exports.grounds import Ground, Grounds
from exports.observed import MECHANISMS, Flow
from exports.preparation import read_grounds
from exports.records import Records
from exports.withholding import still
from ledger.ages import began
from ledger.states import State
from ledger.store import Ledger
from ledger.trace import Disclosure, trace
from schemas.canonical import CANONICAL
from schemas.census.tables import CENSUS
from schemas.feeds import FEEDS
from vault.store import Vault

PROVED: Final = "proved: the file's own bytes were recorded when it arrived"
RECORDED: Final = "recorded by hand: a member of staff wrote down that it was told"
OBSERVED: Final = "observed: it goes by another way, and the trust wrote down that it does"
STATES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.DELIVERED: "arrived, and was read back to make sure",
        State.DELIVERED_UNVERIFIED: "sent; the recipient lets nobody read it back",
        State.HANDED_OVER: "handed to the person or place that passes it on",
        State.SUPERSEDED: "arrived, and was replaced by a later file",
        State.RECALLED: "arrived; the recipient was asked to destroy it",
    },
)
ONWARD: Final = (
    "The Department for Education keeps pupils' data in the National Pupil Database. It may share them further, with "
    "researchers, other departments, the police and others, after approval and on terms that keep them secure. The "
    "trust is not told of each such use. The Department says to whom it has given data, and answers requests about it "
    "itself: https://www.gov.uk/government/publications/dfe-external-data-shares and "
    "https://www.gov.uk/guidance/how-to-access-department-for-education-dfe-personal-data"
)
_WRITTEN_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dob": "date of birth", "ehcp": "EHC plan", "enrol": "registration", "estab": "school number",
        "fsm": "free school meals", "id": "reference", "la": "local authority", "nass": "asylum support",
        "nc": "national curriculum", "nhs": "NHS", "nino": "National Insurance number", "qan": "qualification number",
        "plaa": "care before adoption or another order", "sen": "special educational needs",
        "uln": "unique learner number", "upn": "unique pupil number", "urn": "school's reference number",
        "yssa": "youth support services",
    },
)  # fmt: skip
_CASES: Final = "under the law that the request named"


class What(NamedTuple):
    """Some items that were told for one reason.

    Attributes:
        items: in words.
        notice: number and text of the clause of the privacy notice.
        law: instrument and paragraph.

    """

    items: tuple[str, ...]
    notice: str
    law: str
    why: str


class When(NamedTuple):
    """One time of telling."""

    on: dt.date
    period: str
    state: str


@dataclass(frozen=True, slots=True)
class Telling:
    """One recipient that was told for one purpose.

    Attributes:
        recipient: legal name.
        kind: what kind of body that is, in words.
        title: what the sharing is for.
        known: how the trust knows: `PROVED`, `RECORDED` or `OBSERVED`.
        basis: of Article 6, in words.
        kept: how long the recipient keeps it, or who says so.

    """

    recipient: str
    kind: str
    title: str
    school: str
    known: str
    basis: str
    source: str
    kept: str
    times: tuple[When, ...]
    what: tuple[What, ...]


@dataclass(frozen=True, slots=True)
class AccessReport:
    """The whole of it.

    Attributes:
        request: number in the register.
        requester: to whom the answer goes.
        since: the first day the record reaches back to; None when nothing is recorded.
        onward: the paragraph on the National Pupil Database, "" where the Department was told nothing.
        limits: what the report can and cannot vouch for.

    """

    trust: str
    controller: Controller
    notice: str
    request: int
    requester: str
    received: dt.date
    made_at: dt.datetime
    since: dt.date | None
    tellings: tuple[Telling, ...]
    onward: str
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class About:
    """Whom and what a report is for.

    Attributes:
        refs: the pupil's references.
        left_out: disclosures that an exemption keeps out, by waybill or number of the entry by hand.
        sources: the MIS of each school, in words.
        schools: names by URN.

    """

    request: int
    requester: str
    received: dt.date
    refs: tuple[bytes, ...]
    left_out: frozenset[str]
    sources: Mapping[str, str]
    schools: Mapping[str, str]


def access_report(
    ledger: Ledger, vault: Vault, records: Records, controller: Controller, about: About, now: dt.datetime, day: dt.date
) -> AccessReport:
    """Put the report together as on a day."""
    tellings = [
        *_by_file(ledger, vault, records, about),
        *_by_hand(ledger, vault, records, about, day),
        *_observed(records, about, _schools(ledger, vault, about), day),
    ]
    told_dfe = any(one.kind == words.RECIPIENT_KINDS["dfe"] for one in tellings)
    since = began(ledger)
    published = records.notice.published
    notice = f"version {records.notice.version}, published on {published.day} {published:%B %Y}"
    return AccessReport(
        trust=records.trust,
        controller=controller,
        notice=notice,
        request=about.request,
        requester=about.requester,
        received=about.received,
        made_at=now,
        since=since,
        tellings=tuple(tellings),
        onward=ONWARD if told_dfe else "",
        limits=tuple(_limits(tellings, since)),
    )


def meaning(field: str) -> str:
    """Return what a field is, in words: its name written out, and what its table says of it where that adds something.

    A field that no table has any more keeps its own name.
    """
    table, _, column = field.partition(".")
    named = " ".join(_WRITTEN_OUT.get(word, word) for word in column.split("_"))
    declared = next((tables[table] for tables in (CENSUS, FEEDS, CANONICAL) if table in tables), None)
    if declared is None or column not in declared:
        return field
    said = declared[column].description
    adds = not said.startswith("Codeset") and not said.casefold().startswith(named.casefold())
    return sentence(f"{named} ({said[0].lower() if said[1:2].islower() else said[0]}{said[1:]})" if adds else named)


def sentence(text: str) -> str:
    """Return a text with its first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def _by_file(ledger: Ledger, vault: Vault, records: Records, about: About) -> Iterator[Telling]:
    told = [one for ref in about.refs for one in trace(ledger, ref) if one.waybill not in about.left_out]
    known = {one.waybill: read_grounds(ledger, vault, one.waybill) for one in told}
    shown = [one for one in told if still(ledger, known[one.waybill].withheld, one.slot.agreement) is None]
    for (_, _, school), files in groupby(sorted(shown, key=_agreement), key=_agreement):
        theirs = sorted(files, key=lambda one: one.at)
        grounds = [known[one.waybill] for one in theirs]
        latest = grounds[-1]
        yield Telling(
            recipient=latest.recipient,
            kind=words.RECIPIENT_KINDS.get(latest.kind, "a recipient"),
            title=latest.title,
            school=about.schools.get(school, school),
            known=PROVED,
            basis=words.ARTICLE_6.get(latest.basis, ""),
            source=about.sources.get(school, "the school's own records"),
            kept=_kept(records, theirs[-1].slot.agreement),
            times=tuple(When(one.at.date(), one.slot.period, STATES.get(one.state, one.state)) for one in theirs),
            what=tuple(_what(_grounds(theirs, grounds), records)),
        )


def _agreement(one: Disclosure) -> tuple[str, str, str]:
    return one.slot.recipient, one.slot.agreement, one.slot.school


def _grounds(files: Sequence[Disclosure], grounds: Sequence[Grounds]) -> list[Ground]:
    """Return the latest grounds of every field that any of the files told."""
    found: dict[str, Ground] = {}
    for one, rests_on in zip(files, grounds, strict=True):
        found |= {line: rests_on.lines[line] for line in one.lines}
    return list(found.values())


def _what(grounds: Iterable[Ground], records: Records) -> Iterator[What]:
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for one in grounds:
        grouped.setdefault((one.clause, one.gateway, one.why), []).append(meaning(one.field))
    for (clause, gateway, why), items in sorted(grouped.items()):
        law = _law(records.gateways.get(gateway))
        yield What(tuple(dict.fromkeys(items)), _clause(records, clause), law, why)


def _clause(records: Records, clause: str) -> str:
    return f"{clause}: {records.notice.clauses[clause]}" if clause in records.notice.clauses else clause


def _law(gateway: Gateway | None) -> str:
    return f"{gateway.instrument}, {gateway.paragraph}".rstrip(", ") if gateway else _CASES


def _kept(records: Records, agreement: str) -> str:
    """Return who decides how long the recipient keeps it."""
    found = next((one for one in records.agreements if one.id == agreement), None)
    if found is None:
        return "as the recipient's own rules say"
    if found.recipient.role == "processor":
        return f"while the contract {found.recipient.sharing_reference} lasts, then returned or deleted"
    return "as the recipient's own rules say; it decides that for itself"


def _by_hand(ledger: Ledger, vault: Vault, records: Records, about: About, day: dt.date) -> Iterator[Telling]:
    for number, entry in (pair for ref in about.refs for pair in by_hand.numbered(ledger, vault, ref)):
        one = entry.disclosure
        if one.kept_back(day) or str(number) in about.left_out:
            continue
        law = _law(records.gateways.get(one.gateway))
        what = What(tuple(map(meaning, one.fields)), _clause(records, one.clause), law, "")
        yield Telling(
            recipient=one.recipient,
            kind=words.RECIPIENT_KINDS[one.kind],
            title=f"told {by_hand.METHODS[one.method]}",
            school=about.schools.get(one.school, one.school),
            known=RECORDED,
            basis=words.ARTICLE_6[one.basis],
            source=about.sources.get(one.school, "the school's own records"),
            kept="as the recipient's own rules say",
            times=(When(one.on, "", "told"),),
            what=(what,),
        )


def _schools(ledger: Ledger, vault: Vault, about: About) -> frozenset[str]:
    """Return the schools of the trust that are known to have told something of the pupil."""
    files = {one.slot.school for ref in about.refs for one in trace(ledger, ref)}
    return frozenset(
        files | {one.disclosure.school for ref in about.refs for one in by_hand.of_pupil(ledger, vault, ref)}
    )


def _observed(records: Records, about: About, schools: frozenset[str], day: dt.date) -> Iterator[Telling]:
    for flow in records.flows:
        covered = sorted(schools & set(flow.schools)) if schools else sorted(flow.schools)
        if flow.since <= day and covered:
            yield Telling(
                recipient=flow.recipient.legal_name,
                kind=words.RECIPIENT_KINDS[flow.recipient.kind],
                title=flow.title,
                school=", ".join(about.schools.get(urn, urn) for urn in covered),
                known=OBSERVED,
                basis=words.ARTICLE_6[flow.basis],
                source=about.sources.get(covered[0], "the school's own records"),
                kept=flow.retention,
                times=(When(flow.since, "", f"since then; {MECHANISMS[flow.mechanism]}"),),
                what=tuple(_parts(flow, records)),
            )


def _parts(flow: Flow, records: Records) -> Iterator[What]:
    for part in flow.parts:
        law = _law(records.gateways.get(part.gateway)) if part.gateway else "as the trust's processor"
        yield What(tuple(map(meaning, part.fields)), _clause(records, part.clause), law, part.why)


def _limits(tellings: Sequence[Telling], since: dt.date | None) -> Iterator[str]:
    count = {known: sum(one.known == known for one in tellings) for known in (PROVED, RECORDED, OBSERVED)}
    files = sum(len(one.times) for one in tellings if one.known == PROVED)
    began = f"{since:%d %B %Y}" if since else "no day yet"
    yield (
        f"{count[PROVED]} of the sharings listed are proved by {files} files: which items each told of the pupil was "
        f"recorded from the file's bytes. This record begins on {began}; what left before it is not in it."
    )
    yield (
        f"{count[RECORDED]} are in the list because a member of staff recorded them, and {count[OBSERVED]} because the "
        "trust has written down that such data go. For these nobody has seen the pupil in a file: an observed flow may "
        "hold the pupil's data, and covers everybody of its kind at the school."
    )
    yield (
        "The list is of what was told, not of what the school itself holds; that is the other part of the answer. What "
        "a recipient passed on is not known here. The law lets some disclosures be left out of an answer like this; "
        "whether any was left out cannot be said."
    )
