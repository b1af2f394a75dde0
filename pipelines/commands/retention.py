"""How long things are kept: `waybill retention show|check|purge`.

Belongs here: parsing and presenting. What is removed, and what a hold keeps, is `pipelines.actions.retaining`.
"""

import typer

from exports.access_report import sentence
from pipelines.actions import retaining
from pipelines.commands.asking import As, Json, context
from pipelines.screen import say, say_json
from schemas.wording import counted

retention = typer.Typer(
    no_args_is_help=True, help="How long each kind of thing is kept; what is overdue; removing it (DPO, data manager)."
)


@retention.command("show")
def retention_show(actor: As = "", as_json: Json = False) -> None:
    """Show the rule of every class: counted from when, how long, on what basis."""
    found = retaining.rules(context(actor))
    if as_json:
        say_json(found)
        return
    for rule in found:
        days = "as each agreement says (retention_days)" if rule.days is None else f"{rule.days} days"
        say(f"{rule.id}: {rule.title}", strong=True)
        say(f"{sentence(days)} from {rule.trigger}. {sentence(rule.basis)}.", 2)
        say(f"Source: {rule.source} (confidence {rule.confidence}).", 2)
        if rule.reason:
            say(f"The trust's own period, instead of {counted(rule.default, 'day')}: {rule.reason}", 2)
    say("A legal hold goes before all of these: waybill hold list")


@retention.command("check")
def retention_check(actor: As = "", as_json: Json = False) -> None:
    """Look for whatever should be gone. Ends with an exit code of its own when something is found."""
    found = retaining.scan(context(actor))
    if as_json:
        say_json(found)
    else:
        for one in found.overdue:
            say(f"{one.rule}: {one.what}, {one.why}")
        for kind in found.unclassified:
            say(f"No rule governs artefacts of kind {kind}.", strong=True)
    if found.overdue or found.unclassified:
        message = (
            f"{len(found.overdue)} overdue, {len(found.unclassified)} kinds without a rule: waybill retention purge"
        )
        raise retaining.RetentionOverdue(message)
    if not as_json:
        say("Nothing is overdue.")


@retention.command("purge")
def retention_purge(actor: As = "", as_json: Json = False) -> None:
    """Remove what is due, except what a legal hold keeps, and sign a record of it; the schedule does so every night."""
    done = retaining.purge(context(actor))
    if as_json:
        say_json(done)
        return
    for name, count in sorted(done.removed.items()):
        say(f"{name}: {count} removed")
    say(f"Keys of pupils destroyed: {done.keys}. Kept by a legal hold: {done.spared}.")
    say(f"The signed record: {done.record}" if done.record else "Nothing was due.")
