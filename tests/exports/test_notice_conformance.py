"""Notice and deeds agree, both ways; each way they can part is named."""

import datetime as dt
from dataclasses import replace
from functools import cache

import pytest

from exports.notice import Notice
from exports.notice_conformance import (
    FILE,
    Conformance,
    Deeds,
    Statement,
    StatementsUnreadable,
    conformance,
    read_statements,
)
from exports.observed import Observed
from exports.records import load_records
from exports.terms import Compiled
from tests.exports.trust_folder import FOLDER, notice

DAY = dt.date(2026, 10, 1)
PROJECT = FOLDER.parents[1]


@cache
def statements() -> tuple[Statement, ...]:
    return read_statements(FOLDER)


@cache
def deeds() -> Deeds:
    records = load_records(FOLDER)
    return Deeds(records.compiled, records.observed, records.no_feeds, PROJECT)


def held(
    told: Notice | None = None, kept: tuple[Statement, ...] | None = None, done: Deeds | None = None, day: dt.date = DAY
) -> Conformance:
    return conformance(told or notice(), statements() if kept is None else kept, done or deeds(), day)


def new_faults(**changes: object) -> list[str]:
    """Name what one change breaks, and nothing that was broken before."""
    before = set(held().faults)
    return [fault for fault in held(**changes).faults if fault not in before]


def with_row(clause: str, **changes: object) -> tuple[Statement, ...]:
    return tuple(replace(each, **changes) if each.clause == clause else each for each in statements())


def test_the_demo_keeps_its_notice():
    assert held().faults == ()


def test_each_field_of_each_agreement_has_a_clause_of_the_notice_in_force():
    emitted = held().emitted
    assert len(emitted) == sum(len(agreement.lines) for agreement in deeds().agreements)
    assert {(one.notice_version, one.notice_sha256) for one in emitted} == {(notice().version, notice().sha256)}
    assert all(one.clause in notice().clauses for one in emitted)


def test_each_clause_has_one_row_and_is_kept_by_something():
    kept = {each.clause: each.by for each in held().kept}
    assert list(kept) == list(notice().clauses)
    assert all(kept.values())


def test_nothing_rests_on_a_notice_before_the_day_it_is_published():
    assert new_faults(day=notice().published) == []
    (fault,) = new_faults(day=notice().published - dt.timedelta(days=1))
    assert "nothing may rest on it" in fault


def test_a_clause_struck_from_the_notice_is_missed_by_the_fields_that_cite_it():
    clauses = {number: text for number, text in notice().clauses.items() if number != "2.12"}
    faults = new_faults(told=replace(notice(), clauses=clauses))
    assert any("meal_check.contact_nino cites clause 2.12" in fault for fault in faults)
    assert any("clause 2.12: the notice has no such clause" in fault for fault in faults)


def test_an_agreement_that_does_not_compile_is_said():
    broken = replace(deeds(), compiled=(*deeds().compiled, Compiled("broken", "0" * 64, None, ("one", "two"))))
    assert any("agreement broken does not compile (2 faults)" in fault for fault in new_faults(done=broken))


def test_an_observed_flow_with_a_fault_is_said():
    broken = replace(deeds(), observed=(*deeds().observed, Observed("sync", None, ("sync.yaml line 3: nobody",))))
    assert "sync.yaml line 3: nobody" in new_faults(done=broken)


def test_a_clause_without_a_row_and_one_with_two_are_said():
    assert new_faults(kept=tuple(each for each in statements() if each.clause != "2")) == [
        f"{FILE}: clause 2 must have one row and has 0"
    ]
    assert new_faults(kept=(*statements(), statements()[1])) == [f"{FILE}: clause 2 must have one row and has 2"]


UNKEPT = [
    ("5.1", {"reason": ""}, "needs its reason"),
    ("9", {"kept_by": ()}, "nothing is said to keep it"),
    ("9", {"kept_by": ("somebody",)}, "not a way to keep a clause"),
    ("9", {"kept_by": ("agreements",)}, "no agreement cites it"),
    ("9", {"kept_by": ("observed",)}, "no observed flow cites it"),
    ("9", {"kept_by": ("no_feeds",)}, "no declared no feed cites it"),
    ("8.2", {"kept_by": ("agreement:nobody",)}, "there is no agreement nobody"),
    ("4.1", {"kept_by": ("basis:6(1)(d)",)}, "nothing rests on Article 6(1)(d)"),
    ("1", {"kept_by": ("test:tests/exports/test_notice.py::test_no_such",)}, "there is no test"),
    ("1", {"kept_by": ("test:tests/no_such.py::test_no_such",)}, "there is no test"),
]


@pytest.mark.parametrize(("clause", "changes", "says"), UNKEPT, ids=[f"{row[0]}-{row[2]}" for row in UNKEPT])
def test_a_clause_that_nothing_keeps_is_said(clause, changes, says):
    (fault,) = new_faults(kept=with_row(clause, **changes))
    assert f"clause {clause}" in fault
    assert says in fault


def test_named_tests_are_not_looked_for_where_there_are_none():
    kept = with_row("1", kept_by=("test:tests/no_such.py::test_no_such",))
    assert not any("there is no test" in fault for fault in held(kept=kept, done=replace(deeds(), project=None)).faults)


@pytest.mark.parametrize("text", [None, "", "clause,kept_by\n1,outside\n"])
def test_a_table_that_is_missing_or_another_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(StatementsUnreadable, match="clause,kept_by,reason"):
        read_statements(tmp_path)
