"""The records a trust keeps of its sharings: `waybill ropa` and `waybill dpia`.

Belongs here: parsing and presenting. What is in them is `exports.ropa` and `exports.dpia`, and comes from the trust
folder alone: neither needs keys, and neither holds anything about a pupil.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from exports import dpia as assessment
from exports import ropa as record
from exports.records import load_records
from pipelines.actions.noticing import record_of_processing
from pipelines.clock import today
from pipelines.commands.asking import new_file, the_clock
from pipelines.screen import say
from pipelines.settings import Settings


class Form(StrEnum):
    """The forms of the record."""

    MARKDOWN = "md"
    WORKBOOK = "xlsx"
    JSON = "json"


To = Annotated[Path | None, typer.Option("--to", help="Write to a new file; a workbook must be.")]


def ropa(form: Annotated[Form, typer.Option("--format", help="In what form.")] = Form.MARKDOWN, to: To = None) -> None:
    """Write the record of processing that Article 30(1) of the UK GDPR asks for."""
    clock = the_clock.get()
    made = record_of_processing(Settings.from_environment().trust, today(clock))
    if form is Form.WORKBOOK:
        if to is None:
            message = "a workbook is written to a file: name one"
            raise typer.BadParameter(message, param_hint="--to")
        data: str | bytes = record.as_xlsx(made, clock())
    else:
        data = record.as_json(made) if form is Form.JSON else record.as_markdown(made)
    _put(data, to)


def dpia(
    agreement: Annotated[str, typer.Argument(help="Id of an agreement or an observed flow.")], to: To = None
) -> None:
    """Write the facts with which an impact assessment of one sharing begins; what is to be judged stays open."""
    _put(assessment.dpia(load_records(Settings.from_environment().trust), agreement), to)


def _put(data: str | bytes, to: Path | None) -> None:
    if to is None:
        typer.echo(data, nl=False)
        return
    new_file(to, data)
    say(f"Written: {to}. It names no pupil.")
