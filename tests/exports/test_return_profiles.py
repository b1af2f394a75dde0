"""What is found before a return or a meals check is sent: gaps, names, numbers, and lists that are too long."""

import dataclasses

import pytest

from exports.formats.fsm_check import HEADERS, MOST_ROWS
from exports.formats.profiles import problems
from exports.formats.returns import LONGEST_NAME
from exports.minimise import minimise
from tests.exports import trust_folder
from tests.exports.test_authority_files import GOOD, made
from tests.exports.trust_folder import agreement, faults_of, feed, text_of


def found(name, *changes):
    terms = agreement(name)
    frames = minimise(feed(terms.dataset, *({**GOOD[name], **change} for change in changes)), terms)
    return [(each.field.partition(".")[2] or each.field, each.pupil_id) for each in problems(frames, terms)]


CHECKED = ["la_attendance_823", "la_sickness_823", "la_suspensions_823", "la_next_steps_823", "la_eyfsp_823",
           "la_phonics_823", "sta_ks2", "la_fsm_check_823", "la_pupil_list_826"]  # fmt: skip


@pytest.mark.parametrize("name", CHECKED)
def test_a_good_row_has_no_problem(name):
    terms, frames, _ = made(name)
    assert problems(frames, terms) == ()


@pytest.mark.parametrize(
    ("name", "change", "field"),
    [
        ("la_attendance_823", {"line1": None}, "line1"),
        ("la_sickness_823", {"postcode": None}, "postcode"),
        ("la_suspensions_823", {"reason1": None}, "reason1"),
        ("la_suspensions_823", {"start_date": None}, "start_date"),
        ("la_suspensions_823", {"category": None}, "category"),
        ("la_next_steps_823", {"contact1_surname": None}, "contact1_surname"),
        ("la_next_steps_823", {"refused": True, "refused_by": "ask"}, "refused_by"),
        ("la_eyfsp_823", {"number": None}, "number"),
        ("la_phonics_823", {"mark": None, "outcome": None}, "outcome"),
        ("sta_ks2", {"science": None}, "science"),
        ("sta_ks2", {"upn": None}, "upn"),
        ("la_attendance_823", {"surname": "x" * (LONGEST_NAME + 1)}, "surname"),
        ("la_attendance_823", {"forename": "Ann\n"}, "forename"),
        ("la_attendance_823", {"forename": "?"}, "forename"),
        ("la_attendance_823", {"forename": None}, "forename"),
        ("la_fsm_check_823", {"contact_dob": None}, "contact_dob"),
        ("la_fsm_check_823", {"contact_surname": None}, "contact_surname"),
        ("la_fsm_check_823", {"contact_nino": None}, "contact_nino"),
        ("la_fsm_check_823", {"contact_nino": "JJ123456E"}, "contact_nino"),
        ("la_fsm_check_823", {"contact_nino": "GB123456A"}, "contact_nino"),
        ("la_fsm_check_823", {"contact_nino": "JJ12345A"}, "contact_nino"),
        ("la_fsm_check_823", {"contact_nino": None, "contact_nass": "251312345"}, "contact_nass"),
    ],
)
def test_what_is_missing_or_wrong_is_told_of_the_pupil(name, change, field):
    assert found(name, {}, change) == [(field, "2")]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("la_phonics_823", {"mark": None, "outcome": "A"}),
        ("la_next_steps_823", {"refused": True, "refused_by": "pupil"}),
        ("la_suspensions_823", {"late": True}),
        ("la_attendance_823", {"surname": "x" * LONGEST_NAME}),
        ("la_attendance_823", {"forename": "D'Arcy-Łuczak"}),
        ("la_fsm_check_823", {"contact_nino": None, "contact_nass": "250312345"}),
        ("la_fsm_check_823", {"contact_nino": "jj123456a"}),
    ],
)
def test_what_is_unusual_and_right_is_left_alone(name, change):
    assert found(name, change) == []


def test_a_list_longer_than_the_service_takes_is_a_problem_of_the_file():
    terms, frames, _ = made("la_fsm_check_823")
    table = frames["meal_check"]

    def of(rows):
        return {"meal_check": table.loc[[0] * rows].reset_index(drop=True).astype(table.dtypes)}

    assert problems(of(MOST_ROWS), terms) == ()
    assert [(each.field, each.pupil_id) for each in problems(of(MOST_ROWS + 1), terms)] == [("file", None)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Parent Last Name", "Parent Surname", "exactly, in this order"),
        ("formula: raw", "formula: neutralise", "formula: raw"),
        ("kind: local_authority", "kind: supplier", "a local authority only"),
    ],
)
def test_a_meals_check_with_other_headers_does_not_compile(old, new, said):
    text = text_of("la_fsm_check_823")
    assert faults_of(text) == ()
    assert old in text
    assert any(said in fault for fault in faults_of(text.replace(old, new)))


@pytest.mark.parametrize(("form", "urn"), [(0, False), (1, True)])
def test_the_form_with_the_child_has_its_own_headers(form, urn):
    terms = agreement("la_fsm_check_823")
    sources = ["contact_forename", "contact_surname", "contact_dob", "contact_nino", "forename", "surname", "dob"]
    header = HEADERS["meal_check_child"][form]
    items = [
        f"      - {{source: meal_check_child.{source}, as: {name}"
        + (", transform: date_uk}" if source.endswith("dob") else "}")
        for source, name in zip([*sources, *["urn"] * urn], header, strict=True)
    ]
    text = text_of("la_fsm_check_823").replace("meal_check", "meal_check_child")
    head, _, _ = text.partition("  - clause")
    group = '  - clause: "2.12"\n    gateway: ea-1996-s512zb\n    why: asks for the check\n    items:\n'
    assert terms.outputs == HEADERS["meal_check"][0]
    assert faults_of(head + group + "\n".join(items) + "\n") == ()


def test_a_notice_without_the_parents_clause_is_named(monkeypatch):
    """The clause for what a parent gives of themselves: without it the file does not compile, and says which."""
    whole = trust_folder.notice()
    without = dataclasses.replace(whole, clauses={k: v for k, v in whole.clauses.items() if k != "2.12"})
    monkeypatch.setattr(trust_folder, "notice", lambda: without)
    faults = faults_of(text_of("la_fsm_check_823"))
    assert len(faults) == 3
    assert all("2.12" in fault for fault in faults)


def test_a_return_without_names_and_one_of_another_dataset_do_not_compile():
    text = text_of("la_attendance_823")
    assert any(
        "absence.surname" in fault for fault in faults_of(text.replace("absence.surname, as", "absence.urn, as"))
    )
    other = text_of("la_fsm_check_823").replace("profile: fsm_check", "profile: pupil_return")
    assert any("no checks for the dataset meal_check" in fault for fault in faults_of(other))
