"""Rules on special educational needs."""

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    between,
    differs,
    duplicated,
    equal,
    in_codeset,
    is_true,
    one_of,
    present,
)  # fmt: skip

WITH_SEN = ("K", "E")
WITH_UNITS = ("NS", "PS", "MP", "MS", "SS", "AT")
WITHOUT_UNITS = ("SP", "PR")


@rule("L-sen-provision", on="pupil")
def local_sen_provision(census: Census) -> Mask:
    return census.on_roll & ~in_codeset(census.pupil.sen_provision, "SEN_PROVISION", census.collection.reference_date)


@rule("L-sen-unit-without-sen", on="pupil", phases=WITH_UNITS)
def local_sen_unit_without_sen(census: Census) -> Mask:
    placed = is_true(census.pupil.sen_unit) | is_true(census.pupil.resourced)
    return placed & ~one_of(census.pupil.sen_provision, *WITH_SEN)


@rule("L-sen-unit-and-resourced", on="pupil", phases=WITH_UNITS)
def local_sen_unit_and_resourced(census: Census) -> Mask:
    return is_true(census.pupil.sen_unit) & is_true(census.pupil.resourced)


@rule("L-sen-unit-not-collected", on="pupil")
def local_sen_unit_not_collected(census: Census) -> Mask:
    given = present(census.pupil.sen_unit) | present(census.pupil.resourced)
    return given & (census.off_roll | (census.phase in WITHOUT_UNITS))


@rule("L-sen-none", on="school")
def local_sen_none(census: Census) -> bool:
    return not one_of(census.pupil.sen_provision, *WITH_SEN).any()


@rule("L-sen-needs", on="pupil", terms="S")
def local_sen_needs(census: Census) -> Mask:
    provision = census.pupil.sen_provision
    first = census.has("pupil", "sen_need", equal(census.sen_need.rank, 1))
    unranked = census.on_roll & one_of(provision, *WITH_SEN) & ~first
    return unranked | (equal(provision, "N") & census.has("pupil", "sen_need"))


@rule("L-sen-need-ranks", on="sen_need", terms="S")
def local_sen_need_ranks(census: Census) -> Mask:
    need = census.sen_need
    repeated = duplicated(need.pupil_id, need.rank) | duplicated(need.pupil_id, need.sen_type)
    return ~between(need.rank, 1, 2) | repeated


@rule("L-sen-need-nsa", on="sen_need", terms="S")
def local_sen_need_nsa(census: Census) -> Mask:
    return equal(census.sen_need.sen_type, "NSA") & differs(census.of_pupil("sen_need", "sen_provision"), "K")
