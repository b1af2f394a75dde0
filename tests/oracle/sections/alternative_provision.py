"""The oracle's rules on alternative provision: pupils of a unit, and placements that a school arranges."""

from tests.oracle.reading import (
    Return,
    Row,
    between,
    company_number_right,
    digits,
    is_on_roll,
    postcode_right,
    some,
    states,
    ukprn_right,
)


def is_registered_here_alone(pupil: Row) -> bool:
    return is_on_roll(pupil) and pupil["enrol_status"] in {"C", "F", "O"}


def is_open(placement: Row, census: Return) -> bool:
    return placement["leaving_date"] is None or placement["leaving_date"] >= census.day.reference_date


@states("2360", on="pupil", phases="PR")
def previous_school_is_no_urn(pupil: Row, _: Return) -> bool:
    wrong = pupil["prev_urn"] is not None and not digits(pupil["prev_urn"], fewest=6, most=6)
    return is_registered_here_alone(pupil) and wrong


@states("2361", on="pupil", phases="PR")
def reason_for_the_unit_is_missing_or_wrong(pupil: Row, census: Return) -> bool:
    return is_registered_here_alone(pupil) and not census.valid(pupil["ap_reason"], "AP_REASON")


@states("2363", on="pupil", phases="PR")
def plan_named_without_plan(pupil: Row, _: Return) -> bool:
    return is_registered_here_alone(pupil) and pupil["ap_reason"] == "EHC" and pupil["sen_provision"] != "E"


@states("3131", on="pupil", phases="PR")
def pupil_of_unit_without_placement_details(pupil: Row, _: Return) -> bool:
    details = [pupil["prev_urn"], pupil["ap_reason"], pupil["ap_sen_entry"]]
    return is_registered_here_alone(pupil) and None in details


@states("L-ap-previous-school", on="pupil", phases="PR")
def previous_school_is_not_on_the_register(pupil: Row, census: Return) -> bool:
    urn = pupil["prev_urn"]
    known = urn in census.registers["establishments"]
    return is_registered_here_alone(pupil) and digits(urn, fewest=6, most=6) and not known


@states("2364", on="ap_placement")
def setting_is_not_identified(placement: Row, _: Return) -> bool:
    return not some(placement["urn"], placement["ukprn"], placement["setting_type"])


@states("2372", on="ap_placement")
def placement_outlasts_the_pupil(placement: Row, census: Return) -> bool:
    pupil = census.pupil(placement)
    if is_on_roll(pupil):
        return False
    ended, left = placement["leaving_date"], pupil["leaving_date"]
    return ended is None or (left is not None and ended > left)


@states("2392", on="pupil")
def full_time_beside_another(pupil: Row, census: Return) -> bool:
    patterns = [placement["pattern"] for placement in census.of(pupil, "ap_placement") if is_open(placement, census)]
    return is_on_roll(pupil) and len(patterns) > 1 and any(pattern != "PT" for pattern in patterns)


@states("4015Q", on="school", not_in="PR NS")
def no_placement_is_arranged(_: Row, census: Return) -> bool:
    return not census.tables["ap_placement"]


@states("4016Q", on="school", phases="PR")
def no_placement_at_all(_: Row, census: Return) -> bool:
    placed = any(pupil["ap_reason"] is not None for pupil in census.pupils)
    return not placed and not census.tables["ap_placement"]


@states("L-ap-unregistered", on="ap_placement")
def unregistered_setting_is_not_described(placement: Row, _: Return) -> bool:
    unregistered = placement["setting_type"] is not None and not some(placement["urn"], placement["ukprn"])
    return unregistered and (placement["company_number"] is None or placement["postcode"] is None)


@states("L-ap-urn", on="ap_placement")
def urn_is_none(placement: Row, _: Return) -> bool:
    return placement["urn"] is not None and not digits(placement["urn"], fewest=6, most=6)


@states("L-ap-ukprn", on="ap_placement")
def ukprn_is_none(placement: Row, _: Return) -> bool:
    return placement["ukprn"] is not None and not ukprn_right(placement["ukprn"])


@states("L-ap-company-number", on="ap_placement")
def company_number_is_none(placement: Row, _: Return) -> bool:
    return placement["company_number"] is not None and not company_number_right(placement["company_number"])


@states("L-ap-postcode", on="ap_placement")
def postcode_is_none(placement: Row, _: Return) -> bool:
    return placement["postcode"] is not None and not postcode_right(placement["postcode"])


@states("L-ap-setting-type", on="ap_placement")
def setting_type_is_wrong(placement: Row, census: Return) -> bool:
    return census.wrong(placement["setting_type"], "AP_SETTING_TYPE")


@states("L-ap-reason", on="ap_placement")
def reason_is_missing_or_wrong(placement: Row, census: Return) -> bool:
    return not census.valid(placement["reason"], "AP_PLACEMENT_REASON")


@states("L-ap-entry", on="ap_placement")
def starts_on_no_possible_day(placement: Row, census: Return) -> bool:
    return placement["entry_date"] is None or placement["entry_date"] > census.day.reference_date


@states("L-ap-order", on="ap_placement")
def ends_before_it_starts(placement: Row, _: Return) -> bool:
    start, end = placement["entry_date"], placement["leaving_date"]
    return start is not None and end is not None and end < start


@states("L-ap-before-joining", on="ap_placement")
def starts_before_the_pupil_joined(placement: Row, census: Return) -> bool:
    start, joined = placement["entry_date"], census.pupil(placement)["entry_date"]
    return start is not None and joined is not None and start < joined


@states("L-ap-window", on="ap_placement")
def ended_before_the_window(placement: Row, census: Return) -> bool:
    return placement["leaving_date"] is not None and placement["leaving_date"] < census.day.ap.start


@states("L-ap-pattern", on="ap_placement")
def pattern_is_missing_or_wrong(placement: Row, _: Return) -> bool:
    return placement["pattern"] not in {"FT", "PT"}


@states("L-ap-sessions", on="ap_placement")
def sessions_a_week_are_impossible(placement: Row, _: Return) -> bool:
    return not between(placement["sessions_per_week"], 1, 10)


@states("L-ap-full-time-sessions", on="ap_placement")
def full_time_of_fewer_sessions(placement: Row, _: Return) -> bool:
    return placement["pattern"] == "FT" and between(placement["sessions_per_week"], 1, 9)


@states("L-ap-repeated", on="ap_placement")
def placement_is_reported_twice(placement: Row, census: Return) -> bool:
    named = placement["entry_date"], placement["urn"]
    same = [each for each in census.of(placement, "ap_placement") if (each["entry_date"], each["urn"]) == named]
    return None not in named and len(same) > 1
