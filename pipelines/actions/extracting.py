"""Extract: what would be asked of a school's MIS for a period, and what the MIS lets this application read of it.

Belongs here: the two verbs `planned` and `probed`. Neither reads a pupil: a plan asks for nothing, and a probe looks at
which properties one row of each list has. Reading is part of `preparing`.
"""

from dataclasses import dataclass

from assets.feeds import takings
from assets.partitions import Slot
from assets.plan import Loss, Use, census_plan, census_uses, feed_plan, feed_uses, losses
from connectors.availability import Asked, Grant
from connectors.mis import Plan
from exports.signing import Role
from pipelines.actions.context import Context
from schemas.census.collection import COLLECTIONS, collection
from schemas.deployment import CalendarGap

_MAY: tuple[Role, ...] = (Role.DATA_MANAGER, Role.HEAD, Role.DPO)


@dataclass(frozen=True)
class Planned:
    """What would be asked.

    Attributes:
        school: URN.
        period: of what.
        kind: of MIS.
        door: the way in that the school chose.
        asked: entities and properties.
        uses: what each agreement, or each block of the return, needs.

    """

    school: str
    period: str
    kind: str
    door: str
    asked: Asked
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Probed:
    """What may be read.

    Attributes:
        planned: what would be asked.
        refused: entities that are not granted at all.
        doors: how many entities are read by which door.
        losses: what each use would be without.
        notes: what else a person should know.

    """

    planned: Planned
    refused: tuple[str, ...]
    doors: dict[str, int]
    losses: tuple[Loss, ...]
    notes: tuple[str, ...]


def planned(ctx: Context, urn: str, period: str) -> Planned:
    """Say what would be asked, from the agreements and the collection of the period, without asking.

    Raises:
        CalendarGap: nothing is due then.
        NotAllowed: the actor has no role at the school.
        TrustFolderFault: the trust has no such school.

    """
    school = ctx.installation.trust.school(urn)
    ctx.person(urn, _MAY)
    plan, uses = _wanted(ctx, urn, period)
    asked = ctx.installation.connect(school).asked(plan)
    return Planned(urn, period, school.mis.kind, school.mis.door, asked, uses)


def probed(ctx: Context, urn: str, period: str) -> Probed:
    """Ask the MIS for one row of each list of the plan, and say what each use would be without.

    Raises what `planned` raises, and what `Mis.probe` raises.
    """
    what = planned(ctx, urn, period)
    plan, uses = _wanted(ctx, urn, period)
    found = ctx.installation.connect(ctx.installation.trust.school(urn)).probe(plan)
    refused = sorted(entity for (entity, name), grant in found.grants.items() if not name and grant is Grant.ABSENT)
    counted = {door: list(found.doors.values()).count(door) for door in sorted(set(found.doors.values()))}
    return Probed(what, tuple(refused), counted, losses(uses, what.asked.origins, found.grants), found.notes)


def _wanted(ctx: Context, urn: str, period: str) -> tuple[Plan, tuple[Use, ...]]:
    trust = ctx.installation.trust
    if period in COLLECTIONS:
        plan = census_plan(collection(period), trust.mis_flags)
        return plan, census_uses(plan)
    due = takings(trust, Slot(urn, period))
    if not due:
        message = f"The calendar has no feed for school {urn} in {period}. Choose another period."
        raise CalendarGap(message)
    return feed_plan(due, trust.mis_flags), feed_uses(due, trust.mis_flags)
