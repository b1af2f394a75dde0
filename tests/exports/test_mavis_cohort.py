"""The child records (cohort list) of Mavis: its template, and every row that its importer refuses.

Rows follow facts nhs/mavis.md: sections 3 (values), 4 (file), 5 (errors) and 6 (the importer's own faulty examples).
"""

import dataclasses
import datetime as dt
import unicodedata

import pytest

from exports import vocabularies as words
from exports.formats import FORMATS
from exports.formats.mavis import CHECKS, COHORT_LIST
from exports.formats.profiles import problems
from exports.minimise import minimise
from exports.protection_standing import Standing
from tests.exports.trust_folder import agreement, faults_of, roll, text_of

COHORT = agreement("nhs_cohort")
CENSUS_DAY = dt.date(2026, 10, 1)


def found(*changes):
    return problems(minimise(roll(*changes), COHORT, as_at=CENSUS_DAY), COHORT)


def rows_of(*changes, standing=None):
    minimised = minimise(roll(*changes), COHORT, standing=standing or Standing())
    data = FORMATS["csv"].render(minimised, COHORT)
    assert FORMATS["csv"].disagreements(data, minimised, COHORT) == ()
    return data, [line.split(",") for line in data.decode("utf-8-sig").splitlines()]


def test_the_file_is_utf_8_with_a_mark_in_template_order_without_title_or_instruction_row():
    data, (header, child) = rows_of({})
    assert data.startswith(b"\xef\xbb\xbfCHILD_SCHOOL_URN,CHILD_FIRST_NAME,CHILD_LAST_NAME,CHILD_DATE_OF_BIRTH,")
    assert header == [name for name in COHORT_LIST.columns if name in header]
    assert set(COHORT_LIST.required) <= set(header)
    assert child[:7] == ["900004", "Siân", "O'Neill-Łuczak", "05/11/2013", "8", "8T5", "MK40 1AA"]
    assert data.count(b"\r\n") == data.count(b"\n") == 2


def test_a_good_child_has_no_problem():
    assert found({}) == ()


@pytest.mark.parametrize("kind", sorted(words.PROTECTION))
def test_a_withheld_address_is_said_to_be_not_known_and_the_row_stays(kind):
    _, (header, child) = rows_of({}, standing=Standing(flags={"1": frozenset({kind})}))
    told = dict(zip(header, child, strict=True))
    assert told["CHILD_POSTCODE"] == "ZZ99 3WZ"
    assert told["CHILD_FIRST_NAME"] == "Siân"
    assert not any(value for name, value in told.items() if name.startswith(("PARENT", "CHILD_ADDRESS")))
    withheld = minimise(roll({}), COHORT, standing=Standing(flags={"1": frozenset({kind})}))
    assert problems(withheld, COHORT) == ()


def test_nobody_else_gets_a_postcode_that_was_made_up():
    _, (_, child) = rows_of({"postcode": None})
    assert "ZZ99 3WZ" not in child
    assert [(each.field, each.pupil_id) for each in found({"postcode": None})] == [("roll.postcode", "1")]


REFUSED = [
    ("no first name", {"forename": None}, "roll.forename"),
    ("a first name of white space", {"forename": "\u00a0 \u200d"}, "roll.forename"),
    ("no last name", {"surname": None}, "roll.surname"),
    ("no date of birth", {"dob": None}, "roll.dob"),
    ("no postcode", {"postcode": None}, "roll.postcode"),
    ("born before 2000", {"dob": dt.date(1999, 12, 31)}, "roll.dob"),
    ("half a postcode", {"postcode": "MK40"}, "roll.postcode"),
    ("a foreign postcode", {"postcode": "75001"}, "roll.postcode"),
    ("brackets in a name", {"forename": "Siân (Shan)"}, "roll.forename"),
    ("a slash in a name", {"surname": "O'Neill/Luczak"}, "roll.surname"),
    ("an ampersand in a parent's name", {"contact1_surname": "& Mr Łuczak"}, "roll.contact1_surname"),
    ("a comma below", {"surname": "Pop\u0219a"}, "roll.surname"),
    ("a Vietnamese letter", {"surname": "Nguy\u1ec5n"}, "roll.surname"),
    ("a Yoruba letter", {"surname": "Ad\u1eb9"}, "roll.surname"),
    ("another script", {"forename": "Мария"}, "roll.forename"),
    ("a name of 301 letters", {"surname": "x" * 301}, "roll.surname"),
    ("an e-mail address without a dot", {"contact1_email": "anna@example"}, "roll.contact1_email"),
    ("an e-mail address with two dots", {"contact1_email": "anna..b@example.org"}, "roll.contact1_email"),
    ("a telephone number in words", {"contact1_phone": "none"}, "roll.contact1_phone"),
    ("two telephone numbers", {"contact1_phone": "07412 345678 07412 345679"}, "roll.contact1_phone"),
    ("a telephone number of a film", {"contact1_phone": "07700 900123"}, "roll.contact1_phone"),
    ("a relationship alone", {
        "contact2_forename": None, "contact2_surname": None, "contact2_phone": None, "contact2_email": None,
    }, "roll.contact2_relationship"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_the_importer_refuses_is_named_and_never_altered(change, field):
    assert [(each.field, each.pupil_id) for each in found({}, change)] == [(field, "2")]
    before, after = roll(change)["roll"], minimise(roll(change), COHORT)["roll"]
    assert list(after["surname"].fillna("")) == list(before["surname"].fillna(""))
    assert list(after["forename"].fillna("")) == list(before["forename"].fillna(""))


TAKEN = [
    ("a curly apostrophe", {"surname": "O\u2019Neill"}),
    ("a decomposed accent", {"forename": unicodedata.normalize("NFD", "Siân")}),
    ("digits in a name", {"surname": "Smith 2"}),
    ("a postcode in small letters", {"postcode": "mk401aa"}),
    ("a postcode of the forces", {"postcode": "BFPO 57"}),
    ("no fixed abode", {"postcode": "ZZ99 3VZ"}),
    ("no year group", {"nc_year": "X"}),
    ("a formula in the registration group", {"registration_group": "=8T5"}),
    ("no parent", {f"contact{n}_{part}": None for n in (1, 2)
                   for part in ("forename", "surname", "relationship", "email", "phone")}),
]  # fmt: skip


@pytest.mark.parametrize("change", [case[1] for case in TAKEN], ids=[case[0] for case in TAKEN])
def test_what_the_importer_takes_is_not_reported(change):
    assert found({}, change) == ()


@pytest.mark.parametrize("year", ["8", "9"])
def test_a_year_group_is_never_zero_padded(year):
    """The importer reads 08 and 09 as octal and refuses them; 010 it would take for year 8."""
    _, (header, child) = rows_of({"nc_year": year})
    assert dict(zip(header, child, strict=True))["CHILD_YEAR_GROUP"] == year
    assert CHECKS["CHILD_YEAR_GROUP"](f"0{year}") is not None


@pytest.mark.parametrize(("urn", "right"), [("900004", True), ("100000A", True), ("999999", True), ("90000", False),
                                            ("EE900004", False), ("900004AB", False)])  # fmt: skip
def test_a_school_is_its_urn_with_a_letter_for_a_site(urn, right):
    assert (CHECKS["CHILD_SCHOOL_URN"](urn) is None) is right


BROKEN = [
    ("as: CHILD_FIRST_NAME", "as: CHILD_PREFERRED_GIVEN_NAME", "has no column CHILD_PREFERRED_GIVEN_NAME"),
    ("as: CHILD_LAST_NAME", "as: Surname", "has no column Surname"),
    ("roll.urn, as: CHILD_SCHOOL_URN", "roll.line1, as: CHILD_ADDRESS_LINE_1", "order of its temp"),
    ("as: CHILD_POSTCODE", "as: CHILD_TOWN", "needs CHILD_POSTCODE"),
    ("transform: year_number", "transform: as_is", "written with the transform year_number"),
    ("encoding: utf-8-sig", "encoding: utf-8", "written as utf-8-sig"),
    ("formula: raw", "formula: neutralise", "with formula: raw"),
    ("- year_groups: [", "- main_registration\n  - year_groups: [", "the whole roll of its year groups"),
    ("gateway: public-task-immunisation", "gateway: public-task-vision-screening", "an agreement of its own"),
    ("kind: nhs_immunisation", "kind: nhs_other", "goes to a school-age immunisation team only"),
    ("objection: contacts_withheld", "objection: row_withheld", "whole year group or is not sent"),
    ("ends: 2027-08-31", "ends: 2027-09-01", "by the next 31 August"),
    ("source: roll.registration_group", "source: roll.upn", "a UPN goes to"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BROKEN, ids=[case[2][:25] for case in BROKEN])
def test_what_the_importer_could_never_take_does_not_compile(old, new, said):
    text = text_of("nhs_cohort")
    assert old in text
    assert any(said in fault for fault in faults_of(text.replace(old, new)))


def test_the_same_nhs_number_twice_is_reported_on_each_row():
    line = dataclasses.replace(COHORT.line("roll.postcode"), field="roll.nhs_number", output="CHILD_NHS_NUMBER")
    terms = dataclasses.replace(COHORT, lines=(*COHORT.lines, line))
    frames = minimise(roll({"nhs_number": "9434765919"}, {"nhs_number": "943 476 5919"}, {}), terms)
    assert [each.pupil_id for each in problems(frames, terms)] == ["1", "2"]
