"""What happens between October 2026 and May 2027, each thing recorded on its day.

Belongs here: who meets with what after the autumn census was finished, so that the spring and the summer census are of
a school that lived on: joiners and leavers, suspensions, meals, need, care, placements, children who turn three. A
pupil meets with one thing at most, and `school.edits` says who with which.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from simulator.world import days, edits, events, people
from simulator.world.building import Place, Roll, add_pupil
from simulator.world.days import Term
from simulator.world.edits import Edit
from simulator.world.facts import Recorder
from simulator.world.roster import Seat

Fits: TypeAlias = Callable[[Roll, Place], bool]

_PER_EVENT: Final = 200
_MANY: Final = 100
JOINING: Final = (dt.date(2026, 11, 9), dt.date(2027, 1, 5), dt.date(2027, 4, 13))
_TURNED_THREE: Final = ((dt.date(2027, 1, 6), dt.date(2023, 12, 31)), (dt.date(2027, 4, 14), dt.date(2024, 3, 31)))
"""Day of recording, and the last date of birth of those whom the new term finds three years old."""

_SCHOOL_AGE: Final = range(5, 15)
_WITH_NURSERY: Final = {"NS", "PS", "AT", "SP"}


class Event(NamedTuple):
    """One kind of thing that happens to some pupils.

    Attributes:
        name: the key of `school.edits`.
        day: of recording.
        edit: what is recorded.
        fits: says to whom it can happen.

    """

    name: str
    day: dt.date
    edit: Edit
    fits: Fits


class Recorded(NamedTuple):
    """What the year left behind beside the facts: who met with what, and the revision of each term's registers."""

    edits: Mapping[str, tuple[int, ...]]
    revisions: Mapping[Term, int]


def record(roll: Roll) -> Recorded:
    """Record the year of a school from November on, in the order of time."""
    chosen = dict(_choose(roll, 1 + roll.identity.pupils // _PER_EVENT))
    found: dict[str, tuple[int, ...]] = {name: tuple(p.pupil.id for p in places) for name, places in chosen.items()}
    revisions: dict[Term, int] = {}

    def join(day: dt.date) -> None:
        found[f"joined on {day}"] = _join(roll, Recorder(roll.counter, day))

    def turn_three(day: dt.date, born: dt.date) -> None:
        found[f"three years old by {day}"] = _turn_three(roll, Recorder(roll.counter, day), born)

    def happen(event: Event) -> None:
        for place in chosen[event.name]:
            event.edit(roll, Recorder(roll.counter, event.day), place)

    def close(term: Term) -> None:
        revisions[term] = roll.counter.tick()

    what: list[tuple[dt.date, Callable[[], None]]] = [
        *((day, lambda day=day: join(day)) for day in JOINING),
        *((day, lambda day=day, born=born: turn_three(day, born)) for day, born in _TURNED_THREE),
        *((event.day, lambda event=event: happen(event)) for event in EVENTS),
        *((term.days[-1], lambda term=term: close(term)) for term in days.TERMS[1:]),
    ]
    for _, act in sorted(what, key=lambda each: each[0]):
        act()
    return Recorded(found, revisions)


def _choose(roll: Roll, times: int) -> Iterator[tuple[str, list[Place]]]:
    """Give each event pupils of its own: still there, no guest, of school age before others, oldest first."""
    oldest = [place for place in reversed(roll.places) if _there(place)]
    free = sorted(oldest, key=lambda place: place.seat.age not in _SCHOOL_AGE)
    for event in EVENTS:
        fitting = [place for place in free if event.fits(roll, place)][:times]
        free = [place for place in free if place not in fitting]
        yield event.name, fitting


def _there(place: Place) -> bool:
    spell, year = place.pupil.last("enrolment"), place.pupil.last("year").value
    return spell.end is None and year.status == "C" and spell.start is not None and spell.start < days.RECORDED


def _join(roll: Roll, write: Recorder) -> tuple[int, ...]:
    """Let one pupil join like one who has settled, and where there is a nursery a child of two as well."""
    like = roll.settled[len(roll.settled) // 3].seat._replace(entry=write.recorded)
    seats = [like, Seat("N1", 2, write.recorded, None)] if roll.identity.phase in _WITH_NURSERY else [like]
    return tuple(add_pupil(roll, write, seat).pupil.id for seat in seats)


def _turn_three(roll: Roll, write: Recorder, born: dt.date) -> tuple[int, ...]:
    """Fund as three-year-olds those who were funded as two-year-olds and had their birthday before the term."""
    touched = []
    for place in roll.places:
        details = place.pupil.last("details")
        two = details.value.expanded is not None or details.value.funded == "12.5"
        if two and place.pupil.last("person").value.dob <= born:
            working = details.value.expanded is not None
            now = details.value._replace(
                funded="15.0",
                extended="15.0" if working else None,
                expanded=None,
                at_setting="30.0" if working else "15.0",
            )
            write.edit(place.pupil, "details", details, value=now)
            touched.append(place.pupil.id)
    return tuple(touched)


def _suspend(first: dt.date, lasting: int) -> Edit:
    def edit(_: Roll, write: Recorder, place: Place) -> None:
        events.suspend_on(write, place.pupil, first, lasting, place.n)

    return edit


def _exclude(leaving: dt.date) -> Edit:
    def edit(_: Roll, write: Recorder, place: Place) -> None:
        events.exclude(write, place.pupil, leaving)

    return edit


def _both(*parts: Edit) -> Edit:
    def edit(roll: Roll, write: Recorder, place: Place) -> None:
        for part in parts:
            part(roll, write, place)

    return edit


def _place(start: dt.date, end: dt.date | None, n: int | None = None) -> Edit:
    """Return the edit that places a pupil elsewhere: provision `n`, or of the kind that the pupil's own number says."""

    def edit(_: Roll, write: Recorder, place: Place) -> None:
        events.place_from(write, place.pupil, place.n if n is None else n, start, end)

    return edit


def _care_for(code: str, start: dt.date, end: dt.date | None = None) -> Edit:
    def edit(_: Roll, write: Recorder, place: Place) -> None:
        write.add(place.pupil, "young_carer", code, start, end)

    return edit


def _rename(_: Roll, write: Recorder, place: Place) -> None:
    old = place.pupil.last("person")
    write.add(place.pupil, "former_name", old.value.surname, old.value.dob, write.recorded - dt.timedelta(days=1))
    write.edit(place.pupil, "person", old, value=old.value._replace(surname="Thistlewood"))


def _say_language(roll: Roll, write: Recorder, place: Place) -> None:
    old = place.pupil.last("details")
    language = people.language(5 * (1 + roll.index))
    write.edit(place.pupil, "details", old, value=old.value._replace(language=language))


def _take_in(_: Roll, write: Recorder, place: Place) -> None:
    write.add(place.pupil, "top_up", "TOP_UP", write.recorded)


def _anyone(_: Roll, __: Place) -> bool:
    return True


def _of_school_age(_: Roll, place: Place) -> bool:
    """Say whether registers are kept of the pupil in every reported term."""
    quiet = not {"suspension", "elsewhere", "boarding"} & place.pupil.facts.keys()
    start = place.pupil.last("enrolment").start
    return place.seat.age in _SCHOOL_AGE and quiet and start is not None and start < days.SUMMER_TERM[0]


def _may_leave(roll: Roll, place: Place) -> bool:
    quiet = not {"suspension", "elsewhere", "boarding"} & place.pupil.facts.keys()
    return quiet if roll.identity.phase == "NS" else _of_school_age(roll, place)


def _may_be_suspended(roll: Roll, place: Place) -> bool:
    return roll.identity.phase != "NS" and _of_school_age(roll, place)


def _student(_: Roll, place: Place) -> bool:
    return place.pupil.last("year").value.nc_year == "12" and "programme" in place.pupil.facts


def _without_sen(_: Roll, place: Place) -> bool:
    return bool(place.pupil.last("sen").value.provision == "N")


def _supported(_: Roll, place: Place) -> bool:
    return bool(place.pupil.last("sen").value.provision == "K") and "top_up" not in place.pupil.facts


def _planned(_: Roll, place: Place) -> bool:
    return bool(place.pupil.last("sen").value.provision == "E") and "top_up" not in place.pupil.facts


def _without_meals(_: Roll, place: Place) -> bool:
    return "fsm" not in place.pupil.facts


def _eats(category: str) -> Fits:
    def fits(_: Roll, place: Place) -> bool:
        meals = place.pupil.facts.get("fsm", ())
        return [fact.value.category for fact in meals] == [category] and meals[0].end is None

    return fits


def _among_many(fits: Fits) -> Fits:
    """Say the same where pupils are many; elsewhere nobody fits, and all stay free for the mistakes of `faults`."""

    def fitting(roll: Roll, place: Place) -> bool:
        return roll.identity.pupils >= _MANY and fits(roll, place)

    return fitting


def _speaks(_: Roll, place: Place) -> bool:
    return place.pupil.last("details").value.language == "ENG" and place.seat.age in _SCHOOL_AGE


EVENTS: Final = (
    Event("suspended in autumn", dt.date(2026, 11, 10), _suspend(dt.date(2026, 11, 10), 3), _may_be_suspended),
    Event("left in spring", dt.date(2027, 2, 12), edits.leave(dt.date(2027, 2, 12)), _may_leave),
    Event(
        "suspended and left in autumn",
        dt.date(2026, 11, 27),
        _both(_suspend(dt.date(2026, 11, 16), 2), edits.leave(dt.date(2026, 11, 27))),
        _may_be_suspended,
    ),
    Event("carer, said by a parent", dt.date(2026, 11, 12), _care_for("P", dt.date(2026, 9, 14)), _anyone),
    Event("suspended in spring", dt.date(2027, 2, 2), _suspend(dt.date(2027, 2, 2), 2), _may_be_suspended),
    Event(
        "excluded in spring",
        dt.date(2027, 3, 19),
        _both(_exclude(dt.date(2027, 3, 19)), edits.leave(dt.date(2027, 3, 19), "PERMANENT_EXCLUSION", "o")),
        _may_be_suspended,
    ),
    Event("student left at Christmas", dt.date(2026, 12, 18), edits.leave(dt.date(2026, 12, 18)), _student),
    Event("left at Christmas", dt.date(2026, 12, 18), edits.leave(dt.date(2026, 12, 18)), _may_leave),
    Event("carer, seen by the school", dt.date(2026, 12, 3), _care_for("S", dt.date(2026, 12, 1)), _anyone),
    Event(
        "meals from November",
        dt.date(2026, 11, 16),
        edits.begin_meals(dt.date(2026, 11, 16), "FSM_TARGETED", dt.date(2026, 11, 16)),
        _without_meals,
    ),
    Event("meals until December", dt.date(2026, 12, 4), edits.end_meals(dt.date(2026, 12, 4)), _eats("FSM_TARGETED")),
    Event(
        "meals of another category",
        dt.date(2027, 1, 11),
        edits.end_meals(dt.date(2027, 1, 10), "FSM_TARGETED"),
        _eats("FSM_EXPANDED"),
    ),
    Event("support began", dt.date(2026, 11, 30), edits.begin_sen(dt.date(2026, 11, 30), "SLCN", "ASD"), _without_sen),
    Event("upn replaced in winter", dt.date(2026, 12, 7), edits.replace_upn(dt.date(2026, 12, 7)), _anyone),
    Event(
        "placed in spring",
        dt.date(2027, 1, 11),
        _place(dt.date(2027, 1, 11), dt.date(2027, 3, 19), 2),
        _of_school_age,
    ),
    Event("placed in summer", dt.date(2027, 4, 19), _place(dt.date(2027, 4, 19), None, 3), _of_school_age),
    Event("support ended", dt.date(2027, 3, 1), edits.end_sen(dt.date(2027, 3, 1)), _supported),
    Event("top-up began", dt.date(2027, 1, 8), _take_in, _planned),
    Event("left in April", dt.date(2027, 4, 30), edits.leave(dt.date(2027, 4, 30)), _may_leave),
    Event("surname changed", dt.date(2027, 2, 8), _rename, _anyone),
    Event("moved house in winter", dt.date(2026, 12, 1), edits.move(dt.date(2026, 12, 1)), _anyone),
    Event(
        "carer for a while",
        dt.date(2026, 11, 12),
        _care_for("P", dt.date(2025, 9, 8), dt.date(2026, 12, 31)),
        _anyone,
    ),
    Event("another language", dt.date(2026, 11, 20), _say_language, _speaks),
    Event(
        "meals from April",
        dt.date(2027, 4, 19),
        edits.begin_meals(dt.date(2027, 4, 19), "FSM_EXPANDED", dt.date(2027, 4, 19)),
        _without_meals,
    ),
    Event(
        "placed, then left in winter",
        dt.date(2026, 12, 11),
        _both(_place(dt.date(2026, 11, 2), dt.date(2026, 11, 27)), edits.leave(dt.date(2026, 12, 11))),
        _among_many(_of_school_age),
    ),
    Event(
        "placed, then left in spring",
        dt.date(2027, 3, 12),
        _both(_place(dt.date(2027, 2, 1), dt.date(2027, 2, 26)), edits.leave(dt.date(2027, 3, 12))),
        _among_many(_of_school_age),
    ),
    Event(
        "placed in autumn",
        dt.date(2026, 11, 2),
        _place(dt.date(2026, 11, 2), dt.date(2026, 12, 4)),
        _among_many(_of_school_age),
    ),
    Event(
        "meals until March",
        dt.date(2027, 3, 5),
        edits.end_meals(dt.date(2027, 3, 5)),
        _among_many(_eats("FSM_TARGETED")),
    ),
)  # fmt: skip
"""What happens, the most needed first: in a small school the pupils run out."""
