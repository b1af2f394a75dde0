"""What a case is: a rule, a valid return, and the one change to it that the rule must find.

`also` names rules that the same change must break; `given` is done to both twins.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.schemas.cases.base import Return
from tests.schemas.cases.terms import base_return

Change = Callable[[Return], None]


@dataclass(frozen=True)
class Case:
    rule: str
    base: str
    change: Change
    also: tuple[str, ...] = ()
    given: tuple[Change, ...] = ()

    def passing(self) -> Return:
        rows = base_return(self.base)
        for each in self.given:
            each(rows)
        return rows

    def failing(self) -> Return:
        rows = self.passing()
        self.change(rows)
        return rows


def cell(table: str, row: int, column: str, value: Any) -> Change:
    def change(rows: Return) -> None:
        rows[table][row][column] = value

    return change


def pupil(number: int, column: str, value: Any) -> Change:
    def change(rows: Return) -> None:
        next(row for row in rows["pupil"] if row["pupil_id"] == str(number))[column] = value

    return change


def sessions(number: int, period: str, code: str, column: str, value: Any) -> Change:
    key = {"pupil_id": str(number), "period": period, "code": code}

    def change(rows: Return) -> None:
        next(row for row in rows["session_detail"] if key.items() <= row.items())[column] = value

    return change


def possible(number: int, period: str, value: int | None) -> Change:
    key = {"pupil_id": str(number), "period": period}

    def change(rows: Return) -> None:
        next(row for row in rows["attendance"] if key.items() <= row.items())["sessions_possible"] = value

    return change


def add(table: str, **row: Any) -> Change:
    def change(rows: Return) -> None:
        rows.setdefault(table, []).append(dict(row))

    return change


def drop(table: str, row: int) -> Change:
    def change(rows: Return) -> None:
        del rows[table][row]

    return change


def header(column: str, value: Any) -> Change:
    return cell("header", 0, column, value)


def school(column: str, value: Any) -> Change:
    return cell("school", 0, column, value)


def several(number: int, **values: Any) -> tuple[Change, ...]:
    return tuple(pupil(number, column, value) for column, value in values.items())
