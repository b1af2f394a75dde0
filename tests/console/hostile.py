"""Pupils whose names are markup, script, formulas and tricks: whoever types a name into a MIS types into every page."""

from dataclasses import replace

from simulator.world.facts import Pupil
from simulator.world.trust import Trust

NAMES = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'-alert(1)-'", "{{7*7}}", "=1+1", "+1+1", "-1+1",
    "@SUM(A1)", '=HYPERLINK("https://x.example","x")', "\t=1+1", "</title><script>alert(1)</script>", "Robert'); --",
)  # fmt: skip


def with_hostile_names(trust: Trust, urn: str) -> Trust:
    """Return a trust in which every pupil of one school is called one of `NAMES`, but for who has no surname."""
    schools = (_renamed(each) if each.urn == urn else each for each in trust.schools)
    return Trust(tuple(schools))


def _renamed(school):
    held = school.contents
    pupils = tuple(_called(pupil, NAMES[number % len(NAMES)]) for number, pupil in enumerate(held.pupils))
    return replace(school, changed=replace(held, pupils=pupils))


def _called(pupil: Pupil, name: str) -> Pupil:
    people = [
        replace(fact, value=fact.value._replace(surname=fact.value.surname and name, forename=name))
        for fact in pupil.facts["person"]
    ]
    return Pupil(pupil.id, {**pupil.facts, "person": people})
