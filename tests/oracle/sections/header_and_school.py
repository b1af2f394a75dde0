"""The oracle's rules on the header and the school's own characteristics."""

import datetime as dt

from schemas.codesets import codes
from tests.oracle.reading import Return, Row, digits, is_on_roll, states, year_number


@states("100", on="header")
def reference_date_is_not_census_day(header: Row, census: Return) -> bool:
    return header["reference_date"] != census.day.reference_date


@states("L-header-collection", on="header")
def collection_is_not_sc(header: Row, _: Return) -> bool:
    return header["collection"] != "SC"


@states("L-header-term", on="header")
def term_is_not_the_collections(header: Row, census: Return) -> bool:
    return header["term"] != {"A": "AUT", "S": "SPR", "U": "SUM"}[census.day.term]


@states("L-header-year", on="header")
def year_is_not_that_of_census_day(header: Row, census: Return) -> bool:
    return header["year"] != census.day.reference_date.year


@states("L-header-source-level", on="header")
def source_level_is_unknown(header: Row, _: Return) -> bool:
    return header["source_level"] not in {"S", "L"}


@states("L-header-lea", on="header")
def authority_is_unknown(header: Row, census: Return) -> bool:
    return header["lea"] not in codes("LA_CODE_LIIA", census.day.reference_date)


@states("L-header-estab", on="header")
def establishment_is_not_four_digits(header: Row, _: Return) -> bool:
    return not digits(header["estab"], fewest=4, most=4)


@states("L-header-urn", on="header")
def urn_is_not_six_digits(header: Row, _: Return) -> bool:
    return not digits(header["urn"], fewest=6, most=6)


@states("L-header-serial-no", on="header")
def serial_number_is_out_of_range(header: Row, _: Return) -> bool:
    return header["serial_no"] is None or not 1 <= header["serial_no"] <= 999


@states("L-header-date-time", on="header")
def date_time_is_none(header: Row, _: Return) -> bool:
    text = header["date_time"]
    if len(text) != len("2026-10-01T18:30:00"):
        return True
    try:
        dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007  the file's times have no zone
    except ValueError:
        return True
    return False


@states("L-school-name", on="school")
def school_has_no_name(school: Row, _: Return) -> bool:
    return school["school_name"] is None


@states("L-school-phase", on="school")
def phase_is_missing_or_wrong(school: Row, census: Return) -> bool:
    return not census.valid(school["phase"], "PHASE")


@states("L-school-type", on="school")
def type_is_missing_or_wrong(school: Row, census: Return) -> bool:
    return not census.valid(school["school_type"], "SCHOOL_TYPE")


@states("L-school-highest-year", on="school")
def highest_year_is_missing_or_wrong(school: Row, census: Return) -> bool:
    return not census.valid(school["highest_nc_year"], "NCYEAR")


@states("L-school-lowest-year", on="school")
def lowest_year_is_missing_or_wrong(school: Row, census: Return) -> bool:
    return not census.valid(school["lowest_nc_year"], "NCYEAR")


@states("L-school-year-range", on="school")
def lowest_year_is_above_highest(school: Row, _: Return) -> bool:
    low, high = year_number(school["lowest_nc_year"]), year_number(school["highest_nc_year"])
    return low is not None and high is not None and low > high


@states("L-school-intake", on="school")
def intake_is_missing_or_wrong(school: Row, census: Return) -> bool:
    return not census.valid(school["intake"], "INTAKE")


@states("L-school-governance", on="school")
def governance_is_missing_or_wrong(school: Row, census: Return) -> bool:
    return not census.valid(school["governance"], "GOVERNANCE")


@states("L-school-email", on="school")
def email_is_no_address(school: Row, _: Return) -> bool:
    before, at, after = (school["email"] or "").partition("@")
    return not (before and at and after) or "@" in after or any(each.isspace() for each in before + after)


@states("L-school-phone", on="school")
def phone_is_not_numeric(school: Row, _: Return) -> bool:
    return not digits(school["phone_no"], fewest=1, most=100)


@states("1495Q", on="school", not_in="NS")
def nobody_left(_: Row, census: Return) -> bool:
    return all(is_on_roll(pupil) for pupil in census.pupils)
