"""The header, the school and the blocks a person fills in, as plain plausible rows of a generated return."""

from random import Random
from typing import Any

from schemas.census.collection import Collection
from tests.oracle.pupils import Row, Rows

RANGES = {
    "NS": ("E1", "N2"), "PS": ("N1", "6"), "MP": ("4", "7"), "MS": ("5", "8"), "SS": ("7", "14"), "AT": ("N1", "14"),
    "SP": ("N1", "14"), "PR": ("1", "14"),
}  # fmt: skip
WITHOUT_CLASSES = {"NS", "SP", "PR"}
OLDER = {"MS", "SS", "AT"}


def header(day: Collection) -> Row:
    return {
        "collection": "SC", "term": day.term_code, "year": day.reference_date.year,
        "reference_date": day.reference_date, "source_level": "S", "lea": "801", "estab": "4321", "urn": "123456",
        "software_code": "waybill", "release": "1", "xversion": "1", "serial_no": 1,
        "date_time": f"{day.reference_date}T18:30:00",
    }  # fmt: skip


def school(phase: str, day: Collection) -> Row:
    lowest, highest = RANGES[phase]
    made: Row = {
        "school_name": "Synthetic School", "phase": phase, "school_type": "28", "highest_nc_year": highest,
        "lowest_nc_year": lowest, "intake": "COMP", "governance": "CA", "email": "office@school.example",
        "phone_no": "01174960123",
    }  # fmt: skip
    if day.term == "S":
        made["free_meals_taken"] = 0
        if phase == "PR":
            made |= {"child_mothers": False, "teen_mother_places": 0, "childcare_places": False}
    return made


def school_blocks(chance: Random, phase: str, day: Collection, pupils: int) -> Rows:
    """Return the blocks of spring; of no rows in the other terms."""
    if day.term != "S":
        return {}
    blocks: Rows = {"childcare": [_childcare(kind) for kind in chance.choice(["", "B", "U", "BA", "UH"])]}
    if phase == "SP":
        blocks["special_school"] = [{
            "accommodation": "D", "max_day_pupils": 90, "max_boarders": 0, "min_male_age": 3, "max_male_age": 19,
            "min_female_age": 3, "max_female_age": 19,
        }]  # fmt: skip
        blocks["special_school_type"] = [{"sen_type": "ASD"}]
    if phase not in WITHOUT_CLASSES:
        blocks["appeals"] = [_appeals("secondary" if phase in OLDER else "infant", chance.randint(0, 3))]
        absent = chance.randint(0, 1)
        older = {"work_experience": 0, "fe_college": 0} if phase in OLDER else {}
        blocks["reconciliation"] = [{"part_time_not_in": absent, "private_study": 0, "at_other_school": 0} | older]
        blocks["school_class"] = [
            _class("1A", pupils - absent, phase),
            _class("1B", chance.choice([0, 1, 31]), phase),
        ]
    return blocks


def _appeals(kind: str, heard: int) -> Row:
    return {"kind": kind, "lodged": heard + 1, "withdrawn": 1, "heard": heard, "upheld": 0, "rejected": heard}


def _class(name: str, pupils: int, phase: str) -> Row:
    made: dict[str, Any] = {
        "class_name": name, "teachers": 1, "non_teachers": 0, "year_group": "2" if phase in {"PS", "AT"} else "8",
        "home_pupils": pupils, "guest_pupils": 0, "class_activity": "EN",
    }  # fmt: skip
    return made | ({"class_type": "O", "key_stage": "1"} if phase in {"PS", "AT"} else {})


def _childcare(kind: str) -> Row:
    return {
        "type_of_childcare": kind, "on_site": "Y", "signposting": "N", "opening_time": "07:30", "closing_time": "17:30",
        "places": 20, "weeks_open": 38, "provider": "SCH", "other_schools": "N",
    }  # fmt: skip
