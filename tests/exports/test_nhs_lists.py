"""Lists of health teams without a published layout: what each may hold, and that none can feed another."""

import datetime as dt
import re

import pytest

from exports import vocabularies as words
from exports.agreements import compile_text
from exports.formats import FORMATS
from exports.formats.nhs_lists import LISTS
from exports.formats.profiles import PROFILES, problems
from exports.gateways import load_gateways
from exports.grounds import grounds_of
from exports.minimise import minimise
from exports.protection_standing import Standing
from schemas.feeds import FEEDS
from schemas.table import Sensitivity
from tests.exports.trust_folder import agreement, compiled, faults_of, notice, roll, schools, text_of

DEMO = {
    "ncmp": "nhs_ncmp",
    "school_nursing": "nhs_school_nursing",
    "vision": "nhs_vision",
    "dental": "nhs_dental",
    "immunisation": "nhs_immunisation_other",
    "mavis": "nhs_immunisation",
    "mavis_cohort": "nhs_cohort",
}
NEVER = {"upn", "uln", "sen_provision", "fsm", "in_care", "social_worker", "court_order", "language", "dietary",
         "email", "phone", "uprn", "boarder", "enrol_status", "entry_date"}  # fmt: skip
FIVE = {"urn": "900002", "nc_year": "R", "dob": dt.date(2022, 3, 4), "sex": "F", "school_name": "Oakmere"}
NHS_NUMBER = "9434765919"


def found(profile, *changes):
    terms = agreement(DEMO[profile])
    return problems(minimise(roll(*({**FIVE, **change} for change in changes)), terms), terms)


def lines_of(profile, *changes, standing=None):
    terms = agreement(DEMO[profile])
    frames = minimise(roll(*({**FIVE, **change} for change in changes)), terms, standing=standing or Standing())
    data = FORMATS["csv"].render(frames, terms)
    assert FORMATS["csv"].disagreements(data, frames, terms) == ()
    return data, [line.split(",") for line in data.decode("utf-8-sig").splitlines()]


def test_every_list_has_an_agreement_in_the_demo_trust():
    assert {agreement(name).profile for name in DEMO.values()} == set(DEMO)
    assert set(LISTS) < set(DEMO)
    assert set(DEMO) == words.WHOLE_YEAR_PROFILES


@pytest.mark.parametrize("profile", sorted(DEMO))
def test_a_list_is_for_one_year_one_purpose_and_holds_nothing_that_no_list_needs(profile):
    terms = agreement(DEMO[profile])
    assert terms.recipient.ends == dt.date(2027, 8, 31)
    assert len({line.gateway for line in terms.lines}) == 1
    assert not NEVER & {line.column for line in terms.lines}
    assert {line.column for line in terms.lines if line.sensitivity is Sensitivity.SPECIAL} == (
        {"ethnicity"} if profile == "ncmp" else set()
    )
    assert terms.dialect.encoding == "utf-8-sig"


@pytest.mark.parametrize("profile", sorted(LISTS))
def test_the_table_of_lists_names_fields_that_exist(profile):
    wanted = LISTS[profile]
    assert wanted.allowed <= set(FEEDS["roll"].names)
    assert set(wanted.required) <= wanted.allowed
    assert not wanted.allowed & NEVER


@pytest.mark.parametrize("profile", sorted(LISTS))
def test_what_is_not_known_is_said_to_the_signers(profile):
    said = grounds_of(agreement(DEMO[profile])).provisional
    assert said == PROFILES[profile].provisional != ""
    assert "conform" not in said
    assert grounds_of(agreement("nhs_immunisation")).provisional == ""


PAIRS = [(one, other) for one in sorted(DEMO) for other in sorted(DEMO)
         if agreement(DEMO[one]).lines[0].gateway != agreement(DEMO[other]).lines[0].gateway]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_one_purpose_cannot_feed_another(one, other):
    """Neither the other list's ground, nor its profile over this ground, compiles."""
    text, (theirs, ours) = text_of(DEMO[one]), (agreement(DEMO[each]).lines[0].gateway for each in (other, one))
    assert any("an agreement of its own" in fault for fault in faults_of(text.replace(ours, theirs)))
    assert any("an agreement of its own" in fault for fault in faults_of(
        text.replace(f"profile: {one}\n", f"profile: {other}\n")))  # fmt: skip


def test_no_two_lists_share_a_place_at_a_recipient():
    places = [(each.delivery.user, each.delivery.directory) for each in (agreement(name) for name in DEMO.values())]
    assert len(set(places)) == len(places)


def with_field(text, field):
    """The agreement's text with one more field in its first group."""
    return re.sub(r"(\n    items:\n)", rf"\1      - {{source: roll.{field}, as: More}}\n", text, count=1)


@pytest.mark.parametrize("field", ["ethnicity", "sen_provision", "language", "contact3_forename", "contact1_address"])
@pytest.mark.parametrize("profile", ["dental", "school_nursing", "vision", "immunisation"])
def test_a_field_that_the_facts_do_not_give_to_a_list_does_not_compile(profile, field):
    text = text_of(DEMO[profile])
    assert any(f"never holds {field}" in fault for fault in faults_of(with_field(text, field)))
    assert not any("never holds" in fault for fault in faults_of(text))


def test_ethnicity_needs_its_condition_on_the_list_that_may_hold_it():
    text = text_of("nhs_ncmp")
    without = text.replace('    article_9: 9(2)(h)\n    schedule_1: "2"\n', "")
    assert any("ethnicity" in fault and "article_9" in fault for fault in faults_of(without))


BROKEN = [
    ("dental", "- {source: roll.registration_group, as: Class}\n", "", "needs registration_group"),
    ("dental", 'year_groups: ["R", "1"]', 'year_groups: ["R", "2"]', "for year groups 1, R only"),
    ("dental", 'year_groups: ["R", "1"]', "whole_roll", "for year groups 1, R only"),
    ("dental", "as: Class}", "as: Class}\n      - {source: roll.postcode, as: Postcode}", "never holds postcode"),
    ("vision", 'year_groups: ["R"]', 'year_groups: ["R", "1"]', "for year groups R only"),
    ("ncmp", 'year_groups: ["R", "6"]', 'year_groups: ["R", "6"]\n  - main_registration', "the whole of its year"),
    ("ncmp", "- {source: roll.sex, as: Sex}", "- {source: roll.contact1_title, as: Title}", "needs sex"),
    ("ncmp", "kind: nhs_other", "kind: nhs_immunisation", "kind nhs_other only"),
    ("ncmp", "encoding: utf-8-sig", "encoding: utf-8", "written as utf-8-sig"),
    ("ncmp", "ends: 2027-08-31", "ends: 2028-08-31", "by the next 31 August"),
    ("immunisation", "- {source: roll.postcode, as: Postcode}", "- {source: roll.town, as: Town}", "needs postcode"),
    ("school_nursing", "objection: contacts_withheld", "objection: row_withheld", "whole year group or is not sent"),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "old", "new", "said"), BROKEN, ids=[f"{b[0]}-{b[3][:20]}" for b in BROKEN])
def test_what_is_not_that_list_does_not_compile(profile, old, new, said):
    text = text_of(DEMO[profile])
    assert old in text
    assert any(said in fault for fault in faults_of(text.replace(old, new)))


def test_the_header_of_a_list_is_the_team_s_own():
    _, (header, child) = lines_of("immunisation", {})
    assert header[:6] == ["First name", "Surname", "DOB", "Year group", "Registration group", "Postcode"]
    assert child[:6] == ["Siân", "O'Neill-Łuczak", "04/03/2022", "0", "8T5", "MK40 1AA"]
    renamed = text_of("nhs_immunisation_other").replace("as: DOB", "as: Date of birth (child)")
    assert faults_of(renamed) == ()


def test_the_measuring_list_names_year_and_place_as_the_team_reads_them():
    data, (header, child) = lines_of("ncmp", {"ethnicity": "REFU", "line1": "1, Old Road"})
    assert data.startswith(b"\xef\xbb\xbfSchool URN,School,")
    assert header[-1] == "Ethnicity"
    assert child[-1] == "REFU"
    assert child[header.index("Year")] == "R"


def test_a_dental_list_is_names_birthdays_and_classes():
    _, (header, child) = lines_of("dental", {})
    assert header == ["Surname", "Forename", "Date of birth", "Class"]
    assert child == ["O'Neill-Łuczak", "Siân", "04/03/2022", "8T5"]


@pytest.mark.parametrize("profile", ["ncmp", "school_nursing", "vision", "immunisation"])
@pytest.mark.parametrize("kind", sorted(words.PROTECTION))
def test_a_protected_pupil_stays_on_the_list_without_address_or_contact_and_no_postcode_is_made_up(profile, kind):
    data, lines = lines_of(profile, {}, standing=Standing(flags={"1": frozenset({kind})}))
    assert len(lines) == 2
    assert b"ZZ99" not in data
    assert not any(value in data for value in (b"MK40", b"anna@", b"07412", b"Anna"))


AWKWARD = [
    ("ncmp", {"sex": None}, ["roll.sex"]),
    ("ncmp", {"sex": "U"}, ["roll.sex"]),
    ("ncmp", {"dob": dt.date(2021, 8, 31)}, ["roll.dob"]),
    ("ncmp", {"dob": dt.date(2021, 9, 1)}, []),
    ("ncmp", {"dob": dt.date(2022, 8, 31)}, []),
    ("ncmp", {"dob": dt.date(2022, 9, 1)}, ["roll.dob"]),
    ("ncmp", {"nc_year": "6", "dob": dt.date(2015, 9, 1)}, []),
    ("ncmp", {"nc_year": "6", "dob": dt.date(2016, 9, 1)}, ["roll.dob"]),
    ("ncmp", {"postcode": None}, []),
    ("vision", {"dob": dt.date(2021, 8, 31)}, []),
    ("vision", {"registration_group": None}, ["roll.registration_group"]),
    ("dental", {"surname": None, "forename": None}, ["roll.surname", "roll.forename"]),
    ("immunisation", {"postcode": None}, ["roll.postcode"]),
    ("immunisation", {"surname": "Smith (Mum) \u0219"}, []),
    ("school_nursing", {"nc_year": None}, ["roll.nc_year"]),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "change", "fields"), AWKWARD, ids=[f"{n}-{a[0]}" for n, a in enumerate(AWKWARD)])
def test_awkward_rows_are_reported_with_what_to_change_and_stay_as_they_are(profile, change, fields):
    assert found(profile, {}) == ()
    assert [(each.field, each.pupil_id) for each in found(profile, {}, change)] == [(field, "2") for field in fields]


def test_a_withheld_postcode_is_no_gap_to_fill():
    terms = agreement("nhs_immunisation_other")
    frames = minimise(roll(FIVE), terms, standing=Standing(flags={"1": frozenset({"safe_address"})}))
    assert problems(frames, terms) == ()


@pytest.mark.parametrize(("number", "wrong"), [(NHS_NUMBER, False), ("9434765918", True), (None, False)])
def test_an_nhs_number_that_goes_to_school_nursing_has_its_check_digit(number, wrong):
    text = with_field(text_of("nhs_school_nursing"), "nhs_number")
    terms = compile_text(text.encode(), "more", notice(), load_gateways(), schools()).agreement
    reported = problems(minimise(roll({**FIVE, "nhs_number": number}), terms), terms)
    assert [each.field for each in reported] == (["roll.nhs_number"] if wrong else [])


def test_the_demo_folder_has_no_fault_in_a_health_agreement():
    assert [each.faults for name, each in compiled().items() if name.startswith("nhs_") and each.faults] == []
