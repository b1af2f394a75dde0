"""Register marks of a term, two a day, as one array of codes per school.

Belongs here: how the marks are drawn and how they look as `AttendanceRollCallRecord` rows; when they are drawn is
`registers`. A mark is one byte until somebody reads the row. Codes are those in force since 19 August 2024 (facts:
codeset ATTENDANCE).
"""

import bisect
import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from simulator.world.days import Term
from simulator.world.facts import Fact, Pupil, Year
from simulator.world.refs import Ref
from simulator.world.schools import SchoolIdentity

SYMBOLS: Final = (
    "/", "\\", "L", "B", "D", "K", "P", "V", "W", "C", "C1", "C2", "E", "I", "J1", "M", "R", "S", "T", "G", "N", "O",
    "U", "Q", "X", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#", "@",
)  # fmt: skip
"""Position in this tuple is the byte; "@" is no code of the department's and only a seeded fault uses it."""

WORDS: Final = (
    "PRESENT_AM", "PRESENT_PM", "LATE", "OFF_SITE", "DUAL", "LA_PROVISION", "SPORT", "VISIT", "WORK_EXPERIENCE",
    "LEAVE", "PERFORMANCE", "PART_TIME_TIMETABLE", "SUSPENDED", "ILLNESS", "INTERVIEW", "MEDICAL", "RELIGIOUS",
    "STUDY_LEAVE", "TRAVELLING", "HOLIDAY", "NO_REASON", "UNAUTHORISED", "LATE_CLOSED", "ACCESS", "NOT_REQUIRED",
    "TRANSPORT", "TRAVEL_DISRUPTION", "PREMISES", "SITE_CLOSED", "DETENTION", "PUBLIC_HEALTH", "UNAVOIDABLE",
    "PROSPECTIVE", "CLOSED", "USER__UNKNOWN",
)  # fmt: skip
"""Ids of the marks in Arbor, in the order of SYMBOLS."""

NO_MARK: Final = 255
CODE: Final = {symbol: place for place, symbol in enumerate(SYMBOLS)}
NOT_POSSIBLE: Final = frozenset({"D", "X", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#", "Q"})
_AWAY: Final = ("I",) * 55 + ("O",) * 10 + ("G",) * 7 + ("C",) * 5 + ("N",) * 3 + ("M",) * 9 + (
    "T", "R", "R", "C1", "J1", "C2", "K", "Q", "Y1", "P", "W")  # fmt: skip
_CHANCES: Final = {"L": (0.0, 0.02), "V": (0.990, 0.993), "B": (0.993, 0.994), "U": (0.996, 1.0)}
_BETWEEN_TERMS: Final = 10_000_000
"""How far apart the ids of two terms begin: more than any school has sessions."""

_LONG_AWAY: Final = {
    26: (dt.date(2026, 9, 8), dt.date(2026, 9, 30), "I"),
    20: (dt.date(2026, 9, 14), dt.date(2026, 9, 28), "O"),
}
"""By place among ninety: who was ill for seventeen school days, and who was away without leave for eleven."""

_RATE: Final = {"PR": 0.14, "SP": 0.09}


@dataclass(frozen=True)
class Marks:
    """A school's marks.

    Attributes:
        pupils: ids, one a row of the array.
        codes: uint8, pupils x (2 x school days), morning before afternoon; 255 where there is none.
        first_id: id of the record at row 0, column 0; others follow row by row.
        revision: of every record.
        term: whose sessions the columns are.

    """

    pupils: tuple[int, ...]
    codes: NDArray[np.uint8]
    first_id: int
    revision: int
    term: Term

    def with_code(self, pupil_id: int, slots: slice, symbol: str | None) -> "Marks":
        """Return marks in which a pupil's sessions carry another symbol, or none."""
        codes = self.codes.copy()
        codes[self.pupils.index(pupil_id), slots] = NO_MARK if symbol is None else CODE[symbol]
        return replace(self, codes=codes)

    def until(self, day: dt.date, revision: int) -> "Marks":
        """Return the marks of a register still running: none after the day, all of a revision already reached."""
        codes = self.codes.copy()
        codes[:, self.term.slots(self.term.days[0], day).stop :] = NO_MARK
        return replace(self, codes=codes, revision=revision)

    def row(self, pupil_id: int) -> NDArray[np.uint8] | None:
        """Return a pupil's codes, None for one who had no session."""
        return self.codes[self.pupils.index(pupil_id)] if pupil_id in self.pupils else None


def draw(
    pupils: Sequence[Pupil], school: SchoolIdentity, term: Term, seed: int, first_id: int, revision: int,
) -> Marks:  # fmt: skip
    """Draw the marks of every pupil who was on roll in the term; ids leave room for the terms before."""
    present = [(n, pupil) for n, pupil in enumerate(pupils) if _was_there(_sessions(term, pupil))]
    rng = np.random.default_rng(seed + int(school.urn) + term.place * _BETWEEN_TERMS)
    codes = _drawn(rng, term, len(present), _RATE.get(school.phase, 0.06))
    for row, (n, pupil) in enumerate(present):
        _apply(codes[row], term, n, pupil)
    return Marks(tuple(pupil.id for _, pupil in present), codes, first_id + term.place * _BETWEEN_TERMS, revision, term)


def _drawn(rng: np.random.Generator, term: Term, pupils: int, rate: float) -> NDArray[np.uint8]:
    taught = len(term.days)
    codes = np.empty((pupils, 2 * taught), np.uint8)
    codes[:, 0::2], codes[:, 1::2] = CODE["/"], CODE["\\"]
    chance = rng.random((pupils, 2 * taught))
    for symbol, (low, high) in _CHANCES.items():
        codes[(low <= chance) & (chance < high)] = CODE[symbol]
    away = rng.random((pupils, taught)) < rate
    kinds = np.array([CODE[symbol] for symbol in _AWAY], np.uint8)
    reason = kinds[(rng.random((pupils, taught)) * len(_AWAY)).astype(int)]
    for half in (0, 1):
        codes[:, half::2] = np.where(away, reason, codes[:, half::2])
    codes[:, term.slots(term.training, term.training)] = CODE["#"]
    return codes


def _sessions(term: Term, pupil: Pupil) -> slice:
    """Columns of the days on roll, as the MIS last had them."""
    spell = pupil.last("enrolment")
    return term.slots(spell.start or term.days[0], spell.end or term.days[-1])


def _was_there(sessions: slice) -> bool:
    return bool(sessions.start < sessions.stop)


def _apply(row: NDArray[np.uint8], term: Term, n: int, pupil: Pupil) -> None:
    spell = _year(term, pupil)
    on_roll = _sessions(term, pupil)
    row[: on_roll.start] = NO_MARK
    row[on_roll.stop :] = NO_MARK
    if spell.pattern == "MORNINGS":
        row[on_roll.start + 1 : on_roll.stop : 2] = CODE["X"]
    if spell.status in {"M", "S"}:
        _days(row, [place for place, day in enumerate(term.days) if day.weekday() < 2], "D")  # noqa: PLR2004
    if term.study_leave and spell.nc_year in {"11", "13"} and n % 2:
        first, last = term.study_leave
        _days(row, [place for place, day in enumerate(term.days) if first <= day <= last], "S")
    for place, (first, last, symbol) in _LONG_AWAY.items():
        if n % 90 == place and "suspension" not in pupil.facts:
            _days(row, [at for at, day in enumerate(term.days) if first <= day <= last], symbol)
    for fact in _recorded(pupil, "suspension"):
        if fact.value.category != "LNCH":
            _days(row, [place for place, day in enumerate(term.days) if fact.holds(day)], "E")


def _year(term: Term, pupil: Pupil) -> Year:
    """Return the academic year that a pupil was in when the term began, or on joining."""
    years = _recorded(pupil, "year")
    found: Year = next(fact.value for fact in years if fact.end is None or fact.end >= term.days[0])
    return found


def _recorded(pupil: Pupil, kind: str) -> list[Fact]:
    """Return the facts of a kind as last recorded."""
    return [fact for fact in pupil.facts.get(kind, ()) if fact.withdrawn is None]


def _days(row: NDArray[np.uint8], which: list[int], symbol: str) -> None:
    for day in which:
        for slot in (2 * day, 2 * day + 1):
            if row[slot] != NO_MARK:
                row[slot] = CODE[symbol]


class MarkRows(Sequence[dict[str, object]]):
    """The marks of some terms as rows of AttendanceRollCallRecord, made when read."""

    def __init__(self, *terms: Marks, days: Callable[[dt.date], bool] = lambda _: True) -> None:
        """Index the sessions of some days that have a mark; ids are stable when others lose theirs."""
        self._days = days
        self._terms = [(marks, np.flatnonzero(_marked(marks, days))) for marks in terms]
        self._ends = list(itertools.accumulate(len(where) for _, where in self._terms))

    def on(self, days: Callable[[dt.date], bool]) -> "MarkRows":
        """Return those of its rows that are of some days."""
        return MarkRows(*(marks for marks, _ in self._terms), days=lambda day: self._days(day) and days(day))

    def __len__(self) -> int:
        """Return the number of marks."""
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, place: int) -> dict[str, object]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, object]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, object] | list[dict[str, object]]:
        """Return one row, or a list of rows."""
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(len(self)))]
        term = bisect.bisect_right(self._ends, place)
        marks, where = self._terms[term]
        return _row(marks, int(where[place - self._ends[term]]))

    def __iter__(self) -> Iterator[dict[str, object]]:
        """Yield the rows in order of id."""
        return (_row(marks, int(cell)) for marks, where in self._terms for cell in where)

    def find(self, row_id: int) -> dict[str, object] | None:
        """Return the row of an id, None when there is none."""
        for marks, _ in self._terms:
            cell = row_id - marks.first_id
            if 0 <= cell < marks.codes.size and marks.codes.flat[cell] != NO_MARK:
                return _row(marks, cell)
        return None


def _marked(marks: Marks, days: Callable[[dt.date], bool]) -> NDArray[np.bool_]:
    return (marks.codes != NO_MARK) & np.repeat(np.array([days(day) for day in marks.term.days], bool), 2)


def _row(marks: Marks, cell: int) -> dict[str, object]:
    pupil, slot = divmod(cell, marks.codes.shape[1])
    return {
        "id": marks.first_id + cell,
        "revision": marks.revision,
        "attendanceRollCall": _ROLL_CALLS[slot % 2],
        "recordDate": marks.term.days[slot // 2],
        "student": Ref("Student", marks.pupils[pupil]),
        "attendanceMark": _MARKS[marks.codes[pupil, slot]],
        "minutesLate": None,
        "sourceAttendanceRecord": None,
        "validationError": None,
        "source": None,
    }


_ROLL_CALLS: Final = (Ref("AttendanceRollCall", "AM"), Ref("AttendanceRollCall", "PM"))
_MARKS: Final = tuple(Ref("AttendanceMark", word) for word in WORDS)
