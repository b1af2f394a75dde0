"""Every item of the autumn census has somebody in the demo trust: on roll and, where asked of leavers, off roll."""

import datetime as dt
from functools import cache

import pytest

from simulator.world.expected import expected_off_roll, expected_on_roll
from simulator.world.refs import Ref
from simulator.world.trust import make_trust

CENSUS = dt.date(2026, 10, 1)
BOTH = {
    "UkDfe_UpnAssignment": ("upn", "endDatetime"),
    "Student": ("uniqueLearnerNumber", "gcseMathsGrade", "gcseMathsGradePrior", "gcseMathsAchievementType",
                "gcseMathsFundingExemptionType", "gcseEnglishGrade", "gcseEnglishGradePrior",
                "gcseEnglishAchievementType", "gcseEnglishFundingExemptionType", "tLevelPlannedEepHours"),
    "LanguageAbility": ("language",),
    "EducationalInstitutionEnrolment": ("entryDate", "alternativeProvisionReason"),
    "StudentEducationalHistory": ("educationalInstitution",),
    "AcademicYearEnrolment": ("plannedLearningHours", "plannedEepHours", "tLevelPlannedLearningHours"),
    "StudentAttendancePattern": ("attendancePattern",),
    "AcademicLevelMembership": ("academicLevel",),
    "SenStatusAssignment": ("senStatus",),
    "FixedPeriodExclusion": ("exclusionReason", "fromDatetime", "statisticalDaysExcluded"),
    "ProgrammeEnrolment": ("programmeAimType", "plannedStartDate", "plannedEndDate", "actualEndDate",
                           "completionStatus", "withdrawalReason", "mainProgramme"),
    "WorkPlacement": ("startDate", "endDate", "hours", "mode"),
    "UkDfe_AlternativeProvisionPlacement": ("educationalInstitution", "company", "settingType", "startDate", "endDate",
                                            "alternativeProvisionPlacementReason", "attendancePattern",
                                            "sessionsPerWeek"),
}  # fmt: skip
ON_ROLL = {
    "Student": ("youthSupportServicesAgreement", "fundedHours", "extendedHours", "expandedHours", "thirtyHourCode",
                "hoursAtSetting", "nhsNumber"),
    "EligibilityRecord": ("startDate", "endDate", "lastVerifiedDate"),
    "UkDfe_ServiceChildStatusAssignment": ("startDate",),
    "UserDefinedRecord": ("value",),
    "InCareStatusAssignment": ("responsibleLocalAuthority",),
    "StudentFunding": ("startDate",),
    "UkDfe_EarlyYearsPupilPremiumRecipient": ("recipientForEconomicReasons",),
    "UkDfe_TwoYearOldFundingBasis": ("fundingBasis",),
    "BoardingPattern": ("mondayBoardingStatus",),
    "SenNeed": ("ranking",),
}  # fmt: skip
OFF_ROLL = {
    "EducationalInstitutionEnrolment": ("leavingDate", "removalGrounds"),
    "PermanentExclusion": ("fromDate",),
    "StudentDestination": ("linkedRecord",),
}
CODES = {
    "EnrolmentModeAssignment.enrolmentMode": {"SINGLE", "DUAL_MAIN", "DUAL_SUBSIDIARY", "FE", "OTHER", "GUEST"},
    "EligibilityRecord.eligibility": {"FSM_TARGETED", "FSM_EXPANDED", "FSM_LOCAL"},
    "InCareStatusAssignment.inCareStatus": {"IN_CARE", "ADOPTED", "SPECIAL_GUARDIANSHIP", "RESIDENCE_ORDER",
                                            "CHILD_ARRANGEMENTS", "ADOPTED_ABROAD"},
    "SenStatusAssignment.senStatus": {"NO_SEN", "SEN_SUPPORT", "EHC_PLAN"},
    "ProgrammeEnrolment.programmeAimType": {"1", "30", "31", None},
    "ProgrammeEnrolment.completionStatus": {"CONTINUING", "COMPLETED", "WITHDRAWN", "TRANSFERRED"},
    "UkDfe_TwoYearOldFundingBasis.fundingBasis": {"ECO", "HSD", "LAA"},
    "BoardingPattern.mondayBoardingStatus": {"NIGHT_6", "NIGHT_7", "NIGHT_B"},
    "UserDefinedRecord.value": {"N", "U", "R", "true", "false"},
}  # fmt: skip

CENSUS_FIELDS = {Ref("UserDefinedField", "SERVICE_CHILD"), Ref("UserDefinedField", "FULL_TIME_EMPLOYED")}


@cache
def seen() -> frozenset[tuple[str, str, str]]:
    """(section, entity, property) that some pupil of the section has a value for."""
    trust, found = make_trust(), set()
    for school in trust.schools:
        sections = {int(pupil_id): "on" for pupil_id in expected_on_roll(trust, school.urn, CENSUS, CENSUS)}
        sections |= {int(pupil_id): "off" for pupil_id in expected_off_roll(trust, school.urn, CENSUS, CENSUS)}
        for entity, rows in school.entities(CENSUS).items():
            for row in rows if entity != "AttendanceRollCallRecord" else ():
                who = row["id"] if entity == "Student" else next(
                    (v.id for v in row.values() if isinstance(v, Ref) and v.entity == "Student"), None
                )  # fmt: skip
                if who in sections:
                    found |= {
                        (sections[who], entity, name) for name, value in row.items() if value not in (None, False)
                    }
    return frozenset(found)


@cache
def codes() -> dict[str, set[object]]:
    found: dict[str, set[object]] = {}
    for school in make_trust().schools:
        store = school.entities(CENSUS)
        for place in CODES:
            entity, name = place.split(".")
            values = (row[name] for row in store[entity] if row.get("userDefinedField") in {None, *CENSUS_FIELDS})
            found.setdefault(place, set()).update(v.id if isinstance(v, Ref) else v for v in values)
    return found


def needed(table, *sections):
    return [(section, entity, name) for entity, names in table.items() for name in names for section in sections]


@pytest.mark.parametrize(
    "item", [*needed(BOTH, "on", "off"), *needed(ON_ROLL, "on"), *needed(OFF_ROLL, "off")], ids="/".join
)
def test_somebody_has_it(item):
    assert item in seen()


@pytest.mark.parametrize("place", CODES)
def test_every_code_is_used(place):
    assert codes()[place] == CODES[place]
