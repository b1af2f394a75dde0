"""Faults of need, eligibility and support: free meals under the split of 2026, SEN, care, early years.

Belongs here: mistakes in what a pupil is entitled to, most of them about money.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from simulator.world.facts import Care, Fsm, Need, Pupil
from simulator.world.spoiling import (
    Draft,
    Fault,
    Fits,
    Spoil,
    add,
    age,
    both,
    drop,
    having,
    of_school_age,
    set_value,
)
from simulator.world.trust import School

_WITH_YSSA: Final = {"MS", "SS", "AT", "SP", "PR"}
_WITH_UNITS: Final = {"NS", "PS", "MS", "SS", "AT"}
_YSSA_AGE: Final = 12
_TWO: Final = 2
_RESIDENCE_ORDERS_ENDED: Final = dt.date(2014, 4, 22)
_FIRST_OF_TERM: Final = dt.date(2026, 9, 1)


def _targeted(_: School, pupil: Pupil) -> bool:
    meals = pupil.facts.get("fsm", ())
    return [fact.value.category for fact in meals] == ["FSM_TARGETED"] and pupil.last("fsm").end is None


def _without_meals(_: School, pupil: Pupil) -> bool:
    return "fsm" not in pupil.facts


def _late_born(school: School, pupil: Pupil) -> bool:
    born = pupil.last("person").value.dob
    return born >= _RESIDENCE_ORDERS_ENDED and "care" not in pupil.facts and school.identity.phase != "NS"


def _answers(school: School, pupil: Pupil) -> bool:
    return school.identity.phase in _WITH_YSSA and age(pupil) >= _YSSA_AGE


def _in_unit_school(school: School, _: Pupil) -> bool:
    return school.identity.phase in _WITH_UNITS


def _provided(provision: str) -> Fits:
    return lambda _, pupil: [fact.value.provision for fact in pupil.facts["sen"]] == [provision]


def _needing(ranks: int) -> Fits:
    return lambda _, pupil: len(pupil.facts.get("need", ())) == ranks


def _held(field: str) -> Fits:
    return lambda _, pupil: getattr(pupil.last("details").value, field) is not None


def _aged_three(_: School, pupil: Pupil) -> bool:
    return age(pupil) == 3  # noqa: PLR2004


def _three(_: School, pupil: Pupil) -> bool:
    return age(pupil) == 3 and pupil.last("details").value.funded is not None and "eypp" not in pupil.facts  # noqa: PLR2004


def _premium(_: School, pupil: Pupil) -> bool:
    return "eypp" in pupil.facts and age(pupil) == 3 and pupil.last("details").value.extended is None  # noqa: PLR2004


def _two(_: School, pupil: Pupil) -> bool:
    return age(pupil) == _TWO and "two_year" in pupil.facts


def _expanded(_: School, pupil: Pupil) -> bool:
    return age(pupil) == _TWO and pupil.last("details").value.expanded is not None


def _meals(start: int | None, end: int | None = None) -> Spoil:
    """Return the mistake that dates a pupil's meals by days from census day."""

    def spoil(draft: Draft, pupil: Pupil) -> None:
        first = None if start is None else draft.day + dt.timedelta(days=start)
        last = None if end is None else draft.day + dt.timedelta(days=end)
        draft.change(pupil, "fsm", start=first, end=last)

    return spoil


def _verified_late(draft: Draft, pupil: Pupil) -> None:
    draft.value(pupil, "fsm", verified=draft.day + dt.timedelta(days=6))


def _needs(*changes: dict[str, Any]) -> Spoil:
    """Return the mistake that changes the needs of a pupil, one after the other."""

    def spoil(_: Draft, pupil: Pupil) -> None:
        pairs = zip(pupil.facts["need"], changes, strict=True)
        pupil.facts["need"] = [replace(fact, value=fact.value._replace(**change)) for fact, change in pairs]

    return spoil


def _same_need(draft: Draft, pupil: Pupil) -> None:
    draft.add(pupil, "need", pupil.last("need").value._replace(rank=2), pupil.last("need").start)


def _need_of_none(draft: Draft, pupil: Pupil) -> None:
    draft.value(pupil, "sen", provision="K", unit=False, resourced=False)
    draft.add(pupil, "need", Need("ASD", 2), pupil.last("sen").start)


FAULTS: Final[Mapping[str, Fault]] = {
    "sen code": Fault(
        ("L-sen-provision",), set_value("sen", provision="S", unit=False, resourced=False), having("need")
    ),
    "plaa residence order": Fault(
        ("1874",), add("care", Care("RESIDENCE_ORDER", None), dt.date(2026, 1, 5)), _late_born
    ),
    "fsm after census day": Fault((), _meals(4), _targeted),
    "fsm overlapping": Fault(
        ("L-fsm-overlap",), add("fsm", Fsm("FSM_EXPANDED", dt.date(2026, 9, 4)), _FIRST_OF_TERM), _targeted
    ),
    "fsm expanded too early": Fault(
        ("L-fsm-expanded-start",),
        add("fsm", Fsm("FSM_EXPANDED", dt.date(2026, 9, 4)), dt.date(2026, 6, 1)),
        _without_meals,
    ),
    "fsm end before start": Fault(("L-fsm-order",), _meals(-17, -31), _targeted),
    "extended hours without code": Fault(
        ("3130", "3100"), set_value("details", eligibility_code=None), _held("extended")
    ),
    "funded hours over 15": Fault(
        ("L-funded-hours-range",),
        set_value("details", funded="18.0", at_setting="35.0"),
        both(_held("funded"), _aged_three),
    ),
    "two-year basis missing": Fault(("5235",), drop("two_year"), having("two_year")),
    "fsm without a start": Fault(("L-fsm-start",), _meals(None), _targeted),
    "fsm verified after census day": Fault(("L-fsm-verified",), _verified_late, _targeted),
    "fsm of a local scheme": Fault((), set_value("fsm", category="FSM_LOCAL"), _targeted),
    "fsm that ended before": Fault((), _meals(-400, -300), _targeted),
    "ethnicity missing": Fault(("L-ethnicity",), set_value("details", ethnicity=None), of_school_age, "S"),
    "language missing": Fault(("L-language",), set_value("details", language=None), of_school_age),
    "yssa missing": Fault(("L-yssa",), set_value("details", yssa=None), _answers),
    "yssa code": Fault(("L-yssa",), set_value("details", yssa="Maybe"), _answers),
    "service child code": Fault(
        ("1741",), set_value("details", service="Q"), both(of_school_age, lambda _, p: "service" not in p.facts)
    ),
    "young carer code": Fault(("L-young-carer",), add("young_carer", "TEACHER", _FIRST_OF_TERM), terms="S"),
    "needs missing": Fault(("L-sen-needs",), drop("need"), both(_provided("K"), _needing(1)), "S"),
    "first need missing": Fault(("L-sen-needs",), _needs({"rank": 2}), both(_provided("E"), _needing(1)), "S"),
    "first need of a new plan missing": Fault(
        ("L-sen-needs",), _need_of_none, both(_provided("N"), lambda _, p: "need" not in p.facts), "S"
    ),
    "need ranked twice": Fault(
        ("L-sen-need-ranks",), _needs({"rank": 1}, {"rank": 1}), both(_needing(2), lambda _, p: "need" in p.facts), "S"
    ),
    "same need twice": Fault(("L-sen-need-ranks",), _same_need, _needing(1), "S"),
    "unassessed need with a plan": Fault(
        ("L-sen-need-nsa",), _needs({"kind": "NSA"}), both(_provided("E"), _needing(1)), "S"
    ),
    "unit without need": Fault(
        ("L-sen-unit-without-sen",), set_value("sen", unit=True), both(_in_unit_school, _provided("N"))
    ),
    "unit and resourced provision": Fault(
        ("L-sen-unit-and-resourced",),
        set_value("sen", unit=True, resourced=True),
        both(_in_unit_school, _provided("E")),
    ),
    "extended hours over 15": Fault(
        ("L-extended-hours-range",), set_value("details", extended="20.0", at_setting="40.0"), _held("extended")
    ),
    "expanded hours over 30": Fault(
        ("L-expanded-hours-range",), set_value("details", expanded="31.0", at_setting="40.0"), _expanded
    ),
    "funded and expanded hours over 30": Fault(
        ("L-expanded-hours-total",),
        set_value("details", expanded="20.0", at_setting="40.0", eligibility_code="50012345678"),
        _two,
    ),
    "hours at setting too few": Fault(("L-hours-at-setting-total",), set_value("details", at_setting="5.0"), _three),
    "hours at setting missing": Fault(("L-hours-at-setting",), set_value("details", at_setting=None), _three),
    "funded hours missing": Fault(("L-funded-hours",), set_value("details", funded=None), _three),
    "eligibility code too short": Fault(
        ("L-eligibility-code-format",), set_value("details", eligibility_code="500123"), _expanded
    ),
    "expanded hours without code": Fault(
        ("L-eligibility-code-expanded",), set_value("details", eligibility_code=None), _expanded
    ),
    "premium without funded hours": Fault(("L-eypp-unfunded",), set_value("details", funded="0"), _premium),
    "two-year basis code": Fault(("5235",), lambda d, p: d.change(p, "two_year", value="INC"), having("two_year")),
    "funded hours at school age": Fault((), set_value("details", funded="15.0", at_setting="15.0"), of_school_age),
}
"""Faults of need, eligibility and support, by name."""
