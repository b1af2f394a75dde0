"""The world's rows as Wonde has them: one student with what may be included, a flat current picture without dates.

Belongs here: which of a school's facts Wonde shows. How they are wrapped and withheld is `server`.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from simulator.world.lookups import Row
from simulator.world.refs import Ref

Told: TypeAlias = dict[str, Any]

SCOPES: Final = frozenset(
    {
        "id", "title", "surname", "forename", "middle_names", "legal_surname", "legal_forename", "gender",
        "date_of_birth",
        *(
            f"education_details.{name}"
            for name in ("upn", "learner_number", "current_nc_year", "admission_date", "leaving_date")
        ),
        *(
            f"extended_details.{name}"
            for name in ("ethnicity_code", "ethnicity", "first_language", "dietary_needs")
        ),
        "contact_details.emails.email", "contact_details.phones.phone",
        *(
            f"contact_details.addresses.home.{name}"
            for name in ("house_number", "house_name", "street", "town", "county", "postcode")
        ),
        *(
            f"relationship.{name}"
            for name in ("priority", "relationship", "parental_responsibility", "lives_with_pupil", "court_order")
        ),
    },
)  # fmt: skip
"""Every property that a token may have a scope for."""


def collections(store: Mapping[str, Sequence[Row]], day: dt.date) -> dict[str, list[Told]]:
    """Return the rows of each collection."""
    school = _School(store)
    told = [(school.student(row), school.left(row)) for row in store["Student"]]
    return {
        "students": [one for one, left in told if left is None or left >= day],
        "students-leaver": [one for one, left in told if left is not None and left < day],
        "employees": [],
    }


class _School:
    """One school's store, followed reference by reference."""

    def __init__(self, store: Mapping[str, Sequence[Row]]) -> None:
        self._by_id = {entity: {row["id"]: row for row in rows} for entity, rows in store.items()}
        self._spells = {row["student"].id: row for row in store["EducationalInstitutionEnrolment"]}
        self._upns = {row["student"].id: row["upn"] for row in store["UkDfe_UpnAssignment"]}
        self._years = {
            row["student"].id: self._get(self._get(row["academicLevel"])["curriculumGrade"])["d00020"]
            for row in store["AcademicLevelMembership"]
        }
        self._guardians: dict[object, list[Told]] = {}
        for row in store["StudentGuardianRelationship"]:
            self._guardians.setdefault(row["student"].id, []).append(self._guardian(row))

    def _get(self, ref: Ref | None) -> Mapping[str, Any]:
        return self._by_id[ref.entity][ref.id] if ref else {}

    def left(self, row: Row) -> dt.date | None:
        """Return the last day of a student, None when there is none."""
        day: dt.date | None = self._spells.get(row["id"], {}).get("leavingDate")
        return day

    def student(self, row: Row) -> Told:
        """Return one student."""
        person, spell = self._get(row["person"]), self._spells.get(row["id"], {})
        return {
            **_names(person),
            "id": f"A{row['id']}", "upi": f"{row['id']:032x}", "mis_id": str(row["id"]), "title": None,
            "gender": person["gender"].id, "date_of_birth": person["dateOfBirth"],
            "education_details": {
                "upn": self._upns.get(row["id"]), "learner_number": row["uniqueLearnerNumber"],
                "current_nc_year": self._years.get(row["id"]), "admission_date": spell.get("entryDate"),
                "leaving_date": spell.get("leavingDate"),
            },
            "extended_details": {
                "ethnicity": self._get(row["ethnicity"]).get("d00005"), "first_language": None, "dietary_needs": None,
                "free_school_meals": None, "sen_status": None,
            },
            "contact_details": _reached(),
            "contacts": self._guardians.get(row["id"], []),
        }  # fmt: skip

    def _guardian(self, row: Row) -> Told:
        person = self._get(self._get(row["guardian"])["person"])
        return {
            "id": f"C{row['id']}", "title": None, "forename": person["legalFirstName"], "middle_names": None,
            "surname": person["legalLastName"], "contact_details": _reached(),
            "relationship": {
                "priority": row["emergencyContactPriority"], "relationship": "PAR",
                "parental_responsibility": row["isLegalGuardian"], "lives_with_pupil": True,
                "court_order": bool(row["accessNotes"]),
            },
        }  # fmt: skip


def _names(person: Mapping[str, Any]) -> Told:
    return {
        "surname": person["preferredLastName"] or person["legalLastName"],
        "forename": person["preferredFirstName"] or person["legalFirstName"],
        "middle_names": person["legalMiddleNames"],
        "legal_surname": person["legalLastName"],
        "legal_forename": person["legalFirstName"],
    }


def _reached() -> Told:
    return {"emails": {"email": None}, "phones": {"phone": None}, "addresses": {"home": {"postcode": None}}}
