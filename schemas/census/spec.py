"""What the department's own material has confirmed, and what of a return it has not (architecture, decision 5).

Belongs here: `Confirmed`, what a return emits, and the difference between the two with the words for it: the one place
that findings, the summary, the waybill and the signing page ask. Reading the material is `exports.spec_import`, where
it is kept `exports.spec_folder`; what follows from a doubt is the gate's (`exports.release`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pandas as pd
import pyarrow as pa

from schemas.census.layout import Filter, Item, Layout
from schemas.census.view import arrow
from schemas.table import Frames


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What somebody outside has confirmed for an academic year.

    Attributes:
        paths: element paths that an imported XSD declares or a learned file holds.
        codes: code set and code, as an imported XSD enumerates them or a learned file uses them.
        rules: catalogue numbers that an imported workbook names with the severity we give them.

    """

    paths: frozenset[str] = frozenset()
    codes: frozenset[tuple[str, str]] = frozenset()
    rules: frozenset[str] = frozenset()

    def __or__(self, other: "Confirmed") -> "Confirmed":
        return Confirmed(self.paths | other.paths, self.codes | other.codes, self.rules | other.rules)


NOTHING: Final = Confirmed()


class Held(NamedTuple):
    """An element path that a return emits, and the codes it emits there; no code set, no codes."""

    path: str
    codeset: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Emitted:
    """The element paths of one file, in document order; none for a file that has no layout of the department's."""

    academic_year: str = ""
    held: tuple[Held, ...] = ()

    def body(self) -> dict[str, Any]:
        """This, as a JSON object."""
        return {"academic_year": self.academic_year, "held": [list(each) for each in self.held]}

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Emitted":
        """Read back what `body` wrote."""
        held = tuple(Held(path, codeset, tuple(codes)) for path, codeset, codes in body["held"])
        return cls(body["academic_year"], held)


class Doubt(NamedTuple):
    """An emitted path that nobody has confirmed, or one with codes that nobody has.

    Attributes:
        path: from `Message` to the element.
        confirmed: the path itself is confirmed, only the codes are not.
        codes: emitted codes that nobody has confirmed.

    """

    path: str
    confirmed: bool
    codes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The path, with the codes in doubt."""
        return f"{self.path} (codes {', '.join(self.codes)})" if self.codes else self.path


def emitted(frames: Frames, layout: Layout) -> Emitted:
    """Return the paths and codes that a return's tables put into a file of a layout (of one term)."""
    rows = _Rows(frames)
    found = []
    for item in layout.items:
        values = rows.values(layout, item)
        if values.null_count < len(values):
            codes = tuple(sorted(map(str, values.unique().drop_null().to_pylist()))) if item.codeset else ()
            found.append(Held(item.path, item.codeset or "", codes))
    return Emitted(layout.academic_year, tuple(found))


def doubts(of: Emitted, confirmed: Confirmed) -> tuple[Doubt, ...]:
    """Return what a file emits and nobody has confirmed, in document order."""
    judged = (
        Doubt(
            held.path,
            held.path in confirmed.paths,
            tuple(code for code in held.codes if (held.codeset, code) not in confirmed.codes),
        )
        for held in of.held
    )
    return tuple(doubt for doubt in judged if doubt.codes or not doubt.confirmed)


def warning(paths: int) -> str:
    """Return the words that stand wherever a return with so many doubts is shown; empty without any."""
    if not paths:
        return ""
    return (
        f"UNVERIFIED LAYOUT: {paths} of its element paths, or codes in them, are not confirmed by the department's own "
        "schema or by a file that an MIS wrote. It may be rejected where it is loaded."
    )


def described(found: Sequence[Doubt]) -> tuple[str, ...]:
    """Return the warning and then one line for each path; nothing without a doubt."""
    return (warning(len(found)), *(doubt.text for doubt in found)) if found else ()


_NONE: Final = pa.chunked_array([], pa.string())


class _Rows:
    """A return's tables by section and block; each part is cut out once, however many items it holds."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._sections = _sections(frames)
        self._parts: dict[tuple[str, str | None, Filter | None], pd.DataFrame] = {}

    def values(self, layout: Layout, item: Item) -> pa.ChunkedArray:
        """The values of an item that are in its own element, or null: of its section, and of its block's rows."""
        if item.table not in self._frames or item.column not in self._frames[item.table]:
            return _NONE
        part = (item.table, layout.section_of(item), layout.block_of(item).filter)
        if part not in self._parts:
            self._parts[part] = self._cut(*part)
        return arrow(self._parts[part][item.column])

    def _cut(self, table: str, section: str | None, chosen: Filter | None) -> pd.DataFrame:
        frame = self._frames[table]
        if section and self._sections and "pupil_id" in frame:
            frame = frame[frame["pupil_id"].isin(self._sections.get(section, pd.Series(dtype="object")))]
        if chosen and chosen.column in frame:
            frame = frame[frame[chosen.column] == chosen.value]
        return frame


def _sections(frames: Frames) -> dict[str, pd.Series]:
    """The ids of the pupils of each section, on roll and off roll."""
    pupils = frames.get("pupil")
    if pupils is None or "section" not in pupils:
        return {}
    return {str(section): rows["pupil_id"] for section, rows in pupils.groupby("section", observed=True)}
