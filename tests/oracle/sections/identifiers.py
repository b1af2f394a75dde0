"""The oracle's rules on UPN, ULN, names, sex and date of birth."""

import unicodedata

from schemas.codesets import codes
from tests.oracle.reading import DIGITS, LETTERS, Return, Row, age_on, is_on_roll, states, uln_right, upn_letter

NAMES = ("surname", "forename", "middle_names", "preferred_surname", "former_surname")


def upns(pupil: Row) -> list[str]:
    """UPN and former UPN, as far as they are there."""
    return [upn for upn in (pupil["upn"], pupil["former_upn"]) if upn is not None]


def names(pupil: Row) -> list[str]:
    return [pupil[column] for column in NAMES if pupil[column] is not None]


@states("1500", on="pupil")
def upn_is_missing(pupil: Row, _: Return) -> bool:
    return pupil["upn"] is None


@states("1510", on="pupil")
def check_letter_is_wrong(pupil: Row, _: Return) -> bool:
    letters = ((upn[:1], upn_letter(upn)) for upn in upns(pupil))
    return any(computed is not None and given != computed for given, computed in letters)


@states("1520", on="pupil")
def upn_is_somebody_elses_too(pupil: Row, census: Return) -> bool:
    upn = pupil["upn"]
    return upn is not None and any(other["upn"] == upn for other in census.others(pupil, "pupil"))


@states("1530", on="pupil")
def authority_is_unknown(pupil: Row, _: Return) -> bool:
    return any(upn[1:4] not in codes("UPN_LA") for upn in upns(pupil))


@states("1540", on="pupil")
def middle_is_not_numeric(pupil: Row, _: Return) -> bool:
    return any(len(upn) < 12 or any(each not in DIGITS for each in upn[4:12]) for upn in upns(pupil))


@states("1550", on="pupil")
def ending_is_wrong(pupil: Row, _: Return) -> bool:
    return any(len(upn) != 13 or upn[12] not in DIGITS + LETTERS for upn in upns(pupil))


@states("1570", on="pupil", phases="MS SS AT SP PR")
def uln_is_missing_at_fourteen(pupil: Row, census: Return) -> bool:
    age = age_on(census.day.reference_date, pupil["dob"])
    return pupil["uln"] is None and age is not None and age >= 14


@states("1575", on="pupil")
def uln_is_wrong(pupil: Row, _: Return) -> bool:
    return pupil["uln"] is not None and not uln_right(pupil["uln"])


@states("L-uln-unique", on="pupil")
def uln_is_somebody_elses_too(pupil: Row, census: Return) -> bool:
    uln = pupil["uln"]
    return uln is not None and any(other["uln"] == uln for other in census.others(pupil, "pupil"))


@states("L-uln-not-collected", on="pupil", phases="NS PS MP")
def uln_is_not_asked_for(pupil: Row, _: Return) -> bool:
    return pupil["uln"] is not None


@states("L-upn-temporary", on="pupil")
def upn_is_temporary_at_statutory_age(pupil: Row, census: Return) -> bool:
    upn, age = pupil["upn"], census.age(pupil)
    return upn is not None and len(upn) == 13 and upn[12] in LETTERS and age is not None and 5 <= age <= 15


@states("L-former-upn-differs", on="pupil")
def former_upn_is_a_upn_of_the_return(pupil: Row, census: Return) -> bool:
    former = pupil["former_upn"]
    return former is not None and any(each["upn"] == former for each in census.pupils)


@states("L-former-upn-unique", on="pupil")
def former_upn_is_somebody_elses_too(pupil: Row, census: Return) -> bool:
    former = pupil["former_upn"]
    return former is not None and any(other["former_upn"] == former for other in census.others(pupil, "pupil"))


@states("L-surname", on="pupil")
def surname_is_missing(pupil: Row, _: Return) -> bool:
    return pupil["surname"] is None


@states("L-forename", on="pupil")
def forename_is_missing(pupil: Row, _: Return) -> bool:
    return pupil["forename"] is None


@states("L-name-length", on="pupil")
def name_is_too_long(pupil: Row, _: Return) -> bool:
    return any(len(name) > 35 for name in names(pupil))


@states("L-name-characters", on="pupil")
def name_holds_what_no_name_does(pupil: Row, _: Return) -> bool:
    return any(each in DIGITS or unicodedata.category(each) == "Cc" for name in names(pupil) for each in name)


@states("L-sex", on="pupil")
def sex_is_missing_or_wrong(pupil: Row, _: Return) -> bool:
    return pupil["sex"] not in {"M", "F"}


@states("L-dob", on="pupil")
def born_on_no_possible_day(pupil: Row, census: Return) -> bool:
    return pupil["dob"] is None or pupil["dob"] >= census.day.reference_date


@states("L-age-range", on="pupil")
def age_is_unusual(pupil: Row, census: Return) -> bool:
    age = census.age(pupil)
    return is_on_roll(pupil) and age is not None and not 2 <= age <= 19


@states("L-duplicate-pupil", on="pupil")
def another_record_is_the_same_person(pupil: Row, census: Return) -> bool:
    person = [pupil[column] for column in ("surname", "forename", "sex", "dob")]
    if None in person or pupil["upn"] is None:
        return False
    same = [
        other
        for other in census.pupils
        if person == [other[column] for column in ("surname", "forename", "sex", "dob")]
    ]
    return any(other["upn"] not in {None, pupil["upn"]} for other in same)
