"""The class list of Mavis: each rule of its importer, and the file as a whole."""

import dataclasses
import datetime as dt
import unicodedata

import pytest

from exports.formats import FORMATS
from exports.formats.mavis import CHECKS, CLASS_LIST
from exports.formats.profiles import problems
from exports.minimise import minimise
from exports.protection_standing import Standing
from tests.exports.trust_folder import agreement, feed, roll

NHS = agreement("nhs_immunisation")


def found(*changes):
    return problems(minimise(roll(*changes), NHS), NHS)


def file_of(*changes):
    return FORMATS["csv"].render(minimise(roll(*changes), NHS), NHS)


def rows(data):
    return [line.split(",") for line in data.decode("utf-8-sig").splitlines()]


def test_a_good_child_has_no_problem():
    assert found({}) == ()


def test_the_file_is_utf_8_with_a_mark_in_template_order_without_title_or_instruction_row():
    data = file_of({})
    assert data.startswith(
        b"\xef\xbb\xbfCHILD_LAST_NAME,CHILD_FIRST_NAME,CHILD_DATE_OF_BIRTH,CHILD_POSTCODE,PARENT_1_NAME,"
    )
    header, child = rows(data)
    assert header == [name for name in CLASS_LIST.columns if name in header]
    assert child == [
        "O'Neill-Łuczak",
        "Siân",
        "05/11/2013",
        "MK40 1AA",
        "Anna Maria Łuczak",
        "Mum",
        "anna@example.org",
        "07412 345678",
        "8T5",
        "8",
        "O'Neill",
        "STP",
        "",
        "+44 7412 345679",
    ]


def test_only_the_minimum_leaves():
    held = set(rows(file_of({}))[0])
    assert not held & {"CHILD_NHS_NUMBER", "CHILD_GENDER", "CHILD_ADDRESS_LINE_1", "CHILD_TOWN"}
    assert not any("upn" in field or "ethnic" in field for field in NHS.fields)


def test_decomposed_accents_are_composed():
    assert "Siân".encode() in file_of({"forename": unicodedata.normalize("NFD", "Siân")})
    assert found({"forename": unicodedata.normalize("NFD", "Siân")}) == ()


REFUSED = [
    *(
        (column, value)
        for column in ("surname", "forename", "contact1_surname")
        for value in (
            "Smith (Mum)",
            "Jane / John",
            "Mr & Mrs Smith",
            "Smith, Anna",
            "Ștefan",
            "Nguyễn",
            "李",
            "x" * 301,
        )
    ),
    *((column, value) for column in ("surname", "forename", "dob") for value in (None,)),
    ("surname", "\u00a0 "),
    ("dob", dt.date(1999, 12, 31)),
    ("postcode", "MK40"),
    ("postcode", "75001"),
    ("postcode", "MK40 1A"),
    *(
        ("contact1_email", value)
        for value in (
            "anna",
            "anna@",
            "@example.org",
            "anna@example",
            "an na@example.org",
            "anna..b@example.org",
            "anna@exa_mple.org",
            "änna@example.org",
            "a@b@example.org",
            "anna@example.c0m",
            "a" * 320 + "@example.org",
        )
    ),
    *(
        ("contact1_phone", value)
        for value in (
            "none",
            "07412 345678 / 07412 345679",
            "0741234567",
            "07412 3456789",
            "07700 900123",
            "01632 960123",
            "12345",
            "+",
        )
    ),
]


@pytest.mark.parametrize(("column", "value"), REFUSED, ids=[f"{n}-{case[0]}" for n, case in enumerate(REFUSED)])
def test_what_the_importer_refuses_is_reported_and_left_unchanged(column, value):
    reported = found({}, {column: value})
    assert [(each.field, each.pupil_id) for each in reported] == [(f"roll.{_first(column)}", "2")]
    assert value is None or not str(value).strip() or str(value) not in reported[0].what_to_change
    if isinstance(value, str) and value.strip():
        assert value.encode() in file_of({column: value}).replace(b'"', b"")


def _first(column):
    return "contact1_surname" if column == "contact1_surname" else column


TAKEN = [
    ("surname", "D\u2019Arcy"),
    ("surname", "O`Neill"),
    ("surname", "St. John"),
    ("forename", "Ænglisc Þór"),
    ("forename", "X Æ 12"),
    ("surname", "Żółć"),
    ("surname", "x" * 300),
    ("surname", "Al\u00a0Amin"),
    ("surname", "A\u200dB"),
    ("postcode", "ZZ99 3WZ"),
    ("postcode", "GIR 0AA"),
    ("postcode", "mk401aa"),
    ("postcode", None),
    ("postcode", "SW1A 1AA"),
    ("contact1_email", "o'neill+x@mail.example.org"),
    ("contact1_email", None),
    ("contact1_phone", "01234 567890"),
    ("contact1_phone", "+48 22 123 45 67"),
    ("contact1_phone", "0044 7412 345678"),
    ("contact1_phone", "7412345678"),
    ("contact1_phone", "+44 (0)7412 345678"),
    ("registration_group", "8/T5, left"),
    ("registration_group", None),
    ("nc_year", "11"),
    ("dob", dt.date(2000, 1, 1)),
]


@pytest.mark.parametrize(("column", "value"), TAKEN, ids=[f"{n}-{case[0]}" for n, case in enumerate(TAKEN)])
def test_what_the_importer_takes_is_not_reported(column, value):
    assert found({column: value}) == ()


def test_a_relationship_alone_is_reported():
    blank = dict.fromkeys(("contact2_forename", "contact2_surname", "contact2_email", "contact2_phone"))
    (problem,) = found(blank)
    assert (problem.field, problem.pupil_id) == ("roll.contact2_relationship", "1")
    assert found({**blank, "contact2_relationship": None}) == ()


def test_every_problem_of_every_row_is_listed():
    assert len(found({"surname": "A/B", "postcode": "X"}, {"contact1_phone": "none"}, {})) == 3


def test_with_a_court_order_the_row_stays_without_address_or_parent():
    minimised = minimise(roll({}), NHS, standing=Standing(flags={"1": frozenset({"court_order"})}))
    header, child = rows(FORMATS["csv"].render(minimised, NHS))
    assert dict(zip(header, child, strict=True)) | {"kept": ""} == {
        **dict.fromkeys(header, ""),
        "CHILD_LAST_NAME": "O'Neill-Łuczak",
        "CHILD_FIRST_NAME": "Siân",
        "CHILD_DATE_OF_BIRTH": "05/11/2013",
        "CHILD_REGISTRATION": "8T5",
        "CHILD_YEAR_GROUP": "8",
        "kept": "",
    }
    assert problems(minimised, NHS) == ()


def test_the_list_is_every_child_of_its_year_groups():
    data = file_of({"nc_year": "7"}, {"nc_year": "8"}, {"nc_year": "8", "enrol_status": "S"}, {"nc_year": "11"})
    assert len(rows(data)) == 1 + 3


def test_more_rows_than_the_importer_takes_are_a_problem_of_the_file():
    frames = minimise(roll(*({} for _ in range(3))), NHS)
    many = {
        "roll": frames["roll"]
        .loc[[0] * 10_001]
        .assign(pupil_id=[str(n) for n in range(10_001)])
        .astype(frames["roll"].dtypes)
    }
    assert [(each.field, each.pupil_id) for each in problems(many, NHS)] == [("file", None)]


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("943 476 5919", True),
        ("9434765919", True),
        ("9434765918", False),
        ("943-476-5919", False),
        ("0000000000", False),
    ],
)
def test_nhs_numbers_where_an_agreement_sends_them(number, right):
    assert (CHECKS["CHILD_NHS_NUMBER"](number) is None) is right


@pytest.mark.parametrize(("gender", "right"), [("Female", True), ("not_known", True), ("F", False), ("Unknown", False)])
def test_genders_where_an_agreement_sends_them(gender, right):
    assert (CHECKS["CHILD_GENDER"](gender) is None) is right


@pytest.mark.parametrize(
    ("year", "right"), [("0", True), ("-2", True), ("13", True), ("08", False), ("R", False), ("Y7", False)]
)
def test_year_groups(year, right):
    assert (CHECKS["CHILD_YEAR_GROUP"](year) is None) is right


@pytest.mark.parametrize(
    ("date", "right"), [("05/11/2013", True), ("2013-11-05", True), ("5 Nov 2013", False), ("05-11-2013", False)]
)
def test_dates(date, right):
    assert (CHECKS["CHILD_DATE_OF_BIRTH"](date) is None) is right


def test_the_same_nhs_number_twice_is_reported_on_each_row():
    line = dataclasses.replace(NHS.line("roll.postcode"), field="roll.nhs_number", output="CHILD_NHS_NUMBER")
    terms = dataclasses.replace(NHS, lines=(*NHS.lines, line))
    frames = minimise(roll({"nhs_number": "9434765919"}, {"nhs_number": "943 476 5919"}, {}), terms)
    assert [each.pupil_id for each in problems(frames, terms)] == ["1", "2"]


def test_an_agreement_without_a_profile_has_no_problems():
    terms = dataclasses.replace(agreement("la_new_pupils"), profile=None)
    assert problems(minimise(feed("joiner", {"urn": "900001", "surname": "?"}), terms), terms) == ()
