"""A rules workbook of unknown sheets and columns: what is found in it, and what it is held against."""

import io
import zipfile

import pytest

from exports.spec_import import (
    NOT_IMPLEMENTED,
    NOT_NAMED,
    OTHER_SEVERITY,
    REWORDED,
    UNKNOWN_RULE,
    Kind,
    SpecUnreadable,
    read_material,
)
from exports.spec_workbook import published_rules
from schemas.census.catalogue import catalogue, not_implemented
from tests.exports.official_material import RULES, YEAR, ods, xlsx

BOOKS = {"xlsx": xlsx, "ods": ods}
A_GAP = next((number for number in not_implemented(YEAR) if number[0].isdigit()), "")


def differing(reading, what):
    return {each.subject: (each.theirs, each.ours) for each in reading.differences if each.what == what}


@pytest.mark.parametrize("kind", BOOKS)
def test_both_kinds_of_workbook_say_the_same(kind):
    *_, sheet = published_rules(BOOKS[kind]())
    assert (sheet.sheet, sheet.headings[:4]) == ("Validation", tuple(RULES[0]))
    assert [(rule.number, rule.text, rule.severity) for rule in sheet.rules] == [
        (str(number), text, severity.lower()) for number, _, severity, text in RULES[1:]
    ]


@pytest.mark.parametrize("kind", BOOKS)
def test_rules_are_known_unknown_reworded_or_of_another_severity(kind):
    reading = read_material(BOOKS[kind](), YEAR)
    assert reading.kind is Kind.WORKBOOK
    assert differing(reading, UNKNOWN_RULE) == {"8888": ("A rule that nobody here has heard of", "")}
    assert differing(reading, OTHER_SEVERITY) == {"1500": ("query", "error")}
    assert differing(reading, REWORDED)["1510"] == (RULES[1][3], catalogue(YEAR)["1510"].meaning)
    assert "1925Q" not in differing(reading, NOT_NAMED)
    assert "1550" in differing(reading, NOT_NAMED)


def test_a_rule_whose_severity_is_disputed_is_not_confirmed_and_its_neighbours_are():
    assert read_material(xlsx(), YEAR).confirms.rules == {"1510", "1520", "1925Q"}


def test_words_that_differ_only_in_case_and_space_are_the_same():
    meaning = catalogue(YEAR)["1520"].meaning
    same = xlsx((RULES[0], (1520, "Pupil", "Error", f"  {meaning.upper()} ".replace(" ", "  "))))
    assert differing(read_material(same, YEAR), REWORDED) == {}
    other = xlsx((RULES[0], (1520, "Pupil", "Error", f"{meaning} always")))
    assert list(differing(read_material(other, YEAR), REWORDED)) == ["1520"]


def test_a_rule_we_know_and_do_not_run_is_said_and_confirms_nothing():
    reading = read_material(xlsx((RULES[0], (A_GAP, "Pupil", "Error", "words"))), YEAR)
    assert list(differing(reading, NOT_IMPLEMENTED)) == [A_GAP]
    assert reading.confirms.rules == frozenset()


@pytest.mark.parametrize(
    "headings",
    [
        ("Rule", "Category", "Severity", "Description"),
        ("Error number", "Applies to", "Type", "Validation rule text"),
        ("No", "Level", "E/Q query", "Message"),
        ("RULE ID", "level", "error/query", "Validation check"),
    ],
    ids=lambda headings: headings[0],
)
def test_the_columns_are_found_by_what_is_in_them_whatever_they_are_called(headings):
    *_, sheet = published_rules(xlsx((headings, *RULES[1:])))
    assert [(rule.number, rule.severity) for rule in sheet.rules] == [
        (str(number), severity.lower()) for number, _, severity, _ in RULES[1:]
    ]
    assert sheet.rules[0].text == RULES[1][3]


def test_a_query_may_be_told_by_its_letter_alone():
    *_, sheet = published_rules(xlsx((("Rule", "Description"), ("1925Q", "some words"), (1510, "other words"))))
    assert [rule.severity for rule in sheet.rules] == ["query", ""]


def test_a_workbook_without_rules_is_refused_with_all_that_was_seen():
    with pytest.raises(SpecUnreadable) as refused:
        read_material(xlsx((("Code", "Meaning"), ("CWBR", "words"), ("CODR", "words")), sheet="Codes"), YEAR)
    assert "'Contents' (School census 2026 to 2027)" in str(refused.value)
    assert "'Codes'" in str(refused.value)


def archive(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in entries.items():
            packed.writestr(name.replace("_", "."), data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (archive(readme_txt=b"words"), "no ODS or XLSX"),
        (b"PK\x03\x04 and no more", "no ODS or XLSX"),
        (archive(content_xml=bytes(201 * 2**20)), "unpacks to more than"),
        (b"Rule,Description\n1510,words\n", "not well-formed XML at line 1"),
        (b"<Message/>", "neither a schema"),
        (b" " * (30 * 2**20 + 1), "larger than 30 MB"),
    ],
    ids=["another archive", "a broken archive", "a bomb", "CSV", "a return", "too large"],
)
def test_what_is_no_material_of_the_department_s_is_refused(data, words):
    with pytest.raises(SpecUnreadable, match=words):
        read_material(data, YEAR)


def test_a_year_without_a_layout_is_refused():
    with pytest.raises(SpecUnreadable, match="there is for 2026-27"):
        read_material(xlsx(), "2031-32")
