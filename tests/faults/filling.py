"""`python -m tests.faults.filling FOLDER`: sealing where files may grow to a limit only, which rises until it succeeds.

Belongs here: the limit, a process for each attempt, and printing what each ended with.
"""

import datetime as dt
import json
import resource
import signal
import sqlite3
import sys
from pathlib import Path

from pyrage.x25519 import Identity

from tests.faults.forks import forked
from vault.store import Vault

STEP = 2048


def seal(folder: Path, identity: str, limit: int) -> str:
    """Seal under a limit; return the address, or the kind of failure."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        vault = Vault(folder, Identity.from_str(identity))
        return vault.seal(bytes(20_000), "file", dt.date(2027, 1, 1)).address
    except (OSError, sqlite3.OperationalError) as error:
        return type(error).__name__


def main(folder: Path) -> None:
    """Try each limit in turn."""
    identity = str(Identity.generate())
    Vault(folder, Identity.from_str(identity)).close()
    outcomes = []
    for limit in range(0, 1_000 * STEP, STEP):
        outcomes.append(forked(lambda limit=limit: seal(folder, identity, limit))[1])
        if len(str(outcomes[-1])) == 64:
            break
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
