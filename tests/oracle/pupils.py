"""Plausible pupils of a generated return, and the rows that hang on each.

Belongs here: making one pupil by chance. A pupil's age fits the school, and what an age or a phase is asked for is
there; what is spoiled afterwards is `tests.oracle.returns`.
"""

import datetime as dt
from random import Random
from typing import Any

from schemas.census.collection import Collection
from schemas.identifiers import uln_check_digit
from tests.oracle.reading import NURSERY_YEARS, age_on
from tests.schemas.cases.base import uln, upn

Row = dict[str, Any]
Rows = dict[str, list[Row]]

AGES = {
    "NS": (2, 4), "PS": (2, 10), "MP": (8, 11), "MS": (9, 12), "SS": (11, 18), "AT": (2, 18), "SP": (3, 18),
    "PR": (6, 18),
}  # fmt: skip
EARLY, LATE = (2, 4), (16, 18)
"""Ages that rules ask most about: of a school that has them, every third pupil."""
SIXTH_FORM = {"SS", "AT", "PR"}
WITHOUT_ULN = {"NS", "PS", "MP"}
LANGUAGES = ["ENG"] * 8 + ["NOT", "OTH"]
ETHNICITIES = ["WBRI"] * 8 + ["REFU", "NOBT"]
CODES = {"/": 27, "\\": 27, "V": 2, "I": 2, "E": 2, "#": 4}
POSSIBLE = 60
ULNS = [uln(serial) for serial in range(1, 80) if uln_check_digit(f"{530000000 + serial}")]
"""One number in eleven has no check digit and is no ULN."""


def pupil(chance: Random, number: int, phase: str, day: Collection) -> Row:
    """Return one pupil who is on roll or, one time in five, left during the last term."""
    age = _age(chance, phase)
    born = _born(chance, age, day)
    identity = {
        "pupil_id": str(number), "upn": upn(number), "surname": f"Surname{chr(64 + number)}",
        "forename": f"Forename{chr(64 + number)}", "sex": chance.choice("MF"), "dob": born,
        "uln": ULNS[number] if age >= 13 and phase not in WITHOUT_ULN else None,
        "language": chance.choice(LANGUAGES) if age >= 5 and phase != "NS" else None,
        "entry_date": chance.choice([born + dt.timedelta(days=500)] * 4
                                    + [day.previous_term_start, day.age_date, day.current_term_start]),
        "part_time": age < 5, "boarder": chance.choice("NNNNNNN7"),
        "ethnicity": chance.choice(ETHNICITIES) if day.term == "S" and phase != "NS" else None,
    }  # fmt: skip
    if chance.randrange(5) == 0:
        left = day.current_term_start - dt.timedelta(days=chance.choice([1, 14, 60]))
        return identity | {"section": "off_roll", "leaving_date": left} | _planned(chance, age, phase, day)
    return identity | _on_roll(chance, age, phase, day) | _early_years(chance, age) | _planned(chance, age, phase, day)


def _age(chance: Random, phase: str) -> int:
    low, high = AGES[phase]
    chosen = chance.choice([EARLY, LATE, (low, high)])
    return chance.randint(*chosen) if low <= chosen[0] and chosen[1] <= high else chance.randint(low, high)


def _born(chance: Random, age: int, day: Collection) -> dt.date:
    """Return a birthday in the twelve months that make the age, rather often at their edges."""
    youngest = day.age_date.replace(year=day.age_date.year - age)
    return youngest - dt.timedelta(days=chance.choice([0, 1, 30, 90, 150, 200, 240, 300, 330, 364]))


def _on_roll(chance: Random, age: int, phase: str, day: Collection) -> Row:
    year = _year_group(age)
    provision = chance.choice("NNKE")
    made: Row = {
        "section": "on_roll", "nc_year_actual": year, "enrol_status": chance.choice("CCCCCCCCMSFO"),
        "top_up_funding": False, "plaa": chance.choice("NNNA"), "sen_provision": provision,
        "postcode": "BS1 4ND", "preferred_surname": "Surname",
        "service_child": "N" if 4 <= age <= 15 and phase != "NS" else None,
        "yssa": chance.choice(["Yes", "UNS"]) if age >= 12 and phase not in WITHOUT_ULN else None,
        "school_lunch_taken": chance.choice([True, False]) if year in {"R", "1", "2"} else None,
        "young_carer": chance.choice("NNP") if day.term == "S" else None,
    }  # fmt: skip
    made |= chance.choice([{"line1": "1 Synthetic Street"}, {"paon": "7", "street": "Synthetic Road", "town": "Bath"}])
    if phase in {"PS", "AT"} and age < 11:
        made["class_type"] = "N" if age < 4 else "O"
    if phase not in {"SP", "PR"}:
        made |= {"sen_unit": provision != "N" and chance.choice([True, False]), "resourced": False}
    return made | (_of_unit(chance, day, provision) if phase == "PR" else {})


def _of_unit(chance: Random, day: Collection, provision: str) -> Row:
    return {
        "prev_urn": chance.choice(["123458", "123458", "123459"]), "ap_sen_entry": provision,
        "ap_reason": "EHC" if provision == "E" else "PEX",
        "unit_contact_time": 20 if day.term == "S" else None,
    }  # fmt: skip


def _year_group(age: int) -> str:
    return {2: "N1", 3: "N2", 4: "R"}.get(age, str(age - 4))


def _early_years(chance: Random, age: int) -> Row:
    year = chance.choice(["R", "N2"]) if age == 4 else _year_group(age)
    if age > 4 or year == "R":
        return {}
    premium = chance.choice("YN")
    more = chance.choice([None, "extended_hours", "expanded_hours"])
    return {
        "nc_year_actual": year, "funded_hours": chance.choice([0.0, 15.0, 15.0]), "hours_at_setting": 30.0,
        "eyppr": premium, "eyppbf": "RE" if premium == "Y" else None,
    } | ({more: chance.choice([15.0, 15.5]), "eligibility_code": "50012345678"} if more else {})  # fmt: skip


def _planned(chance: Random, age: int, phase: str, day: Collection) -> Row:
    if age < 16 or day.term != "A" or phase not in SIXTH_FORM:
        return {}
    return {
        "qual_hrs": 540, "non_qual_hrs": 60,
        "qual_hrs_previous_year": chance.choice([500, 30]), "non_qual_hrs_previous_year": chance.choice([50, 9, 10]),
        "maths_grade": chance.choice("5U"), "maths_exemption": "N",
        "english_grade": "3", "english_exemption": chance.choice("OON"),
    }  # fmt: skip


def parts_of(chance: Random, made: Row, phase: str, day: Collection) -> Rows:
    """Return a pupil's attendance, meals, needs, suspensions, placements and aims: some of each for some pupils."""
    key = {"pupil_id": made["pupil_id"]}
    rows = _attendance(made, day, phase)
    if made["section"] == "on_roll":
        rows |= _of_pupil_on_roll(chance, made, day)
    if phase != "NS" and chance.randrange(3) == 0:
        rows["exclusion"] = [key | _suspension(chance, day)]
    if phase != "NS" and chance.randrange(3) == 0:
        rows["ap_placement"] = [key | _placement(chance, made, day)]
    if phase in SIXTH_FORM and age_on(day.age_date, made["dob"]) in {16, 17, 18}:
        rows |= _sixth_form(chance, key, day)
    return rows


def _attendance(made: Row, day: Collection, phase: str) -> Rows:
    """Return every period of a day pupil of attendance age."""
    if phase == "NS" or made["boarder"] != "N" or not 4 <= (age_on(day.attendance_age_date, made["dob"]) or 0) <= 15:
        return {}
    keys = [{"pupil_id": made["pupil_id"], "period": period} for period in day.attendance]
    return {
        "attendance": [key | {"sessions_possible": POSSIBLE} for key in keys],
        "session_detail": [key | {"code": code, "sessions": count} for key in keys for code, count in CODES.items()],
    }


def _of_pupil_on_roll(chance: Random, made: Row, day: Collection) -> Rows:
    key = {"pupil_id": made["pupil_id"]}
    rows: Rows = {}
    if chance.randrange(4) == 0:
        rows["fsm_period"] = [key | each for each in _meals(day)[: chance.randint(1, 2)]]
    if day.term == "S" and made["sen_provision"] in {"K", "E"}:
        needs = [key | {"rank": 1, "sen_type": "ASD"}, key | {"rank": 2, "sen_type": "MLD"}]
        rows["sen_need"] = needs[: chance.randint(1, 2)]
    if made["nc_year_actual"] in NURSERY_YEARS:
        rows["funding_basis"] = [key | {"basis": "ECO"}]
    return rows


def _meals(day: Collection) -> Rows:
    changed = day.reference_date - dt.timedelta(days=20)
    same = {"verified_date": day.reference_date, "uk_country": "ENG", "category": "TFSM"}
    return [
        same | {"start_date": day.fsm.start, "end_date": changed},
        same | {"start_date": changed + dt.timedelta(days=1), "category": "EFSM"},
    ]


def _suspension(chance: Random, day: Collection) -> Row:
    reported = next(iter(day.attendance.values()))
    start = chance.choice([day.exclusions.start, reported.start, reported.end])
    category, sessions = chance.choice([("SUSP", 2), ("SUSP", 60), ("LNCH", 1), ("PERM", None)])
    return {
        "category": category, "reason1": "PP", "reason2": chance.choice([None, "VA"]), "start_date": start,
        "sessions": sessions, "sen_provision": "K",
    }  # fmt: skip


def _placement(chance: Random, made: Row, day: Collection) -> Row:
    unregistered = {"setting_type": "OOT", "company_number": "AB123456", "postcode": "BS1 5TR"}
    setting = chance.choice([unregistered, unregistered, {"urn": "123457"}, {"ukprn": "10012345"}])
    pattern, sessions = chance.choice([("PT", 4), ("FT", 10)])
    return setting | {
        "reason": "BHS", "entry_date": day.ap.start, "pattern": pattern, "sessions_per_week": sessions,
        "sen_entry": "N", "leaving_date": made.get("leaving_date"),
    }  # fmt: skip


def _sixth_form(chance: Random, key: Row, day: Collection) -> Rows:
    fam = [key | {"fam_type": "NLM", "fam_code": "22"}] if chance.choice([True, False]) else []
    if day.term != "A":
        return {"learner_support": [key | {"support_code": "55"}], "learner_fam": fam}
    number = key["pupil_id"]
    study = key | chance.choice([_continuing(day), _continuing(day), _completed(day), _withdrawn(day)])
    programme = study | {"programme_id": f"p{number}"}
    aims = [
        programme | {"aim_id": f"a{number}{each}", "qn": "60147084", "scc": "2.1", "core": each == 1}
        for each in range(1, chance.randint(1, 2) + 1)
    ]
    kind = chance.choice([{"prog_type": "1"}, {"prog_type": "31", "qn": "60312345"}])
    placement = key | {"aim_id": f"a{number}1", "start_date": day.age_date, "hours": 315, "mode": "1"}
    return {
        "programme_aim": [programme | kind], "learning_aim": aims, "learner_fam": fam,
        "work_placement": [placement] if kind["prog_type"] == "31" else [],
    }  # fmt: skip


def _continuing(day: Collection) -> Row:
    return {"start_date": day.age_date, "planned_end_date": dt.date(2028, 7, 14), "status": "1"}


def _completed(day: Collection) -> Row:
    last_year = {"start_date": dt.date(2025, 9, 3), "planned_end_date": dt.date(2026, 7, 17)}
    return last_year | {"actual_end_date": day.age_date - dt.timedelta(days=45), "status": "2"}


def _withdrawn(day: Collection) -> Row:
    return _completed(day) | {"status": "3", "withdrawal_reason": "98"}
