"""Requests of pupils and parents: `waybill rights open|check|step|exempt|list|show|access`.

Belongs here: parsing and presenting. Who may, and what happens, is `pipelines.actions.rights` and
`pipelines.actions.accessing`. Telling recipients of a correction or an erasure is `pipelines.commands.recipients`,
which adds its commands to these.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer

from exports.rights import CAPACITY, MEANINGS, Asked, Checks, Right, Step
from pipelines.actions import rights as actions
from pipelines.actions.accessing import access
from pipelines.actions.rights import Named
from pipelines.commands.asking import As, Json, School, context, new_file
from pipelines.reports import access_page
from pipelines.screen import say, say_json
from pipelines.screens.rights import say_request, say_requests

rights = typer.Typer(
    no_args_is_help=True,
    help="Requests of pupils and parents: access, correction, erasure, restriction, objection, consent taken back.",
)

Number = Annotated[int, typer.Argument(help="The request's number; waybill rights list shows them.")]
Upn = Annotated[list[str] | None, typer.Option("--upn", help="A UPN of the pupil, present or former. Repeat it.")]
Pupil = Annotated[list[str] | None, typer.Option("--pupil", help="The pupil's id in the school's MIS. Repeat it.")]
On = Annotated[dt.datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day; otherwise today.")]
Why = Annotated[str, typer.Option("--why", help="In your own words; it is sealed.")]
_RIGHTS = "; ".join(f"{right}: {meaning}" for right, meaning in MEANINGS.items())
_FORMS = (".html", ".pdf", ".json")


@rights.command("open")
def rights_open(  # noqa: PLR0913, PLR0917  typer names each option
    right: Annotated[Right, typer.Argument(help=_RIGHTS)],
    school: School,
    requester: Annotated[str, typer.Option(help="Name of whoever asks; sealed.")],
    relation: Annotated[str, typer.Option(help="To the pupil: the pupil, mother, father, solicitor ...")],
    contact: Annotated[str, typer.Option(help="Where the answer goes; sealed.")],
    asked: Annotated[str, typer.Option(help="What is asked for, in their words; sealed.")],
    upn: Upn = None,
    pupil: Pupil = None,
    received: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it came in; otherwise today.")
    ] = None,
    actor: As = "",
) -> None:
    """Enter a request the day it comes in. Nothing is answered yet."""
    ctx = context(actor)
    day = received.date() if received else ctx.installation.today()
    named = Named(school, tuple(upn or ()), tuple(pupil or ()))
    number = actions.receive(ctx, right, named, Asked(requester, relation, contact, asked), day)
    found = actions.standing(ctx, number)
    say(f"Request {number}: {MEANINGS[right]}.", strong=True)
    if not found.request.subjects:
        say("Nothing that left the trust is known of this pupil under the names given. Check them; that is an answer.")
    say(f"To be answered by {found.clock.due or 'a day that the terms do not reach'}.")
    say(f"Next: waybill rights check {number}, once you know who asks and whether they may.")


@rights.command("check")
def rights_check(  # noqa: PLR0913, PLR0917  typer names each option
    number: Number,
    identity: Annotated[str, typer.Option(help="How it was established who asks.")],
    authority: Annotated[str, typer.Option(help="Why they may ask for this pupil.")],
    capacity: Annotated[str, typer.Option(help="; ".join(f"{name}: {said}" for name, said in CAPACITY.items()))],
    views: Annotated[str, typer.Option(help="The child's own views, or why they were not asked.")],
    court_orders: Annotated[str, typer.Option(help="What an order says of who may know; 'none' when you looked.")],
    on: On = None,
    actor: As = "",
) -> None:
    """Record what was checked before anything is answered; all of it is sealed."""
    ctx = context(actor)
    checks = Checks(identity, authority, capacity, views, court_orders)
    actions.check(ctx, number, checks, on.date() if on else ctx.installation.today())
    say(f"Recorded. Next: waybill rights show {number}")


@rights.command("step")
def rights_step(
    number: Number,
    taken: Annotated[Step, typer.Argument(help="What happened.")],
    why: Why = "",
    on: On = None,
    actor: As = "",
) -> None:
    """Record a step: proof or fee asked for and come in, the clock paused or resumed, extended, answered, refused."""
    if taken in {Step.CHECKED, Step.EXEMPTED, Step.REPORTED}:
        message = "recorded by its own command: waybill rights check, exempt, access"
        raise typer.BadParameter(message)
    ctx = context(actor)
    found = actions.step(ctx, number, taken, words=why, on=on.date() if on else ctx.installation.today())
    say_request(found)


@rights.command("exempt")
def rights_exempt(
    number: Number,
    disclosure: Annotated[str, typer.Argument(help="The waybill, or the number of an entry by hand.")],
    why: Why,
    actor: As = "",
) -> None:
    """Leave one disclosure out of the report, under an exemption that you name (DPO). The report does not say so."""
    ctx = context(actor)
    named = disclosure if disclosure.isdigit() else ctx.named(disclosure).waybill
    actions.step(ctx, number, Step.EXEMPTED, words=why, on=ctx.installation.today(), named=named)
    say("Recorded. The report leaves it out; the record keeps it, and your reason with it.")


@rights.command("list")
def rights_list(
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """List the requests of your schools, the first to fall due first."""
    found = actions.standings(context(actor), ended=everything)
    if as_json:
        say_json(found)
    else:
        say_requests(found)


@rights.command("show")
def rights_show(number: Number, actor: As = "", as_json: Json = False) -> None:
    """Show one request: who asks, what was checked, its clock and its steps."""
    found = actions.standing(context(actor), number)
    if as_json:
        say_json(found)
    else:
        say_request(found)


@rights.command("access")
def rights_access(
    number: Number,
    to: Annotated[Path, typer.Option("--to", help="A new file: .html, .pdf or .json.")],
    protection_considered: Annotated[
        bool,
        typer.Option("--protection-considered", help="You have left out what must not be told of a protected pupil."),
    ] = False,
    actor: As = "",
) -> None:
    """Write who was told what about the pupil, when, why, from where and how long it is kept (DPO)."""
    if to.suffix not in _FORMS:
        message = f"the file ends in {', '.join(_FORMS)}"
        raise typer.BadParameter(message, param_hint="--to")
    report = access(context(actor), number, protection_considered=protection_considered)
    made: str | bytes = access_page.html(report) if to.suffix == ".html" else access_page.pdf(report)
    if to.suffix == ".json":
        made = json.dumps(access_page.data(report), ensure_ascii=False, indent=2) + "\n"
    new_file(to, made)
    say(f"Written: {to}. {len(report.tellings)} sharings. It names the requester and no other person.")
    say("Read it before it goes. Add what the school itself holds, then: waybill rights step N answered")
