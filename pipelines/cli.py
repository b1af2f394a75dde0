"""The `waybill` command: parse, call one action, present.

Belongs here: words on a screen. Every decision is an action's. `--json` prints data for another program; a refusal
prints what to do next and ends with its own exit code.
"""

import dataclasses
import datetime as dt
import getpass
import json
import os
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from exports.signing import Role, new_private_key, public_text, read_private_key
from pipelines.actions import findings as findings_actions
from pipelines.actions import preparing, releasing, signing, tracing
from pipelines.actions.context import Context
from pipelines.exit_codes import EXIT_CODES, FAULT, HELD
from pipelines.installation import Installation, initialise
from pipelines.settings import Settings
from schemas.refusal import Refusal

ACTOR_VARIABLE = "WAYBILL_ACTOR"
app = typer.Typer(add_completion=False, no_args_is_help=True, help="Prove what left a school trust, where, and why.")
approvers = typer.Typer(no_args_is_help=True, help="Who may sign.")
app.add_typer(approvers, name="approvers")
out = Console(highlight=False)

As = Annotated[str, typer.Option("--as", help=f"Your id in the approver register (or set {ACTOR_VARIABLE}).")]
Json = Annotated[bool, typer.Option("--json", help="Print data instead of text.")]
Key = Annotated[Path, typer.Option(help="Your encrypted private key.", exists=True, dir_okay=False)]


def _context(actor: str) -> Context:
    return Context(
        Installation.open(Settings.from_environment()), actor or os.environ.get(ACTOR_VARIABLE, getpass.getuser())
    )


@app.command()
def init() -> None:
    """Make the state folder and its keys."""
    settings = Settings.from_environment()
    made = initialise(settings)
    out.print(f"Keys made in {settings.keys}." if made else f"{settings.home} is already set up. Nothing was changed.")
    out.print("Next: waybill approvers bootstrap PEOPLE.json")


@app.command()
def prepare(period: str, as_json: Json = False) -> None:
    """Prepare a collection (2026-autumn) or a feed period (2026-10-01) for every school. Sends nothing."""
    result = preparing.prepare(Installation.open(Settings.from_environment()), period)
    if as_json:
        _print_json(result)
    else:
        _print_releases(result.releases, f"Prepared for {period}")
    if result.failed:
        message = (
            f"Could not be prepared: {', '.join(result.failed)}. The others are. Each has its own red run in the "
            "Dagster UI that says why; put it right and run this again."
        )
        raise preparing.PreparationFailed(message)


@app.command()
def status(actor: As = "", as_json: Json = False) -> None:
    """List every release and where it stands."""
    releases = releasing.status(_context(actor))
    if as_json:
        _print_json(releases)
    else:
        _print_releases(releases, "Releases")


@app.command()
def findings(school: str, period: str, actor: As = "", as_json: Json = False) -> None:
    """List what is wrong or unusual, grouped by rule, what blocks first. Exit code 3 when something holds the release."""
    result = findings_actions.findings(_context(actor), school, period)
    if as_json:
        _print_json(result)
    else:
        _print_findings(result)
    if result.verdict.blocked or result.verdict.needs_explanation:
        raise typer.Exit(HELD)


@app.command()
def note(
    school: str, period: str, rule: str, text: str, pupil: Annotated[str | None, typer.Option()] = None, actor: As = "",
) -> None:  # fmt: skip
    """Explain the open findings of a rule, or one pupil's. Then prepare again, so that the explanation is signed too."""
    count = findings_actions.note(_context(actor), school, period, rule, text, pupil)
    out.print(f"Explained {count} findings of rule {rule}. Next: waybill prepare {period}")


@app.command()
def show(waybill: str, actor: As = "", as_json: Json = False) -> None:
    """Show one page: what a waybill would let leave, to whom and why."""
    statements = signing.show(_context(actor), waybill)
    if as_json:
        _print_json(statements)
    else:
        _print_statements(statements)


@app.command()
def sign(
    waybill: str,
    role: Role,
    key: Key,
    named: Annotated[str | None, typer.Option("--named", help="First eight characters of the waybill.")] = None,
    actor: As = "",
) -> None:
    """Show a waybill, ask you to name it, and sign its release."""
    ctx = _context(actor)
    _print_statements(signing.show(ctx, waybill))
    typed = named if named is not None else typer.prompt("Type the first eight characters of the waybill to sign it")
    complete = signing.sign_release(ctx, waybill, role, _private_key(key), typed)
    out.print("Signed. Every signature is there: it will be sent." if complete else "Signed. Another person must sign.")


@app.command()
def revoke(waybill: str, role: Role, key: Key, actor: As = "") -> None:
    """Call a waybill off before it is sent. It cannot be undone; prepare again to send."""
    signing.revoke(_context(actor), waybill, role, _private_key(key))
    out.print("Called off. Nothing was sent.")


@app.command()
def override(
    waybill: str,
    role: Role,
    key: Key,
    reason: Annotated[str, typer.Option(prompt=True)],
    reference: Annotated[str, typer.Option(prompt="The helpdesk's reference")],
    named: Annotated[str, typer.Option(prompt="Type the first eight characters of the waybill")],
    actor: As = "",
) -> None:
    """Let blocking errors stand. The head and the data manager must both sign the same reason and reference."""
    ctx = _context(actor)
    signing.override(ctx, waybill, role, _private_key(key), reason=reason, reference=reference, named=named)
    out.print("Recorded. It counts when both the head and the data manager have signed it.")


@app.command()
def release(agreement: str, school: str, period: str, actor: As = "", as_json: Json = False) -> None:
    """Send the signed file of one agreement, school and period."""
    sent = releasing.release(_context(actor), releasing.ReleaseRequest(agreement, school, period))
    if as_json:
        _print_json(sent)
    else:
        out.print(f"{'Sent' if sent.sent_now else 'Already there'}: {sent.state}. Waybill {sent.waybill}")


@app.command()
def trace(upn: str, actor: As = "", as_json: Json = False) -> None:
    """Say what each recipient was told about a pupil, when, and why. The look-up is recorded."""
    told = tracing.trace(_context(actor), upn)
    if as_json:
        _print_json(told)
    else:
        _print_trace(told)


@app.command()
def verify(
    head: Annotated[Path | None, typer.Option(help="The head lodged outside.")] = None, as_json: Json = False
) -> None:
    """Check that no row of the ledger was changed, dropped, reordered or cut."""
    report = tracing.verify(_context(""), head)
    if as_json:
        _print_json(report)
    else:
        out.print(f"{report.events} events, {report.releases} releases, {report.files} files, {report.pupils} pupils")
        out.print(f"Last event {report.events}: {report.head.hex()}")
    if report.faults:
        raise tracing.LedgerDoesNotVerify(report.faults)
    out.print("The ledger is intact.")


@approvers.command("bootstrap")
def approvers_bootstrap(people: Annotated[Path, typer.Argument(exists=True)], actor: As = "") -> None:
    """Set up the first register from a JSON list, and print each key's fingerprint to be confirmed by voice."""
    listed = json.loads(people.read_text(encoding="utf-8"))
    for person, fingerprint in signing.bootstrap_register(_context(actor), listed).items():
        out.print(f"{person}  {fingerprint}")
    out.print("Ring each person and compare. A change now needs two of them.")


@app.command("new-key")
def new_key(path: Path) -> None:
    """Make your signing key. Keep the file and its passphrase to yourself; the public part goes into the register."""
    passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        data = new_private_key(passphrase)
        file.write(data)
    out.print(public_text(read_private_key(data, passphrase)))


def main() -> None:
    """Run the command; a refusal becomes its message and its exit code."""
    try:
        app()
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(EXIT_CODES.get(refusal.code, FAULT))


def _private_key(path: Path):  # noqa: ANN202
    passphrase = os.environ.get("WAYBILL_PASSPHRASE") or typer.prompt("Passphrase", hide_input=True)
    return read_private_key(path.read_bytes(), passphrase)


def _print_releases(releases, title: str) -> None:  # noqa: ANN001
    table = Table("school", "period", "agreement", "version", "state", "waybill", title=title)
    for one in releases:
        slot = one.slot
        table.add_row(slot.school, slot.period, slot.agreement, str(slot.version), one.state, one.waybill[:12])
    out.print(table)


def _print_findings(result: findings_actions.FindingsResult) -> None:
    table = Table("rule", "what it does", "count", "explained", "what is wrong", "where to fix it")
    for cause in result.causes:
        table.add_row(
            cause.rule, cause.kind if cause.evaluated else "not evaluated", str(cause.count), str(cause.explained),
            cause.message, cause.where_to_fix,
        )  # fmt: skip
    out.print(table)
    standing = result.verdict
    out.print(
        f"{standing.blocking_open} block, {standing.unexplained} wait for a fix or an explanation, "
        f"{standing.not_evaluated} could not be evaluated."
    )


def _print_statements(page: signing.Statements) -> None:
    waybill = page.waybill
    out.print(f"[bold]Waybill {waybill.sha256[:8]}[/] {waybill.sha256[8:]}")
    out.print(f"{page.purpose}: school {waybill.school}, {waybill.period}, version {waybill.release_version}")
    out.print(f"To {page.recipient}. It ends as: {page.ends_as}. State: {page.state}")
    out.print(f"{waybill.tally.pupils} pupils, {waybill.tally.cells} values, {waybill.length} bytes")
    out.print(f"File {waybill.remote_name}, SHA-256 {waybill.file_sha256}")
    if waybill.tally.unverified_paths:
        out.print(f"UNVERIFIED LAYOUT: {waybill.tally.unverified_paths} paths have not been confirmed by the department")
    out.print(
        f"Findings: {waybill.tally.errors} block, {waybill.tally.queries} queries, "
        f"{waybill.tally.unexplained} unexplained, {waybill.tally.not_evaluated} not evaluated"
    )
    for clause, fields in page.fields.items():
        out.print(f"  notice {clause}: {', '.join(fields)}")
    out.print(f"New since the last file: {len(page.newly)} of {len(waybill.fields)} fields")
    out.print(f"Needs: {', '.join(page.signing)}")


def _print_trace(told: list[tracing.Told]) -> None:
    for one in told:
        slot = one.disclosure.slot
        out.print(f"[bold]{one.recipient}[/] {one.disclosure.state} {one.disclosure.at:%Y-%m-%d %H:%M} UTC")
        out.print(f"  {slot.agreement}, {slot.period}, version {slot.version}; file {one.remote_name}")
        out.print(f"  SHA-256 {one.file_sha256}; waybill {one.disclosure.waybill}")
        out.print(f"  signed by {', '.join(f'{who} as {role}' for who, role in one.signers)}")
        for reason in one.grounds:
            out.print(f"    {reason.field}: notice {reason.clause}, {reason.gateway}: {reason.why}")


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
