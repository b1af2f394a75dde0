"""The demonstration: a whole trust, from its MIS to its recipients and back to the question "why", on loopback.

Belongs here: the order of the story and what it prints. It runs the same Dagster jobs the schedule uses, signs with two
people's keys, and lets the sensor say what to release. Everything is invented; state is kept in `.waybill`.
"""

import contextlib
import datetime as dt
import sys
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Final

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from connectors.mis import Mis, Now, Plan, Snapshot
from connectors.mis import Progress as Told
from exports.preparation import read_waybill
from exports.signing import Role
from exports.waybill import Waybill
from ledger.states import State
from ledger.store import Release
from pipelines.actions import findings, preparing, signing, tracing
from pipelines.build import build_defs
from pipelines.jobs import RELEASE_JOBS
from pipelines.settings import Settings
from schemas.deployment import School
from schemas.refusal import Refusal
from simulator.deployment import Deployment, deployed
from simulator.world.faults import with_faults
from simulator.world.trust import make_trust

EVENING: Final = dt.datetime(2026, 10, 1, 17, 30, tzinfo=dt.UTC)
PERIODS: Final = ("2026-autumn", "2026-10-01", "2026-autumn-term")
BLOCKED_SCHOOL: Final = "900003"
FAULTS: Final = (
    "upn check letter",
    "surname missing",
    "fsm after census day",
    "suspension reason",
    "attendance none possible",
)
SIGNERS: Final = ((Role.DATA_MANAGER, "priya"), (Role.HEAD, "helen"))

out = Console(highlight=False)


class Watched:
    """A school's MIS whose reading moves the bar."""

    def __init__(self, mis: Mis, told: Callable[[str, int], None]) -> None:
        self._mis, self._told = mis, told

    def snapshot(self, plan: Plan, progress: Told, now: Now) -> Snapshot:
        """Read, telling the bar what is being read."""

        def both(resource: str, rows: int) -> None:
            progress(resource, rows)
            self._told(resource, rows)

        return self._mis.snapshot(plan, both, now)


def main() -> int:
    """Run the demonstration; 0 when every file that may leave has left and the ledger verifies."""
    began = time.monotonic()
    home = Settings.from_environment({}).home
    out.print(
        "[bold]Waybill demonstration[/]: Fernhill Learning Trust, seven invented schools, census day 1 October 2026"
    )
    world = with_faults(make_trust(), BLOCKED_SCHOOL, FAULTS)
    with deployed(home, trust=world, clock=lambda: EVENING) as demo:
        out.print(
            f"MIS (Arbor's API) on 127.0.0.1:18080, recipients' SFTP ({demo.program}) on 127.0.0.1:18022, state in {home}"
        )
        pupils = sum(len(school.pupils) for school in world.schools)
        out.print(f"{len(world.schools)} schools, {pupils:,} pupils in the MIS, leavers included\n")
        with _bar() as bar:
            for period in PERIODS:
                _prepare(demo, period, bar)
            _sign(demo, bar)
            refused = _release(demo, bar)
        _report(demo)
        for refusal in refused:
            out.print(f"[red]{refusal}[/]")
        _trace_one(demo)
        intact = _verify(demo)
    out.print(f"\nRun time {time.monotonic() - began:.0f} s.")
    _where_next(home)
    return 0 if intact and not refused else 1


@contextlib.contextmanager
def _bar() -> Generator[Progress]:
    columns = (TextColumn("{task.description:<34}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}"))
    with Progress(*columns, TextColumn("{task.fields[now]}"), TimeElapsedColumn(), console=out) as bar:
        yield bar


def _prepare(demo: Deployment, period: str, bar: Progress) -> None:
    here = demo.installation
    task = bar.add_task(f"Preparing {period}", total=len(here.trust.schools), now="")
    seen: set[str] = set()

    def watched(school: School) -> Mis:
        seen.add(school.urn)
        bar.update(task, completed=len(seen) - 1, now=school.name)
        return Watched(
            here.connect(school), lambda resource, rows: _now(bar, task, f"{school.name}: {resource} {rows:,}")
        )

    definitions = build_defs(here.settings, mis=watched, vault=here.vault, ledger=here.ledger, clock=here.clock)
    result = preparing.prepare(here, period, definitions=lambda: definitions)
    bar.update(task, completed=len(here.trust.schools), now="")
    if result.failed:
        raise preparing.PreparationFailed(f"{period}: could not be prepared: {', '.join(result.failed)}")


def _now(bar: Progress, task: TaskID, text: str) -> None:
    bar.update(task, now=text[:60])


def _waiting(demo: Deployment) -> list[Release]:
    return [release for release in demo.installation.ledger.releases(state=State.PREPARED.value)]


def _sign(demo: Deployment, bar: Progress) -> None:
    waiting = _waiting(demo)
    task = bar.add_task("Two people sign", total=max(1, len(waiting)), now="")
    for release in waiting:
        if not _held(demo, release):
            for role, person in SIGNERS:
                ctx = demo.acting(person)
                page = signing.show(ctx, release.waybill)
                signing.sign_release(ctx, release.waybill, role, demo.key(person), page.waybill.sha256[:8])
        bar.advance(task)
    bar.update(task, completed=max(1, len(waiting)))


def _held(demo: Deployment, release: Release) -> bool:
    tally = read_waybill(demo.installation.ledger, demo.installation.vault, release.waybill).tally
    return bool(tally.errors or tally.unexplained)


def _release(demo: Deployment, bar: Progress) -> list[str]:
    """Tick the sensors and run what they ask for, as the daemon would."""
    here = demo.installation
    defs = build_defs(here.settings, vault=here.vault, ledger=here.ledger, clock=here.clock)
    repository = defs.get_repository_def()
    console = here.settings.dagster / "console.log"
    failed = []
    with preparing.instance_of(here) as instance, console.open("a", encoding="utf-8") as log:
        for job in RELEASE_JOBS.values():
            sensor = repository.get_sensor_def(f"{job}_what_is_signed")
            with contextlib.redirect_stderr(log):
                requests = _requests(
                    sensor.evaluate_tick(dg.build_sensor_context(instance, repository_def=repository)).run_requests
                )
            task = bar.add_task(f"Releasing ({job})", total=max(1, len(requests)), now="")
            for request in requests:
                with contextlib.redirect_stderr(log):
                    done = defs.resolve_job_def(job).execute_in_process(
                        instance=instance,
                        partition_key=request.partition_key,
                        asset_selection=list(request.asset_selection or []),
                        raise_on_error=False,
                    )
                failed += [] if done.success else [f"{job} {request.partition_key} failed: see {console}"]
                bar.advance(task)
            bar.update(task, completed=max(1, len(requests)))
    return failed


def _requests(asked: Iterable[dg.RunRequest] | None) -> list[dg.RunRequest]:
    return list(asked or [])


def _report(demo: Deployment) -> None:
    here = demo.installation
    table = Table(
        "school",
        "what",
        "findings",
        "state",
        "pupils",
        "bytes",
        "file and SHA-256",
        title="What left, and what did not",
    )
    for release in _current(here.ledger.releases()):
        waybill = read_waybill(here.ledger, here.vault, release.waybill)
        table.add_row(
            here.trust.school(waybill.school).name,
            f"{waybill.agreement}\n{waybill.period} v{waybill.release_version}",
            _findings(waybill),
            f"[red]{release.state}: blocked[/]" if waybill.tally.errors else release.state,
            str(waybill.tally.pupils),
            f"{waybill.length:,}",
            f"{waybill.remote_name}\n{waybill.file_sha256[:32]}…",
        )
    out.print(table)
    out.print(f"Signed by {' and '.join(f'{who} ({role})' for role, who in SIGNERS)}; landed under {demo.received}")
    for event in here.ledger.events("nil"):
        out.print(f"Nil return recorded: {event.body['agreement']} for {event.body['school']}, {event.body['period']}")
    _print_blocked(demo)


def _current(releases: Iterable[Release]) -> list[Release]:
    kept = [release for release in releases if release.state is not State.WITHDRAWN]
    return sorted(kept, key=lambda release: (release.slot.agreement, release.slot.school))


def _findings(waybill: Waybill) -> str:
    tally = waybill.tally
    return f"{tally.errors} block\n{tally.queries} queries" if tally.errors or tally.queries else "none"


def _print_blocked(demo: Deployment) -> None:
    found = findings.findings(demo.acting("priya"), BLOCKED_SCHOOL, "2026-autumn")
    table = Table("rule", "does", "count", "what is wrong", title=f"Why {BLOCKED_SCHOOL} is held back")
    for cause in found.causes:
        table.add_row(cause.rule, cause.kind, str(cause.count), cause.message)
    out.print(table)


def _trace_one(demo: Deployment) -> None:
    """Trace one pupil whose file went to more than one recipient."""
    here = demo.installation
    upn = _traced_upn(demo)
    told = tracing.trace(demo.acting("daniel"), upn)
    table = Table("to", "when (UTC)", "state", "fields", "for example, why", title="Trace of one pupil")
    for one in told:
        reason = one.grounds[0]
        table.add_row(
            one.recipient, f"{one.disclosure.at:%Y-%m-%d %H:%M}", one.disclosure.state, str(len(one.disclosure.lines)),
            f"{reason.field}: notice clause {reason.clause}, {reason.gateway}",
        )  # fmt: skip
    out.print(table)
    out.print(f"The whole trace: WAYBILL_ACTOR=daniel .venv/bin/waybill trace {upn}")
    del here


def _traced_upn(demo: Deployment) -> str:
    text = (demo.settings.on_the_day / "900004-2026-autumn.csv").read_text(encoding="utf-8")
    return text.splitlines()[1].partition(",")[0]


def _verify(demo: Deployment) -> bool:
    report = tracing.verify(demo.acting("daniel"))
    verdict = "[green]intact[/]" if not report.faults else f"[red]{'; '.join(report.faults)}[/]"
    out.print(f"Ledger: {report.events} events, {report.files} files, {report.pupils} pupils told of: {verdict}")
    return not report.faults


def _where_next(home: Path) -> None:
    out.print(
        "How to look further:\n"
        "  .venv/bin/waybill status --as priya              every release and where it stands\n"
        f"  .venv/bin/waybill findings {BLOCKED_SCHOOL} 2026-autumn --as priya\n"
        "  .venv/bin/waybill show WAYBILL --as helen        the page a head signs\n"
        "  .venv/bin/waybill verify                         the record, checked\n"
        "  make ui                                          these runs in Dagster's web server\n"
        f"  {home / 'recipients'}  the files as they landed"
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Refusal as refusal:
        out.print(f"[red]{refusal}[/]")
        sys.exit(1)
