import pytest

from schemas.boundary import conforms
from schemas.feeds import people
from schemas.feeds.dataset import SchoolYear, Taking
from tests.schemas.snapshots import day, pupil, snapshot

AS_AT, START = day("2026-09-18"), day("2026-09-01")
YEARS = (SchoolYear(day("2025-09-03"), day("2026-07-21")), SchoolYear(day("2026-09-03"), day("2027-07-20")))


def tables(*pupils, start=START, as_at=AS_AT, **kwargs):
    held, taking = snapshot(*pupils, **kwargs), Taking(as_at, start, YEARS)
    made = {name: frame for dataset in people.DATASETS for name, frame in dataset.make(held, taking).items()}
    for dataset in people.DATASETS:
        for table in dataset.tables:
            conforms(made[table.name], table)
    return made


def ids(made, name):
    return made[name]["pupil_id"].tolist()


def test_no_pupils_make_empty_tables():
    assert {name: len(frame) for name, frame in tables().items()} == {"roll": 0, "joiner": 0, "leaver": 0}


@pytest.mark.parametrize(
    ("pupil_fields", "roll", "joiner", "leaver"),
    [
        ({}, True, False, False),
        ({"entry": AS_AT}, True, True, False),
        ({"entry": START}, True, True, False),
        ({"entry": day("2026-08-31")}, True, False, False),
        ({"entry": day("2026-09-19")}, False, False, False),
        ({"leaving": AS_AT}, True, False, True),
        ({"leaving": START}, False, False, True),
        ({"leaving": day("2026-08-31")}, False, False, False),
        ({"leaving": day("2026-09-19")}, True, False, False),
        ({"entry": day("2026-09-07"), "leaving": day("2026-09-11")}, False, True, True),
        ({"entry": day("2026-09-07"), "status": "G"}, False, False, False),
        ({"leaving": day("2026-09-11"), "status": "G"}, False, False, False),
    ],
    ids=[
        "there all along", "joined on the day", "joined on the first day of the window", "joined the day before it",
        "joins tomorrow", "last day today", "last day on the first day of the window", "last day before it",
        "last day tomorrow", "joined and left inside", "guest joined", "guest left",
    ],
)  # fmt: skip
def test_who_is_in_which_table(pupil_fields, roll, joiner, leaver):
    made = tables(pupil("1", **pupil_fields))
    assert (ids(made, "roll"), ids(made, "joiner"), ids(made, "leaver")) == (
        ["1"] * roll, ["1"] * joiner, ["1"] * leaver,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "year", "joiner"),
    [
        ("2026-09-03", "7", False),
        ("2026-09-01", "7", False),
        ("2026-09-04", "7", True),
        ("2026-09-03", "8", True),
    ],
    ids=["first day, most junior", "dated 1 September, most junior", "a day late", "another year group"],
)
def test_who_starts_in_the_most_junior_class_on_the_first_day_needs_no_return(entry, year, joiner):
    made = tables(pupil("1", entry=day(entry), year=year))
    assert ids(made, "joiner") == ["1"] * joiner
    assert ids(made, "roll") == ["1"]


@pytest.mark.parametrize(
    ("leaving", "year", "leaver"),
    [
        ("2026-07-21", "13", False),
        ("2026-08-31", "13", False),
        ("2026-07-20", "13", True),
        ("2026-09-10", "13", True),
        ("2026-07-21", "11", True),
    ],
    ids=["last day", "dated 31 August", "before the end", "in the next year", "another year group"],
)
def test_who_completed_the_most_senior_class_needs_no_return(leaving, year, leaver):
    made = tables(pupil("1", leaving=day(leaving), year=year), start=day("2026-07-01"))
    assert ids(made, "leaver") == ["1"] * leaver


def test_due_dates_are_calendar_days():
    made = tables(pupil("1", entry=day("2026-09-11")), pupil("2", leaving=day("2026-09-11")))
    assert made["joiner"]["due"].tolist() == [day("2026-09-16")]
    assert made["leaver"]["due"].tolist() == [day("2026-09-11")]


def test_a_due_date_crosses_the_end_of_a_month():
    made = tables(pupil("1", entry=day("2028-02-26")), start=day("2028-02-01"), as_at=day("2028-02-29"))
    assert made["joiner"]["due"].tolist() == [day("2028-03-02")]


def test_a_leaver_is_told_as_on_the_last_day_with_ground_and_destination():
    leaving = day("2026-09-11")
    spell = {
        "entry_date": day("2020-09-01"), "leaving_date": leaving, "removal_ground": "f",
        "destination": "Another School",
        "destination_start": day("2026-09-14"),
    }  # fmt: skip
    groups = [
        {"name": "7A", "start_date": day("2025-09-01"), "end_date": day("2026-08-31")},
        {"name": "8B", "start_date": day("2026-09-01"), "end_date": leaving},
    ]
    row = tables(pupil("1", leaving=leaving, enrolment=[spell], registration_group=groups))["leaver"].iloc[0]
    assert (row["removal_ground"], row["destination_school"], row["destination_start"], row["registration_group"]) == (
        "f", "Another School", day("2026-09-14"), "8B",
    )  # fmt: skip


def test_the_address_of_the_day_in_two_lines_and_a_town():
    structured = {"saon": "Flat 2", "paon": "7", "street": "High Street", "locality": "Ashton", "post_town": "Bristol"}
    made = tables(
        pupil("1", address=[{"line1": "1 Old Road", "line3": "Bath", "end_date": day("2026-09-17")},
                            {"line1": "2 New Road", "line2": "Area", "line3": "Bath", "start_date": AS_AT}]),
        pupil("2", address=[structured]),
        pupil("3"),
        pupil("4", address=[{"street": "Low Street", "town": "Wells"}]),
    )["roll"].set_index("pupil_id")  # fmt: skip
    lines = made[["line1", "line2", "town"]].fillna("-").to_numpy().tolist()
    assert lines == [
        ["2 New Road", "Area", "Bath"],
        ["Flat 2 7 High Street", "Ashton", "Bristol"],
        ["-", "-", "-"],
        ["Low Street", "-", "Wells"],
    ]


def contact(name, priority):
    return {"contact_id": name, "forename": name, "priority": priority, "phone": "07412345678"}


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        ([contact("b", 2), contact("a", 1), contact("c", 3)], ("a", "b")),
        ([contact("z", None), contact("b", 5)], ("b", "z")),
        ([contact("b", 1), contact("a", 1)], ("a", "b")),
        ([contact("a", 1)], ("a", None)),
        ([], (None, None)),
    ],
)
def test_contacts_stand_in_emergency_order(contacts, expected):
    row = tables(pupil("1", contact=contacts), pupil("2", contact=[contact("x", 1)]))["roll"].iloc[0]
    names = row[["contact1_forename", "contact2_forename"]]
    assert tuple(names.astype(object).where(names.notna(), None)) == expected


def test_preferred_names_are_null_when_the_mis_holds_none():
    roll = tables(pupil("1"), pupil("2", fields={"preferred_surname": "Known"}))["roll"]
    assert roll["preferred_surname"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("leaving", "ground", "there", "late"),
    [
        ("2026-09-19", "a", True, False),
        ("2026-09-19", None, False, None),
        ("2026-10-02", "a", True, False),
        ("2026-10-03", "a", False, None),
        ("2026-09-18", None, True, False),
        ("2026-09-17", "a", True, True),
        ("2026-09-17", None, True, True),
    ],
    ids=[
        "tomorrow", "tomorrow, without a ground", "in a fortnight", "a day after that", "today, without a ground",
        "yesterday", "yesterday, without a ground",
    ],
)  # fmt: skip
def test_a_deletion_is_told_as_soon_as_its_date_and_ground_stand_there_and_late_after_the_day(
    leaving, ground, there, late
):
    spell = {"entry_date": day("2020-09-01"), "leaving_date": day(leaving), "removal_ground": ground}
    found = tables(pupil("1", leaving=day(leaving), enrolment=[spell]))["leaver"]
    assert found["late"].tolist() == ([late] if there else [])


def test_who_completes_the_most_senior_class_needs_no_return_in_advance_either():
    spell = {"entry_date": day("2020-09-01"), "leaving_date": day("2026-07-21"), "removal_ground": "l"}
    leaver = pupil("1", leaving=day("2026-07-21"), enrolment=[spell], year="13")
    assert ids(tables(leaver, start=day("2026-07-01"), as_at=day("2026-07-14")), "leaver") == []


@pytest.mark.parametrize(("entry", "late"), [("2026-09-13", False), ("2026-09-12", True)], ids=["fifth day", "sixth"])
def test_a_new_pupil_is_late_from_the_sixth_day_on(entry, late):
    assert tables(pupil("1", entry=day(entry)))["joiner"]["late"].tolist() == [late]
