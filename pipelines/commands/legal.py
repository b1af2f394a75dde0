"""Requests of police, courts and tribunals: `waybill legal ...`.

Belongs here: parsing and presenting. Who may, and what happens, is `pipelines.actions.legal`. Pupils are named here and
nowhere else: on the command line, or in a file that must not lie in the trust folder.
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.actions import legal as actions
from pipelines.actions.legal import Answer, Subject
from pipelines.commands.asking import As, Json, Waybill, context
from pipelines.screen import SHOWN_HASH, say, say_json
from pipelines.screens.legal import say_case, say_cases
from schemas.wording import counted

legal = typer.Typer(
    no_args_is_help=True,
    help="Answers to police, courts and tribunals, one case at a time. Nothing here can be scheduled.",
)

Case = Annotated[str, typer.Argument(help="The case: the name of its file in the trust folder's cases, without .yaml.")]
Pupil = Annotated[list[str] | None, typer.Option("--pupil", help="URN:ID of a pupil, ID being the MIS's. Repeat it.")]
PupilsFile = Annotated[
    Path | None,
    typer.Option("--pupils", exists=True, dir_okay=False, help="A file of one URN:ID a line, not in the trust folder."),
]


@legal.command("list")
def legal_list(actor: As = "", as_json: Json = False) -> None:
    """List every case of the trust folder, with its faults, and where it stands (head, DPO)."""
    found = actions.cases(context(actor))
    if as_json:
        say_json(found)
    else:
        say_cases(found)


@legal.command("show")
def legal_show(case: Case, actor: As = "", as_json: Json = False) -> None:
    """Show one page: who asks for what by which power, and what the trust has decided (head, DPO)."""
    found = actions.case_named(context(actor), case)
    if as_json:
        say_json(found)
    else:
        say_case(found)


@legal.command("prepare")
def legal_prepare(
    case: Case, pupil: Pupil = None, pupils: PupilsFile = None, actor: As = "", as_json: Json = False
) -> None:
    """Read the MIS afresh, take what the case names of the pupils, and seal it to whoever asked. Hands over nothing."""
    ctx = context(actor)
    answers = actions.prepare_case(ctx, case, _subjects(pupil or [], pupils, ctx.installation.settings.trust))
    if as_json:
        say_json(answers)
        return
    for answer in answers:
        _say_answer(answer)


@legal.command("open")
def legal_open(
    waybill: Waybill,
    out: Annotated[Path, typer.Option("--out", help="A new file, yours alone. Delete it when you have read it.")],
    actor: As = "",
) -> None:
    """Open a prepared answer before signing it: what is sealed, as a zip. That you did is recorded."""
    actions.open_bundle(context(actor), waybill, out)
    say(f"Written to {out}. It is recorded that you opened it; delete the file when you have read it.")


@legal.command("refuse")
def legal_refuse(
    case: Case,
    why: Annotated[str, typer.Option("--why", help="Why the request is refused; it is sealed.")],
    actor: As = "",
) -> None:
    """Record that a request is refused, and call off what was prepared for it (head, DPO)."""
    actions.refuse_case(context(actor), case, why)
    say("Recorded as refused. What was prepared for it is called off. Tell whoever asked.")


@legal.command("tell")
def legal_tell(case: Case, actor: As = "") -> None:
    """End the withholding: from now on access reports tell of this case's disclosures (DPO). It cannot be undone."""
    actions.end_withholding(context(actor), case)
    say("Recorded. The disclosures of this case stand in access reports from now on.")


def _subjects(named: list[str], file: Path | None, trust: Path) -> list[Subject]:
    if file is not None:
        if file.resolve().is_relative_to(trust):
            message = "the file lies in the trust folder, where no pupil may be named: keep it elsewhere"
            raise typer.BadParameter(message)
        named = [*named, *(line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip())]
    subjects = [Subject(*text.partition(":")[::2]) for text in named]
    if not subjects or not all(subject.urn and subject.pupil_id for subject in subjects):
        message = "name each pupil as URN:ID, with --pupil or one a line in the file of --pupils"
        raise typer.BadParameter(message)
    return subjects


def _say_answer(answer: Answer) -> None:
    waybill = answer.prepared.waybill
    say(f"School {answer.urn}: {answer.prepared.outcome}", strong=True)
    if answer.without_rows:
        say(f"Of {counted(answer.without_rows, 'pupil')} named the MIS holds nothing that was asked for.", 2)
    if waybill is None:
        say("There is nothing to hand over; that is recorded, and an answer too.", 2)
        return
    named, tally = waybill.sha256[:SHOWN_HASH], waybill.tally
    say(f"Waybill {named}: {counted(tally.pupils, 'pupil')}, {counted(tally.cells, 'value')}, sealed.", 2)
    say(f"Next: waybill legal open {named} --out FILE, then sign it (waybill sign)", 2)
