"""Mistakes on request, so that rules have something to find.

    trust = with_faults(make_trust(), "900002", ["upn check letter", "postcode missing"])
    trust.school("900002").faults     {"upn check letter": 2000123, ...} pupil ids as numbers
    with_faults(trust, "900002", ["needs missing", "class named twice"], "2027-spring")

Belongs here: the list of faults and how a school gets them. What each fault changes, and the rules that should find
it, is in `faults_<topic>`. A fault of a pupil touches one whom no other asked-for fault touches, and is in the MIS
from the start; local rules have an L- number, as in the catalogue.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from simulator.world import faults_attendance, faults_identity, faults_school, faults_study, faults_support
from simulator.world.facts import Pupil
from simulator.world.spoiling import Draft, Fault, SchoolFault, free
from simulator.world.trust import Contents, School, Trust

FAULTS: Final[Mapping[str, Fault]] = {
    **faults_identity.FAULTS,
    **faults_support.FAULTS,
    **faults_attendance.FAULTS,
    **faults_study.FAULTS,
}
"""Every kind of fault of a pupil, by name."""

SCHOOL_FAULTS: Final[Mapping[str, SchoolFault]] = faults_school.FAULTS
"""Every kind of fault of a whole school, by name."""

AUTUMN: Final = "2026-autumn"


class NoPupilFitsError(ValueError):
    """A fault was asked for in a school where no pupil can have it."""


def with_faults(trust: Trust, urn: str, kinds: Iterable[str], collection: str = AUTUMN) -> Trust:
    """Return a trust in which one school has the named faults, each of a pupil in a pupil of its own.

    Args:
        trust: as it was; the other schools are left alone.
        urn: the school.
        kinds: names of `FAULTS` or `SCHOOL_FAULTS`.
        collection: whose census they are to spoil: days and registers follow it.

    Raises:
        KeyError: a kind that neither names.
        NoPupilFitsError: the school has no pupil for one.

    """
    chosen = tuple(kinds)
    schools = (_spoilt(each, chosen, collection) if each.urn == urn else each for each in trust.schools)
    return Trust(tuple(schools))


def _spoilt(school: School, kinds: tuple[str, ...], collection: str) -> School:
    held = school.contents
    pupils = [Pupil(pupil.id, {kind: list(facts) for kind, facts in pupil.facts.items()}) for pupil in held.pupils]
    last_id = max(fact.id for pupil in pupils for facts in pupil.facts.values() for fact in facts)
    draft = Draft(
        school, collection, school.identity, pupils, held.registers, last_id, dict(held.faults), list(held.file_changes)
    )
    for kind in kinds:
        if kind in SCHOOL_FAULTS:
            SCHOOL_FAULTS[kind].spoil(draft)
        else:
            _spoil_a_pupil(draft, kind, FAULTS[kind])
    changed = Contents(tuple(draft.pupils), draft.registers, held.edits, draft.touched, tuple(draft.file_changes))
    return replace(school, identity=draft.identity, changed=changed)


def _spoil_a_pupil(draft: Draft, kind: str, fault: Fault) -> None:
    candidates = free(draft, off_roll=fault.off_roll)
    pupil = next((each for each in candidates if fault.fits(draft.school, each)), None)
    if pupil is None:
        message = f"school {draft.school.urn} has no pupil for the fault {kind!r}"
        raise NoPupilFitsError(message)
    fault.spoil(draft, pupil)
    draft.touched[kind] = pupil.id
