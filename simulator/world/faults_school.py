"""Faults of a whole school: its own details, its school file, and what nobody or everybody is said to have.

Belongs here: mistakes that no single pupil shows. A school has one of them at a time in the tests, since each speaks
of the whole return.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from simulator.world.facts import Fsm, Pupil
from simulator.world.school_file import Content
from simulator.world.spoiling import ALL_PHASES, Draft, SchoolFault

_SPRING: Final = "S"
_WITH_CLASSES: Final = frozenset({"PS", "MS", "SS", "AT"})
_WITH_INFANTS: Final = frozenset({"PS", "AT"})
_WITH_YSSA: Final = frozenset({"MS", "SS", "AT"})
_SPECIAL: Final = frozenset({"SP"})
_MOST: Final = 0.5


def _file(change: Callable[[Any], None]) -> Callable[[Draft], None]:
    return lambda draft: draft.file_changes.append(change)


def _set(*path: str | int, **changes: Any) -> Callable[[Draft], None]:  # noqa: ANN401
    """Return the mistake that changes one table of the school file."""

    def change(content: Any) -> None:  # noqa: ANN401
        for step in path:
            content = content[step]
        content.update(changes)

    return _file(change)


def _forget(*path: str | int) -> Callable[[Draft], None]:
    """Return the mistake that leaves one thing out of the school file."""

    def change(content: Any) -> None:  # noqa: ANN401
        for step in path[:-1]:
            content = content[step]
        del content[path[-1]]

    return _file(change)


def _clear(content: Content) -> None:
    content.clear()


def _same_class_name(content: Any) -> None:  # noqa: ANN401
    first, second, *_ = content["class"]
    second["class_name"] = first["class_name"]


def _under_five(**changes: Any) -> Callable[[Draft], None]:  # noqa: ANN401
    def change(content: Any) -> None:  # noqa: ANN401
        next(row for row in content["childcare"] if row["type_of_childcare"] == "U").update(changes)

    return _file(change)


def _infant_class(content: Any) -> None:  # noqa: ANN401
    next(row for row in content["class"] if row["year_group"] == "1")["guest_pupils"] += 30


def _identity(**changes: Any) -> Callable[[Draft], None]:  # noqa: ANN401
    def spoil(draft: Draft) -> None:
        draft.identity = replace(draft.identity, **changes)

    return spoil


def _everybody(*kinds: str, **details: Any) -> Callable[[Draft], None]:  # noqa: ANN401
    """Return the mistake that forgets kinds of fact of every pupil, or says the same of each."""

    def spoil(draft: Draft) -> None:
        for pupil in draft.pupils:
            for kind in kinds:
                pupil.facts.pop(kind, None)
            if details:
                draft.value(pupil, "details", **details)

    return spoil


def _no_need(draft: Draft) -> None:
    for pupil in draft.pupils:
        pupil.facts.pop("need", None)
        draft.value(pupil, "sen", provision="N", unit=False, resourced=False)


def _no_leavers(draft: Draft) -> None:
    draft.pupils = [pupil for pupil in draft.pupils if not _left(pupil, draft.day)]


def _left(pupil: Pupil, day: dt.date) -> bool:
    end = pupil.last("enrolment").end
    return end is not None and end < day


def _all_eat(draft: Draft) -> None:
    for pupil in draft.pupils:
        pupil.facts.pop("fsm", None)
        draft.add(pupil, "fsm", Fsm("FSM_TARGETED", dt.date(2026, 9, 4)), dt.date(2026, 9, 1))


def _many_joined(draft: Draft) -> None:
    """Let half of the plain pupils join at the beginning of the census's own term."""
    first = {
        "2026-autumn": dt.date(2026, 9, 2),
        "2027-spring": dt.date(2027, 1, 5),
        "2027-summer": dt.date(2027, 4, 13),
    }
    staying = [p for p in draft.pupils if p.last("enrolment").end is None]
    plain = [p for p in staying if not {"elsewhere", "suspension"} & p.facts.keys()]
    for pupil in plain[: round(len(staying) * _MOST)]:
        draft.change(pupil, "enrolment", start=first[draft.collection])


FAULTS: Final[Mapping[str, SchoolFault]] = {
    "school e-mail": SchoolFault(("L-school-email",), _identity(email="office")),
    "school telephone": SchoolFault(("L-school-phone",), _identity(phone="unknown")),
    "nobody eats free": SchoolFault(("1760",), _everybody("fsm")),
    "everybody eats free": SchoolFault(("1750",), _all_eat, ALL_PHASES - _WITH_INFANTS),
    "every infant eats free": SchoolFault(("1750", "1751", "1752"), _all_eat, _WITH_INFANTS),
    "nobody has a need": SchoolFault(("L-sen-none",), _no_need, frozenset({"NS", "PS", "MS", "SS", "AT"})),
    "nobody left": SchoolFault(("1495Q",), _no_leavers, frozenset({"PS"})),
    "nobody was suspended": SchoolFault(("L-exclusion-none",), _everybody("suspension"), frozenset({"PS"})),
    "nobody is placed elsewhere": SchoolFault(("4015Q",), _everybody("elsewhere"), frozenset({"PS"})),
    "nobody was asked to share": SchoolFault(("1780",), _everybody(yssa="UNS"), _WITH_YSSA),
    "half joined in autumn": SchoolFault(("1890Q",), _many_joined, frozenset({"SS"}), "A"),
    "half joined in spring": SchoolFault(("1900Q",), _many_joined, frozenset({"SS"}), "S"),
    "half joined in summer": SchoolFault(("1910Q",), _many_joined, frozenset({"SS"}), "U"),
    "nobody cares for others": SchoolFault(("L-young-carer-none",), _everybody("young_carer"), terms=_SPRING),
    "classes do not add up": SchoolFault(("1000",), _set("class", 0, home_pupils=1), frozenset({"SS"}), _SPRING),
    "reconciliation does not add up": SchoolFault(
        ("1000",), _set("reconciliation", private_study=300), _WITH_CLASSES, _SPRING
    ),
    "reconciliation missing": SchoolFault(
        ("L-reconciliation", "1000"), _forget("reconciliation"), _WITH_CLASSES, _SPRING
    ),
    "more free meals than eligible": SchoolFault(("1320Q",), _set(free_meals_taken=900), terms=_SPRING),
    "free meals not said": SchoolFault(("L-free-meals-taken",), _forget("free_meals_taken"), _WITH_CLASSES, _SPRING),
    "no school file": SchoolFault(
        ("L-school-file", "L-free-meals-taken", "L-reconciliation"), _file(_clear), _WITH_CLASSES, _SPRING
    ),
    "class named twice": SchoolFault(("L-class-name-unique",), _file(_same_class_name), _WITH_CLASSES, _SPRING),
    "class without a teacher": SchoolFault(("L-class-teachers",), _set("class", 0, teachers=0), _WITH_CLASSES, _SPRING),
    "class without a count": SchoolFault(
        ("L-class-complete",), _forget("class", 0, "non_teachers"), _WITH_CLASSES, _SPRING
    ),
    "class too large": SchoolFault(("L-class-size",), _set("class", -1, guest_pupils=40), _WITH_CLASSES, _SPRING),
    "infant class too large": SchoolFault(("L-class-infant-size",), _file(_infant_class), _WITH_INFANTS, _SPRING),
    "appeals beyond those heard": SchoolFault(
        ("L-appeals-totals",), _set("appeals", "secondary", upheld=9), _WITH_CLASSES, _SPRING
    ),
    "appeals beyond those lodged": SchoolFault(
        ("L-appeals-totals",), _set("appeals", "infant", withdrawn=4), _WITH_INFANTS, _SPRING
    ),
    "appeals not counted": SchoolFault(
        ("L-appeals-numbers",), _forget("appeals", "secondary", "lodged"), _WITH_CLASSES, _SPRING
    ),
    "special school block missing": SchoolFault(
        ("L-special-school-block",), _forget("special_school"), _SPECIAL, _SPRING
    ),
    "special school ages": SchoolFault(
        ("L-special-school-ages",), _set("special_school", min_male_age=19, max_male_age=2), _SPECIAL, _SPRING
    ),
    "childcare too short": SchoolFault(
        ("2970",), _under_five(opening_time="09:00", closing_time="15:00"), frozenset({"NS", "PS", "AT"}), _SPRING
    ),
    "childcare closes before it opens": SchoolFault(
        ("L-childcare-times",),
        _set("childcare", 0, opening_time="18:00", closing_time="15:00"),
        ALL_PHASES - {"PR"},
        _SPRING,
    ),
    "childcare beyond the year": SchoolFault(
        ("L-childcare-weeks",), _set("childcare", 0, weeks_open=60), ALL_PHASES - {"PR"}, _SPRING
    ),
}
"""Faults of a school, by name."""
