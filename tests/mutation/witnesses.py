"""Returns on which a wrong rule gives itself away: those of the case table, and a fixed sample of generated ones.

Belongs here: what each return ought to say of each rule. Does not belong here: the rules, right or wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, Phase, given, seed, settings

from schemas.census.collection import Collection
from schemas.census.engine import PHASES, Active, discovered, mask_of
from schemas.census.view import Census, NoReference
from tests.oracle.evaluate import applies
from tests.oracle.reading import STATED
from tests.oracle.reading import Return as Rows
from tests.oracle.returns import Generated, returns
from tests.schemas.cases.base import REGISTERS, Return, frames
from tests.schemas.cases.table import CASES, Case
from tests.schemas.cases.terms import NAMES, base_return, collection_of

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Witness:
    """One return, read once, with what its rules ought to say.

    Attributes:
        fires: rules that find anything.
        masks: which rows they find; None where only whether they find any is known.

    """

    census: Census
    day: Collection
    fires: frozenset[str]
    masks: Mapping[str, Mask] | None = None

    def contradicts(self, active: Active) -> bool:
        """Say whether a rule finds anything else here than it ought to."""
        number, mark = active.mark.number, active.mark
        asked = mark.applies(self.day) and (self.census.phase in mark.phases or mark.phases == PHASES)
        if not asked:
            return number in self.fires
        try:
            found = mask_of(active, self.census)
        except NoReference:
            return number in self.fires
        if self.masks is None or number not in self.masks:
            return bool(found.any()) != (number in self.fires)
        return not np.array_equal(found, self.masks[number])


def of_cases() -> dict[str, list[Witness]]:
    """Return, for each rule, the failing and passing returns of its own cases, then those of all others."""
    bases = [_witness(base_return(base), collection_of(base), frozenset()) for base in NAMES]
    twins = {case: list(_twins(case)) for case in CASES}
    return {rule: [*_first(twins, rule), *bases] for rule in discovered()}


def _first(twins: Mapping[Case, list[Witness]], rule: str) -> Iterator[Witness]:
    for case in sorted(twins, key=lambda case: rule not in {case.rule, *case.also}):
        yield from twins[case]


def _twins(case: Case) -> Iterator[Witness]:
    day = collection_of(case.base)
    yield _witness(case.failing(), day, frozenset({case.rule, *case.also}))
    yield _witness(case.passing(), day, frozenset())


def _witness(rows: Return, day: Collection, fires: frozenset[str]) -> Witness:
    return Witness(Census(frames(rows), day, REGISTERS), day, fires)


def of_generated(count: int) -> list[Witness]:
    """Return as many generated returns, the same every time, each with the rows that the oracle finds in it."""
    return [_generated(each) for each in _sample(count)]


def _sample(count: int) -> list[Generated]:
    kept: list[Generated] = []

    @seed(2026)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(returns())
    def keep(generated: Generated) -> None:
        kept.append(generated)

    keep()
    return kept


def _generated(generated: Generated) -> Witness:
    made = generated.frames
    rows = Rows(made, generated.day, REGISTERS)
    judged = {
        stated.number: np.array([stated.fault(row, rows) for row in rows.tables[stated.on]], dtype=bool)
        for stated in STATED.values()
        if applies(stated, rows)
    }
    masks = {number: mask for number, mask in judged.items() if mask.any()}
    return Witness(Census(made, generated.day, REGISTERS), generated.day, frozenset(masks), masks)
