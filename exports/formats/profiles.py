"""What a recipient's own software will refuse, known before anything is sent.

Belongs here: the types and the registry. The rules of one recipient's software are a module beside this one. A
problem names the field, the pupil's MIS id and what to change; the value itself is never in it and never altered.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from exports.formats import mavis
from exports.formats.problems import Problem
from exports.terms import Agreement
from schemas.table import Frames


@dataclass(frozen=True, slots=True)
class Profile:
    """The checks of one recipient's software.

    Attributes:
        mismatches: what in an agreement the software could never take.
        problems: what in minimised frames it would refuse.

    """

    mismatches: Callable[[Agreement], Iterator[str]]
    problems: Callable[[Frames, Agreement], tuple[Problem, ...]]


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {"mavis": Profile(mismatches=mavis.mismatches, problems=mavis.problems)},
)


def problems(frames: Frames, agreement: Agreement) -> tuple[Problem, ...]:
    """Return what the recipient's software would refuse; none for an agreement without a profile."""
    if agreement.profile is None:
        return ()
    return PROFILES[agreement.profile].problems(frames, agreement)
