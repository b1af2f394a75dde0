"""The synthetic trust: the entry point of the world.

    trust = make_trust()                        seven schools, about 2,800 pupils
    trust = make_trust(scale=TINY)              the same schools with 30 pupils each
    trust = make_trust(scale=BENCH)             25 schools of 1,000
    trust.school("900002").entities(as_of)      the Arbor store as recorded by that day
    trust.school("900002").on_the_day("2026-autumn")

Belongs here: putting the parts together. A school is made when first asked for, from the seed and its URN alone.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from simulator.world import building, days, marks, on_the_day, school_file, timeline, year
from simulator.world.days import Term
from simulator.world.entities import entities
from simulator.world.facts import Pupil
from simulator.world.lookups import Row
from simulator.world.marks import Marks
from simulator.world.registers import Registers
from simulator.world.schools import DEMO, Scale, SchoolIdentity, identities

SEED: Final = 20261001
_OTHERS_BEGIN: Final = 50
"""Index of the first school that is not one of `identities`: its numbers are its own."""


@dataclass(frozen=True)
class Contents:
    """Everything a school holds.

    Attributes:
        pupils: on roll, left, guests and joiners, in order of id.
        registers: the marks of each term.
        edits: which pupils each kind of edit after the autumn census day touched.
        faults: which pupil each seeded fault touched; none unless asked for.
        file_changes: what seeded faults do to the school file.

    """

    pupils: tuple[Pupil, ...]
    registers: Registers
    edits: Mapping[str, tuple[int, ...]]
    faults: Mapping[str, int] = field(default_factory=dict)
    file_changes: tuple[Callable[[school_file.Content], None], ...] = ()


@dataclass(frozen=True, eq=False)
class School:
    """One school of the trust; the same only as itself, since what it holds is made when asked for.

    Attributes:
        identity: its constants.
        index: its place in the trust.
        seed: of the trust.
        changed: contents to use in place of those the seed makes (seeded faults).

    """

    identity: SchoolIdentity
    index: int
    seed: int = SEED
    changed: Contents | None = None

    @property
    def urn(self) -> str:
        """The school's URN."""
        return self.identity.urn

    @cached_property
    def contents(self) -> Contents:
        """Make the school, once."""
        if self.changed is not None:
            return self.changed
        roll = building.build(self.identity, self.index, self.seed)
        first_id, revision = roll.counter.take(), roll.counter.tick()
        edits = timeline.record(roll)
        later = year.record(roll)
        pupils = tuple(place.pupil for place in roll.places)
        revisions = {days.SUMMER_2026: revision, **later.revisions}

        def draw(term: Term) -> Marks:
            return marks.draw(pupils, self.identity, term, self.seed, first_id, revisions[term])

        return Contents(pupils, Registers(draw), {**edits, **later.edits})

    @property
    def pupils(self) -> tuple[Pupil, ...]:
        """Every pupil the school has or had."""
        return self.contents.pupils

    @property
    def edits(self) -> Mapping[str, tuple[int, ...]]:
        """Pupil ids by kind of edit recorded after the autumn census day."""
        return self.contents.edits

    @property
    def faults(self) -> Mapping[str, int]:
        """Pupil ids by kind of seeded fault."""
        return self.contents.faults

    def pupil(self, pupil_id: int) -> Pupil:
        """Return one pupil; KeyError when the school has none of that id."""
        return {pupil.id: pupil for pupil in self.pupils}[pupil_id]

    def recorded_days(self) -> tuple[dt.date, ...]:
        """Return the days on which something was recorded, in order."""
        facts = (fact for pupil in self.pupils for kind in pupil.facts.values() for fact in kind)
        return tuple(sorted({fact.recorded for fact in facts}))

    def entities(self, as_of: dt.date) -> Mapping[str, Sequence[Row]]:
        """Return the Arbor store as recorded by the end of a day; see `entities`."""
        return entities(self.identity, self.pupils, self.contents.registers, as_of)

    def on_the_day(self, collection_key: str, as_of: dt.date | None = None) -> str:
        """Return the CSV of what is only known on census day; UPNs as known at the end of `as_of`, or of that day."""
        day = as_of or days.CENSUS_DAYS[collection_key]
        return on_the_day.on_the_day(self.identity.phase, self.pupils, collection_key, day)

    def school_file(self, collection_key: str, as_of: dt.date | None = None) -> str:
        """Return the TOML of what a school says of itself on census day; empty when that term asks for nothing."""
        day = as_of or days.CENSUS_DAYS[collection_key]
        content = school_file.school_file(self.identity, self.pupils, collection_key, day)
        for change in self.contents.file_changes if content else ():
            change(content)
        return school_file.written(content)

    def digest(self) -> str:
        """Return a SHA-256 over everything the school holds."""
        held = hashlib.sha256(self.contents.registers.of(days.SUMMER_2026).codes.tobytes())
        for pupil in self.pupils:
            held.update(repr(pupil).encode())
        return held.hexdigest()


@dataclass(frozen=True)
class Trust:
    """A trust of invented schools."""

    schools: tuple[School, ...]

    def school(self, urn: str) -> School:
        """Return one school; KeyError when there is none of that URN."""
        return {school.urn: school for school in self.schools}[urn]


def trust_of(*chosen: SchoolIdentity, seed: int = SEED) -> Trust:
    """Make a trust of other schools than the demo's, each as many pupils as it says."""
    return Trust(tuple(School(identity, _OTHERS_BEGIN + n, seed) for n, identity in enumerate(chosen)))


def make_trust(seed: int = SEED, scale: Scale = DEMO) -> Trust:
    """Make a trust; the same seed and scale give the same trust."""
    return Trust(tuple(School(identity, n, seed) for n, identity in enumerate(identities(scale))))
