"""Rules on suspensions and exclusions."""

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    above,
    after,
    any_of,
    before,
    between,
    duplicated,
    equal,
    in_codeset,
    missing,
    one_of,
    present,
    wrong_code,
)  # fmt: skip

WITH_EXCLUSIONS = ("PS", "MP", "MS", "SS", "AT", "SP", "PR")
MOST_SESSIONS = 90


@rule("2290", on="exclusion", phases=WITH_EXCLUSIONS)
def rule_2290(census: Census) -> Mask:
    return ~between(census.exclusion.start_date, *census.collection.exclusions)


@rule("L-exclusion-category", on="exclusion", phases=WITH_EXCLUSIONS)
def local_exclusion_category(census: Census) -> Mask:
    return ~in_codeset(census.exclusion.category, "EXCL_CATEGORY", census.collection.reference_date)


@rule("L-exclusion-reason", on="exclusion", phases=WITH_EXCLUSIONS)
def local_exclusion_reason(census: Census) -> Mask:
    day, row = census.collection.reference_date, census.exclusion
    wrong = any_of(wrong_code(reason, "EXCL_REASON", day) for reason in (row.reason1, row.reason2, row.reason3))
    return missing(row.reason1) | wrong


@rule("L-exclusion-reason-repeated", on="exclusion", phases=WITH_EXCLUSIONS)
def local_exclusion_reason_repeated(census: Census) -> Mask:
    row = census.exclusion
    return equal(row.reason1, row.reason2) | equal(row.reason1, row.reason3) | equal(row.reason2, row.reason3)


@rule("L-exclusion-reason-order", on="exclusion", phases=WITH_EXCLUSIONS)
def local_exclusion_reason_order(census: Census) -> Mask:
    return missing(census.exclusion.reason2) & present(census.exclusion.reason3)


@rule("L-exclusion-before-entry", on="exclusion", phases=WITH_EXCLUSIONS)
def local_exclusion_before_entry(census: Census) -> Mask:
    return before(census.exclusion.start_date, census.of_pupil("exclusion", "entry_date"))


@rule("L-exclusion-after-leaving", on="exclusion", phases=WITH_EXCLUSIONS)
def local_exclusion_after_leaving(census: Census) -> Mask:
    return after(census.exclusion.start_date, census.of_pupil("exclusion", "leaving_date"))


@rule("L-exclusion-sessions", on="exclusion", phases=WITH_EXCLUSIONS)
def local_exclusion_sessions(census: Census) -> Mask:
    return equal(census.exclusion.category, "SUSP") & ~between(census.exclusion.sessions, 1, MOST_SESSIONS)


@rule("L-exclusion-lunch-sessions", on="exclusion", phases=WITH_EXCLUSIONS)
def local_exclusion_lunch_sessions(census: Census) -> Mask:
    return equal(census.exclusion.category, "LNCH") & ~equal(census.exclusion.sessions, 1)


@rule("L-exclusion-sen", on="exclusion", phases=WITH_EXCLUSIONS)
def local_exclusion_sen(census: Census) -> Mask:
    return ~in_codeset(census.exclusion.sen_provision, "SEN_PROVISION", census.collection.reference_date)


@rule("L-exclusion-repeated", on="exclusion", phases=WITH_EXCLUSIONS)
def local_exclusion_repeated(census: Census) -> Mask:
    return duplicated(census.exclusion.pupil_id, census.exclusion.start_date, census.exclusion.category)


@rule("L-exclusion-total", on="pupil", phases=WITH_EXCLUSIONS)
def local_exclusion_total(census: Census) -> Mask:
    suspended = census.exclusion.sessions.where(equal(census.exclusion.category, "SUSP"), 0)
    return above(census.total("pupil", "exclusion", suspended), MOST_SESSIONS)


@rule("L-exclusion-none", on="school", phases=WITH_EXCLUSIONS)
def local_exclusion_none(census: Census) -> bool:
    return not one_of(census.exclusion.category, "SUSP", "PERM").any()
