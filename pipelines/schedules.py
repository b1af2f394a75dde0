"""The schedules that prepare, from the calendar, and that purge; and the sensor that asks for what is signed.

No schedule ever releases anything.

Belongs here: which partitions of `prepare_trust` a night asks for. A run key per (what, day) makes a second tick, or a
restart in the middle of one, ask for nothing new.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

import dagster as dg

from schemas.deployment import Calendar

NIGHTLY = "0 2 * * *"
PURGE_NIGHTLY = "30 4 * * *"
LONDON = "Europe/London"


def due_on(calendar: Calendar, collections: frozenset[str], day: dt.date) -> Iterator[str]:
    """Partition keys of `prepare_trust` that a night asks for.

    A collection is prepared every night from the day it opens until its due date; a feed on the day it is as at.
    """
    for occasion in calendar.occasions:
        if occasion.subject in collections and occasion.opens <= day <= occasion.due:
            yield f"census-{occasion.period}"
    if calendar.subjects(day.isoformat()):
        yield f"feeds-{day.isoformat()}"
    for occasion in calendar.occasions:
        if (
            occasion.subject not in collections
            and occasion.as_at == day
            and occasion.period in calendar.named_periods()
        ):
            yield f"feeds-{occasion.period}"


def nightly(calendar: Calendar, collections: frozenset[str], job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """The nightly preparation of everything the calendar has open."""

    @dg.schedule(
        name="prepare_what_is_due",
        job=job,
        cron_schedule=NIGHTLY,
        execution_timezone=LONDON,
        description="Prepares what the calendar has open tonight, up to the waybill and never beyond.",
    )
    def prepare_what_is_due(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        day = context.scheduled_execution_time.astimezone(ZoneInfo(LONDON)).date()
        keys = list(dict.fromkeys(due_on(calendar, collections, day)))
        if not keys:
            yield dg.SkipReason(f"The calendar has nothing open on {day}.")
        for key in keys:
            yield dg.RunRequest(run_key=f"{key}@{day}", partition_key=key, tags={"waybill/return": key})

    return prepare_what_is_due


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
    )
