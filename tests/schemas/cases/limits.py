"""Each rule at its limit: the passing twin stands on the last value that is allowed, the failing one a step beyond.

Found by `make mutants`: without these, a rule whose limit is off by one would pass every other case.
"""

from tests.schemas.cases.base import day, upn
from tests.schemas.cases.change import Case, cell, header, pupil, sessions, several

STRUCTURED = ("saon", "paon", "street", "locality", "town", "administrative_area", "post_town")
LOW_GRADES = ("D", "E", "F", "G", "2", "1", "U", "NR")
FURTHER_LINES = ("line2", "line3", "line4", "line5")

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
]  # fmt: skip

LIMITS = [*PLACEMENTS, *PUPILS, *PERIODS, *SIXTH_FORM]
