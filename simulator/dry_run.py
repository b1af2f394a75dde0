"""A dry run of a coming census for the whole demo trust: prepared and checked; nothing is signed, nothing is sent.

Belongs here: what a data manager sees on a trial before the real day, on loopback. Everybody is invented; one school
has mistakes, so that there is something to correct. State is kept apart from the demonstration's, in a folder named
after the census.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from exports.preparation import read_waybill
from exports.waybill import Waybill
from ledger.states import State
from pipelines.actions import findings
from pipelines.actions.findings import FindingsResult
from pipelines.settings import HOME_VARIABLE, Settings
from schemas.census.collection import Collection, collection
from simulator.deployment import ARBOR_PORT, SFTP_PORT, Deployment, deployed
from simulator.watching import current, prepare, progress_bar, say
from simulator.world.faults import with_faults
from simulator.world.schools import DEMO, Scale
from simulator.world.trust import make_trust

FAULTY_SCHOOL: Final = "900003"
_OF_PUPILS: Final = ("upn check letter", "surname missing", "suspension reason", "attendance none possible")
FAULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "2027-spring": (*_OF_PUPILS, "needs missing", "free meals not said", "class without a teacher"),
    "2027-summer": _OF_PUPILS,
}
"""The mistakes of one school, by census."""

_KINDS: Final = {
    "blocks": "blocking errors",
    "query": "queries",
    "local check": "local checks",
    "not evaluated": "not evaluated",
}


class Checked(NamedTuple):
    """One school's return as it stands prepared."""

    waybill: Waybill
    state: State
    found: FindingsResult

    @property
    def counts(self) -> Counter[str]:
        """How many findings of each kind; what could not be evaluated counts apart."""
        counted: Counter[str] = Counter()
        for cause in self.found.causes:
            counted[cause.kind if cause.evaluated else "not evaluated"] += cause.count
        return counted


def folder(key: str) -> Path:
    """Where the state of a dry run is kept."""
    home = Settings.from_environment({}).home
    return home.with_name(f"{home.name}-{key}")


def dry_run(
    key: str,
    home: Path,
    *,
    scale: Scale = DEMO,
    arbor_port: int = ARBOR_PORT,
    sftp_port: int = SFTP_PORT,
) -> int:
    """Prepare and check a census for every school; 0 when each has a return, unsigned, and nothing has left.

    Args:
        key: a census of `FAULTS`.
        home: the state folder, such as `folder(key)`.
        scale: of the trust.
        arbor_port: 0 for any free one; so with `sftp_port`.

    """
    began, asked = time.monotonic(), collection(key)
    evening = dt.datetime.combine(asked.reference_date, dt.time(17, 30), dt.UTC)
    say(f"[bold]Waybill dry run of {key}[/]: an invented trust on the evening of {asked.reference_date:%d %B %Y}")
    say("Prepared and checked; nothing is signed, nothing is sent")
    world = with_faults(make_trust(scale=scale), FAULTY_SCHOOL, FAULTS[key], key)
    with deployed(
        home,
        trust=world,
        as_of=asked.reference_date,
        clock=lambda: evening,
        arbor_port=arbor_port,
        sftp_port=sftp_port,
        apart=True,
    ) as demo:
        say(f"MIS: {demo.mis_url} (Arbor's API)")
        say(f"State: {home}")
        pupils = sum(len(school.pupils) for school in world.schools)
        say(f"{len(world.schools)} schools, {pupils:,} pupils in the MIS, leavers included\n")
        with progress_bar() as bar:
            prepare(demo, key, bar)
        made = _checked(demo, key)
        left = _left(demo)
    _report(made)
    say(f"\nNothing is signed. Files that recipients have: {left}.")
    say(f"Run time {time.monotonic() - began:.0f} s.")
    _where_next(asked, home)
    whole = len(made) == len(world.schools) and all(one.state is State.PREPARED for one in made)
    return 0 if whole and not left else 1


def _checked(demo: Deployment, key: str) -> list[Checked]:
    here = demo.installation
    return [
        Checked(
            read_waybill(here.ledger, here.vault, release.waybill),
            release.state,
            findings.findings(demo.acting("priya"), release.slot.school, key),
        )
        for release in current(here.ledger.releases(period=key))
    ]


def _left(demo: Deployment) -> int:
    return sum(path.is_file() for path in demo.received.rglob("*"))


def _report(made: list[Checked]) -> None:
    """One block a school, then the whole trust, then what was found where something was."""
    for one in made:
        waybill = one.waybill
        say(f"\n[bold]{one.found.name}[/] ({waybill.school})")
        say(f"  {waybill.agreement}, version {waybill.release_version}: {one.state}, unsigned")
        say(f"    pupils {waybill.tally.pupils}, bytes {waybill.length:,}, findings: {_counted(one.counts)}")
        say(f"    {waybill.remote_name}")
        say(f"    {waybill.file_sha256}")
    everything = sum((one.counts for one in made), Counter())
    pupils = sum(one.waybill.tally.pupils for one in made)
    length = sum(one.waybill.length for one in made)
    say(f"\n[bold]The whole trust[/]: {len(made)} files, {pupils:,} pupils, {length:,} bytes")
    say(f"  Findings: {_counted(everything)}")
    for one in made:
        if one.found.causes:
            _say_causes(one.found)
    unverified = max(one.waybill.tally.unverified_paths for one in made)
    say(f"\n[yellow]UNVERIFIED LAYOUT[/]: {unverified} paths of the census file come from other sources than the")
    say("department's specification. Releasing such a file outside this demonstration needs an override.")


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{words} {counts[kind]}" for kind, words in _KINDS.items()) if counts.total() else "none"


def _say_causes(found: FindingsResult) -> None:
    say(f"\n[bold]To correct or explain at {found.school}[/] (mistakes were put there for this)")
    for cause in found.causes:
        say(f"  {cause.rule:<22} {cause.kind:<12} {cause.count}  {cause.message}")


def _where_next(asked: Collection, home: Path) -> None:
    key = asked.key
    say(
        f"How to look further (the return is due by {asked.deadline:%d %B %Y}):\n"
        f"  export {HOME_VARIABLE}={home}\n"
        f"  .venv/bin/waybill findings {FAULTY_SCHOOL} {key} --as priya    whom it is about, and where to fix it\n"
        f"  .venv/bin/waybill status --as priya                       every return, and its waybill\n"
        "  .venv/bin/waybill show WAYBILL --as helen                 the page a head would sign\n"
        f"  {home / 'on-the-day'}    what the schools filled in; waybill template writes it empty\n"
        "  docs/how-to/run-a-census.md    the same for your own schools"
    )
