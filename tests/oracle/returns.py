"""Generated returns: any term, any phase, one to eight pupils with everything that hangs on them, a few things spoiled.

Belongs here: Hypothesis strategies. A return starts out plausible and is then spoiled in a few places, so that most
rules are quiet in most returns and each has a real chance to speak; a failing example shrinks to the one spoiled place.
"""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from schemas.census.collection import COLLECTIONS, Collection
from schemas.census.tables import CENSUS
from tests.oracle.pupils import Rows, attendance, parts_of, pupil
from tests.oracle.reading import ALL, age_on
from tests.oracle.school import header, school, school_blocks
from tests.oracle.values import CHANGEABLE, values_of
from tests.schemas.cases.base import frames

MOST_PUPILS, MOST_FAULTS = 8, 30
PUPIL_WEIGHT = 5  # the pupil table has half of all columns
REPEATABLE = (
    "fsm_period", "funding_basis", "learner_fam", "learner_support", "sen_need", "exclusion", "session_detail",
    "ap_placement", "school_class", "childcare",
)  # fmt: skip
REMOVABLE = (*REPEATABLE, "appeals", "reconciliation", "special_school", "special_school_type", "learning_aim")


@dataclass(frozen=True)
class Generated:
    """A return and the collection it is for."""

    day: Collection
    rows: Rows

    def frames(self) -> dict[str, Any]:
        return frames(self.rows)

    @property
    def pupils(self) -> int:
        return len(self.rows["pupil"])


@st.composite
def returns(draw: st.DrawFn) -> Generated:
    day = draw(st.sampled_from(list(COLLECTIONS.values())))
    phase = draw(st.sampled_from(sorted(ALL)))
    numbers = range(1, draw(st.integers(1, MOST_PUPILS)) + 1)
    rows: Rows = {name: [] for name in CENSUS}
    rows["header"], rows["school"] = [header(day)], [school(phase, day)]
    for name, block in school_blocks(draw, phase, day, len(numbers)).items():
        rows[name] = block
    for number in numbers:
        made = draw(pupil(number, phase, day))
        rows["pupil"].append(made)
        for name, part in {**attendance(made, day, phase), **draw(parts_of(made, phase, day))}.items():
            rows[name] += part
    for _ in range(draw(st.integers(0, MOST_FAULTS))):
        _spoil(draw, rows, day)
    for each in rows["pupil"]:
        each["age"] = age_on(day.age_date, each["dob"])
        each["attendance_age"] = age_on(day.attendance_age_date, each["dob"])
    return Generated(day, rows)


def _spoil(draw: st.DrawFn, rows: Rows, day: Collection) -> None:
    """Change a value, or report a row twice, or lose one."""
    draw(st.sampled_from([_change, _change, _change, _change, _repeat, _lose]))(draw, rows, day)


def _change(draw: st.DrawFn, rows: Rows, day: Collection) -> None:
    held = [name for name, found in rows.items() if found and CHANGEABLE[name]]
    table = draw(st.sampled_from([*held, *["pupil"] * PUPIL_WEIGHT]))
    row = draw(st.sampled_from(rows[table]))
    column = draw(st.sampled_from(CHANGEABLE[table]))
    others = [other.get(column) for other in rows[table] if other is not row]
    row[column] = draw(st.sampled_from([*values_of(table, column, day, row), *others]))


def _repeat(draw: st.DrawFn, rows: Rows, _: Collection) -> None:
    if tables := [name for name in REPEATABLE if rows[name]]:
        table = draw(st.sampled_from(tables))
        rows[table].append(dict(draw(st.sampled_from(rows[table]))))


def _lose(draw: st.DrawFn, rows: Rows, _: Collection) -> None:
    if tables := [name for name in REMOVABLE if rows[name]]:
        table = draw(st.sampled_from(tables))
        rows[table].pop(draw(st.integers(0, len(rows[table]) - 1)))
