"""Returns on which a wrong rule gives itself away: those of the case table, and a fixed sample of generated ones.

Belongs here: what each return ought to say of each rule. Does not belong here: the rules, right or wrong.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings

from schemas.census.collection import Collection
from schemas.census.engine import PHASES, Active, mask_of
from schemas.census.view import Census, NoReference
from tests.oracle.evaluate import Key, name, oracle
from tests.oracle.reading import Row, rows_of
from tests.oracle.returns import Generated, returns
from tests.schemas.cases.base import REGISTERS, Return, frames
from tests.schemas.cases.table import CASES
from tests.schemas.cases.terms import NAMES, base_return, collection_of

Expected = Mapping[str, frozenset[Key]]


@dataclass(frozen=True)
class Witness:
    """One return, read once, with what its rules ought to find; `rows` is None where only whether counts."""

    census: Census
    day: Collection
    tables: Mapping[str, list[Row]]
    fires: frozenset[str]
    found: Expected | None = None

    def contradicts(self, active: Active) -> bool:
        """Say whether a rule finds anything else here than it ought to."""
        try:
            hits = self._hits(active)
        except NoReference:
            return False
        number = active.mark.number
        if self.found is None:
            return bool(hits) != (number in self.fires)
        return hits != self.found.get(number, frozenset())

    def _hits(self, active: Active) -> frozenset[Key]:
        mark = active.mark
        asked = self.census.phase in mark.phases or mark.phases == PHASES
        if not mark.applies(self.day) or not asked:
            return frozenset()
        rows = zip(self.tables[mark.on], mask_of(active, self.census), strict=False)
        return frozenset(name(mark.on, row) for row, hit in rows if hit)


def of_cases() -> dict[str, list[Witness]]:
    """Return, for each rule, its own failing and passing returns, then every base; each case stands for its own rule."""
    bases = [_witness(base_return(base), collection_of(base), frozenset()) for base in NAMES]
    own: defaultdict[str, list[Witness]] = defaultdict(list)
    for case in CASES:
        for rule in (case.rule, *case.also):
            own[rule] += _twins(case)
    return {rule: [*witnesses, *bases] for rule, witnesses in own.items()}


def _twins(case) -> Iterator[Witness]:
    day = collection_of(case.base)
    yield _witness(case.failing(), day, frozenset({case.rule, *case.also}))
    yield _witness(case.passing(), day, frozenset())


def _witness(rows: Return, day: Collection, fires: frozenset[str]) -> Witness:
    made = frames(rows)
    return Witness(Census(made, day, REGISTERS), day, {name: rows_of(frame) for name, frame in made.items()}, fires)


def of_generated(count: int) -> list[Witness]:
    """Return as many generated returns, the same every time, each with what the oracle finds in it."""
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
    made = generated.frames()
    found: defaultdict[str, set[Key]] = defaultdict(set)
    for rule, *key in oracle(made, generated.day, REGISTERS):
        found[rule].add((key[0], key[1]))
    tables = {name: rows_of(frame) for name, frame in made.items()}
    return Witness(
        Census(made, generated.day, REGISTERS), generated.day, tables, frozenset(found),
        {rule: frozenset(keys) for rule, keys in found.items()},
    )  # fmt: skip
