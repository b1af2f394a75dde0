"""A drafted agreement on its way through the rules: the terms as read, and where in the file each stands.

Belongs here: what the rules are given. Does not belong here: reading the file or judging it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from exports.terms import Agreement


class TrustSchool(Protocol):
    """What compiling needs to know of one school of the trust."""

    @property
    def la_number(self) -> str:
        """Number of the local authority the school is in."""

    @property
    def establishment(self) -> str:
        """`academy` or `maintained`: which enactments bind it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An agreement before it is judged; a value that could not be read is empty.

    Attributes:
        places: line of the file by key; a key within a section is `<section>.<key>`.
        line_at: line of the file of each of the agreement's lines.

    """

    agreement: Agreement
    places: Mapping[str, int]
    line_at: tuple[int, ...]

    def at(self, key: str) -> int:
        """Return the line of the file that a key stands on; that of its section when the section lacks it."""
        return self.places.get(key) or self.places[key.partition(".")[0]]
