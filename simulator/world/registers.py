"""The registers of a school: the marks of each term, drawn when somebody first asks for them.

Belongs here: which marks exist on a day, and marks changed by a seeded fault. A census reports the terms before; who
asks for the running term (absence and sickness returns, a transfer file) gets it up to the day.
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
        closed = [self.of(term) for term in days.TERMS if term.days[-1] <= as_of]
        running = [self.of(term) for term in days.TERMS if term.days[0] <= as_of < term.days[-1]]
        return (*closed, *(marks.until(as_of, closed[-1].revision) for marks in running if closed))

    def with_code(self, term: Term, pupil_id: int, slots: slice, symbol: str | None) -> "Registers":
        """Return registers in which some sessions of a pupil carry another symbol, or none."""
        return Registers(self.draw, {**self.drawn, term: self.of(term).with_code(pupil_id, slots, symbol)})
