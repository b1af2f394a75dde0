"""The seven invented schools of the demo trust: who they are, never who attends them.

Belongs here: constants that the deployment data of the demo repeats. URNs are above any that GIAS has given out;
LA numbers are real in form, establishment numbers follow the usual ranges. SCHOOL_TYPE codes are members of the
codeset whose meanings are not public, so they show form, not fact.
"""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class SchoolIdentity:
    """One school.

    Attributes:
        urn: six digits.
        la_number: three digits.
        estab: four digits, unique in the LA.
        name: its name.
        phase: codeset PHASE.
        school_type: codeset SCHOOL_TYPE.
        intake: codeset INTAKE.
        governance: codeset GOVERNANCE.
        establishment: "academy" or "maintained", which decides the legal gateways.
        lowest_nc_year: codeset NCYEAR.
        highest_nc_year: codeset NCYEAR.
        email: the monitored mailbox.
        phone: digits only.
        ukprn: eight digits beginning 1.
        application_id: what the MIS calls the connection.
        secret: the demo password of that connection; guards nothing but invented people.
        pupils: number on roll when no scale is given.

    """

    urn: str
    la_number: str
    estab: str
    name: str
    phase: str
    school_type: str
    intake: str
    governance: str
    establishment: str
    lowest_nc_year: str
    highest_nc_year: str
    email: str
    phone: str
    ukprn: str
    application_id: str
    secret: str
    pupils: int


@dataclass(frozen=True, slots=True)
class Scale:
    """How big a trust to make.

    Attributes:
        schools: how many; the first seven are the demo's, later ones repeat four mainstream phases.
        pupils: on roll per school; None keeps each demo school's own number.

    """

    schools: int = 7
    pupils: int | None = None


def _school(  # noqa: PLR0913, PLR0917 - one argument per column of the table below
    urn: str, la: str, estab: str, name: str, slug: str, phase: str, school_type: str, intake: str,
    governance: str, low: str, high: str, pupils: int,
) -> SchoolIdentity:  # fmt: skip
    return SchoolIdentity(
        urn=urn, la_number=la, estab=estab, name=name, phase=phase, school_type=school_type, intake=intake,
        governance=governance, establishment="academy" if governance == "CA" else "maintained",
        lowest_nc_year=low, highest_nc_year=high, email=f"office@{slug}.example.org",
        phone=f"01632960{urn[-3:]}", ukprn=f"10{urn}", application_id=f"demo-{urn}", secret=f"demo-secret-{urn}",
        pupils=pupils,
    )  # fmt: skip


DEMO_SCHOOLS: Final[tuple[SchoolIdentity, ...]] = (
    _school(
        "900001",
        "823",
        "1009",
        "Larkfield Nursery School",
        "larkfield",
        "NS",
        "01",
        "COMP",
        "CO",
        "E1",
        "N2",
        120,
    ),
    _school(
        "900002",
        "823",
        "2909",
        "Oakmere Primary Academy",
        "oakmere",
        "PS",
        "49",
        "COMP",
        "CA",
        "N1",
        "6",
        420,
    ),
    _school(
        "900003",
        "823",
        "4609",
        "Thornbeck Middle Academy",
        "thornbeck",
        "MS",
        "49",
        "COMP",
        "CA",
        "5",
        "8",
        420,
    ),
    _school(
        "900004",
        "823",
        "4909",
        "Ashdown Vale Academy",
        "ashdownvale",
        "SS",
        "49",
        "COMP",
        "CA",
        "7",
        "14",
        720,
    ),
    _school(
        "900005",
        "826",
        "6909",
        "Millbrook All-through Academy",
        "millbrook",
        "AT",
        "49",
        "COMP",
        "CA",
        "N1",
        "14",
        640,
    ),
    _school(
        "900006",
        "826",
        "7909",
        "Fernlea Special Academy",
        "fernlea",
        "SP",
        "49",
        "SPEC",
        "CA",
        "N1",
        "14",
        160,
    ),
    _school(
        "900007",
        "826",
        "1109",
        "Harbour Bridge AP Academy",
        "harbourbridge",
        "PR",
        "49",
        "COMP",
        "CA",
        "1",
        "11",
        120,
    ),
)
"""One school of every census phase that a trust can hold but the middle deemed primary."""

MIDDLE_DEEMED_PRIMARY: Final = _school(
    "900099",
    "823",
    "2999",
    "Coldwell Middle Academy",
    "coldwell",
    "MP",
    "49",
    "COMP",
    "CA",
    "4",
    "7",
    60,
)
"""The phase that the demo trust lacks, for tests of every phase."""


DEMO: Final = Scale()
TINY: Final = Scale(pupils=30)
BENCH: Final = Scale(schools=25, pupils=1000)

_REPEATED: Final = tuple(school for school in DEMO_SCHOOLS if school.phase in {"PS", "MS", "SS", "AT"})


def identities(scale: Scale = DEMO) -> tuple[SchoolIdentity, ...]:
    """Return the schools of a trust of that scale, each with its number of pupils."""
    more = (_repeat(_REPEATED[n % len(_REPEATED)], n) for n in range(max(0, scale.schools - len(DEMO_SCHOOLS))))
    schools = (*DEMO_SCHOOLS, *more)[: scale.schools]
    return tuple(replace(school, pupils=scale.pupils or school.pupils) for school in schools)


def _repeat(school: SchoolIdentity, n: int) -> SchoolIdentity:
    urn = str(900_008 + n)
    return replace(
        school,
        urn=urn,
        estab=f"{int(school.estab[0])}{800 + n}",
        name=f"{school.name.removesuffix(' Academy')} {urn[-2:]} Academy",
        email=f"office@school-{urn}.example.org",
        phone=f"01632960{urn[-3:]}",
        ukprn=f"10{urn}",
        application_id=f"demo-{urn}",
        secret=f"demo-secret-{urn}",
    )
