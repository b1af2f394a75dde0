"""What a school knows of a pupil besides what a census asks: earlier schools, results, diet, consents, plans.

Belongs here: who has which of these, and their values. They come from a generator and a block of ids of their own, so
that the rest of the world does not depend on them. How they look in Arbor is `background_rows`.
"""

import datetime as dt
from collections.abc import Iterable
from random import Random
from typing import Final, NamedTuple

from simulator.world import days
from simulator.world.facts import Guardian, Pupil, Recorder
from simulator.world.names import mobile
from simulator.world.results import results
from simulator.world.roster import Seat
from simulator.world.schools import SchoolIdentity

WEAVERS_HILL, CASTLE_MOOR, RIDGEWAY, DELL_LANE = 2, 3, 6, 7
"""Institutions of `lookups.PARTNERS` by number."""
DELL_LANE_CLOSED: Final = dt.date(2024, 8, 31)

DENTAL, PHOTOGRAPHS = "DENTAL_SURVEY", "PHOTOGRAPHS"
CONSENT_ASKED: Final = dt.date(2026, 9, 3)
CONSENT_WITHDRAWN: Final = dt.date(2026, 9, 22)
CONSENT_WITHDRAWN_LATER: Final = dt.date(2026, 10, 21)
_DENTAL_AGES: Final = range(4, 7)

_DIETS: Final = (("VEGETARIAN",), ("HALAL",), ("NUT_FREE",), ("GLUTEN_FREE", "DAIRY_FREE"))
_CONDITIONS: Final = ("ASTHMA", "EPILEPSY", "DIABETES_TYPE_1", "ALLERGY")
_IMPAIRMENTS: Final = ("HEAR", "VIS", "MOB")
_PLANS: Final = (
    ("SIXTH_FORM", None, "A levels", "3"),
    ("COLLEGE", "Larkbury College", "Level 3 Diploma in Engineering", "3"),
    ("APPRENTICESHIP", "Handrail Workshop", "Carpentry and joinery", "2"),
    ("UNDECIDED", None, None, None),
    ("COLLEGE", "Larkbury College", "Level 1 Hair and beauty", "1"),
)
_LAST_PLANS: Final = (
    ("HIGHER_EDUCATION", "Northmoor University", "BSc Mathematics", "6"),
    ("EMPLOYMENT", "Longacre Riding Yard", None, None),
    ("APPRENTICESHIP", "Handrail Workshop", "Furniture making", "3"),
)
_PREFIXES: Final = ("JJ", "CC", "GJ")
"""Two letters in the form of a National Insurance number that no number was ever given."""
_CHECK_LETTERS: Final = "ABCDEFGHKLRTVWXYZ"


class Attended(NamedTuple):
    """An earlier school; its dates are the fact's."""

    institution: int
    reason: str


class Reached(NamedTuple):
    """How the pupil is reached."""

    email: str | None
    phone: str | None


class Answer(NamedTuple):
    """A request for consent and what came of it; `by` is the guardian's id, None for the pupil."""

    purpose: str
    given: dt.date | None
    refused: dt.date | None
    by: int | None


class Intention(NamedTuple):
    """What a pupil means to do next, as the school's own fields hold it."""

    activity: str | None = None
    provider: str | None = None
    course: str | None = None
    level: str | None = None
    offer: bool | None = None
    refused: bool | None = None
    recorded: dt.date | None = None


def record(write: Recorder, draw: Random, identity: SchoolIdentity, pupil: Pupil, n: int, seat: Seat) -> None:
    """Record the background of the n-th pupil of a school."""
    _history(write, identity, pupil, n, seat)
    found = results(seat.age, draw)
    if found:
        write.note(pupil, "results", found, rows=len(found))
    _health(write, pupil, n, seat)
    _support(write, pupil, n, seat)
    if seat.age >= 11:  # noqa: PLR2004 - a secondary school gives its pupils an address
        phone = mobile(draw) if seat.age >= 14 and n % 3 == 0 else None  # noqa: PLR2004
        write.note(pupil, "reached", Reached(f"s{pupil.id}@pupils.example.org", phone))
    if seat.age >= 15 and n % 4:  # noqa: PLR2004 - entered for examinations
        write.note(pupil, "uci", uci(identity, pupil.id))
    _consents(write, pupil, n, seat)
    if seat.nc_year in {"11", "12", "13"} and n % 6 != 5:  # noqa: PLR2004 - one in six has not been asked
        write.note(pupil, "intention", _intention(n, seat), rows=len(Intention._fields))


def parent(draw: Random, who: Guardian, *, applied: bool) -> Guardian:
    """Add what a school knows of some parents: a middle name, a second number and, of applicants for meals, more."""
    who = who._replace(
        middle=draw.choice(("Jo", "Lee", "Anne Marie")) if draw.random() < 0.3 else None,  # noqa: PLR2004
        phone2=f"01632961{draw.randrange(1000):03d}" if draw.random() < 0.25 else None,  # noqa: PLR2004
    )
    if not applied or who.priority != 1 or draw.random() < 0.1:  # noqa: PLR2004 - one in ten applied elsewhere
        return who
    who = who._replace(dob=dt.date(1978, 1, 1) + dt.timedelta(days=draw.randrange(7300)))
    if draw.random() < 0.08:  # noqa: PLR2004 - supported as an asylum seeker
        return who._replace(nass=f"2503{draw.randrange(100_000):05d}")
    return who._replace(nino=f"{draw.choice(_PREFIXES)}{draw.randrange(1_000_000):06d}{draw.choice('ABCD')}")


def withdraw_consent(write: Recorder, pupils: Iterable[Pupil]) -> None:
    """Let the first pupil whose parent agreed to the dental survey be withdrawn from it."""
    for pupil in pupils:
        for fact in pupil.facts.get("answer", ()):
            if fact.value.purpose == DENTAL and fact.value.given and not fact.value.refused:
                write.edit(pupil, "answer", fact, value=fact.value._replace(refused=write.recorded))
                return


def uci(identity: SchoolIdentity, serial: int) -> str:
    """Make a candidate identifier: centre, board, year, serial, check letter (weights 16 down, modulus 17)."""
    body = f"5{identity.urn[-4:]}0{26:02d}{serial % 10_000:04d}"
    total = sum(weight * int(digit) for weight, digit in zip(range(16, 4, -1), body, strict=True))
    return body + _CHECK_LETTERS[total % 17]


def _history(write: Recorder, identity: SchoolIdentity, pupil: Pupil, n: int, seat: Seat) -> None:
    """Record the schools before: a primary school before a middle or upper one, and any school of who came late."""
    came_late = seat.entry.month != 9 or seat.entry > days.RECORDED  # noqa: PLR2004 - September
    began = dt.date(days.AGE_DAY.year - (seat.age - 4), 9, 3)
    if identity.phase in {"NS", "PR"} or not (came_late or identity.phase in {"MS", "SS"}) or began >= seat.entry:
        return
    last = seat.entry - dt.timedelta(days=1 if came_late else 44)
    secondary = dt.date(began.year + 7, 9, 3)
    if came_late and secondary < last:
        write.note(pupil, "attended", Attended(CASTLE_MOOR, "MOVED_SCHOOL"), secondary, last)
        last = secondary - dt.timedelta(days=44)
    if n % 4 == 1 and began < DELL_LANE_CLOSED:
        closed = min(last, DELL_LANE_CLOSED - dt.timedelta(days=42))
        write.note(pupil, "attended", Attended(DELL_LANE, "MOVED_SCHOOL"), began, closed)
        began = dt.date(2024, 9, 3)
    if began < last:
        write.note(pupil, "attended", Attended(WEAVERS_HILL, "MOVED_SCHOOL"), began, last)


def _health(write: Recorder, pupil: Pupil, n: int, seat: Seat) -> None:
    if n % 13 == 5:  # noqa: PLR2004 - one in thirteen
        write.note(pupil, "diet", _DIETS[n // 13 % len(_DIETS)], rows=2)
    if n % 17 == 6:  # noqa: PLR2004 - one in seventeen, and one of four of them long ago
        ended = dt.date(2026, 2, 2) if n // 17 % 4 == 3 else None  # noqa: PLR2004
        write.note(
            pupil, "medical", _CONDITIONS[n // 17 % len(_CONDITIONS)], min(seat.entry, dt.date(2025, 9, 3)), ended
        )
    if n % 29 == 7:  # noqa: PLR2004 - one in 29
        write.note(pupil, "impairment", _IMPAIRMENTS[n // 29 % len(_IMPAIRMENTS)])


def _support(write: Recorder, pupil: Pupil, n: int, seat: Seat) -> None:
    if n % 60 == 17:  # noqa: PLR2004 - one in sixty
        kind = ("CHILD_IN_NEED", "CHILD_PROTECTION_PLAN")[n // 60 % 2]
        write.note(pupil, "social_care", kind, max(seat.entry, dt.date(2026, 3, 9)))
    if n % 60 == 47:  # noqa: PLR2004 - had one, no longer
        write.note(pupil, "social_care", "CHILD_IN_NEED", dt.date(2025, 5, 1), dt.date(2026, 1, 30))
    if any(fact.value.category == "FSM_TARGETED" for fact in pupil.facts.get("fsm", ())):
        write.note(pupil, "premium", None, max(seat.entry, dt.date(2026, 4, 1)), dt.date(2027, 3, 31))


def _consents(write: Recorder, pupil: Pupil, n: int, seat: Seat) -> None:
    parents = pupil.facts.get("guardian", ())
    by = None if seat.age >= 16 or not parents else parents[0].id  # noqa: PLR2004 - answers for themselves
    answered = CONSENT_ASKED + dt.timedelta(days=1)
    if seat.age in _DENTAL_AGES:
        given, refused = {
            0: (None, answered),
            1: (None, None),
            2: (answered, CONSENT_WITHDRAWN),
        }.get(n % 8, (answered, None))  # fmt: skip
        write.note(pupil, "answer", Answer(DENTAL, given, refused, by))
    if n % 7 != 6:  # noqa: PLR2004 - one in seven did not answer
        yes = bool(n % 9)
        write.note(pupil, "answer", Answer(PHOTOGRAPHS, answered if yes else None, None if yes else answered, by))


def _intention(n: int, seat: Seat) -> Intention:
    refused = True if n % 9 == 4 else None  # noqa: PLR2004 - one in nine
    if n % 6 == 3:  # noqa: PLR2004 - one in six has only been asked about sharing
        return Intention(refused=bool(refused), recorded=dt.date(2026, 9, 4))
    plans = _LAST_PLANS if seat.nc_year == "13" else _PLANS
    activity, provider, course, level = plans[n % len(plans)]
    offer = None if activity == "UNDECIDED" else n % 4 != 1
    return Intention(activity, provider, course, level, offer, refused, dt.date(2026, 9, 4))
