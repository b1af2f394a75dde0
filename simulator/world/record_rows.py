"""Rows of a pupil's record: registration, need and support, events, post-16 study.

Belongs here: one function per kind of fact, each putting the rows that `entities` documents.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from simulator.world import lookups
from simulator.world.facts import Fact, Pupil
from simulator.world.lookups import Row, reference
from simulator.world.refs import Ref
from simulator.world.store import Store, midnight, student, year_ref

_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOME: Final[Mapping[str, tuple[str, ...]]] = {"B": (), "6": ("friday", "saturday"), "7": ()}
_IDENTIFIED_BY: Final[Mapping[str, str]] = {"P": "PARENT", "S": "SCHOOL"}
_REVIEWED_AFTER: Final = dt.timedelta(days=12)


def _enrolment(store: Store, pupil: Pupil, fact: Fact) -> None:
    it = fact.value
    store.put(
        "EducationalInstitutionEnrolment",
        fact,
        student=student(pupil),
        entryDate=fact.start,
        leavingDate=fact.end,
        unenrolmentReason=reference("UnenrolmentReason", it.reason),
        removalGrounds=it.ground,
        alternativeProvisionReason=reference("UkDfe_AlternativeProvisionReason", it.ap_reason),
    )
    if fact.end and (it.destination or it.goes != "UNKNOWN"):
        store.put(
            "StudentDestination",
            fact,
            student=student(pupil),
            startDate=fact.end + dt.timedelta(days=1),
            endDate=None,
            studentDestinationType=Ref("StudentDestinationType", it.goes),
            verifiedDate=None,
            linkedRecord=_destination(it.destination, it.goes),
        )
    if it.previous_school and fact.start:
        store.put(
            "StudentEducationalHistory",
            fact,
            student=student(pupil),
            actualEntryDate=None,
            educationalInstitution=Ref("EducationalInstitution", it.previous_school),
            leavingDate=fact.start - dt.timedelta(days=1),
            unenrolmentReason=None,
        )


def _destination(institution: int | None, kind: str) -> Ref | None:
    """Refer to where a leaver went; an employer is a company, and home and abroad are no record."""
    if kind == "EMPLOYMENT":
        return Ref("Company", 1)
    return Ref("EducationalInstitution", institution) if institution else None


def _academic_year(store: Store, pupil: Pupil, fact: Fact) -> None:
    it = fact.value
    learning, other, t_level = it.hours or (None, None, None)
    span: Row = {"startDate": fact.start, "endDate": fact.end}
    store.put(
        "AcademicYearEnrolment",
        fact,
        academicYear=year_ref(it.code),
        student=student(pupil),
        **span,
        plannedLearningHours=learning,
        plannedEepHours=other,
        tLevelPlannedLearningHours=t_level,
    )
    store.put(
        "EnrolmentModeAssignment",
        fact,
        academicYearEnrolment=Ref("AcademicYearEnrolment", fact.id),
        **span,
        enrolmentMode=Ref("EnrolmentMode", lookups.ENROLMENT_MODE[it.status]),
        otherEducationalInstitution=None,
    )
    store.put(
        "AcademicLevelMembership", fact, academicLevel=store.level(it.code, it.nc_year), student=student(pupil), **span
    )
    store.put(
        "RegistrationFormMembership",
        fact,
        registrationForm=store.form(it.code, it.form),
        student=student(pupil),
        **span,
    )
    store.put(
        "StudentAttendancePattern",
        fact,
        academicYear=year_ref(it.code),
        student=student(pupil),
        **span,
        attendancePattern=Ref("AttendancePattern", it.pattern),
    )


def _boarding(store: Store, pupil: Pupil, fact: Fact) -> None:
    nights: Row = {
        f"{day}BoardingStatus": Ref("BoardingStatus", "NIGHT_N" if day in _HOME[fact.value] else f"NIGHT_{fact.value}")
        for day in _WEEK
    }
    store.put("BoardingPattern", fact, student=student(pupil), effectiveDate=fact.start, endDate=fact.end, **nights)


def _sen(store: Store, pupil: Pupil, fact: Fact) -> None:
    status = lookups.SEN_STATUS.get(fact.value.provision, "USER__WITHDRAWN")
    store.put(
        "SenStatusAssignment",
        fact,
        student=student(pupil),
        senStatus=Ref("SenStatus", status),
        startDate=fact.start,
        endDate=fact.end,
        isMemberOfSenUnit=fact.value.unit,
        hasResourcedProvision=fact.value.resourced,
    )


def _need(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "SenNeed",
        fact,
        student=student(pupil),
        senNeedType=Ref("SenNeedType", fact.value.kind),
        ranking=fact.value.rank,
        effectiveDate=fact.start,
        endDate=fact.end,
    )


def _fsm(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "EligibilityRecord",
        fact,
        eligibility=Ref("Eligibility", fact.value.category),
        person=student(pupil),
        startDate=fact.start,
        endDate=fact.end,
        lastVerifiedDate=fact.value.verified,
        nextCheckDate=None,
    )


def _service(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "UkDfe_ServiceChildStatusAssignment", fact, student=student(pupil), startDate=fact.start, endDate=fact.end
    )


def _young_carer(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "UkDfe_YoungCarerStatusAssignment",
        fact,
        student=student(pupil),
        identifiedBy=_IDENTIFIED_BY.get(fact.value, fact.value),
        startDate=fact.start,
        endDate=fact.end,
    )


def _care(store: Store, pupil: Pupil, fact: Fact) -> None:
    number = fact.value.la_number
    store.put(
        "InCareStatusAssignment",
        fact,
        student=student(pupil),
        inCareStatus=Ref("InCareStatus", fact.value.code),
        startDate=fact.start,
        endDate=fact.end,
        responsibleLocalAuthority=reference("LocalAuthority", f"LA_{number}" if number else None),
    )


def _top_up(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "StudentFunding",
        fact,
        student=student(pupil),
        studentFundingType=Ref("StudentFundingType", fact.value),
        startDate=fact.start,
        endDate=fact.end,
        note=None,
    )


def _eypp(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "UkDfe_EarlyYearsPupilPremiumRecipient",
        fact,
        student=student(pupil),
        startDate=fact.start,
        endDate=fact.end,
        recipientForEconomicReasons=fact.value in {"RE", "RB"},
        recipientForOtherReasons=fact.value in {"RO", "RB"},
    )


def _two_year(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put("UkDfe_TwoYearOldFundingBasis", fact, student=student(pupil), fundingBasis=fact.value)


def _suspension(store: Store, pupil: Pupil, fact: Fact) -> None:
    it = fact.value
    first = reference("ExclusionReason", it.reasons[0] if it.reasons else None)
    entity = "PermanentExclusion" if it.category == "PERM" else "FixedPeriodExclusion"
    if it.category == "PERM" and fact.start:
        store.put(
            entity,
            fact,
            student=student(pupil),
            exclusionReason=first,
            fromDate=fact.start,
            excludeFromSchoolCensus=False,
        )
        store.put(
            "ExclusionReview",
            fact,
            student=student(pupil),
            permanentExclusion=Ref(entity, fact.id),
            reviewDate=fact.start + _REVIEWED_AFTER,
            studentReinstatementDate=None,
            senExpertRequested=False,
        )
    else:
        lunch = it.category == "LNCH"
        store.put(
            entity,
            fact,
            student=student(pupil),
            exclusionReason=first,
            fromDatetime=midnight(fact.start),
            untilDatetime=midnight(fact.end),
            dailyStartTime="12:00:00" if lunch else None,
            dailyEndTime="13:00:00" if lunch else None,
            statisticalDaysExcluded=it.sessions / 2,
            schoolDefinedSessionsExcluded=it.sessions if it.sessions % 2 else None,
        )
    for offset, reason in enumerate(it.reasons[1:], start=1):
        store.rows["ExclusionExclusionReason"].append(
            {
                "id": fact.id + offset,
                "revision": fact.revision,
                "exclusion": Ref(entity, fact.id),
                "exclusionReason": Ref("ExclusionReason", reason),
            }
        )


def _programme(store: Store, pupil: Pupil, fact: Fact) -> None:
    it = fact.value
    _enrol(store, pupil, fact, store.instance(it.course, None), it.prog_type, main=False)


def _aim(store: Store, pupil: Pupil, fact: Fact) -> None:
    it = fact.value
    _enrol(store, pupil, fact, store.instance(it.course, it.award), None, main=it.core)
    if it.placement:
        store.put(
            "WorkPlacement",
            fact,
            student=student(pupil),
            programmeEnrolment=Ref("ProgrammeEnrolment", fact.id),
            startDate=it.placement.start,
            endDate=it.placement.end,
            hours=it.placement.hours,
            mode=it.placement.mode,
        )


def _enrol(store: Store, pupil: Pupil, fact: Fact, instance: Ref, kind: str | None, *, main: bool) -> None:
    it = fact.value
    store.put(
        "ProgrammeEnrolment",
        fact,
        programmeInstance=instance,
        student=student(pupil),
        mainProgramme=main,
        programmeAimType=kind,
        plannedStartDate=fact.start,
        plannedEndDate=it.planned_end,
        actualEndDate=fact.end,
        completionStatus=it.status,
        withdrawalReason=reference("ProgrammeWithdrawalReason", it.withdrawal),
    )


def _elsewhere(store: Store, pupil: Pupil, fact: Fact) -> None:
    it = fact.value
    store.put(
        "UkDfe_AlternativeProvisionPlacement",
        fact,
        student=student(pupil),
        startDate=fact.start,
        endDate=fact.end,
        educationalInstitution=Ref("EducationalInstitution", it.institution) if it.institution else None,
        company=Ref("Company", it.company) if it.company else None,
        settingType=it.setting_type,
        alternativeProvisionPlacementReason=Ref("UkDfe_AlternativeProvisionPlacementReason", it.reason),
        attendancePattern=it.pattern,
        sessionsPerWeek=it.sessions,
    )


PUT: Final[Mapping[str, Callable[[Store, Pupil, Fact], None]]] = {
    "enrolment": _enrolment,
    "year": _academic_year,
    "boarding": _boarding,
    "sen": _sen,
    "need": _need,
    "fsm": _fsm,
    "service": _service,
    "young_carer": _young_carer,
    "care": _care,
    "top_up": _top_up,
    "eypp": _eypp,
    "two_year": _two_year,
    "suspension": _suspension,
    "programme": _programme,
    "aim": _aim,
    "elsewhere": _elsewhere,
}
"""How each kind of fact is put."""
