"""Verifying the record at somebody's wish: one at a time, in the background, since a large one takes minutes.

Belongs here: the one worker and what it found last. What is verified is `pipelines.actions.tracing`. It is forgotten
with the process: a verification is worth no more than whoever runs it again.
"""

import datetime as dt
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final

from assets.edge import describe
from ledger.verify import Report
from pipelines.actions import tracing
from pipelines.actions.context import Context
from schemas.refusal import Refusal

_SOON: Final = 0.2
"""Seconds in which a small record is verified, so that nobody need load the page twice."""


@dataclass(frozen=True, slots=True)
class Verification:
    """One verification: `fault` says what does not hold, "" where all does or it is not over yet."""

    by: str
    began: dt.datetime
    ended: dt.datetime | None = None
    report: Report | None = None
    fault: str = ""


@dataclass
class Verifications:
    """The latest one."""

    latest: Verification | None = None
    _lock: Lock = field(default_factory=Lock)
    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "verify"))

    def start(self, ctx: Context) -> None:
        """Verify every row, unless that is under way; return soon, done or not."""
        with self._lock:
            if self.latest is not None and self.latest.ended is None:
                return
            begun = self.latest = Verification(ctx.actor, ctx.installation.now())
            done: Future[None] = self._worker.submit(self._work, ctx, begun)
        wait([done], timeout=_SOON)

    def finish(self) -> None:
        """Return when nothing is under way."""
        self._worker.submit(int).result()

    def _work(self, ctx: Context, begun: Verification) -> None:
        report, fault = None, ""
        try:
            report = tracing.verify(ctx)
            fault = "; ".join(report.faults)
        except Refusal as refusal:
            fault = str(refusal)
        except Exception as error:  # noqa: BLE001  the edge: another's message may quote a pupil's value
            fault = describe(error)
        self.latest = replace(begun, ended=ctx.installation.now(), report=report, fault=fault)
