"""Drills on the way to a recipient: `waybill drill try|new-key|switch|retire`.

Belongs here: parsing and presenting. What is tried and recorded is `pipelines.actions.drilling`.
"""

from typing import Annotated

import typer

from exports.terms import Route
from pipelines.actions import drilling
from pipelines.actions.agreements import show
from pipelines.actions.drilling import Tried
from pipelines.commands.asking import As, Json, context
from pipelines.exit_codes import EXIT_CODES
from pipelines.route_keys import Which
from pipelines.screen import say, say_json

drill = typer.Typer(
    no_args_is_help=True,
    help="Log in to a recipient without sending anything, and change our key there with an overlap (whole trust).",
)

Agreement = Annotated[str, typer.Argument(help="The agreement's id; waybill agreements lists them.")]

_NAMES = {Which.IN_USE: "The key in use", Which.NEXT: "The next key", Which.PREVIOUS: "The previous key"}


@drill.command("try")
def drill_try(agreement: Agreement, actor: As = "", as_json: Json = False) -> None:
    """Log in with each of our keys, say what answers, and leave. Ends with an error when the key in use is refused."""
    ctx = context(actor)
    tried = drilling.try_route(ctx, agreement)
    here = ctx.installation
    if as_json:
        say_json(tried)
    else:
        route = show(here.trust, agreement, here.today()).agreement.delivery
        for one in tried:
            _say_tried(one, route)
    if any(one.which is Which.IN_USE and one.greeting is None for one in tried):
        raise typer.Exit(EXIT_CODES["sftp_authentication"])


@drill.command("new-key")
def drill_new_key(agreement: Agreement, actor: As = "") -> None:
    """Make the next key. The one in use stays in use."""
    say("Send the line to the recipient, who adds it beside the one they have; then run waybill drill try.")
    typer.echo(drilling.new_key(context(actor), agreement))  # on one line, whatever the width: it is copied


@drill.command("switch")
def drill_switch(agreement: Agreement, actor: As = "") -> None:
    """Put the next key to use, if the recipient accepts it. The one before is kept until it is retired."""
    say(f"In use now: {drilling.switch(context(actor), agreement)}. Ask the recipient to remove the one before.")


@drill.command("retire")
def drill_retire(agreement: Agreement, actor: As = "") -> None:
    """Delete the previous key, if the recipient no longer accepts it."""
    say(f"Deleted: {drilling.retire(context(actor), agreement)}. Nothing accepts it any more.")


def _say_tried(one: Tried, route: Route) -> None:
    if one.greeting is None:
        say(f"{_NAMES[one.which]}, {one.key}: NOT ACCEPTED by {route.account}", strong=one.which is Which.IN_USE)
        return
    folder = "is there" if one.greeting.directory else "IS NOT THERE"
    say(f"{_NAMES[one.which]}, {one.key}: accepted by {route.account}")
    say(f"Host key {one.greeting.fingerprint}; {one.greeting.software}; directory {route.directory} {folder}", 2)
