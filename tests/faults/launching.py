"""`python -m tests.faults.launching`: many processes that try to send one file at the same moment.

Belongs here: starting them together and gathering what each came to. The plan is that of `tests.faults.killing`; each
of its seeds is a file, its points are the launches.
"""

import json
import os
import sys

from exports.sending import OutcomeUnknown
from ledger.store import AlreadySent
from tests.faults.forks import forked
from tests.faults.killing import Plan, Trial


def launched(trial: Trial, count: int) -> list[str]:
    """Let so many processes send at once; each says `sent`, `had it`, or why it did not."""
    starting, go = os.pipe()
    children = []
    for _ in range(count):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(go)
            os.read(starting, 1)  # until the parent lets go of the other end
            os.write(writing, _attempt(trial).encode())
            os._exit(0)
        os.close(writing)
        children.append((child, reading))
    os.close(go)
    os.close(starting)
    said = []
    for child, reading in children:
        with os.fdopen(reading) as pipe:
            said.append(pipe.read())
        os.waitpid(child, 0)
    return said


def _attempt(trial: Trial) -> str:
    try:
        sent = trial.trust().send()[0]
    except (AlreadySent, OutcomeUnknown) as refused:
        return refused.code
    except BaseException as failure:  # noqa: BLE001  the test must hear of it
        return f"{type(failure).__name__}: {failure}"
    return "sent" if sent.sent_now else "had it"


def main() -> None:
    """Carry the plan out."""
    given = json.load(sys.stdin)
    plan = Plan(**{**given, "seeds": tuple(given["seeds"])})
    for seed in plan.seeds:
        trial = Trial(plan, f"launch-{seed}", str(seed))
        forked(trial.begin)
        forked(trial.to_signed)
        said = launched(trial, plan.points)
        print(json.dumps({"said": said, "wrong": forked(lambda trial=trial: trial.wrong("delivered"))[1]}), flush=True)


if __name__ == "__main__":
    main()
