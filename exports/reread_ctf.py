"""Reading a transfer file back, to prove that it says what the tables say and nothing more.

Belongs here: an independent reading, which shares no code with the writer: elements are walked one by one, tables row
by row, and the two are held against each other. It refuses every element that the layout does not have or the agreement
does not name. Answers name fields, elements of the layout and counts; never a value.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
from lxml import etree

from exports.reread import LARGEST, safe_parser
from schemas.census.layout import Block, Item, Layout
from schemas.table import Frames

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(slots=True)
class _Row:
    """One row of a table, as read or as expected: its cells by field, and the rows inside it by table."""

    cells: dict[str, str] = field(default_factory=dict)
    inside: dict[str, list["_Row"]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.cells) or any(self.inside.values())


@dataclass(slots=True)
class _Place:
    """An element of the layout."""

    item: Item | None = None
    block: Block | None = None
    children: "dict[str, _Place]" = field(default_factory=dict)


def disagreements(
    data: bytes, frames: Frames, layout: Layout, fields: frozenset[str], supplied: Mapping[str, str]
) -> tuple[str, ...]:
    """Return where the file differs from the minimised tables; empty when it says all of them and nothing else.

    Args:
        data: the whole file.
        frames: minimised tables of the one file.
        layout: of the version and family.
        fields: every field (`<table>.<column>`) that the agreement names.
        supplied: columns of the header that the format supplies, and their values.

    """
    if foreign := _foreign(data):
        return (foreign,)
    try:
        root = etree.fromstring(data, safe_parser())
    except etree.XMLSyntaxError as error:
        return (f"not well-formed XML at line {error.lineno}",)
    header = layout.blocks[0].table
    reading = _Reading(layout, fields | {f"{header}.{column}" for column in supplied})
    read = _Row()
    reading.root(root, read)
    if not reading.faults:
        expected = _expected(frames, layout, None, None)
        for row in expected.inside.get(header, []):
            row.cells.update({f"{header}.{column}": value for column, value in supplied.items()})
        reading.faults.update(_compared(expected, read))
    return tuple(f"{fault}: {count}" for fault, count in sorted(reading.faults.items()))


def _foreign(data: bytes) -> str | None:
    """Look, before any parser does, for what no transfer file has."""
    if len(data) > LARGEST:
        return f"the file is larger than {LARGEST} bytes"
    if not data.startswith(_DECLARATION):
        return "the file does not begin with the XML declaration"
    body = data[len(_DECLARATION) :]
    if b"<!" in body or b"<?" in body:
        return "the file has a document type, a comment, a CDATA section or an instruction"
    return None


class _Reading:
    """One file being walked."""

    def __init__(self, layout: Layout, fields: frozenset[str]) -> None:
        self._fields = fields
        self._top = _Place()
        self.faults: Counter[str] = Counter()
        blocks = {block.path: block for block in layout.blocks}
        for item in layout.items:
            place, steps = self._top, item.path.split("/")
            for depth, step in enumerate(steps, 1):
                place = place.children.setdefault(step, _Place(block=blocks.get("/".join(steps[:depth]))))
            place.item = item

    def root(self, root: etree._Element, row: _Row) -> None:
        """Read the document element."""
        place = self._top.children.get(str(root.tag))
        if place is None:
            self.faults["the document element is another"] += 1
        else:
            self._element(root, place, row)

    def _element(self, element: etree._Element, place: _Place, row: _Row) -> None:
        if element.attrib or element.nsmap:
            self.faults["an element has attributes or a namespace"] += 1
        if element.tail is not None and element.tail.strip():
            self.faults["text outside a value"] += 1
        if place.block is not None:
            inner = _Row()
            row.inside.setdefault(place.block.table, []).append(inner)
            row = inner
        if place.item is None:
            self._container(element, place, row)
        else:
            self._value(element, place.item, row)

    def _container(self, element: etree._Element, place: _Place, row: _Row) -> None:
        if not len(element):
            self.faults["an element is empty"] += 1
        if element.text is not None and element.text.strip():
            self.faults["text outside a value"] += 1
        order = list(place.children)
        last = -1
        for child in element:
            tag = str(child.tag)
            if tag not in place.children:
                self.faults["an element that the layout does not have"] += 1
                continue
            at = order.index(tag)
            if at < last:
                self.faults["an element is out of order"] += 1
            if at == last and place.children[tag].block is None:
                self.faults["an element is there twice"] += 1
            last = max(last, at)
            self._element(child, place.children[tag], row)

    def _value(self, element: etree._Element, item: Item, row: _Row) -> None:
        if item.field not in self._fields:
            self.faults[f"{item.field} is not named by the agreement"] += 1
        if len(element):
            self.faults[f"{item.field} holds elements"] += 1
        if not element.text:
            self.faults["an element is empty"] += 1
        row.cells[item.field] = element.text or ""


def _expected(frames: Frames, layout: Layout, block: Block | None, key: pd.Series | None) -> _Row:
    """Return the row that stands for a block's row of the tables, with every row inside it."""
    row = _Row()
    if block is not None and key is not None:
        written = {item.column for item in layout.items if item.table == block.table}
        texts = {f"{block.table}.{name}": _text(value) for name, value in key.items() if name in written}
        row.cells = {name: text for name, text in texts.items() if text is not None}
    for below in layout.blocks:
        if layout.parent_of(below) is block and below.table in frames:
            rows = [_expected(frames, layout, below, each) for each in _rows(frames[below.table], below, key)]
            row.inside[below.table] = [each for each in rows if each]
    return row


def _rows(frame: pd.DataFrame, block: Block, above: pd.Series | None) -> Iterator[pd.Series]:
    for _, row in frame.astype(object).iterrows():
        if block.join is None or above is None or row[block.join] == above[block.join]:
            yield row


def _text(value: object) -> str | None:
    if value is None or pd.isna(value):  # type: ignore[call-overload]  # one cell
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _compared(expected: _Row, read: _Row) -> Counter[str]:
    """Count, by field, the values that differ, and by table the rows that are missing or too many."""
    found = Counter(
        f"{name} differs" for name in {*expected.cells, *read.cells} if expected.cells.get(name) != read.cells.get(name)
    )
    for table in {*expected.inside, *read.inside}:
        wanted, there = expected.inside.get(table, []), read.inside.get(table, [])
        if len(wanted) != len(there):
            found[f"{table}: rows missing or too many"] += abs(len(wanted) - len(there))
        for left, right in zip(wanted, there, strict=False):
            found += _compared(left, right)
    return found
