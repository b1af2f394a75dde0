r"""The world as an Arbor store: entity name -> rows, as recorded by the end of a day.

Property names are those of Arbor's own SDK (facts: mis/arbor_entities.csv), module properties flattened onto the
parent entity (`UkDfe_Student` onto `Student`, `UkDfe_SenStatusAssignment` onto `SenStatusAssignment` and so on).
Every row has `id` (the code, for a lookup) and `revision` (a whole number, increasing over the school in the order of
recording; an edited row keeps its id and takes a new revision). All rows of an entity have the same properties (those
that carry something), null when nothing is recorded. References are `Ref(entity, id)`; a lookup's `Ref.id` is its
code. Dates are `dt.date`, date-times naive `dt.datetime`. End dates are inclusive: the last day the row holds.
`UkDfe_UpnAssignment` alone has date-times: startDatetime at 00:00 of the first day, endDatetime at 00:00 of the day
AFTER the last (so "open on D" is start <= D < end).

Where each canonical table is read from (rows are one per fact unless said otherwise):

    school              EducationalInstitution with urn = the school's own (others are partners):
                        educationalInstitutionName, localAuthority.authorityCode, establishmentNumber, ukprn,
                        censusSchoolPhase.code, schoolType.code, intakeType.code, governanceType.code. Year range: the
                        lowest and highest CurriculumGrade.d00020Order among AcademicLevel rows of AcademicYear code
                        2026/2027 (X left out). Mailbox: EmailAddress; phone: TelephoneNumber, both owned by the
                        EducationalInstitution.
    pupil               Student + Person. preferredLastName / preferredFirstName null = none recorded. Sex:
                        Person.gender.code MALE/FEMALE. ethnicity.d00005; YSSA = Student.youthSupportServicesAgreement
                        (census code itself); language = LanguageAbility(isFirstLanguage).language: d00011Alpha3, or
                        d00011Alpha4 when that is set. maths_year11 = gcseMathsAchievementType.exportValue,
                        maths_exemption = gcseMathsFundingExemptionType.exportValue, maths_grade = gcseMathsGrade,
                        maths_grade_previous = gcseMathsGradePrior; English likewise. funded/extended/expanded hours
                        and hoursAtSetting are decimal TEXT; eligibility_code = thirtyHourCode; uniqueLearnerNumber is
                        an INT, nhsNumber text. t_level_non_qual_hours = tLevelPlannedEepHours (int). plaa: from
                        InCareStatusAssignment with a status that is not countsAsInCareStatus, by InCareStatus.code:
                        ADOPTED=A, SPECIAL_GUARDIANSHIP=G, RESIDENCE_ORDER=R, CHILD_ARRANGEMENTS=C, ADOPTED_ABROAD=O;
                        no row: default N.
    upn                 UkDfe_UpnAssignment.
    former_surname      PersonFormerName.legalLastName, endDate.
    enrolment           EducationalInstitutionEnrolment: entryDate, leavingDate, unenrolmentReason.d00206,
                        removalGrounds ("a".."o"). destination: StudentDestination.linkedRecord ->
                        EducationalInstitution.educationalInstitutionName, startDate.
    enrol_status        EnrolmentModeAssignment -> enrolmentMode.d00018 (student through
                        academicYearEnrolment.student). Guests have G.
    nc_year             AcademicLevelMembership -> academicLevel.curriculumGrade.d00020.
    registration_group  RegistrationFormMembership -> registrationForm.shortName.
    attendance_pattern  StudentAttendancePattern -> attendancePattern.isPartTime.
    boarding            BoardingPattern: boarder = the one exportCode other than N among the seven weekday statuses
                        (nights at home carry N); boarders only have a row, no row: default N.
    sen_status          SenStatusAssignment (also a row for N), isMemberOfSenUnit, hasResourcedProvision;
                        senStatus.d00229.
    sen_need            SenNeed: senNeedType.d00237, ranking, effectiveDate, endDate.
    address             PostalAddressOccupancy with occupant = the Student -> PostalAddress. Structured when address1
                        matches `^(?:(?P<saon>(?:Flat|Room|Unit) \w+), )?(?P<paon>\d+[A-Z]?)$`: then saon, paon as
                        matched, street = address2, locality = address3, town = post_town = postalTown,
                        administrative_area = postalState. Otherwise lines: line1..3 = address1..3, line4 =
                        postalTown, line5 = postalState. uprn = uniquePropertyReferenceNumber.
    fsm                 EligibilityRecord (person = Student): eligibility.code FSM_TARGETED = TFSM, FSM_EXPANDED =
                        EFSM, FSM_LOCAL = LOCAL; verified_date = lastVerifiedDate. Country: no property, default ENG.
    service_child       UkDfe_ServiceChildStatusAssignment = Y with its dates; otherwise the school's own field:
                        UserDefinedRecord of UserDefinedField identifier SERVICE_CHILD, entity = Student, value N, U
                        or R (undated: entry date of the pupil).
    in_care             InCareStatusAssignment with countsAsInCareStatus: responsibleLocalAuthority.authorityCode.
    top_up              StudentFunding of StudentFundingType code TOP_UP.
    eypp                UkDfe_EarlyYearsPupilPremiumRecipient: economic and other = RB, economic RE, other RO, neither
                        RU.
    two_year_basis      UkDfe_TwoYearOldFundingBasis.fundingBasis (the census code itself).
    attendance_mark     AttendanceRollCallRecord: attendanceRollCall.code AM or PM, attendanceMark.attendanceMark (the
                        DfE symbol; the id of AttendanceMark is a word such as PRESENT_AM). A lazy sequence: see
                        `marks.MarkRows`.
    suspension          FixedPeriodExclusion: sessions = schoolDefinedSessionsExcluded, else statisticalDaysExcluded x
                        2; LNCH when dailyStartTime is not null, else SUSP; last day = untilDatetime's date.
                        PermanentExclusion: PERM (leave out excludeFromSchoolCensus). Reasons: exclusionReason first,
                        then ExclusionExclusionReason in order of id (one given twice is there twice); d00024. Reviews:
                        ExclusionReview.
    post16_year         AcademicYearEnrolment rows with plannedLearningHours not null: plannedLearningHours,
                        plannedEepHours, tLevelPlannedLearningHours. full_time_employed: UserDefinedField identifier
                        FULL_TIME_EMPLOYED, value true/false.
    programme_aim       ProgrammeEnrolment whose programmeAimType is not null (it is the codeset PROG_TYPE value 1,
                        30, 31). qn = programmeInstance -> ProgrammeQualificationAward ->
                        QualificationAward.qcaAccreditationNumber without slashes (none for a study programme).
                        completionStatus CONTINUING 1, COMPLETED 2, WITHDRAWN 3, TRANSFERRED 4; withdrawalReason.code
                        is the census code.
    learning_aim        ProgrammeEnrolment with programmeAimType null; its programme is the same student's
                        programme_aim whose programmeInstance.programme is the same Programme. scc =
                        QualificationAward.post16DiscountCode, core = mainProgramme, partner =
                        programmeInstance.partnerUkprn, start = plannedStartDate.
    work_placement      WorkPlacement (properties not public, ours: student, programmeEnrolment, startDate, endDate,
                        hours, mode 1 or 2).
    ap_entry            AP academies: EducationalInstitutionEnrolment.alternativeProvisionReason.code; prev_urn =
                        educationalInstitution.urn of the pupil's StudentEducationalHistory with the latest
                        leavingDate before entryDate; SEN = sen_status open at entry.
    ap_placement        UkDfe_AlternativeProvisionPlacement: educationalInstitution -> urn, ukprn; company ->
                        Company.companyNumber (property not public, ours) and, through PostalAddressOccupancy of the
                        Company, its postcode; settingType, attendancePattern (FT, PT), sessionsPerWeek,
                        alternativeProvisionPlacementReason.code.
    contact             StudentGuardianRelationship (isLegalGuardian = parental responsibility,
                        emergencyContactPriority as text, guardianRelationshipType.ctfExportCode, accessNotes not
                        blank = court order) -> Guardian.person; first EmailAddress by dataOrder and first
                        TelephoneNumber by ranking owned by the Guardian. Lives with the pupil when the guardian's
                        open PostalAddressOccupancy is of the same PostalAddress as the pupil's; else its address is
                        joined by ", ".

    young_carer         UkDfe_YoungCarerStatusAssignment: identifiedBy PARENT = P, SCHOOL = S.

And those that no census reads:

    pupil               uci: UkJcq_UciAssignment without cancelledDatetime, the latest issuedDatetime. email, phone: as
                        of a guardian, owned by the Student. dietary: DietaryRequirement.dietaryRequirementType, its
                        code in words. medical_flag: a MedicalCondition without endDate before today. disability:
                        PersonImpairment.impairmentCategory. ethnicity_source, home_la: Student.ethnicitySource,
                        homeLocalAuthority.authorityCode.
    enrolment           destination_la, destination_estab: StudentDestination.linkedRecord when that is an
                        EducationalInstitution (for work it is a Company, for home and abroad nothing);
                        destination_type: studentDestinationType.code. No row where nobody knows.
    contact             phone2: the TelephoneNumber second by ranking. dob: Person.dateOfBirth. nino, nass: the school's
                        own fields NINO and NASS, UserDefinedRecord.entity = the Guardian.
    school_history      StudentEducationalHistory: educationalInstitution, actualEntryDate, leavingDate,
                        unenrolmentReason.d00206.
    assessment_result   StudentStandardizedAssessmentMark: standardizedAssessment.code is one of
                        `connectors.arbor.assessments` or the school's own (left out); result = markGrade.shortName or
                        markInteger; year and day = assessmentDate.
    staff               Staff.person, EmailAddress of the Staff, BusinessRoleAssignment.businessRole.code.
    teaching_group      AcademicUnit with an enrolment (the others are headings): shortName, subject.code in words,
                        academicLevel.curriculumGrade.d00020, academicYear.code. group_pupil: AcademicUnitEnrolment;
                        group_staff: AcademicUnitLead.
    academic_year, term AcademicYear, Term.
    intended_destination  the school's own fields INTENDED_ACTIVITY, INTENDED_PROVIDER, INTENDED_COURSE, INTENDED_LEVEL,
                        OFFER_MADE, SHARING_REFUSED, INTENTION_RECORDED, UserDefinedRecord.entity = the Student.
    social_worker       ChildProtectionStatusAssignment: childProtectionStatus.code.
    consent             Consent: purpose = consentType.code in lower case; given = consentedDatetime later than
                        rejectedDatetime; neither = not answered, no row; by = the kind of respondee.
    pupil_premium       UkDfe_PupilPremiumRecipient.

What has no home in Arbor is in `on_the_day` (by pupil) and `school_file` (by school).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from simulator.world import background_rows, lookups, pupil_rows, record_rows
from simulator.world.facts import Pupil
from simulator.world.lookups import Row
from simulator.world.marks import MarkRows
from simulator.world.registers import Registers
from simulator.world.schools import SchoolIdentity
from simulator.world.store import Store
from simulator.world.teaching import Classes

ENTITIES: Final = (
    "EducationalInstitution", "AcademicYear", "AcademicLevel", "RegistrationForm", "Student", "Person",
    "PersonFormerName", "Guardian", "StudentGuardianRelationship", "EmailAddress", "TelephoneNumber",
    "PostalAddress", "PostalAddressOccupancy", "LanguageAbility", "UserDefinedRecord", "UkDfe_UpnAssignment",
    "EducationalInstitutionEnrolment", "StudentDestination", "StudentEducationalHistory", "AcademicYearEnrolment",
    "EnrolmentModeAssignment", "AcademicLevelMembership", "RegistrationFormMembership",
    "StudentAttendancePattern", "BoardingPattern", "SenStatusAssignment", "SenNeed", "EligibilityRecord",
    "UkDfe_ServiceChildStatusAssignment", "UkDfe_YoungCarerStatusAssignment", "InCareStatusAssignment",
    "StudentFunding", "UkDfe_EarlyYearsPupilPremiumRecipient", "UkDfe_TwoYearOldFundingBasis", "FixedPeriodExclusion",
    "PermanentExclusion", "ExclusionExclusionReason", "ExclusionReview", "Programme", "ProgrammeInstance",
    "ProgrammeQualificationAward", "ProgrammeEnrolment", "WorkPlacement", "UkDfe_AlternativeProvisionPlacement",
    "Company", "StudentStandardizedAssessmentMark", "DietaryRequirement", "MedicalCondition", "PersonImpairment",
    "ChildProtectionStatusAssignment", "UkDfe_PupilPremiumRecipient", "UkJcq_UciAssignment", "Consent", "Term",
    "Staff", "BusinessRoleAssignment", "AcademicUnit", "AcademicUnitEnrolment", "AcademicUnitLead",
)  # fmt: skip
"""Every entity served that is not a lookup and not `AttendanceRollCallRecord`."""


def entities(
    identity: SchoolIdentity,
    pupils: Sequence[Pupil],
    registers: Registers,
    as_of: dt.date,
) -> dict[str, Sequence[Row]]:
    """Return the Arbor store of one school as recorded by the end of a day: entity -> rows in order of id."""
    store = Store(identity, ENTITIES)
    for pupil in pupils:
        for kind, put in (*pupil_rows.PUT.items(), *record_rows.PUT.items(), *background_rows.PUT.items()):
            for fact in pupil.on(kind, as_of):
                put(store, pupil, fact)
        pupil_rows.put_homes(store, pupil, as_of)
    Classes(store, identity).put(pupils, as_of)
    rows = {name: sorted(found, key=_row_id) for name, found in store.rows.items()}
    return {**lookups.LOOKUPS, **rows, "AttendanceRollCallRecord": MarkRows(*registers.shown(as_of))}


def _row_id(row: Row) -> int:
    return int(str(row["id"]))
