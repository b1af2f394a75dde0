"""What is asked of a school's MIS: `waybill extract URN PERIOD --plan` and `--probe`.

Belongs here: parsing and presenting. What is asked, and what may be read, is `pipelines.actions.extracting`.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.asking import As, Json, Period, School, context
from pipelines.exit_codes import HELD
from pipelines.screen import say, say_json
from schemas.wording import counted

if TYPE_CHECKING:
    from pipelines.actions.extracting import Planned, Probed


def extract(
    school: School,
    period: Period,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be asked, and for whom; asks nothing.")] = False,
    probe: Annotated[bool, typer.Option("--probe", help="Ask for one row of each list: what may be read?")] = False,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Say what would be asked of a school's MIS, or what it lets us read. Exit code 3: something cannot be read."""
    from pipelines.actions import extracting  # noqa: PLC0415  Dagster takes two seconds, and few commands need it

    if plan == probe:
        message = "Say either --plan or --probe. Reading for a file is part of waybill prepare."
        raise typer.BadParameter(message)
    if plan:
        planned = extracting.planned(context(actor), school, period)
        say_json(_data(planned)) if as_json else _say_plan(planned)
        return
    probed = extracting.probed(context(actor), school, period)
    say_json(_probed(probed)) if as_json else _say_probe(probed)
    if probed.losses:
        raise typer.Exit(HELD)


def _say_plan(told: "Planned") -> None:
    say(f"School {told.school}, {told.period}: {len(told.asked.entities)} lists of {told.kind}", strong=True)
    for entity, properties in told.asked.entities.items():
        narrowed = told.asked.narrowed.get(entity, {})
        said = ", ".join(f"{name} {value}" for name, value in narrowed.items())
        say(f"{entity}{f' ({said})' if said else ''}: {', '.join(properties) or 'its references alone'}", 2)
    say("For:", strong=True)
    for use in told.uses:
        columns = sum(len(columns) for columns in use.tables.values())
        say(f"{use.name}: {counted(columns, 'column')} of {', '.join(sorted(use.tables))}", 2)
    say("Nothing was asked. What no agreement needs is not asked for.")


def _say_probe(told: "Probed") -> None:
    doors = ", ".join(f"{count} by {door}" for door, count in told.doors.items())
    lists = len(told.planned.asked.entities)
    say(f"School {told.planned.school}, {told.planned.period}: {lists} lists ({doors})", strong=True)
    for note in told.notes:
        say(note, 2)
    if told.refused:
        say(f"Not granted at all: {', '.join(told.refused)}", 2)
    use = None
    for loss in told.losses:
        if loss.use != use:
            use = loss.use
            say(f"{use} would be without:", strong=True)
        where = f" [{', '.join(loss.properties)}]" if loss.properties else ""
        say(f"{loss.table}.{loss.column}: {loss.meaning}. {loss.grant.capitalize()}{where}", 2)
    say(
        "Ask the school to grant these to our application." if told.losses else "Everything that is needed may be read."
    )


def _data(told: "Planned") -> dict[str, object]:
    return {
        "school": told.school, "period": told.period, "kind": told.kind, "door": told.door,
        "entities": told.asked.entities, "narrowed": told.asked.narrowed,
        "uses": {use.name: {table: sorted(columns) for table, columns in use.tables.items()} for use in told.uses},
    }  # fmt: skip


def _probed(told: "Probed") -> dict[str, object]:
    return {
        "school": told.planned.school, "period": told.planned.period, "refused": told.refused, "doors": told.doors,
        "losses": told.losses, "notes": told.notes,
    }  # fmt: skip
