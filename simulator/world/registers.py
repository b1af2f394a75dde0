"""The registers of a school: the marks of each term, drawn when somebody first asks for them.

Belongs here: which term's marks exist on a day, and marks changed by a seeded fault. A term's marks show once the term
has ended: a census reports the term before, so nobody asks for one that is running, and the world of census day in
autumn stays small.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.world import days
from simulator.world.days import Term
from simulator.world.marks import Marks


@dataclass(frozen=True)
class Registers:
    """The marks of one school by term.

    Attributes:
        draw: draws the marks of a term.
        drawn: those drawn so far, or changed.

    """

    draw: Callable[[Term], Marks]
    drawn: dict[Term, Marks] = field(default_factory=dict)

    def of(self, term: Term) -> Marks:
        """Return the marks of a term."""
        if term not in self.drawn:
            self.drawn[term] = self.draw(term)
        return self.drawn[term]

    def shown(self, as_of: dt.date) -> tuple[Marks, ...]:
        """Return the marks that the MIS shows by the end of a day, oldest first."""
        return tuple(self.of(term) for term in days.TERMS if term.days[-1] <= as_of)

    def with_code(self, term: Term, pupil_id: int, slots: slice, symbol: str | None) -> "Registers":
        """Return registers in which some sessions of a pupil carry another symbol, or none."""
        return Registers(self.draw, {**self.drawn, term: self.of(term).with_code(pupil_id, slots, symbol)})
