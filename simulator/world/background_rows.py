"""Rows of what a school knows of a pupil besides what a census asks.

Belongs here: one function per kind of fact of `background`, each putting the rows that `entities` documents.
"""

from collections.abc import Callable, Mapping
from typing import Final

from simulator.world.facts import Fact, Pupil
from simulator.world.lookups import reference
from simulator.world.refs import Ref
from simulator.world.store import Store, midnight, student

_ABOVE_FACTS: Final = 1_000_000_000


def _attended(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "StudentEducationalHistory",
        fact,
        student=student(pupil),
        actualEntryDate=fact.start,
        educationalInstitution=Ref("EducationalInstitution", fact.value.institution),
        leavingDate=fact.end,
        unenrolmentReason=Ref("UnenrolmentReason", fact.value.reason),
    )


def _results(store: Store, pupil: Pupil, fact: Fact) -> None:
    for offset, it in enumerate(fact.value):
        store.rows["StudentStandardizedAssessmentMark"].append(
            {
                "id": fact.id + offset,
                "revision": fact.revision,
                "student": student(pupil),
                "standardizedAssessment": Ref("StandardizedAssessment", it.assessment),
                "markGrade": reference("Grade", it.grade),
                "markInteger": it.mark,
                "markDecimal": None,
                "markComment": None,
                "assessmentDate": it.day,
            }
        )


def _reached(store: Store, pupil: Pupil, fact: Fact) -> None:
    it = fact.value
    put_email(store, fact, student(pupil), it.email)
    put_phone(store, fact, student(pupil), it.phone, kind="MOBILE")


def put_email(store: Store, fact: Fact, owner: Ref, address: str | None) -> None:
    """Put an e-mail address, if there is one."""
    if address:
        store.put(
            "EmailAddress", fact, emailAddressOwner=owner, emailAddressType="HOME", emailAddress=address, dataOrder=1
        )


def put_phone(store: Store, fact: Fact, owner: Ref, number: str | None, kind: str, rank: int = 1) -> None:
    """Put a telephone number, if there is one; ids of second ones begin above every fact's."""
    if number:
        store.rows["TelephoneNumber"].append(
            {
                "id": fact.id + (rank - 1) * _ABOVE_FACTS,
                "revision": fact.revision,
                "numberOwner": owner,
                "telephoneNumberType": kind,
                "number": number,
                "telephoneNumberRanking": rank,
            }
        )


def put_fields(store: Store, fact: Fact, owner: Ref, fields: Mapping[str, object]) -> None:
    """Put values of the school's own fields, always as text; one that has none has no row."""
    for offset, (field, value) in enumerate(fields.items()):
        if value is not None:
            store.rows["UserDefinedRecord"].append(
                {
                    "id": fact.id + offset,
                    "revision": fact.revision,
                    "entity": owner,
                    "userDefinedField": Ref("UserDefinedField", field),
                    "value": str(value).lower() if isinstance(value, bool) else str(value),
                }
            )


def _diet(store: Store, pupil: Pupil, fact: Fact) -> None:
    for offset, code in enumerate(fact.value):
        store.rows["DietaryRequirement"].append(
            {
                "id": fact.id + offset,
                "revision": fact.revision,
                "person": student(pupil),
                "dietaryRequirementType": Ref("DietaryRequirementType", code),
                "note": None,
            }
        )


def _medical(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "MedicalCondition",
        fact,
        person=student(pupil),
        medicalConditionType=Ref("MedicalConditionType", fact.value),
        startDate=fact.start,
        endDate=fact.end,
    )


def _impairment(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put("PersonImpairment", fact, person=student(pupil), impairmentCategory=Ref("ImpairmentCategory", fact.value))


def _social_care(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "ChildProtectionStatusAssignment",
        fact,
        childProtectionStatus=Ref("ChildProtectionStatus", fact.value),
        student=student(pupil),
        startDate=fact.start,
        endDate=fact.end,
    )


def _premium(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "UkDfe_PupilPremiumRecipient", fact, student=student(pupil), startDate=fact.start, endDate=fact.end, fte=1.0
    )


def _uci(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "UkJcq_UciAssignment",
        fact,
        student=student(pupil),
        uci=fact.value,
        issuedDatetime=midnight(fact.recorded),
        cancelledDatetime=None,
    )


def _answer(store: Store, pupil: Pupil, fact: Fact) -> None:
    it = fact.value
    store.put(
        "Consent",
        fact,
        student=student(pupil),
        consentType=Ref("ConsentType", it.purpose),
        requestedDatetime=midnight(fact.recorded),
        consentedDatetime=midnight(it.given),
        rejectedDatetime=midnight(it.refused),
        respondee=Ref("Guardian", it.by) if it.by else student(pupil),
    )


def _intention(store: Store, pupil: Pupil, fact: Fact) -> None:
    it = fact.value
    put_fields(
        store,
        fact,
        student(pupil),
        {
            "INTENDED_ACTIVITY": it.activity,
            "INTENDED_PROVIDER": it.provider,
            "INTENDED_COURSE": it.course,
            "INTENDED_LEVEL": it.level,
            "OFFER_MADE": it.offer,
            "SHARING_REFUSED": it.refused,
            "INTENTION_RECORDED": it.recorded,
        },
    )


PUT: Final[Mapping[str, Callable[[Store, Pupil, Fact], None]]] = {
    "attended": _attended,
    "results": _results,
    "reached": _reached,
    "diet": _diet,
    "medical": _medical,
    "impairment": _impairment,
    "social_care": _social_care,
    "premium": _premium,
    "uci": _uci,
    "answer": _answer,
    "intention": _intention,
}
"""How each kind of fact is put."""
