"""Rules on post-16 learning: programmes, aims, hours, prior attainment. Autumn only, schools with a sixth form."""

import datetime as dt

import pandas as pd

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    academic_year,
    after,
    any_of,
    at_least,
    before,
    below,
    between,
    differs,
    duplicated,
    equal,
    in_codeset,
    is_true,
    matches,
    missing,
    one_of,
    present,
    total,
    year_order,
)  # fmt: skip
from schemas.identifiers import ukprn_valid

SIXTH_FORM = ("SS", "AT", "PR")
SIXTH_FORM_YEAR = 12
SIXTH_FORM_AGE = 16
SINGLE_OR_MAIN = ("C", "F", "O", "M")
WITHDRAWN = "3"
CONTINUING = "1"
T_LEVEL = "31"
FEWEST_HOURS = 40
MOST_HOURS = 1000
BELOW_STANDARD = ("D", "E", "F", "G", "3", "2", "1", "U", "NR")


@rule("1893Q", on="pupil", terms="A", phases=SIXTH_FORM)
def rule_1893q(census: Census) -> Mask:
    pupil, ended = census.pupil, ~after(census.learning_aim.actual_end_date, _year_end(census))
    last_year = census.has("pupil", "learning_aim", ended & present(census.learning_aim.actual_end_date))
    both = present(pupil.qual_hrs_previous_year) & present(pupil.non_qual_hrs_previous_year)
    few = below(total(pupil.qual_hrs_previous_year, pupil.non_qual_hrs_previous_year), FEWEST_HOURS)
    return both & few & (census.on_roll | last_year)


@rule("2870", on="pupil", terms="A", phases=SIXTH_FORM)
def rule_2870(census: Census) -> Mask:
    ended = census.programme_aim.actual_end_date
    current = census.has("pupil", "programme_aim", missing(ended) | after(ended, _year_end(census)))
    return _sixth_former(census) & one_of(census.pupil.enrol_status, *SINGLE_OR_MAIN) & ~current


@rule("2903", on="programme_aim", terms="A", phases=SIXTH_FORM)
def rule_2903(census: Census) -> Mask:
    return ~census.has("programme_aim", "learning_aim")


@rule("3020Q", on="pupil", terms="A", phases=SIXTH_FORM)
def rule_3020q(census: Census) -> Mask:
    return one_of(census.pupil.maths_grade, *BELOW_STANDARD) & equal(census.pupil.maths_exemption, "N")


@rule("3030Q", on="pupil", terms="A", phases=SIXTH_FORM)
def rule_3030q(census: Census) -> Mask:
    return one_of(census.pupil.english_grade, *BELOW_STANDARD) & equal(census.pupil.english_exemption, "N")


@rule("L-programme-type", on="programme_aim", terms="A", phases=SIXTH_FORM)
def local_programme_type(census: Census) -> Mask:
    return ~in_codeset(census.programme_aim.prog_type, "PROG_TYPE", census.collection.reference_date)


@rule("L-programme-t-level", on="programme_aim", terms="A", phases=SIXTH_FORM)
def local_programme_t_level(census: Census) -> Mask:
    return equal(census.programme_aim.prog_type, T_LEVEL) & missing(census.programme_aim.qn)


@rule("L-programme-start", on="programme_aim", terms="A", phases=SIXTH_FORM)
def local_programme_start(census: Census) -> Mask:
    return _start_wrong(census, census.programme_aim.start_date)


@rule("L-programme-planned-end", on="programme_aim", terms="A", phases=SIXTH_FORM)
def local_programme_planned_end(census: Census) -> Mask:
    return _planned_end_wrong(census.programme_aim.start_date, census.programme_aim.planned_end_date)


@rule("L-programme-actual-end", on="programme_aim", terms="A", phases=SIXTH_FORM)
def local_programme_actual_end(census: Census) -> Mask:
    aim = census.programme_aim
    return _actual_end_wrong(census, aim.start_date, aim.actual_end_date, aim.status)


@rule("L-programme-status", on="programme_aim", terms="A", phases=SIXTH_FORM)
def local_programme_status(census: Census) -> Mask:
    return ~in_codeset(census.programme_aim.status, "AIM_STATUS", census.collection.reference_date)


@rule("L-programme-withdrawal", on="programme_aim", terms="A", phases=SIXTH_FORM)
def local_programme_withdrawal(census: Census) -> Mask:
    return _withdrawal_wrong(census, census.programme_aim.status, census.programme_aim.withdrawal_reason)


@rule("L-aim-qn", on="learning_aim", terms="A", phases=SIXTH_FORM)
def local_aim_qn(census: Census) -> Mask:
    return ~matches(census.learning_aim.qn, "[0-9A-Z]{8}")


@rule("L-aim-qn-register", on="learning_aim", terms="A", phases=SIXTH_FORM)
def local_aim_qn_register(census: Census) -> Mask:
    return ~census.learning_aim.qn.isin(census.register("qualifications")) & present(census.learning_aim.qn)


@rule("L-aim-start", on="learning_aim", terms="A", phases=SIXTH_FORM)
def local_aim_start(census: Census) -> Mask:
    return _start_wrong(census, census.learning_aim.start_date)


@rule("L-aim-after-entry", on="learning_aim", terms="A", phases=SIXTH_FORM)
def local_aim_after_entry(census: Census) -> Mask:
    turned_16 = census.collection.age_date.year - (census.of_pupil("learning_aim", "age") - SIXTH_FORM_AGE)
    return below(academic_year(census.learning_aim.start_date), turned_16)


@rule("L-aim-planned-end", on="learning_aim", terms="A", phases=SIXTH_FORM)
def local_aim_planned_end(census: Census) -> Mask:
    return _planned_end_wrong(census.learning_aim.start_date, census.learning_aim.planned_end_date)


@rule("L-aim-actual-end", on="learning_aim", terms="A", phases=SIXTH_FORM)
def local_aim_actual_end(census: Census) -> Mask:
    aim = census.learning_aim
    return _actual_end_wrong(census, aim.start_date, aim.actual_end_date, aim.status)


@rule("L-aim-status", on="learning_aim", terms="A", phases=SIXTH_FORM)
def local_aim_status(census: Census) -> Mask:
    return ~in_codeset(census.learning_aim.status, "AIM_STATUS", census.collection.reference_date)


@rule("L-aim-withdrawal", on="learning_aim", terms="A", phases=SIXTH_FORM)
def local_aim_withdrawal(census: Census) -> Mask:
    return _withdrawal_wrong(census, census.learning_aim.status, census.learning_aim.withdrawal_reason)


@rule("L-aim-core", on="learning_aim", terms="A", phases=SIXTH_FORM)
def local_aim_core(census: Census) -> Mask:
    aim, programme = census.learning_aim, census.of_parent("learning_aim", "programme_aim", "prog_type")
    return is_true(aim.core) & duplicated(aim.pupil_id, programme, aim.core)


@rule("L-aim-partner", on="learning_aim", terms="A", phases=SIXTH_FORM)
def local_aim_partner(census: Census) -> Mask:
    return present(census.learning_aim.partner_ukprn) & ~ukprn_valid(census.learning_aim.partner_ukprn)


@rule("L-planned-hours", on="pupil", terms="A", phases=SIXTH_FORM)
def local_planned_hours(census: Census) -> Mask:
    hours = (census.pupil.qual_hrs, census.pupil.non_qual_hrs)
    wrong = any_of(~at_least(number, 0) for number in hours)
    return _sixth_former(census) & census.has("pupil", "programme_aim") & wrong


@rule("L-planned-hours-previous", on="pupil", terms="A", phases=SIXTH_FORM)
def local_planned_hours_previous(census: Census) -> Mask:
    pupil = census.pupil
    second_year = at_least(year_order(pupil.nc_year_actual), SIXTH_FORM_YEAR + 1)
    here_before = second_year & before(pupil.entry_date, census.collection.current_term_start)
    wrong = any_of(~at_least(hours, 0) for hours in (pupil.qual_hrs_previous_year, pupil.non_qual_hrs_previous_year))
    return census.on_roll & here_before & census.has("pupil", "programme_aim") & wrong


@rule("L-planned-hours-range", on="pupil", terms="A", phases=SIXTH_FORM)
def local_planned_hours_range(census: Census) -> Mask:
    hours = total(census.pupil.qual_hrs, census.pupil.non_qual_hrs)
    return present(census.pupil.qual_hrs) & ~between(hours, FEWEST_HOURS, MOST_HOURS)


@rule("L-maths-prior-attainment", on="pupil", terms="A", phases=SIXTH_FORM)
def local_maths_prior_attainment(census: Census) -> Mask:
    return _attainment_wrong(census, census.pupil.maths_grade, census.pupil.maths_exemption)


@rule("L-english-prior-attainment", on="pupil", terms="A", phases=SIXTH_FORM)
def local_english_prior_attainment(census: Census) -> Mask:
    return _attainment_wrong(census, census.pupil.english_grade, census.pupil.english_exemption)


def _year_end(census: Census) -> dt.date:
    return census.collection.age_date.replace(month=7, day=31)


def _sixth_former(census: Census) -> Mask:
    return census.on_roll & at_least(year_order(census.pupil.nc_year_actual), SIXTH_FORM_YEAR)


def _start_wrong(census: Census, start: pd.Series) -> Mask:
    return missing(start) | after(start, census.collection.reference_date)


def _planned_end_wrong(start: pd.Series, planned: pd.Series) -> Mask:
    return missing(planned) | (present(start) & ~after(planned, start))


def _actual_end_wrong(census: Census, start: pd.Series, end: pd.Series, status: pd.Series) -> Mask:
    day = census.collection.reference_date
    return (differs(status, CONTINUING) & missing(end)) | before(end, start) | after(end, day)


def _withdrawal_wrong(census: Census, status: pd.Series, reason: pd.Series) -> Mask:
    valid = in_codeset(reason, "WITHDRAWAL_REASON", census.collection.reference_date)
    return (equal(status, WITHDRAWN) & ~valid) | (differs(status, WITHDRAWN) & present(reason))


def _attainment_wrong(census: Census, grade: pd.Series, exemption: pd.Series) -> Mask:
    day = census.collection.reference_date
    valid = in_codeset(grade, "GCSE_GRADE", day) & in_codeset(exemption, "GCSE_EXEMPTION", day)
    return census.has("pupil", "learning_aim") & ~valid
