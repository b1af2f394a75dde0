"""Generated returns: any term, any phase, some pupils with everything that hangs on them, a few things spoiled.

Belongs here: the Hypothesis strategy and how a return is spoiled. A return starts out plausible and is then spoiled in
a few places, so that most rules are quiet in most returns and each has a real chance to speak. Hypothesis chooses how
many pupils and faults there are, and so shrinks a failing return to the first fault that matters; what they are is left
to chance alone, because its own choices repeat themselves and would leave half of the rules unheard.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from hypothesis import strategies as st

from schemas.census.collection import COLLECTIONS, Collection
from schemas.census.tables import CENSUS
from tests.oracle.pupils import Row, Rows, parts_of, pupil
from tests.oracle.reading import ALL, age_on
from tests.oracle.school import header, school, school_blocks
from tests.oracle.values import CHANGEABLE, values_of
from tests.schemas.cases.base import frames

MOST_PUPILS = 48
FAULTS_A_PUPIL = 6
ALONE = {"header", "school", "pupil"}
PARENTS = {"session_detail": "attendance", "learning_aim": "programme_aim", "work_placement": "learning_aim"}
JOINS = ("pupil_id", "period", "programme_id", "aim_id")
FRESH: dict[str, tuple[Row, ...]] = {
    "attendance": ({"period": "term"}, {"period": "half_term_2"}),
    "appeals": ({"kind": "secondary"}, {"kind": "infant"}),
    "programme_aim": ({"programme_id": "p0"},),
    "learning_aim": ({"aim_id": "a0"},),
}
"""What a new row must say of itself, where it must say anything."""
Fault = Callable[[Random, Rows, Collection], None]


@dataclass(frozen=True)
class Generated:
    """A return and the collection it is for."""

    day: Collection
    rows: Rows

    @cached_property
    def frames(self) -> dict[str, Any]:
        return frames(self.rows)

    @property
    def pupils(self) -> int:
        return len(self.rows["pupil"])


@st.composite
def returns(draw: st.DrawFn) -> Generated:
    day, phase = draw(st.sampled_from(list(COLLECTIONS.values()))), draw(st.sampled_from(sorted(ALL)))
    pupils = draw(st.integers(1, MOST_PUPILS))
    faults = draw(st.integers(0, pupils * FAULTS_A_PUPIL))
    rows = _valid(draw(st.randoms(use_true_random=True)), day, phase, pupils)
    chance = draw(st.randoms(use_true_random=True))
    for _ in range(faults):
        chance.choice(FAULTS)(chance, rows, day)
    for each in rows["pupil"]:
        each["age"] = age_on(day.age_date, each["dob"])
        each["attendance_age"] = age_on(day.attendance_age_date, each["dob"])
    return Generated(day, rows)


def _valid(chance: Random, day: Collection, phase: str, pupils: int) -> Rows:
    rows: Rows = {name: [] for name in CENSUS} | school_blocks(chance, phase, day, pupils)
    rows |= {"header": [header(day)], "school": [school(phase, day)]}
    for number in range(1, pupils + 1):
        made = pupil(chance, number, phase, day)
        rows["pupil"].append(made)
        for name, part in parts_of(chance, made, phase, day).items():
            rows[name] += part
    return rows


def _change(chance: Random, rows: Rows, day: Collection) -> None:
    """Empty a cell, or give it another row's value, or any that its column may be given."""
    table = chance.choice([name for name, found in rows.items() if found for _ in CHANGEABLE[name]])
    row, column = chance.choice(rows[table]), chance.choice(CHANGEABLE[table])
    row[column] = chance.choice(values_of(table, column, day, row))


def _copy(chance: Random, rows: Rows, _: Collection) -> None:
    """Give a cell the value of another row of its table."""
    table = chance.choice([name for name, found in rows.items() if found and CHANGEABLE[name]])
    row, other = chance.choice(rows[table]), chance.choice(rows[table])
    column = chance.choice(CHANGEABLE[table])
    row[column] = other.get(column)


def _twin(chance: Random, rows: Rows, _: Collection) -> None:
    """Give a pupil the name, sex and birthday of another."""
    one, other = chance.choice(rows["pupil"]), chance.choice(rows["pupil"])
    one |= {column: other[column] for column in ("surname", "forename", "sex", "dob")}


def _repeat(chance: Random, rows: Rows, _: Collection) -> None:
    """Report a row twice; not one that others hang on."""
    if tables := [name for name, found in rows.items() if found and not CENSUS[name].key and name not in ALONE]:
        table = chance.choice(tables)
        rows[table].append(dict(chance.choice(rows[table])))


def _lose(chance: Random, rows: Rows, _: Collection) -> None:
    """Lose a row, and the rows that hang on it."""
    if tables := [name for name, found in rows.items() if found and name not in ALONE]:
        table = chance.choice(tables)
        rows[table].pop(chance.randrange(len(rows[table])))
        for child, parent in PARENTS.items():
            held = {_key(parent, row) for row in rows[parent]}
            rows[child] = [row for row in rows[child] if _key(parent, row) in held]


def _add(chance: Random, rows: Rows, day: Collection) -> None:
    """Report a row that says next to nothing of somebody, wanted or not."""
    table = chance.choice([name for name in CENSUS if name not in ALONE])
    owners = rows[PARENTS.get(table, "pupil")]
    if not owners:
        return
    named = {join: value for join, value in chance.choice(owners).items() if join in JOINS and join in CENSUS[table]}
    row = named | chance.choice(FRESH.get(table, ({},)))
    if CENSUS[table].key and _key(table, row) in {_key(table, other) for other in rows[table]}:
        return
    rows[table].append(row)
    for column in chance.sample(CHANGEABLE[table], len(CHANGEABLE[table]) // 2):
        row[column] = chance.choice(values_of(table, column, day, row))


def _key(table: str, row: Row) -> tuple[Any, ...]:
    return tuple(row[column] for column in CENSUS[table].key)


FAULTS: tuple[Fault, ...] = (_change,) * 20 + (_copy, _twin, _repeat, _lose, _add)
