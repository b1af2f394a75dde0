"""The autumn returns of `base` moved on to spring and summer: other days, other windows, other blocks.

What a term does not collect is taken away; what only it collects is added, so that again no rule finds anything.
"""

import datetime as dt
from functools import cache
from typing import Any

from schemas.census.collection import Collection, collection
from tests.schemas.cases.base import AUTUMN, BASES, Return, Row, attended, day, header, years

SPRING = collection("2027-spring")
SUMMER = collection("2027-summer")
ETHNIC_AGE = 5
AUTUMN_ONLY = ("programme_aim", "learning_aim", "work_placement")
AUTUMN_HOURS = (
    "qual_hrs", "non_qual_hrs", "qual_hrs_previous_year", "non_qual_hrs_previous_year",
    "maths_grade", "maths_exemption", "english_grade", "english_exemption",
)  # fmt: skip
LEFT = {"S": day("2026-12-18"), "U": day("2027-03-19")}
PLACEMENT_LEFT = {"S": day("2026-12-11"), "U": day("2027-03-12")}
MEALS_ENDED = {"S": day("2026-11-30"), "U": day("2027-02-28")}
LATER = {"S": dt.timedelta(days=180), "U": dt.timedelta(days=270)}
SUPPORTED = {"SS": (("4", "36"), ("4", "24"), ("8", "55"))}
APPEALED = {"PS": "infant", "SS": "secondary"}


def collection_of(base: str) -> Collection:
    """Return the collection a base return is for; its name ends in the term, autumn has none."""
    _, _, term = base.partition(" ")
    return {"": AUTUMN, "spring": SPRING, "summer": SUMMER}[term]


def base_return(base: str) -> Return:
    """Return a fresh valid return, such as `PS` (autumn), `PS spring` or `SP summer`."""
    return {name: [dict(row) for row in rows] for name, rows in _made(base).items()}


@cache
def _made(base: str) -> Return:
    phase, _, term = base.partition(" ")
    rows = BASES[phase]()
    return _moved(rows, phase, collection_of(base)) if term else rows


NAMES = tuple(f"{phase}{term}" for term in ("", " spring", " summer") for phase in BASES)


def _moved(rows: Return, phase: str, census: Collection) -> Return:
    term = census.term
    kept = {name: found for name, found in rows.items() if name not in AUTUMN_ONLY}
    pupils = [_pupil(row, phase, census) for row in kept["pupil"]]
    moved = kept | {
        "header": [header(census)],
        "pupil": pupils,
        "fsm_period": [_meals(row, term) for row in kept.get("fsm_period", [])],
        "exclusion": [
            row | {"start_date": row["start_date"] + LATER[term]} for row in kept.get("exclusion", [])
        ],
        "ap_placement": [
            row | ({"leaving_date": PLACEMENT_LEFT[term]} if row.get("leaving_date") else {})
            for row in kept.get("ap_placement", [])
        ],
        "learner_support": [
            {"pupil_id": pupil, "support_code": code} for pupil, code in SUPPORTED.get(phase, ())
        ],
        **(attended(*_attending(pupils), periods=("term",)) if phase != "NS" else {}),
    }  # fmt: skip
    return moved | _spring(moved, phase) if term == "S" else moved


def _pupil(row: Row, phase: str, census: Collection) -> Row:
    kept = {column: value for column, value in row.items() if column not in AUTUMN_HOURS}
    moved: Row = kept | {"attendance_age": years(row["dob"], census.attendance_age_date)}
    if row["section"] == "off_roll":
        moved["leaving_date"] = LEFT[census.term]
    if census.term == "S":
        moved |= _asked_in_spring(moved, phase)
    return moved


def _asked_in_spring(row: Row, phase: str) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if phase != "NS" and row["age"] >= ETHNIC_AGE:
        asked["ethnicity"] = "WBRI"
    if row["section"] == "on_roll":
        asked["young_carer"] = "P" if row["pupil_id"] == "1" else "N"
        asked |= {"unit_contact_time": 15} if phase == "PR" else {}
    return asked


def _meals(row: Row, term: str) -> Row:
    moved = dict(row)
    if row.get("end_date"):
        moved["end_date"] = MEALS_ENDED[term]
    if row.get("category") == "EFSM":
        moved["start_date"] = MEALS_ENDED[term] + dt.timedelta(days=1)
    return moved


def _attending(pupils: list[Row]) -> list[str]:
    return [row["pupil_id"] for row in pupils if 4 <= row["attendance_age"] <= 15 and row["boarder"] == "N"]


def _spring(rows: Return, phase: str) -> Return:
    """The school's own figures and the ranked needs."""
    own: Row = {"free_meals_taken": 1 if phase in {"PS", "PR"} else 0}
    if phase == "PR":
        own |= {"child_mothers": True, "teen_mother_places": 4, "childcare_places": False}
    on_roll = [row for row in rows["pupil"] if row["section"] == "on_roll"]
    blocks: Return = {
        "school": [rows["school"][0] | own],
        "sen_need": [need for row in on_roll for need in _needs(row)],
    }
    if phase == "SP":
        blocks |= _special()
    return blocks | _taught(phase, len(on_roll)) if phase in APPEALED else blocks


def _needs(row: Row) -> list[Row]:
    key = {"pupil_id": row["pupil_id"]}
    first, second = key | {"rank": 1, "sen_type": "SLCN"}, key | {"rank": 2, "sen_type": "ASD"}
    return {"N": [], "K": [first], "E": [first, second]}[row["sen_provision"]]


def _special() -> Return:
    ages = {"min_male_age": 5, "max_male_age": 16, "min_female_age": 5, "max_female_age": 16}
    return {
        "special_school": [{"accommodation": "D", "max_day_pupils": 60, "max_boarders": 0} | ages],
        "special_school_type": [{"sen_type": "ASD"}, {"sen_type": "MLD"}],
    }


def _taught(phase: str, on_roll: int) -> Return:
    """Two classes and one pupil in neither."""
    room = {"teachers": 1, "non_teachers": 1, "guest_pupils": 0}
    first, second = {"class_name": "One", "year_group": "M"}, {"class_name": "Two", "year_group": "M"}
    if phase == "PS":
        room |= {"class_type": "O", "class_activity": "MA"}
        first |= {"year_group": "2", "key_stage": "1"}
        second |= {"key_stage": "2"}
    elsewhere = {"part_time_not_in": 0, "private_study": 1, "at_other_school": 0}
    elsewhere |= {"work_experience": 0, "fe_college": 0} if phase == "SS" else {}
    return {
        "school_class": [room | first | {"home_pupils": 3}, room | second | {"home_pupils": on_roll - 4}],
        "reconciliation": [elsewhere],
        "appeals": [
            {"kind": APPEALED[phase], "lodged": 5, "withdrawn": 1, "heard": 4, "upheld": 1, "rejected": 3},
        ],
        "childcare": _childcare() if phase == "PS" else [],
    }


def _childcare() -> list[Row]:
    same = {"on_site": "Y", "places": 20, "weeks_open": 39, "provider": "SCH", "other_schools": "N"}
    return [
        same | {"type_of_childcare": "U", "opening_time": "08:00", "closing_time": "17:30"},
        same | {"type_of_childcare": "B", "opening_time": "07:30", "closing_time": "08:45"},
    ]
