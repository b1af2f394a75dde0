"""Whoever had the old value is found and must be told; a notice alone closes nothing."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.duties import CLOSED, MOVES, DutyState
from pipelines.actions import recipients
from pipelines.actions.context import Context
from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.front_door import EVENING, at
from tests.pipelines.rights_desk import ME, SCHOOL, SIBLING, UPN, made_office, opened_office

DAY = dt.timedelta(days=1)
OLD, NEW = {"pupil.surname": "Quillfeather"}, {"pupil.surname": "Penhaligon"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_office(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    return opened_office(made, tmp_path)


def officer(office):
    return Context(office.installation(), "daniel")


@pytest.fixture
def correcting(office):
    """A request to put a surname right, of which two recipients had the old value; and one had the new one only."""
    office.first = office.told("dfe_autumn_census", {ME: OLD, SIBLING: OLD}, period="2026-autumn", at=EVENING - 9 * DAY)
    office.told("la_new_pupils", {ME: {"joiner.surname": "Quillfeather"}}, at=EVENING - 8 * DAY)
    office.told("supplier_texts", {ME: {"roll.surname": "Penhaligon"}}, at=EVENING - 7 * DAY)
    office.number = office.asked("rectification")
    office.checked(office.number)
    return office


def recall(office, *more):
    return office.run("rights", "recipients", str(office.number), *more, "--as", "daniel")


def duties(office, *more):
    return office.done("rights", "duties", *more, "--as", "daniel", "--json").data


def test_every_recipient_of_the_old_value_has_a_duty_and_nobody_else(correcting):
    said = recall(correcting, "--field", "surname", "--value", "Quillfeather").out
    assert "Department for Education" in said
    proved = [one["duty"] for one in duties(correcting) if one["duty"]["known"] == "file"]
    assert {one["agreement"] for one in proved} == {"dfe_autumn_census", "la_new_pupils"}
    declared = [one["duty"] for one in duties(correcting) if one["duty"]["known"] == "observed"]
    assert {one["agreement"] for one in declared} >= {"arbor"}  # nobody knows which value a flow held
    recall(correcting, "--field", "surname", "--value", "Quillfeather")
    assert len(duties(correcting)) == len(proved) + len(declared)  # asking again imposes nothing twice


def test_before_a_day_finds_those_who_were_told_by_then(correcting):
    day = (EVENING - 8 * DAY).date().isoformat()
    recall(correcting, "--field", "pupil.surname", "--before", day)
    files = [one["duty"]["agreement"] for one in duties(correcting) if one["duty"]["known"] == "file"]
    assert files == ["dfe_autumn_census"]


def test_a_corrected_file_counts_as_a_notice_and_closes_nothing(correcting):
    recall(correcting, "--field", "pupil.surname", "--value", "Quillfeather")
    ctx = officer(correcting)
    (before,) = [one for one in recipients.standing(ctx) if one.duty.agreement == "dfe_autumn_census"]
    assert (before.state, before.corrected_by) == (DutyState.OPEN, "")
    correcting.told("dfe_autumn_census", {ME: OLD}, period="2026-autumn", version=2)
    (same,) = [one for one in recipients.standing(ctx) if one.duty.agreement == "dfe_autumn_census"]
    assert same.corrected_by == ""  # a later file with the old value corrects nothing
    later = correcting.told("dfe_autumn_census", {ME: NEW}, period="2026-autumn", version=3, at=EVENING + DAY)
    (after,) = [one for one in recipients.standing(ctx) if one.duty.agreement == "dfe_autumn_census"]
    assert (after.state, after.corrected_by, after.duty.closed) == (DutyState.NOTIFIED, later, False)


def test_dispatch_never_closes_a_duty_and_it_goes_overdue(correcting):
    recall(correcting, "--field", "pupil.surname", "--value", "Quillfeather")
    number = next(one["duty"]["number"] for one in duties(correcting) if one["duty"]["known"] == "file")
    said = correcting.done("rights", "duty", str(number), "notified", "--how", "by their portal", "--as", "priya").out
    assert "notified" in said
    correcting.now += 40 * DAY
    (late,) = [one for one in duties(correcting) if one["duty"]["number"] == number]
    assert (late["state"], late["overdue"]) == ("notified", True)
    correcting.done("rights", "duty", str(number), "acknowledged", "--how", "an e-mail", "--as", "priya")
    assert [one["overdue"] for one in duties(correcting) if one["duty"]["number"] == number] == [True]
    correcting.done("rights", "duty", str(number), "confirmed", "--how", "their reference 7", "--as", "priya")
    assert [one for one in duties(correcting) if one["duty"]["number"] == number] == []
    assert [one["state"] for one in duties(correcting, "--all") if one["duty"]["number"] == number] == ["confirmed"]


KEPT_BACK = ("--withhold", "DPA 2018 Schedule 2 paragraph 2", "--withhold-until", "2027-03-31")


@pytest.mark.parametrize(("exemption", "seen"), [((), True), (KEPT_BACK, False)], ids=["told", "kept back"])
def test_what_was_told_by_hand_and_is_kept_back_is_the_officers_to_follow(correcting, exemption, seen):
    correcting.done(
        "disclose", "record", SCHOOL, "--upn", UPN, "--recipient", "Invented Constabulary", "--to", "the constable",
        "--kind", "legal", "--on", "2026-09-30", "--field", "pupil.surname", "--basis", "6(1)(e)", "--clause", "7.5",
        "--gateway", "dpa-2018-sch2-2", "--method", "telephone", "--note", "INV-1", *exemption, "--as", "priya",
    )  # fmt: skip
    assert recall(correcting, "--field", "surname").code == 0
    (towards,) = [one["duty"]["number"] for one in duties(correcting) if one["duty"]["known"] == "by hand"]
    others = correcting.done("rights", "duties", "--as", "helen", "--json").data
    assert (towards in {one["duty"]["number"] for one in others}) is seen
    pupils = recipients.owed(Context(correcting.installation(), "helen"), UPN)
    assert (towards in {one.duty.number for one in pupils}) is seen


@pytest.mark.parametrize(
    ("to", "how", "who", "code"),
    [
        ("confirmed", "they said so", "daniel", "duty_unfit"),
        ("acknowledged", "they said so", "daniel", "duty_unfit"),
        ("notified", " ", "daniel", "duty_unfit"),
        ("waived", "they are closed", "priya", "not_allowed"),
    ],
)
def test_what_a_duty_cannot_become(correcting, to, how, who, code):
    recall(correcting, "--field", "pupil.surname", "--value", "Quillfeather")
    number = str(duties(correcting)[0]["duty"]["number"])
    answer = correcting.run("rights", "duty", number, to, "--how", how, "--as", who)
    assert answer.code == EXIT_CODES[code]


def test_nobody_is_told_of_an_access_request_or_before_it_is_checked(correcting):
    access = correcting.asked("access")
    correcting.checked(access)
    answer = correcting.run("rights", "recipients", str(access), "--as", "daniel")
    assert answer.code == EXIT_CODES["rights_request_unfit"]
    correcting.number = correcting.asked("restriction")
    assert recall(correcting).code == EXIT_CODES["rights_request_not_ready"]


def test_a_letter_names_the_pupil_as_the_officer_says_and_the_file(correcting):
    recall(correcting, "--field", "pupil.surname", "--value", "Quillfeather")
    number = next(one["duty"]["number"] for one in duties(correcting) if one["duty"]["known"] == "file")
    page = correcting.home / "letter.html"
    correcting.done("rights", "letter", str(number), "--to", str(page), "--called", f"UPN {UPN}", "--as", "daniel")
    text = page.read_text(encoding="utf-8")
    for words in (
        "Department for Education",
        UPN,
        "Surname",
        "dfe_autumn_census_2026-autumn.csv",
        "put the value right",
    ):
        assert words in text
    assert "Quillfeather" not in text


def test_a_restriction_concerns_everybody_who_was_told_anything(correcting):
    correcting.number = correcting.asked("restriction")
    correcting.checked(correcting.number)
    recall(correcting)
    files = {one["duty"]["agreement"] for one in duties(correcting) if one["duty"]["known"] == "file"}
    assert files == {"dfe_autumn_census", "la_new_pupils", "supplier_texts"}
    correcting.told("la_new_pupils", {ME: {"joiner.surname": "Penhaligon"}}, period="2026-10-02", school=SCHOOL)
    recall(correcting)
    again = [one["duty"]["agreement"] for one in duties(correcting) if one["duty"]["known"] == "file"]
    assert again.count("la_new_pupils") == 2  # told meanwhile: a duty of its own


@given(st.lists(st.sampled_from(DutyState), max_size=12))
@settings(max_examples=200)
def test_only_a_confirmation_or_a_waiver_closes_however_it_is_reached(wished):
    state = DutyState.OPEN
    for to in wished:
        if to in MOVES[state]:
            state = to
        assert (state in CLOSED) == (state in {DutyState.CONFIRMED, DutyState.WAIVED})
    assert all(MOVES[closed] == frozenset() for closed in CLOSED)
    assert DutyState.CONFIRMED not in MOVES[DutyState.OPEN]
