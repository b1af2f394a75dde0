"""The oracle's rules on what spring and summer add: classes, appeals, meals, childcare, needs, ethnicity, support."""

import datetime as dt
from collections.abc import Callable

from tests.oracle.reading import Return, Row, above_year_11, is_on_roll, states, year_number

MAINSTREAM = "PS MP MS SS AT"
COUNTS = ("teachers", "non_teachers", "home_pupils", "guest_pupils")
EXCEPTIONS = tuple(f"exception_{letter}" for letter in "abcdefgh")
APPEALS = ("lodged", "withdrawn", "heard", "upheld", "rejected")
IN_NO_CLASS = ("part_time_not_in", "private_study", "at_other_school", "work_experience", "fe_college")
BLOCKS = ("special_school", "special_school_type", "appeals", "reconciliation", "school_class", "childcare")


def none_or_less(value: int | None) -> bool:
    return value is None or value < 0


def together(row: Row, *columns: str) -> int:
    return sum(row[column] or 0 for column in columns)


def share_of_five_and_over(census: Return, chosen: Callable[[Row], bool]) -> float:
    population = [pupil for pupil in census.on_roll if (census.age(pupil) or 0) >= 5]
    return sum(chosen(pupil) for pupil in population) / len(population) if population else 0.0


def minutes(text: str | None) -> int | None:
    """Minutes since midnight; None for what is no time of day."""
    try:
        time = dt.time.fromisoformat(text or "")
    except ValueError:
        return None
    return time.hour * 60 + time.minute if text is not None and len(text) == len("07:30") else None


@states("L-half-term-2-autumn-only", on="attendance", terms="SU")
def second_half_outside_autumn(attendance: Row, _: Return) -> bool:
    return attendance["period"] == "half_term_2"


@states("1850", on="school", not_in="NS")
def language_often_not_obtained(_: Row, census: Return) -> bool:
    return share_of_five_and_over(census, lambda pupil: pupil["language"] == "NOT") > 0.10


@states("L-language-share", on="school", not_in="NS")
def language_often_unspecific(_: Row, census: Return) -> bool:
    return share_of_five_and_over(census, lambda pupil: pupil["language"] in {"OTH", "OTB", "ENB"}) > 0.10


@states("L-ethnicity", on="pupil", terms="S", not_in="NS")
def ethnicity_is_missing_or_wrong(pupil: Row, census: Return) -> bool:
    age = census.age(pupil)
    return age is not None and age >= 5 and not census.valid(pupil["ethnicity"], "ETHNICITY")


@states("L-ethnicity-share", on="school", terms="S", not_in="NS")
def ethnicity_often_refused(_: Row, census: Return) -> bool:
    return share_of_five_and_over(census, lambda pupil: pupil["ethnicity"] in {"NOBT", "REFU"}) > 0.10


@states("L-young-carer", on="pupil", terms="S")
def young_carer_is_not_said(pupil: Row, _: Return) -> bool:
    return is_on_roll(pupil) and pupil["young_carer"] not in {"N", "P", "S"}


@states("L-young-carer-none", on="school", terms="S")
def nobody_is_a_young_carer(_: Row, census: Return) -> bool:
    return not any(pupil["young_carer"] in {"P", "S"} for pupil in census.pupils)


@states("L-support-code", on="learner_support", terms="SU")
def support_is_missing_or_wrong(support: Row, census: Return) -> bool:
    return not census.valid(support["support_code"], "LEARNER_SUPPORT")


@states("L-support-code-year", on="learner_support", terms="SU")
def support_below_year_12(support: Row, census: Return) -> bool:
    pupil = census.pupil(support)
    return year_number(pupil["nc_year_actual"]) is not None and not above_year_11(pupil)


@states("L-support-code-repeated", on="learner_support", terms="SU")
def support_is_repeated(support: Row, census: Return) -> bool:
    same = [each for each in census.of(support, "learner_support") if each == support]
    return support["support_code"] is not None and len(same) > 1


@states("2970", on="childcare", terms="S")
def open_for_less_than_nine_hours(childcare: Row, _: Return) -> bool:
    opens, closes = minutes(childcare["opening_time"]), minutes(childcare["closing_time"])
    # a time need not be given, and without both nobody can say how long it is open
    short = opens is not None and closes is not None and closes - opens < 9 * 60
    return childcare["type_of_childcare"] == "U" and short


@states("L-childcare-codes", on="childcare", terms="S")
def childcare_code_is_wrong(childcare: Row, census: Return) -> bool:
    codes = {
        "type_of_childcare": "CHILDCARE_TYPE",
        "signposting": "CHILDCARE_SIGNPOST",
        "provider": "CHILDCARE_PROVIDER",
    }
    wrong = any(census.wrong(childcare[column], codeset) for column, codeset in codes.items())
    return wrong or childcare["type_of_childcare"] is None


@states("L-childcare-times", on="childcare", terms="S")
def closes_before_it_opens(childcare: Row, _: Return) -> bool:
    opens, closes = minutes(childcare["opening_time"]), minutes(childcare["closing_time"])
    return opens is not None and closes is not None and closes <= opens


@states("L-childcare-weeks", on="childcare", terms="S")
def open_for_impossible_weeks(childcare: Row, _: Return) -> bool:
    return childcare["weeks_open"] is not None and not 0 <= childcare["weeks_open"] <= 52


@states("L-class-complete", on="school_class", terms="S", phases=MAINSTREAM)
def class_is_incomplete(each: Row, _: Return) -> bool:
    return each["class_name"] is None or any(none_or_less(each[column]) for column in COUNTS)


@states("L-class-name-unique", on="school_class", terms="S", phases=MAINSTREAM)
def class_name_is_used_twice(each: Row, census: Return) -> bool:
    name = each["class_name"]
    return name is not None and any(other["class_name"] == name for other in census.others(each, "school_class"))


@states("L-class-teachers", on="school_class", terms="S", phases=MAINSTREAM)
def class_without_teacher(each: Row, _: Return) -> bool:
    pupils = together(each, "home_pupils", "guest_pupils")
    return pupils > 0 and each["teachers"] == 0 and together(each, "ppa_teachers") <= 0


@states("L-class-size", on="school_class", terms="S", phases=MAINSTREAM)
def class_of_unusual_size(each: Row, _: Return) -> bool:
    # a class whose own pupils are not counted has no size yet: L-class-complete says so
    counted = not none_or_less(each["home_pupils"])
    return counted and not 1 <= together(each, "home_pupils", "guest_pupils") <= 40


@states("L-class-infant-size", on="school_class", terms="S", phases="PS AT")
def large_infant_class_without_exceptions(each: Row, _: Return) -> bool:
    infant = each["key_stage"] == "1" or each["year_group"] in {"R", "1", "2"}
    large = together(each, "home_pupils", "guest_pupils") > 30 * together(each, "teachers")
    return infant and together(each, "teachers") > 0 and large and together(each, *EXCEPTIONS) <= 0


@states("L-class-key-stage", on="school_class", terms="S", phases="PS MP AT")
def class_type_or_key_stage_is_wrong(each: Row, _: Return) -> bool:
    return each["class_type"] not in {None, "N", "O"} or each["key_stage"] not in {None, "F", "1", "2", "3", "4", "M"}


@states("L-class-activity", on="school_class", terms="S", phases="PS MP")
def class_activity_is_wrong(each: Row, census: Return) -> bool:
    return census.wrong(each["class_activity"], "CLASS_ACTIVITY")


@states("L-school-file", on="school", terms="S")
def nobody_filled_in_the_school_file(school: Row, census: Return) -> bool:
    return school["free_meals_taken"] is None and not any(census.tables[name] for name in BLOCKS)


@states("1320Q", on="school", terms="S")
def more_meals_than_entitled_pupils(school: Row, census: Return) -> bool:
    day = census.day.reference_date
    entitled = [
        pupil
        for pupil in census.on_roll
        if any(
            period["start_date"] is not None
            and period["start_date"] <= day
            and (period["end_date"] is None or period["end_date"] >= day)
            for period in census.of(pupil, "fsm_period")
        )
    ]
    return school["free_meals_taken"] is not None and school["free_meals_taken"] > len(entitled)


@states("L-free-meals-taken", on="school", terms="S")
def meals_taken_are_no_number(school: Row, _: Return) -> bool:
    return none_or_less(school["free_meals_taken"])


@states("L-special-school-block", on="school")
def special_school_block_is_missing_or_misplaced(_: Row, census: Return) -> bool:
    wanted = census.phase == "SP" and census.day.term == "S"
    return wanted != bool(census.tables["special_school"])


@states("L-accommodation", on="special_school", terms="S", phases="SP")
def accommodation_is_missing_or_wrong(block: Row, _: Return) -> bool:
    return block["accommodation"] not in {"D", "B", "H"}


@states("L-special-school-ages", on="special_school", terms="S", phases="SP")
def youngest_is_older_than_oldest(block: Row, _: Return) -> bool:
    ages = [(block[f"min_{sex}_age"], block[f"max_{sex}_age"]) for sex in ("male", "female")]
    return any(low is not None and high is not None and low > high for low, high in ages)


@states("L-appeals-numbers", on="appeals", terms="S", phases=MAINSTREAM)
def appeals_are_no_numbers(appeals: Row, _: Return) -> bool:
    return any(none_or_less(appeals[column]) for column in APPEALS)


@states("L-appeals-totals", on="appeals", terms="S", phases=MAINSTREAM)
def appeals_exceed_each_other(appeals: Row, _: Return) -> bool:
    heard, lodged = appeals["heard"], appeals["lodged"]
    decided = heard is not None and together(appeals, "upheld", "rejected") > heard
    return decided or (lodged is not None and together(appeals, "heard", "withdrawn") > lodged)


@states("L-reconciliation", on="school", terms="S", phases=MAINSTREAM)
def reconciliation_is_missing(_: Row, census: Return) -> bool:
    return not census.tables["reconciliation"]


@states("1000", on="school", terms="S", phases=MAINSTREAM)
def classes_do_not_hold_the_roll(_: Row, census: Return) -> bool:
    in_classes = sum(together(each, "home_pupils") for each in census.tables["school_class"])
    elsewhere = sum(together(each, *IN_NO_CLASS) for each in census.tables["reconciliation"])
    given = census.tables["school_class"] or census.tables["reconciliation"]
    return bool(given) and in_classes + elsewhere != len(census.on_roll)


@states("L-sen-needs", on="pupil", terms="S")
def needs_do_not_go_with_provision(pupil: Row, census: Return) -> bool:
    needs = census.of(pupil, "sen_need")
    ranked = any(need["rank"] == 1 for need in needs)
    provision = pupil["sen_provision"]
    return is_on_roll(pupil) and ((provision in {"K", "E"} and not ranked) or (provision == "N" and bool(needs)))


@states("L-sen-need-ranks", on="sen_need", terms="S")
def need_is_ranked_wrongly(need: Row, census: Return) -> bool:
    others = [other for other in census.of(need, "sen_need") if other is not need]
    same_type = need["sen_type"] is not None and any(other["sen_type"] == need["sen_type"] for other in others)
    return need["rank"] not in {1, 2} or same_type or any(other["rank"] == need["rank"] for other in others)


@states("L-sen-need-nsa", on="sen_need", terms="S")
def no_assessment_without_support(need: Row, census: Return) -> bool:
    return need["sen_type"] == "NSA" and census.pupil(need)["sen_provision"] != "K"


@states("1870", on="school", phases=MAINSTREAM)
def few_pupils_are_registered_here_alone(_: Row, census: Return) -> bool:
    statuses = [pupil["enrol_status"] for pupil in census.on_roll if pupil["enrol_status"] is not None]
    return bool(statuses) and statuses.count("C") < 0.80 * len(statuses)


@states("L-boarder-day-school", on="pupil", terms="S", phases="SP")
def boarder_in_a_day_school(pupil: Row, census: Return) -> bool:
    day_only = any(block["accommodation"] == "D" for block in census.tables["special_school"])
    return day_only and pupil["boarder"] not in {None, "N"}
