"""A transfer file from another school: bytes to the transfer tables, so that what came in can be looked at.

Belongs here: safe parsing, the two versions that are read, and one row for each element that repeats. Nothing is joined
to a pupil of this school, and no contact to another: who two people are is for a person to say, since matching contacts
by name has put one family's address into another's record (facts: ctf.md section 6). Elements that the layout does not
have are passed over and counted. Messages name fields and counts, never a value.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

import pandas as pd
from lxml import etree

from schemas.ctf.layout import VERSIONS, ctf_layout
from schemas.feeds.transfer_tables import family_tables
from schemas.refusal import Refusal
from schemas.table import Kind

LARGEST: Final = 16 * 2**20
"""Most bytes of a file that is read; a file of a whole year group has about one megabyte."""

_FAMILY: Final = "transfer"
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_READ: Final[Mapping[Kind, Callable[[str], object]]] = {
    Kind.TEXT: str,
    Kind.DATE: dt.date.fromisoformat,
    Kind.BOOLEAN: _BOOLEANS.__getitem__,
    Kind.INTEGER: int,
}


class CtfUnfit(Refusal):
    """The bytes are not a transfer file that can be read safely."""

    code: ClassVar[str] = "ctf_unfit"


class CtfVersion(Refusal):
    """The file is of a version that is not read."""

    code: ClassVar[str] = "ctf_version"


@dataclass(frozen=True)
class Incoming:
    """A transfer file that was read.

    Attributes:
        version: `26.0` or `25.0`.
        frames: the tables of `schemas.feeds.transfer_tables`; pupils are numbered in the file's order.
        passed_over: elements that the layout does not have, counted by the known element they stand in.

    """

    version: str
    frames: Mapping[str, pd.DataFrame]
    passed_over: Mapping[str, int]


def read_ctf(data: bytes, label: str) -> Incoming:
    """Read a file.

    Args:
        data: the whole file.
        label: what to call it in a message.

    Raises:
        CtfUnfit: too large, a document type, not well formed, not a transfer file, or values of the wrong form.
        CtfVersion: neither the current version nor the one before.

    """
    root = _parsed(data, label)
    version = root.findtext("Header/CTFversion", "").strip()
    if root.tag != "CTfile":
        raise CtfUnfit(f"{label} is no transfer file: its document element is another. Nothing was read.")  # noqa: EM102, TRY003
    if version not in VERSIONS:
        known = " and ".join(VERSIONS)
        message = f"{label} is of a version that is not read. Versions {known} are: ask the sender for one of them."
        raise CtfVersion(message)
    reading = _Reading(version)
    reading.walk(root, "CTfile", _Row({}))
    if reading.unfit:
        wrong = "; ".join(f"{name} ({count})" for name, count in sorted(reading.unfit.items()))
        message = f"{label} has values of the wrong form: {wrong}. Ask the sender for a new file; nothing was read."
        raise CtfUnfit(message)
    return Incoming(version, reading.frames(), dict(sorted(reading.passed_over.items())))


def _parsed(data: bytes, label: str) -> etree._Element:
    if len(data) > LARGEST:
        message = f"{label} is larger than {LARGEST // 2**20} MiB; nothing was read."
        raise CtfUnfit(message)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        place = error.lineno
    else:
        if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs lack it
            message = f"{label} has a document type, which no transfer file has; nothing was read."
            raise CtfUnfit(message)
        return root
    message = f"{label} is not well-formed XML at line {place}; nothing was read."
    raise CtfUnfit(message)


@dataclass(slots=True)
class _Row:
    """The row being read, and how many rows of each table it holds so far."""

    cells: dict[str, object]
    held: Counter[str] = field(default_factory=Counter)


class _Reading:
    """One file being walked, by the paths of the layout."""

    def __init__(self, version: str) -> None:
        layout = ctf_layout(version, _FAMILY)
        self._items = {item.path: item for item in layout.items}
        self._tables = {block.path: block.table for block in layout.blocks}
        steps = [path.split("/") for path in self._items]
        self._containers = {"/".join(each[:depth]) for each in steps for depth in range(1, len(each))}
        self._rows: dict[str, list[dict[str, object]]] = {block.table: [] for block in layout.blocks}
        self.passed_over: Counter[str] = Counter()
        self.unfit: Counter[str] = Counter()

    def walk(self, element: etree._Element, path: str, row: _Row) -> None:
        """Read an element and all below it into the row it belongs to, or into a row of its own."""
        if path in self._tables:
            row = self._new_row(self._tables[path], row)
        if path in self._items:
            self._value(element, path, row)
        for child in element:
            below = f"{path}/{child.tag}"
            if below in self._items or below in self._containers:
                self.walk(child, below, row)
            else:
                self.passed_over[path] += 1

    def _new_row(self, table: str, above: _Row) -> _Row:
        above.held[table] += 1
        values: dict[str, object] = {name: above.cells[name] for name in ("pupil_id", "row_id") if name in above.cells}
        if table == f"{_FAMILY}_pupil":
            values["pupil_id"] = str(above.held[table])
        else:
            values.setdefault("row_id", f"{values.get('pupil_id')}/{table}/{above.held[table]}")
        self._rows[table].append(values)
        return _Row(values)

    def _value(self, element: etree._Element, path: str, row: _Row) -> None:
        item = self._items[path]
        text = element.text or ""
        try:
            row.cells[item.column] = _READ[item.kind](text if item.kind is Kind.TEXT else text.strip())
        except (ValueError, KeyError):
            self.unfit[item.field] += 1

    def frames(self) -> dict[str, pd.DataFrame]:
        """Build the tables; every row has the receiver that the header names."""
        header = self._rows[f"{_FAMILY}_header"][:1]
        receiver = "".join(str(row.get(part, "")) for row in header for part in ("dest_la", "dest_estab"))
        left = {
            row["pupil_id"]: row.get("leaving_date")
            for row in self._rows[f"{_FAMILY}_school"]
            if row.get("last_school")
        }
        for row in self._rows[f"{_FAMILY}_pupil"]:
            row["told_of"] = left.get(row["pupil_id"])
        known = {table.name: table for table in family_tables(_FAMILY)}
        return {
            name: table.frame(
                {
                    column: [receiver if column == "destination" else row.get(column) for row in self._rows[name]]
                    for column in table.names
                },
            )
            for name, table in known.items()
        }
