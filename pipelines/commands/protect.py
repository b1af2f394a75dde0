"""Records that must never be joined with another: `waybill protect add|remove|list`.

Belongs here: parsing and presenting. Who may, and what is kept, is `pipelines.actions.protecting`.
"""

from typing import Annotated

import typer

from pipelines.actions import protecting
from pipelines.commands.asking import As, Json, School, context
from pipelines.screen import say, say_json

protect = typer.Typer(
    no_args_is_help=True,
    help="Records of adopted children, or children at risk, that must never be joined with another (head, DPO).",
)

Pupil = Annotated[str | None, typer.Option("--pupil", help="The record's id in the MIS.")]
Upn = Annotated[str | None, typer.Option("--upn", help="The record's present UPN.")]


@protect.command("add")
def protect_add(school: School, pupil: Pupil = None, upn: Upn = None, actor: As = "") -> None:
    """Set a record apart, by its id in the MIS, its present UPN, or best by both."""
    _named(pupil, upn)
    if not protecting.protect(context(actor), school, pupil, upn):
        say("It is set apart already. Nothing was changed.")
        return
    say("Set apart. The ledger says that you changed the register, not for whom.")
    if upn is None:
        say("A trace of its present UPN may show older files of the record until the next preparation; give --upn too.")
    say("Next: prepare the school's returns again; those that wait for signatures or sending would be refused.")


@protect.command("remove")
def protect_remove(school: School, pupil: Pupil = None, upn: Upn = None, actor: As = "") -> None:
    """Take a record out of the register, named as it was put in."""
    _named(pupil, upn)
    removed = protecting.unprotect(context(actor), school, pupil, upn)
    say("Taken out." if removed else "The register has no record put in so. See: waybill protect list")


@protect.command("list")
def protect_list(actor: As = "", as_json: Json = False) -> None:
    """List the records set apart at your schools. That you looked is recorded."""
    records = protecting.protected(context(actor))
    if as_json:
        say_json(records)
        return
    for one in records:
        say(f"{one.urn}  pupil {one.pupil_id or '-'}, UPN {one.upn or '-'}, by {one.by} on {one.since:%Y-%m-%d}")
    say(f"Records set apart: {len(records)}.")


def _named(pupil: str | None, upn: str | None) -> None:
    if pupil is None and upn is None:
        message = "name the record with --pupil, --upn or both"
        raise typer.BadParameter(message)
