"""The oracle's rules on funded hours, eligibility codes and premiums of the early years."""

from tests.oracle.reading import NURSERY_YEARS, Return, Row, between, digits, is_on_roll, states, twelve_months_later


def hours(pupil: Row, *columns: str) -> float:
    """Hours together; hours that are not given are none."""
    return sum(pupil[column] or 0.0 for column in columns)


def in_nursery_year(pupil: Row) -> bool:
    return pupil["nc_year_actual"] in NURSERY_YEARS


def in_four_year_band(pupil: Row, census: Return) -> bool:
    return between(pupil["dob"], *census.day.four_year_olds) and in_nursery_year(pupil)


def in_entitled_band(pupil: Row, census: Return) -> bool:
    return between(pupil["dob"], *census.day.three_year_olds) or in_four_year_band(pupil, census)


def is_two(pupil: Row, census: Return) -> bool:
    """Born in the twelve months after those who count as three this term."""
    youngest_three = census.day.three_year_olds.end
    return pupil["dob"] is not None and youngest_three < pupil["dob"] <= twelve_months_later(youngest_three)


def is_too_old(pupil: Row, census: Return) -> bool:
    age = census.age(pupil)
    return age is not None and age >= 5


def needs_hours(pupil: Row, census: Return) -> bool:
    return is_on_roll(pupil) and in_nursery_year(pupil) and between(census.age(pupil), 2, 4)


@states("1848", on="pupil")
def premium_is_not_said(pupil: Row, census: Return) -> bool:
    return is_on_roll(pupil) and in_four_year_band(pupil, census) and pupil["eyppr"] not in {"Y", "N"}


@states("1851", on="pupil")
def funded_hours_at_five(pupil: Row, census: Return) -> bool:
    return pupil["funded_hours"] is not None and is_too_old(pupil, census)


@states("1854", on="pupil")
def hours_at_setting_at_five(pupil: Row, census: Return) -> bool:
    return pupil["hours_at_setting"] is not None and is_too_old(pupil, census)


@states("3100", on="pupil")
def extended_hours_without_entitlement(pupil: Row, census: Return) -> bool:
    entitled = pupil["eligibility_code"] is not None and in_entitled_band(pupil, census)
    return hours(pupil, "extended_hours") > 0 and not entitled


@states("3130", on="pupil")
def extended_hours_without_valid_code(pupil: Row, census: Return) -> bool:
    given = hours(pupil, "extended_hours") > 0 and in_entitled_band(pupil, census)
    return given and not digits(pupil["eligibility_code"], fewest=11, most=11)


@states("5235", on="pupil")
def two_year_old_without_basis(pupil: Row, census: Return) -> bool:
    bases = [row["basis"] for row in census.of(pupil, "funding_basis")]
    right = any(basis in {"ECO", "HSD", "LAA"} for basis in bases)
    funded = is_on_roll(pupil) and hours(pupil, "funded_hours") > 0
    return is_two(pupil, census) and funded and not right


@states("L-funded-hours-range", on="pupil")
def funded_hours_out_of_range(pupil: Row, _: Return) -> bool:
    return pupil["funded_hours"] is not None and not 0 <= pupil["funded_hours"] <= 15


@states("L-extended-hours-range", on="pupil")
def extended_hours_out_of_range(pupil: Row, _: Return) -> bool:
    return pupil["extended_hours"] is not None and not 0 <= pupil["extended_hours"] <= 15


@states("L-expanded-hours-range", on="pupil")
def expanded_hours_out_of_range(pupil: Row, _: Return) -> bool:
    return pupil["expanded_hours"] is not None and not 0 <= pupil["expanded_hours"] <= 30


@states("L-expanded-hours-total", on="pupil")
def two_year_old_with_too_many_hours(pupil: Row, census: Return) -> bool:
    both = hours(pupil, "funded_hours") > 0 and hours(pupil, "expanded_hours") > 0
    return is_two(pupil, census) and both and hours(pupil, "funded_hours", "expanded_hours") > 30


@states("L-hours-at-setting-total", on="pupil")
def fewer_hours_than_are_paid_for(pupil: Row, _: Return) -> bool:
    attended = pupil["hours_at_setting"]
    return attended is not None and attended < hours(pupil, "funded_hours", "extended_hours", "expanded_hours")


@states("L-funded-hours", on="pupil")
def funded_hours_are_not_said(pupil: Row, census: Return) -> bool:
    return needs_hours(pupil, census) and pupil["funded_hours"] is None


@states("L-hours-at-setting", on="pupil")
def hours_at_setting_are_not_said(pupil: Row, census: Return) -> bool:
    return needs_hours(pupil, census) and pupil["hours_at_setting"] is None


@states("L-eligibility-code-format", on="pupil")
def eligibility_code_is_no_code(pupil: Row, _: Return) -> bool:
    return pupil["eligibility_code"] is not None and not digits(pupil["eligibility_code"], fewest=11, most=11)


@states("L-eligibility-code-expanded", on="pupil")
def expanded_hours_without_code(pupil: Row, _: Return) -> bool:
    return hours(pupil, "expanded_hours") > 0 and pupil["eligibility_code"] is None


@states("L-eypp-basis", on="pupil")
def premium_without_basis(pupil: Row, census: Return) -> bool:
    return pupil["eyppr"] == "Y" and not census.valid(pupil["eyppbf"], "EYPPBF")


@states("L-eypp-basis-not-expected", on="pupil")
def basis_without_premium(pupil: Row, _: Return) -> bool:
    return pupil["eyppr"] == "N" and pupil["eyppbf"] is not None


@states("L-eypp-unfunded", on="pupil")
def premium_without_hours(pupil: Row, _: Return) -> bool:
    return pupil["eyppr"] == "Y" and not (hours(pupil, "funded_hours") > 0 or hours(pupil, "expanded_hours") > 0)


@states("L-daf-age", on="pupil")
def access_fund_at_five(pupil: Row, census: Return) -> bool:
    return pupil["daf"] is True and is_too_old(pupil, census)
