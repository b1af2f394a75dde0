"""Dates over whole columns: ages, and which rows lie in or touch a window.

Belongs here: pure arithmetic on dates. Does not belong here: which dates a collection has
(`schemas.census.collection`), or what was open on a day (`schemas.asat`).
Masks are numpy-bool Series on the index they were given, without nulls.
"""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa


def age_on(births: pd.Series, day: dt.date) -> pd.Series:
    """Return whole years of age on a day; null where the date of birth is. Born on 29 February: older on 1 March."""
    month, day_of_month = births.dt.month, births.dt.day
    later = (month > day.month) | ((month == day.month) & (day_of_month > day.day))
    years = day.year - births.dt.year - later.astype(pd.ArrowDtype(pa.int64()))
    age: pd.Series = years.astype(pd.ArrowDtype(pa.int64()))
    return age


def within(days: pd.Series, start: dt.date, end: dt.date) -> pd.Series:
    """Say which days lie in a window, both ends inside; a null does not."""
    return certain((days >= start) & (days <= end))


def touching(starts: pd.Series, ends: pd.Series, start: dt.date, end: dt.date) -> pd.Series:
    """Say which periods share a day with a window; a null first day reaches back, a null last day reaches on."""
    begun = starts.isna() | certain(starts <= end)
    return begun & (ends.isna() | certain(ends >= start))


def certain(mask: pd.Series) -> pd.Series:
    """Return a comparison as numpy bool, with null read as False."""
    return pd.Series(np.asarray(mask.fillna(value=False), dtype=bool), index=mask.index)
