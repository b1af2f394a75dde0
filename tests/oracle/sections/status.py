"""The oracle's rules on enrolment, dates of joining and leaving, year group, SEN provision and address."""

from tests.oracle.reading import (
    NURSERY_YEARS,
    Return,
    Row,
    between,
    digits,
    is_on_roll,
    postcode_right,
    some,
    states,
    year_number,
)

STRUCTURED = ("saon", "paon", "street", "locality", "town", "administrative_area", "post_town")
LINES = ("line1", "line2", "line3", "line4", "line5")


def joined_inside_the_term(census: Return) -> float:
    """The share of pupils on roll who joined between the term's first day and census day."""
    joined = [
        pupil
        for pupil in census.on_roll
        if between(pupil["entry_date"], census.day.current_term_start, census.day.reference_date)
    ]
    return len(joined) / len(census.on_roll) if census.on_roll else 0.0


@states("L-enrol-status", on="pupil")
def enrolment_is_missing_or_wrong(pupil: Row, _: Return) -> bool:
    return is_on_roll(pupil) and pupil["enrol_status"] not in {"C", "M", "S", "F", "O"}


@states("1880", on="pupil")
def joined_on_no_possible_day(pupil: Row, census: Return) -> bool:
    return pupil["entry_date"] is None or pupil["entry_date"] > census.day.reference_date


@states("1890Q", on="school", terms="A")
def many_joined_in_autumn(_: Row, census: Return) -> bool:
    return joined_inside_the_term(census) > 0.40


@states("1900Q", on="school", terms="S")
def many_joined_in_spring(_: Row, census: Return) -> bool:
    return joined_inside_the_term(census) > 0.30


@states("1910Q", on="school", terms="U")
def many_joined_in_summer(_: Row, census: Return) -> bool:
    return joined_inside_the_term(census) > 0.25


@states("L-entry-after-birth", on="pupil")
def joined_before_birth(pupil: Row, _: Return) -> bool:
    entry, born = pupil["entry_date"], pupil["dob"]
    return entry is not None and born is not None and entry <= born


@states("1920", on="pupil")
def left_on_no_possible_day(pupil: Row, census: Return) -> bool:
    entry, leaving = pupil["entry_date"], pupil["leaving_date"]
    if is_on_roll(pupil):
        return False
    return leaving is None or leaving >= census.day.reference_date or (entry is not None and leaving < entry)


@states("1925Q", on="pupil")
def leaver_with_nothing_to_report(pupil: Row, census: Return) -> bool:
    entry, leaving, day = pupil["entry_date"], pupil["leaving_date"], census.day
    left = leaving is not None and leaving < day.reference_date
    suspended = left and bool(census.of(pupil, "exclusion"))
    attended = (
        left
        and leaving >= day.previous_term_start
        and entry is not None
        and entry < day.current_term_start
        and between(census.attendance_age(pupil), 4, 15)
        and pupil["boarder"] == "N"
    )
    by_term = census.of(pupil, "programme_aim" if day.term == "A" else "learner_support")
    reported = by_term or census.of(pupil, "learner_fam") or census.of(pupil, "ap_placement")
    return not is_on_roll(pupil) and not (suspended or attended or reported)


@states("L-part-time", on="pupil")
def part_time_is_not_said(pupil: Row, _: Return) -> bool:
    return pupil["part_time"] is None


@states("L-part-time-statutory", on="pupil")
def part_time_at_statutory_age(pupil: Row, census: Return) -> bool:
    return is_on_roll(pupil) and pupil["part_time"] is True and between(census.age(pupil), 5, 15)


@states("L-boarder", on="pupil")
def boarder_is_missing_or_wrong(pupil: Row, _: Return) -> bool:
    return pupil["boarder"] not in {"B", "6", "7", "N"}


@states("L-year-group", on="pupil")
def year_group_is_missing_or_wrong(pupil: Row, census: Return) -> bool:
    year = pupil["nc_year_actual"]
    return is_on_roll(pupil) and (year == "M" or not census.valid(year, "NCYEAR"))


@states("L-year-group-range", on="pupil")
def year_group_is_none_of_the_schools(pupil: Row, census: Return) -> bool:
    year = year_number(pupil["nc_year_actual"])
    low, high = year_number(census.school["lowest_nc_year"]), year_number(census.school["highest_nc_year"])
    if not is_on_roll(pupil) or year is None:
        return False
    return (low is not None and year < low) or (high is not None and year > high)


@states("L-year-group-age", on="pupil")
def year_group_is_far_from_age(pupil: Row, census: Return) -> bool:
    year, age = year_number(pupil["nc_year_actual"]), census.age(pupil)
    return is_on_roll(pupil) and year is not None and age is not None and abs(year - (age - 4)) > 1


@states("L-year-group-x", on="pupil", not_in="SP PR")
def year_x_in_a_mainstream_school(pupil: Row, _: Return) -> bool:
    return is_on_roll(pupil) and pupil["nc_year_actual"] == "X"


@states("L-class-type", on="pupil", phases="PS AT")
def class_type_is_wrong(pupil: Row, _: Return) -> bool:
    return pupil["class_type"] is not None and pupil["class_type"] not in {"N", "O"}


@states("L-class-type-year", on="pupil", phases="PS AT")
def nursery_class_in_a_later_year(pupil: Row, _: Return) -> bool:
    return pupil["class_type"] == "N" and pupil["nc_year_actual"] not in NURSERY_YEARS | {"R"}


@states("L-sen-provision", on="pupil")
def sen_provision_is_missing_or_wrong(pupil: Row, _: Return) -> bool:
    return is_on_roll(pupil) and pupil["sen_provision"] not in {"N", "K", "E"}


@states("L-sen-unit-without-sen", on="pupil", not_in="SP PR")
def in_a_unit_without_provision(pupil: Row, _: Return) -> bool:
    placed = pupil["sen_unit"] is True or pupil["resourced"] is True
    return placed and pupil["sen_provision"] not in {"K", "E"}


@states("L-sen-unit-and-resourced", on="pupil", not_in="SP PR")
def in_both_kinds_of_unit(pupil: Row, _: Return) -> bool:
    return pupil["sen_unit"] is True and pupil["resourced"] is True


@states("L-sen-unit-not-collected", on="pupil")
def unit_is_not_asked_for(pupil: Row, census: Return) -> bool:
    asked = is_on_roll(pupil) and census.phase not in {"SP", "PR"}
    return some(pupil["sen_unit"], pupil["resourced"]) and not asked


@states("L-sen-none", on="school")
def nobody_has_provision(_: Row, census: Return) -> bool:
    return not any(pupil["sen_provision"] in {"K", "E"} for pupil in census.pupils)


@states("L-postcode", on="pupil")
def postcode_is_missing(pupil: Row, _: Return) -> bool:
    return is_on_roll(pupil) and pupil["postcode"] is None


@states("L-postcode-format", on="pupil")
def postcode_is_none(pupil: Row, _: Return) -> bool:
    return pupil["postcode"] is not None and not postcode_right(pupil["postcode"])


@states("L-address-both-forms", on="pupil")
def address_has_both_forms(pupil: Row, _: Return) -> bool:
    return some(*(pupil[column] for column in STRUCTURED)) and some(*(pupil[column] for column in LINES))


@states("L-address-incomplete", on="pupil")
def address_has_neither_form(pupil: Row, _: Return) -> bool:
    begun = some(*(pupil[column] for column in STRUCTURED))
    complete = some(pupil["saon"], pupil["paon"]) and some(pupil["street"], pupil["town"], pupil["post_town"])
    return is_on_roll(pupil) and not (complete if begun else pupil["line1"] is not None)


@states("L-uprn", on="pupil")
def uprn_is_none(pupil: Row, _: Return) -> bool:
    return pupil["uprn"] is not None and not digits(pupil["uprn"], fewest=1, most=12)
