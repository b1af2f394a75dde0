"""What a value may be spoiled into: nothing, each code of its set and one that is none, the days that rules turn on.

Belongs here: values by column. Does not belong here: where they are put (`tests.oracle.returns`).
"""

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from schemas.census.collection import Collection, Window
from schemas.census.tables import CENSUS
from schemas.codesets import codeset
from schemas.table import Kind
from tests.schemas.cases.base import uln, upn

KEPT = {"pupil_id", "programme_id", "aim_id", "period", "kind", "age", "attendance_age"}
CHANGEABLE = {
    name: [column.name for column in table.columns if column.name not in KEPT] for name, table in CENSUS.items()
}
"""Columns that may be spoiled: not those that join rows, nor those that follow from others."""

NUMBERS = (0, 1, 2, -1, 9, 10, 11, 30, 31, 39, 41, 90, 91, 200, 999, 1000, 10_000, 10**9)
HOURS = (0.0, -1.0, 0.5, 15.0, 15.5, 16.0, 30.0, 30.5, 99.99, 100.0)
FAR_OFF = (dt.date(1066, 10, 14), dt.date(1900, 1, 1), dt.date(2099, 12, 31), dt.date(2206, 9, 1))
NAMES = ("O'Neill", "Ng", "X" * 35, "X" * 36, "Smith2", "Sm\tith", "Łukasiewicz", "Śmith٣")
FORMS = {
    "upn": (upn(1), upn(2), upn(3, ending="T"), upn(4, la="999"), "A801432120001", "B80143212000I", "b801432120005",
            "801432120005", "H80143212000É", ""),
    "uln": (uln(1), uln(2), "5300000010", "9999999999", "0530000001", "530000001", "53000000I2"),
    "postcode": ("BS1 4ND", "BS14ND", "bs1 4nd", "B1 1CA", "W1A 1AA", "EC1A 1BB", "BSS1 4ND", "BS1 4ND ", "B11 1AB"),
    "urn": ("123457", "12345", "1234567", "12345a"),
    "ukprn": ("10012345", "20012345", "1001234", "1001234x"),
    "email": ("office@school.example", "office.example", "office@", "@school.example", "a b@school.example", "a@b@c"),
    "phone_no": ("01174960123", "0117 496 0123", "+441174960123", ""),
    "uprn": ("1", "123456789012", "1234567890123", "12a"),
    "company_number": ("AB123456", "12345678", "A1123456", "ab123456", "1234567"),
    "eligibility_code": ("50012345678", "5001234567", "5001234567x", "500123456789"),
    "qn": ("60147084", "6014624X", "6014708", "60147o84", "601470841"),
    "date_time": ("2026-10-02T09:00:00", "2026-10-02 09:00:00", "2026-13-02T09:00:00", "2026-10-02"),
    "section": ("on_roll", "off_roll"),
    "estab": ("4321", "432", "43211", "432x"), "lea": ("801", "000", "80"), "collection": ("SC", "PR"),
    "time": ("07:30", "16:29", "16:30", "17:30", "24:00", "7:30", "25:10"),
    "class_name": ("1A", "1B", ""), "on_site": ("Y", "N", "Z"),
}  # fmt: skip
LIKE = {
    "former_upn": "upn", "prev_urn": "urn", "partner_ukprn": "ukprn",
    "opening_time": "time", "closing_time": "time",
}  # fmt: skip
PLAIN = ("Y", "N", "ECO", "HSD", "LAA", "AUT", "SPR", "SUM", "S", "L", "M", "F", "Some text")
EMPTIED, OFTEN = 2, 4
"""How often nothing, and how much oftener the rare values of a long list, stand among what a cell may become."""
NAMED = {"surname", "forename", "middle_names", "preferred_surname", "former_surname"}


def values_of(table: str, column: str, day: Collection, row: dict[str, Any]) -> list[Any]:
    """Return what a cell may become; a cell of the header or of a key is never emptied."""
    held = CENSUS[table][column]
    empty = [] if held.required else [None] * EMPTIED
    if held.kind is Kind.DATE:
        return [*empty * OFTEN, *_days(day, born=column == "dob"), *_beside(row) * OFTEN, *FAR_OFF * OFTEN]
    if held.kind is Kind.BOOLEAN:
        return [*empty, True, False]
    if held.kind is Kind.INTEGER:
        return [*empty, *NUMBERS, day.reference_date.year]
    if held.kind is Kind.DECIMAL:
        return [*empty, *HOURS]
    return [*empty, *_texts(table, column)]


def anchors(day: Collection) -> Iterator[dt.date]:
    """Yield every day the collection names, and the few that the facts name."""
    for value in (getattr(day, name) for name in day.__slots__):
        if isinstance(value, Window):
            yield from value
        elif isinstance(value, dt.date):
            yield value
    for window in day.attendance.values():
        yield from window
    yield from (dt.date(2026, 7, 31), dt.date(2026, 8, 1), dt.date(2014, 4, 22))


@cache
def _days_near(days: tuple[dt.date, ...]) -> list[dt.date]:
    return sorted({each + dt.timedelta(days=shift) for each in days for shift in (-1, 0, 1)})


def _days(day: Collection, *, born: bool) -> list[dt.date]:
    near = _days_near(tuple(anchors(day)))
    if not born:
        return near
    decisive = (day.age_date, day.attendance_age_date, day.reference_date)
    birthdays = (
        each.replace(year=each.year - years, day=min(each.day, 28)) for each in decisive for years in range(21)
    )
    return sorted({*near, *birthdays, *(day.age_date.replace(year=day.age_date.year - years) for years in range(21))})


def _beside(row: dict[str, Any]) -> list[dt.date]:
    days = [value for value in row.values() if isinstance(value, dt.date)]
    return [each + dt.timedelta(days=shift) for each in days for shift in (-1, 0, 1)]


@cache
def _texts(table: str, column: str) -> list[str]:
    if column in NAMED:
        return list(NAMES)
    if forms := FORMS.get(LIKE.get(column, column)):
        return list(forms)
    if named := re.search(r"[Cc]odeset ([A-Z0-9_]+)", CENSUS[table][column].description):
        every = list(codeset(named[1]))
        return [*every, *["ZZ"] * (len(every) // OFTEN + 1)]
    return [*PLAIN, "ZZ", "Some\ttext", "X" * 1000]
