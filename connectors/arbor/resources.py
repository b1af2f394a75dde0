"""What Arbor has that we may ask for: entities, their paths and the properties we know how to read.

Belongs here: data about the API (facts: mis/arbor_resources.csv, mis/arbor_entities.csv). Module properties
(`UkDfe_Student`)
stand on the entity they are flattened onto. Paths are written out, not derived: they are the vendor's to choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

ANY: Final = ""
"""Target of a reference that may lead to several entities."""


class Kind(StrEnum):
    """How a property is written in JSON."""

    TEXT = "scalar"
    DATE = "date"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity of the API.

    Attributes:
        name: its name in `entityType`.
        path: its collection's path segment.
        list_root: key of the list in a body.
        references: property -> name of the entity it leads to, or `ANY`.
        dates: properties that are wrapped dates.
        texts: scalar properties.
        lookup: rows are codes, and the id in an href is the code.

    """

    name: str
    path: str
    list_root: str
    references: Mapping[str, str]
    dates: frozenset[str]
    texts: frozenset[str]
    lookup: bool

    @property
    def item_root(self) -> str:
        """Key of one object in a body."""
        return self.name[0].lower() + self.name[1:]

    def kind(self, name: str) -> Kind:
        """Return how a property is written; KeyError if it is not one of the entity's."""
        if name in self.references:
            return Kind.REFERENCE
        if name in self.dates:
            return Kind.DATE
        if name in self.texts:
            return Kind.TEXT
        message = f"{self.name} has no property {name}"
        raise KeyError(message)


def _entity(
    name: str,
    path: str,
    list_root: str,
    references: str = "",
    dates: str = "",
    texts: str = "",
    *,
    lookup: bool = False,
) -> Entity:
    """Read a row of the table below. A reference is `property>Target`, or `property>` when it may lead anywhere."""
    leads = dict(reference.split(">") for reference in references.split())
    plain = frozenset(dates.split()), frozenset(texts.split())
    return Entity(name, path, list_root, MappingProxyType(leads), *plain, lookup)


def _code(name: str, path: str, list_root: str, texts: str = "", references: str = "") -> Entity:
    return _entity(name, path, list_root, references, texts=texts, lookup=True)


ENTITIES: Final[Mapping[str, Entity]] = MappingProxyType(
    {
        entity.name: entity
        for entity in (
            _entity(
                "EducationalInstitution", "educational-institutions", "educationalInstitutions",
                "localAuthority>LocalAuthority censusSchoolPhase>UkDfe_CensusSchoolPhase schoolType>UkDfe_SchoolType "
                "intakeType>UkDfe_SchoolIntakeType governanceType>UkDfe_SchoolGovernanceType",
                texts="educationalInstitutionName establishmentNumber urn ukprn",
            ),
            _entity(
                "Student", "students", "students",
                "person>Person ethnicity>Ethnicity gcseMathsAchievementType>UkDfe_GcseMathsAchievementType "
                "gcseMathsFundingExemptionType>UkDfe_GcseMathsFundingExemptionType "
                "gcseEnglishAchievementType>UkDfe_GcseEnglishAchievementType "
                "gcseEnglishFundingExemptionType>UkDfe_GcseEnglishFundingExemptionType "
                "homeLocalAuthority>LocalAuthority",
                texts="uniqueLearnerNumber nhsNumber ethnicitySource youthSupportServicesAgreement hoursAtSetting "
                "fundedHours extendedHours expandedHours thirtyHourCode gcseMathsGrade gcseMathsGradePrior "
                "gcseEnglishGrade gcseEnglishGradePrior "
                "tLevelPlannedEepHours",
            ),
            _entity(
                "Person", "persons", "persons", "gender>Gender title>Title", "dateOfBirth",
                "legalFirstName legalMiddleNames legalLastName preferredFirstName preferredLastName",
            ),
            _entity("PersonFormerName", "person-former-names", "personFormerNames", "person>Person", "endDate",
                "legalLastName"),
            _entity(
                "UkDfe_UpnAssignment", "uk-dfe_upn-assignments", "ukDfe_UpnAssignments",
                "student>Student", "startDatetime endDatetime", "upn",
            ),
            _entity(
                "EducationalInstitutionEnrolment", "educational-institution-enrolments",
                    "educationalInstitutionEnrolments",
                "student>Student unenrolmentReason>UnenrolmentReason "
                "alternativeProvisionReason>UkDfe_AlternativeProvisionReason",
                "entryDate leavingDate", "removalGrounds",
            ),
            _entity(
                "StudentDestination", "student-destinations", "studentDestinations",
                "student>Student linkedRecord> studentDestinationType>StudentDestinationType", "startDate",
            ),
            _entity(
                "StudentEducationalHistory", "student-educational-histories", "studentEducationalHistories",
                "student>Student educationalInstitution>EducationalInstitution unenrolmentReason>UnenrolmentReason",
                "actualEntryDate leavingDate",
            ),
            _entity(
                "AcademicYearEnrolment", "academic-year-enrolments", "academicYearEnrolments", "student>Student",
                "startDate endDate", "plannedLearningHours plannedEepHours tLevelPlannedLearningHours",
            ),
            _entity(
                "EnrolmentModeAssignment", "enrolment-mode-assignments", "enrolmentModeAssignments",
                "academicYearEnrolment>AcademicYearEnrolment enrolmentMode>EnrolmentMode", "startDate endDate",
            ),
            _entity("AcademicYear", "academic-years", "academicYears", dates="startDate endDate",
                texts="code academicYearName"),
            _entity(
                "AcademicLevel", "academic-levels", "academicLevels",
                "curriculumGrade>CurriculumGrade academicYear>AcademicYear",
            ),
            _entity(
                "AcademicLevelMembership", "academic-level-memberships", "academicLevelMemberships",
                "student>Student academicLevel>AcademicLevel", "startDate endDate",
            ),
            _entity("RegistrationForm", "registration-forms", "registrationForms", texts="shortName"),
            _entity(
                "RegistrationFormMembership", "registration-form-memberships", "registrationFormMemberships",
                "student>Student registrationForm>RegistrationForm", "startDate endDate",
            ),
            _entity(
                "StudentAttendancePattern", "student-attendance-patterns", "studentAttendancePatterns",
                "student>Student attendancePattern>AttendancePattern", "startDate endDate",
            ),
            _entity(
                "BoardingPattern", "boarding-patterns", "boardingPatterns",
                "student>Student mondayBoardingStatus>BoardingStatus tuesdayBoardingStatus>BoardingStatus "
                "wednesdayBoardingStatus>BoardingStatus thursdayBoardingStatus>BoardingStatus "
                "fridayBoardingStatus>BoardingStatus saturdayBoardingStatus>BoardingStatus "
                "sundayBoardingStatus>BoardingStatus",
                "effectiveDate endDate",
            ),
            _entity(
                "SenStatusAssignment", "sen-status-assignments", "senStatusAssignments",
                    "student>Student senStatus>SenStatus",
                "startDate endDate", "isMemberOfSenUnit hasResourcedProvision",
            ),
            _entity(
                "SenNeed", "sen-needs", "senNeeds", "student>Student senNeedType>SenNeedType",
                    "effectiveDate endDate", "ranking",
            ),
            _entity(
                "PostalAddress", "postal-addresses", "postalAddresses",
                texts="address1 address2 address3 postalTown postalState postalCode uniquePropertyReferenceNumber",
            ),
            _entity(
                "PostalAddressOccupancy", "postal-address-occupancies", "postalAddressOccupancies",
                "occupant> postalAddress>PostalAddress", "effectiveDate endDate",
            ),
            _entity(
                "EligibilityRecord", "eligibility-records", "eligibilityRecords", "person> eligibility>Eligibility",
                "startDate endDate lastVerifiedDate",
            ),
            _entity(
                "UkDfe_ServiceChildStatusAssignment", "uk-dfe_service-child-status-assignments",
                "ukDfe_ServiceChildStatusAssignments", "student>Student", "startDate endDate",
            ),
            _entity(
                "UkDfe_YoungCarerStatusAssignment", "uk-dfe_young-carer-status-assignments",
                "ukDfe_YoungCarerStatusAssignments", "student>Student", "startDate endDate", "identifiedBy",
            ),
            _entity("UserDefinedField", "user-defined-fields", "userDefinedFields", texts="identifier"),
            _entity(
                "UserDefinedRecord", "user-defined-records", "userDefinedRecords",
                "entity> userDefinedField>UserDefinedField", texts="value",
            ),
            _entity(
                "InCareStatusAssignment", "in-care-status-assignments", "inCareStatusAssignments",
                "student>Student inCareStatus>InCareStatus responsibleLocalAuthority>LocalAuthority",
                "startDate endDate",
            ),
            _entity(
                "StudentFunding", "student-fundings", "studentFundings",
                "student>Student studentFundingType>StudentFundingType", "startDate endDate",
            ),
            _entity(
                "UkDfe_EarlyYearsPupilPremiumRecipient", "uk-dfe_early-years-pupil-premium-recipients",
                "ukDfe_EarlyYearsPupilPremiumRecipients", "student>Student", "startDate endDate",
                "recipientForEconomicReasons recipientForOtherReasons",
            ),
            _entity(
                "UkDfe_TwoYearOldFundingBasis", "uk-dfe_two-year-old-funding-basises", "ukDfe_TwoYearOldFundingBasises",
                "student>Student", texts="fundingBasis",
            ),
            _entity("LanguageAbility", "language-abilities", "languageAbilities", "person> language>Language",
                texts="isFirstLanguage"),
            _entity(
                "AttendanceRollCallRecord", "attendance-roll-call-records", "attendanceRollCallRecords",
                "student>Student attendanceRollCall>AttendanceRollCall attendanceMark>AttendanceMark", "recordDate",
                "validationError",
            ),
            _entity(
                "FixedPeriodExclusion", "fixed-period-exclusions", "fixedPeriodExclusions",
                "student>Student exclusionReason>ExclusionReason", "fromDatetime untilDatetime",
                "dailyStartTime statisticalDaysExcluded schoolDefinedSessionsExcluded",
            ),
            _entity(
                "PermanentExclusion", "permanent-exclusions", "permanentExclusions",
                "student>Student exclusionReason>ExclusionReason", "fromDate", "excludeFromSchoolCensus",
            ),
            _entity(
                "ExclusionExclusionReason", "exclusion-exclusion-reasons", "exclusionExclusionReasons",
                "exclusion> exclusionReason>ExclusionReason",
            ),
            _entity(
                "ExclusionReview", "exclusion-reviews", "exclusionReviews", "permanentExclusion>PermanentExclusion",
                    "reviewDate",
            ),
            _entity("Programme", "programmes", "programmes"),
            _entity(
                "ProgrammeInstance", "programme-instances", "programmeInstances", "programme>Programme",
                    texts="partnerUkprn",
            ),
            _entity(
                "ProgrammeEnrolment", "programme-enrolments", "programmeEnrolments",
                "student>Student programmeInstance>ProgrammeInstance withdrawalReason>ProgrammeWithdrawalReason",
                "plannedStartDate plannedEndDate actualEndDate", "mainProgramme completionStatus programmeAimType",
            ),
            _entity(
                "ProgrammeQualificationAward", "programme-qualification-awards", "programmeQualificationAwards",
                "programmeInstance>ProgrammeInstance qualificationAward>QualificationAward",
            ),
            _entity(
                "WorkPlacement", "work-placements", "workPlacements",
                    "student>Student programmeEnrolment>ProgrammeEnrolment",
                "startDate endDate", "hours mode",
            ),
            _entity("Company", "companies", "companies", texts="companyNumber"),
            _entity(
                "UkDfe_AlternativeProvisionPlacement", "uk-dfe_alternative-provision-placements",
                "ukDfe_AlternativeProvisionPlacements",
                "student>Student educationalInstitution>EducationalInstitution company>Company "
                "alternativeProvisionPlacementReason>UkDfe_AlternativeProvisionPlacementReason",
                "startDate endDate", "settingType attendancePattern sessionsPerWeek",
            ),
            _entity("Guardian", "guardians", "guardians", "person>Person"),
            _entity(
                "StudentGuardianRelationship", "student-guardian-relationships", "studentGuardianRelationships",
                "student>Student guardian>Guardian guardianRelationshipType>GuardianRelationshipType",
                texts="isLegalGuardian emergencyContactPriority accessNotes",
            ),
            _entity("EmailAddress", "email-addresses", "emailAddresses", "emailAddressOwner>",
                texts="emailAddress dataOrder"),
            _entity("TelephoneNumber", "telephone-numbers", "telephoneNumbers", "numberOwner>",
                texts="number telephoneNumberRanking"),
            _entity(
                "UkJcq_UciAssignment", "uk-jcq_uci-assignments", "ukJcq_UciAssignments", "student>Student",
                "issuedDatetime cancelledDatetime", "uci",
            ),
            _entity(
                "UkDfe_PupilPremiumRecipient", "uk-dfe_pupil-premium-recipients", "ukDfe_PupilPremiumRecipients",
                "student>Student", "startDate endDate",
            ),
            _entity(
                "ChildProtectionStatusAssignment", "child-protection-status-assignments",
                "childProtectionStatusAssignments", "student>Student childProtectionStatus>ChildProtectionStatus",
                "startDate endDate",
            ),
            _entity("DietaryRequirement", "dietary-requirements", "dietaryRequirements",
                "person> dietaryRequirementType>DietaryRequirementType"),
            _entity("MedicalCondition", "medical-conditions", "medicalConditions", "person>", "startDate endDate"),
            _entity("PersonImpairment", "person-impairments", "personImpairments",
                "person> impairmentCategory>ImpairmentCategory"),
            _entity(
                "Consent", "consents", "consents", "student>Student consentType>ConsentType respondee>",
                "consentedDatetime rejectedDatetime",
            ),
            _entity(
                "StudentStandardizedAssessmentMark", "student-standardized-assessment-marks",
                "studentStandardizedAssessmentMarks",
                "student>Student standardizedAssessment>StandardizedAssessment markGrade>Grade", "assessmentDate",
                "markInteger markDecimal",
            ),
            _entity("Term", "terms", "terms", "academicYear>AcademicYear", "startDate endDate", "termName"),
            _entity("Staff", "staffs", "staffs", "person>Person"),
            _entity("BusinessRoleAssignment", "business-role-assignments", "businessRoleAssignments",
                "staff>Staff businessRole>BusinessRole"),
            _entity(
                "AcademicUnit", "academic-units", "academicUnits",
                "academicYear>AcademicYear subject>Subject academicLevel>AcademicLevel", texts="shortName",
            ),
            _entity(
                "AcademicUnitEnrolment", "academic-unit-enrolments", "academicUnitEnrolments",
                "academicUnit>AcademicUnit student>Student", "startDate endDate",
            ),
            _entity(
                "AcademicUnitLead", "academic-unit-leads", "academicUnitLeads", "academicUnit>AcademicUnit staff>Staff",
                "startDate endDate",
            ),
            _code("AttendanceMark", "attendance-marks", "attendanceMarks", "attendanceMark"),
            _code("AttendancePattern", "attendance-patterns", "attendancePatterns", "isPartTime"),
            _code("AttendanceRollCall", "attendance-roll-calls", "attendanceRollCalls"),
            _code("BoardingStatus", "boarding-statuses", "boardingStatuses", "exportCode"),
            _code("BusinessRole", "business-roles", "businessRoles"),
            _code("ChildProtectionStatus", "child-protection-statuses", "childProtectionStatuses"),
            _code("ConsentType", "consent-types", "consentTypes"),
            _code("CurriculumGrade", "curriculum-grades", "curriculumGrades", "d00020 d00020Order"),
            _code("DietaryRequirementType", "dietary-requirement-types", "dietaryRequirementTypes"),
            _code("Eligibility", "eligibilities", "eligibilities"),
            _code("EnrolmentMode", "enrolment-modes", "enrolmentModes", "d00018"),
            _code("Ethnicity", "ethnicities", "ethnicities", "d00005 exportCode"),
            _code("ExclusionReason", "exclusion-reasons", "exclusionReasons", "d00024"),
            _code("Gender", "genders", "genders"),
            _code("Grade", "grades", "grades", "shortName"),
            _code("GuardianRelationshipType", "guardian-relationship-types", "guardianRelationshipTypes",
                "ctfExportCode"),
            _code("ImpairmentCategory", "impairment-categories", "impairmentCategories"),
            _code("InCareStatus", "in-care-statuses", "inCareStatuses", "countsAsInCareStatus"),
            _code("Language", "languages", "languages", "d00011Alpha3 d00011Alpha4"),
            _code("LocalAuthority", "local-authorities", "localAuthorities", "authorityCode"),
            _code("ProgrammeWithdrawalReason", "programme-withdrawal-reasons", "programmeWithdrawalReasons"),
            _code("QualificationAward", "qualification-awards", "qualificationAwards",
                "qcaAccreditationNumber post16DiscountCode"),
            _code("SenNeedType", "sen-need-types", "senNeedTypes", "d00237"),
            _code("SenStatus", "sen-statuses", "senStatuses", "d00229"),
            _code("StandardizedAssessment", "standardized-assessments", "standardizedAssessments"),
            _code("StudentDestinationType", "student-destination-types", "studentDestinationTypes"),
            _code("StudentFundingType", "student-funding-types", "studentFundingTypes"),
            _code("Subject", "subjects", "subjects"),
            _code("Title", "titles", "titles", "title"),
            _code("UkDfe_AlternativeProvisionPlacementReason", "uk-dfe_alternative-provision-placement-reasons",
                "ukDfe_AlternativeProvisionPlacementReasons"),
            _code("UkDfe_AlternativeProvisionReason", "uk-dfe_alternative-provision-reasons",
                "ukDfe_AlternativeProvisionReasons"),
            _code("UkDfe_CensusSchoolPhase", "uk-dfe_census-school-phases", "ukDfe_CensusSchoolPhases"),
            _code("UkDfe_GcseEnglishAchievementType", "uk-dfe_gcse-english-achievement-types",
                "ukDfe_GcseEnglishAchievementTypes", "exportValue"),
            _code("UkDfe_GcseEnglishFundingExemptionType", "uk-dfe_gcse-english-funding-exemption-types",
                "ukDfe_GcseEnglishFundingExemptionTypes", "exportValue"),
            _code("UkDfe_GcseMathsAchievementType", "uk-dfe_gcse-maths-achievement-types",
                "ukDfe_GcseMathsAchievementTypes", "exportValue"),
            _code("UkDfe_GcseMathsFundingExemptionType", "uk-dfe_gcse-maths-funding-exemption-types",
                "ukDfe_GcseMathsFundingExemptionTypes", "exportValue"),
            _code("UkDfe_SchoolGovernanceType", "uk-dfe_school-governance-types", "ukDfe_SchoolGovernanceTypes"),
            _code("UkDfe_SchoolIntakeType", "uk-dfe_school-intake-types", "ukDfe_SchoolIntakeTypes"),
            _code("UkDfe_SchoolType", "uk-dfe_school-types", "ukDfe_SchoolTypes"),
            _code("UnenrolmentReason", "unenrolment-reasons", "unenrolmentReasons", "d00206"),
        )
    },
)  # fmt: skip
"""Every entity that some canonical table may need, by name."""
