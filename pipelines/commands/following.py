"""What follows a file that has left: `waybill recall ...`, `waybill checklist ...` and `waybill answered`.

Belongs here: parsing and presenting. What each means is `pipelines.actions.following`.
"""

import datetime as dt
from typing import Annotated

import typer

from exports.checklist import STEPS, Checklist
from exports.recalls import Recall, Stage
from pipelines.actions import following
from pipelines.commands.asking import As, File, Json, Period, School, Waybill, context
from pipelines.exit_codes import HELD
from pipelines.screen import SHOWN_HASH, say, say_json
from schemas.wording import counted

recall = typer.Typer(
    no_args_is_help=True, help="Ask a recipient to destroy a file that has left, and follow it until they confirm."
)
checklist = typer.Typer(
    no_args_is_help=True, help="What still has to happen to a census return in COLLECT after it was handed over."
)

Reference = Annotated[str, typer.Option(help="The other side's reference: letters, digits and . / _ - only.")]
On = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today if left out.")]


@recall.command("start")
def recall_start(
    waybill: Waybill,
    why: Annotated[str, typer.Option(prompt="Why (the data protection officer reads it)", help="Kept sealed.")],
    actor: As = "",
) -> None:
    """Recall a file that the recipient has, for good. A corrected file is prepared as its next version."""
    release = following.recall(context(actor), waybill, why)
    say(f"Recalled: waybill {release.waybill[:SHOWN_HASH]}. Nothing was sent to the recipient: ask them now.")
    say(f"Then: waybill recall step {release.waybill[:SHOWN_HASH]} notified", 2)
    say(f"Prepare again when it is put right: waybill prepare {release.slot.period} --school {release.slot.school}", 2)


@recall.command("step")
def recall_step(
    waybill: Waybill,
    stage: Annotated[Stage, typer.Argument(help="How far it has come.")],
    reference: Reference = "",
    on: On = None,
    actor: As = "",
) -> None:
    """Say that the recipient was asked, has answered, or has confirmed that the file is destroyed."""
    ctx = context(actor)
    day = on.date() if on else ctx.installation.today()
    release = following.recall_step(ctx, waybill, stage, reference=reference, on=day)
    say(f"Recorded as {stage}: waybill {release.waybill[:SHOWN_HASH]}.")


@recall.command("list")
def recall_list(actor: As = "", as_json: Json = False) -> None:
    """List what was recalled and how far it has come. Exit code 3: something is overdue."""
    ctx = context(actor)
    found, now = following.recalls(ctx), ctx.installation.now()
    if as_json:
        say_json(found)
    else:
        for one in found:
            _say_recall(one, now)
        say(f"Recalled: {len(found)}, of which {sum(not one.closed for one in found)} are not confirmed.")
    if any(one.overdue(now) for one in found):
        raise typer.Exit(HELD)


@checklist.command("show")
def checklist_show(school: School, period: Period, actor: As = "", as_json: Json = False) -> None:
    """Show the steps of a return, and who ticked which. Exit code 3: not every step is ticked."""
    found = following.checklist_of(context(actor), school, period)
    if as_json:
        say_json(found)
    else:
        _say_checklist(found)
    if found.amber:
        raise typer.Exit(HELD)


@checklist.command("tick")
def checklist_tick(
    school: School,
    period: Period,
    steps: Annotated[list[str], typer.Argument(help="Steps, as waybill checklist show names them.")],
    on: On = None,
    actor: As = "",
) -> None:
    """Tick one or more steps that are done. The record names you."""
    ctx = context(actor)
    _say_checklist(following.tick_step(ctx, school, period, steps, on.date() if on else ctx.installation.today()))


def answered(waybill: Waybill, file: File, actor: As = "", as_json: Json = False) -> None:
    """Take in COLLECT's error list or counts, or a recipient's acknowledgement (CSV). Exit code 3: counts differ."""
    answer = following.answered(context(actor), waybill, file.read_bytes())
    if as_json:
        say_json(answer)
    else:
        say(f"{answer.kind} for waybill {answer.waybill[:SHOWN_HASH]}: {len(answer.lines)} counts", strong=True)
        for line in answer.differences:
            say(f"{line.what}: we have {line.ours}, they have {line.theirs}", 2)
        unread = f" {counted(answer.unread, 'row')} could not be read." if answer.unread else ""
        for spot in answer.spots:
            say(f"line {spot.line}, column {spot.column}: no count could be read", 2)
        say(f"Different: {len(answer.differences)}.{unread} The file is sealed; the record has its counts.")
    if answer.differences:
        raise typer.Exit(HELD)


def _say_recall(one: Recall, now: dt.datetime) -> None:
    say(f"{one.school}  {one.agreement}, {one.period}, to {one.recipient}", strong=not one.closed)
    say(f"Waybill {one.waybill[:SHOWN_HASH]}, recalled by {one.by} on {one.at:%Y-%m-%d %H:%M} UTC", 2)
    say(f"Because: {one.why}", 2)
    for step in one.steps:
        say(f"{step.stage} on {step.on}, recorded by {step.by} {step.reference}".rstrip(), 2)
    if one.replaced_by:
        say(f"Replaced by waybill {one.replaced_by[:SHOWN_HASH]}", 2)
    if overdue := one.overdue(now):
        say(f"OVERDUE: {overdue}", 2, strong=True)


def _say_checklist(found: Checklist) -> None:
    say(f"Return of school {found.school}, {found.period}, version {found.version}", strong=True)
    say(f"Waybill {found.waybill[:SHOWN_HASH]}")
    for step in found.steps:
        tick = found.ticks.get(step)
        said = f"{tick.on} by {tick.by}" if tick else "not yet"
        say(f"[{'x' if tick else ' '}] {step}: {STEPS[step]} ({said})", 2)
    done = len(found.steps) - len(found.missing)
    say(f"{'AMBER' if found.amber else 'Done'}: {done} of {len(found.steps)} steps are ticked.", strong=found.amber)
