"""The department's own material: `waybill spec ...` and `waybill new-year`.

Belongs here: parsing and presenting. What is decided is `pipelines.actions.spec`'s.
"""

from typing import Annotated

import typer

from pipelines.actions import spec as actions
from pipelines.commands.asking import As, File, Json, context
from pipelines.screen import say, say_json
from pipelines.screens.spec import say_kept, say_learned, say_new_year, say_spec
from pipelines.settings import Settings
from schemas.census.collection import YEARS

_LATEST = max(YEARS)

spec = typer.Typer(no_args_is_help=True, help="What is known of the department's specification, and from where.")

Year = Annotated[str, typer.Option("--year", help="Academic year, such as 2026-27.")]
Source = Annotated[str, typer.Option("--source", help="Where it came from: an address or words.")]
Everything = Annotated[bool, typer.Option("--all", help="Every difference, not the first few of each kind.")]


@spec.command("show")
def spec_show(
    year: Annotated[str, typer.Argument(help="Academic year, such as 2026-27.")] = _LATEST, as_json: Json = False
) -> None:
    """Show how much of a year's layout and rules is known, how well, and what was imported. Needs no keys."""
    shown = actions.show(Settings.from_environment().trust, year)
    if as_json:
        say_json(shown)
    else:
        say_spec(shown)


@spec.command("import")
def spec_import(
    file: File,
    year: Year = _LATEST,
    source: Source = "",
    everything: Everything = False,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Read the published workbook of rules (ODS, XLSX), schema (XSD) or stylesheet (XSLT), and use it from now on."""
    kept = actions.import_file(context(actor), file, year, source)
    if as_json:
        say_json(kept)
    else:
        say_kept(kept, year, everything=everything)


@spec.command("learn")
def spec_learn(
    file: File,
    year: Year = _LATEST,
    confirm: Annotated[bool, typer.Option("--confirm", help="Keep the paths and codes it bears out.")] = False,
    source: Source = "a file written by an MIS",
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Say what a census file written by an MIS has otherwise than our layout. No value of it is shown or kept."""
    learned = actions.learn_file(file, year)
    kept = actions.keep_learned(context(actor), learned, year, file.name, source) if confirm else None
    if as_json:
        say_json({"learned": learned, "kept": kept})
        return
    say_learned(learned)
    if kept is not None:
        say_kept(kept, year, everything=False)
    else:
        say("Nothing was kept. With --confirm, the paths and codes it bears out count as confirmed.")


def start_year(year: Annotated[str, typer.Argument(help="The year after the last, such as 2027-28.")]) -> None:
    """For maintainers: write the next year's folder into the source tree and list what to decide."""
    say_new_year(actions.scaffold(year))
