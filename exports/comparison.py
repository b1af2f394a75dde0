"""What a file says against what it should say.

Belongs here: `differences` between the frames that were rendered and those that were read back. Reading the bytes is
`exports.reread`; neither knows how they were written. Columns are compared as Arrow arrays, whole ones at a time.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exports.reread import Rows, fresh_keys
from schemas.census.layout import Block, Layout
from schemas.table import Frames

_Columns: TypeAlias = Mapping[str, pa.Array]
_Tables: TypeAlias = Mapping[str, _Columns]
_Numbers: TypeAlias = npt.NDArray[np.int64]


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
    expected, lost = _in_document_order(_arrays(rendered), layout)
    actual = _arrays(reread)
    found = [Difference(table, "*", count) for table, count in lost.items() if count]
    for table in dict.fromkeys([*expected, *actual]):
        found += _of_table(table, expected.get(table, {}), actual.get(table, {}))
    return tuple(found)


def _arrays(frames: Frames) -> dict[str, dict[str, pa.Array]]:
    return {
        table: {str(name): values.array.__arrow_array__().combine_chunks() for name, values in frame.items()}
        for table, frame in frames.items()
    }


def _of_table(table: str, expected: _Columns, actual: _Columns) -> list[Difference]:
    rows = _length(expected)
    if rows != _length(actual):
        return [Difference(table, "*", abs(rows - _length(actual)))]
    absent = pa.nulls(rows)
    columns = sorted({*expected, *actual})
    counts = {column: _unequal(expected.get(column, absent), actual.get(column, absent)) for column in columns}
    return [Difference(table, column, count) for column, count in counts.items() if count]


def _length(columns: _Columns) -> int:
    return len(next(iter(columns.values()), ()))


def _unequal(left: pa.Array, right: pa.Array) -> int:
    if left.equals(right):
        return 0
    texts = pc.cast(left, pa.string()), pc.cast(right, pa.string())
    same = pc.or_(pc.fill_null(pc.equal(*texts), fill_value=False), pc.and_(pc.is_null(left), pc.is_null(right)))
    return len(left) - int(pc.sum(same, min_count=0).as_py())


def _in_document_order(tables: _Tables, layout: Layout) -> tuple[dict[str, dict[str, pa.Array]], dict[str, int]]:
    """Return the rows that belong in the file as `reread_census` should find them, and how many have no place in it."""
    rows, places = _places(tables, layout)
    keys = fresh_keys(layout, places)
    ordered, lost = {}, {}
    for table, names in _columns(tables, layout).items():
        columns = {name: tables[table][name] for name in names}
        ordered[table] = keys[table] | {name: _taken(values, rows[table]) for name, values in columns.items()}
        left_over = _any_value(columns.values(), _length(columns))
        left_over[rows[table]] = False
        lost[table] = int(left_over.sum())
    return ordered, lost


def _taken(values: pa.Array, rows: _Numbers) -> pa.Array:
    return values if np.array_equal(rows, np.arange(len(values))) else values.take(pa.array(rows))


def _any_value(columns: Iterable[pa.Array], rows: int) -> npt.NDArray[np.bool_]:
    """Say which rows hold a value in any of the columns."""
    holds = np.zeros(rows, dtype=bool)
    for values in columns:
        if not values.null_count:
            return np.ones(rows, dtype=bool)
        holds |= values.is_valid().to_numpy(zero_copy_only=False)
    return holds


def _columns(tables: _Tables, layout: Layout) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, column in dict.fromkeys((item.table, item.column) for item in layout.items):
        if table in tables and column in tables[table]:
            found.setdefault(table, []).append(column)
    return found


def _places(tables: _Tables, layout: Layout) -> tuple[dict[str, _Numbers], dict[str, Rows]]:
    """Return, for each table, the numbers of its rows in document order, and the place of each."""
    held = _held(tables, layout)
    rows = {block.table: np.zeros(0, np.int64) for block in layout.blocks}
    places = {table: Rows() for table in rows}
    for table in rows:
        blocks = [number for number, block in enumerate(layout.blocks) if block.table == table]
        parts = [(number, *_placed(tables, layout, number, held[number], rows, places)) for number in blocks]
        row = np.concatenate([each for _, each, _ in parts])
        parent = np.concatenate([each for _, _, each in parts])
        block = np.repeat([number for number, _, _ in parts], [len(each) for _, each, _ in parts])
        order = np.lexsort((row, block, parent))
        rows[table] = row[order]
        places[table] = Rows(parent[order].tolist(), block[order].tolist())
    return rows, places


def _placed(
    tables: _Tables,
    layout: Layout,
    number: int,
    held: _Numbers,
    rows: Mapping[str, _Numbers],
    places: Mapping[str, Rows],
) -> tuple[_Numbers, _Numbers]:
    """Return row and parent of a block's rows; those whose parent is not in the file fall away."""
    block = layout.blocks[number]
    above = layout.parent_of(block)
    if above is not None and not places[above.table].parents:
        return held[:0], held[:0]
    if above is None or block.join is None or not len(held):
        return held, np.zeros(len(held), np.int64)
    within = np.flatnonzero(np.array(places[above.table].blocks) == layout.blocks.index(above))
    keys = tables[above.table][block.join].take(pa.array(rows[above.table][within]))
    parent = pc.index_in(tables[block.table][block.join].take(pa.array(held)), value_set=keys)
    return held[parent.is_valid().to_numpy(zero_copy_only=False)], within[parent.drop_null().to_numpy()]


def _held(tables: _Tables, layout: Layout) -> dict[int, _Numbers]:
    """Return the rows of each block that hold a value, or a row that does."""
    found: dict[int, _Numbers] = {}
    for number, block in reversed(list(enumerate(layout.blocks))):
        found[number] = _held_in(tables, layout, block, found) if block.table in tables else np.zeros(0, np.int64)
    return found


def _held_in(tables: _Tables, layout: Layout, block: Block, found: Mapping[int, _Numbers]) -> _Numbers:
    columns = tables[block.table]
    own = [item.column for item in layout.items if layout.block_of(item) is block and item.column in columns]
    holds = _any_value([columns[name] for name in own], _length(columns))
    for inner, rows in found.items():
        below = layout.blocks[inner]
        if not len(rows) or layout.parent_of(below) is not block:
            continue
        if below.join is None:
            holds[:1] = True  # the one row of such a block
        else:
            inside = pc.is_in(columns[below.join], value_set=tables[below.table][below.join].take(pa.array(rows)))
            holds |= inside.to_numpy(zero_copy_only=False)
    if block.filter:
        chosen = pc.equal(columns[block.filter.column], block.filter.value).fill_null(fill_value=False)
        holds &= chosen.to_numpy(zero_copy_only=False)
    return np.flatnonzero(holds)
