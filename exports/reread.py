"""Reading a census file back: is every element in its place, allowed to leave, and does it say what the tables say?

Belongs here: the one lxml parser factory, and `reread_census`, from bytes to frames. It shares no code with
`exports.formats.census_xml`, so that one mistake cannot hide in both. What the frames say against what they should say
is `exports.comparison`. Messages name elements of the layout and counts; never a value, nor a tag of the file's own.

The file of one school is parsed as a whole, which is faster than `iterparse` and takes about ten times its size.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from schemas.census.layout import Item, Layout
from schemas.census.tables import CENSUS
from schemas.refusal import Refusal
from schemas.table import ARROW, Kind

LARGEST: Final = 64 * 2**20
"""Most bytes of a file that is read: about 20,000 pupils, six times the largest school."""

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_FOREIGN: Final = {
    b'"': "an attribute, or a quotation mark that is not escaped",
    b"'": "an attribute, or an apostrophe that is not escaped",
    b"\r": "a carriage return that is not escaped",
}
_FORM: Final = {
    Kind.TEXT: r"[^ \t\r\n]",
    Kind.BOOLEAN: r"^(true|false)$",
    Kind.INTEGER: r"^(0|-?[1-9][0-9]{0,17})$",
    Kind.DECIMAL: r"^(0|-?(0\.[0-9]*[1-9]|[1-9][0-9]{0,14}(\.[0-9]*[1-9])?))$",
    Kind.DATE: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}


class Unreadable(Refusal):
    """The bytes are not a file of this layout and agreement; the message lists each fault with its count."""

    code: ClassVar[str] = "unreadable"

    def __init__(self, faults: Mapping[str, int]) -> None:
        """Take each fault with the number of times it was found."""
        self.faults = dict(faults)
        listed = "; ".join(f"{fault} ({count})" for fault, count in sorted(faults.items()))
        super().__init__(f"the file does not read back: {listed}. Nothing was sent; prepare it again")


def safe_parser() -> etree.XMLParser:
    """Return the only kind of XML parser this project uses: no entities, no DTD, no network, libxml2's size limits."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        collect_ids=False,
        encoding="utf-8",
    )


def reread_census(data: bytes, layout: Layout, fields: frozenset[str]) -> dict[str, pd.DataFrame]:
    """Read a rendered return back.

    Args:
        data: the whole file.
        layout: of the collection's year and term.
        fields: `<table>.<column>` of every item that the agreement names.

    Returns:
        Each table of the layout that has a field, with its key columns and those fields, rows in document order. Keys
        are counted afresh: `pupil_id` is `0` for the first pupil of the file.

    Raises:
        Unreadable: an element the layout does not have or the agreement does not name, out of order, twice or empty;
            a value of the wrong form or too long; text, attributes or markup that a census file never has.

    """
    reading = _Reading(layout, fields)
    _refuse(_foreign(data, reading.root.element))
    reading.walk(_parsed(data), reading.root, 0)
    _refuse(reading.misplaced() or reading.unaccounted(data))
    frames = reading.frames()
    _refuse(reading.faults)
    return frames


def _refuse(faults: Mapping[str, int]) -> None:
    if faults:
        raise Unreadable(faults)


def _foreign(data: bytes, root: str) -> dict[str, int]:
    """Look, before any parser does, for what the renderer never writes; a document type would stand before the root."""
    if len(data) > LARGEST:
        return {f"the file is larger than {LARGEST} bytes": 1}
    if not data.startswith(b"%s<%s>" % (_DECLARATION, root.encode())):
        return {f"the file does not begin with the XML declaration and {root}": 1}
    return {fault: count for mark, fault in _FOREIGN.items() if (count := data.count(mark, len(_DECLARATION)))}


def _parsed(data: bytes) -> etree._Element:
    try:
        return etree.fromstring(data, safe_parser())
    except etree.XMLSyntaxError as error:
        place = f"not well-formed XML at line {error.lineno}"
    raise Unreadable({place: 1})


@dataclass(slots=True)
class Rows:
    """The rows of one table in document order: for each, the row it lies in and the number of its block."""

    parents: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)

    def add(self, parent: int, block: int) -> int:
        """Note a row and return its number."""
        self.parents.append(parent)
        self.blocks.append(block)
        return len(self.parents) - 1


@dataclass(slots=True)
class _Element:
    """An element of the layout, and what was read of it. `plans`: by the tags of its children, checked once each."""

    path: str
    element: str
    item: Item | None
    block: int | None
    rows: Rows
    children: "dict[str, _Element]" = field(default_factory=dict)
    plans: "dict[tuple[str, ...], _Plan]" = field(default_factory=dict)
    own_rows: list[int] = field(default_factory=list)
    own_texts: list[str | None] = field(default_factory=list)

    def gathered(self) -> "Iterator[tuple[_Element, Item, npt.NDArray[np.int64], list[str | None]]]":
        """Yield the values read directly below this element, each with the rows they belong to, and its own."""
        for plan in self.plans.values():
            rows = np.array(plan.rows, np.int64)
            for index, child in plan.leaves:
                if child.item:
                    yield child, child.item, rows, plan.texts[index :: plan.width]
        if self.item and self.own_rows:
            yield self, self.item, np.array(self.own_rows, np.int64), self.own_texts


@dataclass(slots=True)
class _Plan:
    """What to do with children of these tags; `texts` holds those of all, `width` of them for each row in `rows`."""

    width: int
    leaves: tuple[tuple[int, _Element], ...]
    branches: tuple[tuple[int, _Element], ...]
    faults: tuple[str, ...]
    rows: list[int] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)


class _Reading:
    """One file being read: what was found, by element of the layout, and what was wrong."""

    def __init__(self, layout: Layout, fields: frozenset[str]) -> None:
        self.faults: Counter[str] = Counter()
        self._layout = layout
        self._fields = fields
        self._rows = {block.table: Rows() for block in layout.blocks}
        self._elements = self._of_layout()
        self.root = next(iter(self._elements.values()))

    def _of_layout(self) -> dict[str, _Element]:
        items = {item.path: item for item in self._layout.items}
        blocks = {block.path: number for number, block in enumerate(self._layout.blocks)}
        found: dict[str, _Element] = {}
        for path in (step for item in items for step in _steps(item)):
            if path in found:
                continue
            above = found.get(path.rpartition("/")[0])
            block = blocks.get(path)
            rows = (
                self._rows[self._layout.blocks[block].table] if block is not None else above.rows if above else Rows()
            )
            found[path] = _Element(path, path.rpartition("/")[2], items.get(path), block, rows)
            if above:
                above.children[found[path].element] = found[path]
        return found

    def walk(self, element: etree._Element, spec: _Element, row: int) -> None:
        """Read the children of an element that holds elements, for one row of its table."""
        children: list[etree._Element] = element[:]  # type: ignore[index, assignment]  # sooner than list(element)
        tags = tuple([child.tag for child in children])
        plan = spec.plans.get(tags) or self._plan(spec, tags)
        plan.rows.append(row)
        if plan.leaves:
            plan.texts += [child.text for child in children]
        for index, below in plan.branches:
            inner = row if below.block is None else below.rows.add(row, below.block)
            if below.item is None:
                self.walk(children[index], below, inner)
            else:
                below.own_rows.append(inner)
                below.own_texts.append(children[index].text)

    def _plan(self, spec: _Element, tags: tuple[str, ...]) -> _Plan:
        order = {tag: place for place, tag in enumerate(spec.children)}
        known = [(index, spec.children[tag]) for index, tag in enumerate(tags) if tag in order]
        spec.plans[tags] = _Plan(
            width=len(tags),
            leaves=tuple((index, child) for index, child in known if child.item and child.block is None),
            branches=tuple((index, child) for index, child in known if not child.item or child.block is not None),
            faults=tuple(self._out_of_place(spec, tags, order)),
        )
        return spec.plans[tags]

    def _out_of_place(self, spec: _Element, tags: tuple[str, ...], order: Mapping[str, int]) -> Iterator[str]:
        if not tags:
            yield f"{spec.path} is empty"
        last = -1
        for tag in tags:
            if tag not in order:
                yield f"{spec.path} holds an element that is not in the layout"
                continue
            child = spec.children[tag]
            if child.item and child.item.field not in self._fields:
                yield f"{child.path} is not named by the agreement"
            if order[tag] < last:
                yield f"{child.path} is out of order"
            if order[tag] == last and child.block is None:
                yield f"{child.path} is there twice"
            last = max(last, order[tag])

    def _plans(self) -> "Iterator[_Plan]":
        return (plan for each in self._elements.values() for plan in each.plans.values())

    def misplaced(self) -> dict[str, int]:
        """Count the elements that were not where the layout and the agreement have them."""
        found: Counter[str] = Counter()
        for plan in self._plans():
            found.update({fault: times * len(plan.rows) for fault, times in Counter(plan.faults).items()})
        return found

    def unaccounted(self, data: bytes) -> dict[str, int]:
        """Count what the walk did not see: elements inside values, and text that is nobody's value.

        Every `>` ends a tag (in text it is escaped). It is followed by the next tag, with or without a line end, except
        where a value begins and at the end of the file.
        """
        values = sum(len(plan.rows) * len(plan.leaves) for plan in self._plans())
        values += sum(len(each.own_rows) for each in self._elements.values())
        elements = 1 + sum(len(plan.rows) * plan.width for plan in self._plans())
        followed = data.count(b"><", len(_DECLARATION)) + data.count(b">\n<", len(_DECLARATION))
        tags = data.count(b">", len(_DECLARATION))
        found = {
            "elements inside a value, or > not escaped": abs(tags - 2 * elements),
            "text outside a value, or empty elements": abs(tags - followed - values - 1),
        }
        return {fault: count for fault, count in found.items() if count}

    def frames(self) -> dict[str, pd.DataFrame]:
        """Build the tables from what was read; values of a wrong form are counted in `faults`."""
        texts: dict[str, npt.NDArray[np.object_]] = {}
        for each in self._elements.values():
            for child, item, rows, values in each.gathered():
                if item.field not in texts:
                    texts[item.field] = np.full(len(child.rows.parents), None, dtype=object)
                texts[item.field][rows] = values
                self._count(f"{child.path} is empty", values.count(None))
        keys = fresh_keys(self._layout, self._rows)
        tables: dict[str, dict[str, pa.Array]] = {}
        for item in {item.field: item for item in self._layout.items}.values():
            if item.field in self._fields:
                tables.setdefault(item.table, dict(keys[item.table]))[item.column] = self._column(item, texts)
        return {table: _frame(columns) for table, columns in tables.items()}

    def _column(self, item: Item, read: Mapping[str, npt.NDArray[np.object_]]) -> pa.Array:
        if item.field not in read:
            return pa.nulls(len(self._rows[item.table].parents), ARROW[item.kind])
        texts = pa.array(read[item.field], pa.string())
        wrong = pc.invert(pc.match_substring_regex(texts, _FORM[item.kind]))
        if item.kind is Kind.DATE:
            days = pc.cast(pc.strptime(texts, format="%Y-%m-%d", unit="s", error_is_null=True), pa.date32())
            wrong = pc.or_(wrong, pc.fill_null(pc.not_equal(pc.cast(days, pa.string()), texts), fill_value=True))
        self._count(f"{item.field} has the wrong form", pc.sum(pc.if_else(pc.is_valid(texts), wrong, None)).as_py())
        if item.max_length and item.kind in (Kind.TEXT, Kind.INTEGER):
            self._count(f"{item.field} is too long", pc.sum(pc.greater(pc.utf8_length(texts), item.max_length)).as_py())
        kept = pc.if_else(wrong, None, texts)
        return pc.cast(days if item.kind is Kind.DATE else kept, ARROW[item.kind])

    def _count(self, fault: str, count: int | None) -> None:
        if count:
            self.faults[fault] += count


def fresh_keys(layout: Layout, rows: Mapping[str, Rows]) -> dict[str, dict[str, pa.Array]]:
    """Return the key columns of each table, counted afresh in document order, and its blocks' filter columns.

    A table that others join is numbered; a row within another has that one's numbers too.
    """
    joins: dict[str, list[str]] = {}
    for block in layout.blocks:
        if (above := layout.parent_of(block)) and block.join:
            joins.setdefault(above.table, []).append(block.join)
    numbers: dict[str, dict[str, npt.NDArray[np.int64]]] = {}
    keys: dict[str, dict[str, pa.Array]] = {}
    for block in layout.blocks:
        if block.table in numbers:
            continue
        of, above = rows[block.table], layout.parent_of(block)
        inherited = {name: each[of.parents] for name, each in numbers[above.table].items()} if above else {}
        numbers[block.table] = dict.fromkeys(joins.get(block.table, ()), np.arange(len(of.parents))) | inherited
        of_table = {name: each for name, each in numbers[block.table].items() if name in CENSUS[block.table]}
        texts = {name: pc.cast(pa.array(each), pa.string()) for name, each in of_table.items()}
        if block.filter:
            values = [each.filter.value if each.filter else None for each in layout.blocks]
            texts[block.filter.column] = pa.array([values[number] for number in of.blocks], pa.string())
        keys[block.table] = texts
    return keys


def _frame(columns: Mapping[str, pa.Array]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.arrays.ArrowExtensionArray(values) for name, values in columns.items()}, copy=False)


def _steps(path: str) -> Iterator[str]:
    steps = path.split("/")
    return ("/".join(steps[: depth + 1]) for depth in range(len(steps)))
