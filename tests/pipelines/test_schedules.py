"""The nightly schedule: which partitions it asks for on which night, and that it asks once."""

import datetime as dt
import itertools
from collections.abc import Callable
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.schedule_definition import ScheduleExecutionData
from dagster._utils.schedules import schedule_execution_time_iterator

from pipelines.jobs import TRUST_JOB
from simulator.deployment import Deployment
from tests.pipelines.whole_run import definitions

Tick = Callable[[dt.datetime], ScheduleExecutionData]
LONDON = ZoneInfo("Europe/London")
NIGHTS = (
    ("before the school year", dt.date(2026, 8, 31), ()),
    ("its first day", dt.date(2026, 9, 1), ("feeds-2026-09-01",)),
    ("the day before the census opens", dt.date(2026, 9, 16), ("feeds-2026-09-16",)),
    ("the day the census opens", dt.date(2026, 9, 17), ("census-2026-autumn", "feeds-2026-09-17")),
    (
        "census day",
        dt.date(2026, 10, 1),
        ("census-2026-autumn", "feeds-2026-10-01", "feeds-2026-autumn-term", "feeds-2026-10"),
    ),
    ("the day after", dt.date(2026, 10, 2), ("census-2026-autumn", "feeds-2026-10-02")),
    ("the night the clocks go back", dt.date(2026, 10, 25), ("census-2026-autumn", "feeds-2026-10-25")),
    ("the due date", dt.date(2026, 10, 28), ("census-2026-autumn", "feeds-2026-10-28")),
    ("the day after the due date", dt.date(2026, 10, 29), ("feeds-2026-10-29",)),
    ("the night the clocks go forward", dt.date(2027, 3, 28), ("feeds-2027-03-28",)),
)


@pytest.fixture(scope="module")
def defs(shared_demo: Deployment) -> dg.Definitions:
    return definitions(shared_demo)


@pytest.fixture(scope="module")
def schedule(defs: dg.Definitions) -> dg.ScheduleDefinition:
    return defs.get_repository_def().get_schedule_def("prepare_what_is_due")


@pytest.fixture(scope="module")
def tick(defs: dg.Definitions) -> Tick:
    repository = defs.get_repository_def()

    def ticked(at: dt.datetime) -> ScheduleExecutionData:
        with dg.build_schedule_context(scheduled_execution_time=at, repository_def=repository) as context:
            return repository.get_schedule_def("prepare_what_is_due").evaluate_tick(context)

    return ticked


@pytest.mark.parametrize(("night", "keys"), [row[1:] for row in NIGHTS], ids=[row[0] for row in NIGHTS])
def test_a_night_asks_for_what_the_calendar_has_open(
    tick: Tick, defs: dg.Definitions, night: dt.date, keys: tuple[str, ...],
) -> None:  # fmt: skip
    asked = tick(dt.datetime.combine(night, dt.time(2), LONDON)).run_requests
    assert [request.partition_key for request in asked] == list(keys)
    assert [request.run_key for request in asked] == [f"{key}@{night}" for key in keys]
    assert [request.run_config for request in asked] == [{}] * len(keys)
    partitions = defs.resolve_job_def(TRUST_JOB).partitions_def
    assert all(partitions.has_partition_key(key) for key in keys)


def test_a_second_tick_of_a_night_gives_the_same_run_keys(tick: Tick) -> None:
    two, three = (dt.datetime(2026, 10, 1, hour, tzinfo=LONDON) for hour in (2, 3))
    keys = [[request.run_key for request in tick(at).run_requests] for at in (two, three)]
    assert keys[0] == keys[1]


def test_the_day_is_the_day_in_england(tick: Tick) -> None:
    late = dt.datetime(2026, 9, 16, 23, 30, tzinfo=dt.UTC)  # half past midnight of the 17th in London
    assert [request.partition_key for request in tick(late).run_requests] == ["census-2026-autumn", "feeds-2026-09-17"]


def test_a_night_with_nothing_open_says_so(tick: Tick) -> None:
    quiet = tick(dt.datetime(2026, 8, 31, 2, tzinfo=LONDON))
    assert quiet.skip_message == "The calendar has nothing open on 2026-08-31."


@pytest.mark.parametrize("change", [dt.date(2026, 10, 25), dt.date(2027, 3, 28)], ids=["back", "forward"])
def test_it_ticks_once_a_night_when_the_clocks_change(schedule: dg.ScheduleDefinition, change: dt.date) -> None:
    eve = dt.datetime.combine(change - dt.timedelta(days=1), dt.time(12), LONDON)
    times = schedule_execution_time_iterator(eve.timestamp(), schedule.cron_schedule, schedule.execution_timezone)
    nights = [at.astimezone(LONDON) for at in itertools.islice(times, 3)]
    assert [(at.date(), at.hour) for at in nights] == [(change + dt.timedelta(days=n), 2) for n in range(3)]
