"""What happened to some pupils: suspensions, placements elsewhere, other registrations, how they left care.

Belongs here: events given to named roles of a school, so that every item of the census has somebody. Who is picked for
a role is `school`.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from simulator.world import days
from simulator.world.facts import Care, Elsewhere, Pupil, Recorder, Suspension

REASONS: Final = ("DB", "VA", "PP", "PA", "VP", "BU", "DM", "TH", "DA", "MT", "RA", "SM", "OW", "LG", "DS", "PH")
AP_REASONS: Final = ("PEX", "OTH", "MHN", "NEW", "PHN", "ASP", "RHE")
_PLAA: Final = ("ADOPTED", "SPECIAL_GUARDIANSHIP", "CHILD_ARRANGEMENTS", "ADOPTED_ABROAD", "RESIDENCE_ORDER")
RESIDENCE_UNTIL: Final = dt.date(2014, 4, 22)
"""PLAA R cannot be for anyone born on or after this day (rule 1874)."""

TRAINED_AT, AP_ACADEMY, COLLEGE = 2, 4, 5
"""Institutions of `lookups.PARTNERS` by number: a primary, an AP academy, a college known by UKPRN only."""


def suspend(write: Recorder, pupil: Pupil, n: int) -> None:
    """Suspend for one to five days of the summer term, with one to three reasons."""
    first = 20 + n * 5 % 40
    lasting = 1 + n % 5
    reasons = tuple(REASONS[(n + k * 3) % len(REASONS)] for k in range(1 + n % 3))
    write.add(
        pupil,
        "suspension",
        Suspension("SUSP", lasting * 2, reasons),
        days.SCHOOL_DAYS[first],
        days.SCHOOL_DAYS[first + lasting - 1],
        rows=3,
    )


def suspend_on(write: Recorder, pupil: Pupil, first: dt.date, lasting: int, n: int) -> None:
    """Suspend for some days of one week, with one to three reasons."""
    reasons = tuple(REASONS[(n + k * 5) % len(REASONS)] for k in range(1 + n % 3))
    last = first + dt.timedelta(days=lasting - 1)
    write.add(pupil, "suspension", Suspension("SUSP", lasting * 2, reasons), first, last, rows=3)


def suspend_at_lunch(write: Recorder, pupil: Pupil) -> None:
    """Suspend for one lunchtime, which is one session and no mark in the register."""
    day = days.SCHOOL_DAYS[9]
    write.add(pupil, "suspension", Suspension("LNCH", 1, ("DB",)), day, day, rows=3)


def exclude(write: Recorder, pupil: Pupil, leaving: dt.date) -> None:
    """Exclude for good, seven school days before the name came off the roll."""
    known = [day for term in days.TERMS for day in term.days if day <= leaving]
    write.add(pupil, "suspension", Suspension("PERM", 0, ("OW", "PA")), known[-7], rows=3)


def left_care(write: Recorder, pupil: Pupil, n: int, dob: dt.date, entry: dt.date) -> None:
    """Record how a pupil left care."""
    code = _PLAA[n % len(_PLAA)]
    if code == "RESIDENCE_ORDER" and dob >= RESIDENCE_UNTIL:
        code = "ADOPTED"
    write.add(pupil, "care", Care(code, None), entry)


def place_elsewhere(write: Recorder, pupil: Pupil, n: int, last: dt.date | None = None) -> None:
    """Arrange alternative provision: at an AP academy, a college or, in turn, a company."""
    start = dt.date(2026, 6, 8)
    value, end = next(option for k, option in enumerate(_placements()) if k == n % 4)
    write.add(pupil, "elsewhere", value, start, last or end)


def place_from(write: Recorder, pupil: Pupil, n: int, start: dt.date, end: dt.date | None) -> None:
    """Arrange alternative provision of one kind from a day to a day."""
    value, _ = next(option for k, option in enumerate(_placements()) if k == n % 4)
    write.add(pupil, "elsewhere", value, start, end)


def _placements() -> Iterator[tuple[Elsewhere, dt.date | None]]:
    yield Elsewhere(AP_ACADEMY, None, None, "BHS", "FT", 10), None
    yield Elsewhere(None, 1, "OTH", "EXR", "PT", 4), dt.date(2026, 7, 17)
    yield Elsewhere(None, 2, "WBP", "OTH", "PT", 2), None
    yield Elsewhere(COLLEGE, None, None, "MHN", "PT", 3), dt.date(2026, 7, 10)
