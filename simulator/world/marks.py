"""Register marks of the summer term of 2026, two a day, as one array of codes per school.

Belongs here: how the marks are drawn and how they look as `AttendanceRollCallRecord` rows. A mark is one byte until
somebody reads the row. Codes are those in force since 19 August 2024 (facts: codeset ATTENDANCE).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from simulator.world import days
from simulator.world.building import Place
from simulator.world.refs import Ref

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
_RATE: Final = {"PR": 0.14, "SP": 0.09}
_STUDY_LEAVE: Final = (dt.date(2026, 6, 8), dt.date(2026, 6, 12))
_DAYS: Final = len(days.SCHOOL_DAYS)


@dataclass(frozen=True)
class Marks:
    """A school's marks.

    Attributes:
        pupils: ids, one a row of the array.
        codes: uint8, pupils x (2 x school days), morning before afternoon; 255 where there is none.
        first_id: id of the record at row 0, column 0; others follow row by row.
        revision: of every record.

    """

    pupils: tuple[int, ...]
    codes: NDArray[np.uint8]
    first_id: int
    revision: int

    def with_code(self, pupil_id: int, slots: slice, symbol: str | None) -> "Marks":
        """Return marks in which a pupil's sessions carry another symbol, or none."""
        codes = self.codes.copy()
        codes[self.pupils.index(pupil_id), slots] = NO_MARK if symbol is None else CODE[symbol]
        return replace(self, codes=codes)

    def row(self, pupil_id: int) -> NDArray[np.uint8] | None:
        """Return a pupil's codes, None for one who had no session."""
        return self.codes[self.pupils.index(pupil_id)] if pupil_id in self.pupils else None


def draw(places: Sequence[Place], phase: str, seed: int, first_id: int, revision: int) -> Marks:
    """Draw the marks of every pupil who was on roll in the term."""
    present = [place for place in places if _sessions(place).start < _sessions(place).stop]
    rng = np.random.default_rng(seed)
    codes = _drawn(rng, len(present), _RATE.get(phase, 0.06))
    for row, place in enumerate(present):
        _apply(codes[row], place)
    return Marks(tuple(place.pupil.id for place in present), codes, first_id, revision)


def _drawn(rng: np.random.Generator, pupils: int, rate: float) -> NDArray[np.uint8]:
    codes = np.empty((pupils, 2 * _DAYS), np.uint8)
    codes[:, 0::2], codes[:, 1::2] = CODE["/"], CODE["\\"]
    chance = rng.random((pupils, 2 * _DAYS))
    for symbol, (low, high) in _CHANCES.items():
        codes[(low <= chance) & (chance < high)] = CODE[symbol]
    away = rng.random((pupils, _DAYS)) < rate
    kinds = np.array([CODE[symbol] for symbol in _AWAY], np.uint8)
    reason = kinds[(rng.random((pupils, _DAYS)) * len(_AWAY)).astype(int)]
    for half in (0, 1):
        codes[:, half::2] = np.where(away, reason, codes[:, half::2])
    closed = days.SCHOOL_DAYS.index(days.TRAINING_DAY)
    codes[:, 2 * closed : 2 * closed + 2] = CODE["#"]
    return codes


def _sessions(place: Place) -> slice:
    """Columns of the days on roll."""
    first = sum(day < place.seat.entry for day in days.SCHOOL_DAYS)
    last = _DAYS if place.seat.leaving is None else sum(day <= place.seat.leaving for day in days.SCHOOL_DAYS)
    return slice(2 * first, 2 * last)


def _apply(row: NDArray[np.uint8], place: Place) -> None:
    spell = place.pupil.facts["year"][0].value
    on_roll = _sessions(place)
    row[: on_roll.start] = NO_MARK
    row[on_roll.stop :] = NO_MARK
    if spell.pattern == "MORNINGS":
        row[on_roll.start + 1 : on_roll.stop : 2] = CODE["X"]
    if spell.status in {"M", "S"}:
        _days(row, [place for place, day in enumerate(days.SCHOOL_DAYS) if day.weekday() < 2], "D")  # noqa: PLR2004
    if spell.nc_year in {"11", "13"} and place.n % 2:
        _days(row, [n for n, day in enumerate(days.SCHOOL_DAYS) if _STUDY_LEAVE[0] <= day <= _STUDY_LEAVE[1]], "S")
    for fact in place.pupil.facts.get("suspension", ()):
        if fact.value.category != "LNCH":
            _days(row, [n for n, day in enumerate(days.SCHOOL_DAYS) if fact.holds(day)], "E")


def _days(row: NDArray[np.uint8], which: list[int], symbol: str) -> None:
    for day in which:
        for slot in (2 * day, 2 * day + 1):
            if row[slot] != NO_MARK:
                row[slot] = CODE[symbol]


class MarkRows(Sequence[dict[str, object]]):
    """The marks as rows of AttendanceRollCallRecord, made when read."""

    def __init__(self, marks: Marks) -> None:
        """Index the sessions that have a mark; ids are stable when others lose theirs."""
        self._marks = marks
        self._where = np.flatnonzero(marks.codes != NO_MARK)

    def __len__(self) -> int:
        """Return the number of marks."""
        return len(self._where)

    @overload
    def __getitem__(self, place: int) -> dict[str, object]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, object]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, object] | list[dict[str, object]]:
        """Return one row, or a list of rows."""
        if isinstance(place, slice):
            return [self._row(int(cell)) for cell in self._where[place]]
        return self._row(int(self._where[place]))

    def __iter__(self) -> Iterator[dict[str, object]]:
        """Yield the rows in order of id."""
        return (self._row(int(cell)) for cell in self._where)

    def find(self, row_id: int) -> dict[str, object] | None:
        """Return the row of an id, None when there is none."""
        cell = row_id - self._marks.first_id
        inside = 0 <= cell < self._marks.codes.size and self._marks.codes.flat[cell] != NO_MARK
        return self._row(cell) if inside else None

    def _row(self, cell: int) -> dict[str, object]:
        pupil, slot = divmod(cell, self._marks.codes.shape[1])
        return {
            "id": self._marks.first_id + cell,
            "revision": self._marks.revision,
            "attendanceRollCall": _ROLL_CALLS[slot % 2],
            "recordDate": days.SCHOOL_DAYS[slot // 2],
            "student": Ref("Student", self._marks.pupils[pupil]),
            "attendanceMark": _MARKS[self._marks.codes[pupil, slot]],
            "minutesLate": None,
            "sourceAttendanceRecord": None,
            "validationError": None,
            "source": None,
        }


_ROLL_CALLS: Final = (Ref("AttendanceRollCall", "AM"), Ref("AttendanceRollCall", "PM"))
_MARKS: Final = tuple(Ref("AttendanceMark", word) for word in WORDS)
