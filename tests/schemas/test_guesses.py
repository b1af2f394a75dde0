"""A guessed code stays at home; every other value of the same return is untouched."""

from schemas.census.guesses import withhold
from schemas.census.layout import layout
from schemas.census.spec import Confirmed
from schemas.census.tables import CENSUS
from schemas.codesets import guessed


def frames(category):
    tables = {name: table.empty() for name, table in CENSUS.items()}
    tables["fsm_period"] = CENSUS["fsm_period"].frame({"pupil_id": ["1", "2"], "category": ["TFSM", category]})
    return tables


def test_there_is_a_guessed_code_to_withhold():
    assert guessed("FSM_CATEGORY") == {"EFSM"}


def test_a_guessed_code_is_left_out_and_counted():
    kept, left_out = withhold(frames("EFSM"), layout("2026-27"))
    assert kept["fsm_period"]["category"].isna().tolist() == [False, True]
    assert [(one.field, one.count) for one in left_out] == [("fsm_period.category", 1)]
    CENSUS["fsm_period"].schema.validate(kept["fsm_period"])


def test_a_known_code_is_left_alone():
    given = frames("TFSM")
    kept, left_out = withhold(given, layout("2026-27"))
    assert kept["fsm_period"].equals(given["fsm_period"])
    assert left_out == ()


def test_a_guessed_code_that_somebody_outside_has_confirmed_is_left_alone():
    given = frames("EFSM")
    for codes, left in (({("FSM_CATEGORY", "EFSM")}, 0), ({("FSM_CATEGORY", "TFSM"), ("SEX", "EFSM")}, 1)):
        kept, left_out = withhold(given, layout("2026-27"), Confirmed(codes=frozenset(codes)))
        assert (int(kept["fsm_period"]["category"].isna().sum()), len(left_out)) == (left, left)
