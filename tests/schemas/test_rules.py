"""Every rule finds its failing return and passes its twin, and rules, catalogue and cases agree."""

import inspect
from collections import Counter

import pandas as pd
import pytest

from schemas.census.catalogue import FUNDING, MADE_ELSEWHERE, catalogue, figures, listed, not_implemented, written
from schemas.census.engine import Mark, discovered, mask_of, rule_modules, run_rules, shape_rules
from schemas.census.tables import CENSUS
from schemas.census.view import Census
from tests.nightly import NIGHTLY
from tests.schemas.cases.base import REGISTERS, Return, frames
from tests.schemas.cases.change import Case
from tests.schemas.cases.table import CASES
from tests.schemas.cases.terms import NAMES, base_return, collection_of

YEAR = "2026-27"
CATALOGUE = catalogue(YEAR)
WRITTEN = written(YEAR)
WHOLE = CASES if NIGHTLY else tuple({case.rule: case for case in reversed(CASES)}.values())
"""The cases that are shown to every rule: by day the first of each rule, at night all."""
DERIVED_FROM = {"age": "dob", "attendance_age": "dob"}


def findings(rows: Return, base: str) -> pd.DataFrame:
    return run_rules(frames(rows), collection_of(base), CATALOGUE, REGISTERS)


def broken(case: Case, rows: Return) -> bool:
    """Say whether the rule of a case, and nothing asked of any other, finds something."""
    census = Census(frames(rows), collection_of(case.base), REGISTERS)
    return bool(mask_of(discovered()[case.rule], census).any())


def name_of(case: Case) -> str:
    return f"{case.rule}-{case.base}"


def differences(left: Return, right: Return) -> int:
    """Count cells that differ; a row more or less counts as one."""
    return sum(_differences(left.get(name, []), right.get(name, [])) for name in CENSUS)


def _differences(left: list, right: list) -> int:
    if len(left) != len(right):
        kept = [row for row in max(left, right, key=len) if row not in min(left, right, key=len)]
        return len(kept)
    return sum(
        before.get(column) != after.get(column)
        for before, after in zip(left, right, strict=True)
        for column in before | after
    )


@pytest.mark.parametrize("base", NAMES)
def test_a_valid_return_has_no_findings(base):
    assert findings(base_return(base), base).empty


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_one_change_breaks_its_rule(case: Case):
    passing, failing = case.passing(), case.failing()
    assert differences(passing, failing) == 1
    assert broken(case, failing)
    assert not case.given or not broken(case, passing)


@pytest.mark.parametrize("case", WHOLE, ids=name_of)
def test_one_change_breaks_nothing_but_its_rule(case: Case):
    assert not NIGHTLY or not case.given or findings(case.passing(), case.base).empty
    found = findings(case.failing(), case.base)
    found = found[found["evaluated"]]
    assert set(found["rule"]) == {case.rule, *case.also}
    fields = set(found.loc[found["rule"] == case.rule, "fields"].str.split().explode())
    assert fields <= set(CATALOGUE[case.rule].fields)


@pytest.mark.parametrize("rule", sorted({case.rule for case in CASES}))
def test_a_finding_names_a_field_whose_change_makes_it(rule):
    """Not in each case: what decides whom a rule speaks of is not where the mistake is put right."""
    changes = [_changed_in(case) for case in CASES if case.rule == rule]
    assert set().union(*changes) & set(CATALOGUE[rule].fields)


def _changed_in(case: Case) -> set[str]:
    passing, failing = case.passing(), case.failing()
    return set().union(*(_changed(name, passing.get(name, []), failing.get(name, [])) for name in CENSUS))


def _changed(table: str, left: list, right: list) -> set[str]:
    if len(left) != len(right):
        return {f"{table}.{column}" for column in CENSUS[table].names}
    pairs = [(before, after) for before, after in zip(left, right, strict=True) if before != after]
    names = {name for before, after in pairs for name in before | after if before.get(name) != after.get(name)}
    return {f"{table}.{DERIVED_FROM.get(name, name)}" for name in names}


def test_every_rule_has_a_case():
    assert {case.rule for case in CASES} == set(discovered())


def test_every_row_of_the_catalogue_is_evaluated_by_something_and_only_once():
    elsewhere = {rule for rule in WRITTEN if rule.startswith(tuple(MADE_ELSEWHERE))}
    assert set(WRITTEN) - elsewhere == set(discovered())
    assert set(CATALOGUE) - set(WRITTEN) == set(shape_rules(YEAR))


def test_a_rule_is_either_implemented_or_has_a_reason_why_not():
    missing = not_implemented(YEAR)
    assert not set(CATALOGUE) & set(missing)
    assert all(entry.reason and entry.meaning and entry.source for entry in missing.values())


def test_every_listed_rule_is_answered():
    rows = listed(YEAR)
    known = set(CATALOGUE) | set(not_implemented(YEAR))
    assert [row.row for row in rows] == list(range(1, 207))
    assert {rule for row in rows for rule in row.rules} <= known
    assert all(row.rules for row in rows)
    assert set(not_implemented(YEAR)) <= {rule for row in rows for rule in row.rules}


def test_a_rule_of_the_departments_number_is_found_under_it():
    for row in listed(YEAR):
        if row.number in CATALOGUE or row.number in not_implemented(YEAR):
            assert row.number in row.rules


def test_the_figures():
    counted = figures(YEAR)
    assert counted.listed == counted.implemented + counted.not_implemented == 206
    assert counted.implemented >= 185
    assert counted.shape_rules == len(shape_rules(YEAR))
    assert counted.blocking + counted.local <= counted.rules + counted.shape_rules


def test_the_departments_own_list_makes_its_errors_block():
    unsure = {rule for rule, entry in WRITTEN.items() if entry.local and not rule.startswith("L-")}
    before, after = figures(YEAR), figures(YEAR, frozenset(CATALOGUE))
    errors = sum(WRITTEN[rule].severity == "error" for rule in unsure)
    assert errors
    assert after.blocking == before.blocking + errors
    assert after.local == before.local - len(unsure)


def test_funding_is_one_of_the_streams():
    assert {entry.funding for entry in WRITTEN.values()} == {"", *FUNDING}
    assert CATALOGUE["1762"].funding == "pupil premium"
    assert CATALOGUE["2870"].funding == "post-16"


def test_functions_are_named_after_their_numbers_and_nothing_else_is():
    for module in rule_modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            mark = getattr(function, "mark", None)
            if function.__module__ != module.__name__:
                continue
            assert name.startswith(("rule_", "local_")) == isinstance(mark, Mark)
            if mark:
                number = mark.number.lower()
                expected = "local_" + number[2:].replace("-", "_") if number.startswith("l-") else f"rule_{number}"
                assert name == expected


def test_rules_are_short():
    for active in discovered().values():
        body = [line for line in inspect.getsource(active.holds).splitlines() if line.startswith("    ")]
        assert 1 <= len(body) <= 8


@pytest.mark.parametrize("rule", CATALOGUE)
def test_catalogue_rows_are_complete(rule):
    entry = CATALOGUE[rule]
    assert entry.fields
    for field in entry.fields:
        table, _, column = field.partition(".")
        assert column in CENSUS[table]
    assert entry.level in {"pupil", "school", "header", "return"}
    assert entry.meaning
    assert entry.wording
    assert entry.where_to_fix
    assert entry.source
    assert not entry.wording.endswith(".")


def test_only_known_numbered_errors_block():
    for entry in CATALOGUE.values():
        numbered = not entry.rule.startswith("L-")
        assert entry.blocking == (numbered and entry.confidence == "high" and entry.severity == "error")
        assert entry.message.startswith("Local check: ") == (not numbered or entry.confidence != "high")
        assert not (entry.rule.endswith("Q") and entry.severity == "error")


def test_every_shape_of_rule_is_there():
    levels = Counter(entry.level for entry in CATALOGUE.values())
    assert len(CATALOGUE) >= 110
    assert levels["school"] >= 10
    assert levels["header"] >= 5
