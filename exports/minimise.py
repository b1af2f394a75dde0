"""Taking from the tables what one agreement names, and nothing else: rows by population, columns by name, in order.

Belongs here: the selection and the strict schema generated from the agreement. Columns that only organise a file
(which pupil a row belongs to, which section it stands in) are kept and never emitted. Does not belong here: writing
a file.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

import pandas as pd

from exports.terms import Agreement, Predicate
from schemas.boundary import conforms
from schemas.census.tables import CENSUS
from schemas.feeds import FEEDS
from schemas.refusal import Refusal
from schemas.table import Frames, Sensitivity, Table

KEYS: Final = ("pupil_id", "section", "period", "kind", "programme_id", "aim_id")
"""Columns that organise: kept wherever a table has them, never emitted."""

_NUMBERED_YEARS: Final = frozenset({"N1", "N2", "R", *(str(year) for year in range(1, 15))})
_AGE_AT_YEAR: Final[Mapping[str, int]] = MappingProxyType(
    {"N1": 3, "N2": 4, "R": 5, **{str(year): year + 5 for year in range(1, 15)}},
)
"""Birthday that a pupil in step with their age has in the academic year (1 September to 31 August)."""


class SchoolNotCovered(Refusal):
    """The agreement does not cover the school."""

    code: ClassVar[str] = "school_not_covered"


class PopulationUnclear(Refusal):
    """It cannot be said of some pupils whether they belong to the agreement's population."""

    code: ClassVar[str] = "population_unclear"


class NothingToSend(Refusal):
    """No pupil is left, and the agreement says that this is an error."""

    code: ClassVar[str] = "nothing_to_send"


class TableMissing(Refusal):
    """A table that the agreement names was not prepared."""

    code: ClassVar[str] = "table_missing"


def minimise(frames: Frames, agreement: Agreement, *, as_at: dt.date | None = None) -> dict[str, pd.DataFrame]:
    """Return the agreement's tables: its population's rows, its columns in order, its court-order rule applied.

    Args:
        frames: the census tables, or one feed table.
        agreement: one that compiled.
        as_at: the day the tables speak of; needed for pupils who follow no year group, whose age then decides.

    Raises:
        SchoolNotCovered, PopulationUnclear, NothingToSend, TableMissing, ContractBroken: nothing leaves.

    """
    if missing := [name for name in agreement.tables if name not in frames]:
        message = f"agreement {agreement.id}: {', '.join(missing)} was not prepared; prepare the school again"
        raise TableMissing(message)
    _check_schools(frames, agreement)
    selected = {name: _rows(frames[name], agreement, as_at) for name in agreement.tables}
    minimised = {
        name: conforms(_columns(frame, agreement, name), agreed_table(agreement, name))
        for name, frame in selected.items()
    }
    if agreement.when_empty == "error" and is_empty(minimised):
        message = f"agreement {agreement.id}: no pupil is left to send, which it says is an error"
        raise NothingToSend(message)
    return minimised


def is_empty(minimised: Frames) -> bool:
    """Say whether minimised tables hold no pupil at all."""
    return all(frame.empty for frame in minimised.values() if "pupil_id" in frame)


def withheld(frames: Frames, agreement: Agreement) -> int:
    """Return how many pupils are sent without addresses and contacts for a court order."""
    if agreement.court_order != "contacts_withheld":
        return 0
    return sum(int(_court_order(frames[name]).sum()) for name in agreement.tables)


def agreed_table(agreement: Agreement, name: str) -> Table:
    """Return the table as the agreement allows it; its pandera schema is strict and ordered."""
    source = CENSUS.get(name) or FEEDS[name]
    columns = tuple(source[column] for column in _wanted(agreement, name))
    return Table(name, f"{source.description}, as agreement {agreement.id} allows", columns)


def _wanted(agreement: Agreement, name: str) -> list[str]:
    source = CENSUS.get(name) or FEEDS[name]
    keys = [column for column in KEYS if column in source]
    named = [line.column for line in agreement.lines if line.table == name]
    return list(dict.fromkeys(keys + named))


def _columns(frame: pd.DataFrame, agreement: Agreement, name: str) -> pd.DataFrame:
    wanted = _wanted(agreement, name)
    chosen = frame[[column for column in wanted if column in frame]].reset_index(drop=True)
    if agreement.court_order != "contacts_withheld":
        return chosen
    contacts = [line.column for line in agreement.lines if line.sensitivity is Sensitivity.CONTACT]
    hidden = _court_order(frame).reset_index(drop=True)
    return chosen.assign(**{column: chosen[column].mask(hidden) for column in contacts})


def _court_order(frame: pd.DataFrame) -> pd.Series:
    """Return which rows must be sent without contacts; a flag that is not known counts as set."""
    return frame["court_order"].fillna(value=True).astype(bool)


def _check_schools(frames: Frames, agreement: Agreement) -> None:
    holders = [frames[name] for name in ("header", *FEEDS) if name in frames and "urn" in frames[name]]
    found = {str(urn) for frame in holders for urn in frame["urn"].unique()}
    if foreign := sorted(found - set(agreement.schools)):
        message = f"agreement {agreement.id} does not cover school {', '.join(foreign)}; nothing was prepared"
        raise SchoolNotCovered(message)


def _rows(frame: pd.DataFrame, agreement: Agreement, as_at: dt.date | None) -> pd.DataFrame:
    for predicate in agreement.population:
        frame = frame.loc[PREDICATES[predicate.name](frame, predicate, as_at)]
    return frame


def _whole_roll(frame: pd.DataFrame, _predicate: Predicate, _as_at: dt.date | None) -> pd.Series:
    return pd.Series(data=True, index=frame.index, dtype=bool)


def _year_groups(frame: pd.DataFrame, predicate: Predicate, as_at: dt.date | None) -> pd.Series:
    """Whole year groups; a pupil who follows none (X, or not recorded) belongs where their age puts them."""
    years = frame["nc_year"].astype(object)
    unplaced = ~years.isin(_NUMBERED_YEARS)
    if unplaced.any():
        years = years.mask(unplaced, _years_by_age(frame["dob"], as_at))
    return years.isin(predicate.values)


def _years_by_age(born: pd.Series, as_at: dt.date | None) -> pd.Series:
    if as_at is None or born.isna().any():
        message = (
            "some pupils have no year group and no date of birth to place them by, so nobody can say whether the "
            "list is whole; enter their year group or date of birth in the MIS and prepare again"
        )
        raise PopulationUnclear(message)
    started = as_at.year if as_at.month >= 9 else as_at.year - 1  # noqa: PLR2004 - the academic year starts in September
    year_of_age = {age: year for year, age in _AGE_AT_YEAR.items()}
    cohort = born.map(lambda day: started - day.year + (1 if day.month < 9 else 0))  # noqa: PLR2004 - as above
    return cohort.astype(object).map(year_of_age.get)


def _main_registration(frame: pd.DataFrame, _predicate: Predicate, _as_at: dt.date | None) -> pd.Series:
    return frame["enrol_status"].isin(["C", "M"])


PREDICATES: Final[Mapping[str, Callable[[pd.DataFrame, Predicate, dt.date | None], pd.Series]]] = MappingProxyType(
    {"whole_roll": _whole_roll, "year_groups": _year_groups, "main_registration": _main_registration},
)
"""One function per name of `vocabularies.POPULATIONS`."""
