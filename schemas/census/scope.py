"""What a school of one phase is asked for in one term, on roll and no longer on roll.

Belongs here: reading that out of the layout, so that terms and phases are said once, in `layout.csv`.
Does not belong here: conditions on the single pupil, such as age (the modules that make the items).
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import pandas as pd

from schemas.census.collection import Collection
from schemas.census.layout import layout
from schemas.refusal import Refusal


class PhaseUnknown(Refusal):
    """The school has no phase that the layout knows, so nothing can be said to be asked of it."""

    code: ClassVar[str] = "phase_unknown"


@dataclass(frozen=True)
class Scope:
    """The (section, table, column) triples that are collected; a section is `on_roll` or `off_roll`."""

    collected: frozenset[tuple[str, str, str]]

    def pupils(self, who: pd.DataFrame, table: str) -> pd.DataFrame:
        """Return the pupils (column `section`) for whose section any column of the table is collected."""
        sections = {section for section, name, _ in self.collected if name == table}
        return who[who["section"].isin(sections)].reset_index(drop=True)

    def asks(self, who: pd.DataFrame, column: str) -> pd.Series:
        """Say for which pupils a column of the pupil table is collected."""
        sections = {section for section, table, name in self.collected if (table, name) == ("pupil", column)}
        return who["section"].isin(sections).astype(bool)


def scope(collection: Collection, phase: str | None) -> Scope:
    """Return what a school of that phase is asked for. Raises PhaseUnknown for a phase no item is collected in."""
    triples = _collected(collection.academic_year, collection.term, phase)
    if not triples:
        message = "school.phase is not a phase of the school census; set the phase of the school in the trust folder"
        raise PhaseUnknown(message)
    return Scope(triples)


@cache
def _collected(academic_year: str, term: str, phase: str | None) -> frozenset[tuple[str, str, str]]:
    whole = layout(academic_year).for_term(term)
    return frozenset(
        (section, item.table, item.column)
        for item in whole.items
        if phase in item.phases and (section := whole.section_of(item))
    )
