"""Rules on early-years funding: hours, eligibility codes, pupil premium, funding basis."""

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    above,
    after,
    at_least,
    below,
    between,
    equal,
    in_codeset,
    is_true,
    missing,
    one_of,
    present,
    total,
)  # fmt: skip
from schemas.identifiers import eligibility_code_valid

NURSERY_YEARS = ("E1", "E2", "N1", "N2")
SCHOOL_AGE = 5


@rule("1848", on="pupil")
def rule_1848(census: Census) -> Mask:
    return census.on_roll & _four_year_old(census) & ~one_of(census.pupil.eyppr, "Y", "N")


@rule("1851", on="pupil")
def rule_1851(census: Census) -> Mask:
    return present(census.pupil.funded_hours) & at_least(census.pupil.age, SCHOOL_AGE)


@rule("1854", on="pupil")
def rule_1854(census: Census) -> Mask:
    return present(census.pupil.hours_at_setting) & at_least(census.pupil.age, SCHOOL_AGE)


@rule("3100", on="pupil")
def rule_3100(census: Census) -> Mask:
    entitled = _three_year_old(census) | _four_year_old(census)
    return above(census.pupil.extended_hours, 0) & ~(entitled & present(census.pupil.eligibility_code))


@rule("3130", on="pupil")
def rule_3130(census: Census) -> Mask:
    entitled = _three_year_old(census) | _four_year_old(census)
    return above(census.pupil.extended_hours, 0) & entitled & ~eligibility_code_valid(census.pupil.eligibility_code)


@rule("5235", on="pupil")
def rule_5235(census: Census) -> Mask:
    basis = in_codeset(census.funding_basis.basis, "TYO_FUNDING_BASIS", census.collection.reference_date)
    funded = above(census.pupil.funded_hours, 0) & _two_year_old(census)
    return census.on_roll & funded & ~census.has("pupil", "funding_basis", basis)


@rule("L-funded-hours-range", on="pupil")
def local_funded_hours_range(census: Census) -> Mask:
    return present(census.pupil.funded_hours) & ~between(census.pupil.funded_hours, 0, 15)


@rule("L-extended-hours-range", on="pupil")
def local_extended_hours_range(census: Census) -> Mask:
    return present(census.pupil.extended_hours) & ~between(census.pupil.extended_hours, 0, 15)


@rule("L-expanded-hours-range", on="pupil")
def local_expanded_hours_range(census: Census) -> Mask:
    return present(census.pupil.expanded_hours) & ~between(census.pupil.expanded_hours, 0, 30)


@rule("L-expanded-hours-total", on="pupil")
def local_expanded_hours_total(census: Census) -> Mask:
    pupil = census.pupil
    both = above(pupil.funded_hours, 0) & above(pupil.expanded_hours, 0)
    return _two_year_old(census) & both & above(total(pupil.funded_hours, pupil.expanded_hours), 30)


@rule("L-hours-at-setting-total", on="pupil")
def local_hours_at_setting_total(census: Census) -> Mask:
    pupil = census.pupil
    return below(pupil.hours_at_setting, total(pupil.funded_hours, pupil.extended_hours, pupil.expanded_hours))


@rule("L-funded-hours", on="pupil")
def local_funded_hours(census: Census) -> Mask:
    return _nursery_pupil(census) & missing(census.pupil.funded_hours)


@rule("L-hours-at-setting", on="pupil")
def local_hours_at_setting(census: Census) -> Mask:
    return _nursery_pupil(census) & missing(census.pupil.hours_at_setting)


@rule("L-eligibility-code-format", on="pupil")
def local_eligibility_code_format(census: Census) -> Mask:
    code = census.pupil.eligibility_code
    return present(code) & ~eligibility_code_valid(code)


@rule("L-eligibility-code-expanded", on="pupil")
def local_eligibility_code_expanded(census: Census) -> Mask:
    return above(census.pupil.expanded_hours, 0) & missing(census.pupil.eligibility_code)


@rule("L-eypp-basis", on="pupil")
def local_eypp_basis(census: Census) -> Mask:
    valid = in_codeset(census.pupil.eyppbf, "EYPPBF", census.collection.reference_date)
    return equal(census.pupil.eyppr, "Y") & ~valid


@rule("L-eypp-basis-not-expected", on="pupil")
def local_eypp_basis_not_expected(census: Census) -> Mask:
    return equal(census.pupil.eyppr, "N") & present(census.pupil.eyppbf)


@rule("L-eypp-unfunded", on="pupil")
def local_eypp_unfunded(census: Census) -> Mask:
    funded = above(census.pupil.funded_hours, 0) | above(census.pupil.expanded_hours, 0)
    return equal(census.pupil.eyppr, "Y") & ~funded


@rule("L-daf-age", on="pupil")
def local_daf_age(census: Census) -> Mask:
    return is_true(census.pupil.daf) & at_least(census.pupil.age, SCHOOL_AGE)


def _two_year_old(census: Census) -> Mask:
    """Who is not yet in the three-year-old band: a child who turns three in a term counts as two until the next."""
    youngest_three = census.collection.three_year_olds.end
    youngest_two = youngest_three.replace(year=youngest_three.year + 1)
    return after(census.pupil.dob, youngest_three) & ~after(census.pupil.dob, youngest_two)


def _three_year_old(census: Census) -> Mask:
    return between(census.pupil.dob, *census.collection.three_year_olds)


def _four_year_old(census: Census) -> Mask:
    return between(census.pupil.dob, *census.collection.four_year_olds) & _nursery_year(census)


def _nursery_year(census: Census) -> Mask:
    return one_of(census.pupil.nc_year_actual, *NURSERY_YEARS)


def _nursery_pupil(census: Census) -> Mask:
    return census.on_roll & between(census.pupil.age, 2, 4) & _nursery_year(census)
