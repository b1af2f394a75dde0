"""Working out ahead what a reader would wait for: what a waiting return discloses that the last did not, its totals.

Belongs here: the one worker, and what it has done. The answers are those of the actions, which remember them by
waybill; nothing is kept here, and what fails is worked out again, and told, when somebody asks.
"""

import contextlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from pipelines.actions import signing, summarising
from pipelines.actions.context import Context


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits, of a school's return or feed."""

    waybill: str
    school: str
    period: str


@dataclass
class Ahead:
    """The worker: one return at a time, each once."""

    _begun: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "ahead"))

    def of(self, ctx: Context, waiting: Iterable[Waiting]) -> None:
        """Work out what the actor may read of some returns that wait, in the background."""
        with self._lock:
            new = [one for one in waiting if one.waybill not in self._begun]
            self._begun |= {one.waybill for one in new}
        for one in new:
            self._worker.submit(_worked_out, ctx, one)

    def finish(self) -> None:
        """Return when everything that was begun is worked out."""
        self._worker.submit(int).result()

    def stop(self) -> None:
        """Return when nothing is under way; what was not begun is not begun any more."""
        self._worker.shutdown(wait=True, cancel_futures=True)


def _worked_out(ctx: Context, one: Waiting) -> None:
    with contextlib.suppress(Exception):  # whoever asks for the page is told
        signing.show(ctx, one.waybill)
        summarising.summarise(ctx, one.school, one.period)
