"""The on-the-day file: what a school records on census day outside its MIS, by UPN.

Belongs here: reading and checking the file. Does not belong here: to which pupils a value applies
(`schemas.census.conform`). Comma-separated, UTF-8, a header line; `upn` and any of the other columns of `SUPPLEMENT`.
A pupil may have several lines (one per learner funding and monitoring pair, one per learner support code); an empty
cell says nothing, so another line of the pupil may fill it, but two lines may not contradict each other.
"""

import csv
import re
from typing import ClassVar, Final

import pandas as pd

from schemas.codesets import codes
from schemas.identifiers import upn_valid
from schemas.refusal import Refusal
from schemas.table import Kind, Sensitivity, Table, boolean, decimal, integer, text
from schemas.wording import counted

SUPPLEMENT: Final = Table(
    "supplement",
    "one line of the on-the-day file",
    (
        text("upn", Sensitivity.IDENTIFIER, "Unique pupil number", "100001", required=True),
        boolean("school_lunch_taken", Sensitivity.PERSONAL, "School lunch taken on census day: true or false"),
        text("class_type", Sensitivity.PERSONAL, "N nursery, O other", "100325"),
        boolean("daf", Sensitivity.SPECIAL, "Disability access fund received: true or false"),
        text("learner_fam_type", Sensitivity.PERSONAL, "Codeset LEARNER_FAM_TYPE"),
        text("learner_fam_code", Sensitivity.PERSONAL, "Codeset LEARNER_FAM_CODE"),
        decimal("funded_hours", Sensitivity.PERSONAL, "Weekly funded hours, where the MIS holds none", "100290"),
        decimal("extended_hours", Sensitivity.PERSONAL, "Weekly extended hours, where the MIS holds none"),
        decimal("expanded_hours", Sensitivity.PERSONAL, "Weekly expanded hours, where the MIS holds none"),
        decimal("hours_at_setting", Sensitivity.PERSONAL, "Weekly hours in all, where the MIS holds none", "100291"),
        integer("unit_contact_time", Sensitivity.PERSONAL, "Contact hours a week at the unit (spring)", "100418"),
        text("young_carer", Sensitivity.SPECIAL, "Codeset YOUNG_CARER (spring), where the MIS holds none"),
        text("learner_support", Sensitivity.PERSONAL, "Codeset LEARNER_SUPPORT (spring and summer)", "100491"),
    ),
)

WHERE_THE_MIS_HOLDS_NONE: Final = (
    "funded_hours", "extended_hours", "expanded_hours", "hours_at_setting", "young_carer",
)  # fmt: skip
"""What the MIS says first; the file fills the gaps."""
ONE_PER_PUPIL: Final = ("school_lunch_taken", "class_type", "daf", "unit_contact_time", *WHERE_THE_MIS_HOLDS_NONE)
_NUMBER: Final = {
    Kind.DECIMAL: (re.compile(r"\d{1,3}(\.\d{1,2})?"), "a number of hours such as 15 or 12.5"),
    Kind.INTEGER: (re.compile(r"\d{1,3}"), "a whole number of hours"),
}
_TRUTH: Final = {"true": True, "false": False, "": None}


class SupplementUnreadable(Refusal):
    """The on-the-day file has a header, line or value that cannot be used."""

    code: ClassVar[str] = "supplement_unreadable"


def read_supplement(content: str, label: str) -> pd.DataFrame:
    """Return the lines of an on-the-day file as the SUPPLEMENT table.

    Args:
        content: the whole file as text.
        label: what to call the file in an error, such as its name.

    Raises:
        SupplementUnreadable: names every faulty line and column, never a value.

    """
    lines = csv.reader(content.removeprefix("\ufeff").splitlines())
    header = next(lines, [])
    _check_header(header, label)
    rows = [(number, row) for number, row in enumerate(lines, start=2) if row]
    short = [f"line {number}: {len(row)} cells, not {len(header)}" for number, row in rows if len(row) != len(header)]
    _refuse(short, label)
    numbers = [number for number, _ in rows]
    cells = {name: [row[place].strip() for _, row in rows] for place, name in enumerate(header)}
    frame = SUPPLEMENT.frame({name: _values(name, column, numbers, label) for name, column in cells.items()})
    _check_upns(frame, numbers, label)
    _check_agreement(frame, label)
    return frame


def _check_header(header: list[str], label: str) -> None:
    faults = [f"column {place} is not one of {', '.join(SUPPLEMENT.names)}" for place, name in enumerate(header, 1)
              if name not in SUPPLEMENT]  # fmt: skip
    faults += ["a column is named twice"] if len(set(header)) < len(header) else []
    faults += [] if "upn" in header else ["there is no column upn"]
    _refuse([f"line 1: {fault}" for fault in faults], label)


def _values(name: str, cells: list[str], numbers: list[int], label: str) -> list[str | bool | float | None]:
    kind = SUPPLEMENT[name].kind
    if kind in _NUMBER:
        form, wanted = _NUMBER[kind]
        wrong = [number for number, cell in zip(numbers, cells, strict=True) if cell and not form.fullmatch(cell)]
        _refuse([f"line {number}, column {name}: not {wanted}" for number in wrong], label)
        return [float(cell) if cell else None for cell in cells]
    allowed = _allowed(name)
    wrong = [number for number, cell in zip(numbers, cells, strict=True) if allowed and cell and cell not in allowed]
    _refuse([f"line {number}, column {name}: not one of {' '.join(sorted(allowed))}" for number in wrong], label)
    return [_TRUTH[cell] if kind is Kind.BOOLEAN else cell or None for cell in cells]


def _allowed(name: str) -> frozenset[str]:
    """Return the values a column may have; empty when it is no code."""
    if SUPPLEMENT[name].kind is Kind.BOOLEAN:
        return frozenset({"true", "false"})
    return frozenset() if name == "upn" else codes(name.upper())


def _check_upns(frame: pd.DataFrame, numbers: list[int], label: str) -> None:
    wrong = [number for number, right in zip(numbers, upn_valid(frame["upn"]), strict=True) if not right]
    _refuse([f"line {number}, column upn: not a UPN" for number in wrong], label)


def _check_agreement(frame: pd.DataFrame, label: str) -> None:
    different = frame.groupby("upn")[list(ONE_PER_PUPIL)].nunique().gt(1).sum()
    told = {name: counted(number, "pupil has", "pupils have") for name, number in different.items() if number}
    _refuse([f"column {name}: {said} two different values" for name, said in told.items()], label)


def _refuse(faults: list[str], label: str) -> None:
    if faults:
        message = f"{label} cannot be used; correct it and read it again:\n  " + "\n  ".join(faults)
        raise SupplementUnreadable(message)
