"""The oracle's rules on programmes, learning aims, planned hours and prior attainment (autumn)."""

import datetime as dt

from tests.oracle.reading import Return, Row, above_year_11, is_on_roll, states, ukprn_right, year_number

SIXTH_FORM = "SS AT PR"
LOW_GRADES = frozenset({"D", "E", "F", "G", "3", "2", "1", "U", "NR"})


def last_july(census: Return) -> dt.date:
    """31 July just past on census day of an autumn collection."""
    return dt.date(census.day.reference_date.year, 7, 31)


def starts_wrongly(aim: Row, census: Return) -> bool:
    return aim["start_date"] is None or aim["start_date"] > census.day.reference_date


def planned_wrongly(aim: Row) -> bool:
    start, planned = aim["start_date"], aim["planned_end_date"]
    return planned is None or (start is not None and planned <= start)


def ended_wrongly(aim: Row, census: Return) -> bool:
    start, ended = aim["start_date"], aim["actual_end_date"]
    if ended is None:
        return aim["status"] is not None and aim["status"] != "1"
    return ended > census.day.reference_date or (start is not None and ended < start)


def withdrawn_wrongly(aim: Row, census: Return) -> bool:
    reason, status = aim["withdrawal_reason"], aim["status"]
    if status == "3":
        return not census.valid(reason, "WITHDRAWAL_REASON")
    return status is not None and reason is not None


def is_no_count(value: int | None) -> bool:
    return value is None or value < 0


def has_programme(pupil: Row, census: Return) -> bool:
    return bool(census.of(pupil, "programme_aim"))


def below_standard_without_exemption(pupil: Row, subject: str) -> bool:
    return pupil[f"{subject}_grade"] in LOW_GRADES and pupil[f"{subject}_exemption"] == "N"


def attainment_is_missing_or_wrong(pupil: Row, census: Return, subject: str) -> bool:
    grade = census.valid(pupil[f"{subject}_grade"], "GCSE_GRADE")
    exemption = census.valid(pupil[f"{subject}_exemption"], "GCSE_EXEMPTION")
    return bool(census.of(pupil, "learning_aim")) and not (grade and exemption)


@states("1893Q", on="pupil", terms="A", phases=SIXTH_FORM)
def few_hours_last_year(pupil: Row, census: Return) -> bool:
    hours = [pupil["qual_hrs_previous_year"], pupil["non_qual_hrs_previous_year"]]
    few = None not in hours and sum(hours) < 40
    ended = [aim["actual_end_date"] for aim in census.of(pupil, "learning_aim") if aim["actual_end_date"] is not None]
    return few and (is_on_roll(pupil) or any(day <= last_july(census) for day in ended))


@states("2870", on="pupil", terms="A", phases=SIXTH_FORM)
def sixth_former_without_programme(pupil: Row, census: Return) -> bool:
    owed = is_on_roll(pupil) and above_year_11(pupil) and pupil["enrol_status"] in {"C", "F", "O", "M"}
    ends = [aim["actual_end_date"] for aim in census.of(pupil, "programme_aim")]
    return owed and not any(end is None or end > last_july(census) for end in ends)


@states("2903", on="programme_aim", terms="A", phases=SIXTH_FORM)
def programme_without_aim(programme: Row, census: Return) -> bool:
    aims = census.tables["learning_aim"]
    return not any(aim["programme_id"] == programme["programme_id"] for aim in aims)


@states("3020Q", on="pupil", terms="A", phases=SIXTH_FORM)
def maths_is_low_without_exemption(pupil: Row, _: Return) -> bool:
    return below_standard_without_exemption(pupil, "maths")


@states("3030Q", on="pupil", terms="A", phases=SIXTH_FORM)
def english_is_low_without_exemption(pupil: Row, _: Return) -> bool:
    return below_standard_without_exemption(pupil, "english")


@states("L-planned-hours", on="pupil", terms="A", phases=SIXTH_FORM)
def planned_hours_are_missing(pupil: Row, census: Return) -> bool:
    missing = any(is_no_count(pupil[column]) for column in ("qual_hrs", "non_qual_hrs"))
    return is_on_roll(pupil) and above_year_11(pupil) and has_programme(pupil, census) and missing


@states("L-planned-hours-range", on="pupil", terms="A", phases=SIXTH_FORM)
def planned_hours_are_unusual(pupil: Row, _: Return) -> bool:
    hours = (pupil["qual_hrs"] or 0) + (pupil["non_qual_hrs"] or 0)
    return pupil["qual_hrs"] is not None and not 40 <= hours <= 1000


@states("L-maths-prior-attainment", on="pupil", terms="A", phases=SIXTH_FORM)
def maths_attainment_is_missing_or_wrong(pupil: Row, census: Return) -> bool:
    return attainment_is_missing_or_wrong(pupil, census, "maths")


@states("L-english-prior-attainment", on="pupil", terms="A", phases=SIXTH_FORM)
def english_attainment_is_missing_or_wrong(pupil: Row, census: Return) -> bool:
    return attainment_is_missing_or_wrong(pupil, census, "english")


@states("L-programme-type", on="programme_aim", terms="A", phases=SIXTH_FORM)
def type_is_missing_or_wrong(programme: Row, census: Return) -> bool:
    return not census.valid(programme["prog_type"], "PROG_TYPE")


@states("L-programme-t-level", on="programme_aim", terms="A", phases=SIXTH_FORM)
def t_level_without_qualification(programme: Row, _: Return) -> bool:
    return programme["prog_type"] == "31" and programme["qn"] is None


@states("L-programme-start", on="programme_aim", terms="A", phases=SIXTH_FORM)
def programme_starts_wrongly(programme: Row, census: Return) -> bool:
    return starts_wrongly(programme, census)


@states("L-programme-planned-end", on="programme_aim", terms="A", phases=SIXTH_FORM)
def programme_is_planned_wrongly(programme: Row, _: Return) -> bool:
    return planned_wrongly(programme)


@states("L-programme-actual-end", on="programme_aim", terms="A", phases=SIXTH_FORM)
def programme_ended_wrongly(programme: Row, census: Return) -> bool:
    return ended_wrongly(programme, census)


@states("L-programme-status", on="programme_aim", terms="A", phases=SIXTH_FORM)
def status_of_programme_is_missing_or_wrong(programme: Row, _: Return) -> bool:
    return programme["status"] not in {"1", "2", "3", "4"}


@states("L-programme-withdrawal", on="programme_aim", terms="A", phases=SIXTH_FORM)
def programme_is_withdrawn_wrongly(programme: Row, census: Return) -> bool:
    return withdrawn_wrongly(programme, census)


@states("L-aim-qn", on="learning_aim", terms="A", phases=SIXTH_FORM)
def qualification_number_is_none(aim: Row, _: Return) -> bool:
    allowed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return aim["qn"] is None or len(aim["qn"]) != 8 or any(each not in allowed for each in aim["qn"])


@states("L-aim-qn-register", on="learning_aim", terms="A", phases=SIXTH_FORM)
def qualification_is_not_on_the_list(aim: Row, census: Return) -> bool:
    return aim["qn"] is not None and aim["qn"] not in census.registers["qualifications"]


@states("L-aim-start", on="learning_aim", terms="A", phases=SIXTH_FORM)
def aim_starts_wrongly(aim: Row, census: Return) -> bool:
    return starts_wrongly(aim, census)


@states("L-aim-planned-end", on="learning_aim", terms="A", phases=SIXTH_FORM)
def aim_is_planned_wrongly(aim: Row, _: Return) -> bool:
    return planned_wrongly(aim)


@states("L-aim-actual-end", on="learning_aim", terms="A", phases=SIXTH_FORM)
def aim_ended_wrongly(aim: Row, census: Return) -> bool:
    return ended_wrongly(aim, census)


@states("L-aim-status", on="learning_aim", terms="A", phases=SIXTH_FORM)
def status_of_aim_is_missing_or_wrong(aim: Row, _: Return) -> bool:
    return aim["status"] not in {"1", "2", "3", "4"}


@states("L-aim-withdrawal", on="learning_aim", terms="A", phases=SIXTH_FORM)
def aim_is_withdrawn_wrongly(aim: Row, census: Return) -> bool:
    return withdrawn_wrongly(aim, census)


@states("L-aim-core", on="learning_aim", terms="A", phases=SIXTH_FORM)
def second_core_aim_of_a_type(aim: Row, census: Return) -> bool:
    types = {programme["programme_id"]: programme["prog_type"] for programme in census.tables["programme_aim"]}
    prog_type = types.get(aim["programme_id"])
    core = [other for other in census.of(aim, "learning_aim") if other["core"] is True]
    same = [other for other in core if types.get(other["programme_id"]) == prog_type]
    return aim["core"] is True and prog_type is not None and len(same) > 1


@states("L-aim-partner", on="learning_aim", terms="A", phases=SIXTH_FORM)
def partner_is_no_provider(aim: Row, _: Return) -> bool:
    return aim["partner_ukprn"] is not None and not ukprn_right(aim["partner_ukprn"])


@states("L-aim-after-entry", on="learning_aim", terms="A", phases=SIXTH_FORM)
def aim_starts_before_year_12(aim: Row, census: Return) -> bool:
    """Year 12 begins with the academic year before whose 1 September the pupil turned sixteen."""
    born, start = census.pupil(aim)["dob"], aim["start_date"]
    if born is None or start is None:
        return False
    sixteen = born.year + 16 + ((born.month, born.day) > (8, 31))
    return start < dt.date(sixteen, 8, 1)


@states("L-planned-hours-previous", on="pupil", terms="A", phases=SIXTH_FORM)
def hours_of_last_year_are_missing(pupil: Row, census: Return) -> bool:
    year, entry = year_number(pupil["nc_year_actual"]), pupil["entry_date"]
    here = entry is not None and entry <= last_july(census) and has_programme(pupil, census)
    missing = any(is_no_count(pupil[f"{column}_previous_year"]) for column in ("qual_hrs", "non_qual_hrs"))
    return is_on_roll(pupil) and year is not None and year >= 13 and here and missing
