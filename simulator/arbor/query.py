"""Filters, order and page numbers of a list request (facts: mis/arbor.md, section 5).

Belongs here: pure functions from query parameters to rows. `from` and `to` are inclusive, `after` and `before` not.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.arbor.encode import Row
from simulator.arbor.names import href
from simulator.world.refs import Ref

_NAME = re.compile(r"filters\.(?P<name>[A-Za-z0-9_]+)\.(?P<operator>[a-z]+)(\[\d*\])?")
NULL = "NULL"


class BadQuery(ValueError):  # noqa: N818 - an answer of the API, not a fault of the server
    """A parameter that the server understands and cannot carry out: 422."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: property, operator, and its value or (for `in`) values."""

    name: str
    operator: str
    values: tuple[str, ...]


def filters(parameters: Iterable[tuple[str, str]]) -> tuple[Filter, ...]:
    """Read the filters of a query string. Values of `in` accumulate; otherwise the last one counts."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for key, value in parameters:
        match = _NAME.fullmatch(key)
        if match is None:
            if key.startswith("filters."):
                message = f"{key} is not a filter"
                raise BadQuery(message)
            continue
        name, operator = match["name"], match["operator"]
        if operator not in _OPERATORS and operator != "in":
            message = f"{operator} is not an operator"
            raise BadQuery(message)
        earlier = found.get((name, operator), ()) if operator == "in" else ()
        found[name, operator] = (*earlier, value)
    return tuple(Filter(name, operator, values) for (name, operator), values in found.items())


def select(rows: Sequence[Row], conditions: Sequence[Filter]) -> Sequence[int]:
    """Return the positions of the rows that meet every condition, in their order."""
    if not conditions:
        return range(len(rows))
    for condition in conditions:
        _known(rows, condition.name)
    tests = [(condition.name, _meets(condition)) for condition in conditions]
    return [place for place, row in enumerate(rows) if all(meets(row.get(name)) for name, meets in tests)]


def order(rows: Sequence[Row], places: Sequence[int], name: str | None) -> Sequence[int]:
    """Sort positions by one property of their rows, nulls first; as they are when none is named."""
    if name is None:
        return places
    _known(rows, name)
    return sorted(places, key=lambda place: _sortable(rows[place].get(name)))


def page(places: Sequence[int], number: int, size: int, *, loop: bool = False, uneven: bool = False) -> Sequence[int]:
    """Return one page, from 0; one after the last is empty, or the first again."""
    sizes = (size, max(size - 2, 1) if uneven else size)
    pair = sum(sizes)
    if loop and places:
        number %= -(-len(places) // size) if not uneven else _pages(len(places), sizes)
    start = number // 2 * pair + (sizes[0] if number % 2 else 0)
    return places[start : start + sizes[number % 2]]


def _pages(rows: int, sizes: tuple[int, int]) -> int:
    whole, rest = divmod(rows, sum(sizes))
    return whole * 2 + (0 if not rest else 1 if rest <= sizes[0] else 2)


def _known(rows: Sequence[Row], name: str) -> None:
    if rows and name not in rows[0]:
        message = f"there is no property {name}"
        raise BadQuery(message)


def _sortable(value: Any) -> tuple[bool, Any]:  # noqa: ANN401
    return (False, "") if value is None else (True, _plain(value))


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dt.date):
        return f"{value.isoformat()} 00:00:00"
    if isinstance(value, Ref):
        return href(value.entity, value.id)
    if isinstance(value, bool):
        return "1" if value else "0"
    return value


def _like(value: Any, text: str) -> Any:  # noqa: ANN401
    """Read the text of a filter as the kind of value it is compared with."""
    if isinstance(value, bool) or not isinstance(value, int | float | dt.date):
        return text
    if isinstance(value, dt.date):
        return text if len(text) > len("2026-01-01") else f"{text} 00:00:00"
    try:
        return float(text)
    except ValueError:
        message = "a number was expected"
        raise BadQuery(message) from None


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: bool(value == wanted),
    "from": lambda value, wanted: bool(value >= wanted),
    "to": lambda value, wanted: bool(value <= wanted),
    "after": lambda value, wanted: bool(value > wanted),
    "before": lambda value, wanted: bool(value < wanted),
    "search": lambda value, wanted: str(wanted).lower() in str(value).lower(),
}


def _meets(condition: Filter) -> Callable[[Any], bool]:
    def compare(value: Any, text: str) -> bool:  # noqa: ANN401
        if text == NULL:
            return value is None
        if value is None:
            return False
        return _OPERATORS["equals" if condition.operator == "in" else condition.operator](
            _plain(value),
            _like(value, text),
        )

    # remembered, since thousands of rows share a day; typed, since True is no 1
    return lru_cache(maxsize=10_000, typed=True)(
        lambda value: any(compare(value, text) for text in condition.values),
    )
