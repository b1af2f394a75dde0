"""Every rule of the autumn with a failing return and its passing twin: the twin lacks the change."""

from tests.schemas.cases.base import day, fsm, uln, upn
from tests.schemas.cases.change import Case, add, cell, drop, header, possible, pupil, school, sessions, several
from tests.schemas.cases.later_terms import LATER_TERMS
from tests.schemas.cases.limits import LIMITS


def _flip(letter: str) -> str:
    return "A" if letter != "A" else "B"


AFTER = day("2026-10-02")
WRONG_LETTER = _flip(upn(1)[0]) + upn(1)[1:]
LETTER_WITHIN = upn(1)[:6] + "X" + upn(1)[7:]
BAD_ENDING = upn(1)[:12] + "I"
ON_ROLL_ONLY = (
    "L-enrol-status",
    "L-top-up-funding",
    "1871",
    "L-year-group",
    "L-sen-provision",
    "L-address-incomplete",
    "L-yssa",
)

HEADER = [
    Case("100", "SS", header("reference_date", AFTER)),
    Case("L-header-collection", "SS", header("collection", "XX")),
    Case("L-header-term", "SS", header("term", "SPR")),
    Case("L-header-year", "SS", header("year", 2027)),
    Case("L-header-source-level", "SS", header("source_level", "X")),
    Case("L-header-lea", "SS", header("lea", "99X")),
    Case("L-header-estab", "SS", header("estab", "432")),
    Case("L-header-urn", "SS", header("urn", "12345")),
    Case("L-header-serial-no", "SS", header("serial_no", 1000)),
    Case("L-header-date-time", "SS", header("date_time", "2026-10-02 09:00")),
]
SCHOOL = [
    Case("L-school-name", "SS", school("school_name", None)),
    Case("L-school-phase", "SS", school("phase", None)),
    Case("L-school-type", "SS", school("school_type", "99")),
    Case("L-school-highest-year", "SS", school("highest_nc_year", None)),
    Case("L-school-lowest-year", "SS", school("lowest_nc_year", "Z")),
    Case("L-school-year-range", "SS", school("highest_nc_year", "6"), also=("L-year-group-range",)),
    Case("L-school-intake", "SS", school("intake", "XXXX")),
    Case("L-school-governance", "SS", school("governance", None)),
    Case("L-school-email", "SS", school("email", "office.school.example")),
    Case("L-school-phone", "SS", school("phone_no", "0117 496 0123")),
    Case(
        "1495Q", "PR", pupil(4, "section", "on_roll"),
        also=(*ON_ROLL_ONLY, "L-postcode", "L-shape-pupil-leaving-date-not-collected"),
    ),
]  # fmt: skip
IDENTIFIERS = [
    Case("1500", "SS", pupil(1, "upn", None)),
    Case("1510", "SS", pupil(1, "upn", WRONG_LETTER)),
    Case("1510", "SS", pupil(1, "former_upn", WRONG_LETTER)),
    Case("1520", "SS", pupil(1, "upn", upn(8))),
    Case("1530", "SS", pupil(1, "upn", upn(1, la="999"))),
    Case("1540", "SS", pupil(1, "upn", LETTER_WITHIN)),
    Case("1550", "SS", pupil(1, "upn", BAD_ENDING)),
    Case("1550", "SS", pupil(1, "upn", upn(1)[:12])),
    Case("1570", "SS", pupil(3, "uln", None)),
    Case("1575", "SS", pupil(3, "uln", "1234567890")),
    Case("L-uln-unique", "SS", pupil(3, "uln", uln(4))),
    Case("L-uln-not-collected", "PS", pupil(6, "uln", uln(6))),
    Case("L-upn-temporary", "PS", pupil(6, "upn", upn(60, ending="T"))),
    Case("L-former-upn-differs", "PS", pupil(6, "former_upn", upn(7))),
    Case("L-former-upn-unique", "PS", pupil(7, "former_upn", upn(7, ending="T"))),
    Case("L-surname", "SS", pupil(1, "surname", None)),
    Case("L-forename", "SS", pupil(1, "forename", None)),
    Case("L-name-length", "SS", pupil(1, "middle_names", "A" * 36)),
    Case("L-name-characters", "SS", pupil(1, "surname", "Surname4")),
    Case("L-sex", "SS", pupil(1, "sex", None)),
    Case("L-dob", "SS", pupil(1, "dob", None)),
    Case("L-age-range", "PR", pupil(1, "age", 20)),
    Case(
        "L-duplicate-pupil", "PS", pupil(7, "dob", day("2017-01-05")),
        given=several(7, surname="SurnameF", forename="ForenameF", sex="F"),
    ),
]  # fmt: skip
FREE_SCHOOL_MEALS = [
    Case("1750", "SS", add("fsm_period", **fsm(1)), given=(add("fsm_period", **fsm(2)),)),
    Case("1751", "PS", add("fsm_period", **fsm(3))),
    Case("1752", "PS", add("fsm_period", **fsm(4))),
    Case("1760", "PR", drop("fsm_period", 0)),
    Case("1762", "PR", cell("fsm_period", 0, "start_date", AFTER)),
    Case("1763", "PR", cell("fsm_period", 0, "end_date", day("2026-05-21"))),
    Case("L-fsm-start", "PR", cell("fsm_period", 0, "start_date", None)),
    Case(
        "L-fsm-order", "PR", cell("fsm_period", 0, "start_date", day("2026-09-10")),
        given=(cell("fsm_period", 0, "end_date", day("2026-09-09")),),
    ),
    Case("L-fsm-overlap", "PS", cell("fsm_period", 0, "end_date", day("2026-08-01"))),
    Case("L-fsm-overlap", "PS", cell("fsm_period", 0, "end_date", None)),
    Case("L-fsm-country", "PR", cell("fsm_period", 0, "uk_country", None)),
    Case("L-fsm-country-open", "PR", cell("fsm_period", 0, "uk_country", "SCT")),
    Case("L-fsm-category", "PR", cell("fsm_period", 0, "category", "LOCL")),
    Case("L-fsm-expanded-start", "PR", cell("fsm_period", 0, "category", "EFSM")),
    Case("L-fsm-verified", "PR", cell("fsm_period", 0, "verified_date", AFTER)),
]  # fmt: skip
CHARACTERISTICS = [
    Case("1877", "PS", pupil(5, "school_lunch_taken", value=True)),
    Case("L-lunch", "PS", pupil(5, "school_lunch_taken", None)),
    Case("L-lunch-not-collected", "PS", pupil(6, "school_lunch_taken", value=False)),
    Case("1780", "SS", pupil(6, "yssa", "UNS"), given=tuple(pupil(number, "yssa", "SNR") for number in (2, 3, 4, 5))),
    Case("L-yssa", "SS", pupil(2, "yssa", None)),
    Case("L-language", "SS", pupil(9, "language", "XXXX")),
    Case("1741", "SS", pupil(2, "service_child", None)),
    Case("L-top-up-funding", "SS", pupil(1, "top_up_funding", None)),
    Case("1871", "SS", pupil(1, "plaa", None)),
    Case("1874", "SS", pupil(1, "plaa", "R")),
    Case("L-learner-fam", "SS", cell("learner_fam", 0, "fam_code", None)),
    Case(
        "L-learner-fam-repeated", "SS", cell("learner_fam", 1, "fam_type", "NLM"),
        given=(cell("learner_fam", 1, "fam_code", "22"),),
    ),
]  # fmt: skip
EARLY_YEARS = [
    Case("1848", "NS", pupil(3, "eyppr", None)),
    Case("1851", "PS", pupil(4, "funded_hours", 0.0)),
    Case("1854", "PS", pupil(4, "hours_at_setting", 5.0)),
    Case("3100", "PS", pupil(3, "extended_hours", 5.0), given=several(3, eligibility_code="50012345670")),
    Case("3130", "PS", pupil(2, "eligibility_code", "5001234567"), also=("L-eligibility-code-format",)),
    Case("5235", "PS", cell("funding_basis", 0, "basis", "XXX")),
    Case("L-funded-hours-range", "PS", pupil(2, "funded_hours", 15.5), given=several(2, hours_at_setting=40.0)),
    Case("L-extended-hours-range", "PS", pupil(2, "extended_hours", 15.5), given=several(2, hours_at_setting=40.0)),
    Case(
        "L-expanded-hours-range", "PS", pupil(1, "expanded_hours", 31.0),
        given=several(1, funded_hours=0.0, hours_at_setting=50.0),
    ),
    Case("L-expanded-hours-total", "PS", pupil(1, "expanded_hours", 15.5), given=several(1, hours_at_setting=40.0)),
    Case("L-hours-at-setting-total", "PS", pupil(2, "hours_at_setting", 29.5)),
    Case("L-funded-hours", "PS", pupil(1, "funded_hours", None)),
    Case("L-hours-at-setting", "PS", pupil(1, "hours_at_setting", None)),
    Case("L-eligibility-code-format", "PS", pupil(3, "eligibility_code", "123")),
    Case("L-eligibility-code-expanded", "PS", pupil(1, "eligibility_code", None)),
    Case("L-eypp-basis", "PS", pupil(2, "eyppbf", None)),
    Case("L-eypp-basis-not-expected", "PS", pupil(1, "eyppbf", "RE")),
    Case("L-eypp-unfunded", "NS", pupil(1, "funded_hours", 0.0), given=several(1, eyppr="Y", eyppbf="RO")),
    Case("L-daf-age", "PS", pupil(4, "daf", value=True)),
]  # fmt: skip
STATUS = [
    Case("L-enrol-status", "SS", pupil(1, "enrol_status", "G")),
    Case("1880", "SS", pupil(2, "entry_date", None)),
    Case("1880", "SS", pupil(1, "entry_date", AFTER)),
    Case("1890Q", "SS", pupil(5, "entry_date", day("2026-08-01")), given=several(4, entry_date=day("2026-10-01"))),
    Case("L-entry-after-birth", "SS", pupil(2, "entry_date", day("2014-01-05"))),
    Case("1920", "SS", pupil(8, "leaving_date", None)),
    Case("1920", "SS", pupil(8, "leaving_date", day("2026-10-01"))),
    Case("1925Q", "SS", pupil(9, "leaving_date", day("2026-04-05"))),
    Case("L-part-time", "SS", pupil(9, "part_time", None)),
    Case("L-part-time-statutory", "SS", pupil(2, "part_time", value=True)),
    Case("L-boarder", "SS", pupil(1, "boarder", None)),
    Case("L-year-group", "SS", pupil(1, "nc_year_actual", "M")),
    Case("L-year-group-range", "SS", pupil(1, "nc_year_actual", "6")),
    Case("L-year-group-age", "SS", pupil(2, "nc_year_actual", "10")),
    Case("L-year-group-x", "SS", pupil(1, "nc_year_actual", "X")),
    Case("L-class-type", "PS", pupil(3, "class_type", "X")),
    Case("L-class-type-year", "PS", pupil(4, "class_type", "N")),
]
SEN = [
    Case("L-sen-provision", "SS", pupil(1, "sen_provision", "S")),
    Case("L-sen-unit-without-sen", "SS", pupil(2, "sen_provision", "N"), given=several(3, sen_provision="K")),
    Case("L-sen-unit-and-resourced", "SS", pupil(2, "resourced", value=True)),
    Case("L-sen-unit-not-collected", "PR", pupil(1, "sen_unit", value=False)),
    Case("L-sen-none", "SS", pupil(2, "sen_provision", "N"), given=several(2, sen_unit=False)),
]
EXCLUSIONS = [
    Case("2290", "SS", cell("exclusion", 1, "start_date", day("2025-12-31"))),
    Case("L-exclusion-category", "SS", cell("exclusion", 1, "category", "FIXD")),
    Case("L-exclusion-reason", "SS", cell("exclusion", 0, "reason1", None)),
    Case("L-exclusion-reason", "SS", cell("exclusion", 0, "reason3", "OT")),
    Case("L-exclusion-reason-repeated", "SS", cell("exclusion", 0, "reason3", "PP")),
    Case("L-exclusion-reason-order", "SS", cell("exclusion", 0, "reason2", None)),
    Case("L-exclusion-before-entry", "SS", pupil(2, "entry_date", day("2026-03-11"))),
    Case("L-exclusion-after-leaving", "PS", cell("exclusion", 1, "start_date", day("2026-07-18"))),
    Case("L-exclusion-sessions", "SS", cell("exclusion", 0, "sessions", 0)),
    Case("L-exclusion-lunch-sessions", "PS", cell("exclusion", 2, "sessions", 2)),
    Case("L-exclusion-sen", "SS", cell("exclusion", 0, "sen_provision", None)),
    Case(
        "L-exclusion-repeated", "PS", cell("exclusion", 2, "category", "SUSP"),
        given=(cell("exclusion", 2, "start_date", day("2026-06-10")),),
    ),
    Case("L-exclusion-total", "SS", cell("exclusion", 0, "sessions", 11)),
    Case(
        "L-exclusion-none", "PR", cell("exclusion", 0, "category", "LNCH"),
        given=(cell("exclusion", 0, "sessions", 1),),
    ),
]  # fmt: skip
HOME = [
    Case("L-postcode", "SS", pupil(1, "postcode", None)),
    Case("L-postcode-format", "SS", pupil(1, "postcode", "BS14ND")),
    Case("L-address-both-forms", "PS", pupil(7, "line2", "Synthetic Town")),
    Case("L-address-incomplete", "SS", pupil(1, "line1", None)),
    Case("L-address-incomplete", "PS", pupil(7, "paon", None)),
    Case("L-uprn", "SS", pupil(1, "uprn", "12A")),
]
ATTENDANCE = [
    Case("2470", "SS", pupil(3, "boarder", "7")),
    Case("2470", "SS", pupil(3, "attendance_age", 16)),
    Case("2485", "SS", sessions(2, "half_term_2", "E", "code", "C")),
    Case("2500", "SS", possible(2, "half_term_2", None)),
    Case("2502Q", "SS", possible(2, "term", 0), also=("L-attendance-sum", "L-attendance-half-absent")),
    Case("2510", "SS", possible(7, "term", None)),
    Case("2572", "SS", sessions(2, "half_term_2", "#", "code", "H"), also=("2574",)),
    Case("2574", "SS", sessions(2, "half_term_2", "#", "code", None)),
    Case("L-attendance-code", "SS", sessions(2, "term", "#", "code", "J")),
    Case("L-attendance-sessions", "SS", sessions(2, "term", "#", "sessions", 0)),
    Case(
        "L-attendance-code-repeated", "SS", cell("session_detail", -1, "code", "#"),
        given=(add("session_detail", pupil_id="2", period="term", code="Y1", sessions=2),),
    ),
    Case("L-attendance-sum", "SS", sessions(2, "term", "V", "sessions", 3)),
    Case("L-attendance-maximum", "SS", possible(2, "term", 71), also=("L-attendance-sum",)),
    Case("L-attendance-half-absent", "SS", sessions(2, "term", "/", "code", "O")),
    Case("L-attendance-x", "SS", sessions(2, "term", "#", "code", "X")),
    Case(
        "L-attendance-not-collected", "NS", add("attendance", pupil_id="3", period="term", sessions_possible=10),
        given=several(3, attendance_age=4),
    ),
]  # fmt: skip
POST16 = [
    Case("1893Q", "SS", pupil(4, "qual_hrs_previous_year", 29), given=several(4, non_qual_hrs_previous_year=10)),
    Case("1893Q", "SS", pupil(8, "qual_hrs_previous_year", 29), given=several(8, non_qual_hrs_previous_year=10)),
    Case("2870", "SS", pupil(3, "nc_year_actual", "12"), given=several(3, nc_year_actual="11", age=15)),
    Case("2903", "SS", cell("learning_aim", 2, "programme_id", "p4")),
    Case("3020Q", "SS", pupil(4, "maths_grade", "3")),
    Case("3030Q", "SS", pupil(4, "english_exemption", "N")),
    Case("L-programme-type", "SS", cell("programme_aim", 0, "prog_type", None)),
    Case("L-programme-t-level", "SS", cell("programme_aim", 1, "qn", None)),
    Case("L-programme-start", "SS", cell("programme_aim", 0, "start_date", AFTER)),
    Case("L-programme-planned-end", "SS", cell("programme_aim", 0, "planned_end_date", None)),
    Case("L-programme-actual-end", "SS", cell("programme_aim", 0, "status", "2")),
    Case("L-programme-status", "SS", cell("programme_aim", 0, "status", None)),
    Case("L-programme-withdrawal", "SS", cell("programme_aim", 2, "withdrawal_reason", None)),
    Case("L-aim-qn", "SS", cell("learning_aim", 0, "qn", "6014708"), also=("L-aim-qn-register",)),
    Case("L-aim-qn-register", "SS", cell("learning_aim", 0, "qn", "60147099")),
    Case("L-aim-start", "SS", cell("learning_aim", 0, "start_date", AFTER)),
    Case("L-aim-planned-end", "SS", cell("learning_aim", 0, "planned_end_date", day("2026-09-03"))),
    Case("L-aim-actual-end", "SS", cell("learning_aim", 3, "actual_end_date", None)),
    Case("L-aim-status", "SS", cell("learning_aim", 0, "status", None)),
    Case("L-aim-withdrawal", "SS", cell("learning_aim", 3, "withdrawal_reason", "98")),
    Case("L-aim-core", "SS", cell("learning_aim", 1, "core", value=True)),
    Case("L-aim-partner", "SS", cell("learning_aim", 3, "partner_ukprn", "20012345")),
    Case("L-planned-hours", "SS", pupil(4, "non_qual_hrs", None)),
    Case("L-planned-hours-range", "SS", pupil(4, "qual_hrs", 941)),
    Case("L-maths-prior-attainment", "SS", pupil(4, "maths_exemption", None)),
    Case("L-english-prior-attainment", "SS", pupil(4, "english_grade", None)),
]
ALTERNATIVE_PROVISION = [
    Case("2360", "PR", pupil(1, "prev_urn", "12345")),
    Case("2361", "PR", pupil(1, "ap_reason", "XXX")),
    Case("2363", "PR", pupil(3, "sen_provision", "K")),
    Case("3131", "PR", pupil(1, "ap_sen_entry", None)),
    Case("L-ap-previous-school", "PR", pupil(1, "prev_urn", "123459")),
    Case("2364", "SS", cell("ap_placement", 1, "setting_type", None)),
    Case("2372", "SS", cell("ap_placement", 1, "leaving_date", None)),
    Case("2372", "SS", cell("ap_placement", 1, "leaving_date", day("2026-07-18"))),
    Case(
        "2392", "PS", cell("ap_placement", 0, "pattern", "FT"),
        given=(cell("ap_placement", 0, "sessions_per_week", 10),),
    ),
    Case("4015Q", "SS", drop("ap_placement", 0), given=(drop("ap_placement", 1),)),
    Case(
        "4016Q", "PR", pupil(3, "ap_reason", None),
        given=(
            *(pupil(number, "enrol_status", "S") for number in (1, 2, 3)),
            *(pupil(number, "ap_reason", None) for number in (1, 2)),
        ),
    ),
    Case("L-ap-unregistered", "SS", cell("ap_placement", 1, "company_number", None)),
    Case("L-ap-urn", "SS", cell("ap_placement", 0, "urn", "12345")),
    Case("L-ap-ukprn", "SS", cell("ap_placement", 0, "ukprn", "20012346")),
    Case("L-ap-company-number", "SS", cell("ap_placement", 0, "company_number", "AB12345")),
    Case("L-ap-postcode", "SS", cell("ap_placement", 0, "postcode", "BS1")),
    Case("L-ap-setting-type", "SS", cell("ap_placement", 0, "setting_type", "XXX")),
    Case("L-ap-reason", "SS", cell("ap_placement", 0, "reason", None)),
    Case("L-ap-entry", "SS", cell("ap_placement", 0, "entry_date", None)),
    Case("L-ap-order", "SS", cell("ap_placement", 1, "leaving_date", day("2026-05-31"))),
    Case("L-ap-before-joining", "SS", pupil(3, "entry_date", day("2026-06-02"))),
    Case(
        "L-ap-window", "SS", cell("ap_placement", 1, "leaving_date", day("2026-05-20")),
        given=(cell("ap_placement", 1, "entry_date", day("2026-04-01")),),
    ),
    Case("L-ap-pattern", "SS", cell("ap_placement", 0, "pattern", None)),
    Case("L-ap-sessions", "SS", cell("ap_placement", 0, "sessions_per_week", 11)),
    Case("L-ap-full-time-sessions", "SS", cell("ap_placement", 0, "pattern", "FT")),
    Case(
        "L-ap-repeated", "PS", cell("ap_placement", 1, "entry_date", day("2026-06-01")),
        given=(cell("ap_placement", 0, "urn", "123457"), cell("ap_placement", 1, "urn", "123457")),
    ),
]  # fmt: skip

CASES = [
    *HEADER, *SCHOOL, *IDENTIFIERS, *FREE_SCHOOL_MEALS, *CHARACTERISTICS, *EARLY_YEARS, *STATUS, *SEN, *EXCLUSIONS,
    *HOME, *ATTENDANCE, *POST16, *ALTERNATIVE_PROVISION, *LATER_TERMS, *LIMITS,
]  # fmt: skip
