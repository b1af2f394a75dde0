"""The days of the world: academic years, the census, the school days of the reported term.

Belongs here: dates alone. The calendar of collections is `schemas.census.collection`; it is not imported, so that a
mistake there shows as a difference.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

RECORDED: Final = dt.date(2026, 9, 7)
"""Everything that is not an edit was in the MIS by this day."""

CENSUS_DAY: Final = dt.date(2026, 10, 1)
PREVIOUS_CENSUS_DAY: Final = dt.date(2026, 5, 21)
LAST_YEAR: Final = (dt.date(2025, 9, 1), dt.date(2026, 8, 31))
THIS_YEAR: Final = (dt.date(2026, 9, 1), dt.date(2027, 8, 31))
AGE_DAY: Final = dt.date(2026, 8, 31)
SUMMER_TERM: Final = (dt.date(2026, 4, 7), dt.date(2026, 7, 24))
FIRST_HALF: Final = (dt.date(2026, 4, 6), dt.date(2026, 5, 24))
SECOND_HALF: Final = (dt.date(2026, 5, 25), dt.date(2026, 7, 31))
TRAINING_DAY: Final = dt.date(2026, 6, 1)

_CLOSED: Final = (
    (dt.date(2026, 5, 4), dt.date(2026, 5, 4)),  # early May bank holiday
    (dt.date(2026, 5, 25), dt.date(2026, 5, 29)),  # half term
)


def weekdays(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield Monday to Friday from first to last, both included."""
    for offset in range((last - first).days + 1):
        day = first + dt.timedelta(days=offset)
        if day.weekday() < 5:  # noqa: PLR2004 - Saturday
            yield day


SCHOOL_DAYS: Final[tuple[dt.date, ...]] = tuple(
    day for day in weekdays(*SUMMER_TERM) if not any(first <= day <= last for first, last in _CLOSED)
)
"""Days with registers in the summer term of 2026."""


def age_on(dob: dt.date, day: dt.date) -> int:
    """Return whole years of age on a day."""
    return day.year - dob.year - ((day.month, day.day) < (dob.month, dob.day))
