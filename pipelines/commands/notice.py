"""The privacy notice against what is done: `waybill notice check|sheet`.

Belongs here: parsing and presenting. What is found is `pipelines.actions.noticing`; what families are asked for,
`exports.asked`. Neither needs keys.
"""

from pathlib import Path
from typing import Annotated

import typer

from exports.asked import as_markdown, asked
from exports.notice_conformance import NoticeNotKept
from exports.records import load_records
from pipelines.actions import noticing
from pipelines.clock import today
from pipelines.commands.asking import File, Json, new_file, the_clock
from pipelines.exit_codes import HELD
from pipelines.screen import say, say_json
from pipelines.screens.notice import say_notice
from pipelines.settings import Settings
from schemas.wording import counted

notice = typer.Typer(
    no_args_is_help=True, help="The privacy notice: is it kept, what is to be said of it, what is asked."
)


@notice.command("check")
def check(
    other: Annotated[File | None, typer.Option("--notice", help="Look at the words of another notice.")] = None,
    reach: Annotated[bool, typer.Option("--reach", help="Ask the network whether each link leads anywhere.")] = False,
    as_json: Json = False,
) -> None:
    """Hold each field to a clause and each clause to what keeps it; say what is to be said of the notice's words."""
    report = noticing.check_notice(Settings.from_environment().trust, today(the_clock.get()), other, reach=reach)
    if as_json:
        say_json(report)
    else:
        say_notice(report)
    if report.conformance is not None and report.conformance.faults:
        message = (
            "The notice is not kept: "
            f"{counted(len(report.conformance.faults), 'thing does not hold', 'things do not hold')}, as listed above."
        )
        raise NoticeNotKept(message)
    if report.findings or any(link.wrong for link in report.links):
        raise typer.Exit(HELD)


@notice.command("sheet")
def sheet(
    html: Annotated[Path | None, typer.Option(help="Write the sheet for a browser to a new file.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the sheet as Markdown to a new file.")] = None,
    as_json: Json = False,
) -> None:
    """List what must and what may be asked of families, why, and who is told; a page to print and hand out."""
    records = load_records(Settings.from_environment().trust)
    if as_json:
        say_json(asked(records))
    elif html is None and markdown is None:
        typer.echo(as_markdown(records), nl=False)
    if html is not None:
        from pipelines.reports import asked_page  # noqa: PLC0415  the templating library takes its time to load

        new_file(html, asked_page.html(records))
        say(f"Written: {html}")
    if markdown is not None:
        new_file(markdown, as_markdown(records))
        say(f"Written: {markdown}")
