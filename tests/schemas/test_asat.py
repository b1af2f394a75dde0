import datetime as dt

import pandas as pd
import pytest

from schemas.asat import as_at, latest_per_pupil, open_on, spells
from schemas.canonical import CANONICAL
from tests.schemas.snapshots import day, pupil, snapshot

NC = CANONICAL["nc_year"]


def rows(*given):
    """Rows of (pupil, value, first day, last day, source)."""
    columns = ("pupil_id", "nc_year", "start_date", "end_date", "source")
    return NC.frame({name: [row[place] for row in given] for place, name in enumerate(columns)})


def asked(*pairs):
    return rows(*[(who, None, when, None, "/q") for who, when in pairs]).rename(columns={"start_date": "day"})


@pytest.mark.parametrize(
    ("first", "last", "when", "holds"),
    [
        ("2026-09-01", None, "2026-08-31", False),
        ("2026-09-01", None, "2026-09-01", True),
        ("2026-09-01", "2026-10-01", "2026-10-01", True),
        ("2026-09-01", "2026-10-01", "2026-10-02", False),
        (None, "2026-10-01", "1999-01-01", True),
        (None, None, "2026-10-01", True),
        ("2028-02-29", "2028-02-29", "2028-02-29", True),
        ("2028-02-29", "2028-02-29", "2028-02-28", False),
        ("2028-02-29", "2028-02-29", "2028-03-01", False),
        ("2026-03-29", "2026-03-29", "2026-03-29", True),
        ("2026-03-30", None, "2026-03-29", False),
        ("2026-10-25", "2026-10-25", "2026-10-25", True),
        ("2026-09-01", "2026-10-24", "2026-10-25", False),
        ("2026-10-02", "2026-10-01", "2026-10-01", False),
    ],
    ids=[
        "day before the first", "first day", "last day", "day after the last", "no first day", "no days at all",
        "29 February", "before 29 February", "after 29 February", "clocks forward", "day after clocks forward",
        "clocks back", "ended the day before clocks back", "ends before it begins",
    ],
)  # fmt: skip
def test_a_row_holds_from_its_first_day_to_its_last(first, last, when, holds):
    frame = rows(("1", "8", first and day(first), last and day(last), "/1"))
    assert len(open_on(frame, day(when))) == holds
    assert as_at(frame, asked(("1", day(when))))["nc_year"].notna().tolist() == [holds]


def test_of_rows_that_hold_the_one_begun_last_counts_whatever_their_order():
    given = [
        ("1", "7", day("2025-09-01"), None, "/a"),
        ("1", "8", day("2026-09-01"), None, "/b"),
        ("1", "9", day("2026-10-02"), None, "/c"),
        ("2", "R", None, None, "/d"),
        ("2", "1", day("2026-09-01"), None, "/f"),
        ("2", "2", day("2026-09-01"), None, "/e"),
    ]
    expected = ["8", "1"]
    for frame in (rows(*given), rows(*reversed(given))):
        ref = day("2026-10-01")
        assert as_at(frame, asked(("1", ref), ("2", ref)))["nc_year"].tolist() == expected


def test_each_question_has_its_own_day_and_its_own_answer():
    frame = rows(("1", "7", day("2025-09-01"), day("2026-08-31"), "/a"), ("1", "8", day("2026-09-01"), None, "/b"))
    questions = asked(("1", day("2026-09-01")), ("9", day("2026-09-01")), ("1", day("2026-08-31")), ("1", None))
    questions = questions.set_axis([10, 11, 12, 13])
    found = as_at(frame, questions)["nc_year"]
    assert found.index.tolist() == [10, 11, 12, 13]
    assert found.fillna("-").tolist() == ["8", "-", "7", "-"]
    assert str(found.dtype) == "string[pyarrow]"


def test_no_rows_answer_nothing():
    assert as_at(NC.empty(), asked(("1", day("2026-10-01"))))["nc_year"].isna().tolist() == [True]
    assert as_at(rows(("1", "8", None, None, "/a")), asked()).empty


def test_latest_per_pupil_puts_nulls_first_and_source_decides():
    frame = rows(("1", "7", None, None, "/z"), ("1", "8", day("2026-09-01"), None, "/a"), ("2", "1", None, None, "/b"),
                 ("2", "2", None, None, "/a"))  # fmt: skip
    latest = latest_per_pupil(frame, by=["start_date"])
    assert dict(zip(latest["pupil_id"], latest["nc_year"], strict=True)) == {"1": "8", "2": "1"}


REF = day("2026-10-01")


@pytest.mark.parametrize(
    ("given", "here", "gone"),
    [
        ([(day("2020-09-01"), None)], day("2020-09-01"), None),
        ([(REF, None)], REF, None),
        ([(day("2020-09-01"), REF)], day("2020-09-01"), None),
        ([(day("2020-09-01"), day("2026-09-30"))], None, day("2026-09-30")),
        ([(day("2026-10-02"), None)], None, None),
        ([(day("2018-09-01"), day("2020-07-20")), (day("2024-09-01"), None)], day("2024-09-01"), None),
        ([(day("2018-09-01"), day("2020-07-20")), (day("2026-10-05"), None)], None, day("2020-07-20")),
        ([(day("2018-09-01"), day("2020-07-20")), (day("2022-09-01"), day("2023-07-20"))], None, day("2023-07-20")),
        ([(day("2018-09-01"), day("2020-07-20")), (None, day("2019-07-20"))], None, day("2020-07-20")),
    ],
    ids=["here", "joined that day", "left that day", "left the day before", "joins later", "came back",
         "comes back later", "left twice", "left twice, once without a day of entry"],
)  # fmt: skip
def test_spells(given, here, gone):
    snap = snapshot(pupil("1", enrolment=[{"entry_date": entry, "leaving_date": leaving} for entry, leaving in given]))
    present, left = spells(snap, REF)
    assert present["entry_date"].tolist() == ([here] if here else [])
    assert left["leaving_date"].tolist() == ([gone] if gone else [])
    assert present["day"].tolist() == ([REF] if here else [])
    assert left["day"].tolist() == ([gone] if gone else [])


@pytest.mark.parametrize(
    ("spell", "status_from", "expected"),
    [
        ((None, None), "2020-09-01", (["1"], [])),
        ((None, None), None, (["1"], [])),
        ((None, None), "2026-10-02", ([], [])),
        ((None, REF), "2020-09-01", (["1"], [])),
        ((None, day("2026-09-30")), "2020-09-01", ([], ["1"])),
        ((None, day("2026-09-30")), "2026-10-02", ([], [])),
    ],
    ids=["still here", "nothing known of the status", "expected later", "left that day", "left the day before",
         "left before the status began"],
)  # fmt: skip
def test_a_missing_day_of_entry_hides_nobody(spell, status_from, expected):
    entry, leaving = spell
    statuses = [{"status": "C", "start_date": day(status_from)}] if status_from else []
    found = spells(
        snapshot(pupil("1", enrolment=[{"entry_date": entry, "leaving_date": leaving}], enrol_status=statuses)), REF
    )
    assert tuple(frame["pupil_id"].tolist() for frame in found) == expected


def test_a_spell_with_a_day_of_entry_counts_before_one_without():
    both = [{"entry_date": None, "leaving_date": None}, {"entry_date": day("2024-09-01"), "leaving_date": None}]
    present, _ = spells(snapshot(pupil("1", enrolment=both)), REF)
    assert present["entry_date"].tolist() == [day("2024-09-01")]


@pytest.mark.parametrize(
    ("status", "leaving", "expected"),
    [("G", None, (0, 0)), ("C", None, (1, 0)), ("G", day("2026-09-10"), (0, 0)), ("S", day("2026-09-10"), (0, 1))],
)
def test_guests_are_left_out(status, leaving, expected):
    present, left = spells(snapshot(pupil("1", status=status, leaving=leaving)), REF)
    assert (len(present), len(left)) == expected


def test_a_guest_is_judged_on_the_day_itself():
    statuses = [
        {"status": "G", "start_date": day("2026-09-01"), "end_date": day("2026-09-30")},
        {"status": "C", "start_date": REF, "end_date": None},
    ]
    snap = snapshot(pupil("1", enrol_status=statuses))
    assert len(spells(snap, REF)[0]) == 1
    assert len(spells(snap, REF - dt.timedelta(days=1))[0]) == 0


def test_pupils_come_in_order_of_id():
    present, _ = spells(snapshot(pupil("b"), pupil("a"), pupil("c")), REF)
    assert present["pupil_id"].tolist() == ["a", "b", "c"]
    assert isinstance(present.index, pd.RangeIndex)
