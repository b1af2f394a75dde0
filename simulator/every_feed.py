"""Every recipient of every school, prepared in one run: what each feed would send, and to how many.

Belongs here: going through the periods in which feeds fall, and the table of counts. Nothing is signed and nothing is
sent; state is kept apart from the demonstration's.
"""

import datetime as dt
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from exports.nothing_to_send import NIL
from exports.preparation import read_waybill
from exports.waybill import Waybill
from pipelines.settings import Settings
from pipelines.trust import Trust
from schemas.census.collection import COLLECTIONS, collection
from schemas.refusal import Refusal
from simulator.deployment import ARBOR_PORT, SFTP_PORT, Deployment, deployed
from simulator.ports import PortTakenError
from simulator.watching import current, prepare, progress_bar, say
from simulator.world.schools import DEMO, Scale
from simulator.world.trust import make_trust

EVENING: Final = dt.datetime(2026, 11, 10, 17, 30, tzinfo=dt.UTC)
"""A day in November on which pupils are suspended, so that there is something to tell of the same day."""
PERIODS: Final = ("2026-autumn", "2026-autumn-term", "2026-10", EVENING.date().isoformat())


@dataclass
class Count:
    """What one feed came to over the whole trust."""

    schools: set[str] = field(default_factory=set)
    files: int = 0
    pupils: int = 0
    cells: int = 0
    length: int = 0
    to_explain: int = 0
    nils: int = 0

    def add(self, waybill: Waybill) -> None:
        """Count one file."""
        self.schools.add(waybill.school)
        self.files += 1
        self.pupils += waybill.tally.pupils
        self.cells += waybill.tally.cells
        self.length += waybill.length
        self.to_explain += waybill.tally.blocking + waybill.tally.unexplained


def every_feed(*, scale: Scale = DEMO, arbor_port: int = ARBOR_PORT, sftp_port: int = SFTP_PORT) -> int:
    """Prepare every period for every school; 0 when each agreement of the trust made a file or a recorded nil."""
    began = time.monotonic()
    home = Settings.from_environment({}).home
    home = home.with_name(f"{home.name}-every-feed")
    world = make_trust(scale=scale)
    say(f"[bold]Waybill, every feed[/]: an invented trust on the evening of {EVENING:%d %B %Y}")
    say("Prepared; nothing is signed, nothing is sent")
    with deployed(
        home,
        trust=world,
        as_of=EVENING.date(),
        clock=lambda: EVENING,
        arbor_port=arbor_port,
        sftp_port=sftp_port,
        apart=True,
    ) as demo:
        with progress_bar() as bar:
            for period in PERIODS:
                prepare(demo, period, bar)
        counts = counted(demo)
        missing = sorted(_due(demo.installation.trust) - counts.keys())
    for line in _table(counts):
        say(line)
    for name in missing:
        say(f"[red]{name}: nothing was prepared and no nil recorded[/]")
    say(f"Run time {time.monotonic() - began:.0f} s.")
    return 1 if missing else 0


def counted(demo: Deployment) -> Mapping[str, Count]:
    """Return what was prepared, by agreement."""
    here = demo.installation
    counts: defaultdict[str, Count] = defaultdict(Count)
    for release in current(here.ledger.releases()):
        counts[release.slot.agreement].add(read_waybill(here.ledger, here.vault, release.waybill))
    for event in here.ledger.events(NIL):
        counts[str(event.body["agreement"])].nils += 1
    return counts


def _due(trust: Trust) -> set[str]:
    """Ids of the agreements that fall in the periods; one that does not compile is due, and missed."""
    subjects = {subject for period in PERIODS for subject in trust.calendar.subjects(period)}
    terms = {collection(period).term_code for period in PERIODS if period in COLLECTIONS}
    return {
        compiled.id
        for compiled in trust.agreements
        if compiled.agreement is None or compiled.id in subjects or terms & set(compiled.agreement.terms)
    }


def _table(counts: Mapping[str, Count]) -> Iterator[str]:
    titles = f"{'feed':<28}{'schools':>8}{'files':>7}{'pupils':>8}{'values':>9}{'bytes':>11}{'open':>6}{'nil':>5}"
    yield f"\n[bold]{titles}[/]"
    for name in sorted(counts):
        one = counts[name]
        yield (
            f"{name:<28}{len(one.schools):>8}{one.files:>7}{one.pupils:>8,}{one.cells:>9,}{one.length:>11,}"
            f"{one.to_explain:>6}{one.nils:>5}"
        )
    files, length = sum(one.files for one in counts.values()), sum(one.length for one in counts.values())
    yield f"\n{len(counts)} feeds, {files} files, {length:,} bytes"


if __name__ == "__main__":
    try:
        sys.exit(every_feed())
    except (Refusal, PortTakenError) as refused:
        say(f"[red]{refused}[/]")
        sys.exit(1)
