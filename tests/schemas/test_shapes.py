"""Every item of the layout has its shapes, each shape is found when it is broken, and nothing is reported twice."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import pandas as pd
import pytest

from schemas.census.catalogue import catalogue
from schemas.census.engine import active_in, mask_of
from schemas.census.layout import layout
from schemas.census.shapes import Demand, Place, Shape, all_shapes, rule_name, shapes, superseded
from schemas.census.tables import CENSUS
from schemas.census.view import Census
from schemas.codesets import codes
from schemas.table import Kind
from tests.schemas.cases.base import REGISTERS, Return, Row, frames
from tests.schemas.cases.terms import NAMES, base_return, collection_of

YEAR = "2026-27"
CATALOGUE = catalogue(YEAR)
MADE = shapes(YEAR)
SUPERSEDED = {(each.field, each.demand): each for each in superseded(YEAR)}
LEFT_OUT = [each for each in all_shapes(YEAR) if (each.field, each.demand) in SUPERSEDED]
A_FEW = 2  # rows of each base return that are tried
SUMS = {"1000"}  # upset by any other figure, right or wrong
ENOUGH = 4  # rows in which a rule must stand for a shape
GIVEN: dict[Kind, Any] = {
    Kind.TEXT: "1", Kind.DATE: dt.date(2026, 9, 10), Kind.BOOLEAN: False, Kind.INTEGER: 1, Kind.DECIMAL: 0.0,
}  # fmt: skip


FRESH: dict[str, Row] = {
    "attendance": {"period": "term"},
    "session_detail": {"period": "term"},
    "programme_aim": {"programme_id": "p0"},
    "learning_aim": {"programme_id": "p0", "aim_id": "a0"},
    "work_placement": {"aim_id": "a0"},
    "appeals": {"kind": "secondary"},
}


@dataclass(frozen=True)
class Home:
    """A base return and the row of a table in which something is broken; past the last row is a new one."""

    base: str
    row: int
    fresh: tuple[tuple[str, Any], ...] = ()

    def rows_of(self, table: str) -> tuple[Return, Row]:
        rows = base_return(self.base)
        found = rows.setdefault(table, [])
        if self.row == len(found):
            found.append(dict(self.fresh))
            if table == "learning_aim":
                rows.setdefault("programme_aim", []).append({"programme_id": "p0", "pupil_id": found[-1]["pupil_id"]})
        return rows, found[self.row]


@cache
def valid(base: str) -> dict[str, pd.DataFrame]:
    return frames(base_return(base))


@cache
def homes(table: str) -> tuple[Home, ...]:
    """Every row of a table in every base return, and a new row of each pupil."""
    return tuple(home for base in NAMES for home in _homes(table, base))


def _homes(table: str, base: str) -> Iterator[Home]:
    rows = base_return(base)
    there = len(rows.get(table, []))
    yield from (Home(base, number) for number in range(there))
    if table in {"header", "school", "pupil"}:
        return
    new = FRESH.get(table, {})
    owners = [{"pupil_id": row["pupil_id"]} for row in rows["pupil"]] if "pupil_id" in CENSUS[table] else [{}]
    yield from (Home(base, there, tuple((owner | new).items())) for owner in owners)


@cache
def standing(home: Home, table: str) -> tuple[str, str, str | None, Row]:
    """Term, phase and section of a row, and the row."""
    rows, row = home.rows_of(table)
    sections = {each["pupil_id"]: each["section"] for each in rows["pupil"]}
    return collection_of(home.base).term, home.base[:2], sections.get(row.get("pupil_id", "")), row


def collected(places: Iterable[Place], home: Home, table: str) -> bool:
    term, phase, section, row = standing(home, table)
    return any(
        term in place.terms
        and phase in place.phases
        and place.section in {None, section}
        and (place.filter is None or row.get(place.filter.column) == place.filter.value)
        for place in places
    )


def breakable(shape: Shape, home: Home) -> bool:
    match shape.demand:
        case Demand.NOT_COLLECTED:
            apart = shape.column is None or collected(shape.block, home, shape.table)
            return apart and not collected(shape.places, home, shape.table)
        case Demand.MISSING:
            return collected((place for place in shape.places if place.required), home, shape.table)
        case _:
            return collected(shape.places, home, shape.table)


def places_to_break(shape: Shape) -> Iterator[Home]:
    """A few rows of each base return in which the shape can be broken."""
    for base in NAMES:
        fitting = (home for home in homes(shape.table) if home.base == base and breakable(shape, home))
        yield from islice(fitting, A_FEW)


def spoilt_values(shape: Shape) -> tuple[Any, ...]:  # noqa: PLR0911  a table of cases
    """Values that break this shape."""
    match shape.demand, shape.kind:
        case Demand.MISSING, _:
            return (None,)
        case Demand.NOT_COLLECTED, kind:
            return (example(shape, kind),) if shape.column else (None,)
        case Demand.CODE, _:
            return ("?",)
        case Demand.FORM, Kind.DATE:
            return dt.date(1066, 10, 14), dt.date(2206, 9, 1)
        case Demand.FORM, _:
            return ("\x01",)
        case _, Kind.TEXT:
            return ("A" * ((shape.limit or 0) + 1),)
        case _, Kind.DECIMAL:
            return 100.0, -1.0
        case _:
            return (-1, 10**shape.limit) if shape.limit else (-1,)


def example(shape: Shape, kind: Kind) -> Any:
    """A value as it ought to be: one of a base return, else of the code set, else of the type."""
    known = min(codes(shape.codeset)) if shape.codeset else GIVEN[kind]
    if kind is not Kind.TEXT:
        return known
    values = (value for base in NAMES for value in valid(base)[shape.table][shape.column].dropna())
    return next(values, known)


def fired(shape: Shape, home: Home, value: Any) -> set[str]:
    """The rules on the shape's fields that find something when the value stands there."""
    rows, row = home.rows_of(shape.table)
    if shape.column:
        row[shape.column] = value
    changed = {name: found for name, found in rows.items() if name in {shape.table, "programme_aim"}}
    made = frames(changed)
    census = Census(valid(home.base) | {name: made[name] for name in changed}, collection_of(home.base), REGISTERS)
    active = [each for each in active_in(census.collection) if home.base[:2] in each.mark.phases]
    concerned = [each for each in active if set(CATALOGUE[each.mark.number].fields) & set(shape.fields)]
    return {each.mark.number for each in concerned if mask_of(each, census).any()}


def rule_of(shape: Shape) -> str:
    return shape.rule


def tries(shape: Shape) -> Iterator[set[str]]:
    """What is found, one broken row after the other."""
    for home in places_to_break(shape):
        yield from (fired(shape, home, value) for value in spoilt_values(shape))


@pytest.mark.parametrize("shape", MADE, ids=rule_of)
def test_a_broken_shape_is_found_and_there_is_a_row_in_which_nothing_else_says_so(shape):
    for found in tries(shape):
        assert shape.rule in found
        if shape.column is None or found - SUMS == {shape.rule}:
            return
    pytest.fail("another rule reports every row in which it can be broken, or no base return has one")


@pytest.mark.parametrize("shape", LEFT_OUT, ids=rule_of)
def test_a_shape_that_is_left_out_is_reported_by_the_rule_that_stands_for_it(shape):
    instead = SUPERSEDED[shape.field, shape.demand]
    found = (bool(rules & set(instead.rules)) for rules in tries(shape))
    if instead.remark:
        assert any(found)
    else:
        few = list(islice(found, ENOUGH))
        assert few
        assert all(few)


def test_every_item_has_a_shape_of_its_own_or_a_rule_that_stands_for_it():
    of_a_field = {each.field for each in all_shapes(YEAR) if each.column}
    assert {item.field for item in layout(YEAR).items} == of_a_field


def test_what_is_left_out_is_left_to_rules_of_the_catalogue():
    for each in SUPERSEDED.values():
        table, _, column = each.field.partition(".")
        assert not column or column in CENSUS[table]
        assert set(each.rules) <= set(CATALOGUE)


def test_names_are_made_of_table_column_and_demand():
    assert len({each.rule for each in MADE}) == len(MADE)
    assert rule_name("sen_need", "sen_type", Demand.CODE) == "L-shape-sen-need-sen-type-code"
    assert rule_name("sen_need", None, Demand.NOT_COLLECTED) == "L-shape-sen-need-not-collected"


def test_no_shape_blocks_or_names_a_value():
    for each in MADE:
        entry = CATALOGUE[each.rule]
        assert entry.local
        assert not entry.blocking
        assert entry.where_to_fix


def test_shapes_of_a_school_of_no_known_phase_do_not_guess():
    rows = base_return("SS")
    rows["school"][0]["phase"] = "ZZ"
    census = Census(frames(rows), collection_of("SS"), REGISTERS)
    made = [each for each in active_in(census.collection) if each.mark.number.startswith("L-shape-")]
    assert not any(mask_of(each, census).any() for each in made if each.mark.number.endswith("not-collected"))
