"""Disclosures made by hand: `waybill disclose record`.

Belongs here: parsing and presenting. What an entry must say and what is kept of it is `exports.by_hand`; who may enter
one, `pipelines.actions.disclosing`.
"""

import datetime as dt
from typing import Annotated

import typer

from exports.by_hand import METHODS, Disclosure
from pipelines.actions import disclosing
from pipelines.commands.asking import As, Json, School, context
from pipelines.screen import say, say_json
from schemas.wording import counted

disclose = typer.Typer(no_args_is_help=True, help="Disclosures that a person made by hand, one at a time.")


@disclose.command("record")
def record(  # noqa: PLR0913, PLR0917  an option for each thing an entry says
    school: School,
    recipient: Annotated[str, typer.Option(help="Legal name of the body, or name of the person. It is sealed.")],
    to: Annotated[str, typer.Option(help="Who there took it. It is sealed.")],
    kind: Annotated[str, typer.Option(help="Kind of recipient, as in an agreement: legal, local_authority ...")],
    on: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="The day it was made.")],
    field: Annotated[list[str], typer.Option(help="What was told: table.column. Give it once for each.")],
    basis: Annotated[str, typer.Option(help="Article 6 basis: 6(1)(c), 6(1)(d), 6(1)(e) or 6(1)(a).")],
    clause: Annotated[str, typer.Option(help="Clause of the privacy notice.")],
    gateway: Annotated[str, typer.Option(help="Id in the gateway register.")],
    method: Annotated[str, typer.Option(help=f"How: {', '.join(METHODS)}.")],
    upn: Annotated[list[str] | None, typer.Option(help="A pupil's UPN. Give it once for each pupil.")] = None,
    pupil: Annotated[list[str] | None, typer.Option(help="A pupil's id in the MIS. Give it once for each.")] = None,
    article_9: Annotated[str | None, typer.Option(help="Condition for special category data: 9(2)(g) ...")] = None,
    schedule_1: Annotated[str | None, typer.Option(help="Paragraph of Schedule 1 that carries it.")] = None,
    note: Annotated[str, typer.Option(help="Why, and what a later reader needs. It is sealed.")] = "",
    withhold: Annotated[str, typer.Option(help="Exemption that keeps it out of the ordinary answer. Sealed.")] = "",
    withhold_until: Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of that.")] = None,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Enter one disclosure made by hand, so that a trace shows it beside the files that were sent."""
    told = Disclosure(
        school=school, recipient=recipient, to=to, kind=kind, on=on.date(), fields=tuple(field), basis=basis,
        clause=clause, gateway=gateway, method=method, note=note, article_9=article_9, schedule_1=schedule_1,
        withheld=withhold, withheld_until=withhold_until and withhold_until.date(),
    )  # fmt: skip
    entered = disclosing.disclose(context(actor), told, upn or (), pupil or ())
    if as_json:
        say_json(entered)
        return
    say(
        f"Entered as event {entered.seq} of the ledger, about {counted(entered.pupils, 'pupil')}, under "
        "their references."
    )
    for concern in entered.concerns:
        say(f"OF CONCERN, tell the Data Protection Officer: {concern}", strong=True)
    say("A trace of each pupil shows it, marked as recorded by hand.")
