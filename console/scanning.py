"""What somebody found who looked for things that should be gone: kept, since looking reads the whole vault.

Belongs here: the latest look. What is looked for is `pipelines.actions.retaining`; it is forgotten with the process,
for the nightly purge and the doctor look by themselves.
"""

import datetime as dt
from dataclasses import dataclass

from pipelines.actions import retaining
from pipelines.actions.context import Context
from pipelines.actions.retaining import Scan


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, by whom and when."""

    by: str
    at: dt.datetime
    scan: Scan


@dataclass
class Scans:
    """The latest look."""

    latest: Look | None = None

    def look(self, ctx: Context) -> None:
        """Look through everything, now."""
        self.latest = Look(ctx.actor, ctx.installation.now(), retaining.scan(ctx))
