"""A school's own codes: translated where it said so, a finding where it did not, and never taken for another."""

import pandas as pd
import pytest

from schemas.canonical import CANONICAL
from schemas.census.catalogue import catalogue
from schemas.census.hits import Hit, as_findings
from schemas.codesets import codeset
from schemas.own_codes import RULE, SHORT, coded, translated, unknown


def sen(*codes):
    rows = {"pupil_id": [str(n) for n in range(len(codes))], "provision": list(codes)}
    return {"sen_status": CANONICAL["sen_status"].frame(rows)}


def test_every_code_set_that_a_column_names_exists():
    assert len(coded()) > 25
    assert all(name in SHORT or codeset(name) for name in coded().values())


def test_an_unknown_code_stays_and_is_found_by_pupil_with_the_map_that_puts_it_right():
    frames = sen("K", "USER__BOOST", None)
    assert unknown(frames) == [Hit(RULE, "pupil", "1", "sen_status.provision")]
    assert translated(frames, {})["sen_status"]["provision"].tolist()[1] == "USER__BOOST"
    found = as_findings(unknown(frames), catalogue("2026-27"))
    assert found["row_key"].tolist() == ["sen_status.provision"]
    assert "codes.csv" in catalogue("2026-27")[RULE].where_to_fix
    assert "USER__BOOST" not in found.to_csv()


def test_the_school_s_map_translates_it_and_nothing_else():
    maps = {"sen_status.provision": {"USER__BOOST": "K"}, "eligibility": {"X": "TFSM"}, "fsm.category": {"Y": "TFSM"}}
    made = translated(sen("E", "USER__BOOST", "USER__OTHER"), maps)
    assert made["sen_status"]["provision"].tolist() == ["E", "K", "USER__OTHER"]
    assert unknown(made) == [Hit(RULE, "pupil", "2", "sen_status.provision")]
    assert isinstance(made["sen_status"]["provision"].dtype, pd.ArrowDtype)


@pytest.mark.parametrize(("column", "good", "bad"), [("sex", "F", "X"), ("ethnicity", "WBRI", "OTHER")])
def test_a_code_of_a_pupil_is_looked_at_too(column, good, bad):
    def frames(code):
        return {"pupil": CANONICAL["pupil"].frame({"pupil_id": ["7"], column: [code]})}

    assert unknown(frames(good)) == []
    assert unknown(frames(bad)) == [Hit(RULE, "pupil", "7", f"pupil.{column}")]
