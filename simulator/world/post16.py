"""The sixth form: programmes, learning aims, industry placements, planned hours and prior attainment.

Belongs here: what students of year 12 and above have. Qualification numbers are invented in the right form.
"""

import datetime as dt
from typing import Final, NamedTuple

from simulator.world import days
from simulator.world.facts import Aim, Attainment, Details, Placement, Programme, Pupil, Recorder


class Award(NamedTuple):
    """A qualification: number as Arbor shows it, subject code, title, subcontractor."""

    number: str
    subject: str
    title: str
    partner: str | None = None


AWARDS: Final = {
    "MATHS": Award("601/0001/X", "2210", "Mathematics"),
    "ENGLISH": Award("601/0002/1", "5030", "English Literature"),
    "BIOLOGY": Award("601/0003/3", "1010", "Biology"),
    "HISTORY": Award("601/0004/5", "4010", "History"),
    "MUSIC": Award("601/0005/7", "7010", "Music", "10900204"),
    "FOUNDATION": Award("601/0006/9", "2650", "Digital foundation"),
    "DIGITAL": Award("603/0007/0", "2610", "T Level in Digital Production"),
}
"""What can be studied, by the code used in facts."""

COURSES: Final = {"STUDY": "Study programme", "TFOUNDATION": "T Level foundation year", "TLEVEL": "T Level Digital"}
PROGRAMME_AWARD: Final = {"TLEVEL": "DIGITAL"}
"""Programmes that are themselves a qualification."""

_CHOICES: Final = (("MATHS", "BIOLOGY", "HISTORY"), ("ENGLISH", "HISTORY", "MUSIC"), ("MATHS", "ENGLISH", "BIOLOGY"))
_ATTAINMENT: Final = (
    Attainment("6", "1", "N", None),
    Attainment("3", "3", "F", None),
    Attainment("8", "1", "N", None),
    Attainment("4", "2", "N", None),
    Attainment("NR", "3", "L", None),
    Attainment("U", "3", "O", None),
    Attainment("2", "3", "U", None),
)
_STATUS: Final = {"CONTINUING": None, "COMPLETED": None, "WITHDRAWN": "44", "TRANSFERRED": None}


def course(n: int, nc_year: str) -> str:
    """Return what the n-th student takes: one in six a T level, one in nine of year 12 its foundation year."""
    if n % 6 == 2:  # noqa: PLR2004
        return "TLEVEL"
    return "TFOUNDATION" if n % 9 == 4 and nc_year == "12" else "STUDY"  # noqa: PLR2004


def prog_type(chosen: str) -> str:
    """Return the codeset PROG_TYPE value of a course."""
    return {"STUDY": "1", "TFOUNDATION": "30", "TLEVEL": "31"}[chosen]


def hours(n: int, chosen: str) -> tuple[int, int, int | None]:
    """Return planned qualification, other and T level hours of one year."""
    return (450 + n % 5 * 30, 60 + n % 3 * 10, 900 if chosen == "TLEVEL" else None)


def prior(details: Details, n: int, *, second_year: bool, chosen: str) -> Details:
    """Give a student GCSE grades that agree with the condition of funding, and the employment field."""
    maths, english = _ATTAINMENT[n % 7], _ATTAINMENT[n // 2 % 7]
    if second_year:
        maths, english = maths._replace(previous=maths.grade), english._replace(previous=english.grade)
    return details._replace(
        maths=maths,
        english=english,
        employed="true" if n % 37 == 0 else "false",
        t_level_eep=80 if chosen == "TLEVEL" else None,
    )


def study(
    write: Recorder,
    pupil: Pupil,
    chosen: str,
    start: dt.date,
    ended: dt.date | None = None,
    status: str = "CONTINUING",
    n: int = 0,
) -> None:
    """Record a programme with its learning aims; the first aim of a programme is its core aim."""
    planned = dt.date(start.year + (1 if chosen == "TFOUNDATION" else 2), 7, 16)
    withdrawal = _STATUS[status]
    write.add(pupil, "programme", Programme(chosen, prog_type(chosen), planned, status, withdrawal), start, ended)
    for place, award in enumerate(_awards(chosen, n)):
        aim = Aim(chosen, award, planned, status, withdrawal, core=place == 0)
        if award == "DIGITAL":
            aim = aim._replace(placement=_placement(start, n))
        end = ended
        if status == "CONTINUING" and place == 2 and n % 5 == 0 and start < days.LAST_YEAR[1]:  # noqa: PLR2004
            aim, end = aim._replace(status="WITHDRAWN", withdrawal="2"), dt.date(2026, 3, 6)
        write.add(pupil, "aim", aim, start, end)


def _awards(chosen: str, n: int) -> tuple[str, ...]:
    return {"STUDY": _CHOICES[n % 3], "TFOUNDATION": ("FOUNDATION",), "TLEVEL": ("DIGITAL",)}[chosen]


def _placement(start: dt.date, n: int) -> Placement:
    first = max(start + dt.timedelta(days=14), dt.date(2026, 3, 2)) if n % 2 else start + dt.timedelta(days=12)
    return Placement(first, first + dt.timedelta(days=77), 315, 1 + n % 2)
