"""What was recorded after census day 2026-10-01, so that a return prepared later is another return.

Belongs here: who meets with which edit in October, in the order of recording. As at 1 October, by the day of preparing:

    1 October   before any of it
    13 October  corrections effective before census day count: a UPN replaced, a date of birth put right, SEN support
                and free meals backdated, a move of house found late. A pupil who joined on 5 October is out, one who
                left then is in, one who moved on 3 October keeps the old address.
    28 October  also: a pupil found to have left on 25 September is no longer on roll, and a surname is spelled right.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from simulator.world import background, edits
from simulator.world.building import Place, Roll, add_pupil
from simulator.world.facts import Recorder

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
    background.withdraw_consent(
        Recorder(roll.counter, background.CONSENT_WITHDRAWN_LATER), (place.pupil for place in roll.places)
    )
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


def _correct_dob(_: Roll, write: Recorder, place: Place) -> None:
    old = place.pupil.last("person")
    write.edit(place.pupil, "person", old, value=old.value._replace(dob=old.value.dob + dt.timedelta(days=1)))


def _correct_surname(_: Roll, write: Recorder, place: Place) -> None:
    old = place.pupil.last("person")
    write.edit(place.pupil, "person", old, value=old.value._replace(surname="Ainscough"))


_EDITS: Final = (
    ("left", LEFT, edits.leave(LEFT)),
    ("moved house", dt.date(2026, 10, 6), edits.move(dt.date(2026, 10, 3))),
    ("moved house earlier", CORRECTED, edits.move(dt.date(2026, 9, 25))),
    ("upn replaced", CORRECTED, edits.replace_upn(dt.date(2026, 9, 20))),
    ("dob corrected", CORRECTED, _correct_dob),
    ("sen backdated", CORRECTED, edits.begin_sen(dt.date(2026, 9, 14), "SEMH")),
    ("meals backdated", CORRECTED, edits.begin_meals(dt.date(2026, 9, 7), "FSM_TARGETED", dt.date(2026, 9, 25))),
    ("found to have left", CORRECTED_AGAIN, edits.leave(FOUND_TO_HAVE_LEFT)),
    ("surname corrected", CORRECTED_AGAIN, _correct_surname),
)
_FITS: Final[Mapping[str, Callable[[Place], bool]]] = {
    "left": _uneventful,
    "found to have left": _uneventful,
    "sen backdated": _without_sen,
    "meals backdated": _without_meals,
    "dob corrected": _mid_month,
}
