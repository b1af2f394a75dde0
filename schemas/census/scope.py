"""What a school of one phase is asked for in one term, on roll and no longer on roll.

Belongs here: reading that out of the layout, so that terms and phases are said once, in `layout.csv`.
Does not belong here: conditions on the single pupil, such as age (the modules that make the items).
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import ClassVar

import pandas as pd

from schemas.census.collection import Collection
from schemas.census.layout import layout
from schemas.census.tables import OFF_ROLL, ON_ROLL
from schemas.refusal import Refusal

SECTIONS = (ON_ROLL, OFF_ROLL)


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
        return who["section"].isin(self.sections(column)).astype(bool)

    def sections(self, column: str) -> frozenset[str]:
        """Return the sections of pupils for which a column of the pupil table is collected."""
        return self._sections.get(column, frozenset())

    @cached_property
    def _sections(self) -> dict[str, frozenset[str]]:
        columns = {name for _, table, name in self.collected if table == "pupil"}
        return {
            column: frozenset(section for section in SECTIONS if (section, "pupil", column) in self.collected)
            for column in columns
        }


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
