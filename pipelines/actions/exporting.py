"""Lineage: giving a catalogue what the ledger says of releases, as a file or to an endpoint.

Belongs here: the verb `lineage`, and what things are called outside. What the events say is `exports.open_lineage`.
"""

from typing import TYPE_CHECKING, Final

from exports.controller import load_controller
from exports.open_lineage import Names, names_of, run_events
from exports.signing import Role
from pipelines.actions.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from openlineage.client.event_v2 import RunEvent

MAY_EXPORT: Final = (Role.DATA_MANAGER, Role.DPO)
EXPORTED: Final = "lineage exported"


def lineage(ctx: Context, hand: "Callable[[RunEvent], None]", since: int = 0) -> tuple[int, int]:
    """Hand over the run events after an event of the ledger; returns how many, and the number to go on from.

    Raises LineageUndelivered, NotAllowed, ControllerUnreadable.
    """
    here = ctx.installation
    person = ctx.person("*", MAY_EXPORT)
    agreements = {one.id: one.agreement for one in here.trust.agreements if one.agreement is not None}
    last, count = here.ledger.head().seq, 0
    for event in run_events(here.ledger, here.vault, agreements, names(ctx), since):
        hand(event)
        count += 1
    here.ledger.append(EXPORTED, {"by": person.id, "events": count, "since": since, "until": last}, here.now())
    here.lodged.lodge(here.now())
    return count, last


def names(ctx: Context) -> Names:
    """Return what the trust and its systems are called outside."""
    trust = ctx.installation.trust
    website = load_controller(trust.folder).body.website
    return names_of(website, {urn: (one.mis.kind, one.mis.url) for urn, one in trust.schools.items()})
