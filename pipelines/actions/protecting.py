"""Setting records apart: the protection register, for heads and Data Protection Officers.

Belongs here: the verbs `protect`, `unprotect` and `protected`, and who may use them. What is kept, and that the ledger
never says whose record it is, is `exports.protection`.
"""

from typing import Final

from exports import protection
from exports.protection import Record
from exports.signing import Role
from pipelines.actions.context import Context

MAY_PROTECT: Final = (Role.HEAD, Role.DPO)
LISTED: Final = "protection register listed"


def protect(ctx: Context, school: str, pupil_id: str | None, upn: str | None) -> bool:
    """Set a record apart; False when it is already.

    Files of the school that wait to be sent must be prepared and signed again.
    """
    here = ctx.installation
    here.trust.school(school)
    person = ctx.person(school, MAY_PROTECT)
    changed = protection.add(here.ledger, here.vault, here.pupils, Record(school, pupil_id, upn, person.id, here.now()))
    here.lodged.lodge(here.now())
    return changed


def unprotect(ctx: Context, school: str, pupil_id: str | None, upn: str | None) -> bool:
    """Take a record out of the register as it was put in; False when it is not in it."""
    here = ctx.installation
    person = ctx.person(school, MAY_PROTECT)
    changed = protection.remove(
        here.ledger, here.vault, urn=school, pupil_id=pupil_id, upn=upn, by=person.id, at=here.now()
    )
    here.lodged.lodge(here.now())
    return changed


def protected(ctx: Context) -> tuple[Record, ...]:
    """Return the records of the schools whose register the actor may see. That it was looked at is recorded."""
    here = ctx.installation
    allowed = ctx.schools(MAY_PROTECT)
    here.ledger.append(LISTED, {"by": ctx.actor}, here.now())
    here.lodged.lodge(here.now())
    return tuple(one for one in protection.records(here.ledger, here.vault) if one.urn in allowed)
