"""What is only known on census day and has no home in the MIS: a CSV by UPN that a school fills in.

Columns: upn, school_lunch_taken (true/false; reception, years 1 and 2, and age 4 to 6 of year X), class_type (N/O;
primary and all-through), daf (true/false; nursery ages), learner_fam_type, learner_fam_code (sixth form; leavers
too), in spring unit_contact_time (hours; pupil referral unit), in spring and summer learner_support (sixth form;
leavers too; one line for each code).
"""

import csv
import datetime as dt
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from simulator.world import days, identifiers
from simulator.world.facts import Fact, Pupil

Line: TypeAlias = dict[str, str]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "2026-autumn": (),
    "2027-spring": ("unit_contact_time", "learner_support"),
    "2027-summer": ("learner_support",),
}
"""What each collection asks beside the items of every term."""

_ALWAYS: Final = ("upn", "school_lunch_taken", "class_type", "daf", "learner_fam_type", "learner_fam_code")
_INFANTS: Final = {"R", "1", "2"}
_NURSERY: Final = {"E1", "E2", "N1", "N2"}
_SIXTH_FORM: Final = {"12", "13", "14"}
_FAMS: Final = (("NLM", "22"), ("EMH", "01"), ("MMH", "02"))
_BURSARIES: Final = (("55",), ("56",), ("55", "56"))
_BODY: Final = re.compile(rf"(823|826)\d{{8}}[\d{identifiers.ALPHABET}]")
"""A UPN without its check letter, issued by one of the trust's two authorities."""

_AUTUMN: Final = "2026-autumn"
_ONE_IN_SO_MANY_DECLINES: Final = {"2026-autumn": 7, "2027-spring": 7, "2027-summer": 3}


def on_the_day(phase: str, pupils: Iterable[Pupil], collection_key: str, as_of: dt.date) -> str:
    """Return the CSV text of a school; UPNs are those known at the end of a day.

    Raises KeyError for a collection of which the world has no census day.
    """
    columns = (*_ALWAYS, *COLUMNS[collection_key])
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_told(phase, pupils, collection_key, as_of, columns))
    return text.getvalue()


def fam(pupil: Pupil, nc_year: str) -> tuple[str, str]:
    """Return a student's funding and monitoring type and code, empty for those who have none."""
    return _FAMS[pupil.id % 3] if nc_year in _SIXTH_FORM and pupil.id % 2 else ("", "")


def bursaries(pupil: Pupil, nc_year: str) -> tuple[str, ...]:
    """Return a student's learner support codes: two in five have one or two."""
    return _BURSARIES[pupil.id % 3] if nc_year in _SIXTH_FORM and pupil.id % 5 < 2 else ()  # noqa: PLR2004


def _told(phase: str, pupils: Iterable[Pupil], key: str, as_of: dt.date, columns: tuple[str, ...]) -> Iterator[Line]:
    """Yield the lines; a pupil whose UPN is wrong or another's cannot be told in this file, so has none."""
    lines = [list(_lines(phase, pupil, key, as_of)) for pupil in pupils]
    holders: defaultdict[str, int] = defaultdict(int)
    for of_pupil in lines:
        for upn in {line["upn"] for line in of_pupil}:
            holders[upn] += 1
    for line in (line for of_pupil in lines for line in of_pupil):
        said = any(line.get(column) for column in columns if column != "upn")
        upn = line["upn"]
        if said and holders[upn] == 1 and _can_be_told(upn):
            yield line


def _can_be_told(upn: str) -> bool:
    return bool(_BODY.fullmatch(upn[1:])) and upn == identifiers.upn(upn[1:])


def _lines(phase: str, pupil: Pupil, key: str, as_of: dt.date) -> Iterator[Line]:
    day = days.CENSUS_DAYS[key]
    upn = next((fact.value for fact in pupil.on("upn", as_of) if fact.holds(day)), None)
    spell = _spell(pupil, key, as_of)
    if upn is None or spell is None or spell.value.status == "G":
        return
    nc_year = spell.value.nc_year
    kind, code = fam(pupil, nc_year)
    line = {"upn": upn, "learner_fam_type": kind, "learner_fam_code": code}
    if spell.holds(day):
        line |= _present(phase, pupil, nc_year, key, as_of)
    codes = bursaries(pupil, nc_year) if "learner_support" in COLUMNS[key] else ()
    yield line | {"learner_support": codes[0] if codes else ""}
    yield from ({"upn": upn, "learner_support": code} for code in codes[1:])


def _spell(pupil: Pupil, key: str, as_of: dt.date) -> Fact | None:
    """Return the academic year asked of: the last begun, and after autumn none of the year before."""
    since = days.LAST_YEAR[0] if key == _AUTUMN else days.THIS_YEAR[0]
    begun = [fact for fact in pupil.on("year", as_of) if fact.start and fact.start <= days.CENSUS_DAYS[key]]
    return begun[-1] if begun and (begun[-1].end is None or begun[-1].end >= since) else None


def _present(phase: str, pupil: Pupil, nc_year: str, key: str, as_of: dt.date) -> Line:
    age = days.age_on(pupil.one("person", as_of).value.dob, days.AGE_DAY)
    eats = nc_year in _INFANTS or (nc_year == "X" and 4 <= age <= 6)  # noqa: PLR2004 - the ages of universal meals
    nursery = nc_year in _NURSERY
    declines = pupil.id % _ONE_IN_SO_MANY_DECLINES[key] == 0
    return {
        "school_lunch_taken": ("false" if declines else "true") if eats else "",
        "class_type": ("N" if nursery else "O") if phase in {"PS", "AT"} else "",
        "daf": ("true" if pupil.id % 9 == 0 else "false") if nursery else "",
        "unit_contact_time": str(15 + pupil.id % 11) if phase == "PR" else "",
    }
