"""How hard one MIS may be asked: requests at once, deadlines, attempts.

Belongs here: the numbers, the clock that counts them down, and the slots that schools of one host share, across threads
and across processes. They measure durations on the monotonic clock; the time of day is no concern of this module.
"""

import contextlib
import fcntl
import os
import random
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LOOK_AGAIN_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """What one extraction may cost the MIS, and how long it may take.

    Attributes:
        at_once: requests in flight for one school.
        host_at_once: requests in flight for every school of one host.
        connect_seconds: for a connection to stand.
        read_seconds: between two pieces of an answer.
        answer_seconds: for a whole answer, however steadily it drips.
        total_seconds: for a whole extraction; nothing is asked after it.
        attempts: for one request.
        longest_pause_seconds: a server that wants a longer pause is unavailable.
        rate_limit_seconds: pause after a 429 without Retry-After (facts: mis/arbor.md, section 8).
        largest_answer: bytes of one answer, decoded.
        rounds: how often a school that changes while it is read is looked at again.

    """

    at_once: int = 2
    host_at_once: int = 8
    connect_seconds: float = 10.0
    read_seconds: float = 120.0
    answer_seconds: float = 300.0
    total_seconds: float = 3600.0
    attempts: int = 5
    longest_pause_seconds: float = 300.0
    rate_limit_seconds: float = 60.0
    largest_answer: int = 256 * 2**20
    rounds: int = 4


class Deadline:
    """A moment after which nothing is asked any more; it begins when it is made."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, 0 when there are none."""
        return max(0.0, self._end - time.monotonic())


class Slots:
    """A number of places, each held by one request at a time.

    Args:
        places: how many.
        folder: where other processes look for who holds which; None = this process alone.

    """

    def __init__(self, places: int, folder: Path | None = None) -> None:
        self._places, self._folder = places, folder
        self._here = threading.BoundedSemaphore(places)

    @contextlib.contextmanager
    def held(self, deadline: Deadline) -> Generator[bool]:
        """Hold a place until the block ends; False when none came free before the deadline."""
        if not self._here.acquire(timeout=deadline.left):
            yield False
            return
        try:
            if self._folder is None:
                yield True
                return
            place = self._locked(self._folder, deadline)
            if place is None:
                yield False
                return
            try:
                yield True
            finally:
                os.close(place)
        finally:
            self._here.release()

    def _locked(self, folder: Path, deadline: Deadline) -> int | None:
        """Return the descriptor of a place that no other process holds; closing it, or dying, frees it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        numbers = list(range(self._places))
        random.shuffle(numbers)
        while True:
            for number in numbers:
                place = os.open(folder / f"slot-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(place)
                else:
                    return place
            if not deadline.left:
                return None
            time.sleep(min(_LOOK_AGAIN_SECONDS, deadline.left))


_by_host: dict[tuple[str, int, Path | None], Slots] = {}
_choosing = threading.Lock()


def slots_of(host: str, places: int, folder: Path | None) -> Slots:
    """Return the slots that all schools of one host share."""
    with _choosing:
        return _by_host.setdefault((host, places, folder), Slots(places, folder and folder / host.replace(":", "_")))
