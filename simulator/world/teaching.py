"""Who teaches whom: terms, staff, and the classes of this academic year with their pupils.

Belongs here: rows that follow from the school and from the pupils' registration groups, so that a class always agrees
with them. In years 7 to 11, but not in a special school, each group is taught subject by subject; other groups are one
class (in the sixth form, the tutor's).
"""

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Final

from simulator.world import names
from simulator.world.facts import Fact, Pupil
from simulator.world.lookups import SUBJECTS
from simulator.world.refs import Ref
from simulator.world.schools import SchoolIdentity
from simulator.world.store import Store, student, year_ref

THIS_YEAR: Final = "2026/2027"
TERMS: Final = (
    ("2025/2026", "AUTUMN", dt.date(2025, 9, 3), dt.date(2025, 12, 19)),
    ("2025/2026", "SPRING", dt.date(2026, 1, 6), dt.date(2026, 3, 27)),
    ("2025/2026", "SUMMER", dt.date(2026, 4, 7), dt.date(2026, 7, 24)),
    ("2026/2027", "AUTUMN", dt.date(2026, 9, 2), dt.date(2026, 12, 18)),
    ("2026/2027", "SPRING", dt.date(2027, 1, 5), dt.date(2027, 3, 25)),
    ("2026/2027", "SUMMER", dt.date(2027, 4, 13), dt.date(2027, 7, 23)),
)
_SUBJECT_YEARS: Final = frozenset({"7", "8", "9", "10", "11"})
_BEFORE_PUPILS: Final = 10_000
"""Ids of staff, their persons and addresses begin here: below every pupil's."""


class Classes:
    """The classes of a school, made from the years its pupils were recorded in, and their teachers."""

    def __init__(self, store: Store, identity: SchoolIdentity) -> None:
        """Put terms, the head and the office; teachers come with the classes."""
        self._store = store
        self._together = identity.phase == "SP"
        self._draw = Random(f"staff:{identity.urn}")
        self._domain = identity.email.partition("@")[2]
        self._staff = 0
        self._units: dict[tuple[str, str | None], Ref] = {}
        self._teachers: dict[tuple[str | None, int], Ref] = {}
        self._curriculum = store.fixed(
            "AcademicUnit", 1, academicUnitName="Curriculum", shortName="Curriculum", subject=None, academicLevel=None,
            academicYear=year_ref(THIS_YEAR), parentAcademicUnit=None, effectiveDate=None, endDate=None,
        )  # fmt: skip
        for role in ("HEAD_TEACHER", "OFFICE"):
            self._appoint(role)
        for number, (year, name, first, last) in enumerate(TERMS, start=1):
            store.fixed(
                "Term", number, academicYear=year_ref(year), termName=f"{name.capitalize()} term",
                shortTermName=name[:3], code=name, startDate=first, endDate=last,
            )  # fmt: skip

    def put(self, pupils: Sequence[Pupil], as_of: dt.date) -> None:
        """Put each pupil into the classes of the registration group, for as long as the pupil is in it."""
        for pupil in pupils:
            for fact in pupil.on("year", as_of):
                if fact.value.code == THIS_YEAR:
                    self._join(pupil, fact)

    def _join(self, pupil: Pupil, fact: Fact) -> None:
        for place, subject in enumerate(self._taught(fact.value.nc_year)):
            self._store.rows["AcademicUnitEnrolment"].append(
                {
                    "id": fact.id * 10 + place,
                    "revision": fact.revision,
                    "academicUnit": self._unit(fact.value.nc_year, fact.value.form, subject),
                    "student": student(pupil),
                    "startDate": fact.start,
                    "endDate": fact.end,
                }
            )

    def _taught(self, nc_year: str) -> tuple[str | None, ...]:
        if nc_year in _SUBJECT_YEARS and not self._together:
            return SUBJECTS
        return (None,)

    def _unit(self, nc_year: str, form: str, subject: str | None) -> Ref:
        if (form, subject) not in self._units:
            number = len(self._units) + 2
            name = form if subject is None else f"{form}/{subject[:2].capitalize()}"
            self._units[form, subject] = self._store.fixed(
                "AcademicUnit", number, academicUnitName=name, shortName=name,
                subject=Ref("Subject", subject) if subject else None,
                academicLevel=self._store.level(THIS_YEAR, nc_year), academicYear=year_ref(THIS_YEAR),
                parentAcademicUnit=self._curriculum,
                effectiveDate=dt.date(2026, 9, 1), endDate=dt.date(2027, 8, 31),
            )  # fmt: skip
            self._store.fixed(
                "AcademicUnitLead", number, academicUnit=self._units[form, subject],
                staff=self._teacher(subject, number), startDate=dt.date(2026, 9, 1), endDate=None,
            )  # fmt: skip
        return self._units[form, subject]

    def _teacher(self, subject: str | None, number: int) -> Ref:
        """Return the teacher of a class: one of its own, or of a subject one for every four groups."""
        key = (subject, number if subject is None else number // (4 * len(SUBJECTS)))
        if key not in self._teachers:
            self._teachers[key] = self._appoint("TEACHER")
        return self._teachers[key]

    def _appoint(self, role: str) -> Ref:
        self._staff += 1
        number, sex = _BEFORE_PUPILS + self._staff, self._draw.choice("FM")
        forename, surname = names.forename(self._draw, sex), names.surname(self._draw)
        self._store.rows["Person"].append(
            {
                "id": number, "revision": 0, "legalFirstName": forename, "legalMiddleNames": None,
                "legalLastName": surname, "preferredFirstName": None, "preferredLastName": None, "gender": None,
                "dateOfBirth": None, "title": Ref("Title", "MS" if sex == "F" else "MR"), "deceased": False,
            }
        )  # fmt: skip
        staff = self._store.fixed("Staff", number, person=Ref("Person", number), staffNumber=str(self._staff))
        self._store.fixed("BusinessRoleAssignment", number, staff=staff, businessRole=Ref("BusinessRole", role))
        self._store.fixed(
            "EmailAddress", number, emailAddressOwner=staff, emailAddressType="WORK",
            emailAddress=f"staff{self._staff}@{self._domain}", dataOrder=1,
        )  # fmt: skip
        return staff
