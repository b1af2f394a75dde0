"""How often somebody may try: a lock after failed attempts, and a limit on requests.

Belongs here: the figures and the two counters. Failed attempts are kept (`console.store`), so that a restart forgives
nobody; requests are counted in memory, for they only protect the machine.
"""

import datetime as dt
import time
from collections import OrderedDict
from threading import Lock
from typing import Final

from console.place import Desk

ATTEMPTS: Final = 10
"""Failed attempts from one address, or with one person's passkeys, before the door stays shut."""
SHUT_FOR: Final = dt.timedelta(minutes=15)
REQUESTS: Final = 600
"""A minute, from one address."""
_ADDRESSES: Final = 4096


def shut(desk: Desk, *subjects: str) -> bool:
    """Say whether the door is shut to any of these: `address ...`, `person ...`."""
    since = desk.now() - SHUT_FOR
    return any(desk.store.failures(subject, since) >= ATTEMPTS for subject in subjects)


def failed(desk: Desk, *subjects: str) -> bool:
    """Note a failed attempt; True when it was the one that shuts the door."""
    now = desk.now()
    for subject in subjects:
        desk.store.failed(subject, now, now - SHUT_FOR)
    return any(desk.store.failures(subject, now - SHUT_FOR) == ATTEMPTS for subject in subjects)


class Meter:
    """Counts requests by address and minute; the least recent addresses are forgotten first."""

    def __init__(self, allowed: int = REQUESTS) -> None:
        self._allowed = allowed
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = Lock()

    def passes(self, address: str) -> bool:
        """Count one request; False when there were too many this minute."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            then, count = self._counts.pop(address, (minute, 0))
            count = count + 1 if then == minute else 1
            self._counts[address] = (minute, count)
            if len(self._counts) > _ADDRESSES:
                self._counts.popitem(last=False)
        return count <= self._allowed
