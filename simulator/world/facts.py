"""What the world knows of a pupil: values that hold from a day to a day, each with the day it was recorded.

Belongs here: the types and nothing of any school. A `Fact` is one version of one row of the MIS; an edit is a later
version with the same id, and a withdrawal closes the last version. `Pupil.on(kind, as_of)` is what the MIS
would show by the end of a day.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple


class Person(NamedTuple):
    """Who the pupil is; undated."""

    surname: str | None
    forename: str
    middle: str | None
    preferred_surname: str | None
    preferred_forename: str | None
    sex: str | None
    dob: dt.date


class Attainment(NamedTuple):
    """GCSE mathematics or English before post-16 study."""

    grade: str
    year11: str
    exemption: str
    previous: str | None


class Details(NamedTuple):
    """What the MIS holds undated of a student."""

    uln: str | None = None
    nhs_number: str | None = None
    ethnicity: str = "WBRI"
    language: str | None = "ENG"
    yssa: str | None = None
    funded: str | None = None
    extended: str | None = None
    expanded: str | None = None
    at_setting: str | None = None
    eligibility_code: str | None = None
    maths: Attainment | None = None
    english: Attainment | None = None
    t_level_eep: int | None = None
    service: str | None = None
    employed: str | None = None
    ethnicity_source: str | None = None
    home_la: str | None = None


class Enrolment(NamedTuple):
    """A spell on roll; its dates are the fact's. `destination` is an institution's number, `goes` its kind."""

    reason: str | None = None
    ground: str | None = None
    destination: int | None = None
    goes: str = "SCHOOL"
    ap_reason: str | None = None
    previous_school: int | None = None


class Year(NamedTuple):
    """One academic year of a pupil."""

    code: str
    nc_year: str
    form: str
    status: str
    pattern: str
    hours: tuple[int, int, int | None] | None = None


class Sen(NamedTuple):
    """SEN provision."""

    provision: str
    unit: bool = False
    resourced: bool = False


class Need(NamedTuple):
    """One SEN need."""

    kind: str
    rank: int


class Address(NamedTuple):
    """A postal address as Arbor holds it: three lines, town, county."""

    line1: str
    line2: str | None
    line3: str | None
    town: str
    county: str | None
    postcode: str | None
    uprn: str | None


class Fsm(NamedTuple):
    """A free school meal eligibility."""

    category: str
    verified: dt.date | None


class Care(NamedTuple):
    """Looked after now, or how the pupil left care."""

    code: str
    la_number: str | None


class Suspension(NamedTuple):
    """A suspension or exclusion; its days are the fact's."""

    category: str
    sessions: int
    reasons: tuple[str, ...]


class Programme(NamedTuple):
    """A post-16 programme."""

    course: str
    prog_type: str
    planned_end: dt.date
    status: str = "CONTINUING"
    withdrawal: str | None = None


class Placement(NamedTuple):
    """A T level industry placement."""

    start: dt.date
    end: dt.date
    hours: int
    mode: int


class Aim(NamedTuple):
    """A learning aim of the programme with the same course."""

    course: str
    award: str
    planned_end: dt.date
    status: str
    withdrawal: str | None
    core: bool
    placement: Placement | None = None


class Elsewhere(NamedTuple):
    """A placement in alternative provision that the school arranged."""

    institution: int | None
    company: int | None
    setting_type: str | None
    reason: str
    pattern: str
    sessions: int


class Guardian(NamedTuple):
    """A parent or carer."""

    title: str
    forename: str
    surname: str
    relationship: str
    responsible: bool
    priority: int
    email: str | None
    phone: str | None
    note: str | None
    address: Address | None
    middle: str | None = None
    phone2: str | None = None
    dob: dt.date | None = None
    nino: str | None = None
    nass: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One recorded version of a row.

    Attributes:
        id: of the row; the ids up to the next fact's are free for rows made of the same fact.
        revision: order of recording.
        value: one of the types above, or a code.
        start: first day it holds, None where it is undated.
        end: last day it holds, None while open.
        recorded: day it was entered.
        withdrawn: day a later version replaced it, or it was deleted.

    """

    id: int
    revision: int
    value: Any
    start: dt.date | None
    end: dt.date | None
    recorded: dt.date
    withdrawn: dt.date | None = None

    def known(self, as_of: dt.date) -> bool:
        """Say whether the MIS shows this version at the end of a day."""
        return self.recorded <= as_of and (self.withdrawn is None or as_of < self.withdrawn)

    def holds(self, day: dt.date) -> bool:
        """Say whether the value holds on a day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


_ASIDE: Final = 500_000


class Counter:
    """Ids and revisions of one school."""

    def __init__(self, school_index: int) -> None:
        """Start a block that no other school of the trust shares."""
        self._id = (school_index + 1) * 1_000_000
        self._aside = self._id + _ASIDE
        self.revision = 0

    def take(self, rows: int = 1) -> int:
        """Take ids for so many rows and return the first."""
        first = self._id + 1
        self._id += rows
        return first

    def take_aside(self, rows: int = 1) -> int:
        """Take ids of the block for what no census asks, so that the ids of all else do not depend on it."""
        first = self._aside + 1
        self._aside += rows
        return first

    def tick(self) -> int:
        """Return the next revision."""
        self.revision += 1
        return self.revision


@dataclass(slots=True)
class Pupil:
    """One pupil of one school: every version of every fact, by kind."""

    id: int
    facts: dict[str, list[Fact]] = field(default_factory=dict)

    def on(self, kind: str, as_of: dt.date) -> Iterator[Fact]:
        """Yield the facts of a kind that the MIS shows at the end of a day."""
        return (fact for fact in self.facts.get(kind, ()) if fact.known(as_of))

    def one(self, kind: str, as_of: dt.date) -> Fact:
        """Return the only fact of an undated kind."""
        return next(self.on(kind, as_of))

    def last(self, kind: str) -> Fact:
        """Return the version recorded last."""
        return self.facts[kind][-1]


class Recorder:
    """Writes facts of a school's pupils in the order of recording."""

    def __init__(self, counter: Counter, recorded: dt.date) -> None:
        """Write as on a day."""
        self.counter = counter
        self.recorded = recorded

    def pupil(self) -> Pupil:
        """Open a pupil with an id of its own."""
        return Pupil(self.counter.take())

    def add(
        self,
        pupil: Pupil,
        kind: str,
        value: Any,  # noqa: ANN401
        start: dt.date | None = None,
        end: dt.date | None = None,
        rows: int = 1,
    ) -> Fact:
        """Record a new row."""
        return self._record(pupil, kind, Fact(self.counter.take(rows), 0, value, start, end, self.recorded))

    def note(
        self,
        pupil: Pupil,
        kind: str,
        value: Any,  # noqa: ANN401
        start: dt.date | None = None,
        end: dt.date | None = None,
        rows: int = 1,
    ) -> Fact:
        """Record a new row of something that no census asks."""
        return self._record(pupil, kind, Fact(self.counter.take_aside(rows), 0, value, start, end, self.recorded))

    def _record(self, pupil: Pupil, kind: str, fact: Fact) -> Fact:
        kept = replace(fact, revision=self.counter.tick())
        pupil.facts.setdefault(kind, []).append(kept)
        return kept

    def edit(self, pupil: Pupil, kind: str, old: Fact, **changes: Any) -> Fact:  # noqa: ANN401
        """Record a later version of a row."""
        new = replace(old, revision=self.counter.tick(), recorded=self.recorded, **changes)
        self.withdraw(pupil, kind, old)
        pupil.facts[kind].append(new)
        return new

    def withdraw(self, pupil: Pupil, kind: str, old: Fact) -> None:
        """Take a row out of the MIS."""
        versions = pupil.facts[kind]
        versions[versions.index(old)] = replace(old, withdrawn=self.recorded)
