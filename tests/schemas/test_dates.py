import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dates import age_on, touching, within

DAYS = st.dates(dt.date(1999, 1, 1), dt.date(2031, 12, 31))
MAYBE = st.none() | DAYS


def dates(*values):
    return pd.Series(list(values), dtype=pd.ArrowDtype(pa.date32()))


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (dt.date(2012, 2, 29), dt.date(2026, 2, 28), 13),
        (dt.date(2012, 2, 29), dt.date(2026, 3, 1), 14),
        (dt.date(2012, 2, 29), dt.date(2028, 2, 29), 16),
        (dt.date(2021, 8, 31), dt.date(2026, 8, 31), 5),
        (dt.date(2021, 9, 1), dt.date(2026, 8, 31), 4),
        (dt.date(2026, 8, 31), dt.date(2026, 8, 31), 0),
        (None, dt.date(2026, 8, 31), None),
    ],
)
def test_age_changes_on_the_birthday(born, day, age):
    found = age_on(dates(born), day)[0]
    assert (None if found is pd.NA else found) == age


@given(DAYS, DAYS)
def test_age_agrees_with_counting_birthdays(born, day):
    anniversaries = [(year, born.month, born.day) for year in range(born.year + 1, day.year + 1)]
    expected = sum(anniversary <= (day.year, day.month, day.day) for anniversary in anniversaries)
    if born <= day:
        assert age_on(dates(born), day)[0] == expected


@given(MAYBE, DAYS, DAYS)
def test_within_has_both_ends_inside(day, start, end):
    assert within(dates(day), start, end).tolist() == [day is not None and start <= day <= end]


@given(MAYBE, MAYBE, DAYS, DAYS)
def test_touching_is_sharing_a_day(begin, finish, start, end):
    shares = (begin or dt.date.min) <= end and (finish or dt.date.max) >= start
    assert touching(dates(begin), dates(finish), start, end).tolist() == [shares]


def test_masks_keep_the_index_and_have_no_nulls():
    days = dates(None, dt.date(2026, 10, 1)).set_axis([7, 9])
    mask = within(days, dt.date(2026, 10, 1), dt.date(2026, 10, 1))
    assert mask.index.tolist() == [7, 9]
    assert mask.dtype == bool
