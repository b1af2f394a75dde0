"""Rows of who a pupil is: person, identifiers, names, home, parents.

Belongs here: one function per kind of fact, each putting the rows that `entities` documents.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from simulator.world import lookups
from simulator.world.background_rows import put_email, put_fields, put_phone
from simulator.world.facts import Attainment, Fact, Pupil
from simulator.world.lookups import Row, reference
from simulator.world.refs import Ref
from simulator.world.store import Store, lines, midnight, student


def _person(store: Store, pupil: Pupil, fact: Fact) -> None:
    who = fact.value
    gender = {"M": "MALE", "F": "FEMALE"}.get(who.sex)
    _put_person(
        store,
        fact,
        pupil.id,
        who.surname,
        who.forename,
        who.middle,
        who.preferred_surname,
        who.preferred_forename,
        gender,
        who.dob,
    )


def _put_person(  # noqa: PLR0913, PLR0917 - the properties of the entity
    store: Store,
    fact: Fact,
    person_id: int,
    surname: str | None,
    forename: str,
    middle: str | None,
    preferred_surname: str | None,
    preferred_forename: str | None,
    gender: str | None,
    dob: dt.date | None,
    title: str | None = None,
) -> None:
    store.rows["Person"].append(
        {
            "id": person_id,
            "revision": fact.revision,
            "legalFirstName": forename,
            "legalMiddleNames": middle,
            "legalLastName": surname,
            "preferredFirstName": preferred_forename,
            "preferredLastName": preferred_surname,
            "gender": reference("Gender", gender),
            "dateOfBirth": dob,
            "title": reference("Title", title),
            "deceased": False,
        }
    )


def _attainment(subject: str, value: Attainment | None) -> Row:
    """Four flattened properties of one GCSE subject."""
    grade, year11, exemption, previous = value or (None, None, None, None)
    attained = lookups.ATTAINED[year11] if year11 else None
    return {
        f"gcse{subject}Grade": grade,
        f"gcse{subject}GradePrior": previous,
        f"gcse{subject}AchievementType": reference(f"UkDfe_Gcse{subject}AchievementType", attained),
        f"gcse{subject}FundingExemptionType": reference(
            f"UkDfe_Gcse{subject}FundingExemptionType", f"EX_{exemption}" if exemption else None
        ),
    }


def _details(store: Store, pupil: Pupil, fact: Fact) -> None:
    it = fact.value
    store.rows["Student"].append(
        {
            "id": pupil.id,
            "revision": fact.revision,
            "person": Ref("Person", pupil.id),
            "studentNumber": str(pupil.id),
            "ethnicity": reference("Ethnicity", it.ethnicity),
            "uniqueLearnerNumber": int(it.uln) if it.uln else None,
            "youthSupportServicesAgreement": it.yssa,
            "hoursAtSetting": it.at_setting,
            "fundedHours": it.funded,
            "extendedHours": it.extended,
            "expandedHours": it.expanded,
            "thirtyHourCode": it.eligibility_code,
            "nhsNumber": it.nhs_number,
            "ethnicitySource": it.ethnicity_source,
            "homeLocalAuthority": reference("LocalAuthority", f"LA_{it.home_la}" if it.home_la else None),
            "tLevelPlannedEepHours": it.t_level_eep,
            **_attainment("Maths", it.maths),
            **_attainment("English", it.english),
        }
    )
    if it.language:
        store.put(
            "LanguageAbility",
            fact,
            person=student(pupil),
            language=Ref("Language", it.language),
            isFirstLanguage=True,
            isSpokenAtHome=True,
        )
    put_fields(store, fact, student(pupil), {"SERVICE_CHILD": it.service, "FULL_TIME_EMPLOYED": it.employed})


def _upn(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "UkDfe_UpnAssignment",
        fact,
        student=student(pupil),
        upn=fact.value,
        startDatetime=midnight(fact.start),
        endDatetime=midnight(fact.end, after=1),
        isTemporary=fact.value[-1:].isalpha(),
    )


def _former_name(store: Store, pupil: Pupil, fact: Fact) -> None:
    store.put(
        "PersonFormerName",
        fact,
        person=Ref("Person", pupil.id),
        fromDate=fact.start,
        endDate=fact.end,
        legalFirstName=None,
        legalMiddleNames=None,
        legalLastName=fact.value,
    )


def _guardian(store: Store, pupil: Pupil, fact: Fact) -> None:
    it, owner = fact.value, Ref("Guardian", fact.id)
    _put_person(store, fact, fact.id, it.surname, it.forename, it.middle, None, None, None, it.dob, it.title.upper())
    store.put("Guardian", fact, person=Ref("Person", fact.id), shareContactDetails=not it.note)
    store.put(
        "StudentGuardianRelationship",
        fact,
        student=student(pupil),
        guardian=owner,
        guardianRelationshipType=Ref("GuardianRelationshipType", it.relationship),
        isLegalGuardian=it.responsible,
        isPrimaryGuardian=it.priority == 1,
        emergencyContactPriority=str(it.priority),
        accessNotes=it.note,
        unsubscribedFromComms=False,
    )
    put_email(store, fact, owner, it.email)
    put_phone(store, fact, owner, it.phone, "MOBILE")
    put_phone(store, fact, owner, it.phone2, "WORK", rank=2)
    put_fields(store, fact, owner, {"NINO": it.nino, "NASS": it.nass})
    if it.address:
        store.put("PostalAddress", fact, **lines(it.address))
        _occupy(store, fact, fact.id, owner)


def _occupy(store: Store, fact: Fact, row_id: int, occupant: Ref) -> None:
    store.rows["PostalAddressOccupancy"].append(
        {
            "id": row_id,
            "revision": fact.revision,
            "postalAddress": Ref("PostalAddress", fact.id),
            "occupant": occupant,
            "effectiveDate": fact.start,
            "endDate": fact.end,
            "postalAddressType": "HOME",
            "isCorrespondenceAddress": True,
        }
    )


def put_homes(store: Store, pupil: Pupil, as_of: dt.date) -> None:
    """Put the pupil's addresses, lived in by the guardians who have none of their own."""
    with_pupil = [Ref("Guardian", it.id) for it in pupil.on("guardian", as_of) if it.value.address is None]
    for fact in pupil.on("address", as_of):
        store.put("PostalAddress", fact, **lines(fact.value))
        for offset, occupant in enumerate((student(pupil), *with_pupil)):
            _occupy(store, fact, fact.id + offset, occupant)


Put = Callable[[Store, Pupil, Fact], None]
PUT: Final[Mapping[str, Put]] = {
    "person": _person,
    "details": _details,
    "upn": _upn,
    "former_name": _former_name,
    "guardian": _guardian,
}
"""How each kind of fact is put; addresses need the guardians too, so they are `put_homes`."""
