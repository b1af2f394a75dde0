"""What a school says of itself on the spring census day, in one TOML file: meals, classes, appeals, childcare.

Belongs here: the content, told from the world's pupils so that classes and pupils out of class add up to the roll, and
how it is written. What is said of single pupils is `on_the_day`. Autumn and summer ask for nothing of the kind.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from simulator.world import days, roster
from simulator.world.facts import Fact, Pupil, Year
from simulator.world.schools import SchoolIdentity

Value: TypeAlias = str | int | bool
Row: TypeAlias = dict[str, Value | list[str]]
Content: TypeAlias = dict[str, "Value | Row | list[Row] | dict[str, Row]"]
"""Top-level items, tables, tables of tables and arrays of tables, as TOML has them."""

_SPRING: Final = "2027-spring"
_WITH_CLASSES: Final = {"PS", "MP", "MS", "SS", "AT"}
_WITH_COLLEGE: Final = {"MS", "SS", "AT"}
_WITH_INFANTS: Final = {"PS", "AT"}
_WITH_KEY_STAGE: Final = {"PS", "MP", "AT"}
_WITH_ACTIVITY: Final = {"PS", "MP"}
_SIXTH_FORM: Final = {"12", "13", "14"}
_NURSERY: Final = {"E1", "E2", "N1", "N2"}
_INFANT_CLASS, _CLASS, _EXCEPTED_CLASS = 29, 30, 38
_EXCEPTIONS: Final = tuple(f"exception_{letter}" for letter in "abcdefgh")
_ACTIVITIES: Final = ("GP", "EN", "MA", "SC", "PE", "AR")
_PART_TIME, _STUDY, _OTHER, _WORK, _COLLEGE = (
    "part_time_not_in", "private_study", "at_other_school", "work_experience", "fe_college",
)  # fmt: skip
_APPEALS: Final[Row] = {"lodged": 12, "withdrawn": 2, "heard": 9, "upheld": 3, "rejected": 6}
_INFANT_APPEALS: Final[Row] = {"lodged": 5, "withdrawn": 1, "heard": 4, "upheld": 0, "rejected": 4}


class Member(NamedTuple):
    """A pupil on roll on the day, with the academic year and whether a free meal was open."""

    pupil: Pupil
    year: Year
    free_meal: bool


def school_file(identity: SchoolIdentity, pupils: Iterable[Pupil], collection_key: str, as_of: dt.date) -> Content:
    """Return what a school's file says, as known at the end of a day; nothing outside spring.

    Raises KeyError for a collection of which the world has no census day.
    """
    day = days.CENSUS_DAYS[collection_key]
    if collection_key != _SPRING:
        return {}
    everybody = list(_members(pupils, day, as_of))
    present = [member for member in everybody if member.year.status != "G"]
    return {
        "free_meals_taken": sum(member.free_meal and member.pupil.id % 5 > 0 for member in present),
        **_unit(identity.phase),
        **_special(identity),
        **_appeals(identity.phase),
        **_taught(identity.phase, everybody),
        **_childcare(identity.phase),
    }


def written(content: Content) -> str:
    """Return content as TOML; empty for none."""
    lines = [f"{name} = {_scalar(value)}" for name, value in content.items() if isinstance(value, Value)]
    for name, value in content.items():
        if isinstance(value, list):
            for row in value:
                lines += ["", f"[[{name}]]", *_cells(row)]
        elif isinstance(value, dict):
            inner = {key: row for key, row in value.items() if isinstance(row, dict)}
            tables = {f"{name}.{key}": row for key, row in inner.items()} or {name: value}
            for title, row in tables.items():
                lines += ["", f"[{title}]", *_cells(row)]
    return "\n".join([*lines, ""]) if lines else ""


def _cells(row: Mapping[str, object]) -> list[str]:
    return [f"{name} = {_scalar(value)}" for name, value in row.items()]


def _scalar(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case list():
            return f"[{', '.join(_scalar(each) for each in value)}]"
    return f'"{value}"'


def _members(pupils: Iterable[Pupil], day: dt.date, as_of: dt.date) -> Iterator[Member]:
    for pupil in pupils:
        here = any(fact.holds(day) for fact in pupil.on("enrolment", as_of))
        years = [fact.value for fact in pupil.on("year", as_of) if fact.holds(day)]
        if here and years:
            yield Member(pupil, years[-1], any(_eats(fact, day) for fact in pupil.on("fsm", as_of)))


def _eats(fact: Fact, day: dt.date) -> bool:
    return fact.value.category != "FSM_LOCAL" and fact.holds(day)


def _unit(phase: str) -> Content:
    return {"child_mothers": True, "teen_mother_places": 6, "childcare_places": True} if phase == "PR" else {}


def _special(identity: SchoolIdentity) -> Content:
    if identity.phase != "SP":
        return {}
    return {
        "special_school": {
            "accommodation": "B",
            "max_day_pupils": identity.pupils + 20,
            "max_boarders": 12,
            "min_male_age": 2,
            "max_male_age": 19,
            "min_female_age": 2,
            "max_female_age": 19,
            "provisions": ["ASD", "SLD", "PMLD"],
        }
    }


def _appeals(phase: str) -> Content:
    kinds: dict[str, Row] = {}
    if phase in _WITH_CLASSES:
        kinds["secondary"] = dict(_APPEALS)
    if phase in _WITH_INFANTS:
        kinds["infant"] = dict(_INFANT_APPEALS)
    return {"appeals": kinds} if kinds else {}


def _taught(phase: str, everybody: list[Member]) -> Content:
    """Return the classes of the selected time, and the pupils who are in none of them."""
    if phase not in _WITH_CLASSES:
        return {}
    out: Counter[str] = Counter()
    home: defaultdict[tuple[str, str], int] = defaultdict(int)
    guests: Counter[tuple[str, str]] = Counter()
    for member in everybody:
        where, group = _out_of_class(phase, member), (member.year.nc_year, member.year.form)
        if member.year.status == "G":
            guests[group] += 1
        elif where:
            out[where] += 1
        else:
            home[group] += 1
    asked = (_PART_TIME, _STUDY, _OTHER, *((_WORK, _COLLEGE) if phase in _WITH_COLLEGE else ()))
    return {"reconciliation": {name: out[name] for name in asked}, "class": list(_classes(phase, home, guests))}


def _out_of_class(phase: str, member: Member) -> str | None:
    """Return where a pupil is who is in no class at the selected time, which is in the afternoon."""
    year, secondary = member.year, phase in _WITH_COLLEGE
    if year.pattern == "MORNINGS":
        return _PART_TIME
    if year.status in {"M", "S"}:
        return _OTHER
    if year.status == "F" and secondary:
        return _COLLEGE
    if year.nc_year in _SIXTH_FORM and member.pupil.id % 4 == 0:
        return _STUDY
    return _WORK if secondary and year.nc_year == "10" and member.pupil.id % 15 == 0 else None


def _classes(phase: str, home: Mapping[tuple[str, str], int], guests: Counter[tuple[str, str]]) -> Iterator[Row]:
    order = {nc_year: place for place, nc_year in enumerate((*roster.NC_YEARS, "X"))}
    for nc_year, form in sorted(home.keys() | guests.keys(), key=lambda group: (order[group[0]], group[1])):
        left, visiting, part = home[nc_year, form], guests[nc_year, form], 0
        while left or visiting:
            size = min(left, _size(nc_year, left))
            part += 1
            yield _class(phase, nc_year, f"{nc_year} {form} {part}", size, visiting)
            left, visiting = left - size, 0


def _size(nc_year: str, left: int) -> int:
    if nc_year == "R" and left >= _EXCEPTED_CLASS:
        return _EXCEPTED_CLASS
    return _INFANT_CLASS if nc_year in {"R", "1", "2"} else _CLASS


def _class(phase: str, nc_year: str, name: str, home: int, guests: int) -> Row:
    row: Row = {"class_name": name, "teachers": 1, "non_teachers": home % 3, "year_group": nc_year}
    if phase in _WITH_INFANTS:
        row["class_type"] = "N" if nc_year in _NURSERY else "O"
    if phase in _WITH_KEY_STAGE:
        row["key_stage"] = _key_stage(nc_year)
    if phase in _WITH_ACTIVITY:
        row["class_activity"] = "PL" if nc_year in _NURSERY else _ACTIVITIES[home % len(_ACTIVITIES)]
    row |= {"home_pupils": home, "guest_pupils": guests}
    if home == _EXCEPTED_CLASS:  # each of the eight beyond thirty is excepted on a ground of its own
        row |= {"ppa_teachers": 1, **dict.fromkeys(_EXCEPTIONS, 1)}
    return row


def _key_stage(nc_year: str) -> str:
    if nc_year in _NURSERY or nc_year == "R":
        return "F"
    if nc_year == "X":
        return "M"
    last = {2: "1", 6: "2", 9: "3"}
    return next((stage for year, stage in last.items() if int(nc_year) <= year), "4")


def _childcare(phase: str) -> Content:
    kinds = {"PR": "", "NS": "BAHU", "PS": "BAHU", "AT": "BAHU"}.get(phase, "BA")
    return {"childcare": [_care(kind) for kind in kinds]} if kinds else {}


def _care(kind: str) -> Row:
    """Return one type of childcare; the school points parents to a holiday scheme that is not on its site."""
    opening, closing = {
        "B": ("07:45", "08:45"),
        "A": ("15:15", "18:00"),
        "H": ("08:00", "17:30"),
        "U": ("08:00", "18:00"),
    }[kind]
    row: Row = {"type_of_childcare": kind, "on_site": "N" if kind == "H" else "Y"}
    if kind == "H":
        row["signposting"] = "YF"
    return row | {
        "opening_time": opening,
        "closing_time": closing,
        "places": 24,
        "weeks_open": {"H": 10, "U": 48}.get(kind, 39),
        "provider": "PIP" if kind == "H" else "SCH",
        "other_schools": "Y" if kind == "H" else "N",
        "places_availability": "YES",
        "before_8am": "YES",
        "covers_8am_to_6pm": "SOME" if kind in "BA" else "MOST",
        "until_6pm": "YES",
        **({"holiday_provider_hours": "MOST"} if kind == "H" else {}),
    }
