"""Faults of registers, suspensions and exclusions.

Belongs here: mistakes in what happened in the reported term; the days follow the census that is spoilt.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from simulator.world import days
from simulator.world.facts import Pupil, Suspension
from simulator.world.spoiling import Draft, Fault, Spoil, of_school_age

_FIRST_DAY: Final = {
    days.SUMMER_2026: dt.date(2026, 6, 16),
    days.AUTUMN_2026: dt.date(2026, 11, 17),
    days.SPRING_2027: dt.date(2027, 2, 9),
}
_LATER_DAY: Final = {
    days.SUMMER_2026: dt.date(2026, 7, 6),
    days.AUTUMN_2026: dt.date(2026, 12, 7),
    days.SPRING_2027: dt.date(2027, 3, 1),
}
"""Days in the reported term; in the summer term both are in its second half."""

_DAY: Final = dt.timedelta(days=1)


def _suspend(category: str, reasons: tuple[str, ...], sessions: int = 4) -> Spoil:
    def spoil(draft: Draft, pupil: Pupil) -> None:
        first = _FIRST_DAY[draft.term]
        draft.add(pupil, "suspension", Suspension(category, sessions, reasons), first, first + _DAY)
        if category == "SUSP":
            draft.mark(pupil, draft.term.slots(first, first + _DAY), "E")

    return spoil


def _without_mark(draft: Draft, pupil: Pupil) -> None:
    day = _LATER_DAY[draft.term]
    draft.add(pupil, "suspension", Suspension("SUSP", 2, ("DB",)), day, day)


def _suspend_twice(draft: Draft, pupil: Pupil) -> None:
    spoil = _suspend("SUSP", ("DB",))
    spoil(draft, pupil)
    spoil(draft, pupil)


def _suspend_for_long(draft: Draft, pupil: Pupil) -> None:
    """Suspend three times for more than 45 days in all, each of which is allowed."""
    first = _FIRST_DAY[draft.term]
    for week in range(3):
        day = first + dt.timedelta(days=week)
        draft.add(pupil, "suspension", Suspension("SUSP", 40, ("DB",)), day, day)
        draft.mark(pupil, draft.term.slots(day, day), "E")


def _suspend_before_joining(draft: Draft, pupil: Pupil) -> None:
    """Say that a pupil who was suspended joined only afterwards."""
    _suspend("SUSP", ("DB",))(draft, pupil)
    draft.change(pupil, "enrolment", start=_FIRST_DAY[draft.term] + 2 * _DAY)
    draft.mark(pupil, draft.term.slots(_LATER_DAY[draft.term], _LATER_DAY[draft.term]), "E")


def _mark(slots: slice, symbol: str | None) -> Spoil:
    return lambda draft, pupil: draft.mark(pupil, slots, symbol)


def _none_possible(draft: Draft, pupil: Pupil) -> None:
    """Close the school to a pupil for the whole term, in autumn for its first half."""
    last = days.FIRST_HALF[1] if draft.term is days.SUMMER_2026 else draft.term.days[-1]
    draft.mark(pupil, draft.term.slots(draft.term.days[0], last), "Y4")


def _away(draft: Draft, pupil: Pupil) -> None:
    """Let a pupil be away two thirds of the term; in autumn only its second half has so few sessions attended."""
    first = days.SECOND_HALF[0] if draft.term is days.SUMMER_2026 else draft.term.days[0]
    slots = draft.term.slots(first, draft.term.days[-1])
    draft.mark(pupil, slice(slots.start, slots.start + (slots.stop - slots.start) * 2 // 3), "O")


FAULTS: Final[Mapping[str, Fault]] = {
    "suspension reason": Fault(("L-exclusion-reason",), _suspend("SUSP", ("OT",)), of_school_age),
    "suspension reason missing": Fault(("L-exclusion-reason",), _suspend("SUSP", ()), of_school_age),
    "suspension reason twice": Fault(("L-exclusion-reason-repeated",), _suspend("SUSP", ("DB", "DB")), of_school_age),
    "suspension without E": Fault(("2485",), _without_mark, of_school_age),
    "lunch sessions": Fault(("L-exclusion-lunch-sessions",), _suspend("LNCH", ("DB",), 3), of_school_age),
    "attendance missing": Fault(("2500",), _mark(slice(None), None), of_school_age),
    "attendance code": Fault(("L-attendance-code", "L-attendance-sum"), _mark(slice(4, 6), "@"), of_school_age),
    "attendance none possible": Fault(("2502Q",), _none_possible, of_school_age),
    "suspension twice": Fault(("L-exclusion-repeated",), _suspend_twice, of_school_age),
    "suspension of no session": Fault(("L-exclusion-sessions",), _suspend("SUSP", ("DB",), 0), of_school_age),
    "suspension of more sessions than allowed": Fault(
        ("L-exclusion-sessions", "L-exclusion-total"), _suspend("SUSP", ("DB",), 92), of_school_age
    ),
    "suspensions of more than 45 days": Fault(("L-exclusion-total",), _suspend_for_long, of_school_age),
    "suspension before joining": Fault(("L-exclusion-before-entry",), _suspend_before_joining, of_school_age),
    "attendance code of the second half": Fault(
        ("2572", "2574", "L-attendance-sum"), _mark(slice(-6, -4), "@"), of_school_age, "A"
    ),
    "not required at school age": Fault(("L-attendance-x",), _mark(slice(10, 14), "X"), of_school_age),
    "mostly away": Fault(("L-attendance-half-absent",), _away, of_school_age),
    "leaver without attendance": Fault(("2510",), _mark(slice(None), None), of_school_age, off_roll=True),
}
"""Faults of registers and suspensions, by name."""
