"""Following up requests for deletion: the verbs `asked` and `confirm`, and who may.

Belongs here: who may see and confirm. What a request is, and what is recorded, is `exports.deletions`.
"""

from dataclasses import dataclass
from typing import Final

from exports import deletions
from exports.deletions import Request
from exports.signing import Role
from pipelines.actions.context import Context
from schemas.feeds import DATASETS

MAY_FOLLOW_UP: Final = (Role.DATA_MANAGER, Role.DPO)


@dataclass(frozen=True, slots=True)
class Asked:
    """The requests of the schools an actor may see.

    Attributes:
        requests: oldest first.
        overdue: waybills of those that should have been confirmed by now.
        unasked: agreements with a processor that holds pupils and is asked for no deletion under any agreement.

    """

    requests: tuple[Request, ...]
    overdue: tuple[str, ...]
    unasked: tuple[str, ...]


def asked(ctx: Context) -> Asked:
    """Return what suppliers were asked to delete, and what of it is overdue."""
    here = ctx.installation
    schools = ctx.schools(MAY_FOLLOW_UP)
    found = tuple(one for one in deletions.requests(here.ledger, here.vault) if one.school in schools)
    late = tuple(one.waybill for one in found if one.overdue(here.today()))
    return Asked(found, late, _unasked(ctx))


def confirm(ctx: Context, start: str, reference: str) -> bool:
    """Record a supplier's confirmation of the request whose waybill begins so; False when it is recorded already."""
    here = ctx.installation
    release = ctx.named(start)
    person = ctx.person(release.slot.school, MAY_FOLLOW_UP)
    changed = deletions.confirm(here.ledger, here.vault, release.waybill, reference, by=person.id, at=here.now())
    here.lodged.lodge(here.now())
    return changed


def _unasked(ctx: Context) -> tuple[str, ...]:
    known = [one.agreement for one in ctx.installation.trust.agreements if one.agreement is not None]
    processors = [one for one in known if one.recipient.role == "processor"]
    followed = {one.recipient.id for one in processors if _of_known(one.dataset)}
    return tuple(one.id for one in processors if one.recipient.id not in followed)


def _of_known(dataset: str) -> bool:
    return dataset in DATASETS and DATASETS[dataset].of_known
