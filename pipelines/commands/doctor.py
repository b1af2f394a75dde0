"""`waybill doctor`: what is wrong, whether data is at risk, whether anything has left, and whether to try again.

Belongs here: parsing and presenting. Looking is `pipelines.actions.examining`.
"""

from typing import Annotated

import typer

from pipelines.commands.asking import Json, the_clock
from pipelines.exit_codes import HELD
from pipelines.screen import say, say_json
from pipelines.settings import Settings


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask MIS and recipients.")] = False,
    as_json: Json = False,
) -> None:
    """Look at configuration, keys, permissions, disk, clock, record, runs, MIS and recipients. Changes nothing."""
    from pipelines.actions.examining import Examination, examine  # noqa: PLC0415  Dagster takes two seconds to load

    found = examine(Examination(Settings.from_environment(), the_clock.get(), online=not offline))
    if as_json:
        say_json(found)
    for one in () if as_json else found:
        say(one.words, strong=True)
        for question, answer in (
            ("Is data at risk?", one.of.at_risk),
            ("Has anything left?", one.of.left),
            ("May I retry?", one.of.retry),
            ("Who is needed?", f"{one.of.who}. docs/cards/{one.failure}.md"),
        ):
            say(f"{question:<19} {answer}", 2)
    waits = [one for one in found if one.of.person]
    if not as_json:
        say(f"{len(found)} troubles, {len(waits)} need a person." if found else "Nothing is wrong.")
    if waits:
        raise typer.Exit(HELD)
