"""Rules on pupil characteristics: free school meals, lunches, language, service children, looked-after, funding."""

import datetime as dt

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    after,
    at_least,
    before,
    below,
    between,
    duplicated,
    equal,
    in_codeset,
    is_true,
    missing,
    one_of,
    overlaps_within,
    present,
    share_of,
    wrong_code,
    year_order,
)  # fmt: skip

WITH_INFANTS = ("PS", "AT")
WITH_LUNCHES = ("PS", "AT", "SP")
WITH_LANGUAGE = ("PS", "MP", "MS", "SS", "AT", "SP", "PR")
WITH_ETHNICITY = WITH_LANGUAGE
WITH_YSSA = ("MS", "SS", "AT", "SP", "PR")
INFANT_YEARS = ("R", "1", "2")
SERVICE_YEARS = ("R", *(str(year) for year in range(1, 12)))
LANGUAGE_AGE = 5
ETHNICITY_AGE = 5
SIXTH_FORM_YEAR = 12
UNSAID = ("NOBT", "REFU")
UNSPECIFIC = ("OTH", "OTB", "ENB")
MANY = 0.10  # our own figure: the department's was not seen
YSSA_AGE = 12
FSM_CATEGORIES = dt.date(2026, 8, 1)
RESIDENCE_ORDERS_ENDED = dt.date(2014, 4, 22)


@rule("1750", on="school")
def rule_1750(census: Census) -> bool:
    return share_of(census.has("pupil", "fsm_period"), census.on_roll) > 0.45


@rule("1751", on="school", phases=WITH_INFANTS)
def rule_1751(census: Census) -> bool:
    return _fsm_share(census, "R") > 0.5


@rule("1752", on="school", phases=WITH_INFANTS)
def rule_1752(census: Census) -> bool:
    return _fsm_share(census, "1") > 0.5


@rule("1760", on="school")
def rule_1760(census: Census) -> bool:
    return not census.rows("fsm_period")


@rule("1762", on="fsm_period")
def rule_1762(census: Census) -> Mask:
    return after(census.fsm_period.start_date, census.collection.reference_date)


@rule("1763", on="fsm_period")
def rule_1763(census: Census) -> Mask:
    return before(census.fsm_period.end_date, census.collection.fsm.start)


@rule("L-fsm-start", on="fsm_period")
def local_fsm_start(census: Census) -> Mask:
    return missing(census.fsm_period.start_date)


@rule("L-fsm-order", on="fsm_period")
def local_fsm_order(census: Census) -> Mask:
    return before(census.fsm_period.end_date, census.fsm_period.start_date)


@rule("L-fsm-overlap", on="fsm_period")
def local_fsm_overlap(census: Census) -> Mask:
    periods = census.fsm_period
    return overlaps_within(periods.pupil_id, periods.start_date, periods.end_date)


@rule("L-fsm-country", on="fsm_period")
def local_fsm_country(census: Census) -> Mask:
    return ~in_codeset(census.fsm_period.uk_country, "FSM_UKCOUNTRY", census.collection.reference_date)


@rule("L-fsm-country-open", on="fsm_period")
def local_fsm_country_open(census: Census) -> Mask:
    return one_of(census.fsm_period.uk_country, "NIR", "SCT", "WLS") & missing(census.fsm_period.end_date)


@rule("L-fsm-category", on="fsm_period", since=FSM_CATEGORIES)
def local_fsm_category(census: Census) -> Mask:
    return wrong_code(census.fsm_period.category, "FSM_CATEGORY", census.collection.reference_date)


@rule("L-fsm-expanded-start", on="fsm_period", since=FSM_CATEGORIES)
def local_fsm_expanded_start(census: Census) -> Mask:
    return equal(census.fsm_period.category, "EFSM") & before(census.fsm_period.start_date, FSM_CATEGORIES)


@rule("L-fsm-verified", on="fsm_period", since=FSM_CATEGORIES)
def local_fsm_verified(census: Census) -> Mask:
    return after(census.fsm_period.verified_date, census.collection.reference_date)


@rule("1877", on="school", phases=("PS", "AT", "SP"))
def rule_1877(census: Census) -> bool:
    return share_of(is_true(census.pupil.school_lunch_taken), census.on_roll & _infant(census)) > 0.95


@rule("L-lunch", on="pupil", phases=WITH_LUNCHES)
def local_lunch(census: Census) -> Mask:
    return census.on_roll & _infant(census) & missing(census.pupil.school_lunch_taken)


@rule("L-lunch-not-collected", on="pupil")
def local_lunch_not_collected(census: Census) -> Mask:
    return present(census.pupil.school_lunch_taken) & ~(census.on_roll & _infant(census))


@rule("1780", on="school", phases=("MS", "SS", "AT"))
def rule_1780(census: Census) -> bool:
    expected = census.on_roll & _yssa_age(census)
    answered = one_of(census.pupil.yssa, "Yes", "No")
    return bool(expected.any()) and not (expected & answered).any()


@rule("L-yssa", on="pupil", phases=WITH_YSSA)
def local_yssa(census: Census) -> Mask:
    valid = in_codeset(census.pupil.yssa, "YSSA", census.collection.reference_date)
    return census.on_roll & _yssa_age(census) & ~valid


@rule("L-language", on="pupil", phases=WITH_LANGUAGE)
def local_language(census: Census) -> Mask:
    valid = in_codeset(census.pupil.language, "LANGUAGE", census.collection.reference_date)
    return at_least(census.pupil.age, LANGUAGE_AGE) & ~valid


@rule("1850", on="school", phases=WITH_LANGUAGE)
def rule_1850(census: Census) -> bool:
    asked = census.on_roll & at_least(census.pupil.age, LANGUAGE_AGE)
    return share_of(equal(census.pupil.language, "NOT"), asked) > MANY


@rule("L-language-share", on="school", phases=WITH_LANGUAGE)
def local_language_share(census: Census) -> bool:
    asked = census.on_roll & at_least(census.pupil.age, LANGUAGE_AGE)
    return share_of(one_of(census.pupil.language, *UNSPECIFIC), asked) > MANY


@rule("L-ethnicity", on="pupil", terms="S", phases=WITH_ETHNICITY)
def local_ethnicity(census: Census) -> Mask:
    valid = in_codeset(census.pupil.ethnicity, "ETHNICITY", census.collection.reference_date)
    return at_least(census.pupil.age, ETHNICITY_AGE) & ~valid


@rule("L-ethnicity-share", on="school", terms="S", phases=WITH_ETHNICITY)
def local_ethnicity_share(census: Census) -> bool:
    asked = census.on_roll & at_least(census.pupil.age, ETHNICITY_AGE)
    return share_of(one_of(census.pupil.ethnicity, *UNSAID), asked) > MANY


@rule("L-young-carer", on="pupil", terms="S")
def local_young_carer(census: Census) -> Mask:
    return census.on_roll & ~in_codeset(census.pupil.young_carer, "YOUNG_CARER", census.collection.reference_date)


@rule("L-young-carer-none", on="school", terms="S")
def local_young_carer_none(census: Census) -> bool:
    return not one_of(census.pupil.young_carer, "P", "S").any()


@rule("1741", on="pupil", phases=WITH_LANGUAGE)
def rule_1741(census: Census) -> Mask:
    valid = in_codeset(census.pupil.service_child, "SERVICE_CHILD", census.collection.reference_date)
    return census.on_roll & one_of(census.pupil.nc_year_actual, *SERVICE_YEARS) & ~valid


@rule("L-top-up-funding", on="pupil")
def local_top_up_funding(census: Census) -> Mask:
    return census.on_roll & missing(census.pupil.top_up_funding)


@rule("1871", on="pupil")
def rule_1871(census: Census) -> Mask:
    return census.on_roll & ~in_codeset(census.pupil.plaa, "PLAA", census.collection.reference_date)


@rule("1874", on="pupil")
def rule_1874(census: Census) -> Mask:
    late = present(census.pupil.dob) & ~before(census.pupil.dob, RESIDENCE_ORDERS_ENDED)
    return census.on_roll & equal(census.pupil.plaa, "R") & late


@rule("L-learner-fam", on="learner_fam")
def local_learner_fam(census: Census) -> Mask:
    fam, day = census.learner_fam, census.collection.reference_date
    return ~in_codeset(fam.fam_type, "LEARNER_FAM_TYPE", day) | ~in_codeset(fam.fam_code, "LEARNER_FAM_CODE", day)


@rule("L-learner-fam-repeated", on="learner_fam")
def local_learner_fam_repeated(census: Census) -> Mask:
    return duplicated(census.learner_fam.pupil_id, census.learner_fam.fam_type, census.learner_fam.fam_code)


@rule("L-support-code", on="learner_support", terms="SU")
def local_support_code(census: Census) -> Mask:
    return ~in_codeset(census.learner_support.support_code, "LEARNER_SUPPORT", census.collection.reference_date)


@rule("L-support-code-year", on="learner_support", terms="SU")
def local_support_code_year(census: Census) -> Mask:
    return below(year_order(census.of_pupil("learner_support", "nc_year_actual")), SIXTH_FORM_YEAR)


@rule("L-support-code-repeated", on="learner_support", terms="SU")
def local_support_code_repeated(census: Census) -> Mask:
    return duplicated(census.learner_support.pupil_id, census.learner_support.support_code)


def _fsm_share(census: Census, year: str) -> float:
    return share_of(census.has("pupil", "fsm_period"), census.on_roll & equal(census.pupil.nc_year_actual, year))


def _infant(census: Census) -> Mask:
    year = census.pupil.nc_year_actual
    return one_of(year, *INFANT_YEARS) | (equal(year, "X") & between(census.pupil.age, 4, 6))


def _yssa_age(census: Census) -> Mask:
    return at_least(census.pupil.age, YSSA_AGE)
