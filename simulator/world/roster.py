"""Who is in which year: the shape of each phase, before anyone has a name.

Belongs here: counts per year group, entry dates and the kinds of leaver. The shares keep a clean return clean: few
join in one term, every school but the nursery has leavers of attendance age.
"""

import datetime as dt
from random import Random
from typing import Final, NamedTuple

from simulator.world import days
from simulator.world.schools import SchoolIdentity

NC_YEARS: Final = ("E1", "E2", "N1", "N2", "R", *(str(year) for year in range(1, 15)))
_WEIGHTS: Final = {"E1": 0, "E2": 0, "N1": 9, "N2": 11, "12": 12, "13": 10, "14": 1}
_NURSERY_SHARE: Final = {"N1": 3, "N2": 6}
_USUAL: Final = 20
_LATE_DAYS: Final = (dt.date(2025, 11, 3), dt.date(2026, 1, 6), dt.date(2026, 2, 24))
_NEW_THIS_TERM: Final = {"NS": 0.33, "PR": 0.2}


class Seat(NamedTuple):
    """One place in a school.

    Attributes:
        nc_year: this academic year's, or for a leaver of the last year the last.
        age: at 31 August 2026, whole years.
        entry: day of joining.
        leaving: last day, None while on roll.

    """

    nc_year: str
    age: int
    entry: dt.date
    leaving: dt.date | None


def age_of(nc_year: str) -> int:
    """Return the usual age at 31 August of a year group: reception is 4."""
    return NC_YEARS.index(nc_year)


def before(nc_year: str) -> str:
    """Return the year group of the academic year before."""
    return NC_YEARS[NC_YEARS.index(nc_year) - 1]


def years(school: SchoolIdentity) -> tuple[str, ...]:
    """Return the year groups that the school teaches, youngest first; none are under two at 31 August."""
    low, high = NC_YEARS.index(school.lowest_nc_year), NC_YEARS.index(school.highest_nc_year)
    return NC_YEARS[max(low, 2) : high + 1]


def on_roll(school: SchoolIdentity, rng: Random) -> list[Seat]:
    """Return the seats of the pupils on roll at the start of September, youngest first."""
    groups = years(school)
    weights = [_weight(school.phase, group) for group in groups]
    bounds = [round(school.pupils * sum(weights[: n + 1]) / sum(weights)) for n in range(len(groups))]
    counts = [upper - lower for lower, upper in zip([0, *bounds], bounds, strict=False)]
    return [
        Seat(group, age_of(group), _entry(school, group, rng), None)
        for group, count in zip(groups, counts, strict=True)
        for _ in range(count)
    ]


def leavers(school: SchoolIdentity, rng: Random) -> list[Seat]:
    """Return the seats left in the summer term of 2026, in the second half so that both halves have sessions."""
    top = _leaving_years(school)
    return [_left(school, top[n % len(top)], n, rng) for n in range(max(6, school.pupils // 12))]


def _left(school: SchoolIdentity, nc_year: str, n: int, rng: Random) -> Seat:
    last = dt.date(2026, 7, 24) if n % 3 else dt.date(2026, 6, 29) + dt.timedelta(days=rng.randrange(12))
    age = age_of(nc_year) + 1
    return Seat(nc_year, age, _settled(school, nc_year, rng), last)


def _leaving_years(school: SchoolIdentity) -> tuple[str, ...]:
    """Year groups of 2025/26 that leavers come from: the top one, and one below for those who moved away."""
    return {
        "NS": ("N2", "N2"), "PS": ("6", "6", "3"), "MP": ("7", "7", "5"),
        "MS": ("8", "8", "6"), "SS": ("11", "13", "8"),
        "AT": ("11", "13", "4"), "SP": ("11", "8", "5"), "PR": ("11", "11", "9"),
    }[school.phase]  # fmt: skip


def _weight(phase: str, group: str) -> int:
    if phase in {"PS", "AT", "SP"} and group in _NURSERY_SHARE:
        return _NURSERY_SHARE[group] * 2
    return _WEIGHTS.get(group, _USUAL)


def _entry(school: SchoolIdentity, group: str, rng: Random) -> dt.date:
    groups = years(school)
    share = _NEW_THIS_TERM.get(school.phase)
    if share is not None:
        return dt.date(2026, 9, 2) if rng.random() < share else _earlier(school, group, rng)
    if group == groups[0]:
        return dt.date(2026, 9, 2)
    return _settled(school, before(group), rng)


def _earlier(school: SchoolIdentity, group: str, rng: Random) -> dt.date:
    return rng.choice(_LATE_DAYS[1:]) if group == "N1" or school.phase == "PR" else _settled(school, before(group), rng)


def _settled(school: SchoolIdentity, group: str, rng: Random) -> dt.date:
    """Day of joining of somebody who was in that year group in 2025/26: mostly the school's first, some later."""
    groups = years(school)
    if rng.random() < 0.1:  # noqa: PLR2004 - one in ten came in the course of the last year
        return rng.choice(_LATE_DAYS)
    first = groups[0] if group in groups else group
    entry = 2025 - (age_of(group) - age_of(first))
    return dt.date(entry, 9, 3)


def dob(age: int, rng: Random) -> dt.date:
    """Draw a date of birth of that age at 31 August 2026."""
    born = dt.date(days.AGE_DAY.year - age - 1, 9, 1)
    return born + dt.timedelta(days=rng.randrange(365))
