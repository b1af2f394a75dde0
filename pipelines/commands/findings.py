"""Working with findings: `waybill findings`, `waybill note` and `waybill notes ...`.

Belongs here: parsing and presenting. What is found and whose names are given is `pipelines.actions.findings`;
explaining, `pipelines.actions.noting`; what a list says, `pipelines.screens.lists`.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated, Final

import typer

from exports.sheets import as_csv, as_xlsx
from pipelines.actions import findings as listing
from pipelines.actions import noting
from pipelines.actions.context import Context
from pipelines.actions.taking_out import TakenOut, record, take_out
from pipelines.commands.asking import As, Json, Period, School, context
from pipelines.exit_codes import HELD
from pipelines.screen import say, say_json
from pipelines.screens.findings import say_findings, say_library, say_written
from pipelines.screens.lists import PUPIL_DATA, Listing, findings_list, office_list, queries_list
from schemas.wording import counted

notes = typer.Typer(no_args_is_help=True, help="Explanations: list, confirm, export, and texts kept ready.")

Csv = Annotated[Path | None, typer.Option("--csv", help="Write a CSV file, new and readable by you alone.")]
Xlsx = Annotated[Path | None, typer.Option("--xlsx", help="Write a workbook, new and readable by you alone.")]
_ISO: Final = ["%Y-%m-%d"]


def findings(  # noqa: PLR0913, PLR0917  the options a person may give
    school: School,
    period: Period,
    everyone: Annotated[
        bool | None, typer.Option("--pupils/--no-pupils", help="Name every pupil, or none; the first few otherwise.")
    ] = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    office: Annotated[
        bool, typer.Option("--office", help="With --by and a file: only what the office must do.")
    ] = False,
    by: Annotated[dt.datetime | None, typer.Option("--by", formats=_ISO, help="When the office is to be done.")] = None,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """List what is wrong or unusual by rule, errors first. Exit code 3 when something holds the release."""
    _refuse_half_an_office_list(by, office=office, to_file=bool(csv or xlsx))
    ctx = context(actor)
    result = listing.findings(ctx, school, period)
    if csv or xlsx:
        made = office_list(result, by.date()) if by else findings_list(result)
        _write(ctx, result, made, csv, xlsx)
    elif as_json:
        _say_data(ctx, result, with_pupils=everyone is not False)
    else:
        say_findings(result, noting.library(ctx), everyone=everyone)
    if result.verdict.blocked or result.verdict.needs_explanation:
        raise typer.Exit(HELD)


def note(
    school: School,
    period: Period,
    rule: Annotated[str, typer.Argument(help="Number of the rule, as waybill findings shows it.")],
    text: Annotated[str | None, typer.Argument(help="Why it is right as it stands.")] = None,
    place: Annotated[
        int | None, typer.Option("--text-from-library", help="A text of explanations.csv by its number instead.")
    ] = None,
    pupil: Annotated[str | None, typer.Option(help="One pupil, by the id in the MIS; all of them otherwise.")] = None,
    actor: As = "",
) -> None:
    """Explain the open findings of a rule, or one pupil's. Then prepare again: what is signed includes it."""
    if (text is None) == (place is None):
        message = "Give a text, or --text-from-library with its number, and not both."
        raise typer.BadParameter(message)
    ctx = context(actor)
    words = text if place is None else noting.from_library(ctx, rule, place)
    count = noting.note(ctx, school, period, rule, words or "", pupil)
    say(f"Explained {counted(count, 'finding')} of rule {rule}.")
    _say_prepare_again(school, period)


@notes.command("list")
def notes_list(school: School, period: Period, actor: As = "", as_json: Json = False) -> None:
    """Every explanation of what is found now, with author and time, and which wait to be confirmed."""
    written = noting.written(context(actor), school, period)
    if as_json:
        say_json(written)
    else:
        say_written(written)


@notes.command("confirm")
def notes_confirm(
    school: School,
    period: Period,
    rule: Annotated[str | None, typer.Argument(help="One rule; every explanation carried forward otherwise.")] = None,
    actor: As = "",
) -> None:
    """Say that what was explained before is still right, of the same findings on the same facts."""
    count = noting.confirm(context(actor), school, period, rule)
    say(f"Confirmed for {counted(count, 'finding')}, in your name.")
    _say_prepare_again(school, period)


@notes.command("export")
def notes_export(
    school: School, period: Period, csv: Csv = None, xlsx: Xlsx = None, actor: As = "", as_json: Json = False
) -> None:
    """Remaining queries with their texts, in the order of COLLECT's All Errors list as we understand it."""
    if not (csv or xlsx or as_json):
        message = "Say where to: --csv FILE, --xlsx FILE, or --json."
        raise typer.BadParameter(message)
    ctx = context(actor)
    result = listing.findings(ctx, school, period)
    made = queries_list(result, noting.queries(result))
    if as_json:
        record(ctx, _taken(result, made, "json"))
        names = [column.heading for column in made.sheet.columns]
        say_json([dict(zip(names, row, strict=True)) for row in made.sheet.rows])
    _write(ctx, result, made, csv, xlsx)


@notes.command("library")
def notes_library(
    rule: Annotated[str | None, typer.Argument(help="Number of one rule.")] = None,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """The texts your trust keeps ready in explanations.csv, each with the number it is used by."""
    texts = noting.library(context(actor))
    if as_json:
        say_json(texts)
    else:
        say_library(texts, rule)


def _refuse_half_an_office_list(by: dt.datetime | None, *, office: bool, to_file: bool) -> None:
    if office != (by is not None) or (office and not to_file):
        message = "A list for the office is --office with --by YYYY-MM-DD and --xlsx FILE or --csv FILE."
        raise typer.BadParameter(message)


def _say_data(ctx: Context, result: listing.FindingsResult, *, with_pupils: bool) -> None:
    """Print data; with names in it, it is a list taken out like any other."""
    named = with_pupils and bool(result.pupils)
    if named:
        record(ctx, _taken(result, findings_list(result), "json"))
    say_json(result if named else listing.without_names(result))


def _write(ctx: Context, result: listing.FindingsResult, made: Listing, csv: Path | None, xlsx: Path | None) -> None:
    now = ctx.installation.now()
    forms = {
        "csv": (csv, lambda: as_csv(made.sheet)),
        "xlsx": (xlsx, lambda: as_xlsx(made.sheet, now)),
    }
    for form, (file, data) in forms.items():
        if file is None:
            continue
        try:
            take_out(ctx, file, _taken(result, made, form), data)
        except OSError as error:
            message = f"{file} cannot be made: {error.strerror}. Nothing was written; name a new file."
            raise typer.BadParameter(message) from None
        say(f"{counted(len(made.sheet.rows), 'row')} about {counted(made.pupils, 'pupil')}, readable by you alone, in")
        say(str(file.resolve()), 2)
        say(f"{PUPIL_DATA} It is recorded that you made it.")


def _taken(result: listing.FindingsResult, made: Listing, form: str) -> TakenOut:
    return TakenOut(result.school, result.period, made.sheet.name, form, len(made.sheet.rows), made.pupils)


def _say_prepare_again(school: str, period: str) -> None:
    say(f"Next: waybill prepare {period} --school {school}, so that the explanation is part of what is signed.")
