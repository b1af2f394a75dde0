"""The schedule that prepares, from the calendar. It never releases anything.

Belongs here: which partitions of `prepare_trust` a night asks for. A run key per (what, day) makes a second tick, or a
restart in the middle of one, ask for nothing new.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import dagster as dg

from schemas.deployment import Calendar

NIGHTLY = "0 2 * * *"
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


def release_sensor(
    job: dg.JobDefinition | object, name: str, dimension: str, signed: Callable[[], list[tuple[str, str, str, str]]],
) -> dg.SensorDefinition:  # fmt: skip
    """Ask for the release of what has been signed.

    Args:
        job: the release job of one partition set.
        name: of the sensor.
        dimension: COLLECTION or PERIOD.
        signed: (waybill, agreement, school, period) of each release whose signatures are complete.

    """

    @dg.sensor(
        name=name,
        job=job,
        minimum_interval_seconds=30,
        description="Releases what two people have signed. It cannot release anything else: the gate reads the "
        "signatures again.",
    )
    def release_what_is_signed(_context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        waiting = signed()
        if not waiting:
            yield dg.SkipReason("Nothing is fully signed and waiting.")
        for waybill, agreement, school, period in waiting:
            yield dg.RunRequest(
                run_key=waybill,
                partition_key=str(dg.MultiPartitionKey({"school": school, dimension: period})),
                asset_selection=[dg.AssetKey([agreement, "delivery"])],
            )

    return release_what_is_signed
