"""One desk: the installation it stands in, the address people reach it by, and what it keeps between requests.

Belongs here: putting these together; where the address comes from is `pipelines.desk_address`. The trust folder is read
again when a file of it has changed, so that a page never shows yesterday's agreement.
"""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from console.ahead import Ahead
from console.rerun import Runs
from console.scanning import Scans
from console.store import Store
from console.verifying import Verifications
from pipelines.actions.context import Context
from pipelines.desk_address import Address
from pipelines.installation import Installation
from pipelines.trust import load_trust

T = TypeVar("T")


@dataclass
class Desk:
    """What every page works on."""

    opened: Installation
    address: Address
    runs: Runs = field(default_factory=Runs)
    ahead: Ahead = field(default_factory=Ahead)
    verifications: Verifications = field(default_factory=Verifications)
    scans: Scans = field(default_factory=Scans)
    _stamp: tuple[int, int] = (0, 0)
    _kept: dict[tuple[str, dt.date], Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def store(self) -> Store:
        """The desk's own database."""
        return Store(self.opened.settings.desk)

    def now(self) -> dt.datetime:
        """The moment, aware UTC."""
        return self.opened.now()

    def installation(self) -> Installation:
        """The installation, with the trust folder as it reads now."""
        with self._lock:
            stamp = _stamp(self.opened.settings.trust)
            if stamp != self._stamp:
                self.opened = replace(self.opened, trust=load_trust(self.opened.settings.trust))
                self._stamp = stamp
                self._kept.clear()
            return self.opened

    def kept(self, name: str, make: Callable[[Installation], T]) -> T:
        """What a page makes of the trust folder alone, kept until a file of it changes or the day is over."""
        here = self.installation()
        key = (name, here.today())
        if key not in self._kept:
            self._kept[key] = make(here)
        found: T = self._kept[key]
        return found

    def context(self, person: str) -> Context:
        """The trust as one person meets it."""
        return Context(self.installation(), person)


def _stamp(folder: Path) -> tuple[int, int]:
    """When a file of the folder was last written, and how many there are."""
    times = [path.stat().st_mtime_ns for path in folder.rglob("*")]
    return max(times, default=0), len(times)
