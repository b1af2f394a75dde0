"""The entry of the comma-separated file in the registry of formats: writer and independent reader side by side."""

from typing import Final

from exports.formats import csv_file
from exports.formats.facts import Format
from exports.reread_csv import disagreements
from schemas.census.spec import Emitted
from schemas.table import Frames


def _content(data: bytes) -> bytes:
    return data


def _emitted(_frames: Frames) -> Emitted:
    return Emitted()


FORMAT: Final = Format(
    render=csv_file.render,
    content=_content,
    disagreements=disagreements,
    emitted=_emitted,
)
