"""A census file made by any MIS, read as tables, with whatever is not as our layout has it.

Belongs here: `read_return`, which finds the collection in the header, reads every value it can place and counts every
fault by element path; it never guesses a value. Does not belong here: parsing (`exports.markup`), placing elements
(`exports.placing`), proposing a better layout (`exports.learning`). The strict reader of our own files is
`exports.reread`, which refuses what this one reports.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from exports.markup import CensusFileUnfit, Markup, Progress, line_of, nothing, parsed
from exports.placing import Fault, FaultKind, Place, Walk
from exports.reread import fresh_keys
from schemas.census.collection import COLLECTIONS, Collection
from schemas.census.layout import Item, Layout, layout
from schemas.census.tables import CENSUS
from schemas.codesets import codeset
from schemas.dates import age_on
from schemas.table import ARROW, Kind

_ROOT: Final = "Message"
_TERMS: Final = {"AUT": "autumn", "SPR": "spring", "SUM": "summer"}
_FORM: Final = {
    Kind.BOOLEAN: r"^(?i:true|false|1|0)$",
    Kind.INTEGER: r"^-?[0-9]{1,18}$",
    Kind.DECIMAL: r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$",
    Kind.DATE: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}


@dataclass(frozen=True)
class CensusFile:
    """What a file says.

    Attributes:
        label: what the file is called in messages.
        collection: the one its header names.
        layout: of that year, all terms: what the file was read against.
        frames: every table of `CENSUS`; `pupil_id` is counted afresh, and an item that is not there is null.
        faults: what is not as the layout has it, by path.
        seen: how often each element path of the file occurs, in the file's own spelling.
        codes: values of closed code lists, as (code set, code), that the file uses and the list has.
        foreign_codes: how many values of each path are in no closed list though the item has one.
        forms: what the values of elements that the layout lacks look like (date, integer ...), by path.
        markup: the parsed file itself.

    """

    label: str
    collection: Collection
    layout: Layout
    frames: Mapping[str, pd.DataFrame]
    faults: tuple[Fault, ...]
    seen: Mapping[str, int]
    codes: frozenset[tuple[str, str]]
    foreign_codes: Mapping[str, int]
    forms: Mapping[str, frozenset[str]]
    markup: Markup

    @property
    def software(self) -> str:
        """What made the file, in its header's words."""
        header = self.frames["header"].iloc[0]
        named = (header["software_code"], header["release"])
        return " ".join(str(part) for part in named if not pd.isna(part)) or "software that does not name itself"


def read_return(data: bytes, label: str, progress: Progress = nothing) -> CensusFile:
    """Read a school census file whoever made it.

    Args:
        data: the whole file; UTF-8, UTF-16 or Windows-1252.
        label: what to call it in messages, such as its file name.
        progress: told how far the reading is.

    Raises:
        CensusFileUnfit: it is no census file of a collection that is known, or not safe to read; with the line.

    """
    markup = parsed(data, label, progress)
    collection = _collection(markup, label)
    whole = layout(collection.academic_year)
    walk = Walk(whole, collection.term, progress)
    walk.document(markup.root)
    values = _Values(walk)
    frames = _frames(whole, walk, values, collection)
    faults = sorted([*walk.faults(), *values.faults], key=lambda fault: (fault.line, fault.path))
    codes, foreign = _codes(values)
    return CensusFile(
        label=label,
        collection=collection,
        layout=whole,
        frames=frames,
        faults=tuple(faults),
        seen=walk.seen(),
        codes=codes,
        foreign_codes=foreign,
        forms={path: frozenset(found) for path, found in walk.forms.items()},
        markup=markup,
    )


def _collection(markup: Markup, label: str) -> Collection:
    root = markup.root
    if root.tag.rpartition("}")[2].casefold() != _ROOT.casefold():
        message = f"{label}, line {line_of(root) or 1}: the root element is not {_ROOT}: this is no census file"
        raise CensusFileUnfit(message)
    said: dict[str, str] = {}
    line = line_of(root) or 1
    for element in root.iter("{*}*"):
        name = element.tag.rpartition("}")[2].casefold()
        line = line_of(element) or line if name == "header" else line
        if name in ("pupils", "school"):
            break
        said.setdefault(name, (element.text or "").strip())
    year = said.get("year") or said.get("referencedate", "")[:4]
    key = f"{year}-{_TERMS.get(said.get('term', '').upper(), '')}"
    if key not in COLLECTIONS:
        message = (
            f"{label}, line {line}: the header's Term (AUT, SPR, SUM) and Year or ReferenceDate name no collection "
            f"that is known; there are {', '.join(COLLECTIONS)}. Nothing was changed"
        )
        raise CensusFileUnfit(message)
    return COLLECTIONS[key]


class _Values:
    """The columns of everything that was read, and the values that could not be."""

    def __init__(self, walk: Walk) -> None:
        self.faults: list[Fault] = []
        self.columns: dict[str, pa.Array] = {}
        self.read: list[tuple[Place, Item, pa.Array]] = []
        parts: dict[str, list[tuple[npt.NDArray[np.int64], pa.Array]]] = {}
        for place, item, rows, texts in walk.values():
            values = self._typed(place, item, texts)
            self.read.append((place, item, values))
            parts.setdefault(item.field, []).append((np.array(rows, np.int64), values))
        for field, found in parts.items():
            self.columns[field] = _scattered(found, len(walk.rows[field.partition(".")[0]].parents))

    def _typed(self, place: Place, item: Item, texts: list[str | None]) -> pa.Array:
        written = pa.array(texts, pa.string())
        trimmed = pc.utf8_trim_whitespace(written)
        array = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
        if spaced := pc.sum(pc.and_(pc.not_equal(written, trimmed), pc.is_valid(array))).as_py():
            self.faults.append(Fault(place.path, FaultKind.SPACED, spaced, meant=item.path))
        if item.kind is Kind.TEXT:
            return array
        plain = pc.fill_null(pc.match_substring_regex(array, _FORM[item.kind]), fill_value=False)
        if item.kind is Kind.DATE:
            days = pc.cast(pc.strptime(array, format="%Y-%m-%d", unit="s", error_is_null=True), pa.date32())
            plain = pc.and_(plain, pc.fill_null(pc.equal(pc.cast(days, pa.string()), array), fill_value=False))
            values = pc.if_else(plain, days, None)
        else:
            values = pc.cast(pc.if_else(plain, pc.utf8_lower(array), None), ARROW[item.kind])
        if wrong := values.null_count - array.null_count:
            self.faults.append(Fault(place.path, FaultKind.UNREADABLE, wrong, meant=item.path))
        return values


def _scattered(parts: Iterable[tuple[npt.NDArray[np.int64], pa.Array]], rows: int) -> pa.Array:
    """Put values into their rows; of several for one row the first counts, the others were reported."""
    found = list(parts)
    values = pa.concat_arrays([each for _, each in found])
    owners = np.concatenate([each for each, _ in found])
    sources = np.full(rows, -1)
    sources[owners[::-1]] = np.arange(len(owners))[::-1]
    return values.take(pa.array(sources, mask=sources < 0))


def _frames(whole: Layout, walk: Walk, values: _Values, collection: Collection) -> dict[str, pd.DataFrame]:
    keys = fresh_keys(whole, walk.rows)
    frames = {}
    for name, table in CENSUS.items():
        rows = len(walk.rows[name].parents) if name in walk.rows else 0
        given = dict(keys.get(name, {})) | {
            column.name: values.columns[field]
            for column in table.columns
            if (field := f"{name}.{column.name}") in values.columns
        }
        absent = {column.name: column.nulls(rows) for column in table.columns if column.name not in given}
        arrays = {column: pd.arrays.ArrowExtensionArray(array) for column, array in given.items()}
        frames[name] = pd.DataFrame(arrays | absent, columns=table.names, copy=False)
    born = frames["pupil"]["dob"]
    ages = {"age": age_on(born, collection.age_date), "attendance_age": age_on(born, collection.attendance_age_date)}
    frames["pupil"] = frames["pupil"].assign(**ages)
    return frames


def _codes(values: _Values) -> tuple[frozenset[tuple[str, str]], dict[str, int]]:
    known: set[tuple[str, str]] = set()
    foreign: Counter[str] = Counter()
    for place, item, array in values.read:
        if item.codeset is None:
            continue
        allowed = codeset(item.codeset)
        for code, count in Counter(array.drop_null().to_pylist()).items():
            if str(code) in allowed:
                known.add((item.codeset, str(code)))
            else:
                foreign[place.path] += count
    return frozenset(known), dict(foreign)
