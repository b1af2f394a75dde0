"""Single cells of a census that was sent, traced back by the command line to where they were first written down."""

import pytest
from lxml import etree

from exports.readings import newest_reading
from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.front_door import CENSUS, CLEAN


@pytest.fixture(scope="module")
def pupil(sent):
    """UPN, id in the MIS and surname of a pupil who has free meals, as the file and the MIS have them."""
    (file,) = sent.received.rglob("*.xml")
    eligible = next(one for one in etree.parse(file).iter("PupilOnRoll") if one.find(".//FSMstartDate") is not None)
    tables = newest_reading(sent.installation().vault, CLEAN, "2026-autumn").tables
    upn = eligible.findtext(".//UPN")
    (row,) = tables["pupil"][tables["pupil"]["upn"] == upn].to_dict("records")
    return upn, str(row["pupil_id"]), eligible.findtext(".//Surname")


def cell(sent, pupil, field):
    return sent.done("trace", "cell", sent.waybill().sha256, pupil[0], field, "--as", "daniel", "--json").data


@pytest.mark.parametrize(
    ("field", "column", "resource", "path"),
    [
        ("pupil.surname", "pupil.surname", "students", "person.legalLastName"),
        ("pupil.upn", "upn.upn", "uk-dfe_upn-assignments", "upn"),
        ("pupil.postcode", "address.postcode", "postal-address-occupancies", "postalAddress.postalCode"),
        ("pupil.sen_provision", "sen_status.provision", "sen-status-assignments", "senStatus.d00229|senStatus.id"),
        ("fsm_period.start_date", "fsm.start_date", "eligibility-records", "startDate"),
    ],
)
def test_a_cell_of_a_census_leads_to_the_list_that_it_was_read_from(sent, pupil, field, column, resource, path):
    found = cell(sent, pupil, field)
    (line,) = found["lines"]
    assert line == f"{CENSUS}.{field}"
    assert found["object"] == pupil[1]
    (source, *_) = [one for one in found["sources"] if one["column"] == column]
    assert (source["resource"], source["path"]) == (resource, path)
    assert source["revision"] > 0
    assert len(source["sha256"]) == 64
    assert found["steps"][line] == [
        "snapshot", "conform (as at the reference date)", "minimise (whole_roll)", "transform as_is",
        "format census_xml", "read back and compared",
    ]  # fmt: skip
    assert found["lines"][line]["clause"]
    assert found["file"]["sent"]["signers"] == [["priya", "data_manager"], ["helen", "head"]]
    assert found["file"]["receipt"]["read_back_sha256"] == found["file"]["waybill"]["file_sha256"]
    assert found["results"] == []


def test_a_value_that_a_person_gave_on_the_day_leads_to_that_file(sent, pupil):
    found = cell(sent, pupil, "pupil.class_type")
    (steps,) = found["steps"].values()
    assert (steps[0], found["sources"]) == ("on-the-day file", [])


def test_no_value_is_said_and_what_was_not_told_is_refused(sent, pupil):
    words = sent.done("trace", "cell", sent.waybill().sha256, pupil[0], "surname", "--as", "daniel").out
    assert pupil[2] not in words
    answer = sent.run("trace", "cell", sent.waybill().sha256, pupil[0], "pupil.ethnicity", "--as", "daniel")
    assert answer.code == EXIT_CODES["cell_unknown"]
