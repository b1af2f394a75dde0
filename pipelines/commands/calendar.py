"""The calendar: `waybill calendar check|show|ics`.

Belongs here: parsing and presenting. What is in the calendar is `pipelines.actions.calendar`. None of it opens the
state folder.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pipelines.actions import calendar as actions
from pipelines.clock import today
from pipelines.commands.asking import Json, new_file, the_clock
from pipelines.exit_codes import HELD
from pipelines.reports.diary import icalendar
from pipelines.screen import say, say_json
from pipelines.settings import Settings
from pipelines.trust import Trust, load_trust
from schemas.wording import counted

calendar = typer.Typer(
    no_args_is_help=True,
    help="The trust's year, calendar.csv: is it right, what comes when, and the same for your own diary.",
)


@calendar.command()
def check(as_json: Json = False) -> None:
    """Find what is wrong with calendar.csv, by row and column, and what is missing from it."""
    trust = _trust()
    found = actions.gaps(trust, today(the_clock.get()))
    if as_json:
        say_json(found)
    else:
        rows, terms, dated = (len(part) for part in (trust.calendar.occasions, trust.calendar.terms,
                                                     trust.calendar.dated))  # fmt: skip
        say(f"Every row can be read: {rows} collections and feeds, {terms} terms, {dated} deadlines and windows.")
        for gap in found:
            say(gap, 2)
        say(f"Gaps: {len(found)}." + ("" if found else " Reload the code location after an edit."))
    if found:
        raise typer.Exit(HELD)


@calendar.command()
def show(
    first: Annotated[dt.datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    days: Annotated[int, typer.Option(min=1, max=400)] = 28,
    as_json: Json = False,
) -> None:
    """Show what is prepared and what people must do, day by day, from today or another day on."""
    start = first.date() if first else today(the_clock.get())
    entries = actions.coming(_trust(), start, days)
    if as_json:
        say_json(entries)
        return
    day = None
    for entry in entries:
        if entry.day != day:
            day = entry.day
            say(f"{day:%A} {day}", strong=True)
        schools = f" [{' '.join(entry.schools)}]" if entry.schools else ""
        say(f"{'runs' if entry.run else 'you '}  {entry.subject}: {entry.what}{schools}", 2)


@calendar.command()
def ics(to: Annotated[Path, typer.Argument(help="The file to write; it must not exist.", dir_okay=False)]) -> None:
    """Write every deadline, census day, window and term as an iCalendar file."""
    trust = _trust()
    entries = actions.diary(trust)
    new_file(to, icalendar(trust.name, entries, the_clock.get()()))
    say(
        f"{counted(len(entries), 'entry', 'entries')} written to {to}. Import it into your diary; a later "
        "file brings the same up to date."
    )


def _trust() -> Trust:
    return load_trust(Settings.from_environment().trust)
