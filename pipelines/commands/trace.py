"""The record, asked: `waybill trace pupil|file|copy|recipient|day|agreement|clause|cell`, `who-had` and `breach`.

Belongs here: parsing and presenting. `waybill trace UPN` is short for `waybill trace pupil UPN`. Every look-up is
recorded; what is found is `pipelines.actions.tracing` and `pipelines.actions.looking_up`.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import click
import typer
from typer.core import TyperGroup

from pipelines.actions import looking_up, tracing
from pipelines.commands.asking import As, File, Json, Waybill, Withheld, context
from pipelines.screen import say_json, say_traced
from pipelines.screens.trace import say_breach, say_cell, say_each, say_had, say_sent, say_under_clause, say_whole

Upn = Annotated[str, typer.Argument(help="A UPN of the pupil, present or former.")]
Field = Annotated[str, typer.Argument(help="A field: joiner.surname, or surname of whichever table.")]
Day = Annotated[dt.datetime, typer.Argument(formats=["%Y-%m-%d"], help="A day in England.")]


class _PupilIfNothingElse(TyperGroup):
    """Takes a first word that is no command as a pupil's UPN."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command `pupil` before a UPN."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["pupil", *args]
        return super().parse_args(ctx, args)


trace = typer.Typer(
    cls=_PupilIfNothingElse,
    no_args_is_help=True,
    help="Say what left: by pupil, file, copy, recipient, day, agreement, clause or cell. Each look-up is recorded.",
)


@trace.command()
def pupil(
    upn: Upn,
    include_withheld: Withheld = False,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Say what each recipient was told about a pupil, when, and why."""
    _say(tracing.trace(context(actor), upn, include_withheld=include_withheld), as_json, say_traced)


@trace.command()
def file(waybill: Waybill, actor: As = "", as_json: Json = False) -> None:
    """Say what one file rests on, who decided, where it went and what came back."""
    _say(looking_up.file(context(actor), waybill), as_json, say_whole)


@trace.command()
def copy(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file as it was found, or as sealed.")],
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Say which file that left a copy is, by its bytes: one that was found, or that somebody sends you."""
    _say(looking_up.copies(context(actor), path.read_bytes()), as_json, say_each)


@trace.command()
def recipient(
    name: Annotated[str, typer.Argument(help="Id of the recipient.")], actor: As = "", as_json: Json = False
) -> None:
    """List every file that a recipient has had."""
    _say(looking_up.sent(context(actor), recipient=name), as_json, say_sent)


@trace.command()
def day(on: Day, actor: As = "", as_json: Json = False) -> None:
    """List every file that left on a day."""
    _say(looking_up.sent(context(actor), on.date()), as_json, say_sent)


@trace.command()
def agreement(
    name: Annotated[str, typer.Argument(help="Id of the agreement.")], actor: As = "", as_json: Json = False
) -> None:
    """List every file that left under an agreement."""
    _say(looking_up.sent(context(actor), agreement=name), as_json, say_sent)


@trace.command()
def clause(
    number: Annotated[str, typer.Argument(help="Number of the clause in the privacy notice.")],
    actor: As = "",
    as_json: Json = False,
) -> None:
    """List every file that told something under a clause of the privacy notice, with the fields."""
    _say(looking_up.under_clause(context(actor), number), as_json, say_under_clause)


@trace.command()
def cell(waybill: Waybill, upn: Upn, field: Field, actor: As = "", as_json: Json = False) -> None:
    """Trace one value of one file back: source, each step, rules, agreement, notice, signatures, receipt."""
    _say(looking_up.cell(context(actor), waybill, upn, field), as_json, say_cell)


def who_had(
    upn: Upn,
    field: Field,
    value: Annotated[str | None, typer.Option(help="Only who was told this; no text of it is kept.")] = None,
    before: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only who was told before this day.")
    ] = None,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Say who was told a field of a pupil, and which of them had the same value. The look-up is recorded."""
    found = looking_up.who_had(context(actor), upn, field, value=value, before=before.date() if before else None)
    _say(found, as_json, say_had)


def breach(
    waybill: Waybill,
    among: Annotated[
        list[str] | None, typer.Option("--among", help="Say whether this UPN is in the file. Repeat it.")
    ] = None,
    upns: Annotated[File | None, typer.Option("--upns", help="The same for each line of a file.")] = None,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Say what a file told of how many, to whom and when, as a report of a breach needs it. It is recorded."""
    listed = [*(among or []), *(upns.read_text(encoding="utf-8").split() if upns else [])]
    _say(looking_up.breach(context(actor), waybill, listed), as_json, say_breach)


def _say(found: Any, as_json: bool, words: Any) -> None:  # noqa: ANN401, FBT001  each answer has its own screen
    (say_json if as_json else words)(found)
