"""Statutory assessments: which results a pupil of an age has, and what they are.

Belongs here: results by the age on 31 August 2026. Years without an assessment stay without (2020 and 2021, and times
tables before 2022). The codes of the assessments are ours, as they would be a school's.
"""

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

LAST_SUMMER: Final = 2026
GOALS: Final = tuple(f"EYFSP_ELG{number:02d}" for number in range(1, 18))
SCORED: Final = ("KS2_READING_SCORE", "KS2_GPS_SCORE", "KS2_MATHS_SCORE")
JUDGED: Final = ("KS2_WRITING_TA", "KS2_SCIENCE_TA")
KS1: Final = ("KS1_READING_TA", "KS1_WRITING_TA", "KS1_MATHS_TA", "KS1_SCIENCE_TA")
PHONICS_MARK, PHONICS_OUTCOME, TIMES_TABLES = "PHONICS_MARK", "PHONICS_OUTCOME", "MTC"
ASSESSMENTS: Final = (*GOALS, PHONICS_MARK, PHONICS_OUTCOME, *KS1, TIMES_TABLES, *SCORED, *JUDGED, "SPELLING_AGE")
"""Every assessment of the MIS; the last is the school's own and statutory nowhere."""
GRADES: Final = ("1", "2", "A", "WA", "WT", "GDS", "EXS", "WTS", "HNM")

_CANCELLED: Final = frozenset({2020, 2021})
_FIRST_TIMES_TABLES: Final = 2022
_LAST_KS1: Final = 2023
_PHONICS_PASS: Final = 32


class Result(NamedTuple):
    """One result: a grade or a mark."""

    assessment: str
    grade: str | None
    mark: int | None
    day: dt.date


def results(age: int, draw: Random) -> tuple[Result, ...]:
    """Draw the results of somebody of that age: goals while an infant, then what later schools ask for."""
    found: list[Result] = []
    if 5 <= age <= 7:  # noqa: PLR2004 - goals are asked for while the pupil is an infant
        found += _goals(_summer(age, 5), draw)
    if 6 <= age <= 8:  # noqa: PLR2004
        found += _phonics(_summer(age, 6), draw)
    if 7 <= age <= 12 and _summer(age, 7) <= _LAST_KS1:  # noqa: PLR2004
        found += [_judged(code, dt.date(_summer(age, 7), 6, 26), draw) for code in KS1]
    if 9 <= age <= 12 and _summer(age, 9) >= _FIRST_TIMES_TABLES:  # noqa: PLR2004
        found.append(Result(TIMES_TABLES, None, min(25, draw.randrange(9, 31)), dt.date(_summer(age, 9), 6, 9)))
    if 11 <= age <= 15:  # noqa: PLR2004
        found += _key_stage_2(_summer(age, 11), draw)
    if 8 <= age <= 9:  # noqa: PLR2004
        found.append(Result("SPELLING_AGE", None, draw.randrange(80, 140), dt.date(LAST_SUMMER, 3, 3)))
    return tuple(result for result in found if result.day.year not in _CANCELLED)


def _summer(age: int, then: int) -> int:
    """Return the year in which somebody of an age now was of another age on 31 August."""
    return LAST_SUMMER - (age - then)


def _goals(year: int, draw: Random) -> Iterator[Result]:
    exempt = draw.random() < 0.02  # noqa: PLR2004 - one in fifty
    for code in GOALS:
        grade = "A" if exempt else draw.choices("12", (1, 4))[0]
        yield Result(code, grade, None, dt.date(year, 6, 26))


def _phonics(year: int, draw: Random) -> Iterator[Result]:
    day, mark = dt.date(year, 6, 12), min(40, draw.randrange(20, 48))
    yield Result(PHONICS_MARK, None, mark, day)
    yield Result(PHONICS_OUTCOME, "WA" if mark >= _PHONICS_PASS else "WT", None, day)


def _judged(code: str, day: dt.date, draw: Random) -> Result:
    if "SCIENCE" in code:
        return Result(code, draw.choices(("EXS", "HNM"), (4, 1))[0], None, day)
    return Result(code, draw.choices(("GDS", "EXS", "WTS"), (1, 3, 1))[0], None, day)


def _key_stage_2(year: int, draw: Random) -> Iterator[Result]:
    for code in SCORED:
        yield Result(code, None, draw.randrange(86, 121), dt.date(year, 5, 14))
    for code in JUDGED:
        yield _judged(code, dt.date(year, 6, 26), draw)
