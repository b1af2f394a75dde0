"""What was recorded after census day 2026-10-01, so that a return prepared later is another return.

Belongs here: edits of one school, in the order of recording. As at 1 October, by the day of preparing:

    1 October   before any of it
    13 October  corrections effective before census day count: a UPN replaced, a date of birth put right, SEN support
                and free meals backdated, a move of house found late. A pupil who joined on 5 October is out, one who
                left then is in, one who moved on 3 October keeps the old address.
    28 October  also: a pupil found to have left on 25 September is no longer on roll, and a surname is spelled right.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from simulator.world import people
from simulator.world.building import Place, Roll, add_pupil
from simulator.world.facts import Enrolment, Fsm, Need, Recorder, Sen

JOINED: Final = dt.date(2026, 10, 5)
LEFT: Final = dt.date(2026, 10, 5)
FOUND_TO_HAVE_LEFT: Final = dt.date(2026, 9, 25)
CORRECTED: Final = dt.date(2026, 10, 12)
CORRECTED_AGAIN: Final = dt.date(2026, 10, 20)
_PER_EDIT: Final = 200


def record(roll: Roll) -> Mapping[str, tuple[int, ...]]:
    """Record the edits of a school; return which pupils each kind of edit touched, by pupil id."""
    times = 1 + roll.identity.pupils // _PER_EDIT
    chosen = dict(_choose(roll, times))
    joiners = _join(roll, Recorder(roll.counter, JOINED), times)
    for kind, day, edit in _EDITS:
        write = Recorder(roll.counter, day)
        for place in chosen.get(kind, []):
            edit(roll, write, place)
    return {"joined": joiners, **{kind: tuple(p.pupil.id for p in places) for kind, places in chosen.items()}}


def _choose(roll: Roll, times: int) -> Iterator[tuple[str, list[Place]]]:
    """Give each kind of edit pupils that no other edit touches, oldest first."""
    free = list(reversed(roll.settled))
    for kind, _, _ in _EDITS:
        fitting = [place for place in free if _FITS.get(kind, _any)(place)][:times]
        free = [place for place in free if place not in fitting]
        yield kind, fitting


def _any(place: Place) -> bool:
    return bool(place.pupil.last("year").value.status == "C")


def _uneventful(place: Place) -> bool:
    return _any(place) and not {"elsewhere", "suspension"} & place.pupil.facts.keys()


def _without_sen(place: Place) -> bool:
    return bool(place.pupil.last("sen").value.provision == "N")


def _without_meals(place: Place) -> bool:
    return "fsm" not in place.pupil.facts


def _mid_month(place: Place) -> bool:
    return bool(place.pupil.last("person").value.dob.day < 28)  # noqa: PLR2004 - the next day is in every month


def _join(roll: Roll, write: Recorder, times: int) -> tuple[int, ...]:
    like = roll.settled[len(roll.settled) // 2].seat._replace(entry=JOINED)
    return tuple(add_pupil(roll, write, like).pupil.id for _ in range(times))


def _leave(day: dt.date) -> Callable[[Roll, Recorder, Place], None]:
    def leave(roll: Roll, write: Recorder, place: Place) -> None:
        pupil = place.pupil
        old: Enrolment = pupil.last("enrolment").value
        ground = "b" if roll.identity.phase == "NS" else "a"
        value = old._replace(reason="MOVED_SCHOOL", ground=ground, destination=3)
        write.edit(pupil, "enrolment", pupil.last("enrolment"), value=value, end=day)
        write.edit(pupil, "year", pupil.last("year"), end=day)

    return leave


def _move(day: dt.date) -> Callable[[Roll, Recorder, Place], None]:
    def move(roll: Roll, write: Recorder, place: Place) -> None:
        write.edit(place.pupil, "address", place.pupil.last("address"), end=day - dt.timedelta(days=1))
        home = people.address(roll.rng, roll.identity.la_number, place.n + 2)
        write.add(place.pupil, "address", home, day, rows=3)

    return move


def _replace_upn(roll: Roll, write: Recorder, place: Place) -> None:
    since = dt.date(2026, 9, 20)
    write.edit(place.pupil, "upn", place.pupil.last("upn"), end=since - dt.timedelta(days=1))
    write.add(place.pupil, "upn", roll.issuer.next_upn(2026), since)


def _correct_dob(_: Roll, write: Recorder, place: Place) -> None:
    old = place.pupil.last("person")
    write.edit(place.pupil, "person", old, value=old.value._replace(dob=old.value.dob + dt.timedelta(days=1)))


def _correct_surname(_: Roll, write: Recorder, place: Place) -> None:
    old = place.pupil.last("person")
    write.edit(place.pupil, "person", old, value=old.value._replace(surname="Ainscough"))


def _backdate_sen(_: Roll, write: Recorder, place: Place) -> None:
    since = dt.date(2026, 9, 14)
    write.edit(place.pupil, "sen", place.pupil.last("sen"), end=since - dt.timedelta(days=1))
    write.add(place.pupil, "sen", Sen("K"), since)
    write.add(place.pupil, "need", Need("SEMH", 1), since)


def _backdate_meals(_: Roll, write: Recorder, place: Place) -> None:
    write.add(place.pupil, "fsm", Fsm("FSM_TARGETED", dt.date(2026, 9, 25)), dt.date(2026, 9, 7))


_EDITS: Final = (
    ("left", LEFT, _leave(LEFT)),
    ("moved house", dt.date(2026, 10, 6), _move(dt.date(2026, 10, 3))),
    ("moved house earlier", CORRECTED, _move(dt.date(2026, 9, 25))),
    ("upn replaced", CORRECTED, _replace_upn),
    ("dob corrected", CORRECTED, _correct_dob),
    ("sen backdated", CORRECTED, _backdate_sen),
    ("meals backdated", CORRECTED, _backdate_meals),
    ("found to have left", CORRECTED_AGAIN, _leave(FOUND_TO_HAVE_LEFT)),
    ("surname corrected", CORRECTED_AGAIN, _correct_surname),
)
_FITS: Final[Mapping[str, Callable[[Place], bool]]] = {
    "left": _uneventful,
    "found to have left": _uneventful,
    "sen backdated": _without_sen,
    "meals backdated": _without_meals,
    "dob corrected": _mid_month,
}
