"""Which resources and properties feed the canonical tables that no census reads.

Belongs here: paths, as `connectors.arbor.sources` explains them. Classes are academic units, which say their subject
and year; no way from a TeachingGroup to its subject is known. The properties of AcademicUnitLead and
BusinessRoleAssignment were not seen: their names follow those of entities like them (low confidence). What has no home
in Arbor (a parent's National Insurance number, a pupil's plans) comes from fields that the school has made itself.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from connectors.arbor import shapes_background, shapes_school
from connectors.arbor.source import DATES, OWN_FIELD, REACHED, Join, Source, join

PUPIL_BACKGROUND: Final[Mapping[str, Join]] = MappingProxyType(
    {
        "candidates": join(
            "UkJcq_UciAssignment", "uci", owner="student", uci="uci", issued="issuedDatetime",
            cancelled="cancelledDatetime",
        ),
        "diets": join("DietaryRequirement", "dietary", owner="person", code="dietaryRequirementType.id"),
        "conditions": join("MedicalCondition", "medical_flag", owner="person", end="endDate"),
        "impairments": join("PersonImpairment", "disability", owner="person", code="impairmentCategory.id"),
    },
)  # fmt: skip
"""What the pupil table takes from rows of their own, beside what a census takes."""

BACKGROUND: Final[tuple[Source, ...]] = (
    Source(
        "contact", "StudentGuardianRelationship", "student",
        {
            "contact_id": "guardian.id", "_guardian": "guardian", "_pupil": "student",
            "priority": "emergencyContactPriority",
            "title": "guardian.person.title.title|guardian.person.title.id",
            "forename": "guardian.person.legalFirstName", "middle_names": "guardian.person.legalMiddleNames",
            "surname": "guardian.person.legalLastName", "parental_responsibility": "isLegalGuardian",
            "relationship": "guardianRelationshipType.ctfExportCode|guardianRelationshipType.id",
            "court_order": "accessNotes", "dob": "guardian.person.dateOfBirth",
        },
        shapes_school.contact,
        {
            **REACHED,
            "homes": join(
                "PostalAddressOccupancy", "address lives_with_pupil line1 line2 town postcode", owner="occupant",
                home="postalAddress", end="endDate", address1="postalAddress.address1",
                address2="postalAddress.address2", address3="postalAddress.address3",
                town="postalAddress.postalTown", state="postalAddress.postalState", postcode="postalAddress.postalCode",
            ),
            "fields": join("UserDefinedRecord", "nino nass", **OWN_FIELD),
        },
        frozenset(
            "email phone phone2 address lives_with_pupil line1 line2 town postcode nino nass".split(),  # noqa: SIM905
        ),
        {"nino": "nino", "nass": "nass"},
    ),
    Source(
        "school_history", "StudentEducationalHistory", "student",
        {
            "la_number": "educationalInstitution.localAuthority.authorityCode|educationalInstitution.localAuthority.id",
            "estab": "educationalInstitution.establishmentNumber", "urn": "educationalInstitution.urn",
            "name": "educationalInstitution.educationalInstitutionName", "entry_date": "actualEntryDate",
            "leaving_date": "leavingDate", "leaving_reason": "unenrolmentReason.d00206|unenrolmentReason.id",
        },
    ),
    Source(
        "assessment_result", "StudentStandardizedAssessmentMark", "student",
        {
            "_assessment": "standardizedAssessment.id", "_day": "assessmentDate", "result_date": "assessmentDate",
            "result": "markGrade.shortName|markGrade.id|markInteger|markDecimal",
        },
        shapes_background.assessment_result,
        made=frozenset("stage year subject method component status qualifier".split()),  # noqa: SIM905
    ),
    Source(
        "staff", "Staff", None,
        {
            "staff_id": "id", "title": "person.title.title|person.title.id",
            "forename": "person.preferredFirstName|person.legalFirstName",
            "surname": "person.preferredLastName|person.legalLastName",
        },
        shapes_background.staff,
        {
            "emails": REACHED["emails"],
            "roles": join("BusinessRoleAssignment", "role", owner="staff", value="businessRole.id", order="id"),
        },
        frozenset({"email", "role"}),
    ),
    Source(
        "teaching_group", "AcademicUnit", None,
        {
            "group_id": "id", "name": "shortName", "subject": "subject.id",
            "nc_year": "academicLevel.curriculumGrade.d00020|academicLevel.curriculumGrade.id",
            "academic_year": "academicYear.code|academicYear.academicYearName",
        },
        shapes_background.teaching_group,
        {"enrolled": join("AcademicUnitEnrolment", "group_id", unit="academicUnit")},
    ),
    Source("group_pupil", "AcademicUnitEnrolment", "student", {"group_id": "academicUnit.id", **DATES}),
    Source("group_staff", "AcademicUnitLead", None, {"group_id": "academicUnit.id", "staff_id": "staff.id", **DATES}),
    Source("academic_year", "AcademicYear", None, {"academic_year": "code|academicYearName", **DATES}),
    Source(
        "term", "Term", None,
        {
            "term_id": "id", "name": "termName", "academic_year": "academicYear.code|academicYear.academicYearName",
            **DATES,
        },
    ),
    Source(
        "intended_destination", "UserDefinedRecord", "entity",
        {"_field": "userDefinedField.identifier", "_value": "value"},
        shapes_background.intended_destination,
        made=frozenset(shapes_background.PLANS.values()), fields=shapes_background.PLANS,
    ),
    Source(
        "social_worker", "ChildProtectionStatusAssignment", "student", {"kind": "childProtectionStatus.id", **DATES}
    ),
    Source(
        "consent", "Consent", "student",
        {
            "purpose": "consentType.id", "_given": "consentedDatetime", "_refused": "rejectedDatetime",
            "_by": "respondee",
        },
        shapes_background.consent, made=frozenset({"given", "by", "on"}),
    ),
    Source("pupil_premium", "UkDfe_PupilPremiumRecipient", "student", DATES),
)  # fmt: skip
"""In the order of `schemas.canonical_feeds`."""
