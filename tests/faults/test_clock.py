"""F12: clocks that are wrong and days that are odd: nights of a clock change, leap days, ends of years and terms."""

import calendar
import datetime as dt

import pytest

from exports.protection_log import term_of
from ledger.store import Ledger
from ledger.verify import verify
from pipelines.clock import today
from tests.exports.desk import AGREEMENT, NOW, SCHOOL

YEARS = range(2024, 2032)
HOURS = tuple(dt.timedelta(minutes=minutes) for minutes in (-61, -60, -59, -1, 0, 1, 59, 60, 61))


def changes(year):
    """Both moments at which clocks change in England: 01:00 UTC on the last Sundays of March and October."""
    for month in (3, 10):
        last = max(
            day for day in calendar.Calendar().itermonthdates(year, month) if (day.month, day.weekday()) == (month, 6)
        )
        yield dt.datetime.combine(last, dt.time(1), dt.UTC)


def in_england(moment):
    """The day by the rule of the Summer Time Order, worked out without a table of zones."""
    begins, ends = changes(moment.year)
    summer = begins <= moment < ends
    return (moment + dt.timedelta(hours=summer)).date()


def moments():
    for year in YEARS:
        edges = [dt.datetime(year, month, 1, tzinfo=dt.UTC) for month in range(1, 13)]
        edges += [*changes(year), dt.datetime(year, 2, 28, tzinfo=dt.UTC) + dt.timedelta(days=1)]
        midnights = [edge.replace(hour=0) for edge in edges]
        yield from (edge + hours for edge in edges + midnights for hours in HOURS)


MOMENTS = sorted(set(moments()))


@pytest.mark.fault("F12")
def test_the_day_is_the_one_in_england_at_every_odd_moment():
    assert len(MOMENTS) >= 400
    assert [moment for moment in MOMENTS if today(lambda moment=moment: moment) != in_england(moment)] == []


@pytest.mark.fault("F12")
def test_an_agreement_holds_from_its_first_day_to_its_last_and_every_day_has_one_term():
    days = [dt.date(2026, 8, 1) + dt.timedelta(days=number) for number in range(430)]
    inside = [day for day in days if AGREEMENT.in_force(day)]
    assert (inside[0], inside[-1]) == (AGREEMENT.starts, AGREEMENT.recipient.ends)
    assert len(inside) == (inside[-1] - inside[0]).days + 1
    assert [
        day
        for day in days
        if (term_of(day) != term_of(day - dt.timedelta(days=1))) != (day.day == 1 and day.month in {1, 4, 9})
    ] == []


@pytest.mark.fault("F12")
@pytest.mark.parametrize(
    "skew", [dt.timedelta(days=-1), dt.timedelta(0), dt.timedelta(days=1)], ids=["behind", "right", "ahead"]
)
def test_the_order_of_the_ledger_is_that_of_its_numbers_whatever_the_clock_says(tmp_path, skew):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for number, at in enumerate((NOW, NOW + skew, NOW - skew, NOW)):
        ledger.append("run", {"school": SCHOOL, "rows": number}, at)
    assert [event.body["rows"] for event in ledger.events("run")] == [0, 1, 2, 3]
    ledger.close()
    assert verify(tmp_path / "ledger.sqlite").faults == []
