"""Rows in the making: the store that facts are written into, and the rows that belong to the school itself.

Belongs here: how a row is put, and institution, calendar, courses, companies. Rows of pupils are `pupil_rows` and
`record_rows`.
"""

import datetime as dt

from simulator.world import lookups, post16, roster
from simulator.world.building import YEARS
from simulator.world.facts import Address, Fact, Pupil
from simulator.world.lookups import Row
from simulator.world.refs import Ref
from simulator.world.schools import SchoolIdentity


class Store:
    """Rows by entity, with the rows that belong to the school rather than to a pupil."""

    def __init__(self, identity: SchoolIdentity, names: tuple[str, ...]) -> None:
        """Start with the school's own rows and no pupil."""
        self.rows: dict[str, list[Row]] = {name: [] for name in names}
        self._forms: dict[tuple[str, str], Ref] = {}
        self._instances: dict[tuple[str, str | None], Ref] = {}
        self._levels: dict[tuple[str, str], Ref] = {}
        self._school(identity)
        self._calendar(identity)
        self._courses()
        self._companies()

    def put(self, entity: str, fact: Fact, **properties: object) -> None:
        """Add a row of a fact."""
        self.rows[entity].append({"id": fact.id, "revision": fact.revision, **properties})

    def fixed(self, entity: str, row_id: int, **properties: object) -> Ref:
        """Add a row that no pupil's fact makes."""
        self.rows[entity].append({"id": row_id, "revision": 0, **properties})
        return Ref(entity, row_id)

    def form(self, year: str, name: str) -> Ref:
        """Return the registration form, made on first sight."""
        if (year, name) not in self._forms:
            self._forms[year, name] = self.fixed(
                "RegistrationForm",
                len(self._forms) + 1,
                code=name,
                registrationFormName=name,
                shortName=name,
                academicYear=year_ref(year),
            )
        return self._forms[year, name]

    def level(self, year: str, nc_year: str) -> Ref:
        """Return the academic level; one outside the school's range is a leftover of the year before."""
        key = (year, nc_year) if (year, nc_year) in self._levels else (next(iter(YEARS)), nc_year)
        return self._levels[key] if key in self._levels else self._add_level(*key)

    def _add_level(self, year: str, nc_year: str) -> Ref:
        self._levels[year, nc_year] = self.fixed(
            "AcademicLevel",
            len(self._levels) + 1,
            academicLevelName=f"Year {nc_year}",
            shortName=nc_year,
            curriculumGrade=Ref("CurriculumGrade", nc_year),
            academicYear=year_ref(year),
        )
        return self._levels[year, nc_year]

    def instance(self, course: str, award: str | None) -> Ref:
        """Return what a student of a course enrols on: the programme itself (None) or one award."""
        return self._instances[course, award]

    def _school(self, identity: SchoolIdentity) -> None:
        own: Row = {
            "id": 1,
            "revision": 0,
            "educationalInstitutionName": identity.name,
            "urn": identity.urn,
            "ukprn": identity.ukprn,
            "localAuthority": Ref("LocalAuthority", f"LA_{identity.la_number}"),
            "establishmentNumber": identity.estab,
            "censusSchoolPhase": Ref("UkDfe_CensusSchoolPhase", identity.phase),
            "schoolType": Ref("UkDfe_SchoolType", identity.school_type),
            "intakeType": Ref("UkDfe_SchoolIntakeType", identity.intake),
            "governanceType": Ref("UkDfe_SchoolGovernanceType", identity.governance),
        }
        self.rows["EducationalInstitution"] = lookups.institutions(own)
        owner = Ref("EducationalInstitution", 1)
        self.fixed(
            "EmailAddress",
            1,
            emailAddressOwner=owner,
            emailAddressType="WORK",
            emailAddress=identity.email,
            dataOrder=1,
        )
        self.fixed(
            "TelephoneNumber",
            1,
            numberOwner=owner,
            telephoneNumberType="WORK",
            number=identity.phone,
            telephoneNumberRanking=1,
        )

    def _calendar(self, identity: SchoolIdentity) -> None:
        order = roster.NC_YEARS
        taught = order[order.index(identity.lowest_nc_year) : order.index(identity.highest_nc_year) + 1]
        for number, (code, (start, end)) in enumerate(YEARS.items(), start=1):
            self.fixed("AcademicYear", number, academicYearName=code, code=code, startDate=start, endDate=end)
            for nc_year in taught:
                self._add_level(code, nc_year)

    def _courses(self) -> None:
        for course, name in post16.COURSES.items():
            programme = self.fixed(
                "Programme", len(self.rows["Programme"]) + 1, name=name, shortName=course, identifier=course
            )
            for award in (None, *post16.AWARDS):
                number = len(self._instances) + 1
                partner = post16.AWARDS[award].partner if award else None
                self._instances[course, award] = self.fixed(
                    "ProgrammeInstance",
                    number,
                    programme=programme,
                    name=award or name,
                    partnerUkprn=partner,
                )
                qualification = award or post16.PROGRAMME_AWARD.get(course)
                if qualification:
                    self.fixed(
                        "ProgrammeQualificationAward",
                        number,
                        programmeInstance=Ref("ProgrammeInstance", number),
                        qualificationAward=Ref("QualificationAward", qualification),
                    )

    def _companies(self) -> None:
        for number, name, registered, code in lookups.COMPANIES:
            company = self.fixed("Company", number, name=name, companyNumber=registered)
            self._address(number, Address("1", "Trading Estate", None, "Larkbury", None, code, None))
            self.fixed(
                "PostalAddressOccupancy",
                number,
                postalAddress=Ref("PostalAddress", number),
                occupant=company,
                effectiveDate=None,
                endDate=None,
                postalAddressType="WORK",
                isCorrespondenceAddress=True,
            )

    def _address(self, number: int, home: Address) -> None:
        self.rows["PostalAddress"].append({"id": number, "revision": 0, **lines(home)})


def year_ref(code: str) -> Ref:
    """Refer to an academic year."""
    return Ref("AcademicYear", list(YEARS).index(code) + 1)


def lines(home: Address) -> Row:
    """Return an address as the properties of PostalAddress."""
    return {
        "address1": home.line1,
        "address2": home.line2,
        "address3": home.line3,
        "postalTown": home.town,
        "postalState": home.county,
        "postalCode": home.postcode,
        "uniquePropertyReferenceNumber": home.uprn,
    }


def student(pupil: Pupil) -> Ref:
    """Refer to a pupil."""
    return Ref("Student", pupil.id)


def midnight(day: dt.date | None, after: int = 0) -> dt.datetime | None:
    """Return 00:00 of a day, or of so many days after."""
    return None if day is None else dt.datetime.combine(day, dt.time()) + dt.timedelta(days=after)
