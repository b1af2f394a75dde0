"""Whom an agreement is about: the conditions on pupils that `vocabularies.POPULATIONS` names, one function each.

Belongs here: choosing pupils by what the tables say of them. Leaving somebody out for their protection is
`exports.protection_effects`; columns are `exports.minimise`.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

import pandas as pd

from exports.terms import Agreement, Predicate
from schemas.dates import age_on, certain
from schemas.refusal import Refusal
from schemas.school_age import compulsory_school_age
from schemas.table import Frames

_NUMBERED_YEARS: Final = frozenset({"N1", "N2", "R", *(str(year) for year in range(1, 15))})
_AGE_AT_YEAR: Final[Mapping[str, int]] = MappingProxyType(
    {"N1": 3, "N2": 4, "R": 5, **{str(year): year + 5 for year in range(1, 15)}},
)
"""Birthday that a pupil in step with their age has in the academic year (1 September to 31 August)."""
_SEPTEMBER: Final = 9


class PopulationUnclear(Refusal):
    """It cannot be said of some pupils whether they belong to the agreement's population."""

    code: ClassVar[str] = "population_unclear"


Holds = Callable[[pd.DataFrame, Predicate, dt.date | None], pd.Series]
"""Rows of a table, the predicate and the day: for which rows it holds."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on pupils, and the columns that a table needs for it to be asked there.

    Attributes:
        of_rows: it chooses among the rows of that table too, where a pupil has several.

    """

    needs: frozenset[str]
    holds: Holds
    of_rows: bool = False


def population(frames: Frames, agreement: Agreement, as_at: dt.date | None) -> dict[str, pd.DataFrame]:
    """Return the tables with the rows of the agreement's population; rows of no pupil stay.

    Each condition is asked of the first table that can answer it, and counts for the pupil in every table.

    Args:
        frames: the tables of the agreement's dataset.
        agreement: whose population it is.
        as_at: the day the tables speak of; needed where age decides.

    Raises PopulationUnclear when nothing can answer.
    """
    kept = dict(frames)
    for predicate in agreement.population:
        condition = CONDITIONS[predicate.name]
        if condition.needs:
            name = _answering(kept, condition, predicate)
            rows = kept[name][condition.holds(kept[name], predicate, as_at)]
            kept = only(kept, frozenset(rows["pupil_id"])) | ({name: rows} if condition.of_rows else {})
    return kept


def needs(agreement: Agreement) -> frozenset[str]:
    """Return the columns that the agreement's population is judged by, whether or not they leave."""
    return frozenset().union(*(CONDITIONS[predicate.name].needs for predicate in agreement.population))


def only(frames: Frames, pupils: frozenset[str]) -> dict[str, pd.DataFrame]:
    """Return the tables with the rows of these pupils, and rows of no pupil."""
    return {
        name: frame[frame["pupil_id"].isin(list(pupils)).astype(bool)] if "pupil_id" in frame else frame
        for name, frame in frames.items()
    }


def _answering(frames: Frames, condition: Condition, predicate: Predicate) -> str:
    for name, frame in frames.items():
        if condition.needs | {"pupil_id"} <= set(frame.columns):
            return name
    message = (
        f"no table of the agreement's dataset has {', '.join(sorted(condition.needs))}, which the population "
        f"{predicate.name} asks for; choose another population"
    )
    raise PopulationUnclear(message)


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
    day = _known(born, as_at, "year group and no date of birth", "year group or date of birth")
    started = day.year if day.month >= _SEPTEMBER else day.year - 1
    year_of_age = {age: year for year, age in _AGE_AT_YEAR.items()}
    cohort = born.map(lambda birth: started - birth.year + (1 if birth.month < _SEPTEMBER else 0))
    return cohort.astype(object).map(year_of_age.get)


def _ages(frame: pd.DataFrame, predicate: Predicate, as_at: dt.date | None) -> pd.Series:
    """Whole years of age on the day."""
    day = _known(frame["dob"], as_at, "date of birth", "date of birth")
    ages = [int(age) for age in tuple(predicate.values)]
    return certain(age_on(frame["dob"], day).isin(ages))


def _subjects(frame: pd.DataFrame, predicate: Predicate, _as_at: dt.date | None) -> pd.Series:
    return certain(frame["class_subject"].isin(predicate.values))


def _main_registration(frame: pd.DataFrame, _predicate: Predicate, _as_at: dt.date | None) -> pd.Series:
    return frame["enrol_status"].isin(["C", "M"])


def _compulsory_school_age(frame: pd.DataFrame, _predicate: Predicate, as_at: dt.date | None) -> pd.Series:
    day = _known(frame["dob"], as_at, "date of birth", "date of birth")
    spans = [compulsory_school_age(born) for born in frame["dob"]]
    return pd.Series([first <= day <= last for first, last in spans], index=frame.index, dtype=bool)


def _looked_after(frame: pd.DataFrame, _predicate: Predicate, _as_at: dt.date | None) -> pd.Series:
    return certain(frame["in_care"])


def _social_worker(frame: pd.DataFrame, _predicate: Predicate, _as_at: dt.date | None) -> pd.Series:
    return certain(frame["social_worker"])


def _known(born: pd.Series, as_at: dt.date | None, lacking: str, wanted: str) -> dt.date:
    """Return the day, when every pupil can be placed by age on it."""
    if as_at is None or born.isna().any():
        message = (
            f"some pupils have no {lacking} to place them by, so nobody can say whether the list is whole; "
            f"enter their {wanted} in the MIS and prepare again"
        )
        raise PopulationUnclear(message)
    return as_at


CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType(
    {
        "whole_roll": Condition(frozenset(), _whole_roll),
        "year_groups": Condition(frozenset({"nc_year", "dob"}), _year_groups),
        "ages": Condition(frozenset({"dob"}), _ages),
        "subjects": Condition(frozenset({"class_subject"}), _subjects, of_rows=True),
        "main_registration": Condition(frozenset({"enrol_status"}), _main_registration),
        "compulsory_school_age": Condition(frozenset({"dob"}), _compulsory_school_age),
        "looked_after": Condition(frozenset({"in_care"}), _looked_after),
        "social_worker": Condition(frozenset({"social_worker"}), _social_worker),
        "consented": Condition(frozenset(), _whole_roll),
    },
)
"""One for each name of `vocabularies.POPULATIONS`. `consented` names among the agreement's conditions what its
`consent_purpose` asks of every row already."""
