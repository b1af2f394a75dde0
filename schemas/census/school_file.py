"""The school file: what a school records of itself on the spring census day and no MIS holds.

Belongs here: reading and checking the file. Does not belong here: which of it a phase and term ask for
(`schemas.census.conform`), whether the figures agree with each other (rules). It is TOML, UTF-8:

    free_meals_taken = 12       # and, in a pupil referral unit, child_mothers, teen_mother_places, childcare_places
    [special_school]            # columns of the table; provisions = ["ASD", "MLD"]
    [appeals.secondary]         # and [appeals.infant]: lodged, withdrawn, heard, upheld, rejected
    [reconciliation]            # columns of the table
    [[class]]                   # one for each class: columns of `school_class`
    [[childcare]]               # one for each type: columns of the table

Keys are columns of `schemas.census.tables`; lengths and codes are those of the layout. What is left out stays null: a
figure that nobody gave is never a nought.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import ClassVar, Final

import pandas as pd

from schemas.census.collection import YEARS
from schemas.census.layout import Item, layout
from schemas.census.tables import CENSUS, SCHOOL_BLOCKS
from schemas.codesets import codes
from schemas.refusal import Refusal
from schemas.table import Kind

OF_THE_SCHOOL: Final = ("child_mothers", "teen_mother_places", "childcare_places", "free_meals_taken")
"""Columns of the table `school` that the file gives."""
APPEALS: Final = ("secondary", "infant")
PROVISIONS: Final = "provisions"
_TABLES: Final = {"special_school": "special_school", "reconciliation": "reconciliation"}
_LISTS: Final = {"class": "school_class", "childcare": "childcare"}
_NAMED_BY: Final = {"class": "class_name", "childcare": "type_of_childcare"}
TIMES: Final = frozenset({"opening_time", "closing_time"})
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NEWEST: Final = list(YEARS)[-1]


class SchoolFileUnreadable(Refusal):
    """The school file is no TOML, or has a section, key or value that cannot be used."""

    code: ClassVar[str] = "school_file_unreadable"


def read_school_file(content: str, label: str, academic_year: str = _NEWEST) -> dict[str, pd.DataFrame]:
    """Return what a school file says.

    Args:
        content: the whole file as text.
        label: what to call the file in an error, such as its name.
        academic_year: the collection year whose lengths and codes hold.

    Returns:
        `school`, one row of its four columns, and each table of `SCHOOL_BLOCKS`, in the order of the file.

    Raises:
        SchoolFileUnreadable: names every fault by section and key, with what is allowed; never a value.

    """
    told = _parsed(content, label)
    faults = list(_faults(told, _items(academic_year)))
    if faults:
        message = f"{label} cannot be used; correct it and read it again:\n  " + "\n  ".join(faults)
        raise SchoolFileUnreadable(message)
    return _frames(told)


def _parsed(content: str, label: str) -> dict[str, object]:
    try:
        return tomllib.loads(content.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line \d+, column \d+|at end of document", str(error))
    where = f" {place[0]}" if place else ""
    message = f"{label} is not written as TOML{where}; `waybill template` shows how it is written"
    raise SchoolFileUnreadable(message)


@cache
def _items(academic_year: str) -> Mapping[str, Item]:
    return {item.field: item for item in layout(academic_year).items}


def _faults(told: Mapping[str, object], items: Mapping[str, Item]) -> Iterator[str]:
    for key, value in told.items():
        if key in OF_THE_SCHOOL:
            yield from _wrong(f"{key}", "school", key, value, items)
        elif key in _TABLES:
            yield from _of_table(f"[{key}]", _TABLES[key], value, items)
        elif key == "appeals":
            yield from _of_appeals(value, items)
        elif key in _LISTS:
            yield from _of_list(key, value, items)
        else:
            yield f"{key}: not one of {', '.join((*OF_THE_SCHOOL, *_TABLES, 'appeals', *_LISTS))}"


def _of_appeals(value: object, items: Mapping[str, Item]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield "appeals: write it as [appeals.secondary] and [appeals.infant]"
        return
    for kind, figures in value.items():
        if kind in APPEALS:
            yield from _of_table(f"[appeals.{kind}]", "appeals", figures, items)
        else:
            yield f"[appeals.{kind}]: not one of {', '.join(APPEALS)}"


def _of_list(key: str, value: object, items: Mapping[str, Item]) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{key}: write one [[{key}]] for each"
        return
    for number, row in enumerate(value, start=1):
        yield from _of_table(f"[[{key}]] number {number}", _LISTS[key], row, items)
        if isinstance(row, dict) and _NAMED_BY[key] not in row:
            yield f"[[{key}]] number {number}: {_NAMED_BY[key]} is missing"


def _of_table(section: str, table: str, value: object, items: Mapping[str, Item]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{section}: write it as a section with a key on each line"
        return
    for key, cell in value.items():
        if table == "special_school" and key == PROVISIONS:
            yield from _of_provisions(section, cell)
        elif key in keys(table):
            yield from _wrong(f"{section} {key}", table, key, cell, items)
        else:
            yield f"{section} {key}: not one of {', '.join(keys(table))}"


def _of_provisions(section: str, value: object) -> Iterator[str]:
    allowed = codes("SEN_TYPE")
    if not isinstance(value, list) or any(not isinstance(each, str) or each not in allowed for each in value):
        yield f"{section} {PROVISIONS}: a list in brackets of {' '.join(sorted(allowed))}"
    elif len(set(value)) < len(value):
        yield f"{section} {PROVISIONS}: a type is named twice"


def _wrong(place: str, table: str, key: str, value: object, items: Mapping[str, Item]) -> Iterator[str]:
    wanted = _wanted(table, key, value, items.get(f"{table}.{key}"))
    if wanted:
        yield f"{place}: {wanted}"


def _wanted(table: str, key: str, value: object, item: Item | None) -> str | None:
    """Return what a value should have been; None when it is right."""
    kind = CENSUS[table][key].kind
    if kind is Kind.BOOLEAN:
        return None if isinstance(value, bool) else "true or false"
    if kind is Kind.INTEGER:
        most = 10 ** (item.max_length if item and item.max_length else 5)
        right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < most
        return None if right else f"a whole number from 0 to {most - 1}, without quotation marks"
    return _wanted_text(key, value, item)


def _wanted_text(key: str, value: object, item: Item | None) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "a text between quotation marks"
    if key in TIMES:
        return None if _TIME.fullmatch(value) else 'a time such as "07:45"'
    if item and item.codeset:
        allowed = codes(item.codeset)
        return None if value in allowed else f"one of {' '.join(sorted(allowed))}"
    longest = item.max_length if item else None
    return f"at most {longest} characters" if longest and len(value) > longest else None


def keys(table: str) -> tuple[str, ...]:
    """Return the keys that a section of the file may have: the table's columns, and what hangs below it."""
    columns = tuple(column.name for column in CENSUS[table].columns if not column.required)
    return (*columns, PROVISIONS) if table == "special_school" else columns


def _frames(told: Mapping[str, object]) -> dict[str, pd.DataFrame]:
    special, appeals = _section(told, "special_school"), _section(told, "appeals")
    rows: dict[str, list[dict[str, object]]] = {
        "special_school": [special] if special else [],
        "special_school_type": [{"sen_type": each} for each in _list(special.get(PROVISIONS))],
        "appeals": [{"kind": kind} | _section(appeals, kind) for kind in APPEALS if kind in appeals],
        "reconciliation": [_section(told, "reconciliation")] if told.get("reconciliation") else [],
        **{table: _list(told.get(key)) for key, table in _LISTS.items()},
    }
    frames = {name: _frame(name, rows[name]) for name in SCHOOL_BLOCKS}
    school = _frame("school", [{key: told.get(key) for key in OF_THE_SCHOOL}])
    return {"school": school[list(OF_THE_SCHOOL)], **frames}


def _section(told: Mapping[str, object], key: str) -> dict[str, object]:
    value = told.get(key, {})
    return dict(value) if isinstance(value, dict) else {}


def _list(value: object) -> list:  # type: ignore[type-arg]  # of whatever TOML holds; `_faults` has looked at it
    return value if isinstance(value, list) else []


def _frame(table: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    return CENSUS[table].frame({name: [row.get(name) for row in rows] for name in CENSUS[table].names})
