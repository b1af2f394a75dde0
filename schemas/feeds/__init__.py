"""The tables from which every feed that is not the census is minimised, as at a day, for one school.

Belongs here: the registry. A family of datasets is one module in this folder and its entries here.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from schemas.feeds import attendance, destinations, former, meal_checks, people, results, roster, suspensions, transfer
from schemas.feeds.dataset import Dataset
from schemas.table import Table, tables


def _by_name(*families: Iterable[Dataset]) -> Mapping[str, Dataset]:
    return MappingProxyType({dataset.name: dataset for family in families for dataset in family})


DATASETS: Final = _by_name(
    people.DATASETS,
    roster.DATASETS,
    former.DATASETS,
    attendance.DATASETS,
    suspensions.DATASETS,
    destinations.DATASETS,
    results.DATASETS,
    meal_checks.DATASETS,
    transfer.DATASETS,
)
"""Every dataset but the census, by name."""

FEEDS: Final[Mapping[str, Table]] = tables(*(table for dataset in DATASETS.values() for table in dataset.tables))
"""Every feed table, by name."""
