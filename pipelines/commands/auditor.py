"""`waybill auditor`: the questions an auditor asks and their commands; `--all` runs every one.

Belongs here: parsing, running the other commands, presenting. The questions are `pipelines.auditor`.
"""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from pipelines.auditor import QUESTIONS, rehearse
from pipelines.commands.asking import As, context
from pipelines.exit_codes import HELD
from pipelines.screen import say


def auditor(
    typed: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Run every command, and compare.")] = False,
    answers: Annotated[
        Path | None, typer.Option(help="Known answers; a demonstration plants them.", exists=True, dir_okay=False)
    ] = None,
    actor: As = "",
) -> None:
    """List the questions an auditor asks with their commands; run them all against answers that are known."""
    if not everything:
        for question in QUESTIONS:
            say(f"{question.number}. {question.asks}")
            say(f"waybill {question.command}", 4)
        return
    ctx = context(actor)
    place = answers or ctx.installation.settings.home / "auditor-answers.json"
    try:
        found = rehearse(place, _run(typed), ctx.actor)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--answers") from None
    for one in found:
        say(f"{one.question.number}. {one.question.asks} {'DISAGREES' if one.missing else 'agrees'}")
    wrong = sum(bool(one.missing) for one in found)
    say(f"{len(found) - wrong} of {len(found)} questions answered as known. Each look-up is recorded.")
    if wrong:
        say("Run the commands of the others by hand, and waybill verify.", strong=True)
        raise typer.Exit(HELD)


def _run(typed: typer.Context) -> Callable[[list[str]], str]:
    root = typed.find_root().command

    def run(words: list[str]) -> str:
        out = io.StringIO()
        with redirect_stdout(out):
            root.main(words, prog_name="waybill", standalone_mode=False)
        return out.getvalue()

    return run
