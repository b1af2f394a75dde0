"""Standing in: `waybill delegation give|list|end`.

Belongs here: parsing and presenting. What may be lent, and by whom, is `pipelines.actions.delegating`.
"""

import datetime as dt
from typing import Annotated

import typer

from pipelines.actions import delegating
from pipelines.commands.asking import As, Capacity, Json, Key, School, context, private_key
from pipelines.screen import SHOWN_HASH, say, say_json

delegation = typer.Typer(no_args_is_help=True, help="Let somebody sign in your role at one school until a day.")


@delegation.command("give")
def delegation_give(
    to: Annotated[str, typer.Argument(help="Who stands in for you: their id in the approver register.")],
    school: School,
    role: Capacity,
    ends: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day.")],
    key: Key,
    actor: As = "",
) -> None:
    """Lend your role at a school. They sign with their own key and under their own name; you can end it any time."""
    made = delegating.give(context(actor), to, role, school, ends.date(), private_key(key))
    say(f"{to} signs as {role} of {school} until {made.ends}, beside you and never twice on one file.")
    say(f"To end it before: waybill delegation end {made.id[:SHOWN_HASH]}")


@delegation.command("list")
def delegation_list(actor: As = "", as_json: Json = False) -> None:
    """List who stands in for whom, and until when."""
    found = delegating.listed(context(actor))
    if as_json:
        say_json(found)
        return
    for one in found:
        say(f"{one.to} for {one.by} as {one.role} of {one.school}, {one.since:%Y-%m-%d} to {one.ends}")
        say(f"{'OVER. ' if one.over else ''}Delegation {one.id[:SHOWN_HASH]}", 6)
    say(f"Delegations: {len(found)}.")


@delegation.command("end")
def delegation_end(
    which: Annotated[str, typer.Argument(help="How its hash begins; waybill delegation list shows them.")],
    actor: As = "",
) -> None:
    """End a delegation now. What was signed under it and has not left does not count any more."""
    one = delegating.stop(context(actor), which)
    say(f"Ended: {one.to} signs no more for {one.by} as {one.role} of {one.school}.")
