"""The demonstration: a whole trust, from its MIS to its recipients and back to the question "why", on loopback.

Belongs here: the order of the story and what it prints. It runs the same Dagster jobs the schedule uses, signs with two
people's keys, and lets the sensor say what to release. Everything is invented; state is kept in `.waybill`. A later
census is only dry-run: `simulator.dry_run`.
"""

import argparse
import contextlib
import csv
import datetime as dt
import os
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import dagster as dg
from rich.progress import Progress

from exports.preparation import read_waybill
from exports.signing import Role
from exports.waybill import Waybill
from ledger.states import State
from ledger.store import Release
from pipelines.actions import findings, preparing, signing, tracing
from pipelines.build import build_defs
from pipelines.jobs import RELEASE_JOBS
from pipelines.settings import Settings
from schemas.refusal import Refusal
from schemas.wording import counted
from simulator.deployment import CENSUS_DAY, Deployment, deployed
from simulator.dry_run import FAULTS as DRY_RUNS
from simulator.dry_run import dry_run, folder
from simulator.ports import PortTakenError
from simulator.watching import current, prepare, progress_bar, say
from simulator.world.expected import expected_on_roll
from simulator.world.faults import with_faults
from simulator.world.trust import Trust, make_trust

EVENING: Final = dt.datetime(2026, 10, 1, 17, 30, tzinfo=dt.UTC)
CENSUS: Final = "2026-autumn"
PERIODS: Final = (CENSUS, "2026-10-01", "2026-autumn-term")
BLOCKED_SCHOOL: Final = "900003"
TRACED_SCHOOL: Final = "900004"
DUE: Final = "Return_Due"
INSTALLED: Final = Path(sys.prefix) / "ready"
"""Where the Makefile notes how many seconds the installation took."""
FAULTS: Final = (
    "upn check letter",
    "surname missing",
    "fsm after census day",
    "suspension reason",
    "attendance none possible",
)
SIGNERS: Final = ((Role.DATA_MANAGER, "priya"), (Role.HEAD, "helen"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration, or for a later census its dry run."""
    parser = argparse.ArgumentParser(prog="python -m simulator.demo", description=__doc__)
    parser.add_argument("census", nargs="?", default=CENSUS, choices=(CENSUS, *DRY_RUNS))
    key = parser.parse_args(arguments).census
    return demonstration() if key == CENSUS else dry_run(key, folder(key))


def demonstration() -> int:
    """Tell the whole story; 0 when every file that may leave has left and the ledger verifies."""
    began = time.monotonic()
    home = Settings.from_environment({}).home
    say("[bold]Waybill demonstration[/]: an invented trust on the evening of census day, 1 October 2026")
    world = with_faults(make_trust(), BLOCKED_SCHOOL, FAULTS)
    with deployed(home, trust=world, clock=lambda: EVENING, apart=True) as demo:
        say(f"MIS: {demo.mis_url} (Arbor's API). Recipients' SFTP: 127.0.0.1:{demo.sftp_port} ({demo.program}).")
        say(f"State: {home}")
        pupils = sum(len(school.pupils) for school in world.schools)
        say(f"{len(world.schools)} schools, {pupils:,} pupils in the MIS, leavers included\n")
        with progress_bar() as bar:
            for period in PERIODS:
                prepare(demo, period, bar)
            _sign(demo, bar)
            refused = _release(demo, bar)
        _report(demo)
        for refusal in refused:
            say(f"[red]{refusal}[/]")
        _trace_one(demo, world)
        intact = _verify(demo)
    installed = f"Installed in {INSTALLED.read_text().strip()} s, once. " if INSTALLED.is_file() else ""
    took, computed = time.monotonic() - began, sum(os.times()[:4])
    say(f"\n{installed}Run time {took:.0f} s, {computed:.0f} s of it on the processor.")
    _where_next(home)
    return 0 if intact and not refused else 1


def _waiting(demo: Deployment) -> list[Release]:
    return list(demo.installation.ledger.releases(state=State.PREPARED.value))


def _sign(demo: Deployment, bar: Progress) -> None:
    waiting = _waiting(demo)
    task = bar.add_task("Two people sign", total=max(1, len(waiting)), now="")
    keys = {person: demo.key(person) for _, person in SIGNERS}
    for release in waiting:
        if not _held(demo, release):
            for role, person in SIGNERS:
                ctx = demo.acting(person)
                page = signing.show(ctx, release.waybill)
                signing.sign_release(ctx, release.waybill, role, keys[person], page.waybill.sha256[:8])
        bar.advance(task)
    bar.update(task, completed=max(1, len(waiting)))


def _held(demo: Deployment, release: Release) -> bool:
    tally = read_waybill(demo.installation.ledger, demo.installation.vault, release.waybill).tally
    return bool(tally.blocking or tally.unexplained)


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
                failed += [f"{job} {request.partition_key}: {why}" for why in _reasons(done)]
                bar.advance(task)
            bar.update(task, completed=max(1, len(requests)))
    return failed


def _reasons(done: dg.ExecuteInProcessResult) -> list[str]:
    """In the refusals' own words, why files of a run were not sent; none when all were."""
    said = [event.step_failure_data.user_failure_data for event in done.get_step_failure_events()]
    reasons = [one.description or one.label for one in said if one is not None]
    return reasons if reasons or done.success else ["failed outside every step"]


def _requests(asked: Iterable[dg.RunRequest] | None) -> list[dg.RunRequest]:
    return list(asked or [])


def _report(demo: Deployment) -> None:
    """One block a school: each file, where it stands, and the hash of its bytes."""
    here = demo.installation
    releases = current(here.ledger.releases())
    waybills = [(release, read_waybill(here.ledger, here.vault, release.waybill)) for release in releases]
    waybills.sort(key=lambda told: (told[1].agreement, told[1].period, told[1].release_version, told[1].file_sha256))
    for urn, school in here.trust.schools.items():
        say(f"\n[bold]{school.name}[/] ({urn})")
        for release, waybill in waybills:
            if waybill.school == urn:
                _print_file(release, waybill)
        for event in here.ledger.events("nil", school=urn):
            say(f"  {event.body['agreement']}, {event.body['period']}: nobody to tell of; recorded as a nil return")
    unverified = max(waybill.tally.unverified_paths for _, waybill in waybills)
    say(f"\n[yellow]UNVERIFIED LAYOUT[/]: {unverified} paths of the census file come from other sources than the")
    say("department's specification. Handed over means at the trust's own upload point; nothing here says that the")
    say("department has a file.")
    say(f"Signed by {' and '.join(f'{who} ({role})' for role, who in SIGNERS)}.")
    say(f"Landed, by {demo.program}, under {demo.received}")
    _print_due(demo)
    _print_blocked(demo)


def _print_file(release: Release, waybill: Waybill) -> None:
    held = waybill.tally.blocking or waybill.tally.unexplained
    state = f"[red]{release.state}, held back[/]" if held else f"[green]{release.state}[/]"
    say(f"  {waybill.agreement}, {waybill.period}, version {waybill.release_version}: {state}")
    say(f"    pupils {waybill.tally.pupils}, bytes {waybill.length:,}, {_findings(waybill)}")
    say(f"    {waybill.remote_name}")
    say(f"    {waybill.file_sha256}")


def _findings(waybill: Waybill) -> str:
    tally = waybill.tally
    return f"{counted(tally.blocking, 'blocking error')}, {tally.errors - tally.blocking + tally.queries} to explain"


def _print_due(demo: Deployment) -> None:
    """Regulation 13 gives each new pupil's return a last day of its own: the fifth day after the day of entry."""
    due: list[dt.date] = []
    for file in sorted(demo.received.glob("la-*/joiners/*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            due += [dt.date.fromisoformat(row[DUE]) for row in csv.DictReader(stream)]
    if not due:
        say("New pupil returns: none has landed")
        return
    late = sum(day < EVENING.date() for day in due)
    say(f"New pupil returns: {len(due)} pupils, due from {min(due)} to {max(due)}; {late} late, as this is a first run")


def _print_blocked(demo: Deployment) -> None:
    found = findings.findings(demo.acting("priya"), BLOCKED_SCHOOL, "2026-autumn")
    say(f"\n[bold]Why the census of {BLOCKED_SCHOOL} is held back[/] (faults were put there for this)")
    for cause in found.causes:
        say(f"  {cause.rule:<22} {cause.kind:<12} {cause.count}  {cause.message}")


def _trace_one(demo: Deployment, trust: Trust) -> None:
    """Trace one pupil whom more than one recipient was told of."""
    upn = _traced_upn(trust)
    say("\n[bold]Trace of one pupil[/]: what each recipient was told, and for one field of each, why")
    for one in tracing.trace(demo.acting("daniel"), upn).files:
        reason = one.grounds[0]
        say(
            f"  {one.recipient}: {one.disclosure.state}, {one.disclosure.at:%d %B %Y %H:%M} UTC, "
            f"{len(one.disclosure.lines)} fields, signed by {' and '.join(who for who, _ in one.signers)}\n"
            f"    {reason.field}: notice clause {reason.clause}; {reason.gateway}; {reason.why}",
        )
    say(f"  All of it: .venv/bin/waybill trace {upn} --as daniel")


def _traced_upn(trust: Trust) -> str:
    """The UPN of the first pupil of the secondary school's year 9, whom the immunisation team is told of too."""
    pupils = expected_on_roll(trust, TRACED_SCHOOL, CENSUS_DAY, CENSUS_DAY)
    return next(str(items["upn"]) for items in pupils.values() if items["nc_year_actual"] == "9")


def _verify(demo: Deployment) -> bool:
    report = tracing.verify(demo.acting("daniel"))
    verdict = "[green]intact[/]" if not report.faults else f"[red]{'; '.join(report.faults)}[/]"
    say(f"Ledger: {report.events} events, {report.files} files, {report.pupils} pupils told of: {verdict}")
    return not report.faults


def _where_next(home: Path) -> None:
    say(
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
    except (Refusal, PortTakenError) as refused:
        say(f"[red]{refused}[/]")
        sys.exit(1)
