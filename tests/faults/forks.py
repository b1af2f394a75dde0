"""Work in a process of its own, which may be killed, limited or told to hang without harm to the one that asks.

Belongs here: forking and hearing what came of it. It is for programs of one thread: `python -m tests.faults...`.
"""

import json
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def forked(work: Callable[[], object]) -> tuple[int, object]:
    """Run in a process of its own; return how it ended and what it returned, None when it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            answer = json.dumps(work())
        except BaseException:  # noqa: BLE001  whatever it was, the parent must hear of it
            answer = json.dumps({"failed": traceback.format_exc()})
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    answer = json.loads(told) if told else None
    if isinstance(answer, dict) and "failed" in answer:
        raise RuntimeError(answer["failed"])
    return status, answer
