"""How each shape is tested: one column at a time, by its declaration in the layout.

Belongs here: the mask of a shape, true where it is broken. Which shapes there are is `schemas.census.shapes`; rules
that a person wrote are `schemas.census.rules`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from schemas.census.layout import Filter
from schemas.census.shapes import FIRST_YEAR, LAST_YEAR, Demand, Place, Shape
from schemas.census.tables import OFF_ROLL, ON_ROLL, PUPIL
from schemas.census.view import PHASES, Census, arrow
from schemas.census.vocabulary import (
    Mask,
    any_of,
    between,
    equal,
    everywhere,
    longer_than,
    matches,
    missing,
    nowhere,
    present,
    wrong_code,
)  # fmt: skip
from schemas.table import Kind

FIRST_DAY, LAST_DAY = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31)
MOST_HOURS = 99.99
THE_SCHOOL = {(None, None)}
EVERYBODY = {(ON_ROLL, None), (OFF_ROLL, None)}


def broken(shape: Shape, census: Census) -> Mask:
    """Return where the shape is broken."""
    values = _values(shape, census)
    nulls = arrow(values).null_count
    if shape.column and nulls == (0 if shape.demand is Demand.MISSING else len(values)):
        return nowhere(values)
    return _TESTS[shape.demand](shape, census, values)


def _values(shape: Shape, census: Census) -> pd.Series:
    table = getattr(census, shape.table)
    column: pd.Series = getattr(table, shape.column or shape.fields[0].partition(".")[2])
    return column


def _missing(shape: Shape, census: Census, values: pd.Series) -> Mask:
    required = (place for place in shape.places if place.required)
    return missing(values) & _collected(census, shape.table, required, values)


def _too_long(shape: Shape, _: Census, values: pd.Series) -> Mask:
    if shape.kind is Kind.TEXT and shape.limit is not None:
        return longer_than(values, shape.limit)
    most = MOST_HOURS if shape.kind is Kind.DECIMAL else 10 ** (shape.limit or 18) - 1
    return present(values) & ~between(values, 0, most)


def _wrong_code(shape: Shape, census: Census, values: pd.Series) -> Mask:
    return wrong_code(values, shape.codeset or "", census.collection.reference_date)


def _wrong_form(shape: Shape, _: Census, values: pd.Series) -> Mask:
    if shape.kind is Kind.DATE:
        return present(values) & ~between(values, FIRST_DAY, LAST_DAY)
    return present(values) & ~matches(values, shape.pattern or "")


def _not_collected(shape: Shape, census: Census, values: pd.Series) -> Mask:
    if shape.column is None:
        return ~_collected(census, shape.table, shape.block, values)
    # a row that is not collected at all is reported once, for the whole row
    row = _collected(census, shape.table, shape.block, values)
    return row & present(values) & ~_collected(census, shape.table, shape.places, values)


_TESTS: Final[Mapping[Demand, Callable[[Shape, Census, pd.Series], Mask]]] = MappingProxyType(
    {
        Demand.MISSING: _missing,
        Demand.LENGTH: _too_long,
        Demand.CODE: _wrong_code,
        Demand.FORM: _wrong_form,
        Demand.NOT_COLLECTED: _not_collected,
    },
)


def _collected(census: Census, table: str, places: Iterable[Place], like: pd.Series) -> Mask:
    """Say which rows of a table stand in one of the places, in this term and phase; in any phase if it is unknown."""
    here = {(place.section, place.filter) for place in places if _in_force(place, census)}
    if not here:
        return nowhere(like)
    if here in (THE_SCHOOL, EVERYBODY):
        return everywhere(like)
    return any_of(_rows_of(census, table, section, of_block, like) for section, of_block in here)


def _rows_of(census: Census, table: str, section: str | None, of_block: Filter | None, like: pd.Series) -> Mask:
    rows = everywhere(like)
    if section is not None:
        sections = census.pupil.section if table == PUPIL.name else census.of_pupil(table, "section")
        rows &= equal(sections, section)
    if of_block is not None:
        rows &= equal(getattr(getattr(census, table), of_block.column), of_block.value)
    return rows


def _in_force(place: Place, census: Census) -> bool:
    known = census.phase in PHASES
    return census.collection.term in place.terms and (census.phase in place.phases or not known)
