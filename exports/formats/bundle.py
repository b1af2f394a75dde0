"""The bundle that answers a case: a zip of one CSV file for each table and an index, the same bytes for the same rows.

Belongs here: writing only. What the bytes say is checked by `exports.reread_bundle`, which shares no code with this
module; sealing them to whoever asked is `exports.sealing`. Pupils are numbered within the bundle, so that rows of
several tables can be put together without the MIS's own references. Cells are evidence and stand as they are held; the
index says so, since a spreadsheet may take some of them for formulas.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from exports.case_terms import DATASET
from exports.formats.facts import Format
from exports.reread_bundle import disagreements
from exports.terms import Agreement
from schemas.census.spec import Emitted
from schemas.table import Frames

INDEX: Final = "index.json"
PERSON: Final = "person"
READING: Final = "Cells are exactly as held. Open them as text: a spreadsheet may run a cell as a formula."
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can say: the bytes do not depend on the clock
_ON_UNIX: Final = 3
_OWNER_READS: Final = 0o400 << 16


def render(frames: Frames, agreement: Agreement) -> bytes:
    """Write the bundle: `index.json` first, then the tables in the order of the case."""
    numbers = _numbers(frames)
    files = {f"{name}.csv": _table(frames[name], agreement, name, numbers) for name in agreement.tables}
    index = _index(frames, agreement, files, len(numbers))
    return _zip({INDEX: json.dumps(index, ensure_ascii=False, indent=1).encode(), **files})


def _numbers(frames: Frames) -> Mapping[str, int]:
    """Number the pupils of all tables in the order of their references."""
    pupils = {str(pupil) for frame in frames.values() for pupil in frame["pupil_id"]}
    return {pupil: number for number, pupil in enumerate(sorted(pupils), start=1)}


def _table(frame: pd.DataFrame, agreement: Agreement, name: str, numbers: Mapping[str, int]) -> bytes:
    columns = [line.column for line in agreement.lines if line.table == name]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow([PERSON, *columns])
    for row in zip(frame["pupil_id"], *(frame[column] for column in columns), strict=True):
        writer.writerow([numbers[str(row[0])], *(_text(value) for value in row[1:])])
    return text.getvalue().encode("utf-8-sig")


def _text(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _index(frames: Frames, agreement: Agreement, files: Mapping[str, bytes], persons: int) -> dict[str, object]:
    return {
        "case": agreement.id,
        "reference": agreement.recipient.sharing_reference,
        "to": agreement.recipient.legal_name,
        "subject": agreement.title,
        "persons": persons,
        "reading": READING,
        "tables": list(_entries(frames, files)),
    }


def _entries(frames: Frames, files: Mapping[str, bytes]) -> Iterator[dict[str, object]]:
    for file, data in files.items():
        rows = len(frames[file.removesuffix(".csv")])
        yield {"file": file, "rows": rows, "sha256": hashlib.sha256(data).hexdigest()}


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Store the files uncompressed: a compressor's version would show in the bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as package:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system, entry.external_attr = _ON_UNIX, _OWNER_READS
            package.writestr(entry, data)
    return held.getvalue()


def _content(data: bytes) -> bytes:
    return data


def _emitted(_frames: Frames) -> Emitted:
    return Emitted()


def _mismatches(agreement: Agreement) -> Iterator[str]:
    if agreement.dataset != DATASET:
        yield "a bundle answers a case, which stands in the trust folder's cases and not among its agreements"


FORMAT: Final = Format(
    kind="zip",
    datasets=frozenset({DATASET}),
    mismatches=_mismatches,
    render=render,
    content=_content,
    disagreements=disagreements,
    emitted=_emitted,
)
