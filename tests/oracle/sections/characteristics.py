"""The oracle's rules on free school meals, lunch, language and the other characteristics of a pupil."""

import datetime as dt
from collections.abc import Callable

from tests.oracle.reading import Return, Row, between, is_on_roll, states, year_number


def last_day(period: Row) -> dt.date:
    return dt.date.max if period["end_date"] is None else period["end_date"]


def span(period: Row) -> tuple[dt.date, dt.date]:
    return period["start_date"], last_day(period)


def share_with_period(census: Return, among: Callable[[Row], bool]) -> float:
    """A period that is returned counts as one since the last census: whether it is, 1762 and 1763 say."""
    population = [pupil for pupil in census.on_roll if among(pupil)]
    having = [pupil for pupil in population if census.of(pupil, "fsm_period")]
    return len(having) / len(population) if population else 0.0


def is_infant(pupil: Row, census: Return) -> bool:
    year = pupil["nc_year_actual"]
    return is_on_roll(pupil) and (year in {"R", "1", "2"} or (year == "X" and between(census.age(pupil), 4, 6)))


def is_asked_for_yssa(pupil: Row, census: Return) -> bool:
    age = census.age(pupil)
    return is_on_roll(pupil) and age is not None and age >= 12


@states("1750", on="school")
def many_pupils_have_a_period(_: Row, census: Return) -> bool:
    return share_with_period(census, lambda _: True) > 0.45


@states("1751", on="school", phases="PS AT")
def many_in_reception_have_a_period(_: Row, census: Return) -> bool:
    return share_with_period(census, lambda pupil: pupil["nc_year_actual"] == "R") > 0.5


@states("1752", on="school", phases="PS AT")
def many_in_year_1_have_a_period(_: Row, census: Return) -> bool:
    return share_with_period(census, lambda pupil: pupil["nc_year_actual"] == "1") > 0.5


@states("1760", on="school")
def nobody_has_a_period(_: Row, census: Return) -> bool:
    return not census.tables["fsm_period"]


@states("1762", on="fsm_period")
def period_starts_after_census_day(period: Row, census: Return) -> bool:
    return period["start_date"] is not None and period["start_date"] > census.day.reference_date


@states("1763", on="fsm_period")
def period_ended_before_the_window(period: Row, census: Return) -> bool:
    return period["end_date"] is not None and period["end_date"] < census.day.fsm.start


@states("L-fsm-start", on="fsm_period")
def period_has_no_start(period: Row, _: Return) -> bool:
    return period["start_date"] is None


@states("L-fsm-order", on="fsm_period")
def period_ends_before_it_starts(period: Row, _: Return) -> bool:
    start, end = period["start_date"], period["end_date"]
    return start is not None and end is not None and end < start


@states("L-fsm-overlap", on="fsm_period")
def period_begins_inside_another(period: Row, census: Return) -> bool:
    if period["start_date"] is None:
        return False
    others = [other for other in census.of(period, "fsm_period") if other is not period and other["start_date"]]
    begun = [last_day(other) for other in others if span(other) <= span(period)]
    return any(end >= period["start_date"] for end in begun)


@states("L-fsm-country", on="fsm_period")
def country_is_missing_or_wrong(period: Row, _: Return) -> bool:
    return period["uk_country"] not in {"ENG", "NIR", "SCT", "WLS"}


@states("L-fsm-country-open", on="fsm_period")
def period_elsewhere_is_open(period: Row, _: Return) -> bool:
    return period["uk_country"] in {"NIR", "SCT", "WLS"} and period["end_date"] is None


@states("L-fsm-category", on="fsm_period")
def category_is_wrong(period: Row, census: Return) -> bool:
    return census.wrong(period["category"], "FSM_CATEGORY")


@states("L-fsm-expanded-start", on="fsm_period")
def expanded_before_there_was_any(period: Row, _: Return) -> bool:
    start = period["start_date"]
    return period["category"] == "EFSM" and start is not None and start < dt.date(2026, 8, 1)


@states("L-fsm-verified", on="fsm_period")
def verified_after_census_day(period: Row, census: Return) -> bool:
    return period["verified_date"] is not None and period["verified_date"] > census.day.reference_date


@states("1877", on="school", phases="PS AT SP")
def nearly_every_infant_took_lunch(_: Row, census: Return) -> bool:
    infants = [pupil for pupil in census.pupils if is_infant(pupil, census)]
    return sum(pupil["school_lunch_taken"] is True for pupil in infants) > 0.95 * len(infants)


@states("L-lunch", on="pupil", phases="PS AT SP")
def infant_without_lunch_answer(pupil: Row, census: Return) -> bool:
    return is_infant(pupil, census) and pupil["school_lunch_taken"] is None


@states("L-lunch-not-collected", on="pupil")
def lunch_answer_of_no_infant(pupil: Row, census: Return) -> bool:
    return pupil["school_lunch_taken"] is not None and not is_infant(pupil, census)


@states("1780", on="school", phases="MS SS AT")
def nobody_answered_about_youth_support(_: Row, census: Return) -> bool:
    asked = [pupil for pupil in census.pupils if is_asked_for_yssa(pupil, census)]
    return bool(asked) and not any(pupil["yssa"] in {"Yes", "No"} for pupil in asked)


@states("L-yssa", on="pupil", phases="MS SS AT SP PR")
def yssa_is_missing_or_wrong(pupil: Row, census: Return) -> bool:
    return is_asked_for_yssa(pupil, census) and not census.valid(pupil["yssa"], "YSSA")


@states("L-language", on="pupil", not_in="NS")
def language_is_missing_or_wrong(pupil: Row, census: Return) -> bool:
    age = census.age(pupil)
    return age is not None and age >= 5 and not census.valid(pupil["language"], "LANGUAGE")


@states("1741", on="pupil", not_in="NS")
def service_child_is_missing_or_wrong(pupil: Row, _: Return) -> bool:
    in_range = between(year_number(pupil["nc_year_actual"]), 0, 11)
    return is_on_roll(pupil) and in_range and pupil["service_child"] not in {"Y", "N", "U", "R"}


@states("L-top-up-funding", on="pupil")
def top_up_is_not_said(pupil: Row, _: Return) -> bool:
    return is_on_roll(pupil) and pupil["top_up_funding"] is None


@states("1871", on="pupil")
def plaa_is_missing_or_wrong(pupil: Row, _: Return) -> bool:
    return is_on_roll(pupil) and pupil["plaa"] not in {"N", "A", "G", "R", "C", "O"}


@states("1874", on="pupil")
def plaa_is_r_for_a_young_child(pupil: Row, _: Return) -> bool:
    born = pupil["dob"]
    return is_on_roll(pupil) and pupil["plaa"] == "R" and born is not None and born >= dt.date(2014, 4, 22)


@states("L-learner-fam", on="learner_fam")
def pair_is_incomplete_or_wrong(pair: Row, census: Return) -> bool:
    right = census.valid(pair["fam_type"], "LEARNER_FAM_TYPE") and census.valid(pair["fam_code"], "LEARNER_FAM_CODE")
    return not right


@states("L-learner-fam-repeated", on="learner_fam")
def pair_is_repeated(pair: Row, census: Return) -> bool:
    same = [other for other in census.of(pair, "learner_fam") if other == pair]
    return pair["fam_type"] is not None and pair["fam_code"] is not None and len(same) > 1
