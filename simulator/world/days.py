"""The days of the world: academic years, census days, the school days of the terms whose registers are kept.

Belongs here: dates alone. The calendar of collections is `schemas.census.collection`; it is not imported, so that a
mistake there shows as a difference.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final, NamedTuple

RECORDED: Final = dt.date(2026, 9, 7)
"""Everything that is not an edit was in the MIS by this day."""

CENSUS_DAY: Final = dt.date(2026, 10, 1)
CENSUS_DAYS: Final = {
    "2026-autumn": CENSUS_DAY,
    "2027-spring": dt.date(2027, 1, 21),
    "2027-summer": dt.date(2027, 5, 20),
}
"""Census day of each collection that the world lives through."""

PREVIOUS_CENSUS_DAY: Final = dt.date(2026, 5, 21)
LAST_YEAR: Final = (dt.date(2025, 9, 1), dt.date(2026, 8, 31))
THIS_YEAR: Final = (dt.date(2026, 9, 1), dt.date(2027, 8, 31))
AGE_DAY: Final = dt.date(2026, 8, 31)
SUMMER_TERM: Final = (dt.date(2026, 4, 7), dt.date(2026, 7, 24))
FIRST_HALF: Final = (dt.date(2026, 4, 6), dt.date(2026, 5, 24))
SECOND_HALF: Final = (dt.date(2026, 5, 25), dt.date(2026, 7, 31))


def weekdays(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield Monday to Friday from first to last, both included."""
    for offset in range((last - first).days + 1):
        day = first + dt.timedelta(days=offset)
        if day.weekday() < 5:  # noqa: PLR2004 - Saturday
            yield day


class Term(NamedTuple):
    """One term's registers.

    Attributes:
        place: order in time, 0 for the first whose registers are kept.
        days: days with registers, in order.
        training: the day on which staff are trained and the school is closed to pupils.
        study_leave: first and last day on which half of years 11 and 13 study at home; None in most terms.

    """

    place: int
    days: tuple[dt.date, ...]
    training: dt.date
    study_leave: tuple[dt.date, dt.date] | None = None

    def slots(self, first: dt.date, last: dt.date) -> slice:
        """Return the sessions of the days from first to last, two a day."""
        return slice(2 * sum(day < first for day in self.days), 2 * sum(day <= last for day in self.days))


def _days(first: dt.date, last: dt.date, *closed: tuple[dt.date, dt.date]) -> tuple[dt.date, ...]:
    return tuple(day for day in weekdays(first, last) if not any(start <= day <= end for start, end in closed))


SUMMER_2026: Final = Term(
    0,
    _days(
        *SUMMER_TERM,
        (dt.date(2026, 5, 4), dt.date(2026, 5, 4)),  # early May bank holiday
        (dt.date(2026, 5, 25), dt.date(2026, 5, 29)),  # half term
    ),
    training=dt.date(2026, 6, 1),
    study_leave=(dt.date(2026, 6, 8), dt.date(2026, 6, 12)),
)
AUTUMN_2026: Final = Term(
    1,
    _days(dt.date(2026, 9, 2), dt.date(2026, 12, 18), (dt.date(2026, 10, 26), dt.date(2026, 10, 30))),
    training=dt.date(2026, 11, 2),
)
SPRING_2027: Final = Term(
    2,
    _days(dt.date(2027, 1, 5), dt.date(2027, 3, 25), (dt.date(2027, 2, 15), dt.date(2027, 2, 19))),
    training=dt.date(2027, 2, 22),
)
TERMS: Final = (SUMMER_2026, AUTUMN_2026, SPRING_2027)
"""The terms that a census of 2026/27 reports, in order."""

SCHOOL_DAYS: Final[tuple[dt.date, ...]] = SUMMER_2026.days
"""Days with registers in the summer term of 2026."""


def age_on(dob: dt.date, day: dt.date) -> int:
    """Return whole years of age on a day."""
    return day.year - dob.year - ((day.month, day.day) < (dob.month, dob.day))
