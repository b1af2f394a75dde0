"""Every item of the layout has its shapes, each shape is found when it is broken, and nothing is reported twice."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from schemas.census.catalogue import catalogue
from schemas.census.engine import active_in, mask_of
from schemas.census.layout import layout
from schemas.census.shapes import Demand, Place, Shape, all_shapes, shapes, superseded
from schemas.census.tables import CENSUS
from schemas.census.view import Census
from schemas.codesets import codes
from schemas.table import Kind
from tests.schemas.cases.base import REGISTERS, Return, Row, frames
from tests.schemas.cases.terms import NAMES, base_return, collection_of

YEAR = "2026-27"
CATALOGUE = catalogue(YEAR)
SUPERSEDED = {(each.field, each.demand): each.rules for each in superseded(YEAR)}
GIVEN: dict[Kind, Any] = {
    Kind.TEXT: "1", Kind.DATE: dt.date(2026, 9, 10), Kind.BOOLEAN: True, Kind.INTEGER: 1, Kind.DECIMAL: 1.0,
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


def collected(places: Iterable[Place], home: Home, table: str) -> bool:
    rows, row = home.rows_of(table)
    census = collection_of(home.base)
    section = {each["pupil_id"]: each["section"] for each in rows["pupil"]}.get(row.get("pupil_id", ""))
    here = (place for place in places if census.term in place.terms and home.base[:2] in place.phases)
    return any(
        place.section in {None, section}
        and (place.filter is None or row.get(place.filter.column) == place.filter.value)
        for place in here
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


def spoilt_value(shape: Shape) -> Any:
    """A value that breaks this shape."""
    match shape.demand, shape.kind:
        case Demand.MISSING, _:
            return None
        case Demand.NOT_COLLECTED, kind:
            return example(shape, kind)
        case Demand.CODE, _:
            return "?"
        case Demand.FORM, Kind.DATE:
            return dt.date(1066, 10, 14)
        case Demand.FORM, _:
            return "\x01"
        case _, Kind.TEXT:
            return "A" * ((shape.limit or 0) + 1)
        case _, Kind.DECIMAL:
            return 100.0
        case _:
            return 10**shape.limit if shape.limit else -1


def example(shape: Shape, kind: Kind) -> Any:
    """A value as it ought to be: one of a base return, else of the code set, else of the type."""
    assert shape.column
    values = (row.get(shape.column) for base in NAMES for row in base_return(base).get(shape.table, []))
    known = min(codes(shape.codeset)) if shape.codeset else GIVEN[kind]
    return next((value for value in values if value is not None), known)


def fired(shape: Shape, home: Home) -> set[str]:
    """The rules on the shape's fields that find something when it is broken there."""
    rows, row = home.rows_of(shape.table)
    if shape.column:
        row[shape.column] = spoilt_value(shape)
    census = Census(frames(rows), collection_of(home.base), REGISTERS)
    active = [each for each in active_in(census.collection) if census.phase in each.mark.phases]
    concerned = [each for each in active if set(CATALOGUE[each.mark.number].fields) & set(shape.fields)]
    return {each.mark.number for each in concerned if mask_of(each, census).any()}
