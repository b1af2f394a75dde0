"""`waybill summary`: the head's page.

Belongs here: parsing, and writing the page to a file that only its owner can read.
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.actions import summarising
from pipelines.commands.asking import As, Json, Period, School, context, new_file
from pipelines.screen import say, say_json


def summary(
    school: School,
    period: Period,
    html: Annotated[Path | None, typer.Option(help="Write the page for a browser to a new file.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the page as PDF to a new file.")] = None,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Count a prepared census beside last term's, for the head: by year, sex, SEN, meals, attendance, suspensions."""
    report = summarising.summarise(context(actor), school, period)
    if as_json:
        say_json(report)
    elif not (html or pdf):
        _say(report)
    from pipelines.reports import summary_page  # noqa: PLC0415  the PDF library takes a second to load

    for path, made in ((html, summary_page.html), (pdf, summary_page.pdf)):
        if path:
            new_file(path, made(report))
            say(f"Written: {path}. It names no pupil, but small numbers can point at one.")


def _say(report: summarising.Report) -> None:
    say(f"{report.school}, {report.period}", strong=True)
    say(f"beside {report.before}" if report.before else f"nothing to compare with: {report.why_alone}")
    for section in report.sections:
        say(f"{section.title} ({section.counted})", strong=True)
        for row in section.rows:
            share = "" if row.share is None else f"{row.share:.1%}"
            before = "" if row.before is None else f"{row.before:,}"
            typer.echo(f"  {row.label:<42}{row.count:>9,}{share:>9}{before:>10}")
