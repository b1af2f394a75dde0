"""`waybill agreements`: check them all, show one, compare two, begin a new one. Needs no keys.

Belongs here: parsing and presenting. What is true is `pipelines.actions.agreements`.
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.actions import agreements as action
from pipelines.commands.asking import Json, the_clock
from pipelines.exit_codes import EXIT_CODES
from pipelines.screen import say, say_json
from pipelines.screens.agreements import say_agreement, say_checked, say_comparison
from pipelines.settings import Settings
from pipelines.trust import Trust, load_trust

agreements = typer.Typer(help="Agreements: what may leave, to whom, why and until when. Needs no keys.")
Named = Annotated[str, typer.Argument(help="Id of an agreement of the trust, or the path of a file.")]


@agreements.callback(invoke_without_command=True)
def _checked(ctx: typer.Context, as_json: Json = False) -> None:
    """Compile every agreement of the trust folder and list every fault."""
    if ctx.invoked_subcommand is None:
        check(as_json=as_json)


@agreements.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="Another folder of agreements.", exists=True)] = None,
    as_json: Json = False,
) -> None:
    """Compile every agreement of the trust folder, or of another folder, and list every fault."""
    compiled = action.check(_trust(), folder)
    if as_json:
        say_json([{"id": one.id, "sha256": one.sha256, "faults": one.faults} for one in compiled])
    else:
        say_checked(compiled, the_clock.get()().date())
    if any(one.agreement is None for one in compiled):
        raise typer.Exit(EXIT_CODES["agreement_faulty"])


@agreements.command()
def show(name: Named, as_json: Json = False) -> None:
    """Show one agreement as a data protection officer reads it."""
    trust = _trust()
    page = action.show(trust, _named(trust, name), the_clock.get()().date())
    if as_json:
        say_json(page)
    else:
        say_agreement(page)


@agreements.command()
def diff(old: Named, new: Named, as_json: Json = False) -> None:
    """Say what would newly leave under one agreement compared with another, and what else changes."""
    trust = _trust()
    found = action.diff(trust, _named(trust, old), _named(trust, new))
    if as_json:
        say_json(found)
    else:
        say_comparison(found)


@agreements.command()
def new(
    kind: Annotated[str, typer.Argument(help="A kind of recipient, a dataset, or the id of an example.")],
    as_json: Json = False,
) -> None:
    """Print a template to copy and edit. It compiles when every blank is filled in."""
    made = action.new(kind)
    if as_json:
        say_json(made)
        return
    typer.echo(made.text, nl=False)
    say(
        f"This is the template {made.name}. Put it in the trust's agreements folder under a name of its own. It does "
        "not compile while a value says FILL IN; look with: waybill agreements check",
        to_stderr=True,
    )
    for other, title in made.others.items():
        say(f"Another of this kind: waybill agreements new {other} ({title})", 2, to_stderr=True)


def _named(trust: Trust, name: str) -> str | Path:
    """An id where the trust has an agreement of it, else a file of whoever sits at this machine."""
    return name if any(each.id == name for each in trust.agreements) else Path(name)


def _trust() -> Trust:
    return load_trust(Settings.from_environment().trust)
