"""Faults of study after 16 and of alternative provision.

Belongs here: mistakes in programmes, aims and prior attainment (autumn), in the entry to a pupil referral unit and in
placements that a school arranges (every term).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from simulator.world.facts import Attainment, Elsewhere, Pupil
from simulator.world.spoiling import Draft, Fault, Fits, Spoil, both, drop, set_value
from simulator.world.trust import School

_SIXTH_FORM: Final = {"12", "13", "14"}
_LOW: Final = Attainment("3", "3", "N", None)
_AUTUMN: Final = "A"


def _student(school: School, pupil: Pupil) -> bool:
    year = pupil.last("year").value
    return school.identity.phase in {"SS", "AT"} and year.nc_year in _SIXTH_FORM and "programme" in pupil.facts


def _continuing(school: School, pupil: Pupil) -> bool:
    aims = pupil.facts.get("aim", ())
    return _student(school, pupil) and len(aims) > 1 and all(fact.value.status == "CONTINUING" for fact in aims)


def _in_year(*years: str) -> Fits:
    return lambda _, pupil: pupil.last("year").value.nc_year in years


def _excluded_pupil(school: School, pupil: Pupil) -> bool:
    return school.identity.phase == "PR" and pupil.last("enrolment").value.ap_reason is not None


def _not_planned(school: School, pupil: Pupil) -> bool:
    return _excluded_pupil(school, pupil) and pupil.last("sen").value.provision != "E"


def _placed(_: School, pupil: Pupil) -> bool:
    return any(fact.end is None for fact in pupil.facts.get("elsewhere", ()))


def _placed_with_company(_: School, pupil: Pupil) -> bool:
    return any(fact.value.company and fact.end is None for fact in pupil.facts.get("elsewhere", ()))


def _placed_full_time(_: School, pupil: Pupil) -> bool:
    return any(fact.value.pattern == "FT" and fact.end is None for fact in pupil.facts.get("elsewhere", ()))


def _first_aim(**changes: Any) -> Spoil:  # noqa: ANN401
    """Return the mistake that changes the first aim; `end` is its day of ending."""

    def spoil(_: Draft, pupil: Pupil) -> None:
        end = changes.get("end")
        value = {name: change for name, change in changes.items() if name != "end"}
        first, *rest = pupil.facts["aim"]
        pupil.facts["aim"] = [replace(first, value=first.value._replace(**value), end=end), *rest]

    return spoil


def _ended_before(draft: Draft, pupil: Pupil) -> None:
    start = pupil.facts["aim"][0].start
    if start is not None:
        _first_aim(status="WITHDRAWN", withdrawal="2", end=start - dt.timedelta(days=1))(draft, pupil)


def _paused(draft: Draft, pupil: Pupil) -> None:
    draft.value(pupil, "programme", status="PAUSED")
    draft.change(pupil, "programme", end=dt.date(2026, 9, 18))


def _hours(code: str, hours: tuple[int, int, int | None] | None) -> Spoil:
    """Return the mistake that changes the planned hours of one academic year."""

    def spoil(_: Draft, pupil: Pupil) -> None:
        pupil.facts["year"] = [
            replace(fact, value=fact.value._replace(hours=hours)) if fact.value.code == code else fact
            for fact in pupil.facts["year"]
        ]

    return spoil


def _placement(**changes: Any) -> Spoil:  # noqa: ANN401
    return set_value("elsewhere", **changes)


def _placed_before_joining(draft: Draft, pupil: Pupil) -> None:
    entry = pupil.last("enrolment").start
    if entry is not None:
        draft.change(pupil, "elsewhere", start=entry - dt.timedelta(days=20))


def _backwards(draft: Draft, pupil: Pupil) -> None:
    day = draft.day
    draft.change(pupil, "elsewhere", start=day - dt.timedelta(days=10), end=day - dt.timedelta(days=20))


def _second_placement(draft: Draft, pupil: Pupil) -> None:
    value = Elsewhere(None, 2, "WBP", "OTH", "PT", 2)
    draft.add(pupil, "elsewhere", value, draft.day - dt.timedelta(days=30))


FAULTS: Final[Mapping[str, Fault]] = {
    "programme missing": Fault(("2870",), drop("programme", "aim"), _student, _AUTUMN),
    "programme without aims": Fault(("2903",), drop("aim"), _student, _AUTUMN),
    "maths condition not met": Fault(("3020Q",), set_value("details", maths=_LOW), _student, _AUTUMN),
    "ap reason missing": Fault(("2361", "3131"), set_value("enrolment", ap_reason=None), _excluded_pupil),
    "ap reason EHC without plan": Fault(("2363",), set_value("enrolment", ap_reason="EHC"), _not_planned),
    "placement without setting": Fault(("2364",), _placement(setting_type=None, company=None), _placed_with_company),
    "last year's hours too few": Fault(
        ("1893Q",), _hours("2025/2026", (20, 10, None)), both(_continuing, _in_year("13", "14")), _AUTUMN
    ),
    "english condition not met": Fault(("3030Q",), set_value("details", english=_LOW), _student, _AUTUMN),
    "maths attainment missing": Fault(
        ("L-maths-prior-attainment",), set_value("details", maths=None), _continuing, _AUTUMN
    ),
    "english attainment missing": Fault(
        ("L-english-prior-attainment",), set_value("details", english=None), _continuing, _AUTUMN
    ),
    "programme type": Fault(("L-programme-type",), set_value("programme", prog_type="9"), _continuing, _AUTUMN),
    "programme status": Fault(("L-programme-status",), _paused, _continuing, _AUTUMN),
    "programme planned to end before": Fault(
        ("L-programme-planned-end",), set_value("programme", planned_end=dt.date(2023, 7, 1)), _continuing, _AUTUMN
    ),
    "aim status": Fault(("L-aim-status",), _first_aim(status="PAUSED", end=dt.date(2026, 9, 18)), _continuing, _AUTUMN),
    "aim withdrawn without a reason": Fault(
        ("L-aim-withdrawal",), _first_aim(status="WITHDRAWN", end=dt.date(2026, 9, 18)), _continuing, _AUTUMN
    ),
    "aim withdrawn without an end": Fault(
        ("L-aim-actual-end",), _first_aim(status="WITHDRAWN", withdrawal="2"), _continuing, _AUTUMN
    ),
    "aim ended before it began": Fault(("L-aim-actual-end",), _ended_before, _continuing, _AUTUMN),
    "aim planned to end before": Fault(
        ("L-aim-planned-end",), _first_aim(planned_end=dt.date(2023, 7, 1)), _continuing, _AUTUMN
    ),
    "two core aims": Fault(("L-aim-core",), set_value("aim", core=True), _continuing, _AUTUMN),
    "planned hours missing": Fault(("L-planned-hours",), _hours("2026/2027", None), _continuing, _AUTUMN),
    "planned hours too few": Fault(
        ("L-planned-hours-range",), _hours("2026/2027", (20, 10, None)), _continuing, _AUTUMN
    ),
    "ap previous school missing": Fault(("3131",), set_value("enrolment", previous_school=None), _excluded_pupil),
    "placement setting type": Fault(("L-ap-setting-type",), _placement(setting_type="XYZ"), _placed_with_company),
    "placement sessions out of range": Fault(("L-ap-sessions",), _placement(sessions=12), _placed),
    "placement pattern": Fault(("L-ap-pattern",), _placement(pattern="XX"), _placed),
    "full-time placement of few sessions": Fault(
        ("L-ap-full-time-sessions",), _placement(sessions=5), _placed_full_time
    ),
    "placement before joining": Fault(("L-ap-before-joining",), _placed_before_joining, _placed),
    "placement ends before it begins": Fault(("L-ap-order",), _backwards, _placed),
    "two placements, one full-time": Fault(("2392",), _second_placement, _placed_full_time),
}
"""Faults of study and of alternative provision, by name."""
