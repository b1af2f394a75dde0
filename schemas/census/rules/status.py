"""Rules on pupil status: registration, joining and leaving, part-time, boarding, year group, class."""

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    above,
    after,
    any_of,
    before,
    below,
    between,
    differs,
    equal,
    in_codeset,
    is_true,
    missing,
    one_of,
    present,
    share_of,
    year_order,
)  # fmt: skip

ENROLMENTS = ("C", "M", "S", "F", "O")
STATUTORY_AGES = (5, 15)
ATTENDANCE_AGES = (4, 15)
WITHOUT_YEAR_X = ("NS", "PS", "MP", "MS", "SS", "AT")
NURSERY_YEARS = ("E1", "E2", "N1", "N2")
MAINSTREAM = ("PS", "MP", "MS", "SS", "AT")
FEW_SINGLE = 0.80  # our own figure: the department's was not seen


@rule("L-enrol-status", on="pupil")
def local_enrol_status(census: Census) -> Mask:
    return census.on_roll & ~one_of(census.pupil.enrol_status, *ENROLMENTS)


@rule("1880", on="pupil")
def rule_1880(census: Census) -> Mask:
    return missing(census.pupil.entry_date) | after(census.pupil.entry_date, census.collection.reference_date)


@rule("1870", on="school", phases=MAINSTREAM)
def rule_1870(census: Census) -> bool:
    registered = census.on_roll & present(census.pupil.enrol_status)
    return bool(registered.any()) and share_of(equal(census.pupil.enrol_status, "C"), registered) < FEW_SINGLE


@rule("1890Q", on="school", terms="A")
def rule_1890q(census: Census) -> bool:
    return _joined_this_term(census) > 0.40


@rule("1900Q", on="school", terms="S")
def rule_1900q(census: Census) -> bool:
    return _joined_this_term(census) > 0.30


@rule("1910Q", on="school", terms="U")
def rule_1910q(census: Census) -> bool:
    return _joined_this_term(census) > 0.25


@rule("L-entry-after-birth", on="pupil")
def local_entry_after_birth(census: Census) -> Mask:
    entry, birth = census.pupil.entry_date, census.pupil.dob
    return present(entry) & present(birth) & ~after(entry, birth)


@rule("1920", on="pupil")
def rule_1920(census: Census) -> Mask:
    left, day = census.pupil.leaving_date, census.collection.reference_date
    return census.off_roll & (~before(left, day) | before(left, census.pupil.entry_date))


@rule("1925Q", on="pupil")
def rule_1925q(census: Census) -> Mask:
    pupil, terms = census.pupil, census.collection
    left = before(pupil.leaving_date, terms.reference_date)
    reported = _reported_block(census) | (left & census.has("pupil", "exclusion"))
    attended = before(pupil.entry_date, terms.current_term_start) & left & _day_pupil(census)
    return census.off_roll & ~reported & ~(attended & ~before(pupil.leaving_date, terms.previous_term_start))


@rule("L-part-time", on="pupil")
def local_part_time(census: Census) -> Mask:
    return missing(census.pupil.part_time)


@rule("L-part-time-statutory", on="pupil")
def local_part_time_statutory(census: Census) -> Mask:
    return census.on_roll & is_true(census.pupil.part_time) & between(census.pupil.age, *STATUTORY_AGES)


@rule("L-boarder", on="pupil")
def local_boarder(census: Census) -> Mask:
    return ~in_codeset(census.pupil.boarder, "BOARDER", census.collection.reference_date)


@rule("L-boarder-day-school", on="pupil", terms="S", phases=("SP",))
def local_boarder_day_school(census: Census) -> Mask:
    day_only = equal(census.special_school.accommodation, "D").any()
    return differs(census.pupil.boarder, "N") & bool(day_only)


@rule("L-year-group", on="pupil")
def local_year_group(census: Census) -> Mask:
    valid = in_codeset(census.pupil.nc_year_actual, "NCYEAR", census.collection.reference_date)
    return census.on_roll & (~valid | equal(census.pupil.nc_year_actual, "M"))


@rule("L-year-group-range", on="pupil")
def local_year_group_range(census: Census) -> Mask:
    year, school = year_order(census.pupil.nc_year_actual), census.school
    low, high = (year_order(bound).iloc[0] for bound in (school.lowest_nc_year, school.highest_nc_year))
    return census.on_roll & (below(year, low) | above(year, high))


@rule("L-year-group-age", on="pupil")
def local_year_group_age(census: Census) -> Mask:
    ahead = year_order(census.pupil.nc_year_actual) - (census.pupil.age - 4)
    return census.on_roll & (above(ahead, 1) | below(ahead, -1))


@rule("L-year-group-x", on="pupil", phases=WITHOUT_YEAR_X)
def local_year_group_x(census: Census) -> Mask:
    return census.on_roll & equal(census.pupil.nc_year_actual, "X")


@rule("L-class-type", on="pupil", phases=("PS", "AT"))
def local_class_type(census: Census) -> Mask:
    valid = in_codeset(census.pupil.class_type, "CLASS_TYPE", census.collection.reference_date)
    return present(census.pupil.class_type) & ~valid


@rule("L-class-type-year", on="pupil", phases=("PS", "AT"))
def local_class_type_year(census: Census) -> Mask:
    return equal(census.pupil.class_type, "N") & ~one_of(census.pupil.nc_year_actual, *NURSERY_YEARS, "R")


def _reported_block(census: Census) -> Mask:
    by_term = "programme_aim" if census.collection.term == "A" else "learner_support"
    return any_of(census.has("pupil", table) for table in (by_term, "learner_fam", "ap_placement"))


def _joined_this_term(census: Census) -> float:
    joined = between(census.pupil.entry_date, census.collection.current_term_start, census.collection.reference_date)
    return share_of(joined, census.on_roll)


def _day_pupil(census: Census) -> Mask:
    return between(census.pupil.attendance_age, *ATTENDANCE_AGES) & equal(census.pupil.boarder, "N")
