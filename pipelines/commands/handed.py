"""Files that a person sends on: `waybill handed list|sent|confirmed`.

Belongs here: parsing and presenting. What the records mean is `pipelines.actions.handing`.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from exports import vocabularies as words
from exports.handovers import HandOver
from pipelines.actions import handing
from pipelines.commands.asking import As, Json, Waybill, context
from pipelines.exit_codes import HELD
from pipelines.screen import SHOWN_HASH, say, say_json

handed = typer.Typer(
    no_args_is_help=True,
    help="Files that a person sends on (COLLECT, S2S, a portal, mail): what waits, who sent it, who confirmed it.",
)

Reference = Annotated[str, typer.Option(help="The other side's reference: letters, digits and . / _ - only.")]
On = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today if left out.")]


@handed.command("list")
def handed_list(
    everything: Annotated[bool, typer.Option("--all", help="Confirmed ones too.")] = False,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """List files that wait to be sent on or confirmed. Exit code 3: one is overdue."""
    ctx = context(actor)
    today = ctx.installation.today()
    found = [one for one in handing.listed(ctx) if everything or one.confirmed is None]
    overdue = [one for one in found if one.overdue(today)]
    if as_json:
        say_json(found)
    else:
        for one in found:
            _say(one, today)
        say(f"Handed over: {len(found)}, of which {len(overdue)} should have been confirmed by now.")
    if overdue:
        raise typer.Exit(HELD)


@handed.command("sent")
def handed_sent(
    waybill: Waybill,
    file: Annotated[Path | None, typer.Option(help="The file you sent, if it is not the outbox's.")] = None,
    reference: Reference = "",
    on: On = None,
    actor: As = "",
) -> None:
    """Say that you have sent a file on. It is hashed: another file than the one handed over is refused."""
    ctx = context(actor)
    day = on.date() if on else ctx.installation.today()
    release = handing.sent(ctx, waybill, file=file, reference=reference, on=day)
    say(f"Recorded: waybill {release.waybill[:SHOWN_HASH]} was sent on, and what was sent is what was signed.")


@handed.command("confirmed")
def handed_confirmed(waybill: Waybill, reference: Reference = "", on: On = None, actor: As = "") -> None:
    """Say that the other side has confirmed a file. The copy in the outbox is removed."""
    ctx = context(actor)
    day = on.date() if on else ctx.installation.today()
    removed = handing.confirmed(ctx, waybill, reference=reference, on=day)
    say("Recorded as confirmed." + (" The copy in the outbox is removed." if removed else ""))


def _say(one: HandOver, today: dt.date) -> None:
    way = words.CHANNELS.get(one.channel, "a person")
    say(f"{one.school}  {one.agreement}, {one.period}, by {way}{', ' + one.address if one.address else ''}")
    say(f"Waybill {one.waybill[:SHOWN_HASH]}, handed over {one.handed_over:%Y-%m-%d}", 8)
    if one.confirmed is not None:
        say(f"Confirmed {one.confirmed.on}, recorded by {one.confirmed.by} {one.confirmed.reference}".rstrip(), 8)
        return
    if one.sent_on is None:
        say("Nobody has recorded that it was sent on", 8)
    else:
        say(f"Sent on {one.sent_on.on} by {one.sent_on.by} {one.sent_on.reference}".rstrip(), 8)
    if one.overdue(today):
        say(f"OVERDUE: to be confirmed by {one.due}", 8, strong=True)
