"""Rules on childcare that the school offers or hosts. Spring."""

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    any_of,
    below,
    between,
    equal,
    minutes,
    missing,
    present,
    wrong_code,
)  # fmt: skip

UNDER_FIVE = "U"
SHORTEST_DAY = 9 * 60
WEEKS = (0, 52)
CODED = (("signposting", "CHILDCARE_SIGNPOST"), ("provider", "CHILDCARE_PROVIDER"))


@rule("2970", on="childcare", terms="S")
def rule_2970(census: Census) -> Mask:
    row = census.childcare
    opened = minutes(row.closing_time) - minutes(row.opening_time)
    return equal(row.type_of_childcare, UNDER_FIVE) & below(opened, SHORTEST_DAY)


@rule("L-childcare-codes", on="childcare", terms="S")
def local_childcare_codes(census: Census) -> Mask:
    row, day = census.childcare, census.collection.reference_date
    kind = missing(row.type_of_childcare) | wrong_code(row.type_of_childcare, "CHILDCARE_TYPE", day)
    return kind | any_of(wrong_code(getattr(row, column), codeset, day) for column, codeset in CODED)


@rule("L-childcare-times", on="childcare", terms="S")
def local_childcare_times(census: Census) -> Mask:
    row = census.childcare
    opening, closing = minutes(row.opening_time), minutes(row.closing_time)
    return present(opening) & present(closing) & ~below(opening, closing)


@rule("L-childcare-weeks", on="childcare", terms="S")
def local_childcare_weeks(census: Census) -> Mask:
    return present(census.childcare.weeks_open) & ~between(census.childcare.weeks_open, *WEEKS)
