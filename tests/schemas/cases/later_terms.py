"""Cases of the rules of spring and summer; those of autumn, and what a case is, are `tests.schemas.cases.table`."""

from tests.schemas.cases.base import Return, day
from tests.schemas.cases.change import Case, Change, add, cell, drop, pupil, school, several


def unattended(number: int) -> tuple[Change, ...]:
    """Take away a pupil's attendance, as a boarder has none."""

    def change(rows: Return) -> None:
        for table in ("attendance", "session_detail"):
            rows[table] = [row for row in rows[table] if row["pupil_id"] != str(number)]

    return (change,)


SCHOOL_BLOCKS = [
    Case("L-school-file", "PR spring", school("free_meals_taken", None), also=("L-free-meals-taken",)),
    Case("1320Q", "PS spring", school("free_meals_taken", 2)),
    Case("1320Q", "PS spring", cell("fsm_period", 1, "end_date", day("2027-01-20"))),
    Case("L-free-meals-taken", "PS spring", school("free_meals_taken", None)),
    Case("L-special-school-block", "SP spring", drop("special_school", 0)),
    Case("L-special-school-block", "SP summer", add("special_school", accommodation="D")),
    Case("L-accommodation", "SP spring", cell("special_school", 0, "accommodation", "X")),
    Case("L-special-school-ages", "SP spring", cell("special_school", 0, "min_male_age", 17)),
    Case("L-special-school-ages", "SP spring", cell("special_school", 0, "max_female_age", 4)),
    Case("L-appeals-numbers", "PS spring", cell("appeals", 0, "withdrawn", None)),
    Case("L-appeals-totals", "PS spring", cell("appeals", 0, "upheld", 2)),
    Case("L-appeals-totals", "SS spring", cell("appeals", 0, "lodged", 4)),
    Case("L-reconciliation", "PS spring", drop("reconciliation", 0), also=("1000",)),
    Case("1000", "PS spring", cell("reconciliation", 0, "private_study", 0)),
    Case("1000", "SS spring", cell("reconciliation", 0, "work_experience", 1)),
    Case("1000", "SS spring", cell("school_class", 0, "home_pupils", 4)),
]
CLASSES = [
    Case("L-class-complete", "PS spring", cell("school_class", 0, "class_name", None)),
    Case("L-class-complete", "SS spring", cell("school_class", 0, "guest_pupils", -1)),
    Case("L-class-name-unique", "PS spring", cell("school_class", 0, "class_name", "Two")),
    Case("L-class-teachers", "PS spring", cell("school_class", 0, "teachers", 0)),
    Case("L-class-size", "PS spring", cell("school_class", 1, "guest_pupils", 37)),
    Case("L-class-infant-size", "PS spring", cell("school_class", 0, "guest_pupils", 28)),
    Case(
        "L-class-infant-size", "PS spring", cell("school_class", 0, "exception_c", None),
        given=(cell("school_class", 0, "guest_pupils", 28), cell("school_class", 0, "exception_c", 1)),
    ),
    Case("L-class-key-stage", "PS spring", cell("school_class", 0, "key_stage", "9")),
    Case("L-class-key-stage", "PS spring", cell("school_class", 0, "class_type", "X")),
    Case("L-class-activity", "PS spring", cell("school_class", 0, "class_activity", "XX")),
]  # fmt: skip
CHILDCARE = [
    Case("2970", "PS spring", cell("childcare", 0, "closing_time", "16:59")),
    Case("L-childcare-codes", "PS spring", cell("childcare", 1, "type_of_childcare", "X")),
    Case("L-childcare-codes", "PS spring", cell("childcare", 1, "provider", "XXX")),
    Case("L-childcare-times", "PS spring", cell("childcare", 1, "closing_time", "07:30")),
    Case("L-childcare-weeks", "PS spring", cell("childcare", 1, "weeks_open", 53)),
]
CHARACTERISTICS = [
    Case("1850", "SS", pupil(3, "language", "NOT")),
    Case("L-language-share", "SS spring", pupil(3, "language", "OTH")),
    Case("L-ethnicity", "SS spring", pupil(9, "ethnicity", "XXXX")),
    Case("L-ethnicity", "PS spring", pupil(4, "ethnicity", None)),
    Case("L-ethnicity-share", "SS spring", pupil(3, "ethnicity", "REFU")),
    Case("L-young-carer", "NS spring", pupil(2, "young_carer", None)),
    Case("L-young-carer-none", "SS spring", pupil(1, "young_carer", "N")),
    Case("L-support-code", "SS spring", cell("learner_support", 0, "support_code", "99")),
    Case("L-support-code-year", "SS summer", pupil(4, "nc_year_actual", "11"), given=several(4, service_child="N")),
    Case("L-support-code-repeated", "SS summer", cell("learner_support", 0, "support_code", "24")),
]
STATUS = [
    Case("1870", "SS", pupil(1, "enrol_status", "M"), given=several(2, enrol_status="M")),
    Case("1900Q", "NS spring", pupil(1, "entry_date", day("2027-01-05"))),
    Case("1910Q", "NS summer", pupil(1, "entry_date", day("2027-03-29"))),
    Case(
        "L-boarder-day-school", "SP spring", cell("special_school", 0, "accommodation", "D"),
        given=(cell("special_school", 0, "accommodation", "B"), pupil(1, "boarder", "7"), *unattended(1)),
    ),
    Case("1925Q", "SS spring", pupil(9, "leaving_date", day("2026-07-31"))),
    Case("1925Q", "SS summer", pupil(9, "leaving_date", day("2026-12-31"))),
]  # fmt: skip
SEN = [
    Case("L-sen-needs", "PS spring", drop("sen_need", 0)),
    Case("L-sen-needs", "PS spring", add("sen_need", pupil_id="4", rank=1, sen_type="MLD")),
    Case("L-sen-need-ranks", "SS spring", cell("sen_need", 1, "rank", 3)),
    Case("L-sen-need-ranks", "SS spring", cell("sen_need", 1, "sen_type", "SLCN")),
    Case("L-sen-need-nsa", "SS spring", cell("sen_need", 1, "sen_type", "NSA")),
]
LATER_ATTENDANCE = [
    Case(
        "L-half-term-2-autumn-only",
        "SS spring",
        add("attendance", pupil_id="2", period="half_term_2", sessions_possible=0),
        also=("2502Q",),
    ),
]
LATER_POST16 = [
    Case("L-aim-after-entry", "SS", cell("learning_aim", 0, "start_date", day("2025-09-03"))),
    Case(
        "L-planned-hours-previous", "SS", pupil(5, "qual_hrs_previous_year", None),
        given=several(5, nc_year_actual="13", age=17),
    ),
]  # fmt: skip

LATER_TERMS = [*SCHOOL_BLOCKS, *CLASSES, *CHILDCARE, *CHARACTERISTICS, *STATUS, *SEN, *LATER_ATTENDANCE, *LATER_POST16]
