"""The envelope of a standing release: how far a file may differ from the last one and still leave under it.

Belongs here: the limits that two people sign, the figures of a file, and where a figure lies outside. Nothing here
reads anything: the figures are gathered in `exports.standing_use`. Whatever is not counted here is compared by hash.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import ClassVar, Final

from schemas.refusal import Refusal


class StandingUnfit(Refusal):
    """What was proposed cannot stand: a limit, a date, a school, or a kind of file that is always signed by itself."""

    code: ClassVar[str] = "standing_unfit"


@dataclass(frozen=True, slots=True)
class Limits:
    """What people agree to once for many files; each is a count, both ends included.

    Attributes:
        pupils_least: fewest pupils in a file, and `pupils_most` the most.
        joined_most: pupils who were not in the last file; `left_most` who were, and are not in this.
        changed_most: values that differ for pupils of both files.
        errors_most: findings that are errors and do not block; `queries_most` queries, each of them explained.

    """

    pupils_least: int
    pupils_most: int
    joined_most: int
    left_most: int
    changed_most: int
    errors_most: int = 0
    queries_most: int = 0

    def __post_init__(self) -> None:
        """Refuse limits that allow nothing, or anything."""
        if min(asdict(self).values()) < 0 or not 1 <= self.pupils_least <= self.pupils_most:
            message = "limits are whole numbers from 0, and pupils a range from at least 1"
            raise StandingUnfit(message)


@dataclass(frozen=True, slots=True)
class Figures:
    """A file as the envelope looks at it. Every member is a count, so that it can stand in the ledger.

    Attributes:
        new_fields: fields that the signers of the standing release were not shown, or that no earlier file filled.
        more_unverified: unverified element paths beyond the last file's; `more_not_evaluated` rules not evaluated.
        protection_changes: kinds of protection of which another number of pupils is known than for the last file.

    """

    pupils: int
    joined: int
    left: int
    changed: int
    new_fields: int
    errors: int
    queries: int
    blocking: int
    unexplained: int
    more_not_evaluated: int
    more_unverified: int
    protection_changes: int

    def body(self) -> dict[str, int]:
        """The figures as the ledger has them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that lies outside; `code` is a word for the ledger, `said` a sentence for people."""

    code: str
    said: str


_COUNTED: Final = {
    "pupils": "pupils",
    "joined": "pupils who were not in the last file",
    "left": "pupils of the last file who are no longer in it",
    "changed": "values that changed",
    "errors": "errors",
    "queries": "queries",
}
NEVER: Final = {
    "new_fields": "fields are told that were not told before",
    "blocking": "findings block",
    "unexplained": "queries have no explanation",
    "more_not_evaluated": "rules more than last time could not be evaluated",
    "more_unverified": "element paths more than last time are unverified",
    "protection_changes": "kinds of protection are known of another number of pupils than last time",
}
"""Figures for which no limit can be agreed: any of them waits for people."""


def breaches(limits: Limits, figures: Figures) -> tuple[Breach, ...]:
    """Return everything about a file's figures that lies outside the limits."""
    return tuple(_breaches(limits, figures))


def _breaches(limits: Limits, figures: Figures) -> Iterator[Breach]:
    if figures.pupils < limits.pupils_least:
        yield Breach("pupils_least", f"{figures.pupils} pupils; at least {limits.pupils_least} were agreed")
    for limit in fields(limits):
        name, _, end = limit.name.rpartition("_")
        count, most = getattr(figures, name), getattr(limits, limit.name)
        if end == "most" and count > most:
            yield Breach(limit.name, f"{count} {_COUNTED[name]}; at most {most} were agreed")
    for name, said in NEVER.items():
        if count := getattr(figures, name):
            yield Breach(name, f"{count} {said}")
