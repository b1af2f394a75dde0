"""Preparing a period while somebody watches: a bar that moves with what is read, and lines on the console.

Belongs here: what the demonstration and the dry run both show. Not here: their stories.
"""

import contextlib
from collections.abc import Callable, Generator, Iterable
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from connectors.mis import Mis, Now, Plan, Snapshot
from connectors.mis import Progress as Told
from ledger.states import State
from ledger.store import Release
from pipelines.actions import preparing
from pipelines.build import build_defs
from schemas.deployment import School
from simulator.deployment import Deployment

out: Final = Console(highlight=False)


def say(text: str) -> None:
    """Print without breaking lines: hashes and paths are there to be copied."""
    out.print(text, soft_wrap=True)


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


@contextlib.contextmanager
def progress_bar() -> Generator[Progress]:
    """Show bars until the block ends."""
    columns = (TextColumn("{task.description:<34}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}"))
    with Progress(*columns, TextColumn("{task.fields[now]}"), TimeElapsedColumn(), console=out) as bar:
        yield bar


def prepare(demo: Deployment, period: str, bar: Progress) -> None:
    """Prepare a period for every school. Raises PreparationFailed when one could not be."""
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
        message = f"{period}: could not be prepared: {', '.join(result.failed)}"
        raise preparing.PreparationFailed(message)


def current(releases: Iterable[Release]) -> list[Release]:
    """Return the releases that stand, by agreement and school."""
    kept = [release for release in releases if release.state is not State.WITHDRAWN]
    return sorted(kept, key=lambda release: (release.slot.agreement, release.slot.school))


def _now(bar: Progress, task: TaskID, text: str) -> None:
    bar.update(task, now=text[:60])
