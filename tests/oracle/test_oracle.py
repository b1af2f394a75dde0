"""The vectorised rules find what the row-by-row oracle finds, in any return that Hypothesis can think of.

`WAYBILL_NIGHTLY=1` raises the number of generated pupils to 10,000 and draws new ones each night. The cases prove the
rules every day (`tests.schemas.test_rules`); that they prove the oracle too is a matter for the night.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from schemas.census.catalogue import catalogue
from schemas.census.engine import discovered, run_rules, shape_rules
from tests.nightly import NIGHTLY
from tests.oracle.evaluate import Found, every_rule, oracle
from tests.oracle.reading import STATED
from tests.oracle.returns import Generated, returns
from tests.oracle.shapes import YEAR, shapes
from tests.schemas.cases.base import REGISTERS, frames
from tests.schemas.cases.table import CASES, Case
from tests.schemas.cases.terms import NAMES, base_return, collection_of

RETURNS, PUPILS = (700, 10_000) if NIGHTLY else (20, 200)
RULES_HEARD = 0.92 if NIGHTLY else 0.3
"""The share of the rules that speak up at least once in generated returns; in the cases each of them does."""
CATALOGUE = catalogue(YEAR)


def found_by_the_rules(generated: Generated) -> Found:
    found = run_rules(generated.frames, generated.day, CATALOGUE, REGISTERS)
    found = found[found["evaluated"]]
    columns = (found[name].array.__arrow_array__().to_pylist() for name in ("rule", "pupil_id", "row_key"))
    return set(zip(*columns, strict=True))


def numbers(found: Found) -> set[str]:
    return {rule for rule, _, _ in found}


def test_the_oracle_knows_every_rule_that_was_written_by_hand():
    assert set(STATED) == set(discovered())


def test_the_oracle_reads_the_same_shapes_from_the_layout():
    assert set(shapes()) == set(shape_rules(YEAR))


def test_the_oracle_and_the_marks_agree_on_terms_and_phases():
    for number, active in {**discovered(), **shape_rules(YEAR)}.items():
        stated = every_rule()[number]
        assert (stated.on, stated.terms, stated.phases) == (active.mark.on, active.mark.terms, set(active.mark.phases))


@pytest.mark.parametrize("base", NAMES)
def test_the_oracle_finds_nothing_in_a_valid_return(base):
    assert not oracle(frames(base_return(base)), collection_of(base), REGISTERS)


@pytest.mark.nightly
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.base}")
def test_the_oracle_finds_what_a_case_breaks(case: Case):
    day = collection_of(case.base)
    assert numbers(oracle(frames(case.failing()), day, REGISTERS)) == {case.rule, *case.also}
    assert not case.given or not oracle(frames(case.passing()), day, REGISTERS)


def test_rules_and_oracle_find_the_same_rows(record_property):
    pupils, heard = 0, Counter[str]()

    @settings(max_examples=RETURNS, deadline=None, derandomize=not NIGHTLY, suppress_health_check=list(HealthCheck))
    @given(returns())
    def agree(generated: Generated) -> None:
        nonlocal pupils
        expected = oracle(generated.frames, generated.day, REGISTERS)
        found = found_by_the_rules(generated)
        assert found - expected == set(), "rules find what the oracle does not"
        assert expected - found == set(), "the oracle finds what rules do not"
        pupils += generated.pupils
        heard.update(numbers(expected))

    agree()
    record_property("pupils", pupils)
    record_property("rules that spoke", len(heard))
    silent = sorted(set(every_rule()) - set(heard))
    assert pupils >= PUPILS
    assert len(heard) >= RULES_HEARD * len(every_rule()), f"never heard: {' '.join(silent)}"
