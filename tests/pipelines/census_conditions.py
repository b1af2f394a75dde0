"""To whom each item of the census belongs, read out of the collected notes on the return a second time.

Belongs here: the matrix of terms and phases, and the conditions of year and age, as a person reads them in the notes
(section 3 "blocks in detail", section 4 "phase and term matrix"). Nothing here reads `layout.csv` or `schemas.census`:
a mistake there must not hide here. An item that the tables do not name is for every term and phase.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import NamedTuple

PHASES = frozenset({"NS", "PS", "MP", "MS", "SS", "AT", "SP", "PR"})
TERM_OF = {"2026-autumn": "A", "2027-spring": "S", "2027-summer": "U"}
AGE_DAY = dt.date(2026, 8, 31)
ATTENDANCE_AGE_DAY = {
    "2026-autumn": dt.date(2025, 8, 31),
    "2027-spring": dt.date(2026, 8, 31),
    "2027-summer": dt.date(2026, 8, 31),
}
"""31 August before the period that is reported, which is the term before."""

_NOT_NURSERY = PHASES - {"NS"}
_SECONDARY = frozenset({"MS", "SS", "AT", "SP", "PR"})
_SIXTH_FORM = frozenset({"SS", "AT", "PR"})
_MAINSTREAM = PHASES - {"NS", "SP", "PR"}

MATRIX = (
    ("UniqueLearnerNumber", "ASU", _SECONDARY),
    ("PupilCharacteristics/Ethnicity", "S", _NOT_NURSERY),
    ("YSSA", "ASU", _SECONDARY),
    ("Language", "ASU", _NOT_NURSERY),
    ("UnitContactTimePupil", "S", {"PR"}),
    ("YoungCarer", "S", PHASES),
    ("LearnerSupport/.*", "SU", _SIXTH_FORM),
    ("LearnerFAMs/.*", "ASU", _SIXTH_FORM),
    ("PupilStatus/ClassType", "ASU", {"PS", "AT"}),
    ("PupilOnRoll/PupilStatus/NCyearActual", "ASU", PHASES),
    ("NCyearLeaving", "A", {"MS", "SS", "AT", "PR"}),
    ("SENneeds/.*", "S", PHASES),
    ("SENunitIndicator|ResourcedProvisionIndicator", "ASU", PHASES - {"SP", "PR"}),
    ("Exclusions/.*", "ASU", _NOT_NURSERY),
    ("Attendance/TermlyAttendance/.*", "ASU", _NOT_NURSERY),
    ("SummerHalfTerm2Attendance/.*", "A", _NOT_NURSERY),
    ("PupilsNoLongerOnRoll/.*", "ASU", _NOT_NURSERY),
    ("PupilNoLongerOnRoll/HomeInformation/.*", "A", _SIXTH_FORM),
    ("ProgrammeAims/.*", "A", _SIXTH_FORM),
    (r"(TLevel)?(Non_q|Q|NonQ)ualHrs(PreviousYear)?|FTEmp|(Maths|English)GCSE\w+", "A", _SIXTH_FORM),
    ("AlternativeProvision/.*", "ASU", {"PR"}),
    ("APPlacementDetails/.*", "ASU", _NOT_NURSERY),
    ("School/AdmissionsAppeals/.*", "S", _MAINSTREAM),
    ("InfantAdmissionsAppeals/.*|Class/ClassType", "S", {"PS", "AT"}),
    ("Class/KeyStage", "S", {"PS", "MP", "AT"}),
    ("Reconciliation/.*|Classes/.*", "S", _MAINSTREAM),
    ("WorkExperience|FEcollege", "S", {"MS", "SS", "AT"}),
    ("FreeMealsTaken", "S", PHASES),
    ("Childcare/.*", "S", PHASES - {"PR"}),
    ("SpecialSchool/.*", "S", {"SP"}),
    ("ChildMothers|TeenMotherPlaces|ChildcarePlaces", "S", {"PR"}),
)
"""The part of the path, the terms, the phases. For class key stages and leavers' homes the notes' list of items says
more than their matrix does."""


class Told(NamedTuple):
    """What a file says of one pupil, as far as conditions ask.

    Attributes:
        age: in whole years at 31 August before the year.
        attendance_age: the same at 31 August before the reported period.
        year: of the pupil, or left with; for a leaver whose term does not ask, and one in no year, that of the age.
        in_year: the year as the file has it; None where it has none.
        given: paths below the pupil that have a value.

    """

    phase: str
    on_roll: bool
    age: int
    attendance_age: int
    in_year: str | None
    status: str | None
    sen: str | None
    boarder: str | None
    given: frozenset[str]

    @property
    def year(self) -> str:
        """The year, of the age where none is said."""
        return self.in_year if self.in_year not in {None, "X"} else _YEAR_OF_AGE.get(self.age, "")


_YEAR_OF_AGE = {4: "R", **{age: str(age - 4) for age in range(5, 19)}}
_SCHOOL_YEARS = {"R", *(str(year) for year in range(1, 12))}


def _infant(pupil: Told) -> bool:
    return pupil.in_year in {"R", "1", "2"} or (pupil.in_year == "X" and 4 <= pupil.age <= 6)


def _early(pupil: Told) -> bool:
    """Reception is out of it: of those in no year group, the ones too young for it are in."""
    return (pupil.in_year in {"E1", "E2", "N1", "N2"} and pupil.age <= 4) or (pupil.in_year == "X" and pupil.age <= 3)


def _of_school_age(pupil: Told) -> bool:
    return pupil.in_year in _SCHOOL_YEARS or (pupil.in_year == "X" and 4 <= pupil.age <= 15)


def _student(pupil: Told) -> bool:
    return pupil.year in {"12", "13", "14"}


class Condition(NamedTuple):
    """Who may have an item; with `must`, everybody who may (in its phases and terms) has it."""

    items: str
    who: Callable[[Told], bool]
    must: bool = False


CONDITIONS = (
    Condition("PupilCharacteristics/SchoolLunchTaken", _infant, must=True),
    Condition("PupilCharacteristics/YSSA", lambda p: p.age >= 12, must=True),
    Condition("PupilCharacteristics/Language", lambda p: p.age >= 5, must=True),
    Condition("PupilCharacteristics/ServiceChild", _of_school_age, must=True),
    Condition("PupilCharacteristics/FundedHours", _early),
    Condition("PupilCharacteristics/HoursAtSetting", _early),
    Condition("PupilCharacteristics/(DAFIndicator|EYPPR)", _early, must=True),
    Condition("PupilCharacteristics/ExtendedHours", lambda p: _early(p) and p.age >= 2),
    Condition("PupilCharacteristics/ExpandedHours", lambda p: _early(p) and p.age <= 2),
    Condition("PupilCharacteristics/EligibilityCode", lambda p: _claims(p) and _early(p), must=True),
    Condition("PupilCharacteristics/EYPPBF", _early),
    Condition("PupilCharacteristics/FundingBasisItems/.*", lambda p: _early(p) and p.age <= 2),
    Condition("PupilCharacteristics/(LearnerSupport|LearnerFAMs)/.*", _student),
    Condition(r"PupilStatus/((TLevel)?(Non_q|Q|NonQ)ualHrs(PreviousYear)?|FTEmp)", _student),
    Condition(r"PupilStatus/(Maths|English)GCSE\w+", _student),
    Condition("ProgrammeAims/.*", _student),
    Condition(
        "Attendance/.*",
        lambda p: 4 <= p.attendance_age <= 15 and p.boarder == "N",
    ),
    Condition("SpecialEducationalNeeds/SENneeds/.*", lambda p: p.sen in {"K", "E"}),
    Condition("AlternativeProvision/.*", lambda p: p.status in {"C", "F", "O", None}),
)


def _claims(pupil: Told) -> bool:
    return any(path.endswith(("/ExtendedHours", "/ExpandedHours")) for path in pupil.given)


def out_of_place(path: str, term: str, phase: str) -> bool:
    """Say whether the matrix has an item of this path in another term or phase only."""
    return any(
        re.search(rf"(^|/)({part})$", path) and not (term in terms and phase in phases)
        for part, terms, phases in MATRIX
    )
