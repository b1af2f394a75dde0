"""What the autumn return of a school must hold, told from the world's facts and by no product code.

Belongs here: the main items, pupil by pupil, as at a reference date and as recorded by a day, so that tests compare.
Windows are those of the autumn 2026 collection (facts: school_census/identifiers_and_dates.md).
"""

import datetime as dt
from typing import Final, TypeAlias

from simulator.world import days, marks
from simulator.world.facts import Fact, Pupil
from simulator.world.on_the_day import fam
from simulator.world.trust import School, Trust

Value: TypeAlias = str | int | bool | dt.date | None
Expected: TypeAlias = dict[str, dict[str, Value]]
"""Pupil id as text -> item -> value."""

_EXCLUSIONS: Final = (dt.date(2026, 1, 1), dt.date(2026, 7, 31))
_AIMS_FROM: Final = dt.date(2025, 8, 1)
_CURRENT_TERM: Final = dt.date(2026, 8, 1)
_PREVIOUS_TERM: Final = dt.date(2026, 4, 6)
_ATTENDANCE_AGE_DAY: Final = dt.date(2025, 8, 31)
_SAYS_YEAR_LEFT: Final = {"MS", "SS", "AT", "PR"}
_PLAA: Final = {
    "ADOPTED": "A",
    "SPECIAL_GUARDIANSHIP": "G",
    "RESIDENCE_ORDER": "R",
    "CHILD_ARRANGEMENTS": "C",
    "ADOPTED_ABROAD": "O",
}


def expected_on_roll(trust: Trust, urn: str, reference_date: dt.date, as_of: dt.date) -> Expected:
    """Return the pupils on roll at a date as the MIS had them by the end of a day; guests are left out."""
    school = trust.school(urn)
    found: Expected = {}
    for pupil in school.pupils:
        spell = _open(pupil, "enrolment", reference_date, as_of)
        year = _open(pupil, "year", reference_date, as_of)
        if spell and (year is None or year.value.status != "G"):
            found[str(pupil.id)] = {
                **_common(school, pupil, spell, reference_date, as_of),
                "preferred_surname": _preferred_surname(pupil, as_of),
                "enrol_status": year.value.status if year else None,
                "nc_year_actual": year.value.nc_year if year else None,
                "postcode": _postcode(pupil, reference_date, as_of),
                "sen_provision": _value(_open(pupil, "sen", reference_date, as_of), "provision"),
                "plaa": _plaa(pupil, reference_date, as_of),
                "top_up_funding": _open(pupil, "top_up", reference_date, as_of) is not None,
                "fsm_periods": _meals(pupil, reference_date, as_of),
            }
    return found


def expected_off_roll(trust: Trust, urn: str, reference_date: dt.date, as_of: dt.date) -> Expected:
    """Return the leavers that rule 1925Q admits; none for a nursery school."""
    school = trust.school(urn)
    found: Expected = {}
    for pupil in school.pupils:
        spell = max(pupil.on("enrolment", as_of), key=lambda fact: fact.start or dt.date.min, default=None)
        if school.identity.phase != "NS" and spell and spell.end and spell.end < reference_date:
            items = _common(school, pupil, spell, spell.end, as_of)
            if _admitted(pupil, spell, items, as_of):
                year = _open(pupil, "year", spell.end, as_of)
                found[str(pupil.id)] = {
                    **items,
                    "leaving_date": spell.end,
                    "nc_year_leaving": year.value.nc_year
                    if year and school.identity.phase in _SAYS_YEAR_LEFT
                    else None,
                }
    return found


def _open(pupil: Pupil, kind: str, day: dt.date, as_of: dt.date) -> Fact | None:
    """Return the fact that holds on a day; of several, the one that started last."""
    holding = [fact for fact in pupil.on(kind, as_of) if fact.holds(day)]
    return max(holding, key=lambda fact: fact.start or dt.date.min, default=None)


def _value(fact: Fact | None, name: str) -> Value:
    return getattr(fact.value, name) if fact else None


def _common(school: School, pupil: Pupil, spell: Fact, day: dt.date, as_of: dt.date) -> dict[str, Value]:
    who, details = pupil.one("person", as_of).value, pupil.one("details", as_of).value
    year, upn = _open(pupil, "year", day, as_of), _open(pupil, "upn", day, as_of)
    boarding = _open(pupil, "boarding", day, as_of)
    boarder = boarding.value if boarding else "N"
    first, second = _possible(school, pupil, who.dob, boarder)
    return {
        "upn": upn.value if upn else None,
        "uln": details.uln,
        "surname": who.surname,
        "forename": who.forename,
        "middle_names": who.middle,
        "dob": who.dob,
        "sex": who.sex,
        "entry_date": spell.start,
        "part_time": year.value.pattern != "FULL_TIME" if year else None,
        "boarder": boarder,
        "exclusions": _excluded(school, pupil, as_of),
        "sessions_possible": first,
        "sessions_possible_half2": second,
    }


def _preferred_surname(pupil: Pupil, as_of: dt.date) -> Value:
    """Return the surname commonly used, which is the legal one where no other is recorded."""
    who = pupil.one("person", as_of).value
    surname: Value = who.preferred_surname or who.surname
    return surname


def _postcode(pupil: Pupil, day: dt.date, as_of: dt.date) -> Value:
    return _value(_open(pupil, "address", day, as_of), "postcode")


def _plaa(pupil: Pupil, day: dt.date, as_of: dt.date) -> str:
    care = _open(pupil, "care", day, as_of)
    return _PLAA.get(care.value.code, "N") if care else "N"


def _meals(pupil: Pupil, day: dt.date, as_of: dt.date) -> int:
    since = days.PREVIOUS_CENSUS_DAY + dt.timedelta(days=1)
    return sum(
        (fact.start is None or fact.start <= day) and (fact.end is None or fact.end >= since)
        for fact in pupil.on("fsm", as_of)
        if fact.value.category != "FSM_LOCAL"
    )


def _excluded(school: School, pupil: Pupil, as_of: dt.date) -> int:
    first, last = _EXCLUSIONS
    starts = (fact.start for fact in pupil.on("suspension", as_of))
    return 0 if school.identity.phase == "NS" else sum(start is not None and first <= start <= last for start in starts)


def _possible(school: School, pupil: Pupil, dob: dt.date, boarder: str) -> tuple[int | None, int | None]:
    """Return possible sessions of each half term; None where attendance is not reported."""
    row = school.contents.registers.of(days.SUMMER_2026).row(pupil.id)
    of_age = 4 <= days.age_on(dob, _ATTENDANCE_AGE_DAY) <= 15  # noqa: PLR2004 - rule 2500
    if row is None or not of_age or boarder != "N" or school.identity.phase == "NS":
        return None, None
    halves: list[list[str]] = [[], []]
    for slot, code in enumerate(row):
        if code != marks.NO_MARK:
            halves[days.SCHOOL_DAYS[slot // 2] >= days.SECOND_HALF[0]].append(marks.SYMBOLS[code])
    first, second = (sum(code not in marks.NOT_POSSIBLE for code in half) if half else None for half in halves)
    return first, second


def _admitted(pupil: Pupil, spell: Fact, items: dict[str, Value], as_of: dt.date) -> bool:
    of_age = 4 <= days.age_on(pupil.one("person", as_of).value.dob, _ATTENDANCE_AGE_DAY) <= 15  # noqa: PLR2004
    here = (
        spell.start is not None
        and spell.start < _CURRENT_TERM
        and spell.end is not None
        and spell.end >= _PREVIOUS_TERM
    )
    studied = any(fact.end is None or fact.end >= _AIMS_FROM for fact in pupil.on("programme", as_of))
    placed = any(fact.end is None or fact.end >= days.PREVIOUS_CENSUS_DAY for fact in pupil.on("elsewhere", as_of))
    funded = any(fam(pupil, fact.value.nc_year) != ("", "") for fact in list(pupil.on("year", as_of))[-1:])
    return bool(items["exclusions"]) or (here and of_age and items["boarder"] == "N") or studied or placed or funded
