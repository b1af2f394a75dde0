import traceback

import pytest

from schemas.boundary import conforms
from schemas.census.supplement import SUPPLEMENT, SupplementUnreadable, read_supplement
from schemas.identifiers import upn_check_letter

ONE, TWO = (upn_check_letter(body) + body for body in ("801200005001", "801200005002"))
HEADER = "upn,school_lunch_taken,class_type,daf,learner_fam_type,learner_fam_code"


def read(*lines):
    return read_supplement("\n".join(lines) + "\n", "on-the-day.csv")


def test_a_file_is_read_as_declared():
    frame = read(HEADER, f"{ONE},true,N,false,NLM,01", "", f"{ONE},,,,EMH,22", f"{ONE}, true ,,,,")
    conforms(frame, SUPPLEMENT)
    assert frame["school_lunch_taken"].fillna(value=False).tolist() == [True, False, True]
    assert frame["learner_fam_type"].fillna("-").tolist() == ["NLM", "EMH", "-"]


@pytest.mark.parametrize("text", [f"upn,daf\r\n{ONE},true\r\n", f"\ufeffdaf,upn\ntrue,{ONE}\n"])
def test_spreadsheet_endings_marks_and_column_order_are_accepted(text):
    frame = read_supplement(text, "x.csv")
    assert frame[["upn", "daf"]].to_numpy().tolist() == [[ONE, True]]


def test_a_column_that_is_absent_is_null_not_false():
    assert read("upn,daf", f"{ONE},true")["school_lunch_taken"].isna().all()


def test_hours_are_numbers_and_a_pupil_may_have_several_kinds_of_support():
    frame = read("upn,funded_hours,unit_contact_time,learner_support", f"{ONE},12.5,25,55", f"{ONE},,,56")
    conforms(frame, SUPPLEMENT)
    assert frame["funded_hours"].tolist()[0] == 12.5
    assert frame["unit_contact_time"].tolist()[0] == 25
    assert frame["learner_support"].tolist() == ["55", "56"]


def test_a_header_alone_is_no_lines():
    assert read(HEADER).empty


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([""], "line 1: there is no column upn"),
        (["daf"], "line 1: there is no column upn"),
        (["upn,lunch"], "line 1: column 2 is not one of upn, school_lunch_taken"),
        (["upn,daf,daf"], "line 1: a column is named twice"),
        (["upn,daf", ONE], "line 2: 1 cells, not 2"),
        (["upn,daf", f"{ONE},true", f"{ONE},yes"], "line 3, column daf: not one of false true"),
        (["upn,class_type", f"{ONE},X"], "line 2, column class_type: not one of N O"),
        (["upn,learner_fam_type", f"{ONE},XXX"], "line 2, column learner_fam_type: not one of EMH MMH NLM"),
        (["upn,funded_hours", f"{ONE},15.125"], "line 2, column funded_hours: not a number of hours"),
        (["upn,unit_contact_time", f"{ONE},2.5"], "line 2, column unit_contact_time: not a whole number of hours"),
        (["upn,young_carer", f"{ONE},Y"], "line 2, column young_carer: not one of N P S"),
        (["upn,learner_support", f"{ONE},99"], "line 2, column learner_support: not one of"),
        (["upn,young_carer", f"{ONE},P", f"{ONE},S"], "column young_carer: 1 pupil has two different values"),
        (["upn,daf", "CANARY,true"], "line 2, column upn: not a UPN"),
        (["upn,daf", f"{ONE},true", f"{ONE},false"], "column daf: 1 pupil has two different values"),
    ],
)
def test_a_fault_is_named_by_line_and_column_without_its_value(lines, told):
    with pytest.raises(SupplementUnreadable) as caught:
        read(*lines)
    text = "".join(traceback.format_exception(caught.value))
    assert f"on-the-day.csv cannot be used; correct it and read it again:\n  {told}" in str(caught.value)
    assert ONE not in str(caught.value)
    assert "CANARY" not in str(caught.value)
    assert "SupplementUnreadable" in text


def test_every_faulty_line_is_told():
    with pytest.raises(SupplementUnreadable) as caught:
        read("upn,daf", f"{ONE},1", f"{TWO},0")
    assert ["line 2" in str(caught.value), "line 3" in str(caught.value)] == [True, True]
