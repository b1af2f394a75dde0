"""The `waybill` command: parse, call one action, present.

Belongs here: the commands. Every decision is an action's, how a result looks is `screen`'s. A refusal prints what to do
next and ends with its own exit code; a fault of the program prints its type and place, never its words.
"""

import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from pipelines.actions import following, releasing, tracing
from pipelines.clock import Clock, system_clock
from pipelines.commands.agreements import agreements
from pipelines.commands.alerts import alerts
from pipelines.commands.approvers import approvers
from pipelines.commands.asking import (
    As,
    Json,
    Period,
    School,
    Waybill,
    context,
    installation,
    the_clock,
)
from pipelines.commands.auditor import auditor
from pipelines.commands.backup import backup, restore
from pipelines.commands.calendar import calendar
from pipelines.commands.chase import chase
from pipelines.commands.complaints import complaints
from pipelines.commands.delegation import delegation
from pipelines.commands.deletions import deletions
from pipelines.commands.disclose import disclose
from pipelines.commands.doctor import doctor
from pipelines.commands.drill import drill
from pipelines.commands.extract import extract
from pipelines.commands.files import adopt, check, diff
from pipelines.commands.findings import findings, note, notes
from pipelines.commands.following import answered, checklist, recall
from pipelines.commands.founding import init
from pipelines.commands.handed import handed
from pipelines.commands.legal import legal
from pipelines.commands.lineage import lineage
from pipelines.commands.notice import notice
from pipelines.commands.pack import pack
from pipelines.commands.protect import protect
from pipelines.commands.recipients import hold
from pipelines.commands.records import dpia, ropa
from pipelines.commands.retention import retention
from pipelines.commands.rights import rights
from pipelines.commands.sign import override, revoke, show, sign
from pipelines.commands.spec import spec, start_year
from pipelines.commands.standing import standing
from pipelines.commands.summary import summary
from pipelines.commands.template import template
from pipelines.commands.trace import breach, trace, who_had
from pipelines.commands.why_not import why_not
from pipelines.exit_codes import EXIT_CODES, FAULT
from pipelines.screen import (
    say,
    say_failures,
    say_json,
    say_releases,
)  # fmt: skip
from schemas.refusal import Refusal
from schemas.wording import counted

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Prove what left a school trust, where, and why. Exit codes: docs/exit_codes.md.",
)
app.add_typer(agreements, name="agreements")
app.add_typer(approvers, name="approvers")
app.add_typer(spec, name="spec")
app.add_typer(standing, name="standing")
app.command("new-year")(start_year)


app.command()(init)


@app.command()
def prepare(
    period: Period,
    school: Annotated[str | None, typer.Option(help="URN of one school; every school otherwise.")] = None,
    as_json: Json = False,
) -> None:
    """Read the MIS and prepare a collection or a feed period, up to the waybill. Sends nothing."""
    from pipelines.actions import preparing  # noqa: PLC0415  Dagster takes two seconds, and only this command needs it

    result = preparing.prepare(installation(), period, school=school)
    if as_json:
        say_json(result)
    else:
        say_failures(result.failures)
        say_releases(result.releases)
    if result.failures:
        message = (
            f"Could not be prepared: {', '.join(result.failed)}; nothing new of theirs can be sent. Put right what is "
            f"said above and run again: waybill prepare {period} --school URN"
        )
        raise preparing.PreparationFailed(message, result.failures)
    if not as_json:
        say(f"Next: waybill findings URN {period}" if result.releases else "Nothing is due then: see calendar.csv.")


@app.command()
def status(
    everything: Annotated[bool, typer.Option("--all", help="Withdrawn ones too.")] = False,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """List every release and where it stands."""
    standing = following.status(context(actor))
    if as_json:
        say_json([one.release for one in standing])
    else:
        notes = {one.release.waybill: one.note for one in standing if one.note}
        say_releases([one.release for one in standing], everything=everything, notes=notes)


app.command()(extract)
app.command()(doctor)
app.command()(check)
app.command()(diff)
app.command()(adopt)
app.command()(findings)
app.command()(note)
app.add_typer(notes, name="notes")
app.command()(summary)
app.command()(template)
app.command("why-not")(why_not)
app.add_typer(notice, name="notice")
app.command()(ropa)
app.command()(dpia)
app.add_typer(disclose, name="disclose")
app.add_typer(protect, name="protect")
app.add_typer(calendar, name="calendar")
app.add_typer(alerts, name="alerts")
app.add_typer(chase, name="chase")
app.add_typer(handed, name="handed")
app.add_typer(recall, name="recall")
app.add_typer(checklist, name="checklist")
app.command()(answered)
app.add_typer(deletions, name="deletions")
app.add_typer(legal, name="legal")
app.add_typer(rights, name="rights")
app.add_typer(drill, name="drill")
app.add_typer(hold, name="hold")
app.add_typer(retention, name="retention")
app.add_typer(complaints, name="complaints")
app.command()(lineage)


app.command()(show)
app.command()(sign)
app.command()(revoke)
app.command()(override)
app.add_typer(delegation, name="delegation")


@app.command()
def release(
    agreement: Annotated[str, typer.Argument(help="Id of the agreement.")],
    school: School,
    period: Period,
    actor: As = "",
    as_json: Json = False,
) -> None:
    """Send the signed files of one agreement, school and period: one, or one for each destination."""
    sent = releasing.release(context(actor), releasing.ReleaseRequest(agreement, school, period))
    if as_json:
        say_json(sent)
        return
    for one in sent:
        say(f"{'Sent' if one.sent_now else 'Not sent again, the recipient has it'}: {one.state}.")
        say(f"Waybill {one.waybill}")


@app.command()
def resolve(waybill: Waybill, actor: As = "", as_json: Json = False) -> None:
    """Find out, by reading back and never by sending, whether a file in state `unknown` arrived."""
    found = releasing.resolve(context(actor), waybill)
    if as_json:
        say_json(found)
    else:
        say(f"It is settled: {found.state}." + (" It can be released again." if found.state == "refused" else ""))


app.add_typer(trace, name="trace")
app.command("who-had")(who_had)
app.add_typer(pack, name="pack")
app.command()(backup)
app.command()(restore)
app.command()(auditor)
app.command()(breach)


@app.command()
def verify(
    head: Annotated[Path | None, typer.Option(help="Another copy of the lodged head.", exists=True)] = None,
    key: Annotated[Path | None, typer.Option(help="Another copy of ledger-head.pub.", exists=True)] = None,
    as_json: Json = False,
) -> None:
    """Check that no row of the ledger was changed, dropped, reordered or cut, against the head lodged outside."""
    ctx = context("")
    report = tracing.verify(ctx, head, key)
    if as_json:
        say_json(report)
    else:
        say(
            f"{counted(report.events, 'event')}, {counted(report.releases, 'release')}, "
            f"{counted(report.files, 'file')}, {counted(report.pupils, 'pupil')}"
        )
        say(f"Last event that holds: {report.events} {report.head.hex()}")
    if report.faults:
        raise tracing.LedgerDoesNotVerify(report.faults)
    if not as_json:
        say(f"The ledger is intact, and continues the signed head in {head or ctx.installation.lodged.path}")


@app.command()
def lodge(actor: As = "") -> None:
    """Lodge the ledger's head in a new place, after trust.toml has named one. Every later step does so by itself."""
    say(f"Lodged in {releasing.lodge(context(actor))}. It is recorded that you did this.")


@cache
def _command() -> Callable[..., object]:
    """Return the command, made from every signature once in a process."""
    return typer.main.get_command(app)


def main(arguments: Sequence[str] | None = None, clock: Clock = system_clock) -> None:
    """Run the command; a refusal becomes its message and its exit code, anything else its type and place."""
    the_clock.set(clock)
    try:
        _command()(arguments, prog_name="waybill")
    except Refusal as refusal:
        _end(str(refusal), EXIT_CODES.get(refusal.code, FAULT))
    except Exception as error:  # noqa: BLE001  the edge: another's message may quote a pupil's value
        from assets.edge import describe  # noqa: PLC0415  as for `prepare`

        _end(describe(error), FAULT)


def _end(words: str, code: int) -> None:
    say(words, to_stderr=True)
    say(f"Exit code {code}: see docs/exit_codes.md", to_stderr=True)
    sys.exit(code)
