"""Which resources and properties feed each canonical table: the mapping, as data.

Belongs here: paths for what a census reads; `sources_background` has the others. A path runs from a row along
references to a property ("senStatus.d00229") or to the id at the end of a reference ("senStatus.id": a lookup's code,
which needs no request). Alternatives in order of preference are separated by "|": a lookup row that is missing or has
no DfE code is carried through as its own code, to become a finding.
"prop:Target" says where a reference that may lead anywhere is followed to. Names beginning "_" are worked on by the
source's shape and dropped. What a path cannot say is in `shapes`. Facts: mis/census_mapping.csv.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from connectors.arbor import shapes, shapes_school, shapes_study
from connectors.arbor.resources import ENTITIES
from connectors.arbor.source import DATES, EFFECTIVE, OWN_FIELD, REACHED, Source, join
from connectors.arbor.sources_background import BACKGROUND, PUPIL_BACKGROUND
from connectors.availability import Origin
from connectors.mis import Plan

_REASONS: Final = {
    "reasons": join(
        "ExclusionExclusionReason",
        "reason2 reason3 reason1",
        owner="exclusion",
        code="exclusionReason.d00024|exclusionReason.id",
        id="id",
    ),
}
_PROGRAMME: Final = {
    "_programme": "programmeInstance.programme", "_type": "programmeAimType", "_instance": "programmeInstance",
    "start_date": "plannedStartDate", "planned_end_date": "plannedEndDate", "actual_end_date": "actualEndDate",
    "status": "completionStatus", "withdrawal_reason": "withdrawalReason.id",
}  # fmt: skip
SOURCES: Final[tuple[Source, ...]] = (
    Source(
        "school", "EducationalInstitution", None,
        {
            "urn": "urn", "la_number": "localAuthority.authorityCode|localAuthority.id", "estab": "establishmentNumber",
            "ukprn": "ukprn", "name": "educationalInstitutionName", "phase": "censusSchoolPhase.id",
            "school_type": "schoolType.id", "intake": "intakeType.id", "governance": "governanceType.id",
        },
        shapes_school.school,
        {
            "levels": join(
                "AcademicLevel", "lowest_nc_year highest_nc_year", order="curriculumGrade.d00020Order",
                year="curriculumGrade.d00020|curriculumGrade.id", opens="academicYear.startDate",
                closes="academicYear.endDate",
            ),
            **REACHED,
        },
        frozenset({"lowest_nc_year", "highest_nc_year", "email", "phone"}),
    ),
    Source(
        "pupil", "Student", "href",
        {
            "surname": "person.legalLastName", "forename": "person.legalFirstName",
                "middle_names": "person.legalMiddleNames",
            "preferred_surname": "person.preferredLastName", "preferred_forename": "person.preferredFirstName",
            "sex": "person.gender.id", "dob": "person.dateOfBirth", "uln": "uniqueLearnerNumber",
            "nhs_number": "nhsNumber",
            "ethnicity": "ethnicity.d00005|ethnicity.exportCode|ethnicity.id", "yssa": "youthSupportServicesAgreement",
            "funded_hours": "fundedHours", "extended_hours": "extendedHours", "expanded_hours": "expandedHours",
            "hours_at_setting": "hoursAtSetting", "eligibility_code": "thirtyHourCode",
            "maths_grade": "gcseMathsGrade", "maths_grade_previous": "gcseMathsGradePrior",
            "maths_year11": "gcseMathsAchievementType.exportValue|gcseMathsAchievementType.id",
            "maths_exemption": "gcseMathsFundingExemptionType.exportValue|gcseMathsFundingExemptionType.id",
            "english_grade": "gcseEnglishGrade", "english_grade_previous": "gcseEnglishGradePrior",
            "english_year11": "gcseEnglishAchievementType.exportValue|gcseEnglishAchievementType.id",
            "english_exemption": "gcseEnglishFundingExemptionType.exportValue|gcseEnglishFundingExemptionType.id",
            "t_level_non_qual_hours": "tLevelPlannedEepHours", "ethnicity_source": "ethnicitySource",
            "home_la": "homeLocalAuthority.authorityCode|homeLocalAuthority.id",
        },
        shapes_school.pupil,
        {
            **REACHED, **PUPIL_BACKGROUND,
            "languages": join(
                "LanguageAbility", "language", owner="person", first="isFirstLanguage",
                code="language.d00011Alpha4|language.d00011Alpha3|language.id",
            ),
            "care": join(
                "InCareStatusAssignment", "plaa", owner="student", status="inCareStatus.id",
                counts="inCareStatus.countsAsInCareStatus", start="startDate",
            ),
        },
        frozenset({"language", "plaa", "email", "phone", "uci", "dietary", "medical_flag", "disability"}),
    ),
    Source("upn", "UkDfe_UpnAssignment", "student", {"upn": "upn", "start_date": "startDatetime",
        "end_date": "endDatetime"}, shapes.ends_at_midnight),
    Source("former_surname", "PersonFormerName", "person", {"surname": "legalLastName", "end_date": "endDate"}),
    Source(
        "enrolment", "EducationalInstitutionEnrolment", "student",
        {
            "entry_date": "entryDate", "leaving_date": "leavingDate", "removal_ground": "removalGrounds",
            "leaving_reason": "unenrolmentReason.d00206|unenrolmentReason.id", "_left": "leavingDate",
        },
        shapes_school.enrolment,
        {
            "destinations": join(
                "StudentDestination",
                "destination destination_start destination_la destination_estab destination_type",
                owner="student", start="startDate", kind="studentDestinationType.id",
                name="linkedRecord:EducationalInstitution.educationalInstitutionName",
                la="linkedRecord:EducationalInstitution.localAuthority.authorityCode",
                estab="linkedRecord:EducationalInstitution.establishmentNumber",
            ),
        },
        frozenset({"destination", "destination_start", "destination_la", "destination_estab", "destination_type"}),
    ),
    Source("enrol_status", "EnrolmentModeAssignment", "academicYearEnrolment.student",
        {"status": "enrolmentMode.d00018|enrolmentMode.id", **DATES}),
    Source(
        "nc_year", "AcademicLevelMembership", "student",
        {"nc_year": "academicLevel.curriculumGrade.d00020|academicLevel.curriculumGrade.id", **DATES},
    ),
    Source("registration_group", "RegistrationFormMembership", "student", {"name": "registrationForm.shortName",
        **DATES}),
    Source("attendance_pattern", "StudentAttendancePattern", "student", {"part_time": "attendancePattern.isPartTime",
        **DATES}),
    Source(
        "boarding", "BoardingPattern", "student",
        {f"_{day}": f"{day}BoardingStatus.exportCode|{day}BoardingStatus.id" for day in shapes.WEEK} | EFFECTIVE,
        shapes.boarding, made=frozenset({"boarder"}),
    ),
    Source(
        "sen_status", "SenStatusAssignment", "student",
        {"provision": "senStatus.d00229|senStatus.id", "sen_unit": "isMemberOfSenUnit",
            "resourced": "hasResourcedProvision", **DATES},
    ),
    Source("sen_need", "SenNeed", "student", {"sen_type": "senNeedType.d00237|senNeedType.id", "rank": "ranking",
        **EFFECTIVE}),
    Source(
        "address", "PostalAddressOccupancy", "occupant",
        {
            "_address1": "postalAddress.address1", "_address2": "postalAddress.address2",
                "_address3": "postalAddress.address3",
            "_town": "postalAddress.postalTown", "_state": "postalAddress.postalState",
                "postcode": "postalAddress.postalCode",
            "uprn": "postalAddress.uniquePropertyReferenceNumber", **EFFECTIVE,
        },
        shapes.address, made=frozenset(shapes.STRUCTURED + shapes.LINES),
    ),
    Source(
        "fsm", "EligibilityRecord", "person",
        {**DATES, "verified_date": "lastVerifiedDate", "_code": "eligibility.id"},
        shapes.fsm, made=frozenset({"category", "uk_country"}),
    ),
    Source("service_child", "UkDfe_ServiceChildStatusAssignment", "student", DATES, shapes.service_child,
        made=frozenset({"status"})),
    Source(
        "service_child", "UserDefinedRecord", "entity", {"status": "value", "_field": "userDefinedField.identifier"},
        shapes.recorded_service_child,
        {"spells": join("EducationalInstitutionEnrolment", "status", owner="student", entry="entryDate")},
        frozenset({"start_date"}), {"service_child": "status"},
    ),
    Source("young_carer", "UkDfe_YoungCarerStatusAssignment", "student", {"_identified": "identifiedBy", **DATES},
        shapes.young_carer, made=frozenset({"status"})),
    Source(
        "in_care", "InCareStatusAssignment", "student",
        {
            "responsible_la": "responsibleLocalAuthority.authorityCode|responsibleLocalAuthority.id",
            "_counts": "inCareStatus.countsAsInCareStatus", **DATES,
        },
        shapes.in_care,
    ),
    Source("top_up", "StudentFunding", "student", {"_type": "studentFundingType.id", **DATES}, shapes.top_up),
    Source(
        "eypp", "UkDfe_EarlyYearsPupilPremiumRecipient", "student",
        {"_economic": "recipientForEconomicReasons", "_other": "recipientForOtherReasons", **DATES},
        shapes.eypp, made=frozenset({"basis"}),
    ),
    Source("two_year_basis", "UkDfe_TwoYearOldFundingBasis", "student", {"basis": "fundingBasis"}),
    Source(
        "attendance_mark", "AttendanceRollCallRecord", "student",
        {
            "date": "recordDate", "session": "attendanceRollCall.id", "_error": "validationError",
            "code": "attendanceMark.attendanceMark|attendanceMark.id",
        },
        shapes.attendance_mark,
    ),
    Source(
        "suspension", "FixedPeriodExclusion", "student",
        {
            "start_date": "fromDatetime", "end_date": "untilDatetime", "_daily": "dailyStartTime",
            "_days": "statisticalDaysExcluded", "sessions": "schoolDefinedSessionsExcluded",
            "_reason": "exclusionReason.d00024|exclusionReason.id",
        },
        shapes.suspension, _REASONS, frozenset({"category", "reason1", "reason2", "reason3"}),
    ),
    Source(
        "suspension", "PermanentExclusion", "student",
        {"start_date": "fromDate", "_left_out": "excludeFromSchoolCensus",
            "_reason": "exclusionReason.d00024|exclusionReason.id"},
        shapes.permanent_exclusion,
        _REASONS | {"reviews": join("ExclusionReview", "reviewed_date", owner="permanentExclusion", day="reviewDate")},
        frozenset({"category", "reason1", "reason2", "reason3", "reviewed_date"}),
    ),
    Source(
        "post16_year", "AcademicYearEnrolment", "student",
        {
            **DATES, "qual_hours": "plannedLearningHours", "non_qual_hours": "plannedEepHours",
            "t_level_qual_hours": "tLevelPlannedLearningHours", "_planned": "plannedLearningHours",
        },
        shapes_study.post16_year, {"fields": join("UserDefinedRecord", "full_time_employed", **OWN_FIELD)},
        frozenset({"full_time_employed"}), {"full_time_employed": "full_time_employed"},
    ),
    Source(
        "programme_aim", "ProgrammeEnrolment", "student", {**_PROGRAMME, "programme_id": "id"},
            shapes_study.programme_aim,
        {
            "awards": join(
                "ProgrammeQualificationAward", "qn", owner="programmeInstance",
                    qn="qualificationAward.qcaAccreditationNumber",
            ),
        },
        frozenset({"qn", "prog_type"}),
    ),
    Source(
        "learning_aim", "ProgrammeEnrolment", "student",
        {
            **_PROGRAMME, "aim_id": "id", "core": "mainProgramme", "partner_ukprn": "programmeInstance.partnerUkprn",
        },
        shapes_study.learning_aim,
        {
            "awards": join(
                "ProgrammeQualificationAward", "qn scc", owner="programmeInstance",
                qn="qualificationAward.qcaAccreditationNumber", scc="qualificationAward.post16DiscountCode",
            ),
        },
        frozenset({"programme_id", "qn", "scc"}),
    ),
    Source(
        "work_placement", "WorkPlacement", "student",
        {"aim_id": "programmeEnrolment.id", "hours": "hours", "mode": "mode", **DATES},
    ),
    Source(
        "ap_entry", "EducationalInstitutionEnrolment", "student",
        {"reason": "alternativeProvisionReason.id", "_reason": "alternativeProvisionReason.id", "_entry": "entryDate"},
        shapes_study.ap_entry,
        {
            "histories": join("StudentEducationalHistory", "prev_urn", owner="student", left="leavingDate",
                urn="educationalInstitution.urn"),
            "sen": join(
                "SenStatusAssignment", "sen_provision", owner="student", start="startDate", end="endDate",
                code="senStatus.d00229|senStatus.id",
            ),
        },
        frozenset({"prev_urn", "sen_provision"}),
    ),
    Source(
        "ap_placement", "UkDfe_AlternativeProvisionPlacement", "student",
        {
            "urn": "educationalInstitution.urn", "ukprn": "educationalInstitution.ukprn",
                "company_number": "company.companyNumber",
            "setting_type": "settingType", "reason": "alternativeProvisionPlacementReason.id",
                "pattern": "attendancePattern",
            "sessions_per_week": "sessionsPerWeek", "_company": "company", **DATES,
        },
        shapes_study.ap_placement,
        {"occupancies": join("PostalAddressOccupancy", "postcode", owner="occupant",
            postcode="postalAddress.postalCode")},
        frozenset({"postcode"}),
    ),
    *BACKGROUND,
)  # fmt: skip

SCHOOL: Final = "EducationalInstitution"
IDENTITY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "urn": "urn",
        "la": "localAuthority.authorityCode|localAuthority.id",
        "estab": "establishmentNumber",
        "own": "censusSchoolPhase",
    },
)
"""What is always read, to know whose MIS answered; of all institutions it knows, its own have a census phase."""


def sources(plan: Plan) -> Iterator[Source]:
    """Yield the sources of the plan's tables, in the order of the canon."""
    return (source for source in SOURCES if source.table in plan.tables)


def own_fields(plan: Plan) -> frozenset[str]:
    """Return our names of the school's own fields that a plan needs."""
    return frozenset[str]().union(*(source.own_fields(plan) for source in sources(plan)))


def requests(plan: Plan) -> dict[str, frozenset[str]]:
    """Return entity -> properties to read for a plan; nothing that no table of the plan needs."""
    needs: dict[str, set[str]] = {"Student": {"person"}}
    for path in IDENTITY.values():
        _need(needs, SCHOOL, path)
    for source in sources(plan):
        needs.setdefault(source.entity, set())
        for path in (*source.wanted(plan).values(), source.pupil or "href"):
            _need(needs, source.entity, path)
        for joined in source.joined(plan).values():
            needs.setdefault(joined.entity, set())
            for path in joined.paths.values():
                _need(needs, joined.entity, path)
    return {entity: frozenset(properties) for entity, properties in needs.items()}


def reach(plan: Plan) -> dict[tuple[str, str], frozenset[Origin]]:
    """Return (table, column) -> the properties of entities it is made of, for every column that the plan names."""
    reached: dict[tuple[str, str], set[Origin]] = {}
    for source in sources(plan):
        asked = plan.tables[source.table]
        for column in asked:
            found = reached.setdefault((source.table, column), set())
            for entity, path in _paths(source, column):
                found.update(Origin(*step) for step in _steps(entity, path))
    return {key: frozenset(found) for key, found in reached.items()}


def _paths(source: Source, column: str) -> list[tuple[str, str]]:
    """Return the paths a column is made of: its own, those of the joins that feed it, or what the shape works on."""
    if column in source.columns:
        return [(source.entity, source.columns[column])]
    if column not in source.made:
        return []
    feeding = [
        (join.entity, path) for join in source.joins.values() if column in join.feeds for path in join.paths.values()
    ]
    own = [(source.entity, path) for name, path in source.columns.items() if name.startswith("_")]
    return feeding or own


def _need(needs: dict[str, set[str]], entity: str, alternatives: str) -> None:
    for here, name in _steps(entity, alternatives):
        needs.setdefault(here, set()).add(name)


def _steps(entity: str, alternatives: str) -> Iterator[tuple[str, str]]:
    """Yield (entity, property) for each step of each alternative path."""
    for path in alternatives.split("|"):
        here = entity
        for step in path.split("."):
            if step in ("id", "href"):
                break
            name, _, target = step.partition(":")
            yield here, name
            here = target or ENTITIES[here].references.get(name, "")
