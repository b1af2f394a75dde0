"""The school's own figures in a return: what the school file says, as far as the phase and the term ask for it.

Belongs here: applying those switches, and saying what a file gave that is not asked for. Does not belong here: reading
the file (`schemas.census.school_file`).
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from schemas.census.school_file import OF_THE_SCHOOL
from schemas.census.scope import Scope
from schemas.census.tables import CENSUS, SCHOOL, SCHOOL_BLOCKS
from schemas.table import Frames


class SchoolBlocks(NamedTuple):
    """The tables of the school, and the fields that the file gave and this return does not take."""

    frames: Mapping[str, pd.DataFrame]
    not_taken: tuple[str, ...]


def school_blocks(snapshot: Frames, told: Frames | None, asked: Scope) -> SchoolBlocks:
    """Return the table `school` and those of SCHOOL_BLOCKS; without a file every figure is null, every block empty."""
    given = told or {name: CENSUS[name].empty() for name in SCHOOL_BLOCKS}
    taken = {name: _taken(name, given[name], asked) for name in SCHOOL_BLOCKS}
    figures = _taken("school", told["school"], asked) if told else SCHOOL.empty()[list(OF_THE_SCHOOL)]
    lost = [f"{name}.{column}" for name in given for column in _lost(given[name], taken.get(name, figures))]
    return SchoolBlocks({"school": _school(snapshot, figures), **taken}, tuple(lost))


def _taken(name: str, frame: pd.DataFrame, asked: Scope) -> pd.DataFrame:
    columns, table = asked.of_school(name), CENSUS[name]
    if not columns and name != "school":
        return table.empty()
    if "kind" in frame:
        kinds = [kind for table_name, kind in asked.kinds if table_name == name]
        frame = frame[frame["kind"].isin(kinds)].reset_index(drop=True)
    keys = {column.name for column in table.columns if column.required}
    unasked = [str(column) for column in frame if column not in columns and column not in keys]
    return frame.assign(**{column: table[column].nulls(len(frame)) for column in unasked})


def _lost(given: pd.DataFrame, taken: pd.DataFrame) -> list[str]:
    return [str(column) for column in given if given[column].notna().sum() > taken[column].notna().sum()]


def _school(snapshot: Frames, figures: pd.DataFrame) -> pd.DataFrame:
    named = snapshot["school"].rename(columns={"name": "school_name", "phone": "phone_no"})
    held = {name: named[name] for name in SCHOOL.names if name in named}
    told = {str(name): values for name, values in figures.items()} if len(figures) else {}
    return SCHOOL.frame({**held, **told})
