"""Partition keys, in one place: school x collection for the census, school x period for every other feed.

Keys never change meaning: a school is its URN, a collection `2026-autumn`, a period a day `2026-10-01`, a week
`2026-w40`, a month `2026-10` or a term `2026-autumn-term`. They are made of `[0-9a-z-]` only.
Days are offered for the current and the last academic year, from July on for the coming one; history is in the
ledger.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

import dagster as dg

from schemas.refusal import Refusal

SCHOOL = "school"
COLLECTION = "collection"
PERIOD = "period"
_KEY = re.compile(r"[0-9a-z-]+")
_FIRST_MONTH = 9
_AHEAD = dt.timedelta(days=62)


class PartitionUnknown(Refusal):
    """A run names a partition this trust does not have."""

    code = "partition_unknown"


@dataclass(frozen=True, slots=True)
class Slot:
    """One partition: which school, which collection or period."""

    school: str
    period: str

    @classmethod
    def of(cls, context: dg.AssetExecutionContext | dg.OutputContext | dg.InputContext) -> "Slot":
        """Read the slot of a run; Dagster orders dimensions by name, so they are read by name."""
        key = context.partition_key
        if not isinstance(key, dg.MultiPartitionKey):
            message = "This run names no school and collection. Launch it from the partitions page."
            raise PartitionUnknown(message)
        return cls.read(key)

    @classmethod
    def read(cls, key: dg.MultiPartitionKey) -> "Slot":
        """Read a key of Dagster's."""
        parts = key.keys_by_dimension
        return cls(parts[SCHOOL], parts[COLLECTION] if COLLECTION in parts else parts[PERIOD])

    def key(self, dimension: str) -> dg.MultiPartitionKey:
        """The Dagster key of the slot, `dimension` being COLLECTION or PERIOD."""
        return dg.MultiPartitionKey({SCHOOL: self.school, dimension: self.period})


def census_partitions(schools: Iterable[str], collections: Iterable[str]) -> dg.MultiPartitionsDefinition:
    """School x collection."""
    return _grid(COLLECTION, schools, collections)


def feed_partitions(schools: Iterable[str], periods: Iterable[str]) -> dg.MultiPartitionsDefinition:
    """School x period."""
    return _grid(PERIOD, schools, periods)


def _grid(dimension: str, schools: Iterable[str], keys: Iterable[str]) -> dg.MultiPartitionsDefinition:
    return dg.MultiPartitionsDefinition({SCHOOL: _static(schools), dimension: _static(keys)})


def _static(keys: Iterable[str]) -> dg.StaticPartitionsDefinition:
    listed = list(keys)
    for key in listed:
        if not _KEY.fullmatch(key):
            message = f"{key!r} cannot be a partition key: use digits, lower-case letters and hyphens"
            raise PartitionUnknown(message)
    return dg.StaticPartitionsDefinition(listed)


def periods(today: dt.date, named: Iterable[str]) -> list[str]:
    """Every period key on offer, each once: those the calendar names, then months, weeks and days of two years.

    The coming academic year is offered from July on, so that a service that runs over its first day has its periods.
    """
    start = dt.date(academic_year(today) - 1, _FIRST_MONTH, 1)
    end = dt.date(academic_year(today + _AHEAD) + 1, _FIRST_MONTH, 1)
    days = [start + dt.timedelta(days=n) for n in range((end - start).days)]
    months = dict.fromkeys(f"{day:%Y-%m}" for day in days)
    weeks = dict.fromkeys(f"{day.isocalendar().year}-w{day.isocalendar().week:02d}" for day in days)
    return list(dict.fromkeys([*named, *months, *weeks, *(day.isoformat() for day in days)]))


def academic_year(today: dt.date) -> int:
    """The calendar year in which the academic year of `today` began (1 September)."""
    return today.year if today.month >= _FIRST_MONTH else today.year - 1
