"""Explanations of findings: who said what about which one and when, found again without naming a pupil in the ledger.

Belongs here: recording an explanation, telling which findings of a frame have one, and offering last term's again when
the same rule fires on the same fact. The text may speak of a child, so it is sealed in the vault; the ledger holds the
finding, and the fact it rests on, under a digest with the pupil's own key. A school's finding names nobody and is
digested under no key. Texts that a trust keeps ready are `exports.explanations`.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

import pandas as pd

from ledger.disclosures import digest
from ledger.store import Event, Ledger, Tx
from schemas.census.collection import COLLECTIONS
from schemas.census.findings import finding_key
from schemas.refusal import Refusal
from vault.pupils import PupilKeys
from vault.store import Vault

KIND: Final = "note"
KEEP: Final = dt.timedelta(days=6 * 366)
"""Explanations live as long as census returns: the current year and five more (IRMS toolkit)."""
REACH: Final = dt.timedelta(days=366)
"""How far back an explanation is looked for: what was right more than a year ago is asked afresh."""
NO_FACTS: Final[Mapping[str, str]] = MappingProxyType({})


class NothingToExplain(Refusal):
    """No open finding that can be explained matches."""

    code: ClassVar[str] = "nothing_to_explain"


@dataclass(frozen=True, slots=True)
class Note:
    """One explanation.

    Attributes:
        author: id in the approver register of the person who wrote it, or confirmed it.
        at: when, aware UTC.
        period: the collection or period it was written or confirmed for.
        confirms: the period whose explanation the author confirmed; None for a text of the author's own.

    """

    text: str
    author: str
    at: dt.datetime
    period: str
    confirms: str | None


def explain(  # noqa: PLR0913  one explanation names all it hangs on
    ledger: Ledger, vault: Vault, pupils: PupilKeys,
    *, school: str, period: str, findings: pd.DataFrame, text: str, author: str, at: dt.datetime,
    facts: Mapping[str, str] = NO_FACTS, confirms: str | None = None,
) -> int:  # fmt: skip
    """Record one explanation for every finding of the frame that can be explained; returns how many.

    Args:
        facts: what each finding rests on (`schemas.census.facts`), by `finding_key`; without it the explanation is not
            offered again next term.
        confirms: the period whose explanation this repeats.

    Raises:
        NothingToExplain: none can be: all block, or the frame or the text is empty.

    """
    can = findings[~findings["blocking"].astype(bool)]
    if can.empty or not text.strip():
        message = "nothing to explain: give a text, and a rule or pupil with an open query. Blocking errors are fixed."
        raise NothingToExplain(message)
    address = vault.seal(text.encode(), kind=KIND, purge_on=at.date() + KEEP).address
    told = {"school": school, "period": period, "artefact": address, "author": author}
    told |= {"confirms": confirms} if confirms else {}
    with ledger.transaction() as tx:
        for one in _named(pupils, school, can):
            fact = {"fact": one.fact_name(facts[one.key])} if one.key in facts else {}
            tx.append(KIND, {**told, "finding": one.name(period), **fact}, at)
    return len(can)


def explained_keys(
    ledger: Ledger | Tx, pupils: PupilKeys, school: str, period: str, findings: pd.DataFrame
) -> frozenset[str]:
    """Return the keys (`finding_key`) of those findings that somebody has explained for this return."""
    noted = {event.body["finding"] for event in ledger.events(KIND, school=school, period=period)}
    if not noted:
        return frozenset()
    return frozenset(one.key for one in _named(pupils, school, findings) if one.name(period) in noted)


def notes(
    ledger: Ledger, vault: Vault, pupils: PupilKeys, school: str, period: str, findings: pd.DataFrame
) -> dict[str, Note]:
    """Return the latest explanation of each explained finding, by key."""
    latest = {str(event.body["finding"]): event for event in ledger.events(KIND, school=school, period=period)}
    if not latest:
        return {}
    named = {one.key: one.name(period) for one in _named(pupils, school, findings)}
    return _opened(vault, {key: latest[name] for key, name in named.items() if name in latest})


def carried(
    ledger: Ledger, vault: Vault, pupils: PupilKeys,
    *, school: str, period: str, findings: pd.DataFrame, facts: Mapping[str, str],
) -> dict[str, Note]:  # fmt: skip
    """Return what was said of the same findings, resting on the same facts, for an earlier collection, by key.

    It explains nothing until somebody confirms it for this collection. A period that is no collection has none.
    """
    earlier = {
        str(event.body["fact"]): event
        for event in ledger.events(KIND, school=school)
        if "fact" in event.body and _within_reach(str(event.body["period"]), period)
    }
    if not earlier:
        return {}
    open_to_it = findings[~findings["blocking"].astype(bool)]
    named = {one.key: one.fact_name(facts[one.key]) for one in _named(pupils, school, open_to_it) if one.key in facts}
    return _opened(vault, {key: earlier[name] for key, name in named.items() if name in earlier})


def _within_reach(then: str, now: str) -> bool:
    if then not in COLLECTIONS or now not in COLLECTIONS:
        return False
    day = COLLECTIONS[now].reference_date
    return day - REACH < COLLECTIONS[then].reference_date < day


def _opened(vault: Vault, events: Mapping[str, Event]) -> dict[str, Note]:
    texts = {address: vault.open(address).decode() for address in {str(e.body["artefact"]) for e in events.values()}}
    return {key: _note(event, texts[str(event.body["artefact"])]) for key, event in events.items()}


def _note(event: Event, text: str) -> Note:
    body = event.body
    confirms = body.get("confirms")
    return Note(text, str(body["author"]), event.at, str(body["period"]), None if confirms is None else str(confirms))


@dataclass(frozen=True, slots=True)
class _Named:
    """A finding, and the names the ledger knows it and its fact by."""

    key: str
    school: str
    pupil_key: bytes | None
    words: str

    def name(self, period: str) -> str:
        return self._digest(f"note.{period}", self.words)

    def fact_name(self, fact: str) -> str:
        return self._digest("note.fact", f"{self.words}\x1f{fact}")

    def _digest(self, line: str, text: str) -> str:
        if self.pupil_key is None:
            return hashlib.sha256(f"{self.school}\x1f{line}\x1f{text}".encode()).hexdigest()
        return digest(self.pupil_key, line, text).hex()


def _named(pupils: PupilKeys, school: str, findings: pd.DataFrame) -> Iterator[_Named]:
    ids = [str(pupil) for pupil in findings["pupil_id"].dropna().unique()]
    keys = dict(zip(ids, (one.key for one in pupils.pupils(school, ids, [None] * len(ids))), strict=True))
    rows = zip(findings["rule"], findings["pupil_id"], findings["row_key"], strict=True)
    for rule, pupil_id, row_key in rows:
        pupil = None if pd.isna(pupil_id) else str(pupil_id)
        row = None if pd.isna(row_key) else str(row_key)
        pupil_key = None if pupil is None else keys[pupil]
        yield _Named(finding_key(rule, pupil, row), school, pupil_key, f"{rule}\x1f{row or ''}")
