"""How much of a collection year is known, and how well: figures for `waybill spec show`.

Belongs here: counting layout and catalogue. What outside material confirms is `schemas.census.spec`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.census.catalogue import catalogue, not_implemented
from schemas.census.collection import TERM_NAMES
from schemas.census.engine import discovered
from schemas.census.layout import layout
from schemas.census.spec import Confirmed

SHAPE = "L-shape-"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Figures of one academic year.

    Attributes:
        items: by term, how many layout items there are of each confidence.
        paths: element paths of the layout, `confirmed` of them by outside material.
        not_emitted: known items that the layout leaves out.
        rules: counts: listed, implemented, not implemented, numbered, shape, blocking.

    """

    academic_year: str
    items: Mapping[str, Mapping[str, int]]
    paths: int
    confirmed: int
    not_emitted: int
    rules: Mapping[str, int]


def coverage(academic_year: str, confirmed: Confirmed) -> Coverage:
    """Count what there is for a year. KeyError for a year without material."""
    whole = layout(academic_year)
    paths = {item.path for item in whole.items}
    return Coverage(
        academic_year=academic_year,
        items={
            name: dict(Counter(item.confidence for item in whole.for_term(term).items))
            for term, name in TERM_NAMES.items()
        },
        paths=len(paths),
        confirmed=len(paths & confirmed.paths),
        not_emitted=len(whole.not_emitted),
        rules=_rules(academic_year, confirmed),
    )


def _rules(academic_year: str, confirmed: Confirmed) -> dict[str, int]:
    rules, gaps = catalogue(academic_year), not_implemented(academic_year)
    stated = {number: entry for number, entry in rules.items() if not number.startswith(SHAPE)}
    return {
        "listed": len(stated) + len(gaps),
        "implemented": len(stated),
        "not implemented": len(gaps),
        "numbered": sum(number[0].isdigit() for number in stated),
        "shape": sum(number.startswith(SHAPE) for number in discovered()),
        "confirmed by a workbook": len(confirmed.rules),
        "blocking": sum(entry.blocking for entry in rules.values()),
    }
