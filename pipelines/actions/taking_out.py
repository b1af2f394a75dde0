"""Taking a list out of the desk: a file of pupils' data for people, and the record that it was made.

Belongs here: the file's mode, that nothing is written over, and the event. What a list says is
`pipelines.screens.lists`. The ledger is told who took out what and how much of it, never a value, nor where it lies.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipelines.actions.context import Context
from pipelines.actions.findings import DESK

KIND: Final = "list taken out"


@dataclass(frozen=True, slots=True)
class TakenOut:
    """What a list is: of which school and period, in what form, of how many findings and pupils."""

    school: str
    period: str
    what: str
    form: str
    rows: int
    pupils: int


def record(ctx: Context, taken: TakenOut) -> None:
    """Record that a list with pupils' names was made; NotAllowed when the actor may not have one."""
    person = ctx.person(taken.school, DESK)
    here = ctx.installation
    here.ledger.append(
        KIND,
        {
            "school": taken.school, "period": taken.period, "what": taken.what, "form": taken.form,
            "rows": taken.rows, "pupils": taken.pupils, "by": person.id,
        },
        here.now(),
    )  # fmt: skip
    here.lodged.lodge(here.now())


def take_out(ctx: Context, file: Path, taken: TakenOut, data: Callable[[], bytes]) -> None:
    """Record a list and write it to a new file that only its owner can read.

    Raises:
        NotAllowed: the actor may not have names.
        OSError: the file exists or cannot be made there; nothing was recorded.

    """
    ctx.person(taken.school, DESK)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        record(ctx, taken)
        stream.write(data())
