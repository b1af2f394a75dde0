"""One school's pupils, made from its roster and its roles.

Belongs here: the order in which facts are recorded, and who is given which role. What each kind of fact holds is
`people`, `support`, `post16` and `events`; edits after census day are `timeline`.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple

from simulator.world import background, days, events, names, people, post16, roster, support
from simulator.world.facts import Counter, Details, Enrolment, Person, Pupil, Recorder, Year
from simulator.world.identifiers import Issuer
from simulator.world.roster import Seat
from simulator.world.schools import SchoolIdentity

YEARS: Final = {"2025/2026": days.LAST_YEAR, "2026/2027": days.THIS_YEAR}
SEPTEMBER_LEAVING: Final = dt.date(2026, 9, 18)
_STATUTORY: Final = range(5, 16)
_SIXTH_FORM: Final = {"12", "13", "14"}
_ROLES: Final = (
    "long name",
    "left care 0",
    "left care 1",
    "left care 2",
    "left care 3",
    "lunch",
    "suspended 0",
    "suspended 1",
    "main",
    "subsidiary",
    "elsewhere 0",
    "elsewhere 1",
    "elsewhere 2",
    "elsewhere 3",
)
_NURSERY_ROLES: Final = ("long name", "left care 0")
_BOARDERS: Final = ("6", "6", "7", "B", "6", "7")
_HAS_ULN: Final = {"MS", "SS", "AT", "SP", "PR"}
_HAS_YSSA: Final = {"MS", "SS", "AT", "SP", "PR"}


class Place(NamedTuple):
    """A pupil with the seat and the place in the roster that decide what the pupil has."""

    n: int
    seat: Seat
    pupil: Pupil


@dataclass(slots=True)
class Roll:
    """A school's pupils in the making.

    Attributes:
        identity: the school.
        index: its place in the trust.
        rng: everything that a census asks for is drawn from this generator, in order.
        aside: what no census asks for is drawn from this one.
        counter: ids and revisions.
        issuer: identifiers.
        places: pupils made so far.
        settled: places of pupils of statutory age who were on roll all the reported term.

    """

    identity: SchoolIdentity
    index: int
    rng: Random
    aside: Random
    counter: Counter
    issuer: Issuer
    places: list[Place] = field(default_factory=list)
    settled: list[Place] = field(default_factory=list)
    seen: set[tuple[object, ...]] = field(default_factory=set)


def build(identity: SchoolIdentity, index: int, seed: int) -> Roll:
    """Make every pupil that the school had recorded by the start of term, leavers and guests included."""
    rng = Random(f"{seed}:{identity.urn}")
    aside = Random(f"{seed}:{identity.urn}:aside")
    roll = Roll(identity, index, rng, aside, Counter(index), Issuer(index, identity.la_number))
    seats = roster.on_roll(identity, rng)
    settled = [n for n, seat in enumerate(seats) if _settled(identity, seat)]
    roles = _cast(settled, _NURSERY_ROLES if identity.phase == "NS" else _ROLES)
    write = Recorder(roll.counter, days.RECORDED)
    for seat in [*seats, *roster.leavers(identity, rng), *_september(identity, seats)]:
        add_pupil(roll, write, seat, roles.get(len(roll.places), ""))
    if identity.phase in {"PS", "MS", "SS", "AT"}:
        _guest(roll, write, seats[settled[0]])
    roll.settled = [roll.places[n] for n in settled]
    return roll


def add_pupil(roll: Roll, write: Recorder, seat: Seat, role: str = "", status: str | None = None) -> Place:
    """Record one pupil of a seat."""
    n, phase, pupil = len(roll.places), roll.identity.phase, write.pupil()
    place = Place(n, seat, pupil)
    roll.places.append(place)
    who = _person(roll, n, seat, role)
    _enrol(roll, write, place, role)
    write.add(pupil, "person", who)
    people.upns(write, roll.issuer, pupil, n, who.dob, seat.entry)
    if n % 30 == 8:  # noqa: PLR2004 - one in thirty
        people.former_surname(write, roll.rng, pupil, who)
    provision = support.sen(write, phase, pupil, n, seat.entry)
    support.free_meals(write, pupil, n, seat)
    support.care(write, pupil, n, roll.identity.la_number, seat.entry) if not role else _act(write, place, role, who)
    support.top_up(write, pupil, provision, n, seat.entry)
    write.add(pupil, "address", people.address(roll.rng, roll.identity.la_number, n), seat.entry, rows=3)
    people.guardians(write, (roll.rng, roll.aside), roll.identity.la_number, pupil, n, who.surname or "")
    details = _details(roll, write, place, who)
    _spells(roll, write, place, status or _status(roll.identity, place, role))
    if seat.nc_year in _SIXTH_FORM:
        details = _sixth_form(write, place, details)
    write.add(pupil, "details", details, rows=2)
    background.record(write, roll.aside, roll.identity, pupil, n, seat)
    return place


def _settled(identity: SchoolIdentity, seat: Seat) -> bool:
    ages = range(2, 4) if identity.phase == "NS" else _STATUTORY
    return seat.age in ages and seat.entry < days.SUMMER_TERM[0]


def _cast(settled: list[int], roles: tuple[str, ...]) -> Mapping[int, str]:
    """Spread the roles over the settled pupils, leaving those between them plain."""
    step = max(1, len(settled) * 2 // (3 * len(roles)))
    more = [f"suspended {k}" for k in range(2, len(settled) // 80)] if len(roles) > len(_NURSERY_ROLES) else []
    spare = [n for place, n in enumerate(settled) if place % step and place < step * len(roles)]
    return {**dict(zip(settled[::step], roles, strict=False)), **dict(zip(spare, more, strict=False))}


def _september(identity: SchoolIdentity, seats: list[Seat]) -> Iterator[Seat]:
    """Yield those who left in September: one of statutory age, and one from the sixth form."""
    groups = {seat.nc_year for seat in seats}
    top = max((seat for seat in seats if _settled(identity, seat)), key=lambda seat: seat.age)
    yield top._replace(leaving=SEPTEMBER_LEAVING)
    if identity.phase in {"SS", "AT"} and "12" in groups:
        yield Seat("12", 16, dt.date(2021, 9, 3), SEPTEMBER_LEAVING)


def _guest(roll: Roll, write: Recorder, like: Seat) -> None:
    add_pupil(roll, write, like._replace(entry=dt.date(2026, 9, 4)), status="G")


def _person(roll: Roll, n: int, seat: Seat, role: str) -> Person:
    while True:
        who = people.person(roll.rng, n, seat.age)
        key = (who.surname, who.forename, who.sex, who.dob)
        if key not in roll.seen:
            roll.seen.add(key)
            return who._replace(preferred_forename=names.SIXTY_LETTERS) if role == "long name" else who


def _enrol(roll: Roll, write: Recorder, place: Place, role: str) -> None:
    n, seat, pupil = place
    enrolment = Enrolment()
    if roll.identity.phase == "PR":
        reason = "EHC" if n % 5 == 0 else events.AP_REASONS[n % len(events.AP_REASONS)]
        enrolment = enrolment._replace(ap_reason=reason, previous_school=2 + n % 2)
    if seat.leaving is not None:
        reason, ground = _why_left(roll.identity, seat, n)
        destination, goes = _where_to(ground, n)
        enrolment = enrolment._replace(reason=reason, ground=ground, destination=destination, goes=goes)
        _farewell(roll, write, place)
    elif role.startswith("suspended"):
        events.suspend(write, pupil, n)
    write.add(pupil, "enrolment", enrolment, seat.entry, seat.leaving)


def _why_left(identity: SchoolIdentity, seat: Seat, n: int) -> tuple[str, str]:
    if _excluded(identity, n):
        return "PERMANENT_EXCLUSION", "o"
    if identity.phase == "NS":
        return "MOVED_SCHOOL", "b"
    if seat.age > 15:  # noqa: PLR2004 - over compulsory school age
        return "LEFT_EDUCATION", "l"
    if n % 11 == 6:  # noqa: PLR2004 - one in eleven
        return "MOVED_ABROAD", "g"
    return ("ELECTIVE_HOME_EDUCATION", "f") if n % 5 == 4 else ("MOVED_SCHOOL", "a")  # noqa: PLR2004


def _where_to(ground: str, n: int) -> tuple[int | None, str]:
    """Return the institution and the kind of destination; kind UNKNOWN is one that nobody recorded."""
    match ground:
        case "a":
            return background.RIDGEWAY if n % 4 == 1 else background.CASTLE_MOOR, "SCHOOL"
        case "b" if n % 2:
            return background.WEAVERS_HILL, "SCHOOL"
        case "f":
            return None, "HOME_EDUCATED"
        case "g":
            return None, "ABROAD"
        case "l" if n % 3:
            return (events.COLLEGE, "COLLEGE") if n % 3 == 1 else (None, "EMPLOYMENT")
    return None, "UNKNOWN"


def _excluded(identity: SchoolIdentity, n: int) -> bool:
    return identity.phase != "NS" and n == identity.pupils + 2


def _farewell(roll: Roll, write: Recorder, place: Place) -> None:
    """Give the first leavers what the section on pupils no longer on roll has to show."""
    n, seat, pupil = place
    match n - roll.identity.pupils:
        case _ if roll.identity.phase == "NS" or seat.leaving is None:
            return
        case 0:
            events.place_elsewhere(write, pupil, 1, last=dt.date(2026, 6, 11))
        case 1:
            events.place_elsewhere(write, pupil, 0, last=dt.date(2026, 6, 12))
        case 2:
            events.exclude(write, pupil, seat.leaving)
        case 3:
            events.suspend(write, pupil, 2)


def _act(write: Recorder, place: Place, role: str, who: Person) -> None:
    name, _, number = role.rpartition(" ")
    match name or role:
        case "left care":
            events.left_care(write, place.pupil, _care_kind(int(number), who), who.dob, place.seat.entry)
        case "elsewhere":
            events.place_elsewhere(write, place.pupil, int(number))
        case "":
            pass
    if role == "lunch":
        events.suspend_at_lunch(write, place.pupil)
        events.suspend(write, place.pupil, place.n)


def _care_kind(number: int, who: Person) -> int:
    return 4 if who.dob < events.RESIDENCE_UNTIL and number == 3 else number  # noqa: PLR2004 - an older pupil's is R


def _status(identity: SchoolIdentity, place: Place, role: str) -> str:
    if role in {"main", "subsidiary"}:
        return {"main": "M", "subsidiary": "S"}[role]
    if identity.phase in {"SS", "AT"} and place.seat.nc_year == "12" and place.seat.leaving is None:
        return {1: "F", 3: "O"}.get(place.n % 40, "C")
    return "C"


def _details(roll: Roll, write: Recorder, place: Place, who: Person) -> Details:
    n, seat, pupil = place
    phase = roll.identity.phase
    details = Details(
        uln=roll.issuer.next_uln() if phase in _HAS_ULN and seat.age >= 13 else None,  # noqa: PLR2004 - from year 9
        nhs_number=roll.issuer.next_nhs_number() if n % 5 else None,
        ethnicity=people.ethnicity(n),
        language=people.language(n),
        yssa=("Yes", "Yes", "Yes", "No", "UNS", "SNR")[n % 6] if phase in _HAS_YSSA and seat.age >= 11 else None,  # noqa: PLR2004
        service=support.service(write, pupil, n, seat),
        ethnicity_source="CPPPST"[n % 6],
        home_la=people.home_la(roll.identity.la_number, n),
    )
    return support.early_years(write, pupil, details, n, seat, who.dob)


def _spells(roll: Roll, write: Recorder, place: Place, status: str) -> None:
    """Record the academic years, and the nights of boarders."""
    n, seat, pupil = place
    pattern = "MORNINGS" if seat.age < 4 and n % 3 == 0 else "FULL_TIME"  # noqa: PLR2004 - nursery
    old = seat.leaving is not None and seat.leaving < days.THIS_YEAR[0]
    for code, (first, last) in YEARS.items():
        start, end = max(seat.entry, first), min(seat.leaving or last, last)
        if start <= end:
            this = code == "2026/2027"
            group = seat.nc_year if this or old else roster.before(seat.nc_year)
            write.add(pupil, "year", _year(roll.identity, place, code, group, status, pattern), start, end)
    if roll.identity.phase == "SP" and n % 20 == 13 and seat.leaving is None:  # noqa: PLR2004 - one in twenty boards
        write.add(pupil, "boarding", _BOARDERS[n // 20 % len(_BOARDERS)], seat.entry)


def _year(
    identity: SchoolIdentity, place: Place, code: str, group: str, status: str, pattern: str,
) -> Year:  # fmt: skip
    parallel = max(1, identity.pupils // len(roster.years(identity)) // 30)
    nc_year = "X" if identity.phase == "SP" and place.n % 12 == 4 else group  # noqa: PLR2004 - some follow no year
    hours = post16.hours(place.n, _course(place)) if group in _SIXTH_FORM and nc_year != "X" else None
    return Year(code, nc_year, f"{group}{'ABCDEFGH'[place.n % parallel % 8]}", status, pattern, hours)


def _course(place: Place) -> str:
    """Return what a student takes; who left in September had begun a T level."""
    gone = place.seat.leaving == SEPTEMBER_LEAVING
    return "TLEVEL" if gone else post16.course(place.n, place.seat.nc_year)


def _sixth_form(write: Recorder, place: Place, details: Details) -> Details:
    n, seat, pupil = place
    if pupil.last("year").value.nc_year == "X":
        return details
    old = seat.leaving is not None and seat.leaving < days.THIS_YEAR[0]
    second = old or seat.nc_year != "12"
    chosen = _course(place)
    start = max(seat.entry, dt.date(2025, 9, 3) if second else dt.date(2026, 9, 2))
    if old and seat.leaving is not None:
        start = dt.date(2024, 9, 4)
        post16.study(
            write, pupil, chosen, max(seat.entry, start), min(seat.leaving, dt.date(2026, 7, 10)), "COMPLETED", n
        )
    elif seat.leaving is not None:
        post16.study(write, pupil, chosen, start, seat.leaving, "WITHDRAWN", n)
    elif n % 45 in {7, 22} and not second:  # changed course in the first weeks
        how = "WITHDRAWN" if n % 2 else "TRANSFERRED"
        post16.study(write, pupil, "TFOUNDATION", start, dt.date(2026, 9, 11), how, n)
        post16.study(write, pupil, "STUDY", dt.date(2026, 9, 14), n=n)
    else:
        post16.study(write, pupil, chosen, start, n=n)
    return post16.prior(details, n, second_year=second, chosen=chosen)
