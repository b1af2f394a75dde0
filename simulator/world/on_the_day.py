"""What is only known on census day and has no home in the MIS: a CSV by UPN that a school fills in.

Columns: upn, school_lunch_taken (true/false; reception, years 1 and 2, and age 4 to 6 of year X), class_type (N/O;
primary and all-through), daf (true/false; nursery ages), learner_fam_type, learner_fam_code (sixth form; leavers
too).
"""

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from simulator.world import days, identifiers
from simulator.world.facts import Pupil

COLUMNS: Final = ("upn", "school_lunch_taken", "class_type", "daf", "learner_fam_type", "learner_fam_code")
_INFANTS: Final = {"R", "1", "2"}
_NURSERY: Final = {"E1", "E2", "N1", "N2"}
_SIXTH_FORM: Final = {"12", "13", "14"}
_FAMS: Final = (("NLM", "22"), ("EMH", "01"), ("MMH", "02"))


def on_the_day(phase: str, pupils: Iterable[Pupil], collection_key: str, as_of: dt.date) -> str:
    """Return the CSV text of a school; UPNs are those known at the end of a day.

    Raises ValueError for a collection other than 2026-autumn: the world holds no other census day.
    """
    if collection_key != "2026-autumn":
        message = f"the world has no census day for {collection_key}"
        raise ValueError(message)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(phase, pupils, as_of))
    return text.getvalue()


def fam(pupil: Pupil, nc_year: str) -> tuple[str, str]:
    """Return a student's funding and monitoring type and code, empty for those who have none."""
    return _FAMS[pupil.id % 3] if nc_year in _SIXTH_FORM and pupil.id % 2 else ("", "")


def _rows(phase: str, pupils: Iterable[Pupil], as_of: dt.date) -> Iterator[tuple[str, ...]]:
    """Yield the lines; a pupil whose UPN is wrong or another's cannot be told in this file, so has none."""
    lines = list(_lines(phase, pupils, as_of))
    held = Counter(upn for upn, _ in lines)
    return ((upn, *cells) for upn, cells in lines if any(cells) and held[upn] == 1 and upn == identifiers.upn(upn[1:]))


def _lines(phase: str, pupils: Iterable[Pupil], as_of: dt.date) -> Iterator[tuple[str, tuple[str, ...]]]:
    for pupil in pupils:
        upn = next((fact.value for fact in pupil.on("upn", as_of) if fact.holds(days.CENSUS_DAY)), None)
        spells = list(pupil.on("year", as_of))
        if upn and spells and spells[-1].value.status != "G":
            on_roll = spells[-1].holds(days.CENSUS_DAY)
            yield upn, _cells(phase, pupil, spells[-1].value.nc_year, on_roll=on_roll, as_of=as_of)


def _cells(phase: str, pupil: Pupil, nc_year: str, *, on_roll: bool, as_of: dt.date) -> tuple[str, str, str, str, str]:
    pair = fam(pupil, nc_year)
    if not on_roll:
        return ("", "", "", *pair)
    age = days.age_on(pupil.one("person", as_of).value.dob, days.AGE_DAY)
    eats = nc_year in _INFANTS or (nc_year == "X" and 4 <= age <= 6)  # noqa: PLR2004 - the ages of universal meals
    lunch = ("false" if pupil.id % 7 == 0 else "true") if eats else ""
    nursery = nc_year in _NURSERY
    kind = ("N" if nursery else "O") if phase in {"PS", "AT"} else ""
    daf = ("true" if pupil.id % 9 == 0 else "false") if nursery else ""
    return (lunch, kind, daf, *pair)
