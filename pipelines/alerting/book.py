"""What each route has been told: the one file that makes an alert come once, and its end be told too.

Belongs here: the book and its rules. It holds symptoms (no pupil's value) and times. A route is told what is open and
not yet told, and what it was told that is no longer open; nothing is queued, so that a restart or an outage of the mail
server loses nothing and repeats nothing.
"""

import datetime as dt
import fcntl
import json
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from pipelines.alerting.routes import Route
from pipelines.doctor.symptoms import Symptom
from vault.files import write_whole

PAUSE: Final = dt.timedelta(minutes=10)
"""Least time between two letters on one route; what comes up meanwhile goes together in the next."""


@dataclass
class Told:
    """What one route has been told."""

    open: dict[str, Symptom] = field(default_factory=dict)
    reminded: dict[str, str] = field(default_factory=dict)
    last: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes on one route now: what is new, what is over, and what is remembered."""

    new: tuple[Symptom, ...]
    over: tuple[Symptom, ...]
    reminders: tuple[str, ...]

    def __bool__(self) -> bool:
        """Say whether there is anything to tell."""
        return bool(self.new or self.over or self.reminders)


@dataclass
class Book:
    """The open symptoms, and each route's knowledge of them.

    Attributes:
        open: by name, as found by the looks so far.
        thorough: names that only a thorough look finds, so that only such a look can end them.
        routes: by name.

    """

    open: dict[str, Symptom] = field(default_factory=dict)
    thorough: set[str] = field(default_factory=set)
    routes: dict[str, Told] = field(default_factory=dict)

    def enter(self, found: Iterable[Symptom], *, thorough: bool) -> None:
        """Take what a look has found: a symptom ends when a look that would have found it does not."""
        now = {symptom.name: symptom for symptom in found}
        if thorough:
            self.thorough |= now.keys() - self.open.keys()
            self.open = now
        else:
            self.thorough -= now.keys()
            self.open = now | {name: one for name, one in self.open.items() if name in self.thorough}
        self.thorough &= self.open.keys()

    def letter(self, route: Route, reminders: Mapping[str, str], now: dt.datetime) -> Letter | None:
        """What a route is to be told now; None when there is nothing, or it is too soon after the last letter."""
        told = self.routes.setdefault(route.name, Told())
        if told.last and now - dt.datetime.fromisoformat(told.last) < PAUSE:
            return None
        new = [one for name, one in self.open.items() if route.takes(one.failure) and name not in told.open]
        over = [one for name, one in told.open.items() if name not in self.open]
        words = [text for key, text in reminders.items() if route.reminders and key not in told.reminded]
        return Letter(tuple(new), tuple(over), tuple(words)) or None

    def sent(self, route: Route, letter: Letter, reminders: Mapping[str, str], now: dt.datetime) -> None:
        """Write down that a route has the letter."""
        told = self.routes[route.name]
        gone = {one.name for one in letter.over}
        told.open = {name: one for name, one in told.open.items() if name not in gone}
        told.open |= {one.name: one for one in letter.new}
        if route.reminders:
            told.reminded = dict(reminders)
        told.last, told.failed = now.isoformat(), ""

    def failed(self, route: Route, now: dt.datetime) -> None:
        """Write down that a letter could not be sent; the next look tries again."""
        self.routes[route.name].failed = now.isoformat()


@contextmanager
def kept(file: Path) -> Generator[Book]:
    """Open the book for a block, alone, and keep what the block made of it."""
    with file.with_suffix(".lock").open("a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        book = _read(file)
        yield book
        said = asdict(book) | {"thorough": sorted(book.thorough)}
        write_whole(file, json.dumps(said, ensure_ascii=False, indent=1).encode())


def _read(file: Path) -> Book:
    """The book as kept; a new one when there is none, or one that cannot be read: people are then told again."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        routes = {name: Told(**one | {"open": _symptoms(one["open"])}) for name, one in said["routes"].items()}
        return Book(_symptoms(said["open"]), set(said["thorough"]), routes)
    except (OSError, ValueError, KeyError, TypeError):
        return Book()


def _symptoms(said: Mapping[str, Any]) -> dict[str, Symptom]:
    return {name: Symptom(**one) for name, one in said.items()}
