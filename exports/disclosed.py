"""What a file tells about each pupil, cell by cell, as the ledger will know it.

Belongs here: from minimised tables, which the verified file equals, to the ledger's cell columns. The text of a cell is
canonical whatever the format wrote: dates ISO, booleans true or false, numbers without needless zeros.
"""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from exports.terms import Agreement
from ledger.disclosures import CellColumn
from schemas.table import Frames

_PUPIL = "pupil_id"


def subjects(frames: Frames) -> list[str]:
    """Every pupil that any table names, each once, in order of first appearance."""
    named = [_arrow(frame[_PUPIL]) for frame in frames.values() if _PUPIL in frame]
    chunks = [chunk for column in named for chunk in column.chunks]
    found: list[str] = pc.unique(pa.chunked_array(chunks, pa.string())).to_pylist()
    return found


def cell_columns(frames: Frames, agreement: Agreement, named: Sequence[str]) -> list[CellColumn]:
    """The texts of every agreement line that speaks of pupils.

    Args:
        frames: minimised tables.
        agreement: whose lines they follow.
        named: the file's pupils; the columns' owners are positions in it.

    """
    pupils = pa.array(named, pa.string())
    owners = {
        name: pc.index_in(_arrow(frame[_PUPIL]), value_set=pupils).to_pylist()
        for name, frame in frames.items()
        if _PUPIL in frame
    }
    return [
        CellColumn(line.id, owners[line.table], canonical_text(frames[line.table][line.column]))
        for line in agreement.lines
        if line.table in owners
    ]


def canonical_text(values: pd.Series) -> list[str | None]:
    """The canonical text of each value, None for null."""
    array = _arrow(values)
    if pa.types.is_floating(array.type):
        return [None if value is None else f"{value:g}" for value in array.to_pylist()]
    texts: list[str | None] = pc.cast(array, pa.string()).to_pylist()
    return texts


def _arrow(values: pd.Series) -> pa.ChunkedArray:
    return values.array.__arrow_array__()
