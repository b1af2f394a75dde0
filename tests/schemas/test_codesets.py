import datetime as dt

import pytest

from schemas.codesets import codes, codes_meaning, codeset, guessed, meaning


@pytest.mark.parametrize(
    ("name", "on", "present", "absent"),
    [
        ("SEN_PROVISION", None, {"N", "K", "E"}, {"S", "A", "P"}),
        ("SEN_PROVISION", dt.date(2018, 3, 31), {"S"}, {"A"}),
        ("SEN_PROVISION", dt.date(2018, 4, 1), set(), {"S"}),
        ("ATTENDANCE", dt.date(2024, 8, 18), {"H", "J", "Y", "/"}, {"Y1", "J1", "C1"}),
        ("ATTENDANCE", dt.date(2024, 8, 19), {"Y1", "J1", "C1", "/"}, {"H", "J", "Y"}),
        ("FSM_CATEGORY", None, {"TFSM", "EFSM"}, {"LOCAL"}),
        ("PROG_TYPE", None, {"1", "30", "31"}, {"01"}),
        ("LANGUAGE", None, {"ENG", "WELW"} & codes("LANGUAGE"), {"XXX"}),
    ],
)
def test_codes_hold_from_their_first_day_to_their_last(name, on, present, absent):
    found = codes(name, on)
    assert present <= found
    assert not absent & found


def test_a_set_that_does_not_exist_is_named():
    with pytest.raises(KeyError, match="NOT_A_SET"):
        codes("NOT_A_SET")


def test_meanings_and_guesses():
    assert meaning("SEX", "F") == "female"
    assert guessed("FSM_CATEGORY") == {"EFSM"}
    assert guessed("SEX") == frozenset()


def test_every_attendance_code_in_force_is_in_one_group():
    groups = {code.meaning for code in codeset("ATTENDANCE_GROUP").values()}
    assert groups == {"present", "approved_activity", "authorised_absence", "unauthorised_absence", "not_possible"}
    assert codes("ATTENDANCE") == codes("ATTENDANCE_GROUP")
    assert codes_meaning("ATTENDANCE_GROUP", "not_possible") == {
        "D", "Q", "X", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#",
    }  # fmt: skip


def test_the_size_of_the_large_sets():
    assert {name: len(codeset(name)) for name in ("ETHNICITY", "LANGUAGE", "SCHOOL_TYPE")} == {
        "ETHNICITY": 108, "LANGUAGE": 319, "SCHOOL_TYPE": 45,
    }  # fmt: skip
