"""One thing that a recipient's software would refuse."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell, or the whole file, that has to be put right in the MIS before it can be sent.

    Attributes:
        field: field of the agreement, or `file`.
        pupil_id: the MIS's id of the pupil; None for the whole file.
        what_to_change: plain English, without the value.

    """

    field: str
    pupil_id: str | None
    what_to_change: str
