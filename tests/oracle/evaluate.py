"""The oracle: every rule over a return, one row at a time, in plain Python.

Belongs here: going through rules and rows, and naming the row a rule is about. What a rule wants is in
`tests.oracle.sections`, written from the facts and the catalogue's meanings, never from `schemas.census.rules`; what a
shape wants is `tests.oracle.shapes`, read from the layout.
"""

import pkgutil
from collections.abc import Collection, Mapping
from importlib import import_module
from pathlib import Path

from schemas.census.collection import Collection as CensusDay
from schemas.table import Frames
from tests.oracle.reading import ALL, STATED, Return, Row, Stated
from tests.oracle.shapes import shapes

Key = tuple[str | None, str | None]
Found = set[tuple[str, str | None, str | None]]

NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "fsm_period": ("start_date",),
    "funding_basis": ("basis",),
    "learner_fam": ("fam_type", "fam_code"),
    "learner_support": ("support_code",),
    "sen_need": ("rank",),
    "exclusion": ("start_date", "category"),
    "attendance": ("period",),
    "session_detail": ("period", "code"),
    "programme_aim": ("programme_id",),
    "learning_aim": ("aim_id",),
    "work_placement": ("aim_id", "start_date"),
    "ap_placement": ("entry_date",),
    "special_school_type": ("sen_type",),
    "appeals": ("kind",),
    "school_class": ("class_name",),
    "childcare": ("type_of_childcare",),
}
"""What tells the rows of one pupil apart in a finding."""

for _module in pkgutil.iter_modules([str(Path(__file__).parent / "sections")]):
    import_module(f"tests.oracle.sections.{_module.name}")


def every_rule() -> dict[str, Stated]:
    """Return the oracle of every rule by number: those that were written by hand, and those of the layout."""
    return STATED | shapes()


def oracle(frames: Frames, day: CensusDay, registers: Mapping[str, Collection[str]]) -> Found:
    """Return (rule, pupil_id, row_key) of every fault that a rule can be sure of."""
    census = Return(frames, day, registers)
    return {
        (stated.number, *name(stated.on, row))
        for stated in every_rule().values()
        if applies(stated, census)
        for row in census.tables[stated.on]
        if stated.fault(row, census)
    }


def applies(stated: Stated, census: Return) -> bool:
    """A rule for some phases cannot be judged when the phase is not known; a rule for all of them can."""
    in_phase = stated.phases == ALL or census.phase in stated.phases
    return census.day.term in stated.terms and in_phase


def name(table: str, row: Row) -> Key:
    """Return the pupil and which of the pupil's rows; nothing for a row of the school."""
    parts = [row[column] for column in NAMED_BY.get(table, ())]
    key = " ".join("" if part is None else str(part) for part in parts).strip(" ")
    return row.get("pupil_id"), key or None
