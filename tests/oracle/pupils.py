"""Plausible pupils of a generated return, and the rows that hang on each.

Belongs here: strategies for one pupil. A pupil's age fits the school, and what an age or a phase is asked for is
there; what is spoiled afterwards is `tests.oracle.returns`.
"""

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from schemas.census.collection import Collection
from tests.oracle.reading import NURSERY_YEARS, age_on
from tests.schemas.cases.base import uln, upn

Row = dict[str, Any]
Rows = dict[str, list[Row]]

AGES = {
    "NS": (2, 4), "PS": (2, 10), "MP": (8, 11), "MS": (9, 12), "SS": (11, 18), "AT": (2, 18), "SP": (3, 18),
    "PR": (6, 15),
}  # fmt: skip
SIXTH_FORM = {"SS", "AT"}
CODES = {"/": 27, "\\": 27, "V": 2, "I": 2, "E": 2, "#": 4}
POSSIBLE = 60


@st.composite
def pupil(draw: st.DrawFn, number: int, phase: str, day: Collection) -> Row:
    """Return one pupil who is on roll or, one time in five, left during the last term."""
    age = draw(st.integers(*AGES[phase]))
    born = _born(draw, age, day)
    on_roll = draw(st.integers(0, 4)) < 4
    identity = {
        "pupil_id": str(number), "upn": upn(number), "surname": f"Surname{chr(64 + number)}",
        "forename": f"Forename{chr(64 + number)}", "sex": draw(st.sampled_from("MF")), "dob": born,
        "uln": uln(number) if age >= 13 and phase not in {"NS", "PS", "MP"} else None,
        "language": "ENG" if age >= 5 and phase != "NS" else None,
        "entry_date": draw(st.sampled_from([born + dt.timedelta(days=500), day.previous_term_start, day.age_date,
                                            day.current_term_start])),
        "part_time": age < 5, "boarder": draw(st.sampled_from("NNNN7")),
        "ethnicity": "WBRI" if day.term == "S" and phase != "NS" else None,
    }  # fmt: skip
    if not on_roll:
        left = day.current_term_start - dt.timedelta(days=draw(st.sampled_from([1, 14, 60])))
        return identity | {"section": "off_roll", "leaving_date": left} | _planned(age, phase, day)
    return identity | _on_roll(draw, age, phase, day) | _early_years(draw, age) | _planned(age, phase, day)


def _born(draw: st.DrawFn, age: int, day: Collection) -> dt.date:
    """Return a birthday in the twelve months that make the age, rather often at their edges."""
    youngest = day.age_date.replace(year=day.age_date.year - age)
    return youngest - dt.timedelta(days=draw(st.sampled_from([0, 1, 30, 90, 150, 200, 240, 300, 330, 364])))


def _on_roll(draw: st.DrawFn, age: int, phase: str, day: Collection) -> Row:
    year = _year_group(age)
    provision = draw(st.sampled_from("NNKE"))
    made: Row = {
        "section": "on_roll", "nc_year_actual": year, "enrol_status": draw(st.sampled_from("CCCCMSFO")),
        "top_up_funding": False, "plaa": draw(st.sampled_from("NNNA")), "sen_provision": provision,
        "postcode": "BS1 4ND", "preferred_surname": "Surname",
        "service_child": "N" if 4 <= age <= 15 else None,
        "yssa": draw(st.sampled_from(["Yes", "UNS"])) if age >= 12 and phase not in {"NS", "PS", "MP"} else None,
        "school_lunch_taken": draw(st.booleans()) if year in {"R", "1", "2"} else None,
        "young_carer": draw(st.sampled_from("NNP")) if day.term == "S" else None,
    }  # fmt: skip
    lines = {"line1": "1 Synthetic Street"}
    made |= draw(st.sampled_from([lines, {"paon": "7", "street": "Synthetic Road", "town": "Bristol"}]))
    if phase in {"PS", "AT"} and age < 11:
        made["class_type"] = "N" if age < 4 else "O"
    if phase not in {"SP", "PR"}:
        made |= {"sen_unit": provision != "N" and draw(st.booleans()), "resourced": False}
    if phase == "PR":
        reason = "EHC" if provision == "E" else "PEX"
        made |= {"prev_urn": "123458", "ap_reason": reason, "ap_sen_entry": provision}
        made["unit_contact_time"] = 20 if day.term == "S" else None
    return made


def _year_group(age: int) -> str:
    return {2: "N1", 3: "N2", 4: "R"}.get(age, str(age - 4))


def _early_years(draw: st.DrawFn, age: int) -> Row:
    if age > 4:
        return {}
    made: Row = {
        "funded_hours": draw(st.sampled_from([0.0, 15.0])),
        "hours_at_setting": 30.0,
        "nc_year_actual": _early_year(draw, age),
    }
    if made["nc_year_actual"] == "R":
        return {"nc_year_actual": "R"}
    made["eyppr"] = draw(st.sampled_from("YN"))
    made["eyppbf"] = "RE" if made["eyppr"] == "Y" else None
    more = draw(st.sampled_from([None, "extended_hours", "expanded_hours"]))
    return made | ({more: 15.0, "eligibility_code": "50012345678"} if more else {})


def _early_year(draw: st.DrawFn, age: int) -> str:
    return draw(st.sampled_from(["R", "N2"])) if age == 4 else _year_group(age)


def _planned(age: int, phase: str, day: Collection) -> Row:
    if age < 16 or day.term != "A" or phase not in SIXTH_FORM:
        return {}
    return {
        "qual_hrs": 540, "non_qual_hrs": 60, "qual_hrs_previous_year": 500, "non_qual_hrs_previous_year": 50,
        "maths_grade": "5", "maths_exemption": "N", "english_grade": "3", "english_exemption": "O",
    }  # fmt: skip


def attendance(made: Row, day: Collection, phase: str) -> Rows:
    """Return both periods of a day pupil of attendance age."""
    if phase == "NS" or made["boarder"] != "N" or not 4 <= (age_on(day.attendance_age_date, made["dob"]) or 0) <= 15:
        return {}
    keys = [{"pupil_id": made["pupil_id"], "period": period} for period in day.attendance]
    return {
        "attendance": [key | {"sessions_possible": POSSIBLE} for key in keys],
        "session_detail": [key | {"code": code, "sessions": count} for key in keys for code, count in CODES.items()],
    }


@st.composite
def parts_of(draw: st.DrawFn, made: Row, phase: str, day: Collection) -> Rows:
    """Return a pupil's meals, needs, suspensions, placements and aims: some of each for some pupils."""
    key = {"pupil_id": made["pupil_id"]}
    on_roll = made["section"] == "on_roll"
    rows: Rows = {}
    if on_roll and draw(st.integers(0, 3)) == 0:
        rows["fsm_period"] = [key | _fsm(day)]
    if on_roll and day.term == "S" and made["sen_provision"] in {"K", "E"}:
        rows["sen_need"] = [key | {"rank": 1, "sen_type": "ASD"}, key | {"rank": 2, "sen_type": "MLD"}][
            : draw(st.integers(1, 2))
        ]
    if on_roll and made["nc_year_actual"] in NURSERY_YEARS and draw(st.booleans()):
        rows["funding_basis"] = [key | {"basis": "ECO"}]
    if phase != "NS" and draw(st.integers(0, 4)) == 0:
        rows["exclusion"] = [key | _suspension(draw, day)]
    if phase != "NS" and draw(st.integers(0, 2)) == 0:
        rows["ap_placement"] = [key | _placement(draw, made, day)]
    if phase in SIXTH_FORM and age_on(day.age_date, made["dob"]) in {16, 17, 18}:
        rows |= _sixth_form(draw, key, day)
    return rows


def _fsm(day: Collection) -> Row:
    return {
        "start_date": day.fsm.start, "verified_date": day.reference_date, "end_date": day.reference_date,
        "uk_country": "ENG", "category": "TFSM",
    }  # fmt: skip


def _suspension(draw: st.DrawFn, day: Collection) -> Row:
    reported = next(iter(day.attendance.values()))
    start = draw(st.sampled_from([day.exclusions.start, reported.start, reported.end]))
    category, sessions = draw(st.sampled_from([("SUSP", 2), ("SUSP", 60), ("LNCH", 1), ("PERM", None)]))
    return {"category": category, "reason1": "PP", "start_date": start, "sessions": sessions, "sen_provision": "K"}


def _placement(draw: st.DrawFn, made: Row, day: Collection) -> Row:
    unregistered = {"setting_type": "OOT", "company_number": "AB123456", "postcode": "BS1 5TR"}
    setting = draw(st.sampled_from([unregistered, {"urn": "123457"}, {"ukprn": "10012345"}]))
    pattern, sessions = draw(st.sampled_from([("PT", 4), ("FT", 10)]))
    return setting | {
        "reason": "BHS", "entry_date": day.ap.start, "pattern": pattern, "sessions_per_week": sessions,
        "sen_entry": "N", "leaving_date": made.get("leaving_date"),
    }  # fmt: skip


def _sixth_form(draw: st.DrawFn, key: Row, day: Collection) -> Rows:
    if day.term != "A":
        return {"learner_support": [key | {"support_code": "55"}]} if draw(st.booleans()) else {}
    number = key["pupil_id"]
    study = {"start_date": day.age_date, "planned_end_date": dt.date(2028, 7, 14), "status": "1"}
    programme = key | study | {"programme_id": f"p{number}", "prog_type": "1"}
    aims = [
        key | study | {"programme_id": f"p{number}", "aim_id": f"a{number}{each}", "qn": "60147084", "core": each == 1}
        for each in range(1, draw(st.integers(1, 2)) + 1)
    ]
    fam = [key | {"fam_type": "NLM", "fam_code": "22"}] if draw(st.booleans()) else []
    return {"programme_aim": [programme], "learning_aim": aims, "learner_fam": fam}
