"""How much of a collection year is known, and how well: figures for `waybill spec show`.

Belongs here: counting the layout beside the catalogue's own figures. What outside material confirms is
`schemas.census.spec`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from schemas.census.catalogue import figures
from schemas.census.layout import layout
from schemas.census.spec import Confirmed

_TERMS: Final = MappingProxyType({"A": "autumn", "S": "spring", "U": "summer"})


@dataclass(frozen=True, slots=True)
class Coverage:
    """Figures of one academic year.

    Attributes:
        items: by term, how many layout items there are of each confidence.
        paths: element paths of the layout over all terms, `confirmed` of them by outside material.
        codes: codes that outside material confirms.
        not_emitted: known items that the layout leaves out.
        rules: the catalogue's figures by name (`schemas.census.catalogue.Figures`).
        rules_confirmed: rules that an imported workbook confirms.

    """

    academic_year: str
    items: Mapping[str, Mapping[str, int]]
    paths: int
    confirmed: int
    codes: int
    not_emitted: int
    rules: Mapping[str, int]
    rules_confirmed: int


def coverage(academic_year: str, confirmed: Confirmed) -> Coverage:
    """Count what there is for a year. KeyError for a year without material."""
    whole = layout(academic_year)
    paths = {item.path for item in whole.items}
    return Coverage(
        academic_year=academic_year,
        items={
            name: dict(sorted(Counter(item.confidence for item in whole.for_term(term).items).items()))
            for term, name in _TERMS.items()
        },
        paths=len(paths),
        confirmed=len(paths & confirmed.paths),
        codes=len(confirmed.codes),
        not_emitted=len(whole.not_emitted),
        rules=figures(academic_year, confirmed.rules)._asdict(),
        rules_confirmed=len(confirmed.rules),
    )
