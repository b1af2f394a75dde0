"""Chase: transfer files that wait for somebody, and marking one as collected.

Belongs here: who may ask, and of which schools. What waits is `exports.chasing`.
"""

from dataclasses import dataclass
from typing import Final

from exports.chasing import PUPILS, Pending, Uncollected, collect, pending, uncollected
from exports.signing import Role
from pipelines.actions.context import Context
from schemas.feeds import DATASETS

MAY_CHASE: Final = (Role.DATA_MANAGER, Role.HEAD, Role.DPO)


@dataclass(frozen=True, slots=True)
class Chase:
    """What waits: files that nobody has collected, and files that have not gone."""

    uncollected: tuple[Uncollected, ...]
    pending: tuple[Pending, ...]


def chase(ctx: Context) -> Chase:
    """List what waits at the actor's schools. Raises NotAllowed."""
    here = ctx.installation
    agreements, schools = _agreements(ctx), ctx.schools(MAY_CHASE)
    return Chase(
        uncollected(here.ledger, agreements, schools, here.now()),
        pending(here.ledger, here.vault, agreements, schools, here.today()),
    )


def collected(ctx: Context, waybill: str) -> str:
    """Record that the next school has collected a file; returns its whole waybill.

    Raises NotNamed, NotAllowed, NotToCollect.
    """
    here = ctx.installation
    release = ctx.named(waybill)
    person = ctx.person(release.slot.school, MAY_CHASE)
    collect(here.ledger, release, _agreements(ctx), person.id, here.now())
    here.lodged.lodge(here.now())
    return release.waybill


def _agreements(ctx: Context) -> frozenset[str]:
    """Ids of the agreements that transfer files go under."""
    of_transfers = {name for name, dataset in DATASETS.items() if any(one.name == PUPILS for one in dataset.tables)}
    compiled = ctx.installation.trust.agreements
    return frozenset(one.id for one in compiled if one.agreement and one.agreement.dataset in of_transfers)
