"""Rules on the school's own figures that no MIS holds: free meals, special school, appeals, reconciliation. Spring."""

import pandas as pd

from schemas.census.engine import rule
from schemas.census.tables import SCHOOL_BLOCKS
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    above,
    after,
    any_of,
    at_least,
    before,
    equal,
    in_codeset,
    missing,
    present,
    total,
)  # fmt: skip

WITH_CLASSES = ("PS", "MP", "MS", "SS", "AT")
SPECIAL = ("SP",)


@rule("L-school-file", on="school", terms="S")
def local_school_file(census: Census) -> Mask:
    nothing = not any(census.rows(table) for table in SCHOOL_BLOCKS)
    return missing(census.school.free_meals_taken) & nothing


@rule("1320Q", on="school", terms="S")
def rule_1320q(census: Census) -> Mask:
    period, day = census.fsm_period, census.collection.reference_date
    still = present(period.start_date) & ~after(period.start_date, day) & ~before(period.end_date, day)
    eligible = census.on_roll & census.has("pupil", "fsm_period", still)
    return above(census.school.free_meals_taken, int(eligible.sum()))


@rule("L-free-meals-taken", on="school", terms="S")
def local_free_meals_taken(census: Census) -> Mask:
    return ~at_least(census.school.free_meals_taken, 0)


@rule("L-special-school-block", on="school")
def local_special_school_block(census: Census) -> Mask:
    expected = equal(census.school.phase, "SP") & (census.collection.term == "S")
    return expected != bool(census.rows("special_school"))


@rule("L-accommodation", on="special_school", terms="S", phases=SPECIAL)
def local_accommodation(census: Census) -> Mask:
    return ~in_codeset(census.special_school.accommodation, "ACCOMMODATION", census.collection.reference_date)


@rule("L-special-school-ages", on="special_school", terms="S", phases=SPECIAL)
def local_special_school_ages(census: Census) -> Mask:
    block = census.special_school
    return above(block.min_male_age, block.max_male_age) | above(block.min_female_age, block.max_female_age)


@rule("L-appeals-numbers", on="appeals", terms="S", phases=WITH_CLASSES)
def local_appeals_numbers(census: Census) -> Mask:
    block = census.appeals
    figures = (block.lodged, block.withdrawn, block.heard, block.upheld, block.rejected)
    return any_of(~at_least(figure, 0) for figure in figures)


@rule("L-appeals-totals", on="appeals", terms="S", phases=WITH_CLASSES)
def local_appeals_totals(census: Census) -> Mask:
    block = census.appeals
    decided = above(total(block.upheld, block.rejected), block.heard)
    return decided | above(total(block.heard, block.withdrawn), block.lodged)


@rule("L-reconciliation", on="school", terms="S", phases=WITH_CLASSES)
def local_reconciliation(census: Census) -> bool:
    return not census.rows("reconciliation")


@rule("1000", on="school", terms="S", phases=WITH_CLASSES)
def rule_1000(census: Census) -> bool:
    block = census.reconciliation
    elsewhere = (block.part_time_not_in, block.private_study, block.at_other_school)
    placed = (block.work_experience, block.fe_college)
    counted = sum(_sum(column) for column in (census.school_class.home_pupils, *elsewhere, *placed))
    given = census.rows("school_class") or census.rows("reconciliation")
    return bool(given) and counted != int(census.on_roll.sum())


def _sum(figures: pd.Series) -> int:
    return int(figures.fillna(0).sum())
