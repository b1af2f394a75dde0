"""School days, as far as a school's own terms tell them.

Belongs here: counting them. A weekday inside a term is a school day: half terms and bank holidays that the terms do not
leave out are counted too, so that a deadline comes out early, never late.
"""

import datetime as dt
from collections.abc import Iterable
from typing import TypeAlias

Span: TypeAlias = tuple[dt.date, dt.date]
"""First and last day of a term."""

_SATURDAY = 5


def school_day_after(day: dt.date, count: int, terms: Iterable[Span]) -> dt.date | None:
    """Return the school day that is `count` school days after a day; None when the terms known end before it."""
    left = count
    for first, last in sorted(terms):
        start = max(first, day + dt.timedelta(days=1))
        for offset in range((last - start).days + 1):
            found = start + dt.timedelta(days=offset)
            left -= found.weekday() < _SATURDAY
            if not left:
                return found
    return None
