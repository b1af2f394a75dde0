"""What a recipient's own software will refuse, known before anything is sent.

Belongs here: the types and the registry. The rules of one recipient's software are a module beside this one. A
problem names the field, the pupil's MIS id and what to change; the value itself is never in it and never altered.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from exports.formats import cme_xml, ctf_checks, fsm_check, mavis, nhs_lists, oneroster, returns
from exports.formats.problems import Problem
from exports.terms import Agreement
from schemas.table import Frames


@dataclass(frozen=True, slots=True)
class Profile:
    """The checks of one recipient's software.

    Attributes:
        mismatches: what in an agreement the software could never take.
        problems: what in minimised frames it would refuse.
        provisional: what is not known of the recipient's own layout, for the signers; empty when it is known.

    """

    mismatches: Callable[[Agreement], Iterator[str]]
    problems: Callable[[Frames, Agreement], tuple[Problem, ...]]
    provisional: str = ""


def _mavis(template: mavis.Template) -> Profile:
    return Profile(partial(mavis.mismatches, template), partial(mavis.problems, template))


def _class_list(wanted: nhs_lists.ClassList) -> Profile:
    return Profile(partial(nhs_lists.mismatches, wanted), partial(nhs_lists.problems, wanted), wanted.provisional)


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        "mavis": _mavis(mavis.CLASS_LIST),
        "mavis_cohort": _mavis(mavis.COHORT_LIST),
        **{name: _class_list(wanted) for name, wanted in nhs_lists.LISTS.items()},
        "oneroster": Profile(mismatches=oneroster.not_a_roster, problems=oneroster.problems),
        "pupil_return": Profile(mismatches=returns.mismatches, problems=returns.problems),
        "ctf": Profile(ctf_checks.mismatches, ctf_checks.problems, ctf_checks.PROVISIONAL),
        "cme": Profile(ctf_checks.mismatches, ctf_checks.problems, cme_xml.NOT_PROVEN),
        "fsm_check": Profile(fsm_check.mismatches, fsm_check.problems, fsm_check.PROVISIONAL),
    },
)


def problems(frames: Frames, agreement: Agreement) -> tuple[Problem, ...]:
    """Return what the recipient's software would refuse; none for an agreement without a profile."""
    if agreement.profile is None:
        return ()
    return PROFILES[agreement.profile].problems(frames, agreement)
