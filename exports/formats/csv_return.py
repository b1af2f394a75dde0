"""The entry of the comma-separated file in the registry of formats: writer and independent reader side by side."""

from collections.abc import Iterator
from typing import Final

from exports.formats import csv_file
from exports.formats.facts import Format
from exports.reread_csv import disagreements
from exports.terms import Agreement
from schemas.census.spec import Emitted
from schemas.feeds import DATASETS
from schemas.table import Frames


def _content(data: bytes) -> bytes:
    return data


def _emitted(_frames: Frames) -> Emitted:
    return Emitted()


def _mismatches(agreement: Agreement) -> Iterator[str]:
    if agreement.dialect is None:
        yield "a csv file needs its dialect"


FORMAT: Final = Format(
    kind="csv",
    datasets=frozenset(name for name, dataset in DATASETS.items() if len(dataset.tables) == 1),
    mismatches=_mismatches,
    render=csv_file.render,
    content=_content,
    disagreements=disagreements,
    emitted=_emitted,
)
