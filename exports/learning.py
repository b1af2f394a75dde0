"""What a file made by a MIS teaches about the layout: paths and codes it confirms, and rows that ought to change.

Belongs here: `learn`, and each proposal as lines of `layout.csv` that a maintainer can apply by hand. Reading the file
is `exports.census_file`; keeping what was confirmed is not this module's. No value is kept but codes of closed lists
that our lists have already: a name, a number or a free text never leaves the file.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from importlib import resources
from typing import Final

from exports.census_file import CensusFile, read_return
from exports.markup import CensusFileUnfit
from exports.placing import Fault, FaultKind
from schemas.census.collection import YEARS
from schemas.census.layout import Layout

OURS: Final = "Waybill"
"""SoftwareCode of our own files: what we wrote confirms nothing that we wrote."""

_ALIKE: Final = 0.5
"""How alike two tags in one gap must be before one is proposed to be the other; the maintainer decides."""
_SOURCE: Final = "file of a MIS"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change to the layout table.

    Attributes:
        kind: what the file does otherwise.
        path: of the element in the file.
        ours: path of our layout that it concerns; None for an element it lacks.
        text: what to do, then the rows: `-` takes one out, `+` puts one in.

    """

    kind: str
    path: str
    ours: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What a file teaches.

    Attributes:
        paths: items of our layout that the file has at exactly this path, and in our order.
        codes: (code set, code) that it uses and our closed lists have.
        proposals: in the order of the file.
        made_by: the software that the header names.

    """

    paths: frozenset[str]
    codes: frozenset[tuple[str, str]]
    proposals: tuple[Proposal, ...]
    made_by: str


def learn(data: bytes, layout: Layout, label: str = "the file") -> Learned:
    """Learn from a file of the layout's year.

    Raises:
        CensusFileUnfit: it cannot be read, is of another year, or was made by this program.

    """
    file = read_return(data, label)
    if file.frames["header"]["software_code"].fillna("").str.casefold().eq(OURS.casefold()).any():
        message = f"{label} was made by {OURS}: our own file confirms nothing. Use one that the MIS itself exported"
        raise CensusFileUnfit(message)
    if file.collection.academic_year != layout.academic_year:
        message = (
            f"{label} is of {file.collection.academic_year}, the layout of {layout.academic_year}: learn from a file "
            "of that year"
        )
        raise CensusFileUnfit(message)
    return learned(file)


def learned(file: CensusFile) -> Learned:
    """Return what a file that was read teaches, whoever made it."""
    disputed = {fault.path for fault in file.faults if fault.kind is not FaultKind.EMPTY}
    items = {item.path for item in file.layout.items}
    paths = frozenset(path for path in file.seen if path in items and path not in disputed)
    return Learned(paths, file.codes, tuple(_Proposing(file).all()), file.software)


@dataclass
class _Proposing:
    """Proposals from one file; `_rows` are the layout's rows as their file has them."""

    file: CensusFile
    _rows: dict[str, dict[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._rows = {row["path"]: row for row in _layout_rows(self.file.layout.academic_year)}

    def all(self) -> Iterator[Proposal]:
        """Yield every proposal, by what the faults say and then by the codes."""
        for fault in self.file.faults:
            text = self._text(fault)
            if text:
                yield Proposal(fault.kind.value, fault.path, fault.meant, text)
        for path, count in self.file.foreign_codes.items():
            row = self._rows.get(path, {})
            text = (
                f"{count} values are not in code set {row.get('codeset') or 'of this item'}: look at them in the file "
                "and, where the department's guide has them, add them to codesets.csv"
            )
            yield Proposal("a code that the list lacks", path, path if row else None, text)

    def _text(self, fault: Fault) -> str | None:
        proposing: Mapping[FaultKind, Callable[[Fault], str | None]] = {
            FaultKind.CASE: lambda each: self._renamed(each.meant or "", each.path),
            FaultKind.PLACE: lambda each: self._renamed(each.meant or "", each.path),
            FaultKind.UNKNOWN: self._unknown,
            FaultKind.ORDER: self._moved,
            FaultKind.TERM: self._another_term,
            FaultKind.REPEATED: lambda each: f"if it may repeat, give it a row in blocks.csv: {each.meant}",
            FaultKind.UNREADABLE: self._another_kind,
        }
        return proposing[fault.kind](fault) if fault.kind in proposing else None

    def _renamed(self, ours: str, path: str, words: str = "spell it as the file does") -> str:
        """Every row at or below a path, under the path that the file has it at."""
        changed = []
        for old, row in self._rows.items():
            if old == ours or old.startswith(f"{ours}/"):
                new = path + old.removeprefix(ours)
                changed += [_line("-", row), _line("+", row | {"path": new, "element": new.rpartition("/")[2]})]
        blocks = [
            block.path for block in self.file.layout.blocks if block.path == ours or block.path.startswith(f"{ours}/")
        ]
        also = [f"blocks.csv: {block} becomes {path + block.removeprefix(ours)}" for block in blocks]
        return "\n".join([f"{words}:", *changed, *also])

    def _unknown(self, fault: Fault) -> str | None:
        if any(path.startswith(f"{fault.path}/") for path in self.file.seen):
            return None  # a container: its children are proposed, each by itself
        ours = self._perhaps(fault)
        if ours:
            return self._renamed(ours, fault.path, f"perhaps it is our {ours.rpartition('/')[2]}; if so")
        above = fault.path.rpartition("/")[0]
        near = self._row_of(above, fault.after) or next(
            (row for path, row in self._rows.items() if path.startswith(f"{above}/")), self._blank()
        )
        new = self._blank() | {
            "path": fault.path, "element": fault.path.rpartition("/")[2], "table": near["table"], "column": "?",
            "kind": self._kind(fault.path), "cardinality": "0..1", "terms": self.file.collection.term,
            "phases": near["phases"], "confidence": "medium", "source": _SOURCE, "as_extracted": "false",
            "supplement": "false",
        }  # fmt: skip
        return f"{_put_after(fault)}, once it has a column:\n{_line('+', new)}"

    def _blank(self) -> dict[str, str]:
        return dict.fromkeys(next(iter(self._rows.values())), "")

    def _perhaps(self, fault: Fault) -> str | None:
        """An item of ours that the file never has, further on in the same element, with a like tag or next in order."""
        above, _, tag = fault.path.rpartition("/")
        beside = [path for path in self._rows if path.rpartition("/")[0] == above]
        before = f"{above}/{fault.after}"
        later = beside[beside.index(before) + 1 :] if before in beside else beside
        kinds = (self._kind(fault.path), "text")
        fitting = [path for path in later if path not in self.file.seen and self._rows[path]["kind"] in kinds]
        alike = {path: _likeness(path.rpartition("/")[2], tag) for path in fitting}
        best = max(alike, key=lambda path: alike[path], default=None)
        if best and alike[best] >= _ALIKE:
            return best
        return later[0] if later and later[0] in fitting and self._rows[later[0]]["cardinality"] == "1" else None

    def _row_of(self, above: str, tag: str | None) -> Mapping[str, str] | None:
        return self._rows.get(f"{above}/{tag}")

    def _kind(self, path: str) -> str:
        forms = self.file.forms.get(path, frozenset())
        return next(iter(forms)) if len(forms) == 1 else "decimal" if forms == {"integer", "decimal"} else "text"

    def _moved(self, fault: Fault) -> str:
        row = self._rows.get(fault.meant or "")
        lines = [_line(" ", row)] if row else [f"  (every row below {fault.meant})"]
        return "\n".join([f"{_put_after(fault).replace('put it', 'move it')}:", *lines])

    def _another_term(self, fault: Fault) -> str | None:
        row = self._rows.get(fault.meant or "")
        if row is None:
            return None
        wanted = [letter for letter in "ASU" if letter in {*row["terms"].split(), self.file.collection.term}]
        changed = row | {"terms": " ".join(wanted)}
        return f"collect it in this term too, if the guide says so:\n{_line('-', row)}\n{_line('+', changed)}"

    def _another_kind(self, fault: Fault) -> str | None:
        row = self._rows.get(fault.meant or "")
        if row is None or fault.count < self.file.seen.get(fault.path, 0):
            return None
        return f"no value is of this kind; perhaps:\n{_line('-', row)}\n{_line('+', row | {'kind': 'text'})}"


def _layout_rows(academic_year: str) -> Iterator[dict[str, str]]:
    file = resources.files("schemas.census").joinpath(YEARS[academic_year], "layout.csv")
    return csv.DictReader(file.read_text(encoding="utf-8").splitlines())


def _likeness(ours: str, theirs: str) -> float:
    return SequenceMatcher(None, ours.casefold(), theirs.casefold()).ratio()


def _put_after(fault: Fault) -> str:
    return f"put it after {fault.after}" if fault.after else "put it first in its element"


def _line(mark: str, row: Mapping[str, str]) -> str:
    written = io.StringIO()
    csv.DictWriter(written, list(row), lineterminator="").writerow(row)
    return f"{mark}{written.getvalue()}"
