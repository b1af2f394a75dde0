"""Alerts: `waybill alerts look|try`.

Belongs here: parsing and presenting. Looking and telling is `pipelines.actions.watching`. A timer of the machine runs
`look`, so that somebody is told when Dagster's daemon itself is down.
"""

from typing import Annotated

import typer

from pipelines.commands.asking import the_clock
from pipelines.exit_codes import HELD
from pipelines.screen import say
from pipelines.settings import Settings

alerts = typer.Typer(
    no_args_is_help=True, help="Tell whoever alerts.toml of the trust folder names what needs them (no personal data)."
)


@alerts.command()
def look(
    thorough: Annotated[bool, typer.Option("--thorough", help="Ask MIS and recipients, verify the record.")] = False,
) -> None:
    """Look once, and send what is new and what is over."""
    from pipelines.actions.examining import Examination  # noqa: PLC0415  Dagster takes two seconds to load
    from pipelines.actions.watching import watch  # noqa: PLC0415  as above

    asked = Examination(Settings.from_environment(), the_clock.get(), online=thorough, quick=not thorough)
    watched = watch(asked)
    _say_letters(watched.letters)
    say(f"{watched.open} troubles stand open.")


@alerts.command("try")
def try_() -> None:
    """Send a trial letter on every route."""
    from pipelines.actions.examining import Examination  # noqa: PLC0415  as above
    from pipelines.actions.watching import try_routes  # noqa: PLC0415  as above

    letters = try_routes(Examination(Settings.from_environment(), the_clock.get()))
    _say_letters(letters)
    if not letters:
        say("The trust folder has no alerts.toml with a route: nobody is told. See deploy/alerts.toml.")
    if not letters or not all(letters.values()):
        raise typer.Exit(HELD)


def _say_letters(letters: dict[str, bool]) -> None:
    for name, went in letters.items():
        say(f"{name}: {'sent' if went else 'COULD NOT BE SENT'}")
