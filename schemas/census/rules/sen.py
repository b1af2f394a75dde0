"""Rules on special educational needs."""

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import Mask, equal, in_codeset, is_true, one_of, present

WITH_UNITS = ("NS", "PS", "MP", "MS", "SS", "AT")
WITHOUT_UNITS = ("SP", "PR")


@rule("L-sen-provision", on="pupil")
def local_sen_provision(census: Census) -> Mask:
    return census.on_roll & ~in_codeset(census.pupil.sen_provision, "SEN_PROVISION", census.collection.reference_date)


@rule("L-sen-unit-without-sen", on="pupil", phases=WITH_UNITS)
def local_sen_unit_without_sen(census: Census) -> Mask:
    placed = is_true(census.pupil.sen_unit) | is_true(census.pupil.resourced)
    return placed & equal(census.pupil.sen_provision, "N")


@rule("L-sen-unit-and-resourced", on="pupil", phases=WITH_UNITS)
def local_sen_unit_and_resourced(census: Census) -> Mask:
    return is_true(census.pupil.sen_unit) & is_true(census.pupil.resourced)


@rule("L-sen-unit-not-collected", on="pupil", phases=WITHOUT_UNITS)
def local_sen_unit_not_collected(census: Census) -> Mask:
    return present(census.pupil.sen_unit) | present(census.pupil.resourced)


@rule("L-sen-none", on="school")
def local_sen_none(census: Census) -> bool:
    return not one_of(census.pupil.sen_provision, "K", "E").any()
