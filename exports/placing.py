"""Walking somebody else's census file along our layout: which item each element is, and what is not as we have it.

Belongs here: finding an element its place by tag, whatever its case, order or container, and counting every departure
once for each shape of children, not once for each pupil. Does not belong here: values and tables
(`exports.census_file`). A path in a fault is the file's own; a fault never holds a value.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from exports.markup import Progress, line_of, with_attributes
from exports.reread import Rows
from schemas.census.layout import Item, Layout
from schemas.census.tables import CENSUS

if TYPE_CHECKING:
    from lxml import etree

_SINGLE: Final = frozenset({"header", "school", "special_school", "reconciliation"})
"""Tables of at most one row; of others, those whose key a block settles alone have one row for each block too."""
_TOLD_EVERY: Final = 500
_LONGEST_TAG: Final = 60


class FaultKind(StrEnum):
    """What is not as the layout has it."""

    UNKNOWN = "not in the layout"
    CASE = "in another case"
    PLACE = "in another place"
    ORDER = "out of order"
    REPEATED = "more than once"
    EMPTY = "empty"
    UNREADABLE = "a value that cannot be read"
    SPACED = "space around a value"
    TERM = "not collected in this term"
    FOREIGN = "a namespace, an attribute, a comment or an instruction"
    STRAY = "text outside a value"


@dataclass(frozen=True, slots=True)
class Fault:
    """One departure from the layout.

    Attributes:
        path: of the element, as the file writes it.
        count: how often.
        line: first line of the file where it was met; 0 when that is not known.
        meant: path of our layout that it was read as; None when it was not read.
        after: tag of the element before it in the file; None when it comes first, or its place does not matter.

    """

    path: str
    kind: FaultKind
    count: int
    line: int = 0
    meant: str | None = None
    after: str | None = None


@dataclass(slots=True)
class Place:
    """An element of the layout under the path that a file has it at.

    Attributes:
        path: in the file.
        meant: in the layout; None for an element it does not have.
        block: number of the block whose rows it stands for.
        table: whose rows its values belong to.
        around: path of the block around it: elements with the same one share a row.

    """

    path: str
    meant: str | None
    item: Item | None
    block: int | None
    table: str
    around: str
    children: "dict[str, Place]" = field(default_factory=dict)
    plans: "dict[tuple[str, ...], _Plan]" = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)

    @property
    def inside(self) -> str:
        """Path of the block that the children are directly in."""
        return (self.meant or "") if self.block is not None else self.around


@dataclass(slots=True)
class _Plan:
    """What to do with children of these tags, and how often they were met."""

    places: "tuple[Place, ...]"
    faults: tuple[Fault, ...]
    times: int = 0


class Walk:
    """One file being walked.

    Args:
        layout: every item of the year; those of other terms are read, and reported.
        term: A, S or U.

    """

    def __init__(self, layout: Layout, term: str, progress: Progress) -> None:
        self.rows = {block.table: Rows() for block in layout.blocks}
        self.forms: dict[str, set[str]] = {}
        self._layout = layout
        self._term = term
        self._progress = progress
        self._found: Counter[tuple[str, FaultKind]] = Counter()
        self._lines: dict[tuple[str, FaultKind], int] = {}
        self._elsewhere: dict[tuple[str, str], list[Place]] = {}
        self._aliases: dict[tuple[str, str | None], Place] = {}
        self._root = self._of_layout()

    def _of_layout(self) -> Place:
        items = {item.path: item for item in self._layout.items}
        blocks = {block.path: number for number, block in enumerate(self._layout.blocks)}
        made: dict[str, Place] = {}
        for path in (step for item in items for step in _steps(item)):
            if path in made:
                continue
            above = made.get(path.rpartition("/")[0])
            number = blocks.get(path)
            table = self._layout.blocks[number].table if number is not None else above.table if above else ""
            around = above.inside if above else ""
            made[path] = Place(path, path, items.get(path), number, table, around)
            tag = path.rpartition("/")[2]
            if above:
                above.children[tag] = made[path]
            self._elsewhere.setdefault((around, tag.casefold()), []).append(made[path])
        self._aliases = {(path, path): place for path, place in made.items()}
        return next(iter(made.values()))

    def document(self, root: "etree._Element") -> None:
        """Walk a whole file; afterwards `rows`, `values`, `faults` and `seen` say what it holds."""
        if root.tag.startswith("{"):
            self._note(self._root.path, FaultKind.FOREIGN, line_of(root))
            for element in root.iter("{*}*"):
                element.tag = element.tag.rpartition("}")[2]
        for element in with_attributes(root):
            self._note(_path_of(element), FaultKind.FOREIGN, line_of(element))
        if root.getprevious() is not None or root.getnext() is not None:
            self._note(self._root.path, FaultKind.FOREIGN, line_of(root))
        start = self._root
        if root.tag != start.path:
            self._note(root.tag, FaultKind.CASE, line_of(root))
            start = self._at(start, root.tag)
        self._element(root, start, 0)
        for table in ("header", "school"):
            if not self.rows[table].parents:
                self.rows[table].add(0, next(n for n, each in enumerate(self._layout.blocks) if each.table == table))

    def _element(self, element: "etree._Element", place: Place, row: int) -> None:
        children = [child for child in element if isinstance(child.tag, str)]
        if len(children) != len(element):
            self._note(place.path, FaultKind.FOREIGN, line_of(element))
        if place.item is None and element.text and not element.text.isspace():
            self._note(place.path, FaultKind.STRAY, line_of(element))
        tags = tuple([child.tag for child in children])
        plan = place.plans.get(tags) or self._plan(place, children, tags)
        plan.times += 1
        for child, below in zip(children, plan.places, strict=True):
            tail = child.tail
            if tail and not tail.isspace():
                self._note(place.path, FaultKind.STRAY, line_of(child))
            self._child(child, below, row)

    def _child(self, child: "etree._Element", place: Place, row: int) -> None:
        inner = row
        if place.block is not None:
            inner = self.rows[place.table].add(row, place.block)
            if place.table == "pupil" and inner % _TOLD_EVERY == 0:
                self._progress("pupils", inner, 0)
        leaf = not len(child)
        text = child.text
        if leaf and (not text or text.isspace()):
            self._note(place.path, FaultKind.EMPTY, line_of(child))
        if place.item is not None:
            place.rows.append(inner)
            place.texts.append(text if leaf else _text(child))
        elif place.meant is None and leaf and text:
            self.forms.setdefault(place.path, set()).add(form(text))
        if not leaf:
            self._element(child, place, inner)

    def _plan(self, place: Place, children: "Sequence[etree._Element]", tags: tuple[str, ...]) -> _Plan:
        found = [self._find(place, tag) for tag in tags]
        faults = [*self._misnamed(found, children), *self._misplaced(place, found, children)]
        plan = place.plans[tags] = _Plan(tuple(each for each, _ in found), tuple(faults))
        return plan

    def _find(self, place: Place, tag: str) -> tuple[Place, FaultKind | None]:
        """Return what an element is, and what is wrong with where or how it stands; exact tags come first."""
        path = f"{place.path}/{tag[:_LONGEST_TAG]}"
        if tag in place.children:
            return self._at(place.children[tag], path), None
        same = [below for name, below in place.children.items() if name.casefold() == tag.casefold()]
        if len(same) == 1:
            return self._at(same[0], path), FaultKind.CASE
        others = self._elsewhere.get((place.inside, tag.casefold()), [])
        if len(others) == 1 and place.item is None:
            return self._at(others[0], path), FaultKind.PLACE
        return self._at(Place(path, None, None, None, place.table, place.inside), path), FaultKind.UNKNOWN

    def _at(self, place: Place, path: str) -> Place:
        """Return a place under the path the file has it at, always the same one."""
        key = (path, place.meant)
        if key not in self._aliases:
            self._aliases[key] = replace(place, path=path, plans={}, rows=[], texts=[])
        return self._aliases[key]

    def _misnamed(
        self, found: "Sequence[tuple[Place, FaultKind | None]]", children: "Sequence[etree._Element]"
    ) -> Iterator[Fault]:
        times: Counter[str] = Counter()
        before = None
        for (below, kind), child in zip(found, children, strict=True):
            line = line_of(child)
            if kind:
                yield Fault(below.path, kind, 1, line, below.meant, before)
            if below.item and self._term not in below.item.terms:
                yield Fault(below.path, FaultKind.TERM, 1, line, below.meant)
            if below.meant and not self._repeats(below):
                times[below.meant] += 1
                if times[below.meant] > 1:
                    yield Fault(below.path, FaultKind.REPEATED, 1, line, below.meant)
            before = child.tag[:_LONGEST_TAG]

    def _repeats(self, place: Place) -> bool:
        if place.block is None or place.table in _SINGLE:
            return False
        block = self._layout.blocks[place.block]
        settled = {block.join, block.filter.column if block.filter else None}
        return block.filter is None or not settled.issuperset(CENSUS[place.table].key or ("*",))

    def _misplaced(
        self, place: Place, found: "Sequence[tuple[Place, FaultKind | None]]", children: "Sequence[etree._Element]"
    ) -> Iterator[Fault]:
        order = {below.meant: number for number, below in enumerate(place.children.values())}
        ranks = [(index, order[below.meant]) for index, (below, _) in enumerate(found) if below.meant in order]
        kept = longest_in_order([rank for _, rank in ranks])
        for position, (index, _) in enumerate(ranks):
            if position not in kept:
                below, child = found[index][0], children[index]
                before = children[index - 1].tag[:_LONGEST_TAG] if index else None
                yield Fault(below.path, FaultKind.ORDER, 1, line_of(child), below.meant, before)

    def _note(self, path: str, kind: FaultKind, line: int) -> None:
        self._found[path, kind] += 1
        self._lines.setdefault((path, kind), line)

    def values(self) -> Iterator[tuple[Place, Item, list[int], list[str | None]]]:
        """Yield, for each path of the file that is an item, the rows its texts belong to and the texts."""
        for place in self._aliases.values():
            if place.item and place.rows:
                yield place, place.item, place.rows, place.texts

    def seen(self) -> dict[str, int]:
        """Count the elements of each path, in the file's own spelling."""
        counts: Counter[str] = Counter({self._root.path: 1})
        for place in self._aliases.values():
            for plan in place.plans.values():
                for below in plan.places:
                    counts[below.path] += plan.times
        return dict(counts)

    def faults(self) -> Iterator[Fault]:
        """Yield each departure once, with its count and the first line where it was met."""
        for (path, kind), count in self._found.items():
            yield Fault(path, kind, count, self._lines[path, kind])
        merged: dict[tuple[str, FaultKind], Fault] = {}
        for place in self._aliases.values():
            for plan in place.plans.values():
                for fault in plan.faults:
                    key = (fault.path, fault.kind)
                    before = merged.get(key)
                    total = fault.count * plan.times + (before.count if before else 0)
                    merged[key] = replace(before or fault, count=total)
        yield from merged.values()


def longest_in_order(ranks: Sequence[int]) -> frozenset[int]:
    """Return the positions of a longest run of ranks that does not fall; the others are out of order."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for position, rank in enumerate(ranks):
        length = bisect_right(tails, rank)
        tails[length:] = [rank, *tails[length + 1 :]]
        ends[length:] = [position, *ends[length + 1 :]]
        before.append(ends[length - 1] if length else -1)
    kept = set()
    position = ends[-1] if ends else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return frozenset(kept)


def form(text: str) -> str:
    """Say what a value looks like, by the kinds of the layout; never what it is."""
    value = text.strip()
    if value.lower() in ("true", "false"):
        return "boolean"
    if value.isdecimal() and len(value) <= 18 and not (value[0] == "0" and len(value) > 1):  # noqa: PLR2004  of int64
        return "integer"
    parts = value.split("-")
    if [len(part) for part in parts] == [4, 2, 2] and all(part.isdecimal() for part in parts):
        return "date"
    whole, dot, rest = value.partition(".")
    return "decimal" if dot and whole.isdecimal() and rest.isdecimal() else "text"


def _text(element: "etree._Element") -> str:
    """The text of a value that holds a comment or an element, which was reported, without what that holds."""
    return "".join([element.text or "", *(child.tail or "" for child in element)])


def _path_of(element: "etree._Element") -> str:
    tags = [element.tag, *(above.tag for above in element.iterancestors())]
    return "/".join(str(tag).rpartition("}")[2][:_LONGEST_TAG] for tag in reversed(tags))


def _steps(path: str) -> Iterator[str]:
    steps = path.split("/")
    return ("/".join(steps[: depth + 1]) for depth in range(len(steps)))
