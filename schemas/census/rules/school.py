"""Rules on the school's own characteristics, and on the return as a whole."""

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import Mask, above, in_codeset, matches, missing, year_order

WITH_LEAVERS = ("PS", "MP", "MS", "SS", "AT", "SP", "PR")


@rule("L-school-name", on="school")
def local_school_name(census: Census) -> Mask:
    return missing(census.school.school_name)


@rule("L-school-phase", on="school")
def local_school_phase(census: Census) -> Mask:
    return ~in_codeset(census.school.phase, "PHASE", census.collection.reference_date)


@rule("L-school-type", on="school")
def local_school_type(census: Census) -> Mask:
    return ~in_codeset(census.school.school_type, "SCHOOL_TYPE", census.collection.reference_date)


@rule("L-school-highest-year", on="school")
def local_school_highest_year(census: Census) -> Mask:
    return ~in_codeset(census.school.highest_nc_year, "NCYEAR", census.collection.reference_date)


@rule("L-school-lowest-year", on="school")
def local_school_lowest_year(census: Census) -> Mask:
    return ~in_codeset(census.school.lowest_nc_year, "NCYEAR", census.collection.reference_date)


@rule("L-school-year-range", on="school")
def local_school_year_range(census: Census) -> Mask:
    return above(year_order(census.school.lowest_nc_year), year_order(census.school.highest_nc_year))


@rule("L-school-intake", on="school")
def local_school_intake(census: Census) -> Mask:
    return ~in_codeset(census.school.intake, "INTAKE", census.collection.reference_date)


@rule("L-school-governance", on="school")
def local_school_governance(census: Census) -> Mask:
    return ~in_codeset(census.school.governance, "GOVERNANCE", census.collection.reference_date)


@rule("L-school-email", on="school")
def local_school_email(census: Census) -> Mask:
    return ~matches(census.school.email, r"[^@\s]+@[^@\s]+")


@rule("L-school-phone", on="school")
def local_school_phone(census: Census) -> Mask:
    return ~matches(census.school.phone_no, r"\d{1,35}")


@rule("1495Q", on="school", phases=WITH_LEAVERS)
def rule_1495q(census: Census) -> bool:
    return not census.off_roll.any()
