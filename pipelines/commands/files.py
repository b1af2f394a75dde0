"""Census files that a MIS made: `waybill check`, `waybill diff` and `waybill adopt`.

Belongs here: parsing and presenting. What is true of a file is `pipelines.actions.checking`, `comparing`, `adopting`.
"""

import os
from typing import Annotated

import typer

from pipelines.actions import adopting, checking, comparing
from pipelines.commands.asking import As, File, Json, Period, School, context
from pipelines.exit_codes import HELD
from pipelines.installation import NotInitialised
from pipelines.screen import say_json
from pipelines.screens.files import Meter, say_adopted, say_checked, say_compared
from pipelines.settings import TRUST_VARIABLE, Settings

Pupils = Annotated[bool, typer.Option("--pupils", help="Name the pupils concerned.")]
One = Annotated[str, typer.Argument(help="A census file, a waybill, or URN:COLLECTION for the latest prepared.")]
Other = Annotated[str | None, typer.Argument(help="The other side; leave it out with --last-delivered.")]


def check(file: File, pupils: Pupils = False, as_json: Json = False) -> None:
    """Check a census file that any MIS made: its layout and every rule. Needs no keys. Exit code 3: something found."""
    trust = Settings.from_environment().trust if TRUST_VARIABLE in os.environ else None
    checked = checking.check(file.read_bytes(), file.name, trust, pupils=pupils, progress=Meter())
    if as_json:
        say_json(checked)
    else:
        say_checked(checked)
    if checked.found:
        raise typer.Exit(HELD)


def diff(
    one: One,
    other: Other = None,
    last_delivered: Annotated[
        bool, typer.Option("--last-delivered", help="Compare with the last file that left under the same agreement.")
    ] = False,
    pupils: Pupils = False,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Say what the second of two returns says otherwise than the first. Exit code 3 when anything differs."""
    compared = comparing.compare(
        (one, other),
        lambda: context(actor),
        last_delivered=last_delivered,
        pupils=pupils,
        apart=_apart(actor),
        progress=Meter(),
    )
    if as_json:
        say_json(compared)
    else:
        say_compared(compared)
    if not compared.same:
        raise typer.Exit(HELD)


def adopt(file: File, school: School, period: Period, actor: As = "", as_json: Json = False) -> None:
    """Prepare the census file that the MIS made in place of ours; it is held to the agreement. Sends nothing."""
    prepared = adopting.adopt(context(actor), file.read_bytes(), file.name, school, period, Meter())
    if as_json:
        waybill = prepared.waybill.sha256 if prepared.waybill else None
        say_json({"outcome": prepared.outcome, "waybill": waybill})
    else:
        say_adopted(prepared, school, period)


def _apart(actor: str) -> frozenset[str]:
    """Records set apart; two files can be compared where there is no installation, which then knows of none."""
    try:
        return comparing.set_apart(context(actor))
    except NotInitialised:
        return frozenset()
