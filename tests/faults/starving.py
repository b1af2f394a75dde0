"""`python -m tests.faults.starving FOLDER`: a school ten times as large, with too little memory and then with enough.

Belongs here: the limit, a process for each attempt, and printing what each ended with and how much it took.
"""

import json
import resource
import sys
from pathlib import Path

from exports.transports.sftp import PrivateKey, SftpTransport
from schemas.refusal import Refusal
from tests.faults.forks import forked
from tests.faults.small_trust import SmallTrust, pupil_ids, rows, terms

PUPILS = 1_500
MARGIN = 1024 * 1024


def trust(home: Path) -> SmallTrust:
    """Open the installation."""
    return SmallTrust(home, terms(), SftpTransport(lambda _: PrivateKey("")))


def begin(home: Path) -> None:
    """Set it up."""
    here = trust(home)
    here.found()
    here.close()


def prepared(home: Path, limit: int | None) -> dict[str, object]:
    """Prepare the file; with a limit on the address space, or without."""
    mis = rows(PUPILS * 10)
    here = trust(home)
    if limit is not None:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + limit, used + limit))
    try:
        outcome = here.prepare(mis, consenting=frozenset(pupil_ids(mis))).outcome.value
    except (MemoryError, Refusal) as failure:
        outcome = type(failure).__name__
    return {"outcome": outcome, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def standing(home: Path) -> dict[str, object]:
    """What the ledger says afterwards."""
    here = trust(home)
    return {"faults": here.faults(), "releases": len(here.ledger.releases())}


def main(home: Path) -> None:
    """Try with too little, look, and try with enough."""
    forked(lambda: begin(home))
    starved = forked(lambda: prepared(home, MARGIN))[1]
    after = forked(lambda: standing(home))[1]
    fed = forked(lambda: prepared(home, None))[1]
    print(json.dumps({"starved": starved, "after": after, "fed": fed}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
