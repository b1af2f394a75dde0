"""The roster of a school and those who left it: who is in it, with which ids, and that it is complete in itself."""

import dataclasses

import pytest

from schemas.boundary import conforms
from schemas.feeds import former, roster
from schemas.feeds.dataset import SchoolYear, Taking
from tests.schemas.snapshots import day, pupil, snapshot

AS_AT = day("2026-10-01")
YEARS = (SchoolYear(day("2025-09-03"), day("2026-07-21")), SchoolYear(day("2026-09-03"), day("2027-07-20")))
TAKING = Taking(AS_AT, day("2026-09-01"), YEARS)
GROUPS = [
    {"group_id": "70", "name": "8x/Ma1", "subject": "Mathematics", "nc_year": "8", "academic_year": "2026/2027"},
    {"group_id": "71", "name": "8x/En1", "subject": "English, and drama", "nc_year": "8", "academic_year": "2026/2027"},
]
STAFF = [
    {"staff_id": "5", "forename": "Ada", "surname": "Byron", "email": "a.byron@example.org"},
    {"staff_id": "6", "forename": "Alan", "surname": "Bates"},
]
LEADS = [
    {"group_id": "70", "staff_id": "5", "start_date": day("2026-09-03")},
    {"group_id": "71", "staff_id": "6", "start_date": day("2026-09-03")},
]
TERMS = [
    {"term_id": "1", "name": "Autumn", "start_date": day("2026-09-03"), "end_date": day("2026-12-18")},
    {"term_id": "2", "name": "Spring", "start_date": day("2027-01-04"), "end_date": day("2027-03-25")},
    {"term_id": "0", "name": "Summer", "start_date": day("2026-04-13"), "end_date": day("2026-07-21")},
]


def member(group, start="2026-09-03", end=None):
    return {"group_id": group, "start_date": day(start), "end_date": end and day(end)}


def made(*pupils, taking=TAKING, **tables):
    held = {"teaching_group": GROUPS, "staff": STAFF, "group_staff": LEADS, "term": TERMS, **tables}
    frames = roster.roster(snapshot(*pupils, **held), taking)
    for table in roster.TABLES:
        conforms(frames[table.name], table)
    return frames


def ids(frames, table, column="sourced_id"):
    return frames[table][column].tolist()


TAUGHT = pupil("1", group_pupil=[member("70")], registration_group=[{"name": "8 Blue"}])


def test_a_pupil_is_a_user_with_a_role_in_the_classes_they_are_in_on_the_day():
    frames = made(TAUGHT)
    assert ids(frames, "roster_pupil") == ["123456.pupil.1"]
    assert ids(frames, "roster_pupil_role", "user_sourced_id") == ["123456.pupil.1"]
    assert sorted(ids(frames, "roster_class", "title")) == ["8 Blue", "8x/Ma1"]
    assert set(ids(frames, "roster_pupil_enrolment", "class_sourced_id")) == set(ids(frames, "roster_class"))
    assert ids(frames, "roster_staff") == ["123456.staff.5"]


@pytest.mark.parametrize(
    ("group", "there"),
    [
        (member("70"), True),
        (member("70", end="2026-10-01"), True),
        (member("70", end="2026-09-30"), False),
        (member("70", start="2026-10-01"), True),
        (member("70", start="2026-10-02"), False),
    ],
    ids=["all year", "last day today", "ended yesterday", "first day today", "begins tomorrow"],
)
def test_a_class_is_in_the_roster_while_a_pupil_of_the_roll_is_in_it(group, there):
    frames = made(pupil("1", group_pupil=[group]))
    assert ids(frames, "roster_class") == ["123456.class.70"] * there
    assert ids(frames, "roster_staff") == ["123456.staff.5"] * there
    assert ids(frames, "roster_staff_enrolment", "class_sourced_id") == ["123456.class.70"] * there


def test_a_membership_of_a_group_the_mis_no_longer_has_is_left_out():
    frames = made(pupil("1", group_pupil=[member("70"), member("99")]))
    assert ids(frames, "roster_pupil_enrolment", "class_sourced_id") == ["123456.class.70"]


def test_who_left_is_not_in_the_roster_and_neither_is_their_class():
    frames = made(pupil("1", leaving=day("2026-09-30"), group_pupil=[member("70")]))
    assert [name for name, frame in frames.items() if len(frame)] == ["roster_org", "roster_session"]


def test_the_year_is_the_one_of_the_day_and_its_terms_those_that_begin_in_it():
    sessions = made(TAUGHT)["roster_session"]
    assert sessions["sourced_id"].tolist() == ["123456.term.1", "123456.term.2", "123456.year.2027"]
    assert set(sessions["school_year"]) == {"2027"}
    assert set(ids(made(TAUGHT), "roster_class", "term_sourced_ids")) == {"123456.term.1,123456.term.2"}


@pytest.mark.parametrize(
    ("years", "as_at", "first", "last"),
    [
        (YEARS, "2026-10-01", "2026-09-03", "2027-07-20"),
        (YEARS, "2026-08-20", "2025-09-03", "2026-07-21"),
        ((), "2026-10-01", "2026-09-01", "2027-08-31"),
        ((), "2026-08-31", "2025-09-01", "2026-08-31"),
    ],
    ids=["of the trust", "in the summer the last one", "none said, autumn", "none said, summer"],
)
def test_the_school_year(years, as_at, first, last):
    frames = made(pupil("1"), taking=dataclasses.replace(TAKING, as_at=day(as_at), years=years), term=[])
    assert ids(frames, "roster_session", "start_date") == [day(first)]
    assert ids(frames, "roster_session", "end_date") == [day(last)]


def test_a_class_without_terms_hangs_on_the_year():
    assert set(ids(made(TAUGHT, term=[]), "roster_class", "term_sourced_ids")) == {"123456.year.2027"}


def test_ids_stay_the_same_whatever_else_changes():
    before = made(TAUGHT)
    after = made(
        pupil("1", fields={"surname": "Changed"}, upn="B823200012345", group_pupil=[member("70")],
              registration_group=[{"name": "8 Blue"}]),
        pupil("2", group_pupil=[member("71")]),
    )  # fmt: skip
    for table in ("roster_pupil", "roster_class", "roster_course", "roster_pupil_enrolment"):
        assert set(ids(before, table)) <= set(ids(after, table))


def test_no_id_and_no_user_name_is_or_holds_a_upn_or_an_address():
    frames = made(pupil("1", upn="B823200012345", fields={"email": "ann@example.org"}, group_pupil=[member("70")]))
    told = {
        text
        for frame in frames.values()
        for column in frame
        if column.endswith(("sourced_id", "username", "identifier"))
        for text in frame[column].dropna()
    }
    assert not [text for text in told if "B823200012345" in text or "example.org" in text]
    assert ids(frames, "roster_pupil", "upn") == ["B823200012345"]


def test_leaving_a_pupil_out_leaves_out_what_nobody_else_needs():
    whole = made(TAUGHT, pupil("2", group_pupil=[member("71")]))
    left = {name: frame[frame["pupil_id"] != "1"] if name == "roster_pupil" else frame for name, frame in whole.items()}
    pruned = roster.pruned(left)
    assert ids(pruned, "roster_class") == ["123456.class.71"]
    assert ids(pruned, "roster_staff") == ["123456.staff.6"]
    assert ids(pruned, "roster_course", "title") == ["English, and drama"]
    assert ids(pruned, "roster_pupil_role", "pupil_id") == ["2"]
    assert roster.pruned(whole).keys() == whole.keys()


def test_a_roster_asks_the_mis_for_the_names_an_agreement_takes_and_no_other():
    asked = roster.reads(frozenset({"roster_pupil.given_name", "roster_class.title"}))
    assert "forename" in asked["pupil"]
    assert not asked["pupil"] & {"surname", "preferred_forename", "email", "ethnicity"}
    assert {"teaching_group", "group_pupil", "group_staff", "staff", "term"} <= asked.keys()
    assert not asked.keys() & {"contact", "address", "fsm"}


@pytest.mark.parametrize(
    ("fields", "there"),
    [
        ({"leaving": day("2026-09-30")}, True),
        ({"leaving": day("2019-07-20"), "entry": day("2015-09-01")}, True),
        ({"leaving": day("2026-10-01")}, False),
        ({}, False),
        ({"leaving": day("2026-09-30"), "status": "G"}, False),
    ],
    ids=["left yesterday", "left long ago", "last day today", "on roll", "guest"],
)
def test_who_has_left(fields, there):
    frames = former.former(snapshot(pupil("1", **fields)), TAKING)
    conforms(frames["former"], former.FORMER)
    assert ids(frames, "former") == ["123456.pupil.1"] * there


def test_who_left_and_came_back_is_not_to_be_deleted():
    spells = [
        {"entry_date": day("2020-09-01"), "leaving_date": day("2025-07-20")},
        {"entry_date": day("2026-09-03"), "leaving_date": None},
    ]
    assert ids(former.former(snapshot(pupil("1", enrolment=spells)), TAKING), "former") == []


def test_a_record_set_apart_is_deleted_as_any_other():
    taking = dataclasses.replace(TAKING, apart=frozenset({"1"}))
    gone = snapshot(pupil("1", leaving=day("2026-09-30")))
    assert (
        ids(former.former(gone, taking), "former") == ids(former.former(gone, TAKING), "former") == ["123456.pupil.1"]
    )


def test_who_has_left_asks_the_mis_for_nothing_of_a_person():
    asked = former.reads(frozenset({"former.sourced_id"}))
    assert asked["pupil"] == {"pupil_id", "source"}
    assert not asked.keys() & {"contact", "address", "former_surname"}
