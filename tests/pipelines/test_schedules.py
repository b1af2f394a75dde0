"""The schedules: what each tick asks for, and over a year of outages that everything due runs once."""

import datetime as dt
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.schedule_definition import ScheduleExecutionData
from dagster._utils.schedules import schedule_execution_time_iterator

from pipelines.jobs import TRUST_JOB
from pipelines.schedules import CENSUS_EVENING, NIGHT
from simulator.deployment import Deployment
from tests.pipelines.whole_run import definitions

Tick = Callable[[str, dt.datetime], ScheduleExecutionData]
LONDON = ZoneInfo("Europe/London")
NIGHTS = (
    ("before the school year", dt.date(2026, 8, 31), ()),
    ("its first day", dt.date(2026, 9, 1), ("feeds-2026-09-01",)),
    ("the day before the census opens", dt.date(2026, 9, 16), ("feeds-2026-09-16",)),
    ("the day the census opens", dt.date(2026, 9, 17), ("nightly-2026-autumn", "feeds-2026-09-17")),
    ("census day", dt.date(2026, 10, 1), ("feeds-2026-10-01", "feeds-2026-autumn-term", "feeds-2026-10")),
    ("the day after", dt.date(2026, 10, 2), ("nightly-2026-autumn", "feeds-2026-10-02")),
    ("the night the clocks go back", dt.date(2026, 10, 25), ("nightly-2026-autumn", "feeds-2026-10-25")),
    ("the due date", dt.date(2026, 10, 28), ("nightly-2026-autumn", "feeds-2026-10-28")),
    ("one school's later due date", dt.date(2026, 11, 4), ("nightly-2026-autumn", "feeds-2026-11-04")),
    ("the day after the last due date", dt.date(2026, 11, 5), ("feeds-2026-11-05",)),
    ("the first of a month", dt.date(2027, 2, 1), ("nightly-2027-spring", "feeds-2027-02-01", "feeds-2027-02")),
    ("the night the clocks go forward", dt.date(2027, 3, 28), ("feeds-2027-03-28",)),
)


@pytest.fixture(scope="module")
def defs(shared_demo: Deployment) -> dg.Definitions:
    return definitions(shared_demo)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster"))) as made:
        yield made


@pytest.fixture(scope="module")
def tick(defs: dg.Definitions, instance: dg.DagsterInstance) -> Tick:
    repository = defs.get_repository_def()

    def ticked(schedule: str, at: dt.datetime) -> ScheduleExecutionData:
        with dg.build_schedule_context(
            instance=instance, scheduled_execution_time=at, repository_def=repository
        ) as context:
            return repository.get_schedule_def(schedule).evaluate_tick(context)

    return ticked


@pytest.mark.parametrize(("night", "keys"), [row[1:] for row in NIGHTS], ids=[row[0] for row in NIGHTS])
def test_a_night_asks_for_what_the_calendar_has_due(
    tick: Tick, defs: dg.Definitions, night: dt.date, keys: tuple[str, ...],
) -> None:  # fmt: skip
    asked = tick(NIGHT, dt.datetime.combine(night, dt.time(2), LONDON)).run_requests
    assert [request.partition_key for request in asked] == list(keys)
    assert [request.run_key for request in asked] == [f"{key.removeprefix('nightly-')}@{night}" for key in keys]
    assert [request.run_config for request in asked] == [{}] * len(keys)
    partitions = defs.resolve_job_def(TRUST_JOB).partitions_def
    assert all(partitions.has_partition_key(key) for key in keys)


def test_the_evening_of_census_day_reads_every_school(tick: Tick) -> None:
    (request,) = tick(CENSUS_EVENING, dt.datetime(2026, 10, 1, 17, 30, tzinfo=LONDON)).run_requests
    assert (request.partition_key, request.tags["waybill/why"]) == ("census-2026-autumn", "census day")


@pytest.mark.parametrize("day", [30, 2], ids=["the eve", "the day after"])
def test_no_other_evening_does(tick: Tick, day: int) -> None:
    quiet = tick(CENSUS_EVENING, dt.datetime(2026, 9 if day == 30 else 10, day, 17, 30, tzinfo=LONDON))
    assert (quiet.run_requests or [], bool(quiet.skip_message)) == ([], True)


def test_the_day_is_the_day_in_england(tick: Tick) -> None:
    late = dt.datetime(2026, 9, 16, 23, 30, tzinfo=dt.UTC)  # half past midnight of the 17th in London
    asked = tick(NIGHT, late).run_requests
    assert [request.partition_key for request in asked] == ["nightly-2026-autumn", "feeds-2026-09-17"]


def test_a_night_with_nothing_due_says_so(tick: Tick) -> None:
    quiet = tick(NIGHT, dt.datetime(2026, 8, 31, 2, tzinfo=LONDON))
    assert quiet.skip_message == "The calendar has nothing due on 2026-08-31."


@pytest.mark.parametrize("change", [dt.date(2026, 10, 25), dt.date(2027, 3, 28)], ids=["back", "forward"])
def test_it_ticks_once_a_night_when_the_clocks_change(defs: dg.Definitions, change: dt.date) -> None:
    schedule = defs.get_repository_def().get_schedule_def(NIGHT)
    eve = dt.datetime.combine(change - dt.timedelta(days=1), dt.time(12), LONDON)
    times = schedule_execution_time_iterator(eve.timestamp(), schedule.cron_schedule, schedule.execution_timezone)
    nights = [at.astimezone(LONDON) for at in itertools.islice(times, 3)]
    assert [(at.date(), at.hour) for at in nights] == [(change + dt.timedelta(days=n), 2) for n in range(3)]


# A year, as the daemon lives it

BEGINS, ENDS = dt.date(2027, 3, 1), dt.date(2028, 3, 31)
OUTAGES = (
    (dt.date(2027, 3, 27), dt.date(2027, 3, 29)),  # over the night the clocks go forward
    (dt.date(2027, 5, 8), dt.date(2027, 5, 11)),  # in the run-up to the summer census
    (dt.date(2027, 5, 20), dt.date(2027, 5, 21)),  # census day itself
    (dt.date(2027, 6, 22), dt.date(2027, 6, 25)),  # over the last deadline
    (dt.date(2027, 10, 31), dt.date(2027, 11, 1)),  # the night the clocks go back
    (dt.date(2028, 2, 28), dt.date(2028, 3, 1)),  # over the leap day
)
"""First day without the daemon, and the day on whose morning it is back, at nine."""
SCHEDULES = (NIGHT, CENSUS_EVENING)
ADDED = "feed,la_eyfsp_823,,2027-09,2027-09-15,2027-09-01,2027-09-01,2027-09-30,added in the year\n"
EDITED_ON = dt.date(2027, 9, 10)
SUMMER = ("2027-summer", dt.date(2027, 5, 6), dt.date(2027, 5, 20), dt.date(2027, 6, 23))


def oracle() -> Counter[str]:
    """What is due in the year, said day by day without the program's calendar."""
    due: Counter[str] = Counter()
    day = BEGINS
    while day <= ENDS:
        due[f"feeds-{day}@{day}"] += 1
        if day.day == 1:
            due[f"feeds-{day:%Y-%m}@{day}"] += 1
        if SUMMER[1] <= day <= SUMMER[3] and not made_up_by_a_later(day):
            due[f"{SUMMER[0]}@{day}"] += 1
        day += dt.timedelta(days=1)
    due["feeds-2027-summer-term@2027-05-11"] += 1  # four weeks and a day into the term, as in autumn
    due["feeds-2027-09@2027-09-15"] += 1
    return due


def made_up_by_a_later(day: dt.date) -> bool:
    """A missed night of a collection is none when a later night of it has come; census day is always made up."""
    missed = [(gone, back) for gone, back in OUTAGES if gone <= day < back]
    return bool(missed) and day != SUMMER[2] and day < min(missed[0][1], SUMMER[3])


@dataclass
class Daemon:
    """Dagster's scheduler, as far as it matters: within one tick it knows a run key again; it makes up no tick."""

    instance: dg.DagsterInstance
    started: Counter[str] = field(default_factory=Counter)
    jobs: set[str] = field(default_factory=set)

    def tick(self, repository: dg.RepositoryDefinition, name: str, at: dt.datetime, dies_after: int = 99) -> None:
        with dg.build_schedule_context(
            instance=self.instance, scheduled_execution_time=at, repository_def=repository
        ) as context:
            context._instance = self.instance  # opening one of its own takes half a second a tick
            requests = repository.get_schedule_def(name).evaluate_tick(context).run_requests or []
        for request in requests[:dies_after]:
            tags = {
                **request.tags,
                "dagster/schedule_name": name,
                "dagster/scheduled_execution_time": at.astimezone(dt.UTC).isoformat(),
                "dagster/run_key": request.run_key,
            }
            if not self.instance.get_runs(dg.RunsFilter(tags=tags)):
                job = request.job_name or repository.get_schedule_def(name).job_name
                run = dg.DagsterRun(job_name=job, tags=tags, status=dg.DagsterRunStatus.SUCCESS)
                self.instance.add_run(run)
                self.started[request.run_key] += 1
                self.jobs.add(job)


def up(at: dt.datetime) -> bool:
    nine = dt.time(9)
    return not any(gone <= at.date() < back or (at.date() == back and at.time() < nine) for gone, back in OUTAGES)


def ticks(repository: dg.RepositoryDefinition) -> Iterator[tuple[str, dt.datetime]]:
    """Every tick that the daemon evaluates: each while it is up, and the latest of each schedule when it is back."""
    begin = dt.datetime.combine(BEGINS, dt.time(0), LONDON)

    def of(name: str) -> Iterator[tuple[dt.datetime, str, dt.datetime]]:
        schedule = repository.get_schedule_def(name)
        missed = None
        times = schedule_execution_time_iterator(begin.timestamp(), schedule.cron_schedule, schedule.execution_timezone)
        for at in times:
            local = at.astimezone(LONDON)
            if local.date() > ENDS:
                return
            if missed is not None and up(local):
                back = dt.datetime.combine(next(b for g, b in OUTAGES if g <= missed.date() <= b), dt.time(9), LONDON)
                yield back, name, missed
                missed = None
            if up(local):
                yield local, name, local
            else:
                missed = local

    for _, name, tick in heapq.merge(*(of(name) for name in SCHEDULES)):
        yield name, tick


def loaded(demo: Deployment, day: dt.date) -> dg.RepositoryDefinition:
    """The code location as loaded on a day."""
    at = dt.datetime.combine(day, dt.time(9), dt.UTC)
    here = replace(demo, installation=replace(demo.installation, clock=lambda: at))
    return definitions(here).get_repository_def()


def test_over_a_year_everything_due_runs_once_and_nothing_is_released(
    shared_demo: Deployment, tmp_path: Path,
) -> None:  # fmt: skip
    file = shared_demo.settings.trust / "calendar.csv"
    before = file.read_text(encoding="utf-8")
    repository = loaded(shared_demo, BEGINS)
    events = shared_demo.installation.ledger.head()
    try:
        with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
            daemon = Daemon(instance)
            day = BEGINS
            for number, (name, at) in enumerate(ticks(repository)):
                if day < EDITED_ON <= at.date():
                    file.write_text(before + ADDED, encoding="utf-8")
                if (day.month, at.month) == (7, 8):
                    repository = loaded(shared_demo, at.date())
                day = at.date()
                if number % 5 == 0:
                    daemon.tick(repository, name, at, dies_after=1)  # and is started again in the middle of its tick
                daemon.tick(repository, name, at)
                if number % 7 == 0:
                    daemon.tick(repository, name, at + dt.timedelta(minutes=30))  # the cron line was edited
    finally:
        file.write_text(before, encoding="utf-8")
    assert daemon.started == oracle()
    assert daemon.jobs == {TRUST_JOB}
    assert shared_demo.installation.ledger.head() == events
    assert not list(shared_demo.received.rglob("*.*"))
