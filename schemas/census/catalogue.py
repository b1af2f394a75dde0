"""The catalogue of a collection year: what is known of each rule, and on whose word.

Belongs here: reading `catalogue.csv` (rules with a function) and `not_implemented.csv` (rules without, and why), and
what follows from a row: whether the rule may block. Severity, level, fields, wording and source of a rule are stated
nowhere else. What a rule tests is a function in `schemas.census.rules`; findings are `schemas.census.engine`.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TypeAlias

LOCAL_PREFIX = "Local check: "


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

    @property
    def local(self) -> bool:
        """Say whether this is our own check: unnumbered, or not known well enough to speak for the DfE."""
        return self.rule.startswith("L-") or self.confidence is not Confidence.HIGH

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


Catalogue: TypeAlias = Mapping[str, Entry]
"""Entries by rule number, in the order of the return's sections."""


@cache
def catalogue(academic_year: str) -> Catalogue:
    """Read the catalogue of an academic year such as `2026-27`. Raises FileNotFoundError for a year without one."""
    return MappingProxyType({row["rule"]: _entry(row) for row in _unique_rows(academic_year, "catalogue.csv")})


@cache
def not_implemented(academic_year: str) -> Mapping[str, Gap]:
    """Read the rules of a year that have no function yet, with the reason of each."""
    rows = _unique_rows(academic_year, "not_implemented.csv")
    return MappingProxyType({row["rule"]: Gap(**row) for row in rows})


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
    )


def _unique_rows(academic_year: str, name: str) -> Iterator[dict[str, str]]:
    folder = "y" + academic_year.replace("-", "_")
    text = (resources.files("schemas.census") / folder / name).read_text(encoding="utf-8")
    seen: set[str] = set()
    for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        if row["rule"] in seen:
            message = f"{folder}/{name}:{line}: rule {row['rule']} is there twice; keep one row"
            raise ValueError(message)
        seen.add(row["rule"])
        yield row
