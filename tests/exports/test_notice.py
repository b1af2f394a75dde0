"""The privacy notice: numbered clauses that can be cited, version and date that can be proved."""

import datetime as dt
import hashlib

import pytest

from exports.agreements import compile_text
from exports.gateways import load_gateways
from exports.notice import NoticeNotInForce, NoticeUnreadable, load_notice, read_notice, unnamed_parent_data
from tests.exports.trust_folder import FOLDER, notice, schools, text_of

GOOD = """# Notice

Version: 2
Published: 2026-09-01

**1** First clause,
goes on.

1.1. Second

- **2** Third

# End
not a clause
"""


def written(tmp_path, text):
    path = tmp_path / "notice.md"
    path.write_text(text, encoding="utf-8")
    return load_notice(path)


def test_clauses_version_date_and_hash_are_read(tmp_path):
    found = written(tmp_path, GOOD)
    assert dict(found.clauses) == {"1": "First clause, goes on.", "1.1": "Second", "2": "Third"}
    assert (found.version, found.published) == ("2", dt.date(2026, 9, 1))
    assert found.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Version: 2\n", "", "Version"),
        ("Published: 2026-09-01\n", "", "Published"),
        ("2026-09-01", "1 September 2026", "YYYY-MM-DD"),
        ("**2** Third", "**1** Third", "there twice"),
    ],
)
def test_a_notice_that_cannot_be_cited_is_refused(tmp_path, old, new, says):
    with pytest.raises(NoticeUnreadable, match=says):
        written(tmp_path, GOOD.replace(old, new))


def test_a_notice_without_clauses_is_refused(tmp_path):
    with pytest.raises(NoticeUnreadable, match="no numbered clause"):
        written(tmp_path, "Version: 1\nPublished: 2026-09-01\nwords\n")


STATEMENTS = {
    "2.1": "unique pupil number",
    "2.2": "e-mail",
    "2.3": "country of birth",
    "2.4": "absences",
    "2.5": "tests",
    "2.6": "medical",
    "2.7": "Special educational needs",
    "2.8": "behaviour",
    "2.9": "photographs",
    "3.1": "learning",
    "3.2": "safe",
    "3.3": "progress",
    "3.4": "pastoral",
    "3.5": "quality",
    "3.6": "law on sharing",
    "3.7": "cashless",
    "4.1": "2005",
    "4.2": "authority",
    "4.3": "withdraw",
    "5.2": "parental responsibility",
    "6": "toolkit",
    "7.1": "colleges",
    "7.2": "authorities",
    "7.3": "Department for Education",
    "7.4": "NHS",
    "7.5": "tribunals",
    "7.6": "ClassDojo",
    "8": "without consent",
    "8.2": "statutory",
    "8.3": "Individual Pupils",
    "8.4": "early years census",
    "9": "National Pupil Database",
    "10.1": "educational record",
    "10.2": "distress",
    "10.3": "marketing",
    "10.4": "automated",
    "10.5": "erased",
    "10.6": "compensation",
    "11": "Commissioner",
    "12": "Data Protection Officer",
}


@pytest.mark.parametrize("number", STATEMENTS)
def test_the_demo_notice_makes_each_statement_of_a_real_one(number):
    assert STATEMENTS[number] in notice().clauses[number]


def test_the_demo_notice_says_that_it_is_invented():
    assert "invented" in (FOLDER / "notice.md").read_text(encoding="utf-8")


def test_a_version_is_in_force_from_the_day_it_is_published():
    found = notice()
    assert found.in_force(found.published)
    assert not found.in_force(found.published - dt.timedelta(days=1))
    found.refuse_before(found.published)
    with pytest.raises(NoticeNotInForce, match=f"published on {found.published}"):
        found.refuse_before(found.published - dt.timedelta(days=1))


@pytest.mark.parametrize(("old", "says"), [("Version: 2\n", "Version"), ("Published: 2026-09-01\n", "Published")])
def test_a_notice_that_cannot_be_cited_can_still_be_read(tmp_path, old, says):
    path = tmp_path / "notice.md"
    path.write_text(GOOD.replace(old, ""), encoding="utf-8")
    assert says not in read_notice(path).header
    assert list(read_notice(path).clauses) == ["1", "1.1", "2"]


MEALS = "la_fsm_check_823"
WITHOUT = ("National Insurance number or asylum support reference number, and the\nparent's date of birth", "income")


@pytest.mark.parametrize(
    "says", ["National Insurance number", "asylum support reference number", "a parent's date of birth"]
)
def test_an_agreement_on_a_parents_numbers_needs_a_clause_that_names_them(tmp_path, says):
    text = (FOLDER / "notice.md").read_text(encoding="utf-8")
    path = tmp_path / "notice.md"
    path.write_text(text.replace(*WITHOUT), encoding="utf-8")
    agreement = text_of(MEALS).encode()
    faults = compile_text(agreement, MEALS, load_notice(path), load_gateways(), schools()).faults
    assert any(says in fault and "clause 2.12" in fault and "publish a notice" in fault for fault in faults)
    assert compile_text(agreement, MEALS, notice(), load_gateways(), schools()).faults == ()


def test_a_clause_that_names_them_is_pointed_to_when_another_is_cited():
    (says,) = unnamed_parent_data("meal_check.contact_nino", "2.2", notice())
    assert "cite clause 2.12" in says
    assert list(unnamed_parent_data("meal_check.contact_nino", "2.12", notice())) == []


@pytest.mark.parametrize("field", ["roll.dob", "pupil.dob", "contact.surname", "roll.contact1_phone"])
def test_what_is_not_of_that_kind_needs_no_such_clause(field):
    assert list(unnamed_parent_data(field, "2.2", notice())) == []
