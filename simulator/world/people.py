"""Pupils as people: names, identifiers, homes and parents, recorded as facts.

Belongs here: what any pupil of any phase has. Eligibility, need and support are `support`, the sixth form is `post16`.
"""

import datetime as dt
from random import Random
from typing import Final

from simulator.world import background, names, roster
from simulator.world.facts import Address, Guardian, Person, Pupil, Recorder
from simulator.world.identifiers import Issuer

_LANGUAGES: Final = ("POL", "URD", "RMN", "PNJG", "SOM", "GUJ", "ARA", "POR", "CYM", "BNGS")
_ETHNICITIES: Final = ("WBRI", "WBRI", "WBRI", "WOTH", "APKN", "AIND", "BAFR", "MWBC", "WBRI", "CHNE", "WIRI", "BSOM")


def person(rng: Random, n: int, age: int) -> Person:
    """Draw who the n-th pupil of a school is."""
    sex = rng.choice("FM")
    surname, forename = names.surname(rng), names.forename(rng, sex)
    return Person(
        surname=surname,
        forename=forename,
        middle=rng.choice(names.MIDDLE) if n % 10 < 7 else None,  # noqa: PLR2004 - seven in ten
        preferred_surname=names.surname(rng) if n % 16 == 3 else None,  # noqa: PLR2004 - one in sixteen
        preferred_forename=forename.split("-")[0] if n % 12 == 5 else None,  # noqa: PLR2004 - one in twelve
        sex=sex,
        dob=roster.dob(age, rng),
    )


def language(n: int) -> str:
    """Return the first language of the n-th pupil: four in five speak English."""
    return "ENG" if n % 5 else _LANGUAGES[n // 5 % len(_LANGUAGES)]


def ethnicity(n: int) -> str:
    """Return the ethnicity of the n-th pupil."""
    return _ETHNICITIES[n % len(_ETHNICITIES)]


def upns(write: Recorder, issuer: Issuer, pupil: Pupil, n: int, dob: dt.date, entry: dt.date) -> None:
    """Record the pupil's UPN, and for one in fifteen the temporary one that it replaced."""
    year = min(dob.year + 4, 2026)
    if n % 15 != 4:  # noqa: PLR2004 - one in fifteen
        write.add(pupil, "upn", issuer.next_upn(year), entry)
        return
    found = entry + dt.timedelta(days=12)
    write.add(pupil, "upn", issuer.next_upn(year, temporary=True), entry, found - dt.timedelta(days=1))
    write.add(pupil, "upn", issuer.next_upn(year), found)


def former_surname(write: Recorder, rng: Random, pupil: Pupil, who: Person) -> None:
    """Record an earlier legal surname."""
    earlier = next(name for name in iter(lambda: names.surname(rng), None) if name != who.surname)
    write.add(pupil, "former_name", earlier, who.dob, dt.date(2026, 1, 15))


def address(rng: Random, la_number: str, n: int) -> Address:
    """Draw a home: two in three structured, the others as lines."""
    town, county = names.TOWNS[la_number]
    street, code = rng.choice(names.STREETS), names.postcode(rng, la_number)
    number = rng.randrange(1, 180)
    uprn = f"{10_000_000_000 + rng.randrange(90_000_000)}" if n % 8 else None
    if n % 3:
        line1 = f"Flat {n % 40 + 1}, {number}" if n % 9 == 1 else str(number)
        return Address(line1, street, names.LOCALITIES[n % 5] if n % 2 else None, town, county, code, uprn)
    if n % 6:
        return Address(
            rng.choice(names.HOUSES), f"{number} {street}", names.LOCALITIES[n % 5], town, county, code, uprn
        )
    return Address(f"{number} {street}", None, None, town, None, code, uprn)


def home_la(la_number: str, n: int) -> str:
    """Return the authority where the n-th pupil lives: for one in nineteen the neighbouring one."""
    return {"823": "826", "826": "823"}[la_number] if n % 19 == 4 else la_number  # noqa: PLR2004


def guardians(
    write: Recorder, draws: tuple[Random, Random], la_number: str, pupil: Pupil, n: int, surname: str
) -> None:
    """Record two parents or carers; one in seven has a home of their own, one in forty a court order.

    The first generator draws who they are, the second what no census asks of them.
    """
    rng, aside = draws
    entry = pupil.last("enrolment").start
    for priority, (title, sex, relationship) in enumerate((("Ms", "F", "PAM"), ("Mr", "M", "PAF")), start=1):
        own_surname = surname if rng.random() < 0.8 else names.surname(rng)  # noqa: PLR2004 - four in five
        apart = priority == 2 and n % 7 == 2  # noqa: PLR2004 - one in seven second parents
        note = "Court order: no contact details to be shared." if apart and n % 42 == 2 else None  # noqa: PLR2004
        forename = names.forename(rng, sex)
        who = Guardian(
            title,
            forename,
            own_surname,
            relationship,
            responsible=True,
            priority=priority,
            email=f"parent{pupil.id}.{priority}@example.org" if n % 11 else None,
            phone=names.mobile(rng),
            note=note,
            address=address(rng, la_number, n + 1) if apart else None,
        )
        write.add(pupil, "guardian", background.parent(aside, who, applied="fsm" in pupil.facts), entry)
