"""Rules on pupil identifiers: numbers, names, sex, date of birth."""

import pandas as pd

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    after,
    any_of,
    before,
    between,
    duplicated,
    longer_than,
    matches,
    missing,
    nowhere,
    one_of,
    present,
    years_before,
)  # fmt: skip
from schemas.identifiers import (
    uln_valid,
    upn_check_letter_right,
    upn_ending_right,
    upn_la_known,
    upn_middle_numeric,
    upn_temporary,
)  # fmt: skip

WITH_ULN = ("MS", "SS", "AT", "SP", "PR")
WITHOUT_ULN = ("NS", "PS", "MP")
ULN_AGE = 14
STATUTORY_AGES = (5, 15)
SURNAME_LENGTH = 35


@rule("1500", on="pupil")
def rule_1500(census: Census) -> Mask:
    return missing(census.pupil.upn)


@rule("1510", on="pupil")
def rule_1510(census: Census) -> Mask:
    return any_of(_computable(upn) & ~upn_check_letter_right(upn) for upn in _upns(census))


@rule("1520", on="pupil")
def rule_1520(census: Census) -> Mask:
    return duplicated(census.pupil.upn)


@rule("1530", on="pupil")
def rule_1530(census: Census) -> Mask:
    return any_of(present(upn) & ~upn_la_known(upn) for upn in _upns(census))


@rule("1540", on="pupil")
def rule_1540(census: Census) -> Mask:
    return any_of(present(upn) & ~upn_middle_numeric(upn) for upn in _upns(census))


@rule("1550", on="pupil")
def rule_1550(census: Census) -> Mask:
    return any_of(present(upn) & ~upn_ending_right(upn) for upn in _upns(census))


@rule("1570", on="pupil", phases=WITH_ULN)
def rule_1570(census: Census) -> Mask:
    born_by = years_before(census.collection.reference_date, ULN_AGE)
    return missing(census.pupil.uln) & present(census.pupil.dob) & ~after(census.pupil.dob, born_by)


@rule("1575", on="pupil")
def rule_1575(census: Census) -> Mask:
    return present(census.pupil.uln) & ~uln_valid(census.pupil.uln)


@rule("L-uln-unique", on="pupil")
def local_uln_unique(census: Census) -> Mask:
    return duplicated(census.pupil.uln)


@rule("L-uln-not-collected", on="pupil", phases=WITHOUT_ULN)
def local_uln_not_collected(census: Census) -> Mask:
    return present(census.pupil.uln)


@rule("L-upn-temporary", on="pupil")
def local_upn_temporary(census: Census) -> Mask:
    return upn_temporary(census.pupil.upn) & between(census.pupil.age, *STATUTORY_AGES)


@rule("L-former-upn-differs", on="pupil")
def local_former_upn_differs(census: Census) -> Mask:
    return present(census.pupil.former_upn) & census.pupil.former_upn.isin(census.pupil.upn)


@rule("L-former-upn-unique", on="pupil")
def local_former_upn_unique(census: Census) -> Mask:
    return duplicated(census.pupil.former_upn)


@rule("L-surname", on="pupil")
def local_surname(census: Census) -> Mask:
    return missing(census.pupil.surname)


@rule("L-forename", on="pupil")
def local_forename(census: Census) -> Mask:
    return missing(census.pupil.forename)


@rule("L-name-length", on="pupil")
def local_name_length(census: Census) -> Mask:
    return any_of(longer_than(name, SURNAME_LENGTH) for name in _names(census))


@rule("L-name-characters", on="pupil")
def local_name_characters(census: Census) -> Mask:
    return any_of(matches(name, r"(?s).*[\d\x00-\x1f].*") for name in _names(census))


@rule("L-sex", on="pupil")
def local_sex(census: Census) -> Mask:
    return ~one_of(census.pupil.sex, "M", "F")


@rule("L-dob", on="pupil")
def local_dob(census: Census) -> Mask:
    return ~before(census.pupil.dob, census.collection.reference_date)


@rule("L-age-range", on="pupil")
def local_age_range(census: Census) -> Mask:
    age = census.pupil.age
    return census.on_roll & present(age) & ~between(age, 2, 19)


@rule("L-duplicate-pupil", on="pupil")
def local_duplicate_pupil(census: Census) -> Mask:
    pupil = census.pupil
    person = pd.concat([pupil.surname, pupil.forename, pupil.sex, pupil.dob, pupil.upn], axis=1, ignore_index=True)
    whole = person[person.notna().all(axis=1)].drop_duplicates()
    others = whole[whole.duplicated(subset=range(4), keep=False)]
    return person.apply(tuple, axis=1).isin(others.apply(tuple, axis=1)) if len(others) else nowhere(pupil.upn)


def _upns(census: Census) -> tuple[pd.Series, pd.Series]:
    return census.pupil.upn, census.pupil.former_upn


def _computable(upn: pd.Series) -> Mask:
    return matches(upn, r".\d{3}.*") & upn_middle_numeric(upn) & upn_ending_right(upn)


def _names(census: Census) -> tuple[pd.Series, ...]:
    pupil = census.pupil
    return pupil.surname, pupil.forename, pupil.middle_names, pupil.preferred_surname, pupil.former_surname
