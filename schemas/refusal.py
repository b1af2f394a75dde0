"""The one base of every error that a person can meet.

Belongs here: `Refusal` alone. Each subclass lives beside the code that raises it. A message names the thing, the place
and what to do next, and never holds a pupil's value: it may be printed, logged and kept.
"""

from typing import ClassVar


class Refusal(Exception):  # noqa: N818  a refusal is an answer, not a fault of the program
    """Waybill declines to go on, says why, and has lost nothing.

    Attributes:
        code: stable name of the kind of refusal; `pipelines.exit_codes` gives each its number.
        may_retry: whether the same call may succeed later with nothing changed by a person (a server that is away).

    """

    code: ClassVar[str] = "refused"
    may_retry: ClassVar[bool] = False
