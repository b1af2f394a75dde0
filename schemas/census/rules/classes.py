"""Rules on the classes taught at the selected time. Spring."""

import pandas as pd

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    above,
    any_of,
    at_least,
    between,
    duplicated,
    equal,
    missing,
    one_of,
    total,
    wrong_code,
)  # fmt: skip

WITH_CLASSES = ("PS", "MP", "MS", "SS", "AT")
WITH_INFANTS = ("PS", "AT")
WITH_KEY_STAGE = ("PS", "MP", "AT")
WITH_ACTIVITY = ("PS", "MP")
INFANT_YEARS = ("R", "1", "2")
INFANT_LIMIT = 30  # pupils a teacher, School Admissions (Infant Class Sizes) Regulations
USUAL_SIZE = (1, 40)  # our own figures: none was seen


@rule("L-class-complete", on="school_class", terms="S", phases=WITH_CLASSES)
def local_class_complete(census: Census) -> Mask:
    row = census.school_class
    counts = (row.teachers, row.non_teachers, row.home_pupils, row.guest_pupils)
    return missing(row.class_name) | any_of(~at_least(count, 0) for count in counts)


@rule("L-class-name-unique", on="school_class", terms="S", phases=WITH_CLASSES)
def local_class_name_unique(census: Census) -> Mask:
    return duplicated(census.school_class.class_name)


@rule("L-class-teachers", on="school_class", terms="S", phases=WITH_CLASSES)
def local_class_teachers(census: Census) -> Mask:
    row = census.school_class
    return above(_pupils(census), 0) & equal(row.teachers, 0) & ~above(row.ppa_teachers, 0)


@rule("L-class-size", on="school_class", terms="S", phases=WITH_CLASSES)
def local_class_size(census: Census) -> Mask:
    return at_least(census.school_class.home_pupils, 0) & ~between(_pupils(census), *USUAL_SIZE)


@rule("L-class-infant-size", on="school_class", terms="S", phases=WITH_INFANTS)
def local_class_infant_size(census: Census) -> Mask:
    row = census.school_class
    infant = equal(row.key_stage, "1") | one_of(row.year_group, *INFANT_YEARS)
    large = above(_pupils(census), row.teachers * INFANT_LIMIT) & above(row.teachers, 0)
    excepted = total(*(getattr(row, f"exception_{letter}") for letter in "abcdefgh"))
    return infant & large & ~above(excepted, 0)


@rule("L-class-key-stage", on="school_class", terms="S", phases=WITH_KEY_STAGE)
def local_class_key_stage(census: Census) -> Mask:
    row, day = census.school_class, census.collection.reference_date
    return wrong_code(row.class_type, "CLASS_TYPE", day) | wrong_code(row.key_stage, "KEY_STAGE_CLASS", day)


@rule("L-class-activity", on="school_class", terms="S", phases=WITH_ACTIVITY)
def local_class_activity(census: Census) -> Mask:
    return wrong_code(census.school_class.class_activity, "CLASS_ACTIVITY", census.collection.reference_date)


def _pupils(census: Census) -> pd.Series:
    return total(census.school_class.home_pupils, census.school_class.guest_pupils)
