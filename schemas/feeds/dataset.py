"""What a dataset is: the tables a feed is minimised from, how they are made, and what that asks of the MIS.

Belongs here: the types. A dataset is declared in the module of its family beside this one and entered in `DATASETS`;
neither the assembly nor the gate knows which there are.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import pandas as pd

from schemas.establishments import Establishment
from schemas.table import Frames, Table

Reads: TypeAlias = dict[str, frozenset[str]]
"""Canonical tables, and the columns of each, to be asked of the MIS."""


class SchoolYear(NamedTuple):
    """First and last day of one school year, as the school keeps it."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Taking:
    """One taking of a feed: all that its tables are made from, besides the snapshot.

    Attributes:
        as_at: the day whose facts are told; also the last day of the window.
        window_start: first day whose events are told.
        years: school years that the window touches.
        apart: ids of records set apart (`schemas.separation`).
        taken: end of the snapshot, local time in England, CCYY-MM-DDThh:mm:ss.
        establishments: the trust's dated register of schools, by LA and establishment number (seven digits).

    """

    as_at: dt.date
    window_start: dt.date
    years: tuple[SchoolYear, ...] = ()
    apart: frozenset[str] = frozenset()
    taken: str = ""
    establishments: Mapping[str, Establishment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dataset:
    """One set of tables that agreements take fields from.

    Attributes:
        meaning: in words, for a person who writes an agreement.
        tables: named uniquely over all datasets and the census.
        make: makes them from a snapshot.
        reads: what the MIS is asked for, given the fields (`table.column`) that agreements take.
        marks: first and last day of the attendance marks needed; None needs none.
        event_day: the field (`table.column`) with the day of an event that is told once; None tells a state.
        of_known: only pupils of whom the recipient has been told before, under whichever agreement, are told.
        whole: makes the tables complete in themselves again after pupils were left out; None for one table.

    """

    name: str
    meaning: str
    tables: tuple[Table, ...]
    make: Callable[[Frames, Taking], dict[str, pd.DataFrame]]
    reads: Callable[[frozenset[str]], Reads]
    marks: Callable[[Taking], tuple[dt.date, dt.date]] | None = None
    event_day: str | None = None
    of_known: bool = False
    whole: Callable[[Frames], dict[str, pd.DataFrame]] | None = None
