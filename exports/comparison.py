"""What a file says against what it should say.

Belongs here: `differences` between the frames that were rendered and those that were read back. Reading the bytes is
`exports.reread`; neither knows how they were written.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from exports.reread import Rows, fresh_keys
from schemas.census.layout import Block, Layout
from schemas.table import Frames


class Difference(NamedTuple):
    """A column that does not say the same in so many rows. Column `*`: rows that are missing or too many."""

    table: str
    column: str
    rows: int


def differences(rendered: Frames, reread: Frames, layout: Layout) -> tuple[Difference, ...]:
    """Compare the frames given to the renderer with those read back from its bytes; empty when the file says all.

    Rows without a value, and without a row that has one, are in no file and not compared. A value in a section that
    has no element for it (an exclusion of nobody, a leaver's lunch) is a difference.
    """
    expected, lost = _in_document_order(rendered, layout)
    found = [Difference(table, "*", count) for table, count in lost.items() if count]
    for table in dict.fromkeys([*expected, *reread]):
        found += _of_table(table, expected.get(table, pd.DataFrame()), reread.get(table, pd.DataFrame()))
    return tuple(found)


def _of_table(table: str, expected: pd.DataFrame, reread: pd.DataFrame) -> list[Difference]:
    if len(expected) != len(reread):
        return [Difference(table, "*", abs(len(expected) - len(reread)))]
    absent = pd.Series([None] * len(expected), dtype=pd.ArrowDtype(pa.null()))
    columns = sorted({str(column) for column in (*expected, *reread)})
    counts = {column: _unequal(expected.get(column, absent), reread.get(column, absent)) for column in columns}
    return [Difference(table, column, count) for column, count in counts.items() if count]


def _unequal(left: pd.Series, right: pd.Series) -> int:
    both = left.notna().to_numpy() & right.notna().to_numpy()
    neither = left.isna().to_numpy() & right.isna().to_numpy()
    unequal = left[both].to_numpy() != right[both].to_numpy()
    return int(unequal.sum() + (~both & ~neither).sum())


def _in_document_order(frames: Frames, layout: Layout) -> tuple[dict[str, pd.DataFrame], dict[str, int]]:
    """Return the rows that belong in the file as `reread_census` should find them, and how many have no place in it."""
    rows, places = _places(frames, layout)
    keys = fresh_keys(layout, places)
    ordered, lost = {}, {}
    for table, columns in _columns(frames, layout).items():
        values = frames[table][columns]
        placed = values.iloc[rows[table]].reset_index(drop=True)
        ordered[table] = pd.DataFrame(keys[table] | {column: placed[column] for column in columns})
        lost[table] = int(values.drop(index=values.index[rows[table]]).notna().any(axis=1).sum())
    return ordered, lost


def _columns(frames: Frames, layout: Layout) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, column in dict.fromkeys((item.table, item.column) for item in layout.items):
        if table in frames and column in frames[table]:
            found.setdefault(table, []).append(column)
    return found


def _places(frames: Frames, layout: Layout) -> tuple[dict[str, npt.NDArray[np.int64]], dict[str, Rows]]:
    """Return, for each table, the numbers of its rows in document order, and the place of each."""
    held = _held(frames, layout)
    rows = {block.table: np.zeros(0, np.int64) for block in layout.blocks}
    places = {table: Rows() for table in rows}
    for table in rows:
        blocks = [(number, block) for number, block in enumerate(layout.blocks) if block.table == table]
        parts = [_placed(frames, layout, number, block, held[number], rows, places) for number, block in blocks]
        order = pd.concat(parts).sort_values(["parent", "block", "row"])
        rows[table] = order["row"].to_numpy(np.int64)
        places[table] = Rows(order["parent"].to_list(), order["block"].to_list())
    return rows, places


def _placed(
    frames: Frames,
    layout: Layout,
    number: int,
    block: Block,
    held: npt.NDArray[np.int64],
    rows: Mapping[str, npt.NDArray[np.int64]],
    places: Mapping[str, Rows],
) -> pd.DataFrame:
    """Return row, parent and block of a block's rows; those whose parent is not in the file fall away."""
    above = layout.parent_of(block)
    if above is None or block.join is None or not len(held):
        return pd.DataFrame({"row": held, "parent": 0, "block": number})
    within = np.flatnonzero(np.array(places[above.table].blocks) == layout.blocks.index(above))
    keys = frames[above.table][block.join].iloc[rows[above.table][within]]
    parent = frames[block.table][block.join].iloc[held].map(pd.Series(within, index=keys))
    return pd.DataFrame({"row": held, "parent": parent.to_numpy(), "block": number}).dropna().astype("int64")


def _held(frames: Frames, layout: Layout) -> dict[int, npt.NDArray[np.int64]]:
    """Return the rows of each block that hold a value, or a row that does."""
    found: dict[int, npt.NDArray[np.int64]] = {}
    for number, block in reversed(list(enumerate(layout.blocks))):
        frame = frames.get(block.table, pd.DataFrame())
        columns = [item.column for item in layout.items if layout.block_of(item) is block and item.column in frame]
        holds = frame[columns].notna().any(axis=1).to_numpy(bool)
        for inner, rows in found.items():
            below = layout.blocks[inner]
            if below.join and layout.parent_of(below) is block and len(frame):
                holds = holds | frame[below.join].isin(frames[below.table][below.join].iloc[rows]).to_numpy(bool)
        if block.filter and len(frame):
            holds = holds & (frame[block.filter.column] == block.filter.value).to_numpy(bool)
        found[number] = np.flatnonzero(holds)
    return found
