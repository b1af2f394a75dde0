"""Lookup entities of the Arbor store: rows whose id is their code, with the department's codes in their d000xx columns.

Belongs here: codes and labels, the same in every school, and the partner institutions and companies. Codes that are
tenant data in life (Eligibility, InCareStatus, roll calls) are ours; `entities` says what they mean.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from simulator.world import events, marks, people, post16, results, roster
from simulator.world.refs import Ref

Row = dict[str, object]

PARTNERS: Final = (
    (2, "Weaver's Hill Primary School", "900102", "10900102", "823", "2902"),
    (3, "Castle Moor School", "900103", "10900103", "826", "4903"),
    (4, "Turnpike AP Academy", "900104", "10900104", "826", "1104"),
    (5, "Larkbury College", None, "10900105", None, None),
    (6, "Ridgeway Upper School", "900106", "10900106", "823", "4906"),
    (7, "Dell Lane Primary School", "900105", "10900107", "823", "2905"),
)
"""Institutions that pupils came from, go to or attend: number, name, URN, UKPRN, LA and establishment number.

The demo trust's register of schools has the same ones; Dell Lane closed in August 2024.
"""

COMPANIES: Final = (
    (1, "Handrail Workshop", "ZZ000001", "LU5 6QD"),
    (2, "Longacre Riding Yard", "ZZ000002", "MK17 8RB"),
)
"""Settings that are companies: number, name, company number, postcode."""

_ENROLMENT: Final = {"C": "SINGLE", "M": "DUAL_MAIN", "S": "DUAL_SUBSIDIARY", "F": "FE", "O": "OTHER", "G": "GUEST"}
ENROLMENT_MODE: Final[Mapping[str, str]] = _ENROLMENT
_SEN: Final = {"N": "NO_SEN", "K": "SEN_SUPPORT", "E": "EHC_PLAN"}
SEN_STATUS: Final[Mapping[str, str]] = _SEN
_NEEDS: Final = ["SPLD", "MLD", "SLD", "PMLD", "SEMH", "SLCN", "HI", "VI", "MSI", "PD", "ASD", "OTH", "NSA", "DS"]
_CARE: Final = ("ADOPTED", "SPECIAL_GUARDIANSHIP", "RESIDENCE_ORDER", "CHILD_ARRANGEMENTS", "ADOPTED_ABROAD")
_REASONS: Final = {
    "MOVED_SCHOOL": "IM",
    "LEFT_EDUCATION": "OR",
    "ELECTIVE_HOME_EDUCATION": "NH",
    "MOVED_ABROAD": "LC",
    "PERMANENT_EXCLUSION": "PE",
}
"""Codes of the list for reasons (facts: ctf/ctf.md); which of them means what is not certain there."""
_STATISTICAL: Final = {
    "present": "/\\L",
    "approved": "BKPVW",
    "authorised": "C C1 C2 E I J1 M R S T",
    "unauthorised": "GNOU",
}
_LANGUAGES: Final = ("ENG", "POL", "URD", "RMN", "PNJ", "SOM", "GUJ", "ARA", "POR", "CYM", "BNG", "PNJG", "BNGS", "NOT")
OWN_FIELDS: Final = (
    "SERVICE_CHILD", "FULL_TIME_EMPLOYED", "NINO", "NASS", "INTENDED_ACTIVITY", "INTENDED_PROVIDER", "INTENDED_COURSE",
    "INTENDED_LEVEL", "OFFER_MADE", "SHARING_REFUSED", "INTENTION_RECORDED",
)  # fmt: skip
"""Identifiers of the fields that the school has made itself."""
SUBJECTS: Final = ("ENGLISH", "MATHEMATICS", "SCIENCE", "HISTORY", "FRENCH", "PHYSICAL_EDUCATION")
"""What is taught group by group from year 7 on."""
_ATTAINED: Final = {"1": "BY_YEAR_11", "2": "SINCE", "3": "NOT_ACHIEVED"}
ATTAINED: Final[Mapping[str, str]] = _ATTAINED


def _coded(rows: Mapping[str, Row]) -> list[Row]:
    return [
        {"id": code, "revision": 0, "code": code, "active": True, "dataOrder": place, **row}
        for place, (code, row) in enumerate(rows.items(), start=1)
    ]


def _labelled(codes: Sequence[str], key: str = "label") -> list[Row]:
    return _coded({code: {key: code.replace("_", " ").capitalize()} for code in codes})


def _mark(symbol: str, place: int) -> Row:
    authorised = symbol in _STATISTICAL["authorised"].split()
    present, approved = symbol in _STATISTICAL["present"], symbol in _STATISTICAL["approved"]
    unauthorised = symbol in _STATISTICAL["unauthorised"]
    return {
        "attendanceMark": symbol, "markIndex": place,
        "markDescription": marks.WORDS[place].replace("_", " ").capitalize(),
        "isStatisticalPresent": present, "isStatisticalApprovedEducationalActivity": approved,
        "isStatisticalAuthorizedAbsent": authorised, "isStatisticalUnauthorizedAbsent": unauthorised,
        "isStatisticalPossibleAttendance": symbol not in marks.NOT_POSSIBLE, "isExcluded": symbol == "E",
    }  # fmt: skip


def _grade(nc_year: str, order: int) -> Row:
    return {"curriculumGradeName": nc_year, "exportCode": nc_year, "d00020": nc_year, "d00020Order": order}


def _language(code: str) -> Row:
    return {"label": code, "d00011Alpha3": code[:3], "d00011Alpha4": code if len(code) > 3 else None}  # noqa: PLR2004


def _award(award: post16.Award) -> Row:
    return {"title": award.title, "qcaAccreditationNumber": award.number, "post16DiscountCode": award.subject}


LOOKUPS: Final[Mapping[str, list[Row]]] = {
    "Gender": _labelled(("MALE", "FEMALE"), "longName"),
    "Ethnicity": _coded(
        {
            c: {"ethnicityName": c, "exportCode": c, "d00005": c}
            for c in sorted({people.ethnicity(n) for n in range(12)})
        }
    ),
    "Language": _coded({code: _language(code) for code in _LANGUAGES}),
    "CurriculumGrade": _coded({y: _grade(y, n) for n, y in enumerate((*roster.NC_YEARS, "X"))}),
    "EnrolmentMode": _coded({_ENROLMENT[c]: {"description": c, "exportCode": c, "d00018": c} for c in _ENROLMENT}),
    "UnenrolmentReason": _coded(
        {k: {"unenrolmentReason": k, "exportCode": v, "d00206": v} for k, v in _REASONS.items()}
    ),
    "AttendanceMark": _coded({word: _mark(marks.SYMBOLS[n], n) for n, word in enumerate(marks.WORDS)}),
    "AttendanceRollCall": _coded({c: {"name": c, "shortName": c} for c in ("AM", "PM")}),
    "AttendancePattern": _coded(
        {
            "FULL_TIME": {"attendancePatternName": "Full time", "isPartTime": False, "isMorningOnly": False},
            "MORNINGS": {"attendancePatternName": "Mornings", "isPartTime": True, "isMorningOnly": True},
        }
    ),
    "BoardingStatus": _coded({f"NIGHT_{c}": {"description": c, "exportCode": c} for c in ("N", "B", "6", "7")}),
    "SenStatus": _coded(
        {_SEN[c]: {"senStatusName": c, "countsAsSenStatus": c != "N", "exportCode": c, "d00229": c} for c in _SEN}
        | {"USER__WITHDRAWN": {"senStatusName": "Old", "countsAsSenStatus": True, "exportCode": "S", "d00229": "S"}}
    ),
    "SenNeedType": _coded({c: {"label": c, "exportCode": c, "d00237": c} for c in _NEEDS}),
    "Eligibility": _labelled(("FSM_TARGETED", "FSM_EXPANDED", "FSM_LOCAL"), "eligibilityName"),
    "InCareStatus": _coded(
        {"IN_CARE": {"inCareStatusName": "In care", "countsAsInCareStatus": True}}
        | {c: {"inCareStatusName": c, "countsAsInCareStatus": False} for c in _CARE}
    ),
    "StudentFundingType": _coded({"TOP_UP": {"label": "High-needs top-up", "d00209": "true"}}),
    "ExclusionReason": _coded(
        {c: {"exclusionReasonName": c, "exportCode": c, "d00024": c} for c in (*events.REASONS, "OT")}
    ),
    "GuardianRelationshipType": _coded(
        {c: {"relationshipName": c, "ctfExportCode": c, "d00033": c} for c in ("PAM", "PAF", "CAR")}
    ),
    "Title": _labelled(("MS", "MR"), "title"),
    "StudentDestinationType": _labelled(("SCHOOL", "COLLEGE", "EMPLOYMENT", "HOME_EDUCATED", "ABROAD")),
    "StandardizedAssessment": _labelled(results.ASSESSMENTS, "assessmentName"),
    "Grade": _coded({code: {"shortName": code, "longName": code} for code in results.GRADES}),
    "DietaryRequirementType": _labelled(("VEGETARIAN", "HALAL", "NUT_FREE", "GLUTEN_FREE", "DAIRY_FREE")),
    "MedicalConditionType": _labelled(("ASTHMA", "EPILEPSY", "DIABETES_TYPE_1", "ALLERGY"), "medicalConditionType"),
    "ImpairmentCategory": _labelled(("HEAR", "VIS", "MOB"), "description"),
    "ChildProtectionStatus": _labelled(("CHILD_IN_NEED", "CHILD_PROTECTION_PLAN"), "childProtectionStatusName"),
    "ConsentType": _labelled(("DENTAL_SURVEY", "PHOTOGRAPHS"), "consentTypeName"),
    "Subject": _labelled(SUBJECTS),
    "BusinessRole": _labelled(("HEAD_TEACHER", "OFFICE", "TEACHER")),
    "ProgrammeWithdrawalReason": _labelled(("2", "3", "44", "97", "98"), "name"),
    "QualificationAward": _coded({code: _award(award) for code, award in post16.AWARDS.items()}),
    "UkDfe_GcseMathsAchievementType": _coded({_ATTAINED[c]: {"label": c, "exportValue": c} for c in _ATTAINED}),
    "UkDfe_GcseEnglishAchievementType": _coded({_ATTAINED[c]: {"label": c, "exportValue": c} for c in _ATTAINED}),
    "UkDfe_GcseMathsFundingExemptionType": _coded({f"EX_{c}": {"label": c, "exportValue": c} for c in "LOUFN"}),
    "UkDfe_GcseEnglishFundingExemptionType": _coded({f"EX_{c}": {"label": c, "exportValue": c} for c in "LOUFN"}),
    "UkDfe_AlternativeProvisionReason": _labelled((*events.AP_REASONS, "EHC"), "name"),
    "UkDfe_AlternativeProvisionPlacementReason": _labelled(("BHS", "SUS", "EXR", "MHN", "OTH", "PHN"), "name"),
    "UkDfe_CensusSchoolPhase": _labelled(("NS", "PS", "MP", "MS", "SS", "AT", "SP", "PR")),
    "UkDfe_SchoolType": _labelled(("01", "49")),
    "UkDfe_SchoolIntakeType": _labelled(("COMP", "SPEC")),
    "UkDfe_SchoolGovernanceType": _labelled(("CO", "CA")),
    "LocalAuthority": _coded({f"LA_{c}": {"name": c, "authorityCode": c} for c in ("823", "826")}),
    "UserDefinedField": _coded(
        {c: {"fieldName": c, "identifier": c, "relatedEntityType": "Student"} for c in OWN_FIELDS}
    ),
}
"""Every lookup entity with its rows; revision 0, since none was edited."""


def institutions(own: Row) -> list[Row]:
    """Return the school's own row and its partners'."""
    empty = dict.fromkeys(own)
    return [own, *(
        {
            **empty, "id": n, "revision": 0, "educationalInstitutionName": name, "urn": urn, "ukprn": ukprn,
            "localAuthority": reference("LocalAuthority", f"LA_{la}" if la else None), "establishmentNumber": estab,
        }
        for n, name, urn, ukprn, la, estab in PARTNERS
    )]  # fmt: skip


def reference(entity: str, code: str | None) -> Ref | None:
    """Refer to a lookup row, or to nothing."""
    return None if code is None else Ref(entity, code)
