"""The school census file: deterministic XML compiled from the year's layout, by Arrow string kernels.

Belongs here: turning frames into bytes, and nothing else. Which elements exist, their order and which of them repeat
are the layout's; which pupils and columns may leave was decided by `exports.minimise`; whether the bytes say what the
frames say is checked by `exports.reread`, which shares no code with this module.

The file has no namespace, no empty element and no empty container. Lines end after each element that is not part of a
row (`Pupils`) and after each row at the top (`Header`, a pupil), so that a person can compare two files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, groupby
from typing import ClassVar, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.census.layout import Block, Layout
from schemas.refusal import Refusal
from schemas.table import Frames

DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'

_TEXT: Final = pa.large_string()
_NOTHING: Final = pa.scalar("", _TEXT)
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#13;"}
_ILLEGAL: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFE}\x{FFFF}]"  # XML 1.0, production 2 (Char)
_BLANK: Final = r"^[ \t\r\n]*$"
_NOT_PLAIN: Final = r"[^-0-9.]"  # nan, inf, 1e+20

# Bytes that may need work; a column without any is written as it is. 0xEF opens U+FFFE and U+FFFF, among many others.
_SUSPECT: Final = np.zeros(256, dtype=bool)
_SUSPECT[[*range(0x20), *(ord(character) for character in _ESCAPES), 0xEF]] = True

_Texts: TypeAlias = Mapping[str, Mapping[str, pa.Array]]


class Unrenderable(Refusal):
    """Some cells hold what the file cannot carry; the message names every such column with its number of rows."""

    code: ClassVar[str] = "unrenderable"


@dataclass(frozen=True, slots=True)
class _Node:
    """An element of the layout: it holds one value (`column`) or elements; with a block, it stands for each row."""

    element: str
    block: Block | None
    column: str | None
    children: "tuple[_Node, ...]"


@dataclass(frozen=True, slots=True)
class _Scope:
    """The rows being written: their numbers in their table. The document is one row of no table."""

    table: str | None
    rows: npt.NDArray[np.int64]

    @property
    def newline(self) -> str:
        """Rows are kept on one line."""
        return "" if self.table else "\n"

    def of(self, column: pa.Array) -> pa.Array:
        """Return a column's values for these rows; no copy when they lie side by side."""
        if (np.diff(self.rows) == 1).all():
            return column.slice(self.rows[0], len(self.rows))
        return column.take(pa.array(self.rows))


@dataclass(frozen=True, slots=True)
class _Written:
    """What stands in a scope's rows: constants and arrays, to be joined; `always`: no row of it is empty.

    Joining late, once for all that is always there, is what makes this as fast as kernels written by hand.
    """

    pieces: tuple[str | pa.Array, ...]
    always: bool

    def joined(self) -> pa.Array:
        """Return one text for each row, empty where nothing is written."""
        runs = groupby(self.pieces, key=lambda piece: isinstance(piece, str))
        parts = [part for constant, run in runs for part in ([pa.scalar("".join(run), _TEXT)] if constant else run)]
        # "replace", because "skip" gives no row at all where every part is null (pyarrow 26)
        return pc.binary_join_element_wise(*parts, _NOTHING, null_handling="replace", null_replacement="")

    def within(self, before: str, after: str) -> "_Written":
        """Return it between two tags, which are left out where nothing is written."""
        if self.always:
            return _Written((before, *self.pieces, after), always=True)
        content = self.pieces[0] if len(self.pieces) == 1 else _cut(self.joined())
        tags = pa.scalar(before, _TEXT), pa.scalar(after, _TEXT)
        return _Written((pc.binary_join_element_wise(tags[0], content, tags[1], _NOTHING),), always=False)


_DOCUMENT: Final = _Scope(None, np.zeros(1, np.int64))


def render_census(frames: Frames, layout: Layout) -> bytes:
    """Render a return.

    A column or table that `frames` does not have is left out, as is a row without any value. Pupils and their rows
    come in the order of the frames.

    Raises:
        Unrenderable: a text is blank or holds a character that XML 1.0 forbids, a number is not finite, or there is
            nothing to write.

    """
    message = _Rendering(frames, _texts(frames, layout)).element(_tree(layout), _DOCUMENT)
    if message is None:
        raise Unrenderable("the return holds no value at all: prepare it again")  # noqa: EM101, TRY003
    return b"".join((DECLARATION, message.joined()[0].as_buffer()))


@cache
def _tree(layout: Layout) -> _Node:
    """Nest the items of the layout by their paths."""
    columns = {item.path: item.column for item in layout.items}
    blocks = {block.path: block for block in layout.blocks}
    children: dict[str, dict[str, None]] = {}
    for path in columns:
        steps = path.split("/")
        for depth in range(1, len(steps)):
            children.setdefault("/".join(steps[:depth]), {})["/".join(steps[: depth + 1])] = None

    def node(path: str) -> _Node:
        below = tuple(node(child) for child in children.get(path, ()))
        return _Node(path.rpartition("/")[2], blocks.get(path), columns.get(path), below)

    return node(next(iter(children)))


class _Rendering:
    """One return being written."""

    def __init__(self, frames: Frames, texts: _Texts) -> None:
        self._frames = frames
        self._texts = texts

    def element(self, node: _Node, scope: _Scope) -> _Written | None:
        """Write an element into the rows of a scope; None when no row has it."""
        if node.block is None:
            return self._one(node, scope, inner=scope.newline, outer=scope.newline)
        return self._repeated(node, node.block, scope) if node.block.table in self._frames else None

    def _repeated(self, node: _Node, block: Block, scope: _Scope) -> _Written | None:
        """Write each row, then join those of one parent: they lie side by side already, so only the cuts change."""
        rows, parents = self._rows(block, scope)
        written = self._one(node, _Scope(block.table, rows), outer=scope.newline) if len(rows) else None
        if written is None:
            return None
        first = np.searchsorted(parents, np.arange(len(scope.rows) + 1))
        each = _cut(written.joined(), first)
        return _Written((each,), always=each.null_count == 0)

    def _one(self, node: _Node, scope: _Scope, *, inner: str = "", outer: str = "") -> _Written | None:
        content = self._value(node.column, scope) if node.column else self._content(node, scope)
        return content and content.within(f"<{node.element}>{inner}", f"</{node.element}>{outer}")

    def _value(self, column: str, scope: _Scope) -> _Written | None:
        texts = self._texts.get(scope.table or "", {})
        if column not in texts:
            return None
        text = scope.of(texts[column])
        return _Written((text,), always=text.null_count == 0) if text.null_count < len(text) else None

    def _content(self, node: _Node, scope: _Scope) -> _Written | None:
        children = [written for child in node.children if (written := self.element(child, scope))]
        pieces = tuple(chain.from_iterable(written.pieces for written in children))
        return _Written(pieces, always=any(written.always for written in children)) if children else None

    def _rows(self, block: Block, scope: _Scope) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the numbers of the block's rows, by parent and then as given, and each one's parent's position."""
        rows = self._selected(block)
        if scope.table is None or block.join is None:
            return rows, np.zeros(len(rows), np.int64)
        keys = self._key(block.table, block.join, rows)
        found = pc.index_in(keys, value_set=self._key(scope.table, block.join, scope.rows))
        parents = found.fill_null(-1).to_numpy(zero_copy_only=False)
        order = np.argsort(parents, kind="stable")
        order = order[np.searchsorted(parents[order], 0) :]
        return rows[order], parents[order]

    def _selected(self, block: Block) -> npt.NDArray[np.int64]:
        if block.filter is None:
            return np.arange(len(self._frames[block.table]))
        column, value = block.filter
        chosen = pc.equal(_array(self._frames[block.table][column]), value)
        return np.flatnonzero(chosen.fill_null(fill_value=False).to_numpy(zero_copy_only=False))

    def _key(self, table: str, column: str, rows: npt.NDArray[np.int64]) -> pa.Array:
        return _array(self._frames[table][column]).take(pa.array(rows))


def _array(series: pd.Series) -> pa.Array:
    return series.array.__arrow_array__().combine_chunks()


def _offsets(texts: pa.Array) -> npt.NDArray[np.int64]:
    """Return where each text begins in the data buffer, and where the last ends."""
    if not len(texts):
        return np.zeros(1, np.int64)
    return np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]


def _bytes(texts: pa.Array) -> npt.NDArray[np.uint8]:
    """Return the bytes of all the texts, one after the other."""
    offsets = _offsets(texts)
    return np.frombuffer(texts.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]


def _cut(texts: pa.Array, first: npt.NDArray[np.int64] | None = None) -> pa.Array:
    """Join neighbouring texts without copying them: the n-th result begins with text `first[n]`. Empty becomes null."""
    offsets = _offsets(texts) if first is None else _offsets(texts)[first]
    written = pa.array(offsets[1:] > offsets[:-1])
    return pa.Array.from_buffers(_TEXT, len(written), [written.buffers()[1], pa.py_buffer(offsets), texts.buffers()[2]])


def _texts(frames: Frames, layout: Layout) -> _Texts:
    """Return every column of the layout in which the frames hold a value, as escaped text.

    Raises:
        Unrenderable: with every column that cannot be written.

    """
    texts: dict[str, dict[str, pa.Array]] = {}
    faults: list[str] = []
    for table, column in dict.fromkeys((item.table, item.column) for item in layout.items):
        if table not in frames or column not in frames[table]:
            continue
        values = _array(frames[table][column])
        if values.null_count < len(values):
            text, found = _text(values)
            texts.setdefault(table, {})[column] = text
            faults += [f"{table}.{column} ({count} rows with {fault})" for fault, count in found.items() if count]
    if faults:
        raise Unrenderable("the file cannot hold " + "; ".join(faults) + ": correct these in the MIS")
    return texts


def _text(values: pa.Array) -> tuple[pa.Array, Mapping[str, int]]:
    """Return the values as the file writes them, and how many of them it cannot write, by fault."""
    text = pc.cast(values, _TEXT)
    if pa.types.is_floating(values.type):
        return text, {"no plain number": _matches(text, _NOT_PLAIN)}
    if not pa.types.is_string(values.type):
        return text, {}
    faults = {"a blank text": _matches(text, _BLANK) if _begins_blank(text) else 0}
    if _SUSPECT[_bytes(text)].any():
        faults["a control character"] = _matches(text, _ILLEGAL)
        for character, entity in _ESCAPES.items():
            text = pc.replace_substring(text, character, entity)
    return text, faults


def _begins_blank(text: pa.Array) -> bool:
    """Say whether any text is empty or begins with white space: those alone are worth a closer look."""
    offsets = _offsets(text)
    length = np.diff(offsets)
    first = _bytes(text)[offsets[:-1][length > 0] - offsets[0]]
    return (length == 0).sum() > text.null_count or bool((first <= ord(" ")).any())


def _matches(text: pa.Array, pattern: str) -> int:
    return pc.sum(pc.match_substring_regex(text, pattern)).as_py() or 0
