"""Edits that the office makes to a pupil's record: leaving, moving house, another UPN, need and meals.

Belongs here: what each edit records. Who meets with it, and when, is `timeline` (October 2026) and `year` (the months
after).
"""

import datetime as dt
from collections.abc import Callable
from typing import Final, TypeAlias

from simulator.world import people
from simulator.world.building import Place, Roll
from simulator.world.facts import Enrolment, Fsm, Need, Recorder, Sen

Edit: TypeAlias = Callable[[Roll, Recorder, Place], None]

_DAY: Final = dt.timedelta(days=1)
_STUDIES: Final = ("programme", "aim")


def leave(day: dt.date, reason: str = "MOVED_SCHOOL", ground: str = "a") -> Edit:
    """Return the edit that takes a pupil off the roll, with all that was still going on."""

    def edit(roll: Roll, write: Recorder, place: Place) -> None:
        pupil = place.pupil
        old: Enrolment = pupil.last("enrolment").value
        why = "b" if roll.identity.phase == "NS" else ground
        value = old._replace(
            reason=reason, ground=why, destination=None if why == "o" else 3, goes="UNKNOWN" if why == "o" else "SCHOOL"
        )
        write.edit(pupil, "enrolment", pupil.last("enrolment"), value=value, end=day)
        write.edit(pupil, "year", pupil.last("year"), end=day)
        for kind in _STUDIES:
            for fact in [each for each in pupil.facts.get(kind, ()) if each.end is None]:
                study = fact.value._replace(status="WITHDRAWN", withdrawal="2")
                write.edit(pupil, kind, fact, value=study, end=day)

    return edit


def move(day: dt.date) -> Edit:
    """Return the edit that moves a pupil to another home."""

    def edit(roll: Roll, write: Recorder, place: Place) -> None:
        write.edit(place.pupil, "address", place.pupil.last("address"), end=day - _DAY)
        home = people.address(roll.rng, roll.identity.la_number, place.n + 2)
        write.add(place.pupil, "address", home, day, rows=3)

    return edit


def replace_upn(since: dt.date) -> Edit:
    """Return the edit that gives a pupil another UPN."""

    def edit(roll: Roll, write: Recorder, place: Place) -> None:
        write.edit(place.pupil, "upn", place.pupil.last("upn"), end=since - _DAY)
        write.add(place.pupil, "upn", roll.issuer.next_upn(2026), since)

    return edit


def begin_sen(since: dt.date, *needs: str) -> Edit:
    """Return the edit that gives a pupil SEN support, with needs in order."""

    def edit(_: Roll, write: Recorder, place: Place) -> None:
        write.edit(place.pupil, "sen", place.pupil.last("sen"), end=since - _DAY)
        write.add(place.pupil, "sen", Sen("K"), since)
        for rank, need in enumerate(needs, start=1):
            write.add(place.pupil, "need", Need(need, rank), since)

    return edit


def end_sen(since: dt.date) -> Edit:
    """Return the edit that ends SEN support and the needs that it met."""

    def edit(_: Roll, write: Recorder, place: Place) -> None:
        write.edit(place.pupil, "sen", place.pupil.last("sen"), end=since - _DAY)
        write.add(place.pupil, "sen", Sen("N"), since)
        for need in [each for each in place.pupil.facts.get("need", ()) if each.withdrawn is None]:
            write.edit(place.pupil, "need", need, end=since - _DAY)

    return edit


def begin_meals(since: dt.date, category: str, verified: dt.date) -> Edit:
    """Return the edit that makes a pupil eligible for free meals."""

    def edit(_: Roll, write: Recorder, place: Place) -> None:
        write.add(place.pupil, "fsm", Fsm(category, verified), since)

    return edit


def end_meals(last: dt.date, then: str | None = None) -> Edit:
    """Return the edit that ends a pupil's eligibility, or changes its category from the day after."""

    def edit(_: Roll, write: Recorder, place: Place) -> None:
        write.edit(place.pupil, "fsm", place.pupil.last("fsm"), end=last)
        if then:
            write.add(place.pupil, "fsm", Fsm(then, last), last + _DAY)

    return edit
