"""What is said of a notice: each thing is found where it is written, and is gone when that is put right."""

from dataclasses import replace
from functools import cache

import pytest

from exports.controller import load_controller
from exports.notice import NoticeText, read_notice
from exports.notice_findings import FINDINGS, Evidence, find
from exports.records import load_records
from schemas.canonical import CANONICAL
from schemas.census.tables import CENSUS
from schemas.feeds import FEEDS
from tests.exports.trust_folder import FOLDER

UNLIKE_THE_DEMO = {
    "Version: 3.2\nPublished: 2026-09-01\n": "",
    "a parent's National Insurance number or asylum support reference number, and the\nparent's date of birth": "pay",
}
"""What makes the demo's notice like one that was never dated, and says nothing of parents' numbers."""


@cache
def evidence() -> Evidence:
    records = load_records(FOLDER)
    return Evidence(
        notice=read_notice(FOLDER / "notice.md"),
        agreements=records.agreements,
        flows=records.flows,
        gateways=records.gateways,
        establishments=[school.establishment for school in records.schools.values()],
        website=load_controller(FOLDER).body.website,
    )


def noticed(folder, *changes: tuple[str, str]) -> NoticeText:
    text = (FOLDER / "notice.md").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "notice.md"
    path.write_text(text, encoding="utf-8")
    return read_notice(path)


def said(seen: Evidence) -> set[tuple[int, str]]:
    return {(finding.number, finding.says) for finding in find(seen)}


def test_all_eleven_are_found_on_a_notice_that_is_not_dated_either(tmp_path):
    seen = replace(evidence(), notice=noticed(tmp_path, *UNLIKE_THE_DEMO.items()))
    assert {finding.number for finding in find(seen)} == set(range(1, 12)) == set(range(1, len(FINDINGS) + 1))


def test_the_demos_own_notice_has_all_but_the_missing_date():
    assert {finding.number for finding in find(evidence())} == set(range(1, 11))


PUT_RIGHT = [
    (1, "2018", [("nationality, country of birth, ", "")]),
    (2, "regulations", [("section 3 of", "regulation 3 of")]),
    (2, "academies", [("Acts 1996 and 2002", "Acts 1996 (section 537A) and 2002")]),
    (
        3,
        "maintained schools",
        [("the Education (Pupil Information) (England) Regulations 2005", "our policy on records")],
    ),
    (4, "ethnicity", [("These are not only medical", "These are ethnicity, and not only medical")]),
    (5, "Article 9", [("**4.3** Your explicit", "**4.3** Under Article 9, your explicit")]),
    (5, "retention period", [("We keep records for the times", "We keep records for 6 years, the times")]),
    (5, "other countries", [("**9** The Department", "**9** Some data go outside the UK. The Department")]),
    (6, "damage or distress", [("damage or distress", "harm")]),
    (6, "blocking", [("corrected, blocked, erased", "corrected, erased")]),
    (6, "prevent processing", [("To prevent processing for direct marketing", "To object to direct marketing")]),
    (6, "restriction, portability", [("**10.6** To", "**10.6** To restriction, to portability, and to")]),
    (7, "confirm", [("dpo@fernhill-learning.example.org", "dpo@fernhill.example")]),
    (8, "text messages", [("assessment tracking,\n", "assessment tracking, our text message service,\n")]),
    (8, "cashless", [("assessment tracking,\n", "assessment tracking, our cashless service,\n")]),
    (9, "Childcare Act", [("regulations named in clause 8", "regulations named in clause 8, the Childcare Act 2006")]),
    (
        10,
        "Daily attendance",
        [("the reasons for them.", "the reasons for them. The Department reads attendance daily.")],
    ),
]


@pytest.mark.parametrize(
    ("number", "words", "changes"), PUT_RIGHT, ids=[f"{number}-{words}" for number, words, _ in PUT_RIGHT]
)
def test_what_is_put_right_is_no_longer_said_and_nothing_else_changes(tmp_path, number, words, changes):
    before = said(evidence())
    gone = {one for one in before if one[0] == number and words in one[1]}
    assert len(gone) == 1
    assert before - said(replace(evidence(), notice=noticed(tmp_path, *changes))) == gone


@pytest.mark.parametrize("words", ["National Insurance", "asylum support", "date of birth"])
def test_data_of_parents_that_no_clause_names_are_said(tmp_path, words):
    (change,) = [pair for pair in UNLIKE_THE_DEMO.items() if "parent's National" in pair[0]]
    seen = replace(evidence(), notice=noticed(tmp_path, change))
    assert [says for number, says in said(seen) - said(evidence()) if words in says]


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("Version: 3.2\n", "", "Version"),
        ("Published: 2026-09-01\n", "", "Published"),
        ("Published: 2026-09-01", "Published: last September", "Published"),
    ],
)
def test_a_notice_without_version_or_day_is_said_to_prove_nothing(tmp_path, old, new, missing):
    undated = noticed(tmp_path, (old, new))
    (says,) = [says for number, says in said(replace(evidence(), notice=undated)) if number == 11]
    assert f"does not say: {missing}." in says
    assert undated.sha256 in says


def test_a_trust_of_maintained_schools_is_not_told_what_binds_academies():
    numbers = {finding.number for finding in find(replace(evidence(), establishments=["maintained"] * 7))}
    assert numbers == set(range(1, 11)) - {3}


def test_an_officer_at_another_domain_is_asked_about():
    seen = {
        finding.number: finding
        for finding in find(replace(evidence(), website="https://fernhill-learning.example.org"))
    }
    assert 7 not in seen
    assert "12" in {clause for one in find(evidence()) if one.number == 7 for clause in one.clauses}


def test_an_open_list_is_found_among_the_recipients_only(tmp_path):
    elsewhere = noticed(tmp_path, ("**2.6** Relevant medical", "**2.6** Such as it is, relevant medical"))
    assert said(replace(evidence(), notice=elsewhere)) == said(evidence())


def test_nationality_goes_to_nobody():
    names = {
        column.name for tables in (CANONICAL, CENSUS, FEEDS) for table in tables.values() for column in table.columns
    }
    assert names.isdisjoint({"nationality", "country_of_birth"})
