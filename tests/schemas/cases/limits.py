"""Each rule at its limit: the passing twin stands on the last value that is allowed, the failing one a step beyond.

Found by `make mutants` and by the oracle: without these, a rule whose limit is off by one would pass every other case.
"""

from tests.schemas.cases.base import Return, day, fsm, upn
from tests.schemas.cases.change import Case, Change, add, cell, drop, header, possible, pupil, school, sessions, several

STRUCTURED = ("saon", "paon", "street", "locality", "town", "administrative_area", "post_town")
LOW_GRADES = ("D", "E", "F", "G", "2", "1", "U", "NR")
FURTHER_LINES = ("line2", "line3", "line4", "line5")


def in_term_alone(number: int) -> Change:
    """Take away a pupil's attendance of the second half of the summer term."""

    def change(rows: Return) -> None:
        for table in ("attendance", "session_detail"):
            rows[table] = [
                row for row in rows[table] if (row["pupil_id"], row["period"]) != (str(number), "half_term_2")
            ]

    return change


PLACEMENTS = [
    Case("L-ap-sessions", "SS", cell("ap_placement", 0, "sessions_per_week", 11),
         given=(cell("ap_placement", 0, "sessions_per_week", 10),)),
    Case("L-ap-sessions", "SS", cell("ap_placement", 0, "sessions_per_week", 0),
         given=(cell("ap_placement", 0, "sessions_per_week", 1),)),
    Case("L-ap-full-time-sessions", "SS", cell("ap_placement", 0, "sessions_per_week", 9),
         given=(cell("ap_placement", 0, "pattern", "FT"), cell("ap_placement", 0, "sessions_per_week", 10))),
    Case("L-ap-entry", "SS", cell("ap_placement", 0, "entry_date", day("2026-10-02")),
         given=(cell("ap_placement", 0, "entry_date", day("2026-10-01")),)),
    Case("L-ap-order", "SS", cell("ap_placement", 0, "leaving_date", day("2026-06-30")),
         given=tuple(cell("ap_placement", 0, name, day("2026-07-01")) for name in ("entry_date", "leaving_date"))),
    Case("L-ap-before-joining", "SS", cell("ap_placement", 0, "entry_date", day("2024-09-02")),
         given=(cell("ap_placement", 0, "entry_date", day("2024-09-03")),)),
    Case("L-ap-window", "SS", cell("ap_placement", 0, "leaving_date", day("2026-05-20")),
         given=(cell("ap_placement", 0, "entry_date", day("2026-05-01")),
                cell("ap_placement", 0, "leaving_date", day("2026-05-21")))),
    Case("2364", "SS", cell("ap_placement", 0, "ukprn", None),
         given=(cell("ap_placement", 0, "setting_type", None), cell("ap_placement", 0, "urn", None))),
    Case("2364", "SS", cell("ap_placement", 0, "urn", None),
         given=(cell("ap_placement", 0, "setting_type", None), cell("ap_placement", 0, "ukprn", None))),
    Case("L-ap-unregistered", "PS", cell("ap_placement", 0, "postcode", None)),
    Case("2392", "PS", cell("ap_placement", 0, "leaving_date", day("2026-10-01")),
         given=(cell("ap_placement", 0, "leaving_date", day("2026-09-30")), cell("ap_placement", 1, "pattern", "FT"),
                cell("ap_placement", 1, "sessions_per_week", 10))),
    Case("2360", "PR", pupil(1, "prev_urn", "12345"), given=several(1, enrol_status="F")),
    Case("2361", "PR", pupil(1, "ap_reason", "ZZZ"), given=several(1, enrol_status="O")),
]  # fmt: skip

PUPILS = [
    Case("L-header-serial-no", "SS", header("serial_no", 1000), given=(header("serial_no", 999),)),
    Case("L-name-length", "SS", pupil(1, "surname", "X" * 36), given=several(1, surname="X" * 35)),
    Case("L-age-range", "PR", pupil(1, "age", 20), given=several(1, age=19)),
    Case("1570", "SS", pupil(3, "dob", day("2012-10-01")),
         given=several(3, uln=None, dob=day("2012-10-02"), age=13, attendance_age=12)),
    Case("1874", "SS", pupil(2, "dob", day("2014-04-22")), given=several(2, plaa="R", dob=day("2014-04-21"))),
    Case("L-dob", "SS", pupil(2, "dob", None), given=several(2, plaa="R", dob=day("2014-04-21"))),
    Case("1880", "PS", pupil(4, "entry_date", day("2026-10-02")), given=several(4, entry_date=day("2026-10-01"))),
    Case("1920", "PS", pupil(9, "leaving_date", day("2026-10-01")), also=("1925Q",),
         given=several(9, leaving_date=day("2026-09-30"))),
    Case("L-former-upn-unique", "PS", pupil(7, "former_upn", upn(7, ending="T"))),
    *(Case("2470", "SS", pupil(3, "boarder", boarder)) for boarder in ("B", "6")),
    *(Case("L-address-both-forms", "PS", pupil(6, part, "Synthetic"), also=("L-address-incomplete",))
      for part in STRUCTURED),
    *(Case("L-address-both-forms", "PS", pupil(7, line, "Synthetic")) for line in FURTHER_LINES),
    Case("L-address-incomplete", "PS", pupil(7, "saon", None), given=several(7, saon="Flat 1", paon=None)),
]  # fmt: skip

PERIODS = [
    Case("1762", "PS", cell("fsm_period", 1, "start_date", day("2026-10-02")),
         given=(cell("fsm_period", 1, "start_date", day("2026-10-01")),)),
    Case("1763", "PS", cell("fsm_period", 0, "end_date", day("2026-05-21")),
         given=(cell("fsm_period", 0, "end_date", day("2026-05-22")),)),
    Case("L-fsm-expanded-start", "PS", cell("fsm_period", 1, "start_date", day("2026-07-31")),
         given=(cell("fsm_period", 0, "end_date", day("2026-07-30")),)),
    Case("L-fsm-order", "PS", cell("fsm_period", 1, "end_date", day("2026-07-31")),
         given=(cell("fsm_period", 1, "end_date", day("2026-08-01")),)),
    Case("L-fsm-verified", "PS", cell("fsm_period", 0, "verified_date", day("2026-10-02")),
         given=(cell("fsm_period", 0, "verified_date", day("2026-10-01")),)),
    Case("2290", "SS", cell("exclusion", 1, "start_date", day("2025-12-31")),
         given=(cell("exclusion", 1, "start_date", day("2026-01-01")),)),
    Case("2290", "SS", cell("exclusion", 0, "start_date", day("2026-08-01")),
         given=(cell("exclusion", 0, "start_date", day("2026-07-31")),)),
    Case("L-exclusion-before-entry", "PS", pupil(5, "entry_date", day("2026-06-11")),
         given=several(5, entry_date=day("2026-06-10"))),
    Case("L-exclusion-after-leaving", "PS", pupil(8, "leaving_date", day("2026-06-19")),
         given=several(8, leaving_date=day("2026-06-20"))),
    Case("L-exclusion-sessions", "PS", cell("exclusion", 0, "sessions", 0),
         given=(cell("exclusion", 0, "sessions", 1),)),
    Case("L-exclusion-sessions", "PS", cell("exclusion", 0, "sessions", 91), also=("L-exclusion-total",),
         given=(cell("exclusion", 0, "sessions", 90),)),
    Case("L-exclusion-total", "SS", cell("exclusion", 1, "sessions", 89),
         given=(cell("exclusion", 1, "sessions", 88),)),
    Case("L-exclusion-lunch-sessions", "PS", cell("exclusion", 2, "sessions", None)),
    Case("2485", "SS", sessions(2, "half_term_2", "E", "code", "C"),
         given=(cell("exclusion", 0, "category", "PERM"),)),
    Case("L-header-date-time", "SS", header("date_time", "2026-13-02T09:00:00")),
    Case("L-sen-unit-without-sen", "SS", pupil(2, "sen_provision", None), also=("L-sen-provision", "L-sen-none")),
    Case("L-expanded-hours-total", "PS", pupil(1, "expanded_hours", 15.5), given=several(1, hours_at_setting=31.0)),
]  # fmt: skip

SIXTH_FORM = [
    *(Case("3020Q", "SS", pupil(4, "maths_grade", grade)) for grade in LOW_GRADES),
    Case("L-planned-hours-range", "SS", pupil(4, "qual_hrs", 941), given=several(4, qual_hrs=940, non_qual_hrs=60)),
    Case("L-planned-hours-range", "SS", pupil(4, "qual_hrs", 0), given=several(4, qual_hrs=1, non_qual_hrs=39)),
    Case("1893Q", "SS", pupil(4, "qual_hrs_previous_year", 0),
         given=several(4, qual_hrs_previous_year=1, non_qual_hrs_previous_year=39)),
    Case("L-programme-start", "SS", cell("programme_aim", 0, "start_date", None)),
    Case("L-aim-start", "SS", cell("learning_aim", 0, "start_date", None)),
]  # fmt: skip

REGISTERED = [
    *(Case(rule, "PR", pupil(1, "enrol_status", "C"), given=several(1, enrol_status="M", **{column: value}))
      for rule, column, value in (("2360", "prev_urn", "12345"), ("L-ap-previous-school", "prev_urn", "123459"),
                                  ("3131", "ap_sen_entry", None))),
    Case("2363", "PR", pupil(3, "enrol_status", "C"), given=several(3, enrol_status="M", sen_provision="K")),
    Case("2392", "PS", cell("ap_placement", 2, "leaving_date", None),
         given=(add("ap_placement", pupil_id="7", urn="123457", reason="BHS", entry_date=day("2026-06-02"),
                    leaving_date=day("2026-09-30"), pattern="FT", sessions_per_week=10, sen_entry="N"),)),
    Case("4016Q", "PR", drop("ap_placement", 0),
         given=(*(change for number in (1, 2, 3) for change in several(number, enrol_status="S", ap_reason=None)),
                add("ap_placement", pupil_id="2", urn="123457", reason="BHS", entry_date=day("2026-06-02"),
                    pattern="FT", sessions_per_week=10, sen_entry="N"))),
    *(Case("L-ap-unregistered", "SS", cell("ap_placement", 0, column, None),
           given=(cell("ap_placement", 0, "company_number", None), cell("ap_placement", 0, other, None)))
      for column, other in (("urn", "ukprn"), ("ukprn", "urn"))),
    Case("L-ap-sessions", "SS", cell("ap_placement", 0, "sessions_per_week", 0),
         given=(cell("ap_placement", 0, "pattern", "FT"), cell("ap_placement", 0, "sessions_per_week", 10))),
    Case("L-ap-full-time-sessions", "SS", cell("ap_placement", 0, "sessions_per_week", 1),
         given=(cell("ap_placement", 0, "pattern", "FT"), cell("ap_placement", 0, "sessions_per_week", 10))),
]  # fmt: skip

ATTENDANCE = [
    Case("2574", "SS", add("session_detail", pupil_id="2", period="half_term_2", sessions=0),
         also=("L-attendance-sessions",)),
    Case("L-attendance-sessions", "PS", sessions(4, "term", "X", "sessions", 0),
         given=(sessions(4, "term", "#", "code", "X"), sessions(4, "term", "X", "sessions", 1))),
    Case("L-attendance-sessions", "SS", sessions(2, "term", "#", "sessions", 0),
         given=several(2, attendance_age=None)),
    *(Case("L-attendance-x", "SS", sessions(2, "term", "#", "code", "X"), given=several(2, attendance_age=age))
      for age in (5, 15)),
    Case("2485", "PS", cell("exclusion", 0, "category", "SUSP"),
         given=(cell("exclusion", 0, "category", "LNCH"), cell("exclusion", 0, "sessions", 1),
                sessions(5, "half_term_2", "E", "code", "C"))),
    Case("L-attendance-maximum", "SS", possible(2, "term", 71), also=("L-attendance-sum",),
         given=(possible(2, "term", 70), sessions(2, "term", "/", "sessions", 37))),
    Case("L-attendance-maximum", "SS", possible(2, "half_term_2", 101), also=("L-attendance-sum",),
         given=(possible(2, "half_term_2", 100), sessions(2, "half_term_2", "/", "sessions", 67))),
    Case("L-attendance-half-absent", "SS", sessions(2, "term", "O", "sessions", 27), also=("L-attendance-sum",),
         given=(sessions(2, "term", "/", "code", "O"), sessions(2, "term", "O", "sessions", 26),
                sessions(2, "term", "\\", "sessions", 28))),
    Case("2500", "SS", pupil(1, "entry_date", day("2026-07-31")), given=several(1, entry_date=day("2026-08-01"))),
    Case("1880", "SS", pupil(1, "entry_date", None)),
    Case("2510", "SS", pupil(9, "leaving_date", day("2026-05-25")),
         given=(*several(9, leaving_date=day("2026-05-24")), in_term_alone(9))),
]  # fmt: skip

TWO_IN_RECEPTION = (*several(4, nc_year_actual="R", class_type="O"), add("fsm_period", **fsm(3)))
SHARES = [
    Case("1751", "PS", add("fsm_period", **fsm(4)), given=TWO_IN_RECEPTION),
    *(Case("L-fsm-country-open", "PR", cell("fsm_period", 0, "uk_country", country)) for country in ("NIR", "WLS")),
    *(Case("L-young-carer-none", "SS spring", pupil(1, "young_carer", "N"), given=several(1, young_carer=code))
      for code in ("P", "S")),
    Case("1780", "SS", pupil(6, "yssa", "UNS"),
         given=(*(pupil(number, "yssa", "SNR") for number in (2, 3, 4, 5)), pupil(6, "yssa", "No"))),
    Case("L-learner-fam", "SS", cell("learner_fam", 0, "fam_type", "ZZZ")),
]  # fmt: skip

SCHOOL = [
    Case("2970", "PS spring", cell("childcare", 0, "closing_time", "16:59"),
         given=(cell("childcare", 0, "closing_time", "17:00"),)),
    *(Case("L-childcare-weeks", "PS spring", cell("childcare", 1, "weeks_open", wrong),
           given=(cell("childcare", 1, "weeks_open", right),)) for wrong, right in ((53, 52), (-1, 0), (53, None))),
    Case("L-childcare-times", "PS spring", cell("childcare", 1, "opening_time", "08:45"),
         given=(cell("childcare", 1, "opening_time", None),)),
    Case("L-childcare-times", "PS spring", cell("childcare", 1, "closing_time", "07:30"),
         given=(cell("childcare", 1, "closing_time", None),)),
    Case("L-class-size", "PS spring", cell("school_class", 1, "guest_pupils", 37),
         given=(cell("school_class", 1, "guest_pupils", 36),)),
    Case("L-class-complete", "PS spring", cell("school_class", 1, "home_pupils", None), also=("1000",)),
    Case("L-class-teachers", "PS spring", cell("school_class", 0, "ppa_teachers", None),
         given=(cell("school_class", 0, "teachers", 0), cell("school_class", 0, "ppa_teachers", 1))),
    Case("L-class-infant-size", "PS spring", cell("school_class", 0, "guest_pupils", 28),
         given=(cell("school_class", 0, "guest_pupils", 27),)),
    *(Case("L-class-infant-size", "PS spring", cell("school_class", 0, "year_group", year),
           given=(cell("school_class", 0, "guest_pupils", 28), cell("school_class", 0, "key_stage", "2"),
                  cell("school_class", 0, "year_group", "3"))) for year in ("R", "1", "2")),
    Case("L-class-infant-size", "PS spring", cell("school_class", 0, "key_stage", "1"),
         given=(cell("school_class", 0, "guest_pupils", 28), cell("school_class", 0, "key_stage", "2"),
                cell("school_class", 0, "year_group", "3"))),
    Case("L-school-year-range", "PS", school("highest_nc_year", "E2"), also=("L-year-group-range",)),
]  # fmt: skip

HOURS = [
    Case("3100", "PS", pupil(3, "extended_hours", 0.5),
         given=several(3, extended_hours=0.0, eligibility_code="50012345670")),
    *(Case("L-expanded-hours-range", "PS", pupil(1, "expanded_hours", wrong),
           given=several(1, expanded_hours=right, funded_hours=0.0, hours_at_setting=50.0))
      for wrong, right in ((30.5, 30.0), (-0.5, 0.0))),
    Case("L-funded-hours-range", "PS", pupil(2, "funded_hours", -0.5), also=("L-eypp-unfunded",)),
    Case("L-extended-hours-range", "PS", pupil(2, "extended_hours", -0.5), given=several(2, extended_hours=0.0)),
    Case("L-eligibility-code-expanded", "PS", pupil(1, "expanded_hours", 0.5),
         given=several(1, expanded_hours=0.0, eligibility_code=None)),
    *(Case("L-funded-hours", "NS", pupil(1, "funded_hours", None), given=several(1, nc_year_actual=year, age=age))
      for year, age in (("N1", 2), ("N1", 3))),
    Case("L-eypp-unfunded", "PS", pupil(1, "expanded_hours", 0.0),
         given=several(1, eyppr="Y", eyppbf="RE", funded_hours=0.0, expanded_hours=0.5)),
]  # fmt: skip

SINGLE_THINGS = [
    Case("L-exclusion-reason-repeated", "SS", cell("exclusion", 0, "reason2", "PP")),
    Case("L-exclusion-reason-repeated", "SS", cell("exclusion", 0, "reason3", "VA")),
    Case("L-exclusion-total", "SS", cell("exclusion", 1, "sessions", 89),
         given=(cell("exclusion", 1, "sessions", 88),
                add("exclusion", pupil_id="2", category="LNCH", reason1="PP", start_date=day("2026-06-11"),
                    sessions=1, sen_provision="K"))),
    Case("L-header-serial-no", "SS", header("serial_no", 0)),
    Case("L-upn-temporary", "PS", pupil(4, "upn", upn(60, ending="T"))),
    Case("L-upn-temporary", "SS", pupil(7, "upn", upn(60, ending="T"))),
    Case("L-surname", "PS", pupil(3, "surname", None), given=several(3, upn=upn(60, ending="T"))),
    Case("L-dob", "SS", pupil(1, "dob", day("2026-10-01")), also=("L-entry-after-birth",),
         given=several(1, dob=day("2026-09-30"), entry_date=day("2026-10-01"))),
    Case("1530", "SS", pupil(1, "upn", upn(1)[:2] + "O" + upn(1)[3:])),
    *(Case("2870", "SS", pupil(3, "nc_year_actual", "12"),
           given=several(3, nc_year_actual="11", age=15, enrol_status=status)) for status in ("F", "O", "M")),
]  # fmt: skip

BESIDE_THE_LIMIT = [
    Case("L-year-group-age", "SS", pupil(3, "nc_year_actual", "8"), given=several(3, nc_year_actual="9")),
    Case("L-class-type-year", "PS", pupil(3, "nc_year_actual", "1"), given=several(3, class_type="N")),
    Case("L-part-time-statutory", "PS", pupil(4, "part_time", value=True)),
    Case("L-sen-need-ranks", "SS spring", cell("sen_need", 1, "rank", 0)),
    Case("L-sen-need-nsa", "PS spring", pupil(5, "sen_provision", "E"),
         given=(cell("sen_need", 0, "sen_type", "NSA"),)),
    Case("L-free-meals-taken", "PS spring", school("free_meals_taken", -1)),
    Case("L-special-school-ages", "SP spring", cell("special_school", 0, "min_male_age", 17),
         given=(cell("special_school", 0, "min_male_age", 16),)),
]  # fmt: skip

LIMITS = [
    *PLACEMENTS, *PUPILS, *PERIODS, *SIXTH_FORM, *REGISTERED, *ATTENDANCE, *SHARES, *SCHOOL, *HOURS, *SINGLE_THINGS,
    *BESIDE_THE_LIMIT,
]  # fmt: skip
