"""Compulsory school age: from when to when a child must be educated (Education Act 1996, section 8).

Belongs here: the two days for one date of birth. Who is asked about is the business of the dataset or rule that asks.
"""

import datetime as dt
from functools import cache
from typing import Final

BEGINS_AT, ENDS_AT = 5, 16
_PRESCRIBED: Final = ((3, 31), (8, 31), (12, 31))
"""Month and day on which compulsory school age begins for those who have turned five by then (SI 1998/1607)."""
_SEPTEMBER, _JUNE, _FRIDAY = 9, 6, 4


@cache
def compulsory_school_age(born: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of compulsory school age, both inside it.

    It begins on the prescribed day on or next after the fifth birthday, and ends with the last Friday of June of the
    school year (to 31 August) in which the child turns sixteen.
    """
    five, sixteen = birthday(born, BEGINS_AT), birthday(born, ENDS_AT)
    days = (dt.date(year, *day) for year in (five.year, five.year + 1) for day in _PRESCRIBED)
    return next(day for day in days if day >= five), _school_leaving_date(sixteen.year + (sixteen.month >= _SEPTEMBER))


def birthday(born: dt.date, age: int) -> dt.date:
    """Return the day an age is reached; born on 29 February: 1 March in a common year."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return dt.date(born.year + age, 3, 1)


def _school_leaving_date(year: int) -> dt.date:
    last = dt.date(year, _JUNE, 30)
    return last - dt.timedelta(days=(last.weekday() - _FRIDAY) % 7)
