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
    """The (section, table, column) triples that are collected, and the kinds of a table that are.

    A section is `on_roll`, `off_roll`, or None for header and school. A kind is the value a block filters its table by.
    """

    collected: frozenset[tuple[str | None, str, str]]
    kinds: frozenset[tuple[str, str]] = frozenset()

    def of_school(self, table: str) -> frozenset[str]:
        """Return the collected columns of a table that is about the school."""
        return frozenset(column for section, name, column in self.collected if section is None and name == table)

    def pupils(self, who: pd.DataFrame, table: str) -> pd.DataFrame:
        """Return the pupils (column `section`) for whose section any column of the table is collected."""
        sections = {section for section, name, _ in self.collected if name == table and section}
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
    asked = _asked(collection.academic_year, collection.term, phase)
    if not asked.collected:
        message = "school.phase is not a phase of the school census; set the phase of the school in the trust folder"
        raise PhaseUnknown(message)
    return asked


@cache
def _asked(academic_year: str, term: str, phase: str | None) -> Scope:
    whole = layout(academic_year).for_term(term)
    items = [item for item in whole.items if phase in item.phases]
    filters = [(item.table, whole.block_of(item).filter) for item in items]
    return Scope(
        frozenset((whole.section_of(item), item.table, item.column) for item in items),
        frozenset((table, chosen.value) for table, chosen in filters if chosen),
    )
