"""What seeded faults are made of: a school being spoilt, the kinds of fault, and who can have one.

Belongs here: what every topic of faults needs. The faults are `faults_<topic>`, their list and how they are asked for
is `faults`.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from simulator.world import days
from simulator.world.days import Term
from simulator.world.facts import Fact, Pupil
from simulator.world.registers import Registers
from simulator.world.school_file import Content
from simulator.world.schools import SchoolIdentity
from simulator.world.trust import School

EVERY_TERM: Final = "ASU"
ALL_PHASES: Final = frozenset({"NS", "PS", "MS", "SS", "AT", "SP", "PR"})
REGISTERED: Final = ALL_PHASES - {"NS"}
"""Phases whose attendance, suspensions and leavers are collected."""

REPORTED: Final = {
    "2026-autumn": days.SUMMER_2026,
    "2027-spring": days.AUTUMN_2026,
    "2027-summer": days.SPRING_2027,
}
"""The term whose registers each collection reports; autumn reports it in two halves."""

_LEFT_SINCE: Final = {
    "2026-autumn": days.SUMMER_TERM[0],
    "2027-spring": days.THIS_YEAR[0],
    "2027-summer": days.SPRING_2027.days[0],
}
_COMPULSORY: Final = range(5, 16)


@dataclass(slots=True)
class Draft:
    """A school being spoilt.

    Attributes:
        school: as it was.
        collection: key of the census that is to be spoilt.
        identity: its constants, to be replaced.
        pupils: copies, to be changed.
        registers: its marks, to be replaced.
        spare: the last id in use.
        touched: pupil id by fault.
        file_changes: what is to be done to the school file.

    """

    school: School
    collection: str
    identity: SchoolIdentity
    pupils: list[Pupil]
    registers: Registers
    spare: int
    touched: dict[str, int]
    file_changes: list[Callable[[Content], None]] = field(default_factory=list)

    @property
    def day(self) -> dt.date:
        """Census day."""
        return days.CENSUS_DAYS[self.collection]

    @property
    def term(self) -> Term:
        """The term whose registers the census reports."""
        return REPORTED[self.collection]

    def change(self, pupil: Pupil, kind: str, **changes: Any) -> None:  # noqa: ANN401
        """Change every version of a kind of fact."""
        pupil.facts[kind] = [replace(fact, **changes) for fact in pupil.facts[kind]]

    def value(self, pupil: Pupil, kind: str, **changes: Any) -> None:  # noqa: ANN401
        """Change parts of the value of every version of a kind of fact."""
        pupil.facts[kind] = [replace(fact, value=fact.value._replace(**changes)) for fact in pupil.facts[kind]]

    def add(self, pupil: Pupil, kind: str, value: Any, start: dt.date | None, end: dt.date | None = None) -> None:  # noqa: ANN401
        """Add a fact that was there from the start."""
        self.spare += 4
        pupil.facts.setdefault(kind, []).append(Fact(self.spare, 1, value, start, end, days.RECORDED))

    def mark(self, pupil: Pupil, slots: slice, symbol: str | None) -> None:
        """Put another symbol, or none, in some sessions of the reported term."""
        self.registers = self.registers.with_code(self.term, pupil.id, slots, symbol)


Spoil: TypeAlias = Callable[[Draft, Pupil], None]
Fits: TypeAlias = Callable[[School, Pupil], bool]


def anyone(_: School, __: Pupil) -> bool:
    """Say that every pupil can have the fault."""
    return True


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of mistake about one pupil.

    Attributes:
        rules: those that should find it, first the one it is meant for; none where the item is rightly not returned.
        spoil: makes the mistake.
        fits: says which pupils can have it.
        terms: censuses that find it: A autumn, S spring, U summer.
        off_roll: whether it is made of a pupil who has left.

    """

    rules: tuple[str, ...]
    spoil: Spoil
    fits: Fits = anyone
    terms: str = EVERY_TERM
    off_roll: bool = False


@dataclass(frozen=True, slots=True)
class SchoolFault:
    """One kind of mistake about a school as a whole.

    Attributes:
        rules: those that should find it.
        spoil: makes the mistake.
        phases: kinds of school that can have it.
        terms: censuses that find it.

    """

    rules: tuple[str, ...]
    spoil: Callable[[Draft], None]
    phases: frozenset[str] = ALL_PHASES
    terms: str = EVERY_TERM


def free(draft: Draft, *, off_roll: bool = False) -> Iterator[Pupil]:
    """Yield pupils whom no fault has touched: on roll throughout and left alone by the office, or lately gone."""
    taken = set(draft.touched.values())
    if not off_roll:
        taken.update(pupil_id for ids in draft.school.edits.values() for pupil_id in ids)
    for pupil in draft.pupils:
        spell, year = pupil.last("enrolment"), pupil.last("year").value
        fitting = spell.end is None if not off_roll else _reported_leaver(draft, pupil, spell)
        if pupil.id not in taken and fitting and year.status == "C":
            yield pupil


def _reported_leaver(draft: Draft, pupil: Pupil, spell: Fact) -> bool:
    left = spell.end is not None and _LEFT_SINCE[draft.collection] < spell.end < draft.day
    known = spell.recorded <= draft.day
    return left and known and all_term(draft.school, pupil) and not {"suspension", "elsewhere"} & pupil.facts.keys()


def age(pupil: Pupil) -> int:
    """Return the age on which year groups hang."""
    return days.age_on(pupil.last("person").value.dob, days.AGE_DAY)


def all_term(_: School, pupil: Pupil) -> bool:
    """Say whether the pupil was there for the whole of the earliest term reported."""
    start = pupil.last("enrolment").start
    return start is not None and start < days.SUMMER_TERM[0]


def of_school_age(school: School, pupil: Pupil) -> bool:
    """Say whether registers are kept of the pupil, and nothing has happened to them."""
    plain = not {"suspension", "boarding", "elsewhere"} & pupil.facts.keys()
    return school.identity.phase != "NS" and age(pupil) in _COMPULSORY and plain and all_term(school, pupil)


def having(kind: str) -> Fits:
    """Return the test whether the pupil has any fact of a kind."""
    return lambda _, pupil: kind in pupil.facts


def both(*tests: Fits) -> Fits:
    """Return the test whether all hold."""
    return lambda school, pupil: all(test(school, pupil) for test in tests)


def set_value(kind: str, **changes: Any) -> Spoil:  # noqa: ANN401
    """Return the mistake that changes parts of every value of a kind."""
    return lambda draft, pupil: draft.value(pupil, kind, **changes)


def drop(*kinds: str) -> Spoil:
    """Return the mistake that forgets every fact of some kinds."""

    def spoil(_: Draft, pupil: Pupil) -> None:
        for kind in kinds:
            pupil.facts.pop(kind, None)

    return spoil


def add(kind: str, value: Any, start: dt.date | None, end: dt.date | None = None) -> Spoil:  # noqa: ANN401
    """Return the mistake that adds a fact."""
    return lambda draft, pupil: draft.add(pupil, kind, value, start, end)
