"""Need, eligibility and support: SEN, free meals, care, service families, early-years funding.

Belongs here: what follows from a pupil's place in the roster. Shares are by place, not by chance, so that a clean
school of any size stays under the thresholds of the school-level queries.
"""

import datetime as dt
from typing import Final

from simulator.world import days
from simulator.world.facts import Care, Details, Fsm, Need, Pupil, Recorder, Sen
from simulator.world.roster import Seat

_NEEDS: Final = ("SLCN", "SEMH", "ASD", "MLD", "SPLD", "HI", "PD", "VI", "SLD", "PMLD", "MSI", "OTH", "DS")
_VERIFIED: Final = dt.date(2026, 9, 4)
_NURSERY_AGES: Final = (2, 3)
_OF_CENSUS_AGE: Final = range(4, 16)


def sen(write: Recorder, phase: str, pupil: Pupil, n: int, entry: dt.date) -> str:
    """Record the SEN provision with its history and needs; return the one now."""
    provision = _provision(phase, n)
    unit, resourced = provision != "N" and n % 3 == 0, provision != "N" and n % 3 == 1
    if phase in {"SP", "PR"}:
        unit = resourced = False
    start = entry
    if provision == "K" and n % 2 and entry < dt.date(2025, 9, 20):
        start = dt.date(2025, 9, 22)
        write.add(pupil, "sen", Sen("N"), entry, start - dt.timedelta(days=1))
    write.add(pupil, "sen", Sen(provision, unit, resourced), start)
    if provision != "N":
        write.add(pupil, "need", Need(_NEEDS[n % len(_NEEDS)], 1), start)
        if n % 2:
            write.add(pupil, "need", Need("NSA" if provision == "K" else _NEEDS[(n + 5) % len(_NEEDS)], 2), start)
    return provision


def _provision(phase: str, n: int) -> str:
    if phase == "SP":
        return "E"
    if phase == "PR":
        return "EKKNK"[n % 5]
    return "E" if n % 25 == 0 else "K" if n % 25 in {3, 8, 14} else "N"


def free_meals(write: Recorder, pupil: Pupil, n: int, seat: Seat) -> bool:
    """Record eligibility under the split of 2026; return whether targeted now."""
    opened = dt.date(2023, 9, 4) if seat.age >= 6 else dt.date(2026, 4, 20)  # noqa: PLR2004 - at school by then
    match n % 60:
        case k if k % 5 == 1:
            write.add(pupil, "fsm", Fsm("FSM_TARGETED", _VERIFIED), opened)
            return True
        case k if k % 12 == 7:  # noqa: PLR2004
            write.add(pupil, "fsm", Fsm("FSM_EXPANDED", _VERIFIED), dt.date(2026, 9, 1))
        case 8 | 38:  # changed category, so two periods touch the census
            write.add(pupil, "fsm", Fsm("FSM_TARGETED", None), opened, dt.date(2026, 7, 31))
            write.add(pupil, "fsm", Fsm("FSM_EXPANDED", _VERIFIED), dt.date(2026, 9, 7))
        case 14:  # ended before the census window opened
            write.add(pupil, "fsm", Fsm("FSM_TARGETED", None), dt.date(2025, 4, 22), dt.date(2026, 3, 31))
        case 23:  # a scheme paid for by the LA, which no census returns
            write.add(pupil, "fsm", Fsm("FSM_LOCAL", None), dt.date(2026, 9, 1))
    return False


def care(write: Recorder, pupil: Pupil, n: int, la_number: str, entry: dt.date) -> None:
    """Record one in seventy as looked after."""
    if n % 70 == 9:  # noqa: PLR2004
        write.add(pupil, "care", Care("IN_CARE", la_number), max(entry, dt.date(2024, 2, 1)))


def service(write: Recorder, pupil: Pupil, n: int, seat: Seat) -> str | None:
    """Record one in 25 as a service child; return what the school's own field says of the others."""
    if seat.age not in _OF_CENSUS_AGE:
        return None
    if n % 25 == 6:  # noqa: PLR2004
        write.add(pupil, "service", "Y", seat.entry)
        return None
    return {21: "U", 33: "R"}.get(n % 50, "N")


def top_up(write: Recorder, pupil: Pupil, provision: str, n: int, entry: dt.date) -> None:
    """Record high-needs top-up funding of most pupils with a plan."""
    if provision == "E" and n % 4 != 3:  # noqa: PLR2004
        write.add(pupil, "top_up", "TOP_UP", max(entry, dt.date(2025, 9, 3)))


def early_years(write: Recorder, pupil: Pupil, details: Details, n: int, seat: Seat, dob: dt.date) -> Details:
    """Fund a nursery child and record the basis: rule 3100's bands, at most 15 + 15 or 30 hours."""
    if seat.age not in _NURSERY_AGES:
        return details
    band_of_three = days.age_on(dob, days.AGE_DAY) == 3  # noqa: PLR2004
    if band_of_three:
        return _three(write, pupil, details, n, seat)
    return _two(write, pupil, details, n, seat)


def _three(write: Recorder, pupil: Pupil, details: Details, n: int, seat: Seat) -> Details:
    if n % 4 == 0:
        basis = ("RE", "RO", "RB", "RU")[n // 4 % 4]
        write.add(pupil, "eypp", basis, max(seat.entry, dt.date(2026, 4, 13)))
    if n % 3:
        return details._replace(funded="15.0", at_setting="15.0")
    return details._replace(funded="15.0", extended="15.0", at_setting="32.5", eligibility_code=_dern(n))


def _two(write: Recorder, pupil: Pupil, details: Details, n: int, seat: Seat) -> Details:
    if n % 2:
        return details._replace(funded="0", expanded="30.0", at_setting="30.0", eligibility_code=_dern(n))
    for basis in (("ECO",), ("HSD",), ("LAA",), ("ECO", "HSD"))[n // 2 % 4]:
        write.add(pupil, "two_year", basis, seat.entry)
    if n % 6 == 0:
        write.add(pupil, "eypp", "RE", seat.entry)
    return details._replace(funded="12.5", at_setting="15.0")


def _dern(n: int) -> str:
    return f"500{n * 7919 % 100_000_000:08d}"
