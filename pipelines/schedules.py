"""The schedules that prepare what is due and purge, and the sensors that release what is signed or tell people.

Belongs here: ticks. What is due on a day is `pipelines.due`. A schedule asks once for each (return, day): Dagster knows
a run key again only within one tick and makes up no missed one, so a tick looks at the runs there are and at the days
before its own (ADR 0050). No schedule releases anything.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

import dagster as dg

from pipelines.due import Due
from schemas.deployment import Calendar

NIGHTLY: Final = "0 2 * * *"
AT_THE_END_OF_SCHOOL: Final = "30 17 * * *"
PURGE_NIGHTLY: Final = "30 4 * * *"
LONDON: Final = "Europe/London"
NIGHT, CENSUS_EVENING = "prepare_what_is_due", "capture_census_day"
DUE_TAG, WHY_TAG, RELEASE_TAG = "waybill/due", "waybill/why", "waybill/release"
_MADE_UP: Final = dt.timedelta(days=31)
"""How long after an outage its nights are made up for; Dagster's own retention of runs is longer."""
_TICKS_AN_HOUR: Final = 12
_TAG: Final = 250
"""Characters of a tag that the UI shows."""
_SCHEDULED: Final = "dagster/scheduled_execution_time"

Asked = Callable[[Calendar, dt.date, dt.date], Iterable[Due]]
"""From the calendar, a day and the tick's own day to what is due."""


def prepare_schedule(
    name: str, cron: str, what: str, job: dg.JobDefinition, calendar: Callable[[], Calendar], asked: Asked,
) -> dg.ScheduleDefinition:  # fmt: skip
    """One schedule over `prepare_trust`.

    Args:
        name: of the schedule.
        cron: its time of day, in London.
        what: its description.
        job: `prepare_trust`.
        calendar: the trust's calendar as its file says now.
        asked: what is due on a day.

    """

    @dg.schedule(
        name=name, job=job, cron_schedule=cron, execution_timezone=LONDON, description=what,
    )  # fmt: skip
    def prepare(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        tick = context.scheduled_execution_time
        today = tick.astimezone(ZoneInfo(LONDON)).date()
        known = _known(context.instance, tick)
        first = max(min([today, *known.values()]), today - _MADE_UP)
        days = (first + dt.timedelta(days=n) for n in range((today - first).days + 1))
        now = calendar()
        due = [one for day in days for one in asked(now, day, today) if one.run_key not in known]
        offered = [one for one in due if job.partitions_def and job.partitions_def.has_partition_key(one.key)]
        if not offered:
            yield dg.SkipReason(f"The calendar has nothing due on {today}.")
        for one in offered:
            yield dg.RunRequest(
                run_key=one.run_key,
                partition_key=one.key,
                tags={"waybill/return": one.key, DUE_TAG: one.run_key, WHY_TAG: one.why.value},
            )

    return prepare


def _known(instance: dg.DagsterInstance, tick: dt.datetime) -> dict[str, dt.date]:
    """Run keys that other ticks have asked for, with their days.

    What this very tick asked for before a restart is left to Dagster, which launches what it finds created.
    """
    mine = instance.get_runs(dg.RunsFilter(tags={_SCHEDULED: tick.astimezone(dt.UTC).isoformat()}))
    asked = {key for _, keys in instance.get_run_tags([DUE_TAG]) for key in keys}
    others = asked - {run.tags.get(DUE_TAG) for run in mine}
    return {key: dt.date.fromisoformat(key.rpartition("@")[2]) for key in others}


@dataclass(frozen=True, order=True, slots=True)
class Signed:
    """A release whose signatures are complete."""

    school: str
    period: str
    agreement: str
    waybill: str


def nightly_purge(job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """The nightly purge; unlike everything else it runs from the first start, for keeping on needs no deciding."""
    return dg.ScheduleDefinition(
        name="purge_what_is_due",
        job=job,
        cron_schedule=PURGE_NIGHTLY,
        execution_timezone=LONDON,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Removes what has been kept as long as its class may be, but for what a legal hold keeps.",
    )


def release_sensor(
    job: dg.JobDefinition | object, name: str, dimension: str, signed: Callable[[], list[Signed]],
) -> dg.SensorDefinition:  # fmt: skip
    """Ask for the release of what has been signed, in one run for each school and period.

    The cursor holds what was asked for and still waits, so that no two runs are asked for one file.

    Args:
        job: the release job of one partition set.
        name: of the sensor.
        dimension: COLLECTION or PERIOD.
        signed: what waits to be sent.

    """

    @dg.sensor(
        name=name,
        job=job,
        minimum_interval_seconds=30,
        description="Releases what two people have signed. It cannot release anything else: the gate reads the "
        "signatures again.",
    )
    def release_what_is_signed(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        waiting, asked = signed(), frozenset(json.loads(context.cursor or "[]"))
        fresh = sorted(one for one in waiting if one.waybill not in asked)
        if not fresh:
            yield dg.SkipReason("Nothing more is fully signed and waiting.")
        for (school, period), files in groupby(fresh, key=lambda one: (one.school, one.period)):
            yield _release(list(files), str(dg.MultiPartitionKey({"school": school, dimension: period})))
        context.update_cursor(json.dumps(sorted(one.waybill for one in waiting)))

    return release_what_is_signed


def _release(files: Sequence[Signed], partition: str) -> dg.RunRequest:
    """Ask for one run that sends some files of a school and period; each is a step, which fails alone."""
    waybills = sorted(one.waybill for one in files)
    return dg.RunRequest(
        run_key=hashlib.sha256("".join(waybills).encode()).hexdigest(),
        partition_key=partition,
        asset_selection=[dg.AssetKey([name, "delivery"]) for name in dict.fromkeys(one.agreement for one in files)],
        tags={
            RELEASE_TAG: files[0].period,
            "waybill/school": files[0].school,
            "waybill/agreements": " ".join(dict.fromkeys(one.agreement for one in files))[:_TAG],
        },
    )


def watching_sensor(watch: Callable[[bool], str]) -> dg.SensorDefinition:
    """Look at the installation every five minutes, and at everything once an hour, and tell whoever is needed.

    Args:
        watch: looks, thoroughly or not, and says what came of it.

    """

    @dg.sensor(
        name="tell_whoever_is_needed",
        minimum_interval_seconds=300,
        description="Looks for what needs a person and tells the routes of alerts.toml: once, and again when it is "
        "over. It starts no run.",
    )
    def tell_whoever_is_needed(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        ticks = int(context.cursor or 0)
        context.update_cursor(str((ticks + 1) % _TICKS_AN_HOUR))
        return dg.SkipReason(watch(ticks == 0))

    return tell_whoever_is_needed
