"""By when a request is due: the month, proof that is outstanding, stopped days, the extension, school days."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.rights_clock import Pause, Running, days, months_after, one_month, school_days


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "months", "ends"),
    [
        ("2026-10-01", 1, "2026-11-01"), ("2026-12-15", 1, "2027-01-15"), ("2027-01-31", 1, "2027-02-28"),
        ("2028-01-31", 1, "2028-02-29"), ("2026-08-31", 1, "2026-09-30"), ("2026-11-30", 3, "2027-02-28"),
        ("2026-10-31", 3, "2027-01-31"),
    ],
)  # fmt: skip
def test_a_month_ends_on_the_same_number_or_the_last_day(start, months, ends):
    assert months_after(d(start), months) == d(ends)


BASE = {"received": "2026-10-01", "awaited": [], "pauses": [], "extended": False}


@pytest.mark.parametrize(
    ("changed", "running", "due"),
    [
        ({}, Running.RUNNING, "2026-11-01"),
        ({"awaited": ["2026-10-09"]}, Running.RUNNING, "2026-11-09"),
        ({"awaited": ["2026-09-20"]}, Running.RUNNING, "2026-11-01"),
        ({"awaited": ["2026-10-09", "2026-10-05"]}, Running.RUNNING, "2026-11-09"),
        ({"awaited": ["2026-10-09", None]}, Running.NOT_STARTED, None),
        ({"pauses": [("2026-10-05", "2026-10-12")]}, Running.RUNNING, "2026-11-08"),
        ({"pauses": [("2026-10-05", None)]}, Running.PAUSED, None),
        ({"pauses": [("2026-10-05", "2026-10-12"), ("2026-10-20", "2026-10-22")]}, Running.RUNNING, "2026-11-10"),
        ({"extended": True}, Running.RUNNING, "2027-01-01"),
    ],
)
def test_the_clock_of_a_request(changed, running, due):
    case = BASE | changed
    clock = one_month(
        d(case["received"]),
        awaited=[None if day is None else d(day) for day in case["awaited"]],
        pauses=[Pause(d(first), last and d(last)) for first, last in case["pauses"]],
        extended=case["extended"],
    )
    assert (clock.running, clock.due) == (running, due and d(due))


def test_days_stopped_before_proof_came_in_do_not_count_twice():
    paused = one_month(d("2026-10-01"), awaited=[d("2026-10-09")], pauses=[Pause(d("2026-10-05"), d("2026-10-12"))])
    assert (paused.paused_days, paused.due) == (3, d("2026-11-12"))


def test_a_clock_that_stands_still_is_never_overdue():
    still = one_month(d("2026-10-01"), pauses=[Pause(d("2026-10-02"))])
    assert not still.overdue(d("2030-01-01"))
    assert one_month(d("2026-10-01")).overdue(d("2026-11-02"))
    assert not one_month(d("2026-10-01")).overdue(d("2026-11-01"))


def test_a_promise_in_school_days_skips_weekends_and_holidays():
    terms = [(d("2026-09-01"), d("2026-10-23")), (d("2026-11-02"), d("2026-12-18"))]
    assert school_days(d("2026-10-01"), 15, terms).due == d("2026-10-22")
    assert school_days(d("2026-10-15"), 15, terms).due == d("2026-11-12")
    assert school_days(d("2026-12-17"), 15, terms).due is None


def test_thirty_days_are_calendar_days():
    assert days(d("2026-11-15"), 30).due == d("2026-12-15")


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31)), st.integers(0, 40), st.integers(0, 40))
def test_the_due_day_never_comes_earlier_for_a_pause_or_an_extension(received, start, length):
    pause = Pause(received + dt.timedelta(days=start), received + dt.timedelta(days=start + length))
    plain, paused = one_month(received), one_month(received, pauses=[pause])
    assert paused.due - plain.due == dt.timedelta(days=length)
    assert one_month(received, extended=True).due > plain.due
    assert 28 <= (plain.due - received).days <= 31
