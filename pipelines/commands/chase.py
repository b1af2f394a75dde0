"""Transfer files that wait for somebody: `waybill chase list|collected`.

Belongs here: parsing and presenting. What waits, and who may say that it was collected, is `pipelines.actions.chasing`.
"""

import typer

from pipelines.actions import chasing
from pipelines.commands.asking import As, Json, Waybill, context
from pipelines.screen import say, say_json
from schemas.wording import counted

chase = typer.Typer(
    no_args_is_help=True,
    help="Transfer files: which ones nobody has collected, and which must go soon (data manager, head, DPO).",
)


@chase.command("list")
def chase_list(actor: As = "", as_json: Json = False) -> None:
    """List the files handed over that no school has collected, and those not sent, by the day they are due."""
    found = chasing.chase(context(actor))
    if as_json:
        say_json(found)
        return
    for waits in found.uncollected:
        say(f"{waits.school} to {waits.destination}: handed over {counted(waits.days, 'day')} ago, not collected")
        say(f"Waybill {waits.waybill}", 2)
    for one in found.pending:
        told = "purged" if one.pupils is None else f"{counted(one.pupils, 'pupil')}"
        due = f"due {one.due}" if one.due else "due day not known: the school's terms end before it"
        late = f", LATE for {one.late}" if one.late else ""
        say(f"{one.school} to {one.destination}, {one.period}: {one.state}, {told}, {due}{late}", strong=bool(one.late))
    say(f"Not collected: {len(found.uncollected)}. Not sent: {len(found.pending)}.")


@chase.command("collected")
def chase_collected(waybill: Waybill, actor: As = "") -> None:
    """Say that the next school has collected a file. The record names you."""
    say(f"Recorded as collected: waybill {chasing.collected(context(actor), waybill)}")
