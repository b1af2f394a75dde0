"""Code sets: which codes exist, what they mean, and from when to when they are valid.

Belongs here: reading `data/codesets.csv`. Does not belong here: which item uses which code set (the layout and the
catalogue say that). A code of low confidence is a guess: its spelling was not seen in a published source.
"""

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Code:
    """One code: `first` and `last` are the first and last day it is valid, None = unlimited."""

    code: str
    meaning: str
    first: dt.date | None
    last: dt.date | None
    confidence: str
    source: str

    def valid(self, on: dt.date | None) -> bool:
        """Say whether the code is valid on a day; without a day, whether it has no last day."""
        if on is None:
            return self.last is None
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)


def codes(name: str, on: dt.date | None = None) -> frozenset[str]:
    """Return the codes valid on a day; without a day, those that were not withdrawn. KeyError names the set."""
    return frozenset(code.code for code in codeset(name).values() if code.valid(on))


def meaning(name: str, code: str) -> str:
    """Return what a code means. KeyError for a set or a code that does not exist."""
    return codeset(name)[code].meaning


def guessed(name: str) -> frozenset[str]:
    """Return the codes whose spelling is a guess; they may not leave a real school (decision 5)."""
    return frozenset(code.code for code in codeset(name).values() if code.confidence == "low")


def codes_meaning(name: str, group: str) -> frozenset[str]:
    """Return the codes of a grouping set that have this meaning, such as ATTENDANCE_GROUP and `not_possible`."""
    return frozenset(code.code for code in codeset(name).values() if code.meaning == group)


def codeset(name: str) -> Mapping[str, Code]:
    """Return a whole set by code, withdrawn codes included. KeyError names the set and where sets are kept."""
    try:
        return _codesets()[name]
    except KeyError:
        message = f"no code set {name} in schemas/data/codesets.csv"
        raise KeyError(message) from None


@cache
def _codesets() -> Mapping[str, Mapping[str, Code]]:
    text = resources.files("schemas").joinpath("data/codesets.csv").read_text(encoding="utf-8")
    sets: dict[str, dict[str, Code]] = {}
    for row in csv.DictReader(text.splitlines()):
        valid = (_day(row["first"]), _day(row["last"]))
        code = Code(row["code"], row["meaning"], *valid, row["confidence"], row["source"])
        if sets.setdefault(row["codeset"], {}).setdefault(code.code, code) is not code:
            message = f"code {code.code} is declared twice in code set {row['codeset']}"
            raise ValueError(message)
    return MappingProxyType({name: MappingProxyType(members) for name, members in sets.items()})


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
