"""Requests of pupils and parents: entering one, checking who asks, its clock, and every step until it is answered.

Belongs here: the verbs `receive`, `check`, `step`, `standing` and who may use them. What a request must say is
`exports.rights`; what an access report holds, `pipelines.actions.accessing`; who must be told of a correction or
erasure, `pipelines.actions.recipients`.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from exports import rights
from exports.rights import Asked, Checks, Request, RequestUnfit, Right, Step
from exports.rights_clock import Clock
from exports.signing import Role
from pipelines.actions.context import Context

MAY_RECEIVE: Final = (Role.DATA_MANAGER, Role.HEAD, Role.DPO)
MAY_ANSWER: Final = (Role.DPO,)
BY_THE_OFFICER: Final = frozenset({Step.EXTENDED, Step.EXEMPTED, Step.ANSWERED, Step.REFUSED})


@dataclass(frozen=True, slots=True)
class Named:
    """Which pupil is meant: UPNs, and ids of the school's MIS."""

    school: str
    upns: tuple[str, ...] = ()
    pupil_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A request with its clock, as on the day; `late` when its day has passed and nobody has answered."""

    request: Request
    clock: Clock
    late: bool


def receive(ctx: Context, right: Right, named: Named, asked: Asked, received: dt.date) -> int:
    """Enter a request about one pupil; returns its number. A pupil whom nothing is known of can be asked about too.

    Raises RequestUnfit, NotAllowed, TrustFolderFault.
    """
    here = ctx.installation
    here.trust.school(named.school)
    person = ctx.person(named.school, MAY_RECEIVE)
    number = rights.receive(
        here.ledger, here.vault, right, asked, refs_of(ctx, named),
        school=named.school, received=received, by=person.id, at=here.now(),
    )  # fmt: skip
    here.lodged.lodge(here.now())
    return number


def refs_of(ctx: Context, named: Named) -> tuple[bytes, ...]:
    """Return every reference that the trust knows the pupil by. Raises RequestUnfit when the pupil is not named."""
    if not named.upns and not named.pupil_ids:
        message = "name the pupil with --upn, --pupil or both"
        raise RequestUnfit(message)
    pupils = ctx.installation.pupils
    own = [pupils.by_id(named.school, pupil_id) for pupil_id in named.pupil_ids]
    found = [key.ref for key in own if key is not None]
    found += [ref for upn in named.upns for ref in pupils.by_upn(upn)]
    return tuple(dict.fromkeys(found))


def check(ctx: Context, number: int, checks: Checks, on: dt.date) -> None:
    """Record who asks, why they may, the child's capacity and views, and court orders.

    Raises RequestUnfit, RequestUnknown, NotAllowed.
    """
    here = ctx.installation
    found = rights.request(here.ledger, here.vault, number)
    person = ctx.person(found.school, MAY_RECEIVE)
    rights.check(here.ledger, here.vault, number, checks, by=person.id, on=on, at=here.now())
    here.lodged.lodge(here.now())


def step(ctx: Context, number: int, taken: Step, *, words: str, on: dt.date, named: str = "") -> Standing:
    """Record a step; what ends or lengthens a request is the Data Protection Officer's. Returns where it stands now.

    Raises RequestUnfit, RequestUnknown, RequestNotReady, NotAllowed.
    """
    here = ctx.installation
    found = rights.request(here.ledger, here.vault, number)
    person = ctx.person(found.school, MAY_ANSWER if taken in BY_THE_OFFICER else MAY_RECEIVE)
    if taken is Step.ANSWERED:
        rights.ready(found)
    rights.step(here.ledger, here.vault, number, taken, words=words, by=person.id, on=on, at=here.now(), named=named)
    here.lodged.lodge(here.now())
    return _standing(ctx, rights.request(here.ledger, here.vault, number))


def standing(ctx: Context, number: int) -> Standing:
    """Return one request of a school of the actor's. Raises RequestUnknown, NotAllowed."""
    found = rights.request(ctx.installation.ledger, ctx.installation.vault, number)
    ctx.person(found.school, MAY_RECEIVE)
    return _standing(ctx, found)


def standings(ctx: Context, *, ended: bool = False, most: int | None = None) -> tuple[Standing, ...]:
    """Return the requests of the actor's schools, the first to fall due first; ended ones only when asked for."""
    here, schools = ctx.installation, ctx.schools(MAY_RECEIVE)
    found = rights.requests(here.ledger, here.vault, schools=schools, ended=ended, most=most)
    theirs = [_standing(ctx, one) for one in found]
    return tuple(sorted(theirs, key=lambda one: (one.clock.due is None, one.clock.due or one.request.received)))


def _standing(ctx: Context, found: Request) -> Standing:
    here = ctx.installation
    school = here.trust.school(found.school)
    clock = found.clock(school.years, here.trust.educational_record_days)
    return Standing(found, clock, found.ended is None and clock.overdue(here.today()))
