"""The words rules are written in.

Belongs here: some twenty conditions over columns, one per shape of rule. Each takes columns of a return's tables and
gives a plain boolean column without nulls, so that `&`, `|` and `~` mean what they say: a null satisfies nothing but
`missing`. What joins tables is `schemas.census.engine.Census`; identifiers are `schemas.identifiers`.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.codesets import codes

Mask: TypeAlias = pd.Series
"""A boolean column without nulls, aligned with the rows of a table."""

Operand: TypeAlias = pd.Series | dt.date | int | float | str | None
Comparison: TypeAlias = Callable[[Any, Any], pa.ChunkedArray]

FAR: Final = int(np.iinfo(np.int32).max)  # an open period ends after every day


def present(values: pd.Series) -> Mask:
    """There is a value."""
    return values.notna()


def missing(values: pd.Series) -> Mask:
    """There is no value."""
    return values.isna()


def equal(left: pd.Series, right: Operand) -> Mask:
    """Both are present and the same."""
    return _compared(pc.equal, left, right)


def differs(left: pd.Series, right: Operand) -> Mask:
    """Both are present and not the same."""
    return _compared(pc.not_equal, left, right)


def before(left: pd.Series, right: Operand) -> Mask:
    """Both are present and the left day is earlier."""
    return _compared(pc.less, left, right)


def after(left: pd.Series, right: Operand) -> Mask:
    """Both are present and the left day is later."""
    return _compared(pc.greater, left, right)


def below(left: pd.Series, right: Operand) -> Mask:
    """Both are present and the left number is smaller."""
    return _compared(pc.less, left, right)


def above(left: pd.Series, right: Operand) -> Mask:
    """Both are present and the left number is greater."""
    return _compared(pc.greater, left, right)


def at_least(values: pd.Series, low: float) -> Mask:
    """Present and this number or more."""
    return _compared(pc.greater_equal, values, low)


def between(values: pd.Series, low: Operand, high: Operand) -> Mask:
    """Present, and from `low` to `high`, both included."""
    return _compared(pc.greater_equal, values, low) & _compared(pc.less_equal, values, high)


def is_true(values: pd.Series) -> Mask:
    """Present and true."""
    return _like(values, _filled(_arrow(values)))


def one_of(values: pd.Series, *allowed: str) -> Mask:
    """Present and one of the values named."""
    return values.isin(allowed)


def in_codeset(values: pd.Series, codeset: str, on: dt.date) -> Mask:
    """Present and a code of the set that is in force on the day."""
    return values.isin(codes(codeset, on))


def wrong_code(values: pd.Series, codeset: str, on: dt.date) -> Mask:
    """Present and not a code of the set that is in force on the day."""
    return present(values) & ~in_codeset(values, codeset, on)


def matches(values: pd.Series, pattern: str) -> Mask:
    """Present and the whole text has the pattern (RE2 syntax)."""
    return _like(values, _filled(pc.match_substring_regex(_arrow(values), f"^(?:{pattern})$")))


def longer_than(values: pd.Series, limit: int) -> Mask:
    """Present and of more characters than the limit."""
    return _like(values, _filled(pc.greater(pc.utf8_length(_arrow(values)), limit)))


def duplicated(*columns: pd.Series) -> Mask:
    """Another row has the same values in all the columns, none of them null."""
    together = pd.concat(columns, axis=1, ignore_index=True)
    return together.notna().all(axis=1) & together.duplicated(keep=False)


def overlaps_within(group: pd.Series, start: pd.Series, end: pd.Series) -> Mask:
    """A period that begins before an earlier-starting period of the same group has ended; a null end is open.

    A period without a start overlaps nothing: nobody can say when it began.
    """
    groups = group.factorize()[0].astype(np.int64)
    first = _days(start, -FAR)
    last = np.where(present(start), _days(end, FAR), -FAR)
    order = np.lexsort((last, first, groups))
    offset = groups[order] * (4 * FAR)
    latest = np.maximum.accumulate(last[order] + offset)
    found = np.zeros(len(order), dtype=bool)
    found[order[1:]] = latest[:-1] >= (first[order] + offset)[1:]
    return _like(group, found) & present(start)


def total(*columns: pd.Series) -> pd.Series:
    """Add numbers row by row; a null counts as nothing."""
    return pd.concat([column.fillna(0) for column in columns], axis=1, ignore_index=True).sum(axis=1)


def share_of(mask: Mask, among: Mask) -> float:
    """Return the part, 0 to 1, of the rows `among` that the mask holds for; 0 when there are none."""
    population = int(among.sum())
    return int((mask & among).sum()) / population if population else 0.0


def year_order(nc_year: pd.Series) -> pd.Series:
    """Return year groups as numbers: E1 -4 ... N2 -1, R 0, 1 to 14 themselves; null for X and anything else."""
    place = pc.index_in(_arrow(nc_year), value_set=pa.array(_YEARS))
    return pd.Series(pd.arrays.ArrowExtensionArray(pc.subtract(place, _YEARS.index("R"))), index=nc_year.index)


def years_before(day: dt.date, years: int) -> dt.date:
    """Return the same day some years earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def minutes(times: pd.Series) -> pd.Series:
    """Return times of day, written hh:mm, as minutes since midnight; null for anything else."""
    text = _arrow(times.where(matches(times, r"([01]\d|2[0-3]):[0-5]\d")))
    hour, minute = (pc.utf8_slice_codeunits(text, at, at + 2).cast(pa.int64()) for at in (0, 3))
    return pd.Series(pd.arrays.ArrowExtensionArray(pc.add(pc.multiply(hour, 60), minute)), index=times.index)


def academic_year(days: pd.Series) -> pd.Series:
    """Return the calendar year in which the academic year of each day began, on 1 August."""
    known = _arrow(days)
    started = pc.if_else(pc.less(pc.month(known), _FIRST_MONTH), pc.subtract(pc.year(known), 1), pc.year(known))
    return pd.Series(pd.arrays.ArrowExtensionArray(started), index=days.index)


def everywhere(like: pd.Series) -> Mask:
    """Every row."""
    return _like(like, np.ones(len(like), dtype=bool))


def nowhere(like: pd.Series) -> Mask:
    """No row."""
    return _like(like, np.zeros(len(like), dtype=bool))


def any_of(masks: Iterable[Mask]) -> Mask:
    """At least one of the conditions holds."""
    conditions = list(masks)
    return _like(conditions[0], np.logical_or.reduce([np.asarray(each) for each in conditions]))


_FIRST_MONTH: Final = 8
_FALSE: Final = pa.scalar(False)  # noqa: FBT003  Arrow has no other spelling
_YEARS: Final = ("E1", "E2", "N1", "N2", "R", *(str(year) for year in range(1, 15)))


def _compared(comparison: Comparison, left: pd.Series, right: Operand) -> Mask:
    if isinstance(right, pd.Series):
        return _like(left, _filled(comparison(_arrow(left), _arrow(right))))
    return _like(left, _filled(comparison(_arrow(left), pa.scalar(right, from_pandas=True))))


def _filled(found: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.if_else(found.is_valid(), found, _FALSE))


def _like(values: pd.Series, found: npt.NDArray[np.bool_]) -> Mask:
    return pd.Series(found, index=values.index)


def _arrow(values: pd.Series) -> pa.ChunkedArray:
    if isinstance(values.dtype, pd.ArrowDtype):
        return values.array.__arrow_array__()
    return pa.chunked_array([pa.array(values)])


def _days(values: pd.Series, when_null: int) -> npt.NDArray[np.int64]:
    days: npt.NDArray[np.int64] = _arrow(values).cast("int32").cast("int64").fill_null(when_null).to_numpy()
    return days
