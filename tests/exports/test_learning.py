"""What a file teaches: paths, codes and rows to change, and never a value."""

import csv
import io

import pytest

from bench.data import school
from exports.formats.census_xml import render_census
from exports.learning import learn
from exports.markup import CensusFileUnfit
from schemas.census.layout import layout
from tests.exports.census_frames import AUTUMN

WHOLE = layout("2026-27")
OURS = render_census(school(2, 25), AUTUMN)
FILE = OURS.replace(b"<SoftwareCode>Waybill", b"<SoftwareCode>Another").decode()
ON_ROLL = "Message/Pupils/PupilsOnRoll/PupilOnRoll"


def of(text: str):
    return learn(text.encode(), WHOLE, "x.xml")


def proposals(text: str) -> dict[str, str]:
    return {each.path.removeprefix(ON_ROLL + "/"): each.text for each in of(text).proposals if "code" not in each.kind}


def rows(text: str, mark: str) -> list[list[str]]:
    return [next(csv.reader(io.StringIO(line[1:]))) for line in text.splitlines() if line.startswith(mark)]


def test_a_file_like_ours_confirms_its_paths_and_codes_and_proposes_nothing():
    found = of(FILE)
    assert f"{ON_ROLL}/PupilIdentifiers/UPN" in found.paths
    assert found.paths <= {item.path for item in AUTUMN.items}
    assert ("FSM_CATEGORY", "TFSM") in found.codes
    assert proposals(FILE) == {}
    assert found.made_by == "Another 0.1"


@pytest.mark.parametrize("data", [OURS, OURS.replace(b">Waybill<", b">WAYBILL<")], ids=["as it is", "in capitals"])
def test_our_own_file_confirms_nothing(data):
    with pytest.raises(CensusFileUnfit, match="our own"):
        learn(data, WHOLE)


def test_another_spelling_is_proposed_as_the_rows_to_exchange():
    found = proposals(FILE.replace("DOB>", "Dob>"))["PupilIdentifiers/Dob"]
    (out,), (put,) = rows(found, "-"), rows(found, "+")
    assert (out[:2], put[:2]) == (
        [f"{ON_ROLL}/PupilIdentifiers/DOB", "DOB"], [f"{ON_ROLL}/PupilIdentifiers/Dob", "Dob"]
    )  # fmt: skip
    assert out[2:] == put[2:]


def test_a_container_in_another_case_takes_every_row_below_it_and_its_block():
    found = proposals(FILE.replace("SENneeds>", "SenNeeds>").replace("FSMperiod>", "FSMPeriod>"))
    text = found["PupilCharacteristics/FSMeligibility/FSMPeriod"]
    assert len(rows(text, "-")) == len(rows(text, "+")) == sum("/FSMperiod/" in item.path for item in WHOLE.items)
    assert "blocks.csv" in text


def test_an_element_that_we_lack_is_proposed_as_a_row_with_what_its_values_look_like():
    found = proposals(FILE.replace("</UPN>", "</UPN><Quaffed>2026-01-02</Quaffed>"))["PupilIdentifiers/Quaffed"]
    (row,) = rows(found, "+")
    assert (row[1:5], row[6]) == (["Quaffed", "pupil", "?", "date"], "0..1")
    assert "put it after UPN" in found


def test_a_moved_element_is_proposed_after_the_one_it_follows():
    text = FILE.replace("<Sex>", "<X>").replace("</Sex>", "</X>")
    moved = text.replace("<X>F</X>", "").replace("<X>M</X>", "").replace("</UPN>", "</UPN><Sex>F</Sex>")
    assert "move it after UPN" in proposals(moved)["PupilIdentifiers/Sex"]


def test_what_is_out_of_its_place_confirms_nothing():
    text = FILE.replace("DOB>", "Dob>")
    assert not {path for path in of(text).paths if path.endswith(("/DOB", "/Dob"))}


def test_a_code_that_the_list_lacks_is_counted_and_not_kept():
    text = FILE.replace("<ServiceChild>N", "<ServiceChild>Quetzal")
    found = [each for each in of(text).proposals if each.path.endswith("ServiceChild")]
    assert "SERVICE_CHILD" in found[0].text
    assert "Quetzal" not in repr(of(text))


def test_no_value_is_kept():
    text = FILE.replace("</UPN>", "</UPN><Quaffed>Quetzal</Quaffed>").replace("<Surname>", "<LastName>Quetzal")
    text = text.replace("</Surname>", "</LastName>")
    assert "Quetzal" not in repr(of(text))
