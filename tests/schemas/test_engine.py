"""The engine: masks become findings, nothing is lost, nothing is written, nothing unknown passes."""

import datetime as dt

import pandas as pd
import pytest

from schemas.census import engine
from schemas.census.catalogue import catalogue
from schemas.census.collection import collection
from schemas.census.engine import Active, rule, run_rules
from schemas.census.findings import FINDING, finding_key, verdict
from schemas.census.tables import SCHOOL_BLOCKS
from schemas.census.view import Census, NoReference, RowsOfNoPupil, RuleWrote
from tests.schemas.cases.base import AUTUMN, BASES, REGISTERS, frames, primary, secondary, unit
from tests.schemas.cases.terms import base_return, collection_of

CATALOGUE = catalogue("2026-27")


def only(monkeypatch, number, holds, **mark):
    """Make `holds` the only rule there is, under a number of the catalogue."""
    function = rule(number, **mark)(holds)
    monkeypatch.setattr(engine, "discovered", lambda: {number: Active(function.mark, "test", function)})


def run(rows, registers=REGISTERS, census_day=AUTUMN):
    return run_rules(frames(rows), census_day, CATALOGUE, registers)


def test_findings_have_exactly_the_declared_columns(monkeypatch):
    only(monkeypatch, "1500", lambda census: census.on_roll, on="pupil")
    found = run(secondary())
    assert FINDING.schema.validate(found).shape == (6, len(FINDING.columns))


def test_no_findings_are_a_frame_of_the_same_columns():
    assert list(run(secondary()).dtypes) == [column.dtype for column in FINDING.columns]


def test_findings_are_sorted_by_pupil_whatever_the_order_of_rows(monkeypatch):
    only(monkeypatch, "1500", lambda census: census.on_roll, on="pupil")
    rows = secondary()
    forwards = run(rows)
    rows["pupil"].reverse()
    pd.testing.assert_frame_equal(forwards, run(rows))


def test_findings_are_in_the_order_of_the_catalogue():
    rows = secondary()
    rows["pupil"][1] |= {"upn": None, "sex": None, "postcode": None}
    rows["header"][0]["year"] = 2020
    assert run(rows)["rule"].tolist() == ["L-header-year", "1500", "L-sex", "L-postcode"]


def test_findings_are_never_cut_short(monkeypatch):
    only(monkeypatch, "1500", lambda census: census.on_roll | census.off_roll, on="pupil")
    rows = secondary()
    rows["pupil"] = [rows["pupil"][0] | {"pupil_id": str(number)} for number in range(5000)]
    rows |= {name: [] for name in rows if name not in {"header", "school", "pupil"}}
    assert len(run(rows)) == 5000


def test_nulls_in_a_mask_are_no_findings(monkeypatch):
    only(monkeypatch, "1500", lambda census: census.pupil.uln == "x", on="pupil")
    assert run(secondary()).empty


def test_a_school_rule_gives_one_finding_of_nobody(monkeypatch):
    only(monkeypatch, "1495Q", lambda _: True, on="school")
    found = run(secondary())
    assert found[["pupil_id", "row_key"]].isna().to_numpy().all()
    assert found["level"].tolist() == ["school"]


def test_a_row_is_named_by_what_it_says(monkeypatch):
    only(monkeypatch, "1762", lambda census: census.fsm_period.start_date.notna(), on="fsm_period")
    assert run(primary())["row_key"].tolist() == ["2025-09-01", "2026-08-01"]


@pytest.mark.parametrize(
    "write",
    [
        lambda census: setattr(census.pupil, "upn", None),
        lambda census: setattr(census, "pupil", None),
        lambda census: census.pupil.__setitem__("upn", None),
        lambda census: census.pupil.upn.__setitem__(0, "X"),
        lambda census: census.pupil.upn.loc.__setitem__(0, "X"),
        lambda census: census.pupil.upn.update(pd.Series(["X"], dtype=census.pupil.upn.dtype)),
        lambda census: census.of_pupil("attendance", "upn").__setitem__(0, "X"),
    ],
)
def test_a_rule_that_writes_raises(monkeypatch, write):
    only(monkeypatch, "1500", lambda census: write(census) or census.on_roll, on="pupil")
    with pytest.raises(RuleWrote, match="a rule wrote to"):
        run(secondary())


def test_the_callers_frames_are_unchanged():
    given = frames(secondary())
    before = {name: frame.copy(deep=True) for name, frame in given.items()}
    run_rules(given, AUTUMN, CATALOGUE, REGISTERS)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, given[name])


def test_the_index_of_a_frame_means_nothing(monkeypatch):
    only(monkeypatch, "1500", lambda census: census.has("pupil", "attendance"), on="pupil")
    given = frames(secondary())
    expected = run_rules(given, AUTUMN, CATALOGUE)
    shifted = {name: frame.set_axis(range(100, 100 + len(frame))) for name, frame in given.items()}
    pd.testing.assert_frame_equal(expected, run_rules(shifted, AUTUMN, CATALOGUE))


def test_a_rule_without_its_register_is_not_evaluated_and_not_passed():
    found = run(secondary(), registers={})
    assert found[["rule", "evaluated"]].to_numpy().tolist() == [["L-aim-qn-register", False]]
    assert found["message"].str.startswith("NOT EVALUATED").all()
    counted = verdict(found, frozenset())
    assert (counted.not_evaluated, counted.needs_explanation, counted.blocked) == (1, True, False)


def test_a_rule_without_its_register_passes_when_there_is_nothing_to_look_at():
    assert run(primary(), registers={}).empty


def test_a_school_of_no_known_phase_does_not_escape_the_rules_of_a_phase():
    rows = secondary()
    rows["school"][0]["phase"] = "ZZ"
    found = run(rows)
    blocked = set(found.loc[~found["evaluated"], "rule"])
    assert "2870" in blocked
    assert "1510" not in blocked
    assert verdict(found, set(found["rule"])).blocked


def test_rules_of_another_phase_do_not_run(monkeypatch):
    only(monkeypatch, "2361", lambda census: census.on_roll, on="pupil", phases=("PR",))
    assert run(secondary()).empty
    assert len(run(unit())) == 3


@pytest.mark.parametrize(
    ("mark", "runs"),
    [
        ({}, True),
        ({"terms": "A"}, True),
        ({"terms": "SU"}, False),
        ({"since": AUTUMN.reference_date}, True),
        ({"since": AUTUMN.reference_date + dt.timedelta(days=1)}, False),
        ({"until": AUTUMN.reference_date}, True),
        ({"until": AUTUMN.reference_date - dt.timedelta(days=1)}, False),
    ],
)
def test_applicability_is_declared(monkeypatch, mark, runs):
    only(monkeypatch, "1500", lambda census: census.on_roll, on="pupil", **mark)
    assert run(secondary()).empty != runs


def test_every_rule_of_another_term_runs_on_its_collection():
    found = run_rules(frames(secondary()), collection("2027-spring"), CATALOGUE, REGISTERS)
    assert "100" in set(found["rule"])


def test_an_empty_return_is_evaluated():
    rows = {name: rows for name, rows in secondary().items() if name in {"header", "school"}}
    assert {"1495Q", "1760"} <= set(run(rows)["rule"])


def test_rows_of_a_pupil_who_is_not_there_are_refused():
    rows = secondary()
    del rows["pupil"][1]
    with pytest.raises(RowsOfNoPupil, match="belong to no row of pupil"):
        run(rows)


def test_a_misspelt_column_or_table_is_named():
    census = Census(frames(secondary()), AUTUMN, {})
    with pytest.raises(AttributeError, match="table pupil has no column upm"):
        _ = census.pupil.upm
    with pytest.raises(AttributeError, match="no table pupils"):
        _ = census.pupils
    with pytest.raises(NoReference):
        census.register("qualifications")


def test_no_message_holds_a_value():
    rows = secondary()
    planted = "Zebedee7"
    for row in rows["pupil"]:
        row |= {"upn": planted, "uln": planted, "surname": planted, "postcode": planted, "language": planted}
    found = run(rows)
    assert len(found) > 20
    assert (
        not found[["rule", "fields", "message", "row_key"]]
        .apply(lambda column: column.str.contains(planted))
        .any(axis=None)
    )


def test_verdict_counts_what_is_open():
    rows = secondary()
    rows["pupil"][0] |= {"upn": None, "sex": None}
    rows["pupil"][3] |= {"maths_grade": "3"}
    found = run(rows)
    counted = verdict(found, frozenset())
    assert (counted.blocking_open, counted.errors, counted.queries, counted.unexplained) == (1, 2, 1, 2)
    assert counted.blocked
    explained = {finding_key("L-sex", "1", None), finding_key("3020Q", "4", None)}
    assert verdict(found, explained).unexplained == 0


def test_an_error_that_the_departments_own_list_names_blocks():
    rows = secondary()
    rows["pupil"][1] |= {"service_child": None, "sex": None}
    unsure, sure = (
        run_rules(frames(rows), AUTUMN, CATALOGUE, REGISTERS, confirmed)
        for confirmed in (frozenset(), frozenset({"1741", "L-sex"}))
    )
    assert not unsure["blocking"].any()
    assert sure.loc[sure["blocking"], "rule"].tolist() == ["1741"]
    assert not sure.loc[sure["rule"] == "1741", "message"].str.startswith("Local check").any()


def test_findings_on_rows_of_the_school_are_told_apart():
    rows = base_return("PS spring")
    for row in rows["school_class"]:
        row["teachers"] = None
    found = run(rows, census_day=collection_of("PS spring"))
    assert found["rule"].tolist() == ["L-class-complete"] * 2
    assert found["row_key"].tolist() == ["One", "Two"]
    assert found["pupil_id"].isna().all()


def test_a_missing_school_file_is_a_finding():
    rows = base_return("PS spring")
    rows["school"][0]["free_meals_taken"] = None
    rows |= {name: [] for name in SCHOOL_BLOCKS}
    found = set(run(rows, census_day=collection_of("PS spring"))["rule"])
    assert found == {"L-school-file", "L-free-meals-taken", "L-reconciliation"}


def test_a_blocking_error_cannot_be_explained_away():
    rows = secondary()
    rows["pupil"][0]["upn"] = None
    assert verdict(run(rows), {finding_key("1500", "1", None)}).blocked


def test_verdict_of_nothing_lets_go():
    nothing = verdict(FINDING.empty(), frozenset())
    assert not nothing.blocked
    assert not nothing.needs_explanation


@pytest.mark.parametrize("phase", BASES)
def test_the_outcome_does_not_depend_on_the_run(phase):
    pd.testing.assert_frame_equal(run(BASES[phase]()), run(BASES[phase]()))
