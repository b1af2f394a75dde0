"""Complaints about data protection: `waybill complaints open|step|list`.

Belongs here: parsing and presenting. Who may, and what is kept, is `pipelines.actions.complaining`.
"""

import datetime as dt
from typing import Annotated

import typer

from exports.complaints import ComplaintStep
from pipelines.actions import complaining
from pipelines.actions.complaining import Standing
from pipelines.commands.asking import As, Json, School, context
from pipelines.screen import say, say_json

complaints = typer.Typer(
    no_args_is_help=True, help="Complaints about data protection: acknowledged within thirty days, then answered."
)

On = Annotated[dt.datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day; otherwise today.")]


@complaints.command("open")
def complaints_open(
    school: School,
    complainant: Annotated[str, typer.Option(help="Who complains; sealed.")],
    contact: Annotated[str, typer.Option(help="Where the answer goes; sealed.")],
    about: Annotated[str, typer.Option(help="The complaint, in their words; sealed.")],
    on: On = None,
    actor: As = "",
) -> None:
    """Enter a complaint the day it comes in, by whichever door."""
    ctx = context(actor)
    day = on.date() if on else ctx.installation.today()
    number = complaining.receive(ctx, school, complainant=complainant, contact=contact, words=about, received=day)
    say(f"Complaint {number}. Acknowledge it by {day + dt.timedelta(days=30)}:", strong=True)
    say(f"waybill complaints step {number} acknowledged --what '...'", 2)


@complaints.command("step")
def complaints_step(
    number: Annotated[int, typer.Argument(help="The complaint's number.")],
    taken: Annotated[ComplaintStep, typer.Argument(help="What happened.")],
    what: Annotated[str, typer.Option(help="What was done or said; sealed.")],
    on: On = None,
    actor: As = "",
) -> None:
    """Record that it was acknowledged, looked into, that they were told of progress, or the outcome (head, DPO)."""
    ctx = context(actor)
    _say(complaining.step(ctx, number, taken, what, on.date() if on else ctx.installation.today()))


@complaints.command("list")
def complaints_list(
    everything: Annotated[bool, typer.Option("--all", help="Answered ones too.")] = False,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """List the complaints of your schools, and which were not acknowledged in time."""
    found = complaining.standing(context(actor), ended=everything)
    if as_json:
        say_json(found)
        return
    for one in found:
        _say(one)
    say(f"Complaints: {len(found)}. Not acknowledged in time: {sum(one.late for one in found)}.")


def _say(one: Standing) -> None:
    found = one.complaint
    acknowledged = f"acknowledged on {found.acknowledged}" if found.acknowledged else f"to acknowledge by {one.due}"
    late = "LATE, " if one.late else ""
    say(f"{found.number}  school {found.school}, received {found.received}: {late}{acknowledged}", strong=one.late)
    for taken in found.steps:
        say(f"{taken.on}  {taken.step}, by {taken.by}: {taken.words or 'erased'}", 6)
