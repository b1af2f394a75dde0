"""The catalogue of a collection year: what is known of each rule, and on whose word.

Belongs here: reading `catalogue.csv` (rules that are evaluated), `not_implemented.csv` (rules that are not, and why)
and `listed.csv` (which of them answers each rule of the research), the entries of the shape rules, and what follows
from a row: whether the rule may block. Severity, level, fields, wording and source of a rule are stated nowhere else.
What a rule tests is a function in `schemas.census.rules`; findings are `schemas.census.engine`.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from schemas.census.shapes import Shape, shapes

LOCAL_PREFIX = "Local check: "
FUNDING: Final = (
    "pupil premium", "early years", "early years pupil premium", "high needs", "post-16", "school funding",
)  # fmt: skip
"""Streams of money that a finding may bear on."""

MADE_ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "L-omitted-": "schemas.census.omissions",
        "L-unexpected-": "schemas.census.omissions",
        "L-trust-": "schemas.census.across",
        "L-own-code": "schemas.own_codes",
    },
)
"""Rules of the catalogue that are not functions of one return, by the start of their name, and the module of each."""


class Severity(StrEnum):
    """An error must be put right; a query must be put right or explained."""

    ERROR = "error"
    QUERY = "query"


class Confidence(StrEnum):
    """How well the condition is known: `high` only when a document that quotes it was read."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule of the catalogue.

    Attributes:
        rule: the DfE's number (`1510`, queries `1925Q`), or `L-<slug>` when none is known.
        severity: error or query.
        level: what a finding is about: pupil, school, return or header.
        fields: `<table>.<column>` of every field that a person may have to change.
        meaning: the condition that must hold, in plain words.
        wording: what a finding says, without a value.
        where_to_fix: the place in a management information system, in general terms.
        source: document the condition was taken from.
        confidence: how well it is known.
        funding: the stream of money it bears on, one of FUNDING; empty for none.
        confirmed: the department's own list of rules, imported, names it.

    """

    rule: str
    severity: Severity
    level: str
    fields: tuple[str, ...]
    meaning: str
    wording: str
    where_to_fix: str
    source: str
    confidence: Confidence
    funding: str = ""
    confirmed: bool = False

    @property
    def local(self) -> bool:
        """Say whether this is our own check: unnumbered, or not known well enough to speak for the DfE."""
        known = self.confirmed or self.confidence is Confidence.HIGH
        return self.rule.startswith("L-") or not known

    @property
    def blocking(self) -> bool:
        """Say whether an open finding holds the return: only a DfE error that is well known does (decision 5)."""
        return self.severity is Severity.ERROR and not self.local

    @property
    def message(self) -> str:
        """What a finding says; a local check says that it is one."""
        return f"{LOCAL_PREFIX}{self.wording}" if self.local else self.wording


@dataclass(frozen=True, slots=True)
class Gap:
    """A rule that is known to exist and has no function, with the reason."""

    rule: str
    meaning: str
    reason: str
    source: str


class Listed(NamedTuple):
    """One rule of the research this software was written from, and the rules of ours that answer it.

    `row` counts the list from 1; `number` is the department's, empty when none is known; `rules` are catalogue or gap
    names, all of them needed; `left_out` is a part of the condition that they do not test, and why.
    """

    row: int
    number: str
    rules: tuple[str, ...]
    left_out: str


class Figures(NamedTuple):
    """How much of what is known is evaluated, and with what weight."""

    listed: int
    implemented: int
    not_implemented: int
    rules: int
    shape_rules: int
    blocking: int
    local: int


Catalogue: TypeAlias = Mapping[str, Entry]
"""Entries by rule, in the order of the return's sections; shape rules come last."""


@cache
def catalogue(academic_year: str) -> Catalogue:
    """Read the catalogue of an academic year such as `2026-27`. Raises FileNotFoundError for a year without one."""
    shaped = {shape.rule: _shape_entry(shape) for shape in shapes(academic_year)}
    return MappingProxyType(dict(written(academic_year)) | shaped)


@cache
def written(academic_year: str) -> Catalogue:
    """Read the entries of the rules that a person wrote: all but the shape rules."""
    return MappingProxyType({row["rule"]: _entry(row) for row in _unique_rows(academic_year, "catalogue.csv", "rule")})


@cache
def not_implemented(academic_year: str) -> Mapping[str, Gap]:
    """Read the rules of a year that have no function yet, with the reason of each."""
    rows = _unique_rows(academic_year, "not_implemented.csv", "rule")
    return MappingProxyType({row["rule"]: Gap(**row) for row in rows})


@cache
def listed(academic_year: str) -> tuple[Listed, ...]:
    """Read which rules answer each rule of the research, in the order of that list."""
    rows = _unique_rows(academic_year, "listed.csv", "row")
    return tuple(Listed(int(row["row"]), row["number"], tuple(row["rules"].split()), row["left_out"]) for row in rows)


def confirm(entries: Catalogue, confirmed: frozenset[str]) -> Catalogue:
    """Return the catalogue with the rules marked that the department's own list, imported, names."""
    if not confirmed:
        return entries
    return {rule: replace(entry, confirmed=rule in confirmed) for rule, entry in entries.items()}


def figures(academic_year: str, confirmed: frozenset[str] = frozenset()) -> Figures:
    """Count. A listed rule is implemented when everything that answers it is in the catalogue."""
    entries = confirm(catalogue(academic_year), confirmed)
    rows, by_hand = listed(academic_year), written(academic_year)
    implemented = sum(all(rule in entries for rule in row.rules) for row in rows)
    return Figures(
        listed=len(rows),
        implemented=implemented,
        not_implemented=len(rows) - implemented,
        rules=len(by_hand),
        shape_rules=len(entries) - len(by_hand),
        blocking=sum(entry.blocking for entry in entries.values()),
        local=sum(entry.local for entry in entries.values()),
    )


def _entry(row: Mapping[str, str]) -> Entry:
    return Entry(
        rule=row["rule"],
        severity=Severity(row["severity"]),
        level=row["level"],
        fields=tuple(row["fields"].split()),
        meaning=row["meaning"],
        wording=row["message"],
        where_to_fix=row["where_to_fix"],
        source=row["source"],
        confidence=Confidence(row["confidence"]),
        funding=row["funding"] or "",
    )


def _shape_entry(shape: Shape) -> Entry:
    return Entry(
        rule=shape.rule,
        severity=Severity.ERROR,
        level=shape.level,
        fields=shape.fields,
        meaning=shape.meaning,
        wording=shape.wording,
        where_to_fix=shape.where_to_fix,
        source=shape.source,
        confidence=Confidence(shape.confidence),
    )


def _unique_rows(academic_year: str, name: str, key: str) -> Iterator[dict[str, str]]:
    folder = "y" + academic_year.replace("-", "_")
    text = (resources.files("schemas.census") / folder / name).read_text(encoding="utf-8")
    seen: set[str] = set()
    for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        if row[key] in seen:
            message = f"{folder}/{name}:{line}: {key} {row[key]} is there twice; keep one row"
            raise ValueError(message)
        seen.add(row[key])
        yield row
