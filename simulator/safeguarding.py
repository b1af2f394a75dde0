"""What the demo trust's safeguarding lead does first: confirm the register, and decide on pupils with a court order.

Belongs here: the lead's part of a deployment. The world's MIS has access notes on some second parents; returns that the
law asks for are held for each such pupil until somebody has decided.
"""

from typing import Final

from exports.protection_log import Ruling, confirmed
from pipelines.actions import deciding
from pipelines.actions.context import Context
from simulator.world.facts import Guardian, Pupil
from simulator.world.trust import School, Trust

LEAD: Final = "ruth"
_NOTED: Final = "court_order"
_WHY: Final = "The order is about one parent's contact with the child; the law asks for this return in full."


def safeguard(ctx: Context, world: Trust) -> None:
    """Confirm the register for the clock's term, and decide once for all pupils with an access note."""
    here = ctx.installation
    schools = [school for school in world.schools if school.urn in here.trust.schools]
    if all(confirmed(here.ledger, school.urn, here.today()) for school in schools):
        return
    for compiled in here.trust.agreements:
        agreement = compiled.agreement
        if agreement is None or agreement.protection[_NOTED].name != "held":
            continue
        for school in schools:
            pupils = _noted(school)
            if pupils and agreement.covers(school.urn):
                deciding.decide(ctx, agreement.id, school.urn, pupils, Ruling.SEND, _WHY, [_NOTED])
    deciding.confirm(ctx)


def _noted(school: School) -> list[str]:
    """Pupils with an access note, and those with no contact, of whom nobody can say that there is none."""
    return [str(pupil.id) for pupil in school.pupils if _is_noted(pupil)]


def _is_noted(pupil: Pupil) -> bool:
    guardians: list[Guardian] = [fact.value for fact in pupil.facts.get("guardian", ())]
    return not guardians or any(one.note is not None for one in guardians)
