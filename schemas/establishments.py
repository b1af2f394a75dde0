"""The dated register of schools that a pupil may come from or go to, shaped like the Department's GIAS download.

Belongs here: one school of the register, and reading the register. The register itself is deployment data
(`registers/establishments.csv`): the columns of the GIAS download that are read here, by their names there; the
download as it is will do. A school that changed its URN and kept its number stands twice; the last to open counts.
"""

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

from schemas.refusal import Refusal

COLUMNS: Final = (
    "URN",
    "LA (code)",
    "EstablishmentNumber",
    "EstablishmentName",
    "EstablishmentStatus (name)",
    "OpenDate",
    "CloseDate",
    "TypeOfEstablishment (name)",
)
"""Columns that are read; every other column of the download is passed over."""

_PROPOSED: Final = "Proposed to open"
_OUTSIDE: Final = frozenset(
    {"Other independent school", "Other independent special school", "British schools overseas", "Offshore schools"},
)
"""Types of GIAS outside the maintained sector; their pupils' files go to nobody's inbox (facts: ctf.md section 3)."""


class RegisterFault(Refusal):
    """A row of the register of schools cannot be used."""

    code: ClassVar[str] = "establishment_register"


@dataclass(frozen=True, slots=True)
class Establishment:
    """One school of the register.

    Attributes:
        opened: first day open; None when the register does not say.
        closed: last day open; None while open.
        kind: type of establishment, as GIAS names it.

    """

    urn: str
    la_number: str
    estab: str
    name: str
    opened: dt.date | None
    closed: dt.date | None
    kind: str = ""

    @property
    def outside_the_sector(self) -> bool:
        """Say whether the school is outside the maintained sector."""
        return self.kind in _OUTSIDE

    @property
    def laestab(self) -> str:
        """The number of the authority and of the school in it, seven digits."""
        return self.la_number + self.estab

    def is_open(self, day: dt.date) -> bool:
        """Say whether the school is open on a day, first and last day included."""
        return (self.opened is None or self.opened <= day) and (self.closed is None or day <= self.closed)


def establishments(text: str, label: str = "registers/establishments.csv") -> Mapping[str, Establishment]:
    """Read the register, by authority and establishment number.

    Args:
        text: the file.
        label: what to call it in a message.

    Raises:
        RegisterFault: a column is missing, or a row's number or date is not one; with line and column.

    """
    reader = csv.DictReader(text.removeprefix("\ufeff").splitlines(), restval="")
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        message = f"{label}: the header lacks {', '.join(missing)}. Take the file as GIAS gives it."
        raise RegisterFault(message)
    known = [_school(row, f"{label}, line {line}") for line, row in enumerate(reader, 2) if _listed(row)]
    in_order = sorted(known, key=lambda school: school.opened or dt.date.min)
    return MappingProxyType({school.laestab: school for school in in_order})


def _listed(row: Mapping[str, str]) -> bool:
    """Children's centres have no number, and what is only proposed can take nobody."""
    return bool(row["EstablishmentNumber"]) and row["EstablishmentStatus (name)"] != _PROPOSED


def _school(row: Mapping[str, str], place: str) -> Establishment:
    for column, digits in (("URN", 6), ("LA (code)", 3), ("EstablishmentNumber", 4)):
        if len(row[column]) != digits or not row[column].isdecimal():
            message = f"{place}, column {column}: write {digits} digits. Nothing was read."
            raise RegisterFault(message)
    return Establishment(
        urn=row["URN"],
        la_number=row["LA (code)"],
        estab=row["EstablishmentNumber"],
        name=row["EstablishmentName"],
        opened=_day(row, "OpenDate", place),
        closed=_day(row, "CloseDate", place),
        kind=row["TypeOfEstablishment (name)"],
    )


def _day(row: Mapping[str, str], column: str, place: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(row[column], "%d-%m-%Y").date() if row[column] else None  # noqa: DTZ007 - a day
    except ValueError:
        message = f"{place}, column {column}: write the day as DD-MM-YYYY, or nothing."
    raise RegisterFault(message)
