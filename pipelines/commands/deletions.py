"""What suppliers were asked to delete, and have confirmed: `waybill deletions list|confirm`.

Belongs here: parsing and presenting. What a request is, is `exports.deletions`; a request leaves as every file does.
"""

from typing import Annotated

import typer

from pipelines.actions import deletions as following
from pipelines.commands.asking import As, Json, Waybill, context
from pipelines.exit_codes import HELD
from pipelines.screen import SHOWN_HASH, say, say_json

deletions = typer.Typer(
    no_args_is_help=True,
    help="Requests to suppliers to delete pupils who have left, up to their confirmation (data manager, DPO).",
)


@deletions.command("list")
def deletions_list(
    everything: Annotated[bool, typer.Option("--all", help="Confirmed ones too.")] = False,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """List the requests that wait for a confirmation. Exit code 3 when one is overdue."""
    asked = following.asked(context(actor))
    if as_json:
        say_json(asked)
    else:
        _say(asked, everything=everything)
    if asked.overdue:
        raise typer.Exit(HELD)


@deletions.command("confirm")
def deletions_confirm(
    waybill: Waybill,
    reference: Annotated[str, typer.Option(prompt="The supplier's reference", help="Of the supplier's confirmation.")],
    actor: As = "",
) -> None:
    """Record that the supplier has confirmed a request: everybody in it is deleted there."""
    if following.confirm(context(actor), waybill, reference):
        say("Recorded. The ledger says that you recorded it and under which reference.")
    else:
        say("It was recorded before. Nothing was changed.")


def _say(asked: following.Asked, *, everything: bool) -> None:
    for one in asked.requests:
        if one.confirmed is not None and not everything:
            continue
        late = ", OVERDUE" if one.waybill in asked.overdue else ""
        state = f"confirmed {one.confirmed.on}, {one.confirmed.reference}" if one.confirmed else f"due {one.due}{late}"
        say(f"{one.school}  {one.recipient}: {one.pupils} pupils, asked {one.asked_on}, {state}")
        say(f"{one.agreement}, {one.period}, waybill {one.waybill[:SHOWN_HASH]}", 8)
    waiting = sum(one.confirmed is None for one in asked.requests)
    say(f"Waiting for a confirmation: {waiting}, overdue: {len(asked.overdue)}.")
    if asked.unasked:
        say(
            f"No request is ever made to the suppliers of: {', '.join(asked.unasked)}. Their agreements should say why."
        )
    if waiting:
        say("Next, when a supplier has confirmed: waybill deletions confirm WAYBILL --reference THEIRS")
