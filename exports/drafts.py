"""A drafted agreement on its way through the rules: the terms as read, where in the file each stands, and the trust.

Belongs here: what the rules are given. Does not belong here: reading the file or judging it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, Self

from exports.gateways import Gateway
from exports.notice import Notice
from exports.terms import Agreement

REMEMBERED: Final = 256
"""Files of agreements or cases whose compiling is not done again in a process that meets the same bytes and trust."""


class TrustSchool(Protocol):
    """What compiling needs to know of one school of the trust."""

    @property
    def la_number(self) -> str:
        """Number of the local authority the school is in."""

    @property
    def establishment(self) -> str:
        """`academy` or `maintained`: which enactments bind it."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a file is compiled against. Against equal grounds the same bytes compile to the same."""

    facts: tuple[object, ...]
    notice: Notice = field(compare=False)
    gateways: Mapping[str, Gateway] = field(compare=False)
    schools: Mapping[str, TrustSchool] = field(compare=False)

    @classmethod
    def of(cls, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool]) -> Self:
        """Take the notice in force, the register of gateways and the trust's schools, each by its id or URN."""
        seen = tuple((urn, school.la_number, school.establishment) for urn, school in schools.items())
        cited = (notice.version, notice.published, notice.sha256, *notice.clauses.items())
        return cls((cited, *gateways.items(), seen), notice, gateways, schools)


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
