"""Telling recipients, and erasing: more of `waybill rights`, and `waybill hold`.

Belongs here: parsing and presenting. Who may, and what happens, is `pipelines.actions.recipients` and
`pipelines.actions.erasing`. The commands join those of `pipelines.commands.rights`.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from exports.duties import DutyState
from exports.erasure import GROUNDS, Ruling
from exports.holders import Field
from pipelines.actions import erasing, recipients
from pipelines.actions.rights import Named
from pipelines.commands.asking import As, Json, context, new_file
from pipelines.commands.rights import Number, On, Pupil, Upn, Why, rights
from pipelines.screen import say, say_json
from pipelines.screens.rights import say_decisions, say_duties, say_holders
from schemas.wording import counted

hold = typer.Typer(no_args_is_help=True, help="Legal holds: what must be kept whatever its time (DPO).")

Duty = Annotated[int, typer.Argument(help="The duty's number; waybill rights duties shows them.")]
Review = Annotated[dt.datetime, typer.Option("--review", formats=["%Y-%m-%d"], help="Day to look at it again.")]
_GROUNDS = "; ".join(f"{ground}: {said}" for ground, said in GROUNDS.items())


@rights.command("recipients")
def rights_recipients(
    number: Number,
    field: Annotated[str | None, typer.Option("--field", help="table.column; otherwise anything of the pupil.")] = None,
    value: Annotated[str | None, typer.Option("--value", help="The old value, as it stood in the files.")] = None,
    before: Annotated[
        dt.datetime | None, typer.Option("--before", formats=["%Y-%m-%d"], help="Only what was told before that day.")
    ] = None,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """List everybody who had the old value, or anything of the pupil, and enter a duty to tell each (DPO)."""
    if value is not None and field is None:
        message = "a value is looked for in a field: give --field"
        raise typer.BadParameter(message)
    told, entered = recipients.recall(context(actor), number, Field(field, value, before.date() if before else None))
    if as_json:
        say_json(told)
        return
    say_holders(told)
    say(f"Duties entered: {entered}. Next: waybill rights letter, then waybill rights duty N notified --how ...")


@rights.command("duties")
def rights_duties(
    number: Annotated[int | None, typer.Argument(help="A request's number; otherwise all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """List which recipients must still act, and which have."""
    found = recipients.standing(context(actor), number, closed=everything)
    if as_json:
        say_json(found)
    else:
        say_duties(found)


@rights.command("duty")
def rights_duty(
    number: Duty,
    to: Annotated[DutyState, typer.Argument(help="notified and acknowledged close nothing; confirmed and waived do.")],
    how: Annotated[str, typer.Option("--how", help="By which way, who confirmed, or why nobody is told; sealed.")],
    on: On = None,
    actor: As = "",
) -> None:
    """Record that a recipient was notified, has acknowledged or confirmed, or that telling is waived (DPO)."""
    ctx = context(actor)
    say_duties([recipients.move(ctx, number, to, how, on.date() if on else ctx.installation.today())])


@rights.command("letter")
def rights_letter(
    number: Duty,
    to: Annotated[Path, typer.Option("--to", help="A new file: .html, to print or to send by a safe way.")],
    called: Annotated[str, typer.Option("--called", help="How this recipient knows the pupil. Not more than it has.")],
    actor: As = "",
) -> None:
    """Write a notice to one recipient (DPO). That it was sent is recorded with `waybill rights duty`."""
    from pipelines.reports import letter_page  # noqa: PLC0415  the templating library takes its time to load

    new_file(to, letter_page.html(recipients.letter(context(actor), number, called)))
    say(f"Written: {to}. It names the pupil: send it by a safe way, then delete it.")
    say(f"Then: waybill rights duty {number} notified --how '...'")


@rights.command("decisions")
def rights_decisions(number: Number, actor: As = "", as_json: Json = False) -> None:
    """List every disclosure of an erasure request, with the decision there is (DPO)."""
    found = erasing.to_decide(context(actor), number)
    if as_json:
        say_json(found)
    else:
        say_decisions(found)


@rights.command("decide")
def rights_decide(
    number: Number,
    ruling: Annotated[Ruling, typer.Argument(help="Erase it, restrict it, or refuse.")],
    disclosure: Annotated[
        str, typer.Argument(help="A waybill, an entry's number, or an agreement for all of its files.")
    ],
    why: Why,
    ground: Annotated[str, typer.Option("--ground", help=f"For a refusal: {_GROUNDS}")] = "",
    actor: As = "",
) -> None:
    """Decide on disclosures of an erasure request (DPO). Recipients of what is to be erased or restricted are told."""
    decided, entered = erasing.decide(context(actor), number, ruling, named=disclosure, ground=ground, why=why)
    say(f"Decided on {counted(decided, 'disclosure')}: {ruling}. Duties entered: {entered}.")


@rights.command("erase")
def rights_erase(
    number: Number,
    yes: Annotated[bool, typer.Option("--yes", help="Destroy it without asking again.")] = False,
    actor: As = "",
) -> None:
    """Destroy the pupil's key for ever, when everything is decided and confirmed and no hold stands (DPO)."""
    if not yes:
        typer.confirm("Nobody can undo this. Destroy the key of this pupil?", abort=True)
    gone = erasing.erase(context(actor), number)
    say(f"Destroyed: {gone} references lead to nobody now. The ledger still verifies; a tombstone is lodged outside.")
    say("Files in which other pupils stand too stay sealed until their own day.")


@hold.command("place")
def hold_place(
    why: Why,
    review: Review,
    school: Annotated[str | None, typer.Option(help="URN of the pupil's school; without it everybody is held.")] = None,
    upn: Upn = None,
    pupil: Pupil = None,
    actor: As = "",
) -> None:
    """Hold everything about a pupil, or about everybody: nothing is purged and no key destroyed while it stands."""
    named = Named(school, tuple(upn or ()), tuple(pupil or ())) if school else None
    number = erasing.place_hold(context(actor), named, why, review.date())
    say(f"Hold {number} stands until you lift it: waybill hold lift {number} --why '...'")


@hold.command("lift")
def hold_lift(number: Annotated[int, typer.Argument(help="The hold's number.")], why: Why, actor: As = "") -> None:
    """Lift a legal hold; what it kept follows its own time again."""
    erasing.lift_hold(context(actor), number, why)
    say("Lifted.")


@hold.command("list")
def hold_list(actor: As = "", as_json: Json = False) -> None:
    """List the legal holds that stand."""
    ctx = context(actor)
    found = erasing.standing_holds(ctx)
    if as_json:
        say_json(found)
        return
    for one in found:
        late = ", REVIEW OVERDUE" if one.review < ctx.installation.today() else ""
        whom = f"{len(one.subjects)} references" if one.subjects else "everybody"
        say(f"{one.number}  {whom}, by {one.by} on {one.at:%Y-%m-%d}, review by {one.review}{late}")
    say(f"Holds: {len(found)}.")
