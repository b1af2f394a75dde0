"""Preparing again at somebody's wish: one at a time, in the background, and how far each is.

Belongs here: the one worker and its book. What is prepared, and how, is `pipelines.actions.preparing`; it discloses
nothing. The book is forgotten with the process; what was prepared is in the ledger.
"""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Lock

from assets.edge import describe
from pipelines.clock import system_clock
from pipelines.installation import Installation
from schemas.refusal import Refusal


class At(StrEnum):
    """Where a run is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One preparation: `why` says what stopped it, in words without a value; `began` is the machine's own time."""

    school: str
    period: str
    by: str
    began: dt.datetime
    at: At = At.WAITING
    why: str = ""

    @property
    def over(self) -> bool:
        """Say whether it has ended."""
        return self.at in {At.DONE, At.FAILED}


@dataclass
class Runs:
    """The book of runs, the latest of each school and period."""

    _book: dict[tuple[str, str], Run] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "prepare"))

    def of(self, school: str, period: str) -> Run | None:
        """The latest run of a school and period, None when nobody asked for one."""
        return self._book.get((school, period))

    def start(self, here: Installation, school: str, period: str, by: str) -> Run:
        """Prepare again, unless that is under way; return the run."""
        with self._lock:
            found = self.of(school, period)
            if found is not None and not found.over:
                return found
            made = self._enter(Run(school, period, by, system_clock()))
        self._worker.submit(self._work, here, made)
        return made

    def wait(self) -> None:
        """Return when nothing is under way; what was not begun is not begun any more."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _enter(self, run: Run) -> Run:
        self._book[run.school, run.period] = run
        return run

    def _work(self, here: Installation, run: Run) -> None:
        try:
            why = self._prepare(here, run)
        except Refusal as refusal:
            why = str(refusal)
        except Exception as error:  # noqa: BLE001  the edge: another's message may quote a pupil's value
            why = describe(error)
        self._enter(replace(run, at=At.FAILED if why else At.DONE, why=why))

    def _prepare(self, here: Installation, run: Run) -> str:
        """Prepare, and return what stopped it; "" when nothing did."""
        # Dagster takes two seconds to load, and only this needs it.
        from pipelines.actions import following_run, preparing  # noqa: PLC0415

        following_run.ready(here)
        self._enter(replace(run, at=At.RUNNING))
        failures = preparing.prepare(here, run.period, school=run.school).failures
        return "; ".join(one.why for one in failures if one.subject in {run.school, "every school"})
