"""What a finding is about, told apart from what it says: the same next term as long as nothing has changed.

Belongs here: the digest of the values a finding rests on, so that an explanation can be offered again when, and only
when, the same query fires on the same fact. Not here: keeping explanations (`exports.notes`). A digest is taken without
a key, so the table is sealed with the findings, and the ledger holds it under the pupil's key only.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.census.engine import ROW_KEYS
from schemas.census.findings import finding_key
from schemas.table import Frames, Sensitivity, Table, text

REF, PERS = Sensitivity.REFERENCE, Sensitivity.PERSONAL

FACT = Table(
    "fact",
    "the digest of what one finding rests on",
    (
        text("key", PERS, "`finding_key` of the finding", required=True),
        text("fact", PERS, "SHA-256 over the values of the finding's fields", required=True),
    ),
)

_SEPARATOR: Final = "\x1f"
_NOBODY: Final = ""


def facts(findings: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    """Return a FACT frame, a row for each finding and in their order.

    A pupil's finding rests on the pupil's values in its fields, in the one row it is about where it names one; the
    school's on values of tables that are nobody's; one that was not evaluated on nothing. A field of a table that the
    return does not have adds nothing.
    """
    readings = _Readings(frames)
    columns = ("rule", "table", "pupil_id", "row_key", "fields", "evaluated")
    rows = zip(*(findings[name].astype(object).where(findings[name].notna(), None) for name in columns), strict=True)
    found = [
        (
            finding_key(rule, pupil, row),
            _digest(readings.values(table, pupil, row, fields.split()) if evaluated else ()),
        )
        for rule, table, pupil, row, fields, evaluated in rows
    ]
    return FACT.frame({"key": [key for key, _ in found], "fact": [fact for _, fact in found]})


class _Readings:
    """The values of fields by pupil and row; each column is read once."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._read: dict[str, Mapping[str, list[tuple[str, str]]]] = {}

    def values(self, about: str, pupil: str | None, row: str | None, fields: list[str]) -> Iterator[str]:
        """Give each field's name and its values, in an order that does not hang on the rows'."""
        for field in sorted(fields):
            table = field.partition(".")[0]
            held = self._column(field)
            mine = held.get(_NOBODY, []) + (held.get(pupil, []) if pupil is not None else [])
            asked = [value for key, value in mine if table != about or row is None or key == row]
            yield _SEPARATOR.join((field, *sorted(asked)))

    def _column(self, field: str) -> Mapping[str, list[tuple[str, str]]]:
        if field not in self._read:
            self._read[field] = self._by_pupil(*field.split(".", 1))
        return self._read[field]

    def _by_pupil(self, table: str, column: str) -> Mapping[str, list[tuple[str, str]]]:
        frame = self._frames.get(table)
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        if frame is None or column not in frame:
            return found
        owners = _texts(frame, "pupil_id") if "pupil_id" in frame else [_NOBODY] * len(frame)
        for owner, key, value in zip(owners, _row_keys(table, frame), _texts(frame, column), strict=True):
            found[owner].append((key, value))
        return found


def _row_keys(table: str, frame: pd.DataFrame) -> list[str]:
    """The engine's name of each row, by content."""
    names = ROW_KEYS.get(table, ())
    parts = [_texts(frame, name) for name in names]
    return [" ".join(each).strip() for each in zip(*parts, strict=True)] if parts else [""] * len(frame)


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    values = frame[column].array.__arrow_array__()
    texts: list[str] = pc.fill_null(values.cast(pa.string()), "").to_pylist()
    return texts


def _digest(parts: Iterator[str] | tuple[()]) -> str:
    sha256 = hashlib.sha256()
    for part in parts:
        data = part.encode()
        sha256.update(len(data).to_bytes(8, "big") + data)
    return sha256.hexdigest()
