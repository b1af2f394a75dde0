"""Faults of who a pupil is: numbers, names, year group, home, registration.

Belongs here: mistakes that an office makes in a pupil's own record.
"""

from collections.abc import Callable, Mapping
from typing import Final

from simulator.world import days
from simulator.world.facts import Pupil
from simulator.world.identifiers import ALPHABET, upn
from simulator.world.spoiling import (
    REGISTERED,
    Draft,
    Fault,
    Fits,
    Spoil,
    age,
    both,
    drop,
    free,
    having,
    of_school_age,
    set_value,
)
from simulator.world.trust import School

_TWO_YEARS_ON: Final = {"3": "5", "4": "6"}
_UNIVERSAL_MEALS_END: Final = 7
_LONG: Final = "Wellington-Featherstone-Montgomery-Ash"


def _no_line(school: School, pupil: Pupil) -> bool:
    """Say whether the pupil is too old for universal meals: a line on the day could not name a wrong UPN."""
    return age(pupil) >= _UNIVERSAL_MEALS_END or school.identity.phase == "NS"


def _single_upn(school: School, pupil: Pupil) -> bool:
    return _no_line(school, pupil) and len(pupil.facts["upn"]) == 1


def _statutory(school: School, pupil: Pupil) -> bool:
    return _single_upn(school, pupil) and of_school_age(school, pupil)


def _with_uln(_: School, pupil: Pupil) -> bool:
    born = pupil.last("person").value.dob
    return pupil.last("details").value.uln is not None and days.age_on(born, days.CENSUS_DAY) >= 14  # noqa: PLR2004


def _can_go_up(school: School, pupil: Pupil) -> bool:
    year = _TWO_YEARS_ON.get(pupil.last("year").value.nc_year)
    return school.identity.phase in {"PS", "AT"} and year is not None


def _mainstream(school: School, pupil: Pupil) -> bool:
    return school.identity.phase in {"PS", "MS", "SS", "AT"} and _no_line(school, pupil)


def _no_unit(school: School, _: Pupil) -> bool:
    return school.identity.phase != "PR"


def _registered(school: School, _: Pupil) -> bool:
    return school.identity.phase in REGISTERED


def _wrong_letter(draft: Draft, pupil: Pupil) -> None:
    held = pupil.last("upn").value
    draft.change(pupil, "upn", value=ALPHABET[(ALPHABET.index(held[0]) + 1) % 23] + held[1:])


def _upn(change: Callable[[str], str]) -> Spoil:
    """Return the mistake that changes the twelve characters after the check letter, and gets that letter right."""

    def spoil(draft: Draft, pupil: Pupil) -> None:
        draft.change(pupil, "upn", value=upn(change(pupil.last("upn").value[1:])))

    return spoil


def _uncheckable(change: Callable[[str], str]) -> Spoil:
    """Return the mistake that leaves a UPN for which no check letter can be computed."""

    def spoil(draft: Draft, pupil: Pupil) -> None:
        draft.change(pupil, "upn", value=change(pupil.last("upn").value))

    return spoil


def _other_half(draft: Draft, pupil: Pupil, fits: Fits) -> Pupil:
    """The last who fits: mistakes are made in the first, so that two of them seldom meet in one pupil."""
    return [other for other in free(draft) if other.id != pupil.id and fits(draft.school, other)][-1]


def _same_upn(draft: Draft, pupil: Pupil) -> None:
    other = _other_half(draft, pupil, both(having("upn"), _single_upn))
    draft.change(pupil, "upn", value=other.last("upn").value)


def _former_of_another(draft: Draft, pupil: Pupil) -> None:
    other = _other_half(draft, pupil, both(having("upn"), lambda school, other: not _single_upn(school, other)))
    entry = pupil.last("enrolment").start
    draft.add(pupil, "upn", other.last("upn").value, entry, days.SUMMER_TERM[0])


def _wrong_uln(draft: Draft, pupil: Pupil) -> None:
    uln = pupil.last("details").value.uln
    draft.value(pupil, "details", uln=uln[:-1] + str((int(uln[-1]) + 1) % 10))


def _same_uln(draft: Draft, pupil: Pupil) -> None:
    other = _other_half(draft, pupil, _with_uln)
    draft.value(pupil, "details", uln=other.last("details").value.uln)


def _twin(draft: Draft, pupil: Pupil) -> None:
    other = _other_half(draft, pupil, lambda _, each: age(each) == age(pupil)).last("person").value
    draft.value(pupil, "person", surname=other.surname, forename=other.forename, sex=other.sex, dob=other.dob)


def _other_year(draft: Draft, pupil: Pupil) -> None:
    draft.value(pupil, "year", nc_year="14" if draft.school.identity.highest_nc_year != "14" else "E1")


def _ahead(draft: Draft, pupil: Pupil) -> None:
    draft.value(pupil, "year", nc_year=_TWO_YEARS_ON[pupil.last("year").value.nc_year])


def _entered_at_birth(draft: Draft, pupil: Pupil) -> None:
    draft.change(pupil, "enrolment", start=pupil.last("person").value.dob)


def _of(rules: tuple[str, ...], kind: str, **changes: object) -> Fault:
    return Fault(rules, set_value(kind, **changes))


FAULTS: Final[Mapping[str, Fault]] = {
    "upn check letter": Fault(("1510",), _wrong_letter, _single_upn),
    "upn missing": Fault(("1500",), drop("upn"), _no_line),
    "upn twice": Fault(("1520",), _same_upn, _single_upn),
    "uln check digit": Fault(("1575",), _wrong_uln, _with_uln),
    "uln missing": Fault(("1570",), set_value("details", uln=None), _with_uln),
    "surname missing": _of(("L-surname",), "person", surname=None),
    "name with a digit": _of(("L-name-characters",), "person", surname="O8rien"),
    "name too long": _of(("L-name-length",), "person", surname=_LONG),
    "sex missing": _of(("L-sex",), "person", sex=None),
    "same pupil twice": Fault(("L-duplicate-pupil",), _twin, lambda _, p: age(p) > 5),  # noqa: PLR2004
    "postcode missing": _of(("L-postcode",), "address", postcode=None),
    "postcode wrong": _of(("L-postcode-format",), "address", postcode="LU5 QQ9"),
    "entry date missing": Fault(("1880",), lambda d, p: d.change(p, "enrolment", start=None)),
    "year group out of range": Fault(("L-year-group-range", "L-year-group-age"), _other_year, of_school_age),
    "upn of no authority": Fault(("1530",), _upn(lambda body: "000" + body[3:]), _single_upn),
    "upn with a letter inside": Fault(("1540",), _uncheckable(lambda held: held[:6] + "A" + held[7:]), _single_upn),
    "upn ends in a forbidden letter": Fault(("1550",), _uncheckable(lambda held: held[:-1] + "I"), _single_upn),
    "upn still temporary": Fault(("L-upn-temporary",), _upn(lambda body: body[:-1] + "A"), _statutory),
    "former upn of another": Fault(("L-former-upn-differs",), _former_of_another, _statutory),
    "uln twice": Fault(("L-uln-unique",), _same_uln, _with_uln),
    "forename missing": _of(("L-forename",), "person", forename=None),
    "middle name too long": _of(("L-name-length",), "person", middle=_LONG),
    "preferred surname with a digit": _of(("L-name-characters",), "person", preferred_surname="Smith2"),
    "year group two ahead": Fault(("L-year-group-age",), _ahead, both(_can_go_up, of_school_age)),
    "no year group in a mainstream school": Fault(
        ("L-year-group-x",), set_value("year", nc_year="X"), both(_mainstream, of_school_age)
    ),
    "part-time at school age": Fault(("L-part-time-statutory",), set_value("year", pattern="MORNINGS"), of_school_age),
    "joined at birth": Fault(("L-entry-after-birth",), _entered_at_birth, both(_no_unit, of_school_age)),
    "address of no building": _of(("L-address-incomplete",), "address", line1=None),
    "property number too long": _of(("L-uprn",), "address", uprn="1234567890123"),
    "leaver's upn check letter": Fault(("1510",), _wrong_letter, both(_registered, _single_upn), off_roll=True),
    "leaver's surname missing": Fault(("L-surname",), set_value("person", surname=None), _registered, off_roll=True),
    "leaver's sex missing": Fault(("L-sex",), set_value("person", sex=None), _registered, off_roll=True),
}
"""Faults of who a pupil is, by name."""
